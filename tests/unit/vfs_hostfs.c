/* SPDX-License-Identifier: Apache-2.0 */
/* vfs/fs/hostfs.c and hostdir*.c, through the VFS: what an export shows,
 * what it refuses, and what happens when the host fails. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
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

static const char *
host(const char *name)
{
	static char path[4][256];
	static int i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s/%s", top, name);
	return path[i];
}

static void
host_file(const char *name, const char *text)
{
	FILE *f = fopen(host(name), "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static bool
host_has(const char *name)
{
	return faccessat(AT_FDCWD, host(name), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void
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

static void
drop_world(void)
{
	path_put(&ctx.root);
	path_put(&ctx.cwd);
	if (ns)
		mntns_put(ns);
	ns = NULL;
}

static void
teardown(void)
{
	host_fault_disarm();
	drop_world();
	vfs_free(vfs);
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int
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
		.may_mount = true, .sb_admin = true,
	};
	mntns_root(ns, &ctx.root);
	ctx.cwd = ctx.root;
	path_get(&ctx.cwd);
	return 0;
}

static void
world(struct hostfs_export ex)
{
	ck_assert_int_eq(try_world(&ex, "x"), 0);
}

static struct vfs_at
at(const char *name)
{
	return (struct vfs_at){ .name = name, .flags = LOOK_FOLLOW };
}

static int
open_mode(const char *name, uint64_t flags, mode_t mode, bool nonblock)
{
	struct open_how how = { .flags = flags, .mode = mode };
	struct vfs_at a = at(name);
	int fd = -1;
	int err = vfs_open(&ctx, &a, &how, nonblock, &fd, NULL);

	return err ? err : fd;
}

static int
open_close(const char *name, uint64_t flags)
{
	int fd = open_mode(name, flags, flags & O_CREAT ? 0644 : 0, true);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static const char *
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

static int
stat_of(const char *name, struct stat *st)
{
	struct vfs_at a = at(name);

	return vfs_stat(&ctx, &a, st);
}

static int
do_rename(const char *from, const char *to, unsigned int flags)
{
	struct vfs_at a = { .name = from }, b = { .name = to };

	return vfs_rename(&ctx, &a, &b, flags);
}

static int
do_unlink(const char *name)
{
	struct vfs_at a = { .name = name };

	return vfs_unlink(&ctx, &a, 0);
}

static int
do_link(const char *from, const char *to)
{
	struct vfs_at a = { .name = from }, b = { .name = to };

	return vfs_link(&ctx, &a, &b);
}

static int
do_mkdir(const char *name)
{
	struct vfs_at a = { .name = name };

	return vfs_mkdir(&ctx, &a, 0755);
}

/* ----------------------------------------------------------------- finding */

START_TEST(files_are_found_through_links_and_dotdot)
{
	struct stat st, real;

	world((struct hostfs_export){ 0 });
	ck_assert_str_eq(contents("/file"), "hello");
	ck_assert_str_eq(contents("/link/inner"), "inner");
	ck_assert_str_eq(contents("/link/../dir/sub/../inner"), "inner");
	ck_assert_str_eq(contents("/dir/abs"), "hello");
	ck_assert_int_eq(stat_of("/link", &st), 0);
	ck_assert_int_eq(stat(host("x/dir"), &real), 0);
	ck_assert_uint_eq(st.st_ino, real.st_ino);
	ck_assert_uint_eq(st.st_dev, real.st_dev);
}
END_TEST

START_TEST(nothing_above_the_export_is_reached)
{
	struct stat st;

	world((struct hostfs_export){ 0 });
	ck_assert_int_eq(stat_of("/up", &st), -ENOENT);
	ck_assert_int_eq(stat_of("/../outside", &st), -ENOENT);
	ck_assert_int_eq(stat_of("/dir/../../outside", &st), -ENOENT);
	ck_assert_int_eq(open_close("/up", O_RDONLY), -ENOENT);
}
END_TEST

