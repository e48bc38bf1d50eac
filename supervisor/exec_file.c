/* SPDX-License-Identifier: Apache-2.0 */
/* One file that is to be executed: do_open_execat() in fs/exec.c. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/dirfds.h"
#include "supervisor/exec_state.h"
#include "supervisor/task.h"

struct proc_path {
	char s[64];
};

static struct proc_path
own_fd_path(int fd)
{
	struct proc_path p;

	snprintf(p.s, sizeof(p.s), "/proc/self/fd/%d", fd);
	return p;
}

void
exec_file_fini(struct exec_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	path_put(&f->where);
}

void
exec_file_move(struct exec_file *to, struct exec_file *from)
{
	exec_file_fini(to);
	*to = *from;
	*from = (struct exec_file)EXEC_FILE_INIT;
}

/* may_open() and path_noexec(). */
static int
check_kind(int fd, const struct path *where)
{
	struct statvfs fs;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	if (where->mnt && (vfs_mount_flags(where) & MS_NOEXEC))
		return -EACCES;
	/* The host's own flag: the stub could not map the file. */
	if (fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_NOEXEC))
		return -EACCES;
	return 0;
}

/* inode_permission(MAY_EXEC), with the ids that count for files. */
static int
check_permission(const struct vfs_ctx *ctx, int fd, const struct path *where)
{
	struct vfs_ctx eff = *ctx;
	struct vfs_at at = { .base = where, .name = "", .flags = LOOK_EMPTY };

	if (where->mnt && where->node) {
		eff.effective_ids = true;
		return vfs_access(&eff, &at, X_OK);
	}
	if (faccessat(AT_FDCWD, own_fd_path(fd).s, X_OK, AT_EACCESS) < 0)
		return -errno;
	return 0;
}

/*
 * A file that somebody has open for writing is -ETXTBSY.  A read lease can
 * only be had when there is none; the kernel grants leases to a file's owner,
 * and nobody but owners (and root) leaves programs open for writing.  For the
 * instant that the lease is held its signal must be a harmless one.
 */
static int
check_not_written(int fd)
{
	long wait = 50000;		/* ns; 12 ms in all */
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_uid != geteuid())
		return 0;
	if (fcntl(fd, F_SETSIG, SIGURG) < 0)
		return 0;
	while (fcntl(fd, F_SETLEASE, F_RDLCK) < 0) {
		if (errno != EAGAIN)
			return 0;
		/* It may be the notify thread, about to close what it has
		 * just handed to the guest. */
		if (wait > 10000000)
			return -ETXTBSY;
		nanosleep(&(struct timespec){ .tv_nsec = wait }, NULL);
		wait *= 2;
	}
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return 0;
}

/* From an O_PATH (or any) descriptor to an executable file.  Takes over both
 * references. */
static int
finish_open(const struct vfs_ctx *ctx, int fd_given, struct path *where,
	    struct exec_file *out)
{
	AUTO_FD fd = fd_given;
	struct exec_file f = { .fd = -1, .where = *where };
	int err;

	err = check_kind(fd, where);
	if (err == 0)
		err = check_permission(ctx, fd, where);
	if (err == 0) {
		f.fd = open(own_fd_path(fd).s,
			    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		err = f.fd < 0 ? -errno : check_not_written(f.fd);
	}
	if (err < 0) {
		exec_file_fini(&f);
		return err;
	}
	*out = f;
	return 0;
}

int
exec_file_open(const struct vfs_ctx *ctx, const struct vfs_at *at,
	       struct exec_file *out)
{
	struct path where = { NULL, NULL };
	int fd = -1, err;

	err = vfs_lookup_fd(ctx, at, &where, &fd);
	/* What no descriptor can stand for is no regular file of a disk. */
	if (err == -EOPNOTSUPP)
		return -EACCES;
	if (err < 0)
		return err;
	return finish_open(ctx, fd, &where, out);
}

/* Opened for reading, as against O_WRONLY and O_PATH. */
static bool
is_readable(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && !(flags & O_PATH) &&
	       (flags & O_ACCMODE) != O_WRONLY;
}

int
exec_file_open_fd(struct call *c, const struct vfs_ctx *ctx, int fd,
		  struct exec_file *out)
{
	struct path where = { NULL, NULL };
	int dup = -1, err;

	err = call_take_fd(c, fd, &dup);
	if (err < 0)
		return err;
	err = dirfd_place(c->task, ctx, fd, false, &where);
	if (err < 0) {
		/* Of no place that the sandbox shows: no more can be done
		 * with it than the descriptor itself allows. */
		where = (struct path){ NULL, NULL };
		if (!is_readable(dup)) {
			close(dup);
			return -EACCES;
		}
	}
	return finish_open(ctx, dup, &where, out);
}

bool
exec_fd_is_cloexec(const struct task *t, int fd)
{
	char name[64], line[128];
	AUTO_FILE FILE *f = NULL;
	unsigned int flags;

	snprintf(name, sizeof(name), "/proc/%d/fdinfo/%d", t->tid, fd);
	f = fopen(name, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "flags: %o", &flags) == 1)
			return flags & O_CLOEXEC;
	return false;
}

void
exec_file_name(const struct exec_file *f, char *buf, size_t size)
{
	static const char deleted[] = " (deleted)";
	char link[4096], *base;
	ssize_t n;

	buf[0] = '\0';
	n = readlink(own_fd_path(f->fd).s, link, sizeof(link) - 1);
	if (n < 0)
		return;
	link[n] = '\0';
	if ((size_t)n >= sizeof(deleted) &&
	    !strcmp(link + n - (sizeof(deleted) - 1), deleted))
		link[(size_t)n - (sizeof(deleted) - 1)] = '\0';
	base = strrchr(link, '/');
	snprintf(buf, size, "%s", base ? base + 1 : link);
}
