/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of vfs/names.c and vfs/rename.c: what may be done to a name, and
 * what mounts on it and below it have to say. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <linux/fs.h>

#include "tests/unit/lib/testfs.h"

static struct world w;

static void
setup(void)
{
	world_new(&w, "d a/b; d b; d e/f/g; d m; f f; f g; l l f; l dang x");
}

static void
teardown(void)
{
	world_free(&w);
}

static int
un(const char *name)
{
	struct vfs_at a = at(name);

	return vfs_unlink(&w.ctx, &a, 0);
}

static int
rd(const char *name)
{
	struct vfs_at a = at(name);

	return vfs_unlink(&w.ctx, &a, AT_REMOVEDIR);
}

static int
ren(const char *from, const char *to, unsigned int flags)
{
	struct vfs_at a = at(from), b = at(to);

	return vfs_rename(&w.ctx, &a, &b, flags);
}

static int
lnk(const char *from, const char *to)
{
	struct vfs_at a = at_flags(from, 0), b = at(to);

	return vfs_link(&w.ctx, &a, &b);
}

static int
sym(const char *target, const char *name)
{
	struct vfs_at a = at(name);

	return vfs_symlink(&w.ctx, target, &a);
}

static int
nod(const char *name, mode_t mode)
{
	struct vfs_at a = at(name);

	return vfs_mknod(&w.ctx, &a, mode, 0);
}

#define table_is(want) do {						\
	char buf_[4096];						\
	w_table(&w, buf_, sizeof(buf_));				\
	ck_assert_str_eq(buf_, want);					\
} while (0)

#define ROOT_LINE "/ / rw,relatime;"

START_TEST(mkdir_last_components)
{
	ck_assert_int_eq(w_mkdir(&w, "x/"), 0);
	ck_assert_int_eq(w_mkdir(&w, "y//"), 0);
	ck_assert_int_eq(w_mkdir(&w, "."), -EEXIST);
	ck_assert_int_eq(w_mkdir(&w, ".."), -EEXIST);
	ck_assert_int_eq(w_mkdir(&w, "/"), -EEXIST);
	ck_assert_int_eq(w_mkdir(&w, ""), -ENOENT);
	ck_assert_int_eq(w_mkdir(&w, "f/x"), -ENOTDIR);
	ck_assert_int_eq(w_mkdir(&w, "none/x"), -ENOENT);
	ck_assert_int_eq(w_mkdir(&w, "none/."), -ENOENT);
	ck_assert_int_eq(w_mkdir(&w, "dang"), -EEXIST);
	ck_assert_int_eq(w_mkdir(&w, "dang/"), -EEXIST);
	ck_assert_int_eq(w_mkdir(&w, "a/../z"), 0);
	ck_assert_int_eq(w_err(&w, "/z"), 0);
}
END_TEST

