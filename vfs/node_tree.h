/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_tree.h - the sparse tree of nodes of a filesystem, for vfs/ only.
 *
 * A node is linked into the tree (has a parent and a name) while something
 * is mounted on it or below it; pinning a mount point links it with all its
 * ancestors and counts one in `below` of each.  A linked node is kept by the
 * tree, and keeps its parent.
 */
#ifndef VFS_NODE_TREE_H
#define VFS_NODE_TREE_H

#include "vfs/node.h"

/* As node_get(), for who found `n` through a place that does not count. */
bool node_try_get(struct node *n);

/*
 * Steps from directory `dir` to the linked child of that name.  Returns 1
 * with *out counted, 0 if the tree has none (nothing is mounted there or
 * below), -EACCES without search permission.  Locks: takes node_lock.
 */
int node_step(struct node *dir, const struct vfs_ctx *c, const char *name,
	      size_t len, struct node **out);
/* Search permission on `dir`, as the filesystem sees it. */
int node_may_search(struct node *dir, const struct vfs_ctx *c);
/* The linked child, counted, or NULL; no permission is asked. */
struct node *node_child_get(struct node *dir, const char *name, size_t len);
/* The parent in the sparse tree, counted; NULL if `n` is not linked. */
struct node *node_tree_parent_get(struct node *n);

/*
 * Links `n` and its ancestors for one more mount.  *point is counted and is
 * `n`, or the node that stands for the same name already.  -ENOENT: removed.
 * Locks: mount_lock held (pins are serialised by it).
 */
int node_pin(struct node *n, const struct vfs_ctx *c, struct node **point);
/* One mount less; drops the reference of node_pin() too.  Locks: mount_lock. */
void node_unpin(struct node *n);

/*
 * After a rename on the filesystem: what is linked at (from, from_name) goes
 * to (to, to_name), and what was there goes away or, with `swap`, to the
 * old place.  `to` may be NULL when nothing is linked at `from`.
 */
void node_tree_rename(struct node *from, const char *from_name,
		      struct node *to, const char *to_name, bool swap,
		      const struct vfs_ctx *c);

/* Text of the node's path in its filesystem, malloc'ed; "/" for the root.
 * *deleted as ops->node_path().  -ENOMEM and that operation's errors. */
int node_fs_path(struct node *n, char **text, bool *deleted);

/* Has the object been removed? */
bool node_is_gone(struct node *n);
/* Has a directory of this filesystem been removed that somebody still has as
 * the root of a mount, or as working directory?  Locks: takes node_lock. */
bool fs_holds_removed(struct fs *fs);

/* Is `n` at or below `top`, both of one filesystem?  By the tree if `n` is
 * linked, else by path. */
bool node_is_below(struct node *n, struct node *top);

#endif
