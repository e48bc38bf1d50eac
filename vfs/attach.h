/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attach.h - trees of mounts: where they go and how they come off, for vfs/
 * only.
 *
 * A tree is a mount without parent and what is attached below it.  One
 * reference to each of its mounts belongs to the tree; when that comes into
 * a namespace, to the namespace.
 * Every function: Locks: mount_lock, unless said otherwise.
 */
#ifndef VFS_ATTACH_H
#define VFS_ATTACH_H

#include "vfs/mount.h"

void vfs_lock(struct vfs *v);
void vfs_unlock(struct vfs *v);

/* The topmost mount on a place, for what is mounted there next: moves *p
 * (borrowed) up the stack. */
void path_top_locked(struct path *p);

/*
 * Is this a place to attach something to?  0, -ENOENT (unmounted or removed), -EINVAL
 * (not in c->ns).
 */
int attach_check_target_locked(const struct vfs_ctx *c,
			       const struct path *where);

/*
 * As attach_recursive_mnt(): attaches a tree at `where` (the top of its
 * stack) and copies of it at the mounts that receive from there.  On failure
 * it stays the caller's, where and as it was.  -ENOENT: the place, or the
 * root of the tree, was removed; -ENOSPC; -ENOMEM.
 *
 * _tree: one that belongs to no namespace, or all of an anonymous one, which
 * is gone afterwards.  _move: one that is attached already.  _beneath: either
 * one, in the place of `top`, which then is on top of the tree; for
 * MOVE_MOUNT_BENEATH.  c may be NULL: nothing is locked then.
 */
int attach_tree_locked(const struct vfs_ctx *c, struct mount *tree,
		       const struct path *where);
int attach_move_locked(const struct vfs_ctx *c, struct mount *tree,
		       const struct path *where);
int attach_beneath_locked(const struct vfs_ctx *c, struct mount *tree,
			  struct mount *top);
/* What stands against putting `from` beneath `top`: as
 * can_move_mount_beneath().  0, -EINVAL. */
int attach_check_beneath_locked(const struct vfs_ctx *c,
				const struct mount *from,
				const struct mount *top);

/*
 * Puts `n` where the mount of c's root is, and that one at `old` (which may
 * be n's own root).  -ENOENT, -ENOMEM.
 */
int attach_pivot_locked(const struct vfs_ctx *c, struct mount *n,
			const struct path *old);

/* --------------------------------------------------- attach.c: points */

/*
 * A node to attach something to, for the place `n` of `parent`: pinned and
 * counted.  The root of a mount of a file stands for itself, since no name
 * leads to it from within that mount.  -ENOENT: removed.
 */
int point_pin_locked(const struct vfs_ctx *c, struct mount *parent,
		     struct node *n, struct node **point);
void point_unpin_locked(struct mount *parent, struct node *point);
/* Attached `m` to another place, which exists already. */
void mount_move_locked(struct mount *m, struct mount *parent,
		       struct node *point);

/* ------------------------------------------------------------- detach.c */

#define DETACH_PROPAGATE 0x1	/* what receives it goes as well */
#define DETACH_CONNECTED 0x2	/* what goes stays in one piece */
#define DETACH_AT_ONCE	0x4	/* nothing that goes stays attached, not even
				 * what is locked */

/*
 * As umount_tree(): takes `m` and everything below out of its namespace, and
 * each one off its parent unless `how` (DETACH_*) says otherwise.  Those that
 * are off go to `gone`; when the lock is dropped, detach_finish() lets them
 * go.
 */
void detach_tree_locked(struct mount *m, unsigned int how,
			struct mount_list *gone);
/* Everything that any namespace has mounted on `n`, with what is below. */
void detach_mounts_on_locked(struct vfs *v, const struct node *n,
			     struct mount_list *gone);
/* One mount off its parent, as it is. */
void mount_detach_locked(struct mount *m);
/* Locks: none held. */
void detach_finish(struct mount_list *gone);

/* A tree that never came into a namespace: takes it apart.  Locks: none
 * held (it takes mount_lock). */
void tree_discard(struct mount *tree);

#endif