START_TEST(umask_is_applied)
{
	struct vfs_at a = at("x");
	struct stat st;

	w.ctx.umask = 027;
	ck_assert_int_eq(w_mkdir(&w, "x"), 0);
	ck_assert_int_eq(vfs_stat(&w.ctx, &a, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0750);
}
END_TEST

START_TEST(create_with_trailing_slash)
{
	ck_assert_int_eq(nod("x/", S_IFREG), -ENOENT);
	ck_assert_int_eq(nod("f/", S_IFREG), -EEXIST);
	ck_assert_int_eq(nod("x", S_IFDIR), -EPERM);
	ck_assert_int_eq(nod("x", 0170000), -EINVAL);
	ck_assert_int_eq(nod("x", 0644), 0);
	ck_assert_int_eq(sym("t", "s/"), -ENOENT);
	ck_assert_int_eq(sym("", "s"), -ENOENT);
	ck_assert_int_eq(sym("t", "s"), 0);
	ck_assert_int_eq(sym("t", "s/"), -EEXIST);
	ck_assert_int_eq(lnk("f", "h/"), -ENOENT);
	ck_assert_int_eq(lnk("f", "h"), 0);
	ck_assert_int_eq(lnk("f", "h"), -EEXIST);
	ck_assert_int_eq(lnk("a", "h2"), -EPERM);
	ck_assert_int_eq(lnk("none", "h"), -ENOENT);
	ck_assert_int_eq(lnk("f", "."), -EEXIST);
}
END_TEST

START_TEST(unlink_last_components)
{
	ck_assert_int_eq(un("."), -EISDIR);
	ck_assert_int_eq(un("a/.."), -EISDIR);
	ck_assert_int_eq(un("/"), -EISDIR);
	ck_assert_int_eq(un("f/"), -ENOTDIR);
	ck_assert_int_eq(un("a/"), -EISDIR);
	ck_assert_int_eq(un("none/"), -ENOENT);
	ck_assert_int_eq(un("l/"), -ENOTDIR);
	ck_assert_int_eq(un("a"), -EISDIR);
	ck_assert_int_eq(un("l"), 0);
	ck_assert_int_eq(w_err(&w, "f"), 0);
}
END_TEST

START_TEST(rmdir_last_components)
{
	ck_assert_int_eq(rd("."), -EINVAL);
	ck_assert_int_eq(rd(".."), -ENOTEMPTY);
	ck_assert_int_eq(rd("/"), -EBUSY);
	ck_assert_int_eq(rd("f"), -ENOTDIR);
	ck_assert_int_eq(rd("a"), -ENOTEMPTY);
	ck_assert_int_eq(rd("a/b/"), 0);
	ck_assert_int_eq(rd("a"), 0);
	ck_assert_int_eq(rd("a"), -ENOENT);
}
END_TEST

START_TEST(rename_last_components)
{
	ck_assert_int_eq(ren(".", "x", 0), -EBUSY);
	ck_assert_int_eq(ren("a", "..", 0), -EBUSY);
	ck_assert_int_eq(ren("a", "..", RENAME_NOREPLACE), -EEXIST);
	ck_assert_int_eq(ren("f", "x/", 0), -ENOTDIR);
	ck_assert_int_eq(ren("f/", "x", 0), -ENOTDIR);
	ck_assert_int_eq(ren("none/", "x", 0), -ENOENT);
	ck_assert_int_eq(ren("f", "g", RENAME_NOREPLACE | RENAME_EXCHANGE),
			 -EINVAL);
	ck_assert_int_eq(ren("f", "g", 8), -EINVAL);
	ck_assert_int_eq(ren("a/", "x/", 0), 0);
	ck_assert_int_eq(w_err(&w, "x/b"), 0);
}
END_TEST

START_TEST(mount_points_are_busy)
{
	ck_assert_int_eq(world_mount(&w, "d d; f f", "m"), 0);
	ck_assert_int_eq(w_mount(&w, "f", "g", NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(rd("m"), -EBUSY);
	ck_assert_int_eq(un("m"), -EISDIR);
	ck_assert_int_eq(rd("g"), -ENOTDIR);
	ck_assert_int_eq(un("g"), -EBUSY);
	ck_assert_int_eq(ren("m", "x", 0), -EBUSY);
	ck_assert_int_eq(ren("b", "m", 0), -EBUSY);
	ck_assert_int_eq(ren("f", "g", 0), -EBUSY);
	ck_assert_int_eq(ren("b", "m", RENAME_EXCHANGE), -EBUSY);
	ck_assert_int_eq(ren("b", "m", RENAME_NOREPLACE), -EEXIST);
	ck_assert_int_eq(ren("f", "m", 0), -EISDIR);
	ck_assert_int_eq(ren("b", "g", 0), -ENOTDIR);
	ck_assert_int_eq(w_mkdir(&w, "m"), -EEXIST);
	/* through another mount of the filesystem too */
	ck_assert_int_eq(w_mount(&w, "/", "b", NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(rd("b/m"), -EBUSY);
	ck_assert_int_eq(w_umount(&w, "m", 0), 0);
	ck_assert_int_eq(rd("b/m"), 0);
}
END_TEST

START_TEST(across_mounts_is_exdev)
{
	ck_assert_int_eq(world_mount(&w, "d d; f f", "m"), 0);
	ck_assert_int_eq(ren("f", "m/x", 0), -EXDEV);
	ck_assert_int_eq(ren("f", "m/f", 0), -EXDEV);
	ck_assert_int_eq(lnk("f", "m/x"), -EXDEV);
	ck_assert_int_eq(lnk("f", "m/f"), -EEXIST);
	/* even if both show one filesystem */
	ck_assert_int_eq(w_mount(&w, "a", "b", NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(ren("a/b", "b/x", 0), -EXDEV);
	ck_assert_int_eq(lnk("f", "b/x"), -EXDEV);
}
END_TEST

START_TEST(renamed_ancestor_keeps_its_mounts)
{
	ck_assert_int_eq(world_mount(&w, "f in", "e/f/g"), 0);
	ck_assert_int_eq(world_mount(&w, "f in2", "m"), 0);
	ck_assert_int_eq(ren("e", "b/e2", 0), 0);
	table_is(ROOT_LINE "/ /b/e2/f/g rw,relatime;/ /m rw,relatime;");
	ck_assert_int_eq(w_err(&w, "b/e2/f/g/in"), 0);
	ck_assert_int_eq(w_err(&w, "e"), -ENOENT);
	ck_assert_int_eq(ren("b/e2/f", "a/f", 0), 0);
	table_is(ROOT_LINE "/ /a/f/g rw,relatime;/ /m rw,relatime;");
	ck_assert_int_eq(w_err(&w, "a/f/g/in"), 0);
	ck_assert_int_eq(rd("b/e2"), 0);
	ck_assert_int_eq(w_umount(&w, "a/f/g", 0), 0);
	/* nothing of it is left in the tree of nodes */
	testfs_calls = 0;
	ck_assert_int_eq(w_err(&w, "a/f/g"), 0);
	ck_assert_uint_eq(testfs_calls, 1);
}
END_TEST

START_TEST(exchange_swaps_mount_points_below)
{
	ck_assert_int_eq(w_mkdir(&w, "b/p"), 0);
	ck_assert_int_eq(world_mount(&w, "f in1", "e/f/g"), 0);
	ck_assert_int_eq(world_mount(&w, "f in2", "b/p"), 0);
	ck_assert_int_eq(ren("e/f", "b", RENAME_EXCHANGE), 0);
	table_is(ROOT_LINE "/ /b/g rw,relatime;/ /e/f/p rw,relatime;");
	ck_assert_int_eq(w_err(&w, "b/g/in1"), 0);
	ck_assert_int_eq(w_err(&w, "e/f/p/in2"), 0);
	/* with a side that has nothing mounted */
	ck_assert_int_eq(ren("a", "b", RENAME_EXCHANGE), 0);
	ck_assert_int_eq(w_err(&w, "a/g/in1"), 0);
	ck_assert_int_eq(w_err(&w, "b/b"), 0);
}
END_TEST

START_TEST(renamed_bind_source_shows_its_new_name)
{
	ck_assert_int_eq(w_mount(&w, "a/b", "m", NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(ren("a/b", "a/c", 0), 0);
	table_is(ROOT_LINE "/a/c /m rw,relatime;");
	ck_assert_int_eq(rd("a/c"), 0);
	table_is(ROOT_LINE "/a/c//deleted /m rw,relatime;");
	ck_assert_int_eq(w_mount(&w, "m", "b", NULL, MS_BIND, NULL), -ENOENT);
	ck_assert_int_eq(w_mount(&w, "m", "b", NULL, MS_MOVE, NULL), -ENOENT);
	ck_assert_int_eq(w_mount(&w, "s", "m", "testfs", 0, NULL), -ENOENT);
	ck_assert_int_eq(w_umount(&w, "m", 0), 0);
}
END_TEST

START_TEST(mounts_elsewhere_go_with_the_name)
{
	struct mount *root;
	struct mntns *other;
	struct path p = { NULL, NULL };
	struct mntns *mine = w.ns;

	/* another namespace that shows the same filesystem */
	ck_assert_int_eq(mount_new(w.vfs, w.root.mnt->fs,
				   w.root.mnt->fs->root, "r", 0, &root), 0);
	ck_assert_int_eq(vfs_new_ns(w.vfs, root, &other), 0);
	mntns_root(other, &p);
	w.ctx.ns = other;
	w.ctx.root = w.ctx.cwd = p;
	ck_assert_int_eq(w_mount(&w, "s", "a/b", "testfs", 0, NULL), 0);
	w.ctx.ns = mine;
	w.ctx.root = w.ctx.cwd = w.root;
	ck_assert_int_eq(ren("a/b", "a/c", 0), 0);
	ck_assert_int_eq(rd("a/c"), 0);
	w.ctx.ns = other;
	w.ctx.root = w.ctx.cwd = p;
	table_is("/ / rw;");
	path_put(&p);
	mntns_put(other);
	w.ctx.ns = mine;
	w.ctx.root = w.ctx.cwd = w.root;
}
END_TEST

START_TEST(read_only_before_the_rest)
{
	ck_assert_int_eq(world_mount(&w, "d d; f f", "m"), 0);
	ck_assert_int_eq(w_mount(&w, NULL, "m", NULL,
				 MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
	ck_assert_int_eq(un("m/none"), -EROFS);
	ck_assert_int_eq(un("m/d"), -EROFS);
	ck_assert_int_eq(rd("m/f"), -EROFS);
	ck_assert_int_eq(rd("m/."), -EINVAL);
	ck_assert_int_eq(ren("m/none", "m/x", 0), -EROFS);
	ck_assert_int_eq(ren("m/.", "m/x", 0), -EBUSY);
	ck_assert_int_eq(ren("f", "m/x", 0), -EXDEV);
	ck_assert_int_eq(lnk("f", "m/x"), -EROFS);
	ck_assert_int_eq(lnk("f", "m/f"), -EEXIST);
	ck_assert_int_eq(sym("t", "m/x"), -EROFS);
	ck_assert_int_eq(sym("t", "m/x/"), -ENOENT);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		mkdir_last_components, umask_is_applied,
		create_with_trailing_slash, unlink_last_components,
		rmdir_last_components, rename_last_components,
		mount_points_are_busy, across_mounts_is_exdev,
		renamed_ancestor_keeps_its_mounts,
		exchange_swaps_mount_points_below,
		renamed_bind_source_shows_its_new_name,
		mounts_elsewhere_go_with_the_name, read_only_before_the_rest,
	};
	Suite *s = suite_create("vfs/names");
	TCase *t = tcase_create("names");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		tcase_add_test(t, tests[i]);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
