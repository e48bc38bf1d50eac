/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostdir_exec.h - noexec, as the kernel keeps it.
 *
 * That a file is on a noexec mount is asked when it is executed, which the core
 * sees, and when it is mapped, which it does not.  So the host's own mount has
 * to be noexec: the instance's, as long as all mounts that show it are; and
 * while only some are, files are opened through them in a clone of it which is.
 *
 * Only for instances that are a mount without a place.
 */
#ifndef VFS_FS_HOSTDIR_EXEC_H
#define VFS_FS_HOSTDIR_EXEC_H

#include <stdbool.h>

struct fs;
struct hostdir;

/* What the embedder does for us.  Any thread; a mount lock may be held.  0 or
 * -errno. */
struct noexec_backing {
	/* Makes the mount whose root `fd` is noexec, or no longer. */
	int (*set)(void *arg, int fd, bool noexec);
	/* A clone of it that is noexec: a descriptor of its root. */
	int (*clone)(void *arg, int fd, int *out);
	void *arg;
};

/* As exec_changed of fs_ops.h; also when the root has been made. */
void hostdir_exec_changed(struct fs *fs);

/*
 * The descriptor from which, instead of `fd`, an open through a noexec mount
 * has to begin: of the same object.  *own is to be closed, unless it is -1.
 * `fd` itself where nothing better is to be had.
 */
int hostdir_exec_fd(struct fs *fs, int fd, int *own);

#endif
