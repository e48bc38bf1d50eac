/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/dirfds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "include/auto.h"
#include "include/uapi.h"
#include "supervisor/mountfds.h"
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

/* The flags that a descriptor was opened with, or -1. */
static int
flags_of_fd(struct task *t, int fd)
{
	char name[48], text[256], *line;
	AUTO_FD info = -1;
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/%d/fdinfo/%d", t->tid, fd);
	info = open(name, O_RDONLY | O_CLOEXEC);
	n = info < 0 ? -1 : read(info, text, sizeof(text) - 1);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	line = strstr(text, "flags:");
	return line ? (int)strtol(line + strlen("flags:"), NULL, 8) : -1;
}

/*
 * Without pidfd_getfd(): the same file, opened again as the guest's descriptor
 * is; an O_PATH one where that cannot be done or might have an effect.  Not
 * good for sockets.
 */
static int
reopen_fd(struct task *t, int fd, int *out)
{
	AUTO_FD place = -1;
	char name[48];
	struct stat st;
	int flags;

	snprintf(name, sizeof(name), "/proc/%d/fd/%d", t->tid, fd);
	place = open(name, O_PATH | O_CLOEXEC);
	if (place < 0)
		return errno == ENOENT ? -EBADF : -errno;
	flags = flags_of_fd(t, fd);
	if (flags >= 0 && !(flags & O_PATH) && fstat(place, &st) == 0 &&
	    (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) ||
	     S_ISFIFO(st.st_mode))) {
		*out = open(name, (flags & O_ACCMODE) | O_NONBLOCK | O_NOCTTY |
			    O_CLOEXEC);
		if (*out >= 0)
			return 0;
	}
	*out = steal_fd(&place);
	return 0;
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
 * Which mount a directory was last handed out through, to anybody; and which
 * one a process got under a number.  Lossy: a slot is overwritten by the next
 * that falls into it, and a number may be another descriptor's by now, which
 * device and inode tell.  The mounts are not counted: the core takes a
 * reference if it still can.
 */
#define RECORDS 4096

struct number_record {
	pid_t tgid;
	int number;
	struct dirfd_note note;
};

static pthread_mutex_t records_lock = PTHREAD_MUTEX_INITIALIZER;
static struct dirfd_note records[RECORDS];	/* [records_lock] */
static struct number_record numbers[RECORDS];	/* [records_lock] */
static struct dirfd_note latest;		/* [records_lock] `mnt` of it: where
						 * the latest descriptor led */

static struct dirfd_note *
record_slot(dev_t dev, ino_t ino)
{
	/* roots of different filesystems often have one inode number */
	uint64_t key = (ino + (uint64_t)dev * 0xbf58476d1ce4e5b9ULL) *
		       0x9e3779b97f4a7c15ULL;

	return &records[(key >> 40) % RECORDS];
}

static struct number_record *
number_slot(pid_t tgid, int number)
{
	uint64_t key = ((uint64_t)(uint32_t)tgid << 20) + (uint64_t)number;

	return &numbers[(key * 0x9e3779b97f4a7c15ULL >> 40) % RECORDS];
}

/* The mount of a note, or NULL when it is gone and another is in its place. */
static struct mount *
note_mount(const struct dirfd_note *note)
{
	if (!note->mnt || mount_id_unique(note->mnt) != note->unique)
		return NULL;
	return note->mnt;
}

static void
latest_set(struct mount *m)
{
	pthread_mutex_lock(&records_lock);
	latest.mnt = m;
	latest.unique = m ? mount_id_unique(m) : 0;
	pthread_mutex_unlock(&records_lock);
}

static struct mount *
latest_find(void)
{
	struct mount *m;

	pthread_mutex_lock(&records_lock);
	m = note_mount(&latest);
	pthread_mutex_unlock(&records_lock);
	return m;
}

static struct mount *
record_find(dev_t dev, ino_t ino)
{
	struct dirfd_note *r = record_slot(dev, ino);
	struct mount *m = NULL;

	pthread_mutex_lock(&records_lock);
	if (r->dev == dev && r->ino == ino)
		m = note_mount(r);
	pthread_mutex_unlock(&records_lock);
	return m;
}

