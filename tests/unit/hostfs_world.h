/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostfs_world.h - a directory of the host, exported as the root of a
 * namespace, for the tests of hostfs.  Each program includes it once.
 */
#ifndef TESTS_UNIT_HOSTFS_WORLD_H
#define TESTS_UNIT_HOSTFS_WORLD_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vfs/fs/hostfs.h"
#include "vfs/hostcall.h"
#include "vfs/vfs.h"

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

static char top[64];
static struct vfs *vfs;
static struct mntns *ns;
static struct vfs_ctx ctx;

static inline const char *
host(const char *name)
{
	static char path[4][256];
	static int i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s/%s", top, name);
	return path[i];
}

static inline void
host_file(const char *name, const char *text)
{
	FILE *f = fopen(host(name), "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static inline bool
host_has(const char *name)
{
	return faccessat(AT_FDCWD, host(name), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void
setup(void)
{
	umask(0);
	strcpy(top, "/tmp/belljar-hostfs.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	mkdir(host("x"), 0755);
	mkdir(host("x/dir"), 0755);
	mkdir(host("x/dir/sub"), 0755);
	mkdir(host("x/keep"), 0755);
	host_file("outside", "outside");
	host_file("x/file", "hello");
	host_file("x/dir/inner", "inner");
	host_file("x/keep/secret", "secret");
	ck_assert_int_eq(symlink("dir", host("x/link")), 0);
	ck_assert_int_eq(symlink("../outside", host("x/up")), 0);
	ck_assert_int_eq(symlink("loop", host("x/loop")), 0);
	ck_assert_int_eq(symlink("/file", host("x/dir/abs")), 0);
	ck_assert_int_eq(mkfifo(host("x/fifo"), 0644), 0);
	ck_assert_int_eq(vfs_new(&vfs), 0);
}

static inline void
drop_world(void)
{
	path_put(&ctx.root);
	path_put(&ctx.cwd);
	if (ns)
		mntns_put(ns);
	ns = NULL;
}

static inline void
teardown(void)
{
	host_fault_disarm();
	drop_world();
	ck_assert_uint_eq(vfs_free(vfs), 0);
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline int
try_world(struct hostfs_export *ex, const char *name)
{
	struct mount *m;
	int err;

	ex->fd = open(host(name), O_PATH | O_CLOEXEC);
	ck_assert_int_ge(ex->fd, 0);
	err = vfs_kern_mount(vfs, &hostfs_type, "host", 0, ex, &m);
	close(ex->fd);
	if (err)
		return err;
	err = vfs_new_ns(vfs, m, &ns);
	if (err)
		return err;
	ctx = (struct vfs_ctx){
		.vfs = vfs, .ns = ns, .uid = geteuid(), .gid = getegid(),
		.may_mount = true,
	};
	mntns_root(ns, &ctx.root);
	ctx.cwd = ctx.root;
	path_get(&ctx.cwd);
	return 0;
}

static inline void
world(struct hostfs_export ex)
{
	ck_assert_int_eq(try_world(&ex, "x"), 0);
}

static inline struct vfs_at
at(const char *name)
{
	return (struct vfs_at){ .name = name, .flags = LOOK_FOLLOW };
}

static inline int
open_mode(const char *name, uint64_t flags, mode_t mode, bool nonblock)
{
	struct open_how how = { .flags = flags, .mode = mode };
	struct vfs_at a = at(name);
	int fd = -1;
	int err = vfs_open(&ctx, &a, &how, nonblock, &fd, NULL);

	return err ? err : fd;
}

static inline int
open_close(const char *name, uint64_t flags)
{
	int fd = open_mode(name, flags, flags & O_CREAT ? 0644 : 0, true);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static inline const char *
contents(const char *name)
{
	static char buf[64];
	int fd = open_mode(name, O_RDONLY, 0, true);
	ssize_t n;

	if (fd < 0)
		return "";
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return buf;
}

static inline int
stat_of(const char *name, struct stat *st)
{
	struct vfs_at a = at(name);

	return vfs_stat(&ctx, &a, st);
}

static inline int
do_rename(const char *from, const char *to, unsigned int flags)
{
	struct vfs_at a = { .name = from }, b = { .name = to };

	return vfs_rename(&ctx, &a, &b, flags);
}

static inline int
do_unlink(const char *name)
{
	struct vfs_at a = { .name = name };

	return vfs_unlink(&ctx, &a, 0);
}

static inline int
do_link(const char *from, const char *to)
{
	struct vfs_at a = { .name = from }, b = { .name = to };

	return vfs_link(&ctx, &a, &b);
}

static inline int
do_mkdir(const char *name)
{
	struct vfs_at a = { .name = name };

	return vfs_mkdir(&ctx, &a, 0755);
}

#endif