START_TEST(errors_of_a_walk_are_those_of_linux)
{
	char name[300] = "/";
	struct stat st;

	world((struct hostfs_export){ 0 });
	memset(name + 1, 'n', 256);
	ck_assert_int_eq(stat_of(name, &st), -ENAMETOOLONG);
	ck_assert_int_eq(stat_of("/file/x", &st), -ENOTDIR);
	ck_assert_int_eq(stat_of("/file/", &st), -ENOTDIR);
	ck_assert_int_eq(stat_of("/none/x", &st), -ENOENT);
	ck_assert_int_eq(stat_of("/loop", &st), -ELOOP);
	ck_assert_int_eq(open_close("/link", O_RDONLY | O_NOFOLLOW), -ELOOP);
	ck_assert_int_eq(open_close("/link", O_RDONLY | O_NOFOLLOW |
				    O_DIRECTORY), -ENOTDIR);
	ck_assert_int_eq(open_close("/file", O_DIRECTORY), -ENOTDIR);
	ck_assert_int_eq(open_close("/link", O_DIRECTORY), 0);
	ck_assert_int_eq(open_close("/dir", O_WRONLY), -EISDIR);
	ck_assert_int_eq(open_close("/dir", O_CREAT), -EISDIR);
}
END_TEST

START_TEST(readlink_gives_the_text_and_refuses_files)
{
	struct vfs_at a = { .name = "/link" }, f = { .name = "/file" };
	char buf[16];

	world((struct hostfs_export){ 0 });
	ck_assert_int_eq(vfs_readlink(&ctx, &a, buf, sizeof(buf)), 3);
	ck_assert_int_eq(memcmp(buf, "dir", 3), 0);
	ck_assert_int_eq(vfs_readlink(&ctx, &f, buf, sizeof(buf)), -EINVAL);
}
END_TEST

START_TEST(a_single_file_can_be_exported)
{
	struct hostfs_export ex = { 0 };
	struct mount *m;
	struct vfs_at target = at("/dir/inner");
	struct path where;

	world((struct hostfs_export){ 0 });
	ex.fd = open(host("outside"), O_PATH);
	ck_assert_int_eq(vfs_kern_mount(vfs, &hostfs_type, "f", 0, &ex, &m), 0);
	close(ex.fd);
	ck_assert_int_eq(vfs_lookup(&ctx, &target, &where), 0);
	ck_assert_int_eq(vfs_attach(&ctx, m, &where), 0);
	path_put(&where);
	ck_assert_str_eq(contents("/dir/inner"), "outside");
	ck_assert_int_eq(open_close("/dir/inner/x", O_RDONLY), -ENOTDIR);
}
END_TEST

/* ----------------------------------------------------------------- opening */

START_TEST(open_creates_truncates_and_excludes)
{
	world((struct hostfs_export){ 0 });
	ck_assert_int_eq(open_close("/new", O_CREAT | O_WRONLY), 0);
	ck_assert(host_has("x/new"));
	ck_assert_int_eq(open_close("/new", O_CREAT | O_EXCL), -EEXIST);
	ck_assert_int_eq(open_close("/loop", O_CREAT | O_EXCL), -EEXIST);
	ck_assert_int_eq(open_close("/none/new", O_CREAT), -ENOENT);
	ck_assert_int_eq(open_close("/link/made", O_CREAT | O_EXCL), 0);
	ck_assert(host_has("x/dir/made"));
	ck_assert_int_eq(open_close("/file", O_WRONLY | O_TRUNC), 0);
	ck_assert_str_eq(contents("/file"), "");
	ck_assert_int_eq(open_close("/dir", O_TMPFILE | O_RDWR), 0);
}
END_TEST

START_TEST(open_through_a_dangling_link_creates_its_target)
{
	ck_assert_int_eq(symlink("dir/fresh", host("x/dangling")), 0);
	world((struct hostfs_export){ 0 });
	ck_assert_int_eq(open_close("/dangling", O_CREAT | O_WRONLY), 0);
	ck_assert(host_has("x/dir/fresh"));
}
END_TEST

START_TEST(a_fifo_is_never_opened_where_it_would_block)
{
	int r, w;

	world((struct hostfs_export){ 0 });
	ck_assert_int_eq(open_close("/fifo", O_RDONLY), -EWOULDBLOCK);
	ck_assert_int_eq(open_close("/fifo", O_WRONLY), -EWOULDBLOCK);
	/* Nobody was woken up or seen: there is still no reader. */
	ck_assert_int_eq(open(host("x/fifo"), O_WRONLY | O_NONBLOCK), -1);
	ck_assert_int_eq(errno, ENXIO);
	r = open_mode("/fifo", O_RDONLY | O_NONBLOCK, 0, true);
	ck_assert_int_ge(r, 0);
	w = open_mode("/fifo", O_WRONLY, 0, false);
	ck_assert_int_ge(w, 0);
	ck_assert_int_eq(fcntl(w, F_GETFL) & O_NONBLOCK, 0);
	close(r);
	close(w);
}
END_TEST

