/* SPDX-License-Identifier: Apache-2.0 */
/* What propagates where: vfs/propagate.c, propagate_umount.c, attach.c. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "tests/unit/lib/testfs.h"
#include "vfs/attach.h"

static struct world w;

#define table_is(want) do {						\
	char buf_[8192];						\
	w_table(&w, buf_, sizeof(buf_));				\
	ck_assert_str_eq(buf_, want);					\
} while (0)

#define ROOT "/ / rw,relatime;"
#define ok(call) ck_assert_int_eq(call, 0)

/* Two peers /a and /b of one filesystem, a slave /c of theirs. */
static void
setup(void)
{
	world_new(&w, "d a; d b; d c; d d; d e");
	ok(world_mount(&w, "d x; d y; d x/z", "/a"));
	ok(w_mount(&w, NULL, "/a", NULL, MS_SHARED, NULL));
	ok(w_mount(&w, "/a", "/b", NULL, MS_BIND, NULL));
	ok(w_mount(&w, "/a", "/c", NULL, MS_BIND, NULL));
	ok(w_mount(&w, NULL, "/c", NULL, MS_SLAVE, NULL));
}

static void
teardown(void)
{
	world_free(&w);
}

#define PEERS "/ /a rw,relatime shared:1;/ /b rw,relatime shared:1;" \
	      "/ /c rw,relatime master:1;"

static int
new_at(const char *where)
{
	return world_mount(&w, "d x; d y", where);
}

START_TEST(a_mount_goes_to_peers_and_slaves)
{
	ok(new_at("/a/x"));
	table_is(ROOT PEERS "/ /a/x rw,relatime shared:2;"
		 "/ /b/x rw,relatime shared:2;/ /c/x rw,relatime master:2;");
	ok(w_umount(&w, "/b/x", 0));
	table_is(ROOT PEERS);
}
END_TEST

START_TEST(what_a_slave_mounts_stays_there)
{
	ok(new_at("/c/x"));
	table_is(ROOT PEERS "/ /c/x rw,relatime;");
	ok(w_umount(&w, "/c/x", 0));
	table_is(ROOT PEERS);
}
END_TEST

START_TEST(a_peer_that_does_not_show_the_place_gets_nothing)
{
	ok(w_mount(&w, "/a/x", "/d", NULL, MS_BIND, NULL));
	ok(new_at("/a/y"));
	ok(new_at("/b/x/z"));
	table_is(ROOT PEERS "/x /d rw,relatime shared:1;"
		 "/ /a/y rw,relatime shared:2;/ /b/y rw,relatime shared:2;"
		 "/ /c/y rw,relatime master:2;"
		 "/ /b/x/z rw,relatime shared:3;"
		 "/ /a/x/z rw,relatime shared:3;/ /d/z rw,relatime shared:3;"
		 "/ /c/x/z rw,relatime master:3;");
}
END_TEST

START_TEST(a_copy_slides_beneath_what_is_there)
{
	struct path cover, now;

	ok(new_at("/c/x"));
	ok(w_lookup(&w, "/c/x", &cover));
	ok(new_at("/a/x"));
	/* still on top, and on the copy now */
	ok(w_lookup(&w, "/c/x", &now));
	ck_assert(path_equal(&cover, &now));
	path_put(&now);
	table_is(ROOT PEERS "/ /c/x rw,relatime;/ /a/x rw,relatime shared:2;"
		 "/ /b/x rw,relatime shared:2;/ /c/x rw,relatime master:2;");
	/* and comes down again when that goes */
	ok(w_umount(&w, "/a/x", 0));
	table_is(ROOT PEERS "/ /c/x rw,relatime;");
	ok(w_lookup(&w, "/c/x", &now));
	ck_assert(path_equal(&cover, &now));
	path_put(&now);
	path_put(&cover);
	ok(w_umount(&w, "/c/x", 0));
	table_is(ROOT PEERS);
}
END_TEST

