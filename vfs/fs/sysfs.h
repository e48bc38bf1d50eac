/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sysfs.h - the host's /sys, read-only, without what tells of more than the
 * machine: firmware tables, debugging, control files, network interfaces.
 */
#ifndef VFS_FS_SYSFS_H
#define VFS_FS_SYSFS_H

#include "vfs/fs_ops.h"

struct sysfs_type {
	struct fs_type type;	/* first */
	/*
	 * Makes what is used in place of the directory `fd`: a mount of it
	 * that leads nowhere else, in which the places `cover` (relative,
	 * ended by NULL) are covered.  NULL: `fd` itself is used.
	 */
	int (*clone)(void *arg, int fd, const char *const *cover, int *out);
	void *arg;
};

/* Registers "sysfs"; *t must live as long as `v`, its hook be set.  Mounting
 * it is -ENODEV where the host has no /sys. */
int sysfs_register(struct sysfs_type *t, struct vfs *v);

#endif
