/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mntns.h - mount namespaces, for vfs/ only; the rest is in vfs.h.
 */
#ifndef VFS_MNTNS_H
#define VFS_MNTNS_H

#include "vfs/mount.h"

/*
 * The anonymous namespace of a detached tree: it holds no root of its own,
 * `tree` (a tree in no namespace) is its root.  It lives as long as its root
 * mount is in it, and is found by m->ns alone: nobody holds a reference.
 * Takes over the references to the tree's mounts.  `origin`: (*out)->origin
 * is for the caller to set, before the lock is dropped.  0, -ENOMEM; the tree
 * stays the caller's then.  Locks: mount_lock.
 */
int mntns_new_anon_locked(struct vfs *v, uint64_t owner, struct mount *tree,
			  struct mntns **out);
/* Is `m` the root of a detached tree?  Locks: mount_lock. */
bool mntns_is_anon_root_locked(const struct mount *m);
/* May c's caller use what is in m's namespace: his own, or a detached tree
 * that was made from it?  As check_mnt() || check_anonymous_mnt().  Locks:
 * mount_lock. */
bool mntns_is_usable_locked(const struct vfs_ctx *c, const struct mount *m);
/* One whose mounts have all gone elsewhere. */
void mntns_free_anon(struct mntns *ns);
/*
 * Takes the detached tree with root `m` apart, as dissolve_on_fput(): its
 * mounts stay connected.  Locks: mount_lock; the caller drops it, then calls
 * detach_finish(gone).
 */
void mntns_dissolve_locked(struct mount *m, struct mount_list *gone);

/* `m` becomes one of the namespace's, which takes over a reference to it.
 * Locks: mount_lock. */
void mntns_add_locked(struct mntns *ns, struct mount *m);
/* The reverse: the reference is the caller's again.  Locks: mount_lock. */
void mntns_remove_locked(struct mntns *ns, struct mount *m);
/* Is there room for n more mounts?  Counts them as pending, until they come
 * or attach.c says otherwise.  0, -ENOSPC.  Locks: mount_lock. */
int mntns_reserve_locked(struct mntns *ns, unsigned int n);
/* The table has changed: pollers are to know. */
void mntns_changed(struct mntns *ns);
/* Is something of the namespace mounted on this node?  Locks: mount_lock. */
bool mntns_mounts_on_locked(const struct mntns *ns, const struct node *n);

#endif