START_TEST(devices_and_sockets_are_refused)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", host("x/sock"));
	ck_assert_int_eq(bind(s, (struct sockaddr *)&un, sizeof(un)), 0);
	close(s);
	world((struct hostfs_export){ 0 });
	ck_assert_int_eq(open_close("/sock", O_RDWR), -ENXIO);
	drop_world();
	strcpy(top, "/dev");
	{
		struct hostfs_export ex = { 0 };

		ck_assert_int_eq(try_world(&ex, "null"), 0);
		ck_assert_int_eq(open_close("/", O_RDWR), -EACCES);
		drop_world();
		ex.devices = true;
		ck_assert_int_eq(try_world(&ex, "null"), 0);
		ck_assert_int_eq(open_close("/", O_RDWR), 0);
	}
	snprintf(top, sizeof(top), "%.*s", (int)(strlen(un.sun_path) - 7),
		 un.sun_path);
}
END_TEST

/* --------------------------------------------------------------- read-only */

START_TEST(a_read_only_export_refuses_every_change)
{
	struct timespec ts[2] = { { 0 } };
	struct vfs_at f = at("/file"), n = at("/new");

	world((struct hostfs_export){ .ro = true });
	ck_assert_str_eq(contents("/file"), "hello");
	ck_assert_int_eq(open_close("/file", O_WRONLY), -EROFS);
	ck_assert_int_eq(open_close("/file", O_RDWR), -EROFS);
	ck_assert_int_eq(open_close("/file", O_RDONLY | O_TRUNC), -EROFS);
	ck_assert_int_eq(open_close("/file", O_RDONLY | O_CREAT), 0);
	ck_assert_int_eq(open_close("/file", O_CREAT | O_EXCL), -EEXIST);
	ck_assert_int_eq(open_close("/new", O_CREAT), -EROFS);
	ck_assert_int_eq(open_close("/none/new", O_CREAT), -ENOENT);
	ck_assert_int_eq(open_close("/dir", O_TMPFILE | O_RDWR), -EROFS);
	ck_assert_int_eq(open_close("/fifo", O_RDWR), 0);
	ck_assert_int_eq(do_mkdir("/new"), -EROFS);
	ck_assert_int_eq(do_mkdir("/dir"), -EEXIST);
	ck_assert_int_eq(do_unlink("/file"), -EROFS);
	ck_assert_int_eq(do_rename("/file", "/g", 0), -EROFS);
	ck_assert_int_eq(do_link("/file", "/g"), -EROFS);
	ck_assert_int_eq(vfs_symlink(&ctx, "x", &n), -EROFS);
	ck_assert_int_eq(vfs_mknod(&ctx, &n, S_IFIFO | 0600, 0), -EROFS);
	ck_assert_int_eq(vfs_chmod(&ctx, &f, 0600), -EROFS);
	ck_assert_int_eq(vfs_chown(&ctx, &f, 0, 0), -EROFS);
	ck_assert_int_eq(vfs_utimens(&ctx, &f, ts), -EROFS);
	ck_assert_int_eq(vfs_truncate(&ctx, &f, 0), -EROFS);
	ck_assert_int_eq(vfs_setxattr(&ctx, &f, "user.a", "b", 1, 0), -EROFS);
	ck_assert_int_eq(vfs_removexattr(&ctx, &f, "user.a"), -EROFS);
	ck_assert_int_eq(vfs_access(&ctx, &f, W_OK), -EROFS);
	ck_assert_int_eq(vfs_access(&ctx, &f, R_OK), 0);
}
END_TEST

START_TEST(remounting_does_not_widen_a_read_only_export)
{
	struct vfs_at root = at("/");

	world((struct hostfs_export){ .ro = true });
	ck_assert_int_le(vfs_mount(&ctx, NULL, &root, NULL, MS_REMOUNT, NULL),
			 0);
	vfs_mount(&ctx, NULL, &root, NULL, MS_REMOUNT | MS_BIND, NULL);
	ck_assert_int_eq(open_close("/file", O_WRONLY), -EROFS);
	ck_assert_int_eq(do_unlink("/file"), -EROFS);
}
END_TEST

