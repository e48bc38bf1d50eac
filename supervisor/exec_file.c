/* SPDX-License-Identifier: Apache-2.0 */
/* One file that is to be executed: do_open_execat() in fs/exec.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
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
	exec_image_put(f->image);
	f->image = NULL;
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
check_kind(const struct statx *st, const struct path *where)
{
	if (S_ISLNK(st->stx_mode))
		return -ELOOP;
	if (!S_ISREG(st->stx_mode))
		return -EACCES;
	if (where->mnt && (vfs_mount_flags(where) & MS_NOEXEC))
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

/* From an O_PATH (or any) descriptor to an executable file.  Takes over both
 * references. */
static int
finish_open(const struct vfs_ctx *ctx, int fd_given, bool keep,
	    struct path *where, struct exec_file *out)
{
	AUTO_FD fd = fd_given;
	struct exec_file f = { .where = *where };
	struct statx st;
	int err = 0;

	if (statx(fd, "", AT_EMPTY_PATH, EXEC_IMAGE_MASK, &st) < 0)
		err = -errno;
	if (err == 0)
		err = check_kind(&st, where);
	if (err == 0)
		err = check_permission(ctx, fd, where);
	if (err == 0)
		err = exec_image_get(fd, &st, keep, &f.image);
	if (err == 0 && exec_image_is_written(f.image))
		err = -ETXTBSY;
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
	return finish_open(ctx, fd, true, &where, out);
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
	/* exec_file_name() asks for the very name. */
	return finish_open(ctx, dup, false, &where, out);
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
	n = readlink(own_fd_path(f->image->fd).s, link, sizeof(link) - 1);
	if (n < 0)
		return;
	link[n] = '\0';
	if ((size_t)n >= sizeof(deleted) &&
	    !strcmp(link + n - (sizeof(deleted) - 1), deleted))
		link[(size_t)n - (sizeof(deleted) - 1)] = '\0';
	base = strrchr(link, '/');
	snprintf(buf, size, "%s", base ? base + 1 : link);
}
