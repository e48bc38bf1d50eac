/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dpath.h - the path of a place, as text, for vfs/ only.
 */
#ifndef VFS_DPATH_H
#define VFS_DPATH_H

#include "vfs/mount.h"

/* Text that grows to the left. */
struct dpath {
	char *buf;		/* owned */
	size_t size;
	size_t start;		/* text begins at buf + start */
	bool failed;		/* no memory */
};

void dpath_fini(struct dpath *d);
void dpath_reset(struct dpath *d);
/* The text so far, terminated; at least "/". */
const char *dpath_text(struct dpath *d);

/* How far up a place's path leads. */
enum dpath_end {
	DPATH_AT_ROOT,		/* the root that was asked about */
	DPATH_AT_NS,		/* the root of a namespace: outside of that */
	DPATH_DETACHED,		/* the root of an unmounted tree */
};

/*
 * Writes the path of (m, n) as seen from `root`.  Returns where it ended, or
 * -errno.  *gone: the node has been removed.  Locks: mount_lock.
 */
int dpath_build_locked(struct dpath *d, const struct path *root,
		       struct mount *m, struct node *n, bool *gone);

#endif
