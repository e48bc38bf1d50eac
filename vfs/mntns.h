/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mntns.h - mount namespaces, for vfs/ only; the rest is in vfs.h.
 */
#ifndef VFS_MNTNS_H
#define VFS_MNTNS_H

#include "vfs/mount.h"

/* `m` becomes one of the namespace's, which takes over a reference to it.
 * Locks: mount_lock. */
void mntns_add_locked(struct mntns *ns, struct mount *m);
/* The reverse: the reference is the caller's again.  Locks: mount_lock. */
void mntns_remove_locked(struct mntns *ns, struct mount *m);
/* The table has changed: pollers are to know. */
void mntns_changed(struct mntns *ns);
/* Is something of the namespace mounted on this node?  Locks: mount_lock. */
bool mntns_mounts_on_locked(const struct mntns *ns, const struct node *n);

#endif
