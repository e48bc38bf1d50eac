/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfs_free() tells what somebody still holds.  The other tests of the core,
 * and the core's side of tests/conform, insist that it is nothing; here a put
 * is forgotten, and must be told.
 */
#include <check.h>
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/uapi.h"
#include "tests/unit/lib/testfs.h"
#include "vfs/mount_api.h"

static struct world w;

static void
nothing(void)
{
}

static void
a_path(void)
{
	struct path p;

	ck_assert_int_eq(w_lookup(&w, "a", &p), 0);
}

static void
a_place_below_an_unmounted_mount(void)
{
	struct path p;

	ck_assert_int_eq(world_mount(&w, "d x", "a"), 0);
	ck_assert_int_eq(w_lookup(&w, "a/x", &p), 0);
	ck_assert_int_eq(w_umount(&w, "a", MNT_DETACH), 0);
}

static void
a_namespace(void)
{
	struct path root = w.root, cwd = w.cwd;
	struct mntns *ns;

	path_get(&root);
	path_get(&cwd);
	ck_assert_int_eq(vfs_copy_ns(&w.ctx, 0, &root, &cwd, &ns), 0);
	path_put(&root);
	path_put(&cwd);
}

static void
a_detached_tree(void)
{
	struct vfs_at here = at("/");
	struct path p;

	ck_assert_int_eq(vfs_open_tree(&w.ctx, &here, OPEN_TREE_CLONE, &p),
			 0);
}

static void
a_context(void)
{
	struct fs_context *fc;

	ck_assert_int_eq(vfs_fsopen(&w.ctx, "testfs", 0, &fc), 0);
	ck_assert_int_eq(vfs_fsconfig(&w.ctx, fc, FSCONFIG_CMD_CREATE, NULL,
				      NULL, 0), 0);
}

/* What is held when a world ends in which `forget` was called.  In a process
 * that ends at once: it cannot be given back any more. */
static int
held_after(void (*forget)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		world_new(&w, "d a");
		forget();
		path_put(&w.root);
		path_put(&w.cwd);
		mntns_put(w.ns);
		_exit((int)vfs_free(w.vfs));
	}
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(a_clean_end_holds_nothing)
{
	ck_assert_int_eq(held_after(nothing), 0);
}
END_TEST

START_TEST(a_forgotten_put_is_counted)
{
	ck_assert_int_gt(held_after(a_path), 0);
	ck_assert_int_gt(held_after(a_place_below_an_unmounted_mount), 0);
	ck_assert_int_gt(held_after(a_namespace), 0);
	ck_assert_int_gt(held_after(a_detached_tree), 0);
	ck_assert_int_gt(held_after(a_context), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("vfs/leak");
	TCase *t = tcase_create("leak");
	SRunner *r;
	int failed;

	tcase_add_test(t, a_clean_end_holds_nothing);
	tcase_add_test(t, a_forgotten_put_is_counted);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
