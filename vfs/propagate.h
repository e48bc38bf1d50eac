/* SPDX-License-Identifier: Apache-2.0 */
/*
 * propagate.h - what an event at a shared mount does elsewhere, for vfs/
 * only.
 *
 * Types and groups are kept (peer.h).  Copying events to the mounts that
 * receive them is not done: an operation that would have to is refused with
 * -EOPNOTSUPP before anything has changed.  Locks: mount_lock.
 */
#ifndef VFS_PROPAGATE_H
#define VFS_PROPAGATE_H

#include "vfs/mount.h"

/*
 * `tree` is about to be attached at (parent, point): below a shared parent
 * its mounts become shared.  0, -EOPNOTSUPP, -ENOMEM; nothing has changed on
 * failure.
 */
int propagate_attach_locked(struct mount *parent, struct node *point,
			    struct mount *tree);
/* `m`, and everything below with `all`, is about to be unmounted.  0,
 * -EOPNOTSUPP. */
int propagate_umount_locked(struct mount *m, bool all);

/* The type change of mount(2) on `m`, or on its whole tree. */
int propagate_change_type_locked(struct mount *m, unsigned long type,
				 bool recursive);

/* The group that mountinfo's propagate_from names: the nearest master of `m`
 * with a member in its namespace that `visible` says yes to; 0: none. */
int propagate_from_locked(const struct mount *m,
			  bool (*visible)(const struct mount *, void *),
			  void *arg);

#endif
