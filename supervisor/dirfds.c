/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/dirfds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/sandbox.h"

#ifndef PIDFD_THREAD
#define PIDFD_THREAD	O_EXCL		/* Linux 6.9 */
#endif

/*
 * A pidfd of the task's thread, made when it is first needed.  Where the
 * kernel knows only processes it is the leader's, whose descriptors are the
 * same unless a thread has unshared them.
 */
static int
task_pidfd(struct task *t)
{
	int fd = t->pidfd, none = -1;

	if (fd >= 0)
		return fd;
	fd = (int)syscall(SYS_pidfd_open, t->tid,
			  t->tid == t->tgid ? 0 : PIDFD_THREAD);
	if (fd < 0 && t->tid != t->tgid)
		fd = (int)syscall(SYS_pidfd_open, t->tgid, 0);
	if (fd < 0)
		return -1;
	if (!atomic_compare_exchange_strong(&t->pidfd, &none, fd)) {
		close(fd);
		return none;
	}
	return fd;
}

/* Without pidfd_getfd(): good for files and directories, not for sockets. */
static int
reopen_fd(struct task *t, int fd, int *out)
{
	char name[48];

	snprintf(name, sizeof(name), "/proc/%d/fd/%d", t->tid, fd);
	*out = open(name, O_PATH | O_CLOEXEC);
	if (*out >= 0)
		return 0;
	return errno == ENOENT ? -EBADF : -errno;
}

int
dirfd_dup(struct task *t, int fd, int *out)
{
	int pidfd, dup;

	if (fd < 0)
		return -EBADF;
	if (!t->sb->host.pidfd_getfd)
		return reopen_fd(t, fd, out);
	pidfd = task_pidfd(t);
	if (pidfd < 0)
		return -EBADF;
	dup = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	if (dup < 0)
		return errno == EPERM ? reopen_fd(t, fd, out) : -errno;
	*out = dup;
	return 0;
}

/*
 * Which mount a directory was last handed out through, for directories that
 * several mounts show.  Lossy: a slot is overwritten by the next that falls
 * into it.  The pointers are compared by the core, never followed.
 */
#define RECORDS 4096

struct dirfd_record {
	_Atomic uint64_t key;
	const struct mount *_Atomic mnt;
};

static struct dirfd_record records[RECORDS];

static uint64_t
record_key(uint64_t dev, uint64_t ino)
{
	return (dev << 40) ^ (ino * 0x9e3779b97f4a7c15ULL);
}

void
dirfd_record(struct task *t, int host_fd, const struct path *where)
{
	struct dirfd_record *r;
	struct stat st;
	uint64_t key;

	(void)t;
	if (fstat(host_fd, &st) < 0)
		return;
	key = record_key(st.st_dev, st.st_ino);
	r = &records[(key >> 20) % RECORDS];
	r->key = key;
	r->mnt = where->mnt;
}

const struct mount *
dirfd_hint(const struct stat *st)
{
	uint64_t key = record_key(st->st_dev, st->st_ino);
	struct dirfd_record *r = &records[(key >> 20) % RECORDS];

	return r->key == key ? r->mnt : NULL;
}

int
dirfd_place(struct task *t, const struct vfs_ctx *ctx, int fd, bool need_dir,
	    struct path *out)
{
	AUTO_FD dup = -1;
	struct stat st;
	int err = dirfd_dup(t, fd, &dup);

	if (err < 0)
		return err;
	if (fstat(dup, &st) < 0)
		return -errno;
	if (need_dir && !S_ISDIR(st.st_mode))
		return -ENOTDIR;
	return vfs_path_from_fd(ctx, steal_fd(&dup), dirfd_hint(&st),
				out);
}