/* ---------------------------------------------------------------- changing */

START_TEST(names_can_be_changed_in_a_writable_export)
{
	struct vfs_at n = { .name = "/s" }, f = at("/file");
	struct stat st;

	world((struct hostfs_export){ 0 });
	ck_assert_int_eq(do_mkdir("/d"), 0);
	ck_assert_int_eq(do_rename("/file", "/d/f", 0), 0);
	ck_assert_int_eq(do_rename("/d", "/dir", RENAME_EXCHANGE), 0);
	ck_assert_str_eq(contents("/dir/f"), "hello");
	ck_assert_int_eq(do_link("/dir/f", "/file"), 0);
	ck_assert_int_eq(do_link("/link", "/link2"), 0);
	ck_assert_int_eq(lstat(host("x/link2"), &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_int_eq(vfs_symlink(&ctx, "t", &n), 0);
	ck_assert_int_eq(do_unlink("/s"), 0);
	ck_assert_int_eq(vfs_chmod(&ctx, &f, 04711), 0);
	ck_assert_int_eq(stat(host("x/file"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 04711);
	ck_assert_int_eq(vfs_truncate(&ctx, &f, 2), 0);
	ck_assert_str_eq(contents("/file"), "he");
	ck_assert_int_eq(vfs_truncate(&ctx, &(struct vfs_at){ .name = "/fifo" },
				      0), -EINVAL);
}
END_TEST

/* ------------------------------------------------------------------- deny */

static const char *const denied[] = { "keep/secret", "future" };

START_TEST(a_denied_place_is_refused_in_every_call)
{
	struct stat st;

	world((struct hostfs_export){ .deny = denied, .nr_deny = 2 });
	ck_assert_int_eq(stat_of("/keep/secret", &st), -EACCES);
	ck_assert_int_eq(open_close("/keep/secret", O_RDONLY), -EACCES);
	ck_assert_int_eq(do_unlink("/keep/secret"), -EACCES);
	ck_assert_int_eq(do_rename("/keep/secret", "/s", 0), -EACCES);
	ck_assert_int_eq(do_rename("/file", "/keep/secret", 0), -EACCES);
	ck_assert_int_eq(do_link("/keep/secret", "/s"), -EACCES);
	ck_assert_int_eq(stat_of("/keep/../keep/secret", &st), -EACCES);
	ck_assert_int_eq(do_mkdir("/future"), -EACCES);
	ck_assert_int_eq(open_close("/future", O_CREAT), -EACCES);
	ck_assert_int_eq(stat_of("/future", &st), -EACCES);
	ck_assert_str_eq(contents("/file"), "hello");
	ck_assert_int_eq(open_close("/keep/other", O_CREAT), 0);
}
END_TEST

START_TEST(a_denied_object_stays_denied_under_other_names)
{
	struct stat st;

	ck_assert_int_eq(link(host("x/keep/secret"), host("x/alias")), 0);
	world((struct hostfs_export){ .deny = denied, .nr_deny = 2 });
	ck_assert_int_eq(stat_of("/alias", &st), -EACCES);
	ck_assert_int_eq(do_unlink("/alias"), -EACCES);
	ck_assert_int_eq(do_rename("/keep", "/kept", 0), 0);
	ck_assert_int_eq(stat_of("/kept/secret", &st), -EACCES);
	ck_assert_int_eq(rename(host("x/kept/secret"), host("x/moved")), 0);
	ck_assert_int_eq(stat_of("/moved", &st), -EACCES);
}
END_TEST

START_TEST(a_denied_directory_hides_what_is_below)
{
	static const char *const dirs[] = { "dir" };
	struct stat st;

	world((struct hostfs_export){ .deny = dirs, .nr_deny = 1 });
	ck_assert_int_eq(stat_of("/dir/inner", &st), -EACCES);
	ck_assert_int_eq(stat_of("/link/inner", &st), -EACCES);
	ck_assert_int_eq(stat_of("/dir/../file", &st), -EACCES);
}
END_TEST

START_TEST(what_replaces_a_denied_file_is_denied_too)
{
	struct stat st;

	world((struct hostfs_export){ .deny = denied, .nr_deny = 2 });
	host_file("x/next", "new secret");
	ck_assert_int_eq(rename(host("x/next"), host("x/keep/secret")), 0);
	ck_assert_int_eq(stat_of("/keep/secret", &st), -EACCES);
	ck_assert_int_eq(do_rename("/keep", "/k", 0), 0);
	ck_assert_int_eq(stat_of("/k/secret", &st), -EACCES);
}
END_TEST

/* ------------------------------------------------------------------ places */

static const char *
cwd_text(void)
{
	static char buf[256];
	ssize_t n = vfs_dpath(&ctx, &ctx.cwd, buf, sizeof(buf),
			      DPATH_DELETED_OK);

	snprintf(buf + (n > 0 ? n : 0), 16, "%s", n > 0 ? "" : "error");
	return buf;
}

static void
go(const char *name)
{
	struct vfs_at a = at(name);
	struct path p;

	ck_assert_int_eq(vfs_lookup(&ctx, &a, &p), 0);
	path_put(&ctx.cwd);
	ctx.cwd = p;
}

START_TEST(a_directory_knows_where_it_is_when_the_host_moves_things)
{
	struct stat st;

	world((struct hostfs_export){ 0 });
	go("/dir/sub");
	ck_assert_str_eq(cwd_text(), "/dir/sub");
	ck_assert_int_eq(stat_of("../inner", &st), 0);
	ck_assert_int_eq(rename(host("x/dir"), host("x/moved")), 0);
	ck_assert_str_eq(cwd_text(), "/moved/sub");
	ck_assert_int_eq(stat_of("../inner", &st), 0);
	ck_assert_int_eq(rename(host("x"), host("y")), 0);
	ck_assert_str_eq(cwd_text(), "/moved/sub");
	ck_assert_int_eq(stat_of("../inner", &st), 0);
	ck_assert_int_eq(rename(host("y"), host("x")), 0);
}
END_TEST

START_TEST(a_directory_moved_out_of_the_export_has_no_parent)
{
	struct stat st;

	world((struct hostfs_export){ 0 });
	go("/dir/sub");
	ck_assert_int_eq(rename(host("x/dir/sub"), host("sub")), 0);
	ck_assert_int_eq(stat_of("../outside", &st), -ENOENT);
	ck_assert_int_eq(stat_of("..", &st), -ENOENT);
}
END_TEST

START_TEST(deleted_directories_are_told_from_odd_names)
{
	world((struct hostfs_export){ 0 });
	ck_assert_int_eq(do_mkdir("/odd (deleted)"), 0);
	go("/odd (deleted)");
	ck_assert_str_eq(cwd_text(), "/odd (deleted)");
	go("/dir/sub");
	ck_assert_int_eq(rmdir(host("x/dir/sub")), 0);
	ck_assert_str_eq(cwd_text(), "/dir/sub (deleted)");
}
END_TEST

/* ---------------------------------------------------------- host's mounts */

START_TEST(mounts_of_the_host_below_an_export_are_listed_and_not_entered)
{
	struct hostfs_submount *list;
	struct stat st;
	size_t nr;
	int fd;

	if (unshare(CLONE_NEWNS) < 0)
		return;		/* only where we may mount */
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	world((struct hostfs_export){ 0 });
	ck_assert_int_eq(mount("a b", host("x/dir"), "tmpfs", MS_NOEXEC,
			       "size=4k"), 0);
	ck_assert_int_eq(mkdir(host("x/dir/in"), 0700), 0);
	ck_assert_int_eq(mount("t", host("x/dir/in"), "tmpfs", 0, NULL), 0);
	ck_assert_int_eq(mount("o", host("x/keep"), "tmpfs", 0, NULL), 0);
	ck_assert_int_eq(mount("p", host("x/keep"), "ramfs", MS_RDONLY, NULL),
			 0);
	fd = open(host("x"), O_PATH);
	ck_assert_int_eq(hostfs_submounts(fd, &list, &nr), 0);
	close(fd);
	ck_assert_uint_eq(nr, 3);
	ck_assert_str_eq(list[0].path, "dir");
	ck_assert_str_eq(list[0].source, "a b");
	ck_assert(list[0].flags & MS_NOEXEC);
	ck_assert_str_eq(list[1].path, "dir/in");
	ck_assert_str_eq(list[2].path, "keep");
	ck_assert_str_eq(list[2].fstype, "ramfs");
	ck_assert(list[2].flags & MS_RDONLY);
	hostfs_submounts_free(list, nr);
	ck_assert_int_eq(stat_of("/dir/in", &st), -EACCES);
	ck_assert_int_eq(stat_of("/dir", &st), -EACCES);
	umount2(host("x/keep"), MNT_DETACH);
	umount2(host("x/keep"), MNT_DETACH);
	umount2(host("x/dir"), MNT_DETACH);
}
END_TEST

/* ------------------------------------------------------------------ faults */

static int
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Several operations; the first error, or 0. */
static int
scenario(void)
{
	struct vfs_at f = at("/link/inner");
	char buf[64];
	struct path p;
	struct stat st;
	int err = stat_of("/link/sub/../inner", &st);

	if (!err)
		err = open_close("/link/inner", O_RDWR);
	if (!err)
		err = open_close("/a", O_CREAT);
	if (!err)
		err = do_rename("/a", "/b", 0);
	if (!err)
		err = do_link("/b", "/dir/c");
	if (!err)
		err = do_unlink("/dir/c");
	if (!err)
		err = do_unlink("/b");
	if (!err)
		err = vfs_chmod(&ctx, &f, 0644);
	if (err || (err = vfs_lookup(&ctx, &(struct vfs_at){
			.name = "/dir/sub" }, &p)))
		return err;
	err = (int)vfs_dpath(&ctx, &p, buf, sizeof(buf), 0);
	path_put(&p);
	return err < 0 ? err : 0;
}

START_TEST(every_host_call_may_fail_and_nothing_leaks)
{
	static const char *const rules[] = { "keep/secret" };
	struct hostfs_export ex = { .deny = rules, .nr_deny = _i ? 1 : 0 };
	int before, err = -EIO;
	unsigned long n;

	world(ex);
	ck_assert_int_eq(scenario(), 0);
	before = count_fds();
	for (n = 0; err && n < 500; n++) {
		host_fault_arm(n, EIO);
		err = scenario();
		host_fault_disarm();
		unlink(host("x/a"));
		unlink(host("x/b"));
		unlink(host("x/dir/c"));
		ck_assert_msg(!err || err == -EIO, "call %lu: %d", n, err);
		ck_assert_int_eq(count_fds(), before);
	}
	ck_assert_int_eq(err, 0);
	ck_assert_uint_gt(n, 20);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("hostfs");
	TCase *t = tcase_create("hostfs");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, files_are_found_through_links_and_dotdot);
	tcase_add_test(t, nothing_above_the_export_is_reached);
	tcase_add_test(t, errors_of_a_walk_are_those_of_linux);
	tcase_add_test(t, readlink_gives_the_text_and_refuses_files);
	tcase_add_test(t, a_single_file_can_be_exported);
	tcase_add_test(t, open_creates_truncates_and_excludes);
	tcase_add_test(t, open_through_a_dangling_link_creates_its_target);
	tcase_add_test(t, a_fifo_is_never_opened_where_it_would_block);
	tcase_add_test(t, devices_and_sockets_are_refused);
	tcase_add_test(t, a_read_only_export_refuses_every_change);
	tcase_add_test(t, remounting_does_not_widen_a_read_only_export);
	tcase_add_test(t, names_can_be_changed_in_a_writable_export);
	tcase_add_test(t, a_denied_place_is_refused_in_every_call);
	tcase_add_test(t, a_denied_object_stays_denied_under_other_names);
	tcase_add_test(t, a_denied_directory_hides_what_is_below);
	tcase_add_test(t, what_replaces_a_denied_file_is_denied_too);
	tcase_add_test(t,
	    a_directory_knows_where_it_is_when_the_host_moves_things);
	tcase_add_test(t, a_directory_moved_out_of_the_export_has_no_parent);
	tcase_add_test(t, deleted_directories_are_told_from_odd_names);
	tcase_add_test(t,
	    mounts_of_the_host_below_an_export_are_listed_and_not_entered);
	tcase_add_loop_test(t, every_host_call_may_fail_and_nothing_leaks,
			    0, 2);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	SRunner *sr = srunner_create(suite());
	int failed;

	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