/* Descriptors are inherited: `depth` ancestors are asked. */
static struct mount *
number_find(struct task *t, int number, dev_t dev, ino_t ino)
{
	struct number_record *r;
	struct mount *m = NULL;
	pid_t tgid = t->tgid;
	struct task *up;

	for (int depth = 0; depth < 4 && !m; depth++) {
		pthread_mutex_lock(&records_lock);
		r = number_slot(tgid, number);
		if (r->tgid == tgid && r->number == number &&
		    r->note.dev == dev && r->note.ino == ino)
			m = note_mount(&r->note);
		pthread_mutex_unlock(&records_lock);
		up = m ? NULL : task_find_get(t->sb, tgid);
		if (!up)
			break;
		tgid = up->ptgid;
		task_put(up);
	}
	return m;
}

static void
record_add(const struct dirfd_note *note)
{
	pthread_mutex_lock(&records_lock);
	*record_slot(note->dev, note->ino) = *note;
	pthread_mutex_unlock(&records_lock);
}

bool
dirfd_note(int host_fd, const struct path *where, struct dirfd_note *note)
{
	struct stat st;

	if (fstat(host_fd, &st) < 0)
		return false;
	*note = (struct dirfd_note){ st.st_dev, st.st_ino, where->mnt,
				     mount_id_unique(where->mnt) };
	return true;
}

void
dirfd_record(int host_fd, const struct path *where, struct dirfd_note *note)
{
	if (dirfd_note(host_fd, where, note))
		record_add(note);
}

void
dirfd_record_number(struct task *t, int number, const struct dirfd_note *note)
{
	pthread_mutex_lock(&records_lock);
	*number_slot(t->tgid, number) =
		(struct number_record){ t->tgid, number, *note };
	pthread_mutex_unlock(&records_lock);
}

const struct mount *
dirfd_mount(struct task *t, int number, const struct stat *st)
{
	const struct mount *m = number_find(t, number, st->st_dev, st->st_ino);

	return m ? m : record_find(st->st_dev, st->st_ino);
}

int
dirfd_place(struct task *t, const struct vfs_ctx *ctx, int fd, bool need_dir,
	    struct path *out)
{
	const unsigned int mask = STATX_TYPE | STATX_INO | STATX_MNT_ID |
				  STATX_MNT_ID_UNIQUE;
	AUTO_FD dup = -1;
	struct statx stx;
	struct mount *m, *numbered;
	dev_t dev;
	int err = dirfd_dup(t, fd, &dup);

	if (err < 0)
		return err;
	if (statx(dup, "", AT_EMPTY_PATH, mask, &stx) < 0)
		return -errno;
	if (need_dir && !S_ISDIR(stx.stx_mode))
		return -ENOTDIR;
	dev = makedev(stx.stx_dev_major, stx.stx_dev_minor);
	if (mountfds_any() &&
	    mountfds_place(dup, number_find(t, fd, dev, stx.stx_ino), out))
		return 0;
	m = record_find(dev, stx.stx_ino);
	if (m && vfs_path_from_sole(m, dup, &stx, out) == 0) {
		steal_fd(&dup);
		latest_set(m);
		return 0;
	}
	numbered = number_find(t, fd, dev, stx.stx_ino);
	if (numbered)
		m = numbered;
	if (m && vfs_path_from_record(m, dup, &stx, out) == 0) {
		steal_fd(&dup);
		return 0;
	}
	return vfs_path_from_fd(ctx, steal_fd(&dup), m, out);
}

/* The mount that the guest's descriptor is most likely of, if such a guess
 * may be made, and a duplicate. */
static struct mount *
guess_mount(struct task *t, int fd, int *dup)
{
	struct mount *m;

	if (!t->sb->confined_fds || mountfds_any())
		return NULL;
	m = latest_find();
	return m && dirfd_dup(t, fd, dup) == 0 ? m : NULL;
}

int
dirfd_stat_below(struct task *t, int fd, const char *path, unsigned int look,
		 struct stat *st)
{
	AUTO_FD dup = -1;
	struct mount *m = guess_mount(t, fd, &dup);
	int err = m ? vfs_stat_below(m, dup, path, look, st) : -EAGAIN;

	if (m && err == -EAGAIN)
		latest_set(NULL);
	return err;
}

int
dirfd_open_below(struct task *t, int fd, const char *path, uint64_t flags,
		 int *out, struct dirfd_note *note)
{
	AUTO_FD dup = -1;
	struct mount *m = guess_mount(t, fd, &dup);
	struct statx stx;

	if (!m)
		return -EAGAIN;
	if (vfs_open_below(m, dup, path, flags, out, &stx) < 0) {
		latest_set(NULL);
		return -EAGAIN;
	}
	*note = (struct dirfd_note){
		makedev(stx.stx_dev_major, stx.stx_dev_minor), stx.stx_ino, m,
		mount_id_unique(m),
	};
	record_add(note);
	return 0;
}
