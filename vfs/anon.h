/* SPDX-License-Identifier: Apache-2.0 */
/*
 * anon.h - objects without a place: the hidden root of every namespace, and
 * what is known by a descriptor only (a pipe behind /proc/self/fd/N).
 *
 * One instance, with one internal mount, belongs to each struct vfs.  For
 * vfs/ only.
 */
#ifndef VFS_ANON_H
#define VFS_ANON_H

#include "vfs/mount.h"

/* Fills v->anon_fs and v->anon_mnt. */
int anon_init(struct vfs *v);
void anon_fini(struct vfs *v);

/* The object behind a descriptor, which it takes over. */
void anon_obj(struct vfs *v, int fd, struct fs_obj *out);

#endif
