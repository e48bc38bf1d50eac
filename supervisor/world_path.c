/* SPDX-License-Identifier: Apache-2.0 */
/* Directories, files, links and mounts in the tree that is being built. */
#include "supervisor/world_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/log.h"
#include "supervisor/stage.h"

void
world_step(struct builder *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(b->step, sizeof(b->step), fmt, ap);
	va_end(ap);
}

int
world_fail(struct builder *b, int err, const char *fmt, ...)
{
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (!b->said)
		log_error("%s: %s", b->step, why);
	b->said = true;
	return err;
}

struct vfs_at
world_at(const char *name)
{
	return (struct vfs_at){.name = name, .flags = LOOK_FOLLOW};
}

/* --- directories, files, links -------------------------------------------- */

int
world_stat(struct builder *b, const char *path, struct stat *st)
{
	struct vfs_at at = world_at(path);

	return b->stage ? stage_stat(b->stage, path, st) :
		vfs_stat(&b->ctx, &at, st);
}

/* What makes something at `path`; called again when its parents were made. */
typedef int maker(struct builder *b, const char *path, const void *arg);

static int
with_parents(struct builder *b, maker *make, const char *path,
	const void *arg)
{
	int err = make(b, path, arg);

	if (err != -ENOENT)
		return err;
	err = world_mkparents(b, path);
	return err ? err : make(b, path, arg);
}

/* One directory; no error when the name leads to one already. */
static int
make_dir(struct builder *b, const char *path, const void *mode)
{
	struct vfs_at at = {.name = path};
	struct stat st;
	int err;

	err = b->stage ? stage_mkdir(b->stage, path, *(const mode_t *)mode) :
		vfs_mkdir(&b->ctx, &at, *(const mode_t *)mode);
	if (err == -EEXIST) {
		err = world_stat(b, path, &st);
		return err || S_ISDIR(st.st_mode) ? err : -ENOTDIR;
	}
	if (err == -EROFS)
		return world_fail(b, err, "%s does not exist in the sandbox, "
			"and what is above it is read-only. Make it on the "
			"host, or mount a tmpfs above it first", path);
	return err;
}

int
world_mkparents(struct builder *b, const char *path)
{
	static const mode_t mode = 0755;
	AUTO_FREE char *copy = strdup(path);
	char *slash;
	int err;

	if (!copy)
		return -ENOMEM;
	for (slash = strchr(copy + 1, '/'); slash;
		slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		err = make_dir(b, copy, &mode);
		if (err)
			return err;
		*slash = '/';
	}
	return 0;
}

int
world_mkdir(struct builder *b, const char *path, mode_t mode)
{
	return with_parents(b, make_dir, path, &mode);
}

static int
make_symlink(struct builder *b, const char *path, const void *target)
{
	struct vfs_at at = {.name = path};

	return b->stage ? stage_symlink(b->stage, target, path) :
		vfs_symlink(&b->ctx, target, &at);
}

int
world_symlink(struct builder *b, const char *target, const char *path)
{
	struct vfs_at at = {.name = path};
	ssize_t len = (ssize_t)strlen(target), n;
	AUTO_FREE char *there = NULL;
	int err;

	err = with_parents(b, make_symlink, path, target);
	if (err != -EEXIST)
		return err;
	there = malloc((size_t)len + 1);
	if (!there)
		return -ENOMEM;
	n = b->stage ?
		stage_readlink(b->stage, path, there, (size_t)len + 1) :
		vfs_readlink(&b->ctx, &at, there, (size_t)len + 1);
	return n == len && !memcmp(there, target, (size_t)len) ? 0 : err;
}

