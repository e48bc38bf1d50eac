/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/stage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "include/auto.h"
#include "include/uapi.h"
#include "supervisor/world_priv.h"

#define STAGE_ATTRS	(MOUNT_ATTR_NOSUID)

/* --- the calls, which the C library need not have ---------------------------- */

static int
clone_tree(int dir, const char *name, unsigned int flags)
{
	int fd = (int)syscall(SYS_open_tree, dir, name,
			      flags | OPEN_TREE_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int
set_attrs(int dir, const char *name, unsigned int flags, uint64_t attrs)
{
	struct mount_attr a = { .attr_set = attrs };

	return syscall(SYS_mount_setattr, dir, name, flags, &a,
		       sizeof(a)) < 0 ? -errno : 0;
}

static int
put_tree(int fd, const char *dst)
{
	return syscall(SYS_move_mount, fd, "", AT_FDCWD, dst,
		       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS) < 0 ?
		-errno : 0;
}

static int
set_string(int fs, const char *key, const char *value)
{
	return syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value,
		       0) < 0 ? -errno : 0;
}

/* --- in and out --------------------------------------------------------------- */

static int
enter(const struct stage *s)
{
	if (s->root < 0)
		return -ENOENT;
	return fchdir(s->root) < 0 || chroot(".") < 0 ? -errno : 0;
}

/* The result of what was done inside: `ret`, or errno. */
static int64_t
leave(const struct stage *s, int64_t ret)
{
	if (ret < 0)
		ret = -errno;
	if (fchdir(s->outside) < 0 || chroot(".") < 0 || fchdir(s->cwd) < 0)
		return -errno;
	return ret;
}

#define INSIDE(s, call)							\
	({								\
		int in_ = enter(s);					\
		in_ < 0 ? in_ : leave(s, (call));			\
	})

int
stage_init(struct stage *s)
{
	s->root = s->scratch = s->data = -1;
	s->outside = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	s->cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return s->outside < 0 || s->cwd < 0 ? -errno : 0;
}

int
stage_finish(struct stage *s)
{
	if (fchdir(s->root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return -errno;
	close(s->outside);
	close(s->cwd);
	close(s->root);
	if (s->scratch >= 0)
		close(s->scratch);
	return 0;
}

/* --- directories, files, links ---------------------------------------------- */

int
stage_mkdir(struct stage *s, const char *path, mode_t mode)
{
	return (int)INSIDE(s, mkdir(path, mode));
}

int
stage_stat(struct stage *s, const char *path, struct stat *st)
{
	return (int)INSIDE(s, stat(path, st));
}

int
stage_symlink(struct stage *s, const char *target, const char *path)
{
	return (int)INSIDE(s, symlink(target, path));
}

ssize_t
stage_readlink(struct stage *s, const char *path, char *buf, size_t size)
{
	return INSIDE(s, readlink(path, buf, size));
}

int
stage_open(struct stage *s, const char *path, const struct open_how *how,
	   int *fd)
{
	int64_t ret = INSIDE(s, syscall(SYS_openat2, AT_FDCWD, path, how,
					sizeof(*how)));

	if (ret >= 0)
		*fd = (int)ret;
	return ret < 0 ? (int)ret : 0;
}

int
stage_mknod(struct stage *s, const char *path, mode_t mode)
{
	return (int)INSIDE(s, mknod(path, mode, 0));
}

int
stage_chmod(struct stage *s, const char *path, mode_t mode)
{
	return (int)INSIDE(s, chmod(path, mode));
}

/* --- mounts --------------------------------------------------------------------- */

/* Attaches the detached tree, and keeps it if it is the first. */
static int
attach(struct stage *s, int tree, const char *dst)
{
	int err;

	if (s->root >= 0 && dst) {
		err = enter(s);
		if (err < 0)
			return err;
		err = put_tree(tree, dst);
		errno = -err;
		return (int)leave(s, err < 0 ? -1 : 0);
	}
	/* Over the root, where nobody outside of the new tree gets to it. */
	err = put_tree(tree, "/");
	if (err == 0) {
		s->root = fcntl(tree, F_DUPFD_CLOEXEC, 3);
		err = s->root < 0 ? -errno : 0;
	}
	return err;
}

static int
new_fs(const char *type, const char *mode, uint64_t size, uint64_t attrs)
{
	AUTO_FD fs = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
	char bytes[24];
	int err = 0, fd;

	if (fs < 0)
		return -errno;
	snprintf(bytes, sizeof(bytes), "%llu", (unsigned long long)size);
	set_string(fs, "source", type);
	if (mode)
		err = set_string(fs, "mode", mode);
	if (err == 0 && size)
		err = set_string(fs, "size", bytes);
	if (err < 0)
		return err;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attrs);
	return fd < 0 ? -errno : fd;
}

int
stage_mount(struct stage *s, const char *type, const char *mode,
	    uint64_t size, uint64_t attrs, const char *dst)
{
	AUTO_FD fd = new_fs(type, mode, size, attrs | STAGE_ATTRS);

	return fd < 0 ? fd : attach(s, fd, dst);
}

/* The tmpfs for what is shown under other names only. */
static int
scratch(struct stage *s)
{
	if (s->scratch < 0)
		s->scratch = new_fs("tmpfs", "0700", 0, STAGE_ATTRS);
	return s->scratch;
}

/*
 * Lays something empty over what is denied below `dst`.  What the sandbox
 * outside denies already is beyond the reach of all.
 */
static int
cover(struct stage *s, const char *dst, const char *name)
{
	struct export nothing = { .ro = true };
	AUTO_FREE char *path = NULL;
	AUTO_FD fd = -1;
	struct stat st;
	int err;

	if (asprintf(&path, "%s/%s", dst ? dst : "", name) < 0)
		return -ENOMEM;
	err = stage_stat(s, path, &st);
	if (err < 0)
		return err == -ENOENT || err == -EACCES ? 0 : err;
	if (S_ISDIR(st.st_mode))
		return stage_mount(s, "tmpfs", "0000", 0, MOUNT_ATTR_RDONLY,
				   path);
	err = stage_data(s, &fd);
	nothing.fd = fd;
	if (err == 0)
		err = stage_bind(s, &nothing, path);
	return err == 0 && fchmod(fd, 0) < 0 ? -errno : err;
}

int
stage_bind(struct stage *s, const struct export *e, const char *dst)
{
	unsigned int clone = OPEN_TREE_CLONE | AT_RECURSIVE;
	uint64_t attrs = STAGE_ATTRS;
	AUTO_FD fd = -1;
	int err;

	if (e->src)
		fd = clone_tree(AT_FDCWD, e->src, clone);
	else if (e->fd == s->data)
		fd = clone_tree(s->scratch, s->name, clone);
	else
		fd = clone_tree(e->fd, "", clone | AT_EMPTY_PATH);
	if (fd < 0)
		return fd;
	if (e->ro)
		attrs |= MOUNT_ATTR_RDONLY;
	if (!e->devices)
		attrs |= MOUNT_ATTR_NODEV;
	err = set_attrs(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, attrs);
	if (err == 0)
		err = attach(s, fd, dst);
	for (size_t i = 0; err == 0 && e->deny && e->deny[i]; i++)
		err = cover(s, dst, e->deny[i]);
	return err;
}

int
stage_data(struct stage *s, int *fd)
{
	static unsigned int last;
	int dir = scratch(s);

	if (dir < 0)
		return dir;
	snprintf(s->name, sizeof(s->name), "%u", last++);
	*fd = s->data = openat(dir, s->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return *fd < 0 ? -errno : 0;
}

int
stage_remount_ro(struct stage *s, const char *path)
{
	int err = enter(s);

	if (err < 0)
		return err;
	err = set_attrs(AT_FDCWD, path, 0, MOUNT_ATTR_RDONLY);
	errno = -err;
	return (int)leave(s, err < 0 ? -1 : 0);
}
