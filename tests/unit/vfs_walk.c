/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of vfs/walk*.c: which object a path leads to, and how many times
 * the filesystem is asked. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
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

#define path_is(name, want) do {					\
	struct path p_;							\
	int e_ = w_lookup(&w, name, &p_);				\
	ck_assert_msg(e_ == 0, "%s: error %d", name, e_);		\
	ck_assert_str_eq(w_path(&w, &p_), want);			\
	path_put(&p_);							\
} while (0)

START_TEST(common_case_is_one_call)
{
	testfs_calls = 0;
	ck_assert_int_eq(w_err(&w, "/a/b/c/file"), 0);
	ck_assert_uint_eq(testfs_calls, 1);
	ck_assert_str_eq(testfs_last_rest, "a/b/c/file");
	testfs_calls = 0;
	ck_assert_int_eq(w_err(&w, "a/b/../b/c/./file"), 0);
	ck_assert_uint_eq(testfs_calls, 1);
	ck_assert_str_eq(testfs_last_rest, "a/b/../b/c/file");
	testfs_calls = 0;
	ck_assert_int_eq(w_err(&w, "/"), 0);
	ck_assert_int_eq(w_err(&w, "."), 0);
	ck_assert_uint_eq(testfs_calls, 0);
}
END_TEST

START_TEST(mounted_tree_is_one_call_too)
{
	ck_assert_int_eq(world_mount(&w, "d x/y; f x/y/f", "m"), 0);
	testfs_calls = 0;
	ck_assert_int_eq(w_err(&w, "/m/x/y/f"), 0);
	ck_assert_uint_eq(testfs_calls, 1);
	ck_assert_str_eq(testfs_last_rest, "x/y/f");
	testfs_calls = 0;
	ck_assert_int_eq(w_err(&w, "/a/b/c/file"), 0);
	ck_assert_uint_eq(testfs_calls, 1);
}
END_TEST

START_TEST(simple_errors)
{
	ck_assert_int_eq(w_err(&w, ""), -ENOENT);
	ck_assert_int_eq(w_err(&w, "none"), -ENOENT);
	ck_assert_int_eq(w_err(&w, "none/../plain"), -ENOENT);
	ck_assert_int_eq(w_err(&w, "plain/x"), -ENOTDIR);
	ck_assert_int_eq(w_err(&w, "plain/"), -ENOTDIR);
	ck_assert_int_eq(w_err(&w, "plain/."), -ENOTDIR);
	ck_assert_int_eq(w_err(&w, "plain/.."), -ENOTDIR);
	ck_assert_int_eq(w_err(&w, "loop"), -ELOOP);
	ck_assert_int_eq(w_err(&w, "dangling"), -ENOENT);
	ck_assert_int_eq(w_err(&w, "closed/in"), -EACCES);
	ck_assert_int_eq(w_err(&w, "closed/."), -EACCES);
	ck_assert_int_eq(w_err(&w, "closed"), 0);
	ck_assert_int_eq(w_err(&w, "closed/"), 0);
}
END_TEST

START_TEST(links_are_followed)
{
	path_is("link/c", "/a/b/c");
	path_is("abs/c", "/a/b/c");
	path_is("slash", "/a/b");
	path_is("up/b", "/a/b");
	path_is("etc/up", "/a/b/c/file");
	path_is("dot/dot/./dot/a", "/a");
	ck_assert_int_eq(w_err(&w, "tofile"), 0);
	ck_assert_int_eq(w_err(&w, "tofile/"), -ENOTDIR);
	ck_assert_int_eq(w_err(&w, "tofileslash"), -ENOTDIR);
	path_is("link/..", "/a");
	path_is("link/../../plain", "/plain");
}
END_TEST

