/* SPDX-License-Identifier: Apache-2.0 */
/*
 * propagate.h - what an event at a shared mount does elsewhere, for vfs/
 * only.  docs/propagation.md says what is to happen, and why this does it.
 *
 * Every function: Locks: mount_lock.
 */
#ifndef VFS_PROPAGATE_H
#define VFS_PROPAGATE_H

#include "vfs/mount.h"

/* mount.marks, each set during one operation only. */
#define MARK_GOING	0x1	/* is being unmounted */
#define MARK_CANDIDATE	0x2	/* may have to go as well: propagate_umount.c */
#define MARK_SEEN	0x4	/* has been dealt with */
#define MARK_FRESH	0x8	/* got its group from propagate_attach_locked() */

/*
 * `tree` is about to be attached at (parent, point), `parent` being shared:
 * makes all of the tree shared (MARK_FRESH: was in no group), and a copy of
 * it for every mount that receives.  These are put at the head of `copies`
 * (by work_link), with `dest` set; room in the namespaces is reserved.  0,
 * -ENOSPC, -ENOMEM, -ENOENT; attach.c undoes what was done so far.
 */
int propagate_attach_locked(struct mount *parent, struct node *point,
			    struct mount *tree, struct mount_list *copies);
/* The reverse for the groups of `tree`, once the copies are gone.  Or, with
 * `keep`, the groups stay. */
void propagate_settle_locked(struct mount *tree, bool keep);

/*
 * Would a tree put beneath `to`, on (from, point), come to lie on `to` by
 * propagation?  As propagation_would_overmount().
 */
bool propagate_would_cover_locked(const struct mount *from,
				  const struct mount *to,
				  const struct node *point);

/* What is mounted on a place of `parent` that `point`, of another mount of
 * the same filesystem, stands for; or NULL. */
struct mount *propagate_peer_of_locked(struct mount *parent,
				       struct node *point);

/*
 * The mounts at the places where an umount of `m` would be received, each of
 * which stands in its way if it is in use.  Calls `visit` for each, until
 * that returns true, and returns that.  As propagate_mount_busy().
 */
bool propagate_busy_locked(struct mount *m,
			   bool (*visit)(struct mount *, void *), void *arg);

/*
 * The mounts of `set` (by work_link, MARK_GOING) are about to be unmounted,
 * all those below one mount: adds what goes with them, and moves what stays on
 * top of such a mount down to its place.  As propagate_umount().
 */
void propagate_umount_locked(struct mount_list *set);
/* What covers `m`'s mount point elsewhere may be taken away by an umount that
 * comes from here.  As propagate_mount_unlock(). */
void propagate_unlock_locked(struct mount *m);

/* The type change of mount(2) on `m`, or on its whole tree.  0, -ENOMEM:
 * nothing has changed. */
int propagate_change_type_locked(struct mount *m, unsigned long type,
				 bool recursive);

/* The group that mountinfo's propagate_from names: the nearest master of `m`
 * with a member in its namespace that `visible` says yes to; 0: none. */
int propagate_from_locked(const struct mount *m,
			  bool (*visible)(const struct mount *, void *),
			  void *arg);

#endif
