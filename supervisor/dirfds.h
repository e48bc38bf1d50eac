/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dirfds.h - from a guest's descriptor to the place that it stands for.
 *
 * close() and dup() are never mediated.  A descriptor's place is found when
 * it is needed: duplicate it, identify file and mount (unique mount id where
 * the mount helper works; else device and inode, and the record of what was
 * handed out names the mount when several show the same directory).
 */
#ifndef SUPERVISOR_DIRFDS_H
#define SUPERVISOR_DIRFDS_H

#include "vfs/vfs.h"

struct task;

/* A duplicate of the guest's descriptor, O_CLOEXEC: pidfd_getfd, or a reopen
 * through /proc/PID/fd where that is refused.  -EBADF. */
int dirfd_dup(struct task *t, int fd, int *out);

/*
 * The place of the guest's descriptor.  -EBADF, -ENOTDIR (`need_dir`),
 * -ESTALE for a descriptor that no mount of the sandbox shows (inherited,
 * or received from outside).  *out counted.
 */
int dirfd_place(struct task *t, const struct vfs_ctx *ctx, int fd,
		bool need_dir, struct path *out);

/*
 * stat() of a path below the guest's descriptor, and the opening of a
 * directory for reading, without looking for the descriptor's place; as
 * vfs_stat_below() and vfs_open_below().  *note is what to record.  -EAGAIN
 * where that cannot be done.
 */
int dirfd_stat_below(struct task *t, int fd, const char *path,
		     unsigned int look, struct stat *st);
struct dirfd_note;
int dirfd_open_below(struct task *t, int fd, const char *path, uint64_t flags,
		     int *out, struct dirfd_note *note);

/* A directory, and the mount it was handed out through; mnt NULL: nothing. */
struct dirfd_note {
	dev_t dev;
	ino_t ino;
	struct mount *mnt;		/* only to be compared with */
	uint64_t unique;		/* its id: the memory is used again */
};

/* Notes where `host_fd` is, without recording it; false: cannot be known. */
bool dirfd_note(int host_fd, const struct path *where,
		struct dirfd_note *note);
/* Records what was handed out (called by sys/open.c with the result of
 * vfs_open for directories and O_PATH). */
void dirfd_record(int host_fd, const struct path *where,
		  struct dirfd_note *note);
/* ... and under which number.  One directory may be open through several
 * mounts: a number tells them apart. */
void dirfd_record_number(struct task *t, int number,
			 const struct dirfd_note *note);
/* What was recorded for a number, else for the file that it is; or NULL. */
const struct mount *dirfd_mount(struct task *t, int number,
				const struct stat *st);

#endif
