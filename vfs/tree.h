/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.h - trees of mounts: a mount and what is attached below it, as one
 * thing to copy, lock, count or throw away; for vfs/ only.
 *
 * Every function: Locks: mount_lock.
 */
#ifndef VFS_TREE_H
#define VFS_TREE_H

#include "vfs/mount.h"

/*
 * A copy of `m` with `root`, and with `recursive` of what is mounted below
 * that, in tree order; as copy_tree().  `how`: COPY_* of mount.h.  It belongs
 * to no namespace; what was locked is, but for the copy's root.  An
 * unbindable mount is left out with everything below it, unless it is locked:
 * -EPERM.  -ENOMEM.  On failure nothing is left; *out is untouched.
 */
int tree_copy_locked(struct mount *m, struct node *root, bool recursive,
		     unsigned int how, struct mount **out);
/*
 * Takes a tree apart that never came into a namespace.  The mounts go to
 * `gone`: detach_finish() lets them go, after the lock.
 */
void tree_discard_locked(struct mount *tree, struct mount_list *gone);

/* As lock_mnt_tree(): flags may not be taken back, and what is below the
 * tree's root may not be taken away. */
void tree_lock_locked(struct mount *tree);
unsigned int tree_count_locked(struct mount *tree);
bool tree_has_unbindable_locked(struct mount *tree);
/* Is something locked attached to `m` at or below `root`?  It must stay
 * covered: a copy without it would show what is below. */
bool tree_has_locked_child_locked(const struct mount *m, struct node *root);

#endif
