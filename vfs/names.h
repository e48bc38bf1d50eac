/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - what creating, removing and renaming share, for vfs/ only.
 */
#ifndef VFS_NAMES_H
#define VFS_NAMES_H

#include <string.h>

#include "vfs/attach.h"
#include "vfs/mntns.h"
#include "vfs/node_tree.h"
#include "vfs/walk.h"

/*
 * Finds the directory for a new name, as filename_create(): 0, -EEXIST for
 * "." and its like or, where nothing can be made, what is there; -ENOENT for
 * a trailing slash unless a directory is wanted; -EROFS.
 */
int name_begin_create(struct walk *w, const struct vfs_ctx *c,
		      const struct vfs_at *at, bool want_dir);

/* The node of w->last in the sparse tree; counted, or NULL. */
struct node *name_node_get(struct walk *w);
/* Is something of the caller's namespace mounted on it?  NULL: no. */
bool name_is_mountpoint(const struct vfs_ctx *c, struct node *n);
/* After its name was removed: detaches what is mounted there elsewhere. */
void name_removed(const struct vfs_ctx *c, struct node *n);

#endif
