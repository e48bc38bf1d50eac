/* SPDX-License-Identifier: Apache-2.0 */
/*
 * procfs_ns.h - nsfs: files of namespaces, as what can be mounted on a file.
 *
 * /proc/PID/ns/X leads to a file that is in no mount of the tree.  Each walk
 * that comes there gets an instance of its own, whose root the file is; it
 * lives on if the file is bound somewhere.
 */
#ifndef VFS_FS_PROCFS_NS_H
#define VFS_FS_PROCFS_NS_H

#include "vfs/fs/procfs.h"

/*
 * A mount of the file `fd`, which is not taken over; `of_mounts`: of a mount
 * namespace.  *out is the caller's (mount_put()).  `source` outlives it.
 */
int nsfs_mount(struct vfs *v, const struct procfs_source *source, int fd,
	       bool of_mounts, struct mount **out);

#endif