static int
copy_all(int from, int to)
{
	char buf[16384];
	ssize_t n, done, part;

	while ((n = read(from, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		for (done = 0; done < n; done += part) {
			part = write(to, buf + done, n - done);
			if (part < 0)
				return -errno;
		}
	}
	return 0;
}

struct new_file {
	mode_t mode;
	int *fd;
};

static int
make_file(struct builder *b, const char *path, const void *arg)
{
	const struct new_file *f = arg;
	struct vfs_at at = {.name = path};
	struct open_how how = {
		.flags = O_CREAT | O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		.mode = f->mode,
	};

	return b->stage ? stage_open(b->stage, path, &how, f->fd) :
		vfs_open(&b->ctx, &at, &how, false, f->fd, NULL);
}

int
world_file(struct builder *b, int fd, const char *path, mode_t mode)
{
	AUTO_FD to = -1;
	struct new_file f = {.mode = mode, .fd = &to};
	int err;

	err = with_parents(b, make_file, path, &f);
	if (!err && fd >= 0)
		err = copy_all(fd, to);
	return err;
}

/* --- mounts --------------------------------------------------------------- */

int
world_new_mount(struct builder *b, const char *type, const char *source,
	unsigned long flags, const void *fs_data, struct mount **out)
{
	const struct fs_type *t = vfs_find_type(b->vfs, type);

	if (!t)
		return world_fail(b, -ENODEV, "belljar has no file system of "
			"type %s", type);
	return vfs_kern_mount(b->vfs, t, source, flags, fs_data, out);
}

/* Something to mount upon: an empty file, unless a file is there. */
static int
make_mount_file(struct builder *b, const char *path, const void *unused)
{
	struct vfs_at at = {.name = path};
	struct stat st;
	int err;

	(void)unused;
	err = b->stage ? stage_mknod(b->stage, path, S_IFREG | 0644) :
		vfs_mknod(&b->ctx, &at, S_IFREG | 0644, 0);
	if (err != -EEXIST)
		return err;
	err = world_stat(b, path, &st);
	return err || !S_ISDIR(st.st_mode) ? err : -EISDIR;
}

int
world_make_place(struct builder *b, const char *dst, bool is_dir)
{
	return is_dir ? world_mkdir(b, dst, 0755) :
		with_parents(b, make_mount_file, dst, NULL);
}

int
world_attach(struct builder *b, struct mount *m, const char *dst, bool is_dir)
{
	struct vfs_at at = world_at(dst);
	struct path where;
	int err = world_make_place(b, dst, is_dir);

	if (!err)
		err = vfs_lookup(&b->ctx, &at, &where);
	if (err) {
		mount_put(m);
		return err;
	}
	err = vfs_attach(&b->ctx, m, &where);
	if (!err && path_equal(&where, &b->ctx.root)) {
		/* Later paths start from what covers the root now. */
		path_put(&b->ctx.root);
		mntns_root(b->ns, &b->ctx.root);
		b->ctx.cwd = b->ctx.root;
	}
	path_put(&where);
	return err;
}

int
world_new_tmpfs(struct builder *b, mode_t mode, uint64_t size,
	struct mount **out)
{
	char options[80];
	int n = snprintf(options, sizeof(options), "mode=%04o",
		(unsigned int)mode);

	if (size)
		snprintf(options + n, sizeof(options) - n, ",size=%llu",
			(unsigned long long)size);
	return world_new_mount(b, "tmpfs", "tmpfs",
		MS_NOSUID | MS_NODEV | MS_RELATIME, options, out);
}

/* --- the same by system calls -------------------------------------------- */

static uint64_t
attrs_of(unsigned long flags)
{
	return (flags & MS_RDONLY ? MOUNT_ATTR_RDONLY : 0) |
		(flags & MS_NODEV ? MOUNT_ATTR_NODEV : 0) |
		(flags & MS_NOEXEC ? MOUNT_ATTR_NOEXEC : 0);
}

static int
staged_plain(struct builder *b, const char *type, const char *dst,
	unsigned long flags)
{
	int err = world_mkdir(b, dst, 0755);

	return err ? err : stage_mount(b->stage, type, NULL, 0,
		attrs_of(flags), dst);
}

static int
staged_tmpfs(struct builder *b, const char *dst, mode_t mode, uint64_t size)
{
	char text[16];
	int err = dst ? world_mkdir(b, dst, 0755) : 0;

	snprintf(text, sizeof(text), "%04o", (unsigned int)mode);
	return err ? err : stage_mount(b->stage, "tmpfs", text, size,
		MOUNT_ATTR_NODEV, dst);
}

/* --- new mounts ----------------------------------------------------------- */

int
world_plain(struct builder *b, const char *type, const char *dst,
	unsigned long flags)
{
	struct mount *m;
	int err;

	if (b->stage)
		return staged_plain(b, type, dst, flags);
	err = world_new_mount(b, type, type, flags, NULL, &m);
	return err ? err : world_attach(b, m, dst, true);
}

int
world_tmpfs(struct builder *b, const char *dst, mode_t mode, uint64_t size)
{
	struct mount *m;
	int err;

	if (b->stage)
		return staged_tmpfs(b, dst, mode, size);
	err = world_new_tmpfs(b, mode, size, &m);
	return err ? err : world_attach(b, m, dst, true);
}

int
world_tmpfs_root(struct builder *b)
{
	struct mount *m;
	int err;

	if (b->stage)
		return staged_tmpfs(b, NULL, 0755, 0);
	err = world_new_tmpfs(b, 0755, 0, &m);
	return err ? err : world_set_root(b, m);
}
