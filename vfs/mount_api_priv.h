/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount_api_priv.h - what the files of mount_api.h share, for vfs/ only.
 */
#ifndef VFS_MOUNT_API_PRIV_H
#define VFS_MOUNT_API_PRIV_H

#include "vfs/mount.h"
#include "vfs/mount_api.h"

/* Every attribute there is. */
#define MOUNT_ATTRS							\
	(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |	\
	 MOUNT_ATTR_NOEXEC | MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME |	\
	 MOUNT_ATTR_IDMAP | MOUNT_ATTR_NOSYMFOLLOW)

/* MOUNT_ATTR_* as the flags of a mount, and back. */
unsigned long mount_flags_from_attr(uint64_t attr);
uint64_t mount_attr_from_flags(unsigned long flags);

/*
 * Puts a tree that is in no namespace into an anonymous one, as alloc_mnt_ns()
 * and its users: `from` is where it was cloned from, NULL for a new one.
 * Fills *out with its root, counted.  -ENOMEM; the tree stays the caller's
 * then.  Locks: mount_lock.
 */
int tree_detached_locked(const struct vfs_ctx *c, struct mount *tree,
			 const struct mount *from, struct path *out);

#endif