START_TEST(a_copy_with_a_mount_of_its_own_stays)
{
	ok(new_at("/a/x"));
	ok(new_at("/c/x/y"));
	ok(w_umount(&w, "/a/x", 0));
	table_is(ROOT PEERS "/ /c/x rw,relatime;/ /c/x/y rw,relatime;");
}
END_TEST

START_TEST(a_copy_in_use_is_busy)
{
	struct path p;

	ok(new_at("/a/x"));
	ok(w_lookup(&w, "/c/x", &p));
	ck_assert_int_eq(w_umount(&w, "/a/x", 0), -EBUSY);
	path_put(&p);
	/* one that holds a mount stays, so that its users do not matter */
	ok(new_at("/c/x/y"));
	ok(w_lookup(&w, "/c/x", &p));
	ok(w_umount(&w, "/a/x", 0));
	path_put(&p);
	table_is(ROOT PEERS "/ /c/x rw,relatime;/ /c/x/y rw,relatime;");
}
END_TEST

START_TEST(a_tree_goes_lazily_with_all_its_copies)
{
	ok(new_at("/a/x"));
	ok(new_at("/a/x/y"));
	ok(new_at("/b/y"));
	ok(w_umount(&w, "/a/x", MNT_DETACH));
	table_is(ROOT PEERS "/ /b/y rw,relatime shared:4;"
		 "/ /a/y rw,relatime shared:4;/ /c/y rw,relatime master:4;");
}
END_TEST

START_TEST(a_move_below_a_peer_is_copied)
{
	ok(new_at("/d"));
	ok(new_at("/d/x"));
	ok(w_mount(&w, "/d", "/a/x", NULL, MS_MOVE, NULL));
	table_is(ROOT PEERS "/ /a/x rw,relatime shared:2;"
		 "/ /a/x/x rw,relatime shared:3;"
		 "/ /b/x rw,relatime shared:2;/ /b/x/x rw,relatime shared:3;"
		 "/ /c/x rw,relatime master:2;/ /c/x/x rw,relatime master:3;");
}
END_TEST

START_TEST(unbindable_mounts_are_not_copied)
{
	ok(new_at("/d"));
	ok(new_at("/d/x"));
	ok(new_at("/d/y"));
	ok(w_mount(&w, NULL, "/d/x", NULL, MS_UNBINDABLE, NULL));
	ck_assert_int_eq(w_mount(&w, "/d", "/a/x", NULL, MS_MOVE, NULL),
			 -EINVAL);
	ck_assert_int_eq(w_mount(&w, "/d/x", "/e", NULL, MS_BIND, NULL),
			 -EINVAL);
	ok(w_mount(&w, "/d", "/e", NULL, MS_BIND | MS_REC, NULL));
	table_is(ROOT PEERS "/ /d rw,relatime;/ /d/x rw,relatime unbindable;"
		 "/ /d/y rw,relatime;/ /e rw,relatime;/ /e/y rw,relatime;");
}
END_TEST

/* What fails for lack of room has changed nothing, groups included. */
START_TEST(a_full_namespace_takes_all_or_nothing)
{
	w.vfs->mount_max = 8;		/* hidden, /, three; room for three */
	ok(new_at("/a/x"));
	ck_assert_int_eq(new_at("/d"), -ENOSPC);
	ok(w_umount(&w, "/a/x", 0));
	w.vfs->mount_max = 7;
	ck_assert_int_eq(new_at("/a/x"), -ENOSPC);
	ck_assert_int_eq(w_mount(&w, "/d", "/a/x", NULL, MS_BIND, NULL),
			 -ENOSPC);
	table_is(ROOT PEERS);
	ok(new_at("/d"));
	/* the move itself needs no room, its copies do */
	ck_assert_int_eq(w_mount(&w, "/d", "/a/x", NULL, MS_MOVE, NULL),
			 -ENOSPC);
	table_is(ROOT PEERS "/ /d rw,relatime;");
	w.vfs->mount_max = 8;
	ok(w_mount(&w, "/d", "/a/x", NULL, MS_MOVE, NULL));
	table_is(ROOT PEERS "/ /a/x rw,relatime shared:2;"
		 "/ /b/x rw,relatime shared:2;/ /c/x rw,relatime master:2;");
}
END_TEST

