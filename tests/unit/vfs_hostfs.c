/* SPDX-License-Identifier: Apache-2.0 */
/* vfs/fs/hostfs.c and hostdir*.c, through the VFS: what an export shows, and
 * what it lets be changed. */
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/hostfs_world.h"

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
