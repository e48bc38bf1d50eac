/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tmpfs.h - tmpfs and ramfs: private, empty, gone with the last user.
 *
 * The files live in a directory of the host that the embedder provides: best
 * the root of a real tmpfs of its own (struct tmpfs_backing).  It is asked
 * for at the first look-up into the instance; one that is mounted and
 * unmounted without ever being looked into costs no host call.
 *
 * Device number: an anonymous one until then, from then on that of the real
 * files, so that what stat says always agrees with a mountinfo read later.
 */
#ifndef VFS_FS_TMPFS_H
#define VFS_FS_TMPFS_H

#include "vfs/fs/tmpfs_opts.h"
#include "vfs/fs_ops.h"

struct noexec_backing;

/* What the embedder does for us.  Any thread, several at once. */
struct tmpfs_backing {
	/*
	 * An empty directory of mode o->mode, owned by o->uid and o->gid as
	 * far as we may.  *fd becomes the filesystem's; *cookie is handed
	 * to drop().  If it is the root of a mount of its own, size and
	 * number of files are limited as `o` says; else they are not.
	 */
	int (*make)(void *arg, const struct tmpfs_opts *o, int *fd,
		    uint64_t *cookie);
	/* Sets the limits anew, for the root of an own mount.  -EINVAL:
	 * more is in use. */
	int (*resize)(void *arg, int fd, const struct tmpfs_opts *o);
	/* The instance is gone and its descriptor closed. */
	void (*drop)(void *arg, uint64_t cookie);
	/* The host's number for a uid= or gid= that the caller wrote.
	 * -EINVAL: not mapped in its user namespace.  NULL: the same. */
	int (*host_id)(void *arg, const struct vfs_ctx *c, bool group,
		       uint32_t id, uint32_t *host);
	/* For hostdir_exec.h; NULL: nobody does that. */
	const struct noexec_backing *noexec;
	void *arg;
};

/*
 * A type to register.  Both must outlive the vfs.  With vfs_kern_mount(),
 * fs_data is the option string (const char *) or NULL.
 */
struct tmpfs_type {
	struct fs_type type;	/* first */
	const struct tmpfs_backing *backing;
};

void tmpfs_type_init(struct tmpfs_type *t, const struct tmpfs_backing *b);
void ramfs_type_init(struct tmpfs_type *t, const struct tmpfs_backing *b);

#endif
