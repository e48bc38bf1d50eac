/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of vfs/open.c and vfs/walk_open.c, read-only mounts among them. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/lib/testfs.h"

static struct world w;

static void
setup(void)
{
	world_new(&w, "d a/b/c; f a/b/c/file; d m; d n/o; f plain; d etc;"
		  "l link a/b; l abs /a/b; l slash a/b/; l loop loop;"
		  "l dangling nowhere; l up ../a; l etc/up ../a/b/c/file;"
		  "l tofile plain; l tofileslash plain/; l dot .; f a/x;"
		  "d closed 0; d closed/in; p fifo; c null");
}

static void
teardown(void)
{
	world_free(&w);
}

static int
opens(const char *name, uint64_t flags)
{
	int fd = w_open(&w, name, flags);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

START_TEST(open_create)
{
	ck_assert_int_eq(opens("new", O_RDWR | O_CREAT), 0);
	ck_assert_int_eq(w_err(&w, "new"), 0);
	ck_assert_int_eq(opens("new", O_RDWR | O_CREAT | O_EXCL), -EEXIST);
	ck_assert_int_eq(opens("x/", O_RDWR | O_CREAT), -EISDIR);
	ck_assert_int_eq(opens("none/x/", O_RDWR | O_CREAT), -ENOENT);
	ck_assert_int_eq(opens("plain/", O_RDWR | O_CREAT), -EISDIR);
	ck_assert_int_eq(opens(".", O_RDONLY | O_CREAT), -EISDIR);
	ck_assert_int_eq(opens("/", O_RDONLY | O_CREAT), -EISDIR);
	ck_assert_int_eq(opens("a/..", O_RDONLY | O_CREAT), -EISDIR);
	ck_assert_int_eq(opens("a/.", O_RDONLY | O_CREAT | O_EXCL), -EEXIST);
	ck_assert_int_eq(opens("a", O_RDONLY | O_CREAT), -EISDIR);
	ck_assert_int_eq(opens("none/x", O_RDWR | O_CREAT), -ENOENT);
	ck_assert_int_eq(opens("plain/x", O_RDWR | O_CREAT), -ENOTDIR);
	ck_assert_int_eq(opens("dangling", O_RDWR | O_CREAT | O_EXCL),
			 -EEXIST);
	ck_assert_int_eq(opens("dangling", O_RDWR | O_CREAT | O_NOFOLLOW),
			 -ELOOP);
	ck_assert_int_eq(w_err(&w, "nowhere"), -ENOENT);
	ck_assert_int_eq(opens("dangling", O_RDWR | O_CREAT), 0);
	ck_assert_int_eq(w_err(&w, "nowhere"), 0);
}
END_TEST

START_TEST(open_existing)
{
	ck_assert_int_eq(opens("plain", O_RDONLY), 0);
	ck_assert_int_eq(opens("plain/", O_RDONLY), -ENOTDIR);
	ck_assert_int_eq(opens("a", O_RDONLY | O_DIRECTORY), 0);
	ck_assert_int_eq(opens("a", O_WRONLY), -EISDIR);
	ck_assert_int_eq(opens("link", O_RDONLY | O_NOFOLLOW), -ELOOP);
	ck_assert_int_eq(opens("link", O_PATH | O_NOFOLLOW), 0);
	ck_assert_int_eq(opens("link", O_PATH | O_NOFOLLOW | O_DIRECTORY),
			 -ENOTDIR);
	ck_assert_int_eq(opens("fifo", O_RDONLY), -EWOULDBLOCK);
	ck_assert_int_eq(opens("", O_RDONLY), -ENOENT);
	ck_assert_int_eq(opens("closed/in", O_RDONLY), -EACCES);
}
END_TEST

START_TEST(open_tells_the_mount_of_directories)
{
	struct vfs_at a = at("m/d");
	struct open_how how = { .flags = O_RDONLY };
	struct path where, p;
	int fd;

	ck_assert_int_eq(world_mount(&w, "d d; f f", "m"), 0);
	ck_assert_int_eq(w_lookup(&w, "m", &p), 0);
	ck_assert_int_eq(vfs_open(&w.ctx, &a, &how, true, &fd, &where), 0);
	ck_assert_ptr_eq(where.mnt, p.mnt);
	path_put(&where);
	path_put(&p);
	ck_assert_int_eq(vfs_path_from_fd(&w.ctx, fd, NULL, &p), 0);
	ck_assert_str_eq(w_path(&w, &p), "/m/d");
	path_put(&p);
	a.name = "m/f";
	ck_assert_int_eq(vfs_open(&w.ctx, &a, &how, true, &fd, &where), 0);
	ck_assert_ptr_null(where.mnt);
	close(fd);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(vfs_path_from_fd(&w.ctx, fd, NULL, &p), -ESTALE);
}
END_TEST

START_TEST(hint_names_the_mount_of_a_descriptor)
{
	struct path first, second, p;
	int fd;

	ck_assert_int_eq(w_mount(&w, "a", "m", NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(w_mount(&w, "a", "n", NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(w_lookup(&w, "m", &first), 0);
	ck_assert_int_eq(w_lookup(&w, "n", &second), 0);
	fd = w_open(&w, "n/b", O_RDONLY);
	ck_assert_int_eq(vfs_path_from_fd(&w.ctx, dup(fd), second.mnt, &p), 0);
	ck_assert_str_eq(w_path(&w, &p), "/n/b");
	path_put(&p);
	ck_assert_int_eq(vfs_path_from_fd(&w.ctx, dup(fd), first.mnt, &p), 0);
	ck_assert_str_eq(w_path(&w, &p), "/m/b");
	path_put(&p);
	/* not below that mount's root: another one is found */
	close(fd);
	fd = w_open(&w, "etc", O_RDONLY);
	ck_assert_int_eq(vfs_path_from_fd(&w.ctx, fd, first.mnt, &p), 0);
	ck_assert_str_eq(w_path(&w, &p), "/etc");
	path_put(&p);
	path_put(&first);
	path_put(&second);
}
END_TEST

START_TEST(read_only_mounts)
{
	ck_assert_int_eq(world_mount(&w, "f f; d d; p p; l l f; l dang x",
				     "m"), 0);
	ck_assert_int_eq(w_mount(&w, NULL, "m", NULL,
				 MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
	ck_assert_int_eq(opens("m/f", O_RDWR), -EROFS);
	ck_assert_int_eq(opens("m/f", O_RDONLY | O_TRUNC), -EROFS);
	ck_assert_int_eq(opens("m/f", O_RDONLY), 0);
	ck_assert_int_eq(opens("m/f", O_RDONLY | O_CREAT), 0);
	ck_assert_int_eq(opens("m/f", O_RDONLY | O_CREAT | O_EXCL), -EEXIST);
	ck_assert_int_eq(opens("m/f", O_RDWR | O_CREAT), -EROFS);
	ck_assert_int_eq(opens("m/new", O_RDWR | O_CREAT), -EROFS);
	ck_assert_int_eq(opens("m/new", O_RDWR | O_CREAT | O_EXCL), -EROFS);
	ck_assert_int_eq(opens("m/d", O_RDONLY | O_CREAT), -EISDIR);
	ck_assert_int_eq(opens("m/none/new", O_RDWR | O_CREAT), -ENOENT);
	ck_assert_int_eq(opens("m/new/", O_RDWR | O_CREAT), -EISDIR);
	ck_assert_int_eq(opens("m/l", O_RDONLY | O_CREAT), 0);
	ck_assert_int_eq(opens("m/dang", O_RDWR | O_CREAT), -EROFS);
	ck_assert_int_eq(opens("m/p", O_RDWR), -EWOULDBLOCK);
	ck_assert_int_eq(opens("m/d", O_RDWR | O_TMPFILE), -EROFS);
	ck_assert_int_eq(w_mkdir(&w, "m/new"), -EROFS);
	ck_assert_int_eq(w_mkdir(&w, "m/d"), -EEXIST);
	ck_assert_int_eq(w_err(&w, "m/f"), 0);
}
END_TEST

START_TEST(access_asks_mount_and_filesystem)
{
	struct vfs_at f = at("m/f"), p = at("m/p"), d = at("m/d");

	ck_assert_int_eq(world_mount(&w, "f f 755; d d; p p; f g 444", "m"), 0);
	ck_assert_int_eq(vfs_access(&w.ctx, &f, W_OK | X_OK), 0);
	ck_assert_int_eq(w_mount(&w, NULL, "m", NULL, MS_REMOUNT | MS_BIND |
				 MS_RDONLY | MS_NOEXEC, NULL), 0);
	ck_assert_int_eq(vfs_access(&w.ctx, &f, W_OK), -EROFS);
	ck_assert_int_eq(vfs_access(&w.ctx, &f, X_OK), -EACCES);
	ck_assert_int_eq(vfs_access(&w.ctx, &f, R_OK), 0);
	ck_assert_int_eq(vfs_access(&w.ctx, &p, W_OK), 0);
	ck_assert_int_eq(vfs_access(&w.ctx, &d, X_OK), 0);
	f.name = "m/g";
	ck_assert_int_eq(vfs_access(&w.ctx, &f, W_OK), -EACCES);
	ck_assert_int_eq(vfs_access(&w.ctx, &f, 8), -EINVAL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("vfs/open");
	TCase *t = tcase_create("open");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, open_create);
	tcase_add_test(t, open_existing);
	tcase_add_test(t, open_tells_the_mount_of_directories);
	tcase_add_test(t, hint_names_the_mount_of_a_descriptor);
	tcase_add_test(t, read_only_mounts);
	tcase_add_test(t, access_asks_mount_and_filesystem);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