/* A tree of two, at three places. */
START_TEST(every_limit_fails_without_a_trace)
{
	char before[4096], after[4096];
	unsigned int max = 0;
	int err;

	ok(new_at("/d"));
	ok(new_at("/d/x"));
	ok(new_at("/c/x"));
	ok(w_mount(&w, NULL, "/d/x", NULL, MS_SHARED, NULL));
	w_table(&w, before, sizeof(before));
	do {
		w.vfs->mount_max = ++max;
		err = w_mount(&w, "/d", "/a/x", NULL, MS_BIND | MS_REC, NULL);
		ck_assert(err == 0 || err == -ENOSPC);
		if (err < 0) {
			w_table(&w, after, sizeof(after));
			ck_assert_str_eq(before, after);
		}
	} while (err < 0);
	ck_assert_uint_eq(max, 8 + 6);
	ok(w_umount(&w, "/a/x", MNT_DETACH));
	w_table(&w, after, sizeof(after));
	ck_assert_str_eq(before, after);
}
END_TEST

START_TEST(a_mount_goes_beneath_another)
{
	struct path from, top;

	ok(new_at("/c/x"));
	ok(new_at("/d"));
	ok(w_lookup(&w, "/d", &from));
	ok(w_lookup(&w, "/c/x", &top));
	vfs_lock(w.vfs);
	ok(attach_check_beneath_locked(&w.ctx, from.mnt, top.mnt));
	ok(attach_beneath_locked(&w.ctx, from.mnt, top.mnt));
	ck_assert_ptr_eq(mount_cover_locked(from.mnt), top.mnt);
	/* and not again: it is covered */
	ck_assert_int_eq(attach_check_beneath_locked(&w.ctx, from.mnt,
						     top.mnt), -EINVAL);
	vfs_unlock(w.vfs);
	path_put(&from);
	path_put(&top);
	table_is(ROOT PEERS "/ /c/x rw,relatime;/ /c/x rw,relatime;");
	ok(w_umount(&w, "/c/x", 0));
	ok(w_umount(&w, "/c/x", 0));
	table_is(ROOT PEERS);
}
END_TEST

/* Each binds the root into itself: without an end the tree would grow. */
START_TEST(a_tree_bound_into_itself_is_copied_as_it_was)
{
	ok(w_mount(&w, NULL, "/", NULL, MS_SHARED | MS_REC, NULL));
	ok(w_mount(&w, "/", "/d", NULL, MS_BIND | MS_REC, NULL));
	table_is("/ / rw,relatime shared:2;/ /a rw,relatime shared:1;"
		 "/ /b rw,relatime shared:1;/ /c rw,relatime shared:3 master:1;"
		 "/ /d rw,relatime shared:2;/ /d/a rw,relatime shared:1;"
		 "/ /d/b rw,relatime shared:1;"
		 "/ /d/c rw,relatime shared:3 master:1;");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("vfs/propagate");
	TCase *t = tcase_create("propagate");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_mount_goes_to_peers_and_slaves);
	tcase_add_test(t, what_a_slave_mounts_stays_there);
	tcase_add_test(t, a_peer_that_does_not_show_the_place_gets_nothing);
	tcase_add_test(t, a_copy_slides_beneath_what_is_there);
	tcase_add_test(t, a_copy_with_a_mount_of_its_own_stays);
	tcase_add_test(t, a_copy_in_use_is_busy);
	tcase_add_test(t, a_tree_goes_lazily_with_all_its_copies);
	tcase_add_test(t, a_move_below_a_peer_is_copied);
	tcase_add_test(t, unbindable_mounts_are_not_copied);
	tcase_add_test(t, a_full_namespace_takes_all_or_nothing);
	tcase_add_test(t, every_limit_fails_without_a_trace);
	tcase_add_test(t, a_mount_goes_beneath_another);
	tcase_add_test(t, a_tree_bound_into_itself_is_copied_as_it_was);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
