/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer.h - propagation types: peer groups and masters, for vfs/ only.
 *
 * A mount is shared (in a peer group: it has a number and is on the ring of
 * its peers), or not; and a slave (has a master), or not; neither: private,
 * or private and unbindable.  All peers have the same master.
 *
 * Every function: Locks: mount_lock.
 */
#ifndef VFS_PEER_H
#define VFS_PEER_H

#include "vfs/mount.h"

/* Of a new mount: private.  (No lock needed.) */
void peer_init(struct mount *m);
/* Gives `m` the type that a clone of `old` has, as clone_mnt(). */
void peer_clone_locked(struct mount *old, struct mount *m);
/* `m`, private so far, is to share what `old` shares: the same (for
 * MOVE_MOUNT_SET_GROUP). */
#define peer_join_locked(old, m) peer_clone_locked(old, m)
/* Leaves group and master, as a mount that is taken away. */
void peer_leave_locked(struct mount *m);
/* One type change: MS_SHARED, MS_PRIVATE, MS_SLAVE or MS_UNBINDABLE.
 * 0, -ENOMEM (no group number). */
int peer_change_locked(struct mount *m, unsigned long type);
/* The next of the mounts that receive what happens below shared `m`, after
 * `at` (first: at == m); NULL at the end. */
struct mount *peer_next_receiver_locked(struct mount *at, struct mount *m);

#endif
