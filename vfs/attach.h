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

/*
 * Takes `m` and, with `all`, everything below out of its namespace, each one
 * off its parent, appending them to `gone`.  When the lock is dropped,
 * detach_finish() lets them go.
 */
void detach_tree_locked(struct mount *m, bool all, struct mount_list *gone);
/* Everything that any namespace has mounted on `n`, with what is below. */
void detach_mounts_on_locked(struct vfs *v, const struct node *n,
			     struct mount_list *gone);
/* Locks: none held. */
void detach_finish(struct mount_list *gone);

/* A tree that never came into a namespace: takes it apart.  Locks: none
 * held (it takes mount_lock). */
void tree_discard(struct mount *tree);

#endif
