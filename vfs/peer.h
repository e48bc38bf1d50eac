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
/* Gives `m`, private so far, the type that a copy of `old` has, as
 * clone_mnt(); `how`: COPY_SLAVE, COPY_SHARED.  0, -ENOMEM. */
int peer_clone_locked(struct mount *old, struct mount *m, unsigned int how);
/* `m`, private so far, joins the group of `old` and becomes a slave of the
 * same master; for MOVE_MOUNT_SET_GROUP. */
void peer_join_locked(struct mount *old, struct mount *m);
/* A group of its own for `m`, which is in none: 0, -ENOMEM.  And back, for one
 * that is alone in it and has no slaves. */
int peer_group_new_locked(struct mount *m);
void peer_group_undo_locked(struct mount *m);
/* Leaves group and master, as a mount that is taken away. */
void peer_leave_locked(struct mount *m);
/* The same for a whole set of mounts (by work_link) that go together and have
 * MARK_GOING: slaves go to the first survivor above. */
void peer_leave_all_locked(struct mount_list *set);
/* One type change: MS_SHARED, MS_PRIVATE, MS_SLAVE or MS_UNBINDABLE.
 * 0, -ENOMEM (no group number). */
int peer_change_locked(struct mount *m, unsigned long type);
/* The next of the mounts that receive what happens below shared `m`, after
 * `at` (first: at == m); NULL at the end. */
struct mount *peer_next_receiver_locked(struct mount *at, struct mount *m);
/* The same without what receives through `at`'s group. */
struct mount *peer_skip_receivers_locked(struct mount *at, struct mount *m);
/*
 * The first member of the next peer group that receives, after the one that
 * was entered with `at` (first: at == m, for m's own).  Members in no
 * namespace yet count as having no slaves.  NULL at the end.
 */
struct mount *peer_next_group_locked(struct mount *at, struct mount *m);

#endif