START_TEST(nofollow_stops_at_last_link_only)
{
	struct vfs_at a = at_flags("link", 0);
	struct stat st;

	ck_assert_int_eq(vfs_stat(&w.ctx, &a, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	a.name = "link/";
	ck_assert_int_eq(vfs_stat(&w.ctx, &a, &st), 0);
	ck_assert(S_ISDIR(st.st_mode));
	a.name = "dot/link";
	ck_assert_int_eq(vfs_stat(&w.ctx, &a, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	a = at_flags("link", LOOK_DIRECTORY);
	ck_assert_int_eq(vfs_stat(&w.ctx, &a, &st), -ENOTDIR);
}
END_TEST

START_TEST(forty_links_and_no_more)
{
	char name[16] = "", target[16];
	struct vfs_at a = at(name);

	for (int i = 1; i <= 41; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		snprintf(target, sizeof(target), i == 1 ? "plain" : "s%d",
			 i - 1);
		ck_assert_int_eq(vfs_symlink(&w.ctx, target, &a), 0);
	}
	ck_assert_int_eq(w_err(&w, "s40"), 0);
	ck_assert_int_eq(w_err(&w, "s41"), -ELOOP);
}
END_TEST

START_TEST(dotdot_stops_at_guest_root)
{
	path_is("..", "/");
	path_is("/../../a", "/a");
	ck_assert_int_eq(w_chdir(&w, "a/b"), 0);
	ck_assert_int_eq(w_chroot(&w, "/a"), 0);
	path_is("../..", "/");
	path_is("../../../../b", "/b");
}
END_TEST

START_TEST(dotdot_leaves_a_mount)
{
	ck_assert_int_eq(world_mount(&w, "d x/y", "n/o"), 0);
	path_is("n/o/..", "/n");
	path_is("n/o/../../plain", "/plain");
	path_is("n/o/x/../..", "/n");
	path_is("n/o/x/y/../../../../m", "/m");
	ck_assert_int_eq(w_chdir(&w, "n/o/x"), 0);
	path_is("../../..", "/");
	ck_assert_int_eq(world_mount(&w, "d z", "/n/o"), 0);
	path_is("/n/o/z/../..", "/n");
	/* the stack is climbed from below as well */
	path_is("../..", "/n");
	/* ".." enters what covers the place reached */
	path_is("../z", "/n/o/z");
}
END_TEST

START_TEST(way_back_meets_mount_points)
{
	ck_assert_int_eq(world_mount(&w, "f in", "m"), 0);
	path_is("a/../m/in", "/m/in");
	path_is("a/b/../../m/in", "/m/in");
	path_is("n/../m/../a/../m/in", "/m/in");
	ck_assert_int_eq(w_err(&w, "none/../m/in"), -ENOENT);
	ck_assert_int_eq(w_err(&w, "plain/../m/in"), -ENOTDIR);
	path_is("dot/m/in", "/m/in");
	path_is("up/../m/in", "/m/in");
}
END_TEST

START_TEST(start_is_not_checked_for_cover)
{
	struct path p;

	ck_assert_int_eq(w_chdir(&w, "m"), 0);
	ck_assert_int_eq(world_mount(&w, "f top", "/m"), 0);
	ck_assert_int_eq(w_err(&w, "top"), -ENOENT);
	ck_assert_int_eq(w_err(&w, "./top"), -ENOENT);
	ck_assert_int_eq(w_err(&w, "../m/top"), 0);
	ck_assert_int_eq(w_err(&w, "/m/top"), 0);
	/* a root that is covered */
	ck_assert_int_eq(w_lookup(&w, "/", &p), 0);
	ck_assert_int_eq(w_mount(&w, "x", "/", "testfs", 0, NULL), 0);
	ck_assert_int_eq(w_err(&w, "/plain"), 0);
	ck_assert_int_eq(w_err(&w, "/../plain"), -ENOENT);
	path_put(&p);
}
END_TEST

START_TEST(file_mounts_are_entered)
{
	struct stat st, st2;
	struct vfs_at a = at("plain"), b = at("a/x");

	ck_assert_int_eq(vfs_stat(&w.ctx, &a, &st), 0);
	ck_assert_int_eq(w_mount(&w, "plain", "a/x", NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(vfs_stat(&w.ctx, &b, &st2), 0);
	ck_assert_uint_eq(st.st_ino, st2.st_ino);
	ck_assert_int_eq(w_err(&w, "a/x/"), -ENOTDIR);
	ck_assert_int_eq(w_err(&w, "a/x/y"), -ENOTDIR);
	ck_assert_int_eq(w_err(&w, "a/x/.."), -ENOTDIR);
	/* and on top of it another */
	ck_assert_int_eq(w_mount(&w, "null", "a/x", NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(vfs_stat(&w.ctx, &b, &st2), 0);
	ck_assert(S_ISCHR(st2.st_mode));
	ck_assert_int_eq(w_umount(&w, "a/x", 0), 0);
	ck_assert_int_eq(vfs_stat(&w.ctx, &b, &st2), 0);
	ck_assert_uint_eq(st.st_ino, st2.st_ino);
	ck_assert_int_eq(w_umount(&w, "a/x", 0), 0);
	ck_assert_int_eq(w_umount(&w, "a/x", 0), -EINVAL);
}
END_TEST

static int
resolve(const char *name, unsigned int how)
{
	struct vfs_at a = at(name);
	struct stat st;

	a.resolve = how;
	return vfs_stat(&w.ctx, &a, &st);
}

START_TEST(openat2_beneath)
{
	ck_assert_int_eq(w_chdir(&w, "a"), 0);
	ck_assert_int_eq(resolve("b/c", RESOLVE_BENEATH), 0);
	ck_assert_int_eq(resolve("b/../b", RESOLVE_BENEATH), 0);
	ck_assert_int_eq(resolve("..", RESOLVE_BENEATH), -EXDEV);
	ck_assert_int_eq(resolve("b/../../a", RESOLVE_BENEATH), -EXDEV);
	ck_assert_int_eq(resolve("/a", RESOLVE_BENEATH), -EXDEV);
	ck_assert_int_eq(w_chdir(&w, "/"), 0);
	ck_assert_int_eq(resolve("link", RESOLVE_BENEATH), 0);
	ck_assert_int_eq(resolve("abs", RESOLVE_BENEATH), -EXDEV);
	ck_assert_int_eq(resolve("up", RESOLVE_BENEATH), -EXDEV);
}
END_TEST

START_TEST(openat2_in_root)
{
	ck_assert_int_eq(w_chdir(&w, "a"), 0);
	ck_assert_int_eq(resolve("/b", RESOLVE_IN_ROOT), 0);
	ck_assert_int_eq(resolve("../../b", RESOLVE_IN_ROOT), 0);
	ck_assert_int_eq(resolve("/a", RESOLVE_IN_ROOT), -ENOENT);
	ck_assert_int_eq(w_chdir(&w, "/etc"), 0);
	ck_assert_int_eq(resolve("up", RESOLVE_IN_ROOT), -ENOENT);
}
END_TEST

START_TEST(openat2_no_xdev)
{
	ck_assert_int_eq(world_mount(&w, "d x; l out /plain", "m"), 0);
	ck_assert_int_eq(resolve("m", RESOLVE_NO_XDEV), -EXDEV);
	ck_assert_int_eq(resolve("m/x", RESOLVE_NO_XDEV), -EXDEV);
	ck_assert_int_eq(resolve("m/../plain", RESOLVE_NO_XDEV), -EXDEV);
	ck_assert_int_eq(resolve("/abs", RESOLVE_NO_XDEV), 0);
	ck_assert_int_eq(w_chdir(&w, "m"), 0);
	ck_assert_int_eq(resolve("x", RESOLVE_NO_XDEV), 0);
	ck_assert_int_eq(resolve("..", RESOLVE_NO_XDEV), -EXDEV);
	ck_assert_int_eq(resolve("out", RESOLVE_NO_XDEV), -EXDEV);
	ck_assert_int_eq(resolve("/plain", RESOLVE_NO_XDEV), 0);
}
END_TEST

START_TEST(openat2_no_links)
{
	struct path p;

	ck_assert_int_eq(w_lookup(&w, "a/b", &p), 0);
	world_magic(&w, "magic", &p);
	ck_assert_int_eq(resolve("link", RESOLVE_NO_SYMLINKS), -ELOOP);
	ck_assert_int_eq(resolve("magic", RESOLVE_NO_SYMLINKS), -ELOOP);
	ck_assert_int_eq(resolve("magic", RESOLVE_NO_MAGICLINKS), -ELOOP);
	ck_assert_int_eq(resolve("link", RESOLVE_NO_MAGICLINKS), 0);
	ck_assert_int_eq(resolve("magic/c", 0), 0);
	ck_assert_int_eq(resolve("magic", RESOLVE_BENEATH), -EXDEV);
	ck_assert_int_eq(resolve("magic", RESOLVE_IN_ROOT), -EXDEV);
	ck_assert_int_eq(resolve("plain", RESOLVE_CACHED), -EAGAIN);
	path_put(&p);
}
END_TEST

START_TEST(magic_links_jump)
{
	struct path p;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(world_mount(&w, "f in", "m"), 0);
	ck_assert_int_eq(w_lookup(&w, "m", &p), 0);
	world_magic(&w, "magic", &p);
	path_is("magic/in", "/m/in");
	path_is("magic/..", "/");
	/* the place itself is not checked for cover */
	ck_assert_int_eq(world_mount(&w, "", "m"), 0);
	path_is("magic/in", "/m/in");
	world_magic_fd(&w, "fd", fd);
	ck_assert_int_eq(w_err(&w, "fd"), 0);
	ck_assert_int_eq(w_err(&w, "fd/"), -ENOTDIR);
	ck_assert_int_eq(w_err(&w, "fd/x"), -ENOTDIR);
	ck_assert_int_ge(close(w_open(&w, "fd", O_RDONLY)), 0);
	ck_assert_int_eq(w_open(&w, "fd", O_WRONLY), -EACCES);
	close(fd);
	path_put(&p);
}
END_TEST

START_TEST(nosymfollow_mount)
{
	struct vfs_at a = at_flags("m/l", 0);
	struct stat st;

	ck_assert_int_eq(world_mount(&w, "l l t; f t", "m"), 0);
	ck_assert_int_eq(w_err(&w, "m/l"), 0);
	ck_assert_int_eq(w_mount(&w, NULL, "m", NULL,
				 MS_REMOUNT | MS_BIND | MS_NOSYMFOLLOW,
				 NULL), 0);
	ck_assert_int_eq(w_err(&w, "m/l"), -ELOOP);
	ck_assert_int_eq(w_err(&w, "m/t"), 0);
	ck_assert_int_eq(vfs_stat(&w.ctx, &a, &st), 0);
	ck_assert_int_eq(w_err(&w, "link"), 0);
}
END_TEST

START_TEST(search_permission_in_the_sparse_tree)
{
	struct vfs_at a = at("n");

	ck_assert_int_eq(world_mount(&w, "f in", "n/o"), 0);
	ck_assert_int_eq(w_chdir(&w, "n/o"), 0);
	ck_assert_int_eq(vfs_chmod(&w.ctx, &a, 0), -ENOENT);
	a.name = "/n";
	ck_assert_int_eq(vfs_chmod(&w.ctx, &a, 0600), 0);
	ck_assert_int_eq(w_err(&w, "/n/o"), -EACCES);
	ck_assert_int_eq(w_err(&w, "/n/o/in"), -EACCES);
	ck_assert_int_eq(w_err(&w, "/n/."), -EACCES);
	ck_assert_int_eq(w_err(&w, "/n"), 0);
	ck_assert_int_eq(w_err(&w, "in"), 0);
	ck_assert_int_eq(w_err(&w, "../."), -EACCES);
	ck_assert_int_eq(w_err(&w, ".."), 0);
	ck_assert_int_eq(w_err(&w, "../.."), -EACCES);
}
END_TEST

START_TEST(long_strings_go_in_pieces)
{
	size_t n = 1500;
	char *s = malloc(n * 5 + 16), *p = s;
	struct vfs_at a = at("big");

	for (size_t i = 0; i < n; i++)
		p = stpcpy(p, "a/../");
	strcpy(p, "plain");
	ck_assert_int_eq(w_err(&w, s), 0);
	strcpy(s + n * 5 - 5, "none");
	ck_assert_int_eq(w_err(&w, s), -ENOENT);
	/* a link's text that is long, before more */
	for (p = s; p < s + 2500; )
		p = stpcpy(p, "dot/");
	p[-1] = '\0';
	ck_assert_int_eq(w_err(&w, s), -ELOOP);
	for (p = s; p < s + 3900; )
		p = stpcpy(p, "a/../");
	strcpy(p, ".");
	ck_assert_int_eq(vfs_symlink(&w.ctx, s, &a), 0);
	ck_assert_int_eq(w_err(&w, "big/big/big/plain"), 0);
	free(s);
}
END_TEST

START_TEST(statx_names_the_mount)
{
	struct vfs_at a = at("m");
	struct statx stx;
	struct path p;

	ck_assert_int_eq(world_mount(&w, "d d", "m"), 0);
	ck_assert_int_eq(w_lookup(&w, "m", &p), 0);
	ck_assert_int_eq(vfs_statx(&w.ctx, &a, 0, 0, &stx), 0);
	ck_assert_uint_eq(stx.stx_mnt_id, mount_id(p.mnt));
	ck_assert(stx.stx_mask & 0x1000);
	ck_assert(stx.stx_attributes & 0x2000);
	ck_assert_int_eq(vfs_statx(&w.ctx, &a, 0, 0x5000, &stx), 0);
	ck_assert_uint_eq(stx.stx_mnt_id, mount_id_unique(p.mnt));
	ck_assert(!(stx.stx_mask & 0x1000));
	a.name = "m/d";
	ck_assert_int_eq(vfs_statx(&w.ctx, &a, 0, 0, &stx), 0);
	ck_assert(!(stx.stx_attributes & 0x2000));
	ck_assert(stx.stx_attributes_mask & 0x2000);
	path_put(&p);
}
END_TEST

START_TEST(empty_name_is_the_base)
{
	struct path p;
	struct vfs_at a = { .name = "", .flags = LOOK_EMPTY, .base = &p };
	struct stat st;

	ck_assert_int_eq(w_lookup(&w, "plain", &p), 0);
	ck_assert_int_eq(vfs_stat(&w.ctx, &a, &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	a.name = "x";
	ck_assert_int_eq(vfs_stat(&w.ctx, &a, &st), -ENOTDIR);
	a.name = "/a";
	ck_assert_int_eq(vfs_stat(&w.ctx, &a, &st), 0);
	path_put(&p);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("vfs/walk");
	TCase *t = tcase_create("walk");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, common_case_is_one_call);
	tcase_add_test(t, mounted_tree_is_one_call_too);
	tcase_add_test(t, simple_errors);
	tcase_add_test(t, links_are_followed);
	tcase_add_test(t, nofollow_stops_at_last_link_only);
	tcase_add_test(t, forty_links_and_no_more);
	tcase_add_test(t, dotdot_stops_at_guest_root);
	tcase_add_test(t, dotdot_leaves_a_mount);
	tcase_add_test(t, way_back_meets_mount_points);
	tcase_add_test(t, start_is_not_checked_for_cover);
	tcase_add_test(t, file_mounts_are_entered);
	tcase_add_test(t, openat2_beneath);
	tcase_add_test(t, openat2_in_root);
	tcase_add_test(t, openat2_no_xdev);
	tcase_add_test(t, openat2_no_links);
	tcase_add_test(t, magic_links_jump);
	tcase_add_test(t, nosymfollow_mount);
	tcase_add_test(t, search_permission_in_the_sparse_tree);
	tcase_add_test(t, long_strings_go_in_pieces);
	tcase_add_test(t, statx_names_the_mount);
	tcase_add_test(t, empty_name_is_the_base);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
