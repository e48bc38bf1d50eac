/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sysfs.h - the host's /sys, read-only, without what tells of more than the
 * machine: firmware tables, debugging, control files, network interfaces.
 */
#ifndef VFS_FS_SYSFS_H
#define VFS_FS_SYSFS_H

#include "vfs/fs_ops.h"

/* Registers "sysfs".  Mounting it is -ENODEV where the host has no /sys. */
int sysfs_register(struct vfs *v);

#endif
