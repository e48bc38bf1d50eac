/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of namespaces, locks, detached trees: vfs/mntns.c, tree.c, detach.c. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "tests/unit/lib/testfs.h"
#include "vfs/attach.h"
#include "vfs/mntns.h"
#include "vfs/tree.h"

#define OTHER	7	/* a user namespace */

static struct world w, v;

#define table_is(world, want) do {					\
	char buf_[8192];						\
	w_table(world, buf_, sizeof(buf_));				\
	ck_assert_str_eq(buf_, want);					\
} while (0)

#define ok(call) ck_assert_int_eq(call, 0)

static bool
capable(void *arg, const struct vfs_ctx *c, uint64_t user_ns, int cap)
{
	(void)arg;
	(void)cap;
	return c->user_ns == user_ns;
}

static const struct vfs_hooks hooks = { .ns_capable = capable };

static void
setup(void)
{
	world_new(&w, "d a; d b; d c; d d");
	vfs_set_hooks(w.vfs, &hooks);
	ok(world_mount(&w, "d x; d y", "/a"));
	memset(&v, 0, sizeof(v));
}

/* v becomes somebody in a copy of w's namespace. */
static void
split(uint64_t owner)
{
	v = w;
	path_get(&v.root);
	path_get(&v.cwd);
	ok(vfs_copy_ns(&w.ctx, owner, &v.root, &v.cwd, &v.ns));
	v.ctx.ns = v.ns;
	v.ctx.root = v.root;
	v.ctx.cwd = v.cwd;
	v.ctx.user_ns = owner;
}

static void
leave(void)
{
	path_put(&v.root);
	path_put(&v.cwd);
	mntns_put(v.ns);
	memset(&v, 0, sizeof(v));
}

static void
teardown(void)
{
	if (v.ns)
		leave();
	world_free(&w);
}

static int
type(struct world *of, const char *where, unsigned long flags)
{
	return w_mount(of, NULL, where, NULL, flags, NULL);
}

static int
reflag(struct world *of, const char *where, unsigned long flags)
{
	return w_mount(of, NULL, where, NULL,
		       MS_REMOUNT | MS_BIND | flags, NULL);
}

START_TEST(a_copy_has_the_same_table)
{
	ok(type(&w, "/a", MS_SHARED));
	ok(w_mount(&w, "/a", "/b", NULL, MS_BIND, NULL));
	ok(type(&w, "/b", MS_SLAVE));
	ok(world_mount(&w, "", "/c"));
	ok(type(&w, "/c", MS_UNBINDABLE));
	ok(w_chdir(&w, "/a/x"));
	split(0);
	table_is(&v, "/ / rw,relatime;/ /a rw,relatime shared:1;"
		 "/ /b rw,relatime master:1;/ /c rw,relatime;");
	ck_assert_uint_eq(mntns_owner(v.ns), 0);
	ck_assert_uint_gt(mntns_id(v.ns), mntns_id(w.ns));
	/* root and working directory have moved */
	ck_assert_ptr_eq(v.root.mnt->ns, v.ns);
	ck_assert_ptr_eq(v.cwd.mnt->ns, v.ns);
	ck_assert_str_eq(w_path(&v, &v.cwd), "/a/x");
	ck_assert_str_eq(w_path(&w, &w.cwd), "/a/x");
	/* the old ones are somewhere else now */
	ck_assert_str_eq(w_path(&v, &w.cwd), "(unreachable)/a/x");
}
END_TEST

START_TEST(peers_in_two_namespaces)
{
	ok(type(&w, "/a", MS_SHARED));
	split(0);
	ok(world_mount(&v, "", "/a/x"));
	table_is(&w, "/ / rw,relatime;/ /a rw,relatime shared:1;"
		 "/ /a/x rw,relatime shared:2;");
	/* the copies of the one who leaves stay with the others */
	leave();
	table_is(&w, "/ / rw,relatime;/ /a rw,relatime shared:1;"
		 "/ /a/x rw,relatime shared:2;");
}
END_TEST

START_TEST(another_owner_gets_slaves_and_locks)
{
	ok(type(&w, "/a", MS_SHARED));
	ok(reflag(&w, "/a", MS_NODEV));
	split(OTHER);
	table_is(&v, "/ / rw,relatime;/ /a rw,nodev,relatime master:1;");
	ck_assert_int_eq(w_umount(&v, "/a", 0), -EINVAL);
	ck_assert_int_eq(w_umount(&v, "/a", MNT_DETACH), -EINVAL);
	ck_assert_int_eq(w_mount(&v, "/a", "/b", NULL, MS_MOVE, NULL),
			 -EINVAL);
	/* flags: not less, and no other access times */
	ck_assert_int_eq(reflag(&v, "/a", 0), -EPERM);
	ck_assert_int_eq(reflag(&v, "/a", MS_NODEV | MS_NOATIME), -EPERM);
	ok(reflag(&v, "/a", MS_NODEV | MS_NOSUID));
	ok(reflag(&v, "/a", MS_NODEV));
	/* the filesystem is not his either */
	ck_assert_int_eq(w_mount(&v, NULL, "/a", NULL, MS_REMOUNT | MS_NODEV,
				 NULL), -EPERM);
	/* nothing may be uncovered by a copy */
	ck_assert_int_eq(w_mount(&v, "/", "/b", NULL, MS_BIND, NULL), -EINVAL);
	ok(w_mount(&v, "/", "/b", NULL, MS_BIND | MS_REC, NULL));
	ck_assert_int_eq(w_umount(&v, "/b/a", 0), -EINVAL);
	ok(w_umount(&v, "/b", MNT_DETACH));
	/* types of what belongs to the old one's owner */
	v.ctx.ns = w.ns;
	v.ctx.root = w.root;
	ck_assert_int_eq(type(&v, "/a", MS_PRIVATE), -EPERM);
	v.ctx.ns = v.ns;
	v.ctx.root = v.root;
}
END_TEST

START_TEST(what_propagates_in_is_locked_but_for_its_root)
{
	ok(type(&w, "/a", MS_SHARED));
	ok(world_mount(&w, "d in", "/b"));
	ok(world_mount(&w, "", "/b/in"));
	split(OTHER);
	ok(w_mount(&w, "/b", "/a/x", NULL, MS_BIND | MS_REC, NULL));
	ck_assert_int_eq(w_umount(&v, "/a/x/in", 0), -EINVAL);
	ok(w_umount(&v, "/a/x", MNT_DETACH));
	/* an umount that comes in takes what is locked */
	ok(w_umount(&w, "/a/x", MNT_DETACH));
	ok(w_mount(&w, "/b", "/a/x", NULL, MS_BIND | MS_REC, NULL));
	ok(w_umount(&w, "/a/x/in", 0));
	table_is(&v, "/ / rw,relatime;/ /a rw,relatime master:1;"
		 "/ /b rw,relatime;/ /b/in rw,relatime;"
		 "/ /a/x rw,relatime master:2;");
}
END_TEST

/* Somebody removes a directory that only others have something on. */
START_TEST(a_removed_mount_point_takes_the_tree_off_in_one_piece)
{
	struct vfs_at c = at("/c");
	struct path in, outer, up;

	split(0);
	ok(world_mount(&v, "d in", "/c"));
	ok(world_mount(&v, "d deep", "/c/in"));
	ok(w_lookup(&v, "/c", &outer));
	ok(w_chdir(&v, "/c/in/deep"));
	path_get(&v.cwd);
	in = v.cwd;
	ck_assert_int_eq(vfs_unlink(&v.ctx, &c, AT_REMOVEDIR), -EBUSY);
	ok(vfs_unlink(&w.ctx, &c, AT_REMOVEDIR));
	table_is(&v, "/ / rw,relatime;/ /a rw,relatime;");
	ck_assert_str_eq(w_path(&v, &in), "(unreachable)/in/deep");
	ok(w_lookup(&v, "../..", &up));
	ck_assert(path_equal(&up, &outer));
	path_put(&up);
	/* what holds the rest together goes */
	path_put(&outer);
	ck_assert_str_eq(w_path(&v, &in), "(unreachable)/deep");
	ok(w_lookup(&v, "../..", &up));
	ck_assert_ptr_eq(up.mnt, in.mnt);
	path_put(&up);
	path_put(&in);
}
END_TEST

START_TEST(a_detached_tree_can_be_attached_or_dissolved)
{
	struct mount_list gone = TAILQ_HEAD_INITIALIZER(gone);
	struct path a, to;
	struct mount *copy;
	struct mntns *anon;

	ok(world_mount(&w, "", "/a/x"));
	ok(w_lookup(&w, "/a", &a));
	for (int round = 0; round < 2; round++) {
		vfs_lock(w.vfs);
		ok(tree_copy_locked(a.mnt, a.node, true, 0, &copy));
		ok(mntns_new_anon_locked(w.vfs, 0, copy, &anon));
		anon->origin = w.ns->id;
		ck_assert(mntns_is_anon(anon));
		ck_assert(mntns_is_anon_root_locked(copy));
		ck_assert(mntns_is_usable_locked(&w.ctx, copy));
		ck_assert_uint_eq(anon->nr_mounts, 2);
		if (round == 0)
			mntns_dissolve_locked(copy, &gone);
		vfs_unlock(w.vfs);
		detach_finish(&gone);
	}
	table_is(&w, "/ / rw,relatime;/ /a rw,relatime;/ /a/x rw,relatime;");
	ok(w_lookup(&w, "/b", &to));
	vfs_lock(w.vfs);
	ok(attach_tree_locked(&w.ctx, copy, &to));
	ck_assert_ptr_eq(copy->ns, w.ns);
	vfs_unlock(w.vfs);
	table_is(&w, "/ / rw,relatime;/ /a rw,relatime;/ /a/x rw,relatime;"
		 "/ /b rw,relatime;/ /b/x rw,relatime;");
	path_put(&to);
	path_put(&a);
}
END_TEST

START_TEST(a_locked_unbindable_mount_is_not_left_out)
{
	ok(world_mount(&w, "", "/a/x"));
	split(OTHER);
	ok(type(&v, "/a/x", MS_UNBINDABLE));
	ck_assert_int_eq(w_mount(&v, "/a", "/b", NULL, MS_BIND | MS_REC,
				 NULL), -EPERM);
	table_is(&v, "/ / rw,relatime;/ /a rw,relatime;"
		 "/ /a/x rw,relatime unbindable;");
}
END_TEST

/* What a user namespace may not see in one place it may not mount anew. */
START_TEST(a_mount_does_not_reveal_what_is_hidden)
{
	struct fs_type visible = testfs_type;

	visible.name = "visible";
	visible.flags |= FST_USERNS | FST_VISIBLE;
	ok(vfs_register_type(w.vfs, &visible));
	ok(w_mount(&w, NULL, "/b", "visible", 0, NULL));
	split(OTHER);
	ok(w_mount(&v, NULL, "/c", "visible", 0, NULL));
	leave();
	/* none is there, or not with these flags */
	ok(reflag(&w, "/b", MS_RDONLY));
	split(OTHER);
	ck_assert_int_eq(w_mount(&v, NULL, "/c", "visible", 0, NULL), -EPERM);
	ok(w_mount(&v, NULL, "/c", "visible", MS_RDONLY, NULL));
	/* the new one has its locks */
	ck_assert_int_eq(reflag(&v, "/c", 0), -EPERM);
	leave();
	ok(w_umount(&w, "/b", 0));
	split(OTHER);
	ck_assert_int_eq(w_mount(&v, NULL, "/c", "visible", MS_RDONLY, NULL),
			 -EPERM);
	ok(w_mount(&w, NULL, "/c", "visible", 0, NULL));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("vfs/mntns");
	TCase *t = tcase_create("mntns");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_copy_has_the_same_table);
	tcase_add_test(t, peers_in_two_namespaces);
	tcase_add_test(t, another_owner_gets_slaves_and_locks);
	tcase_add_test(t, what_propagates_in_is_locked_but_for_its_root);
	tcase_add_test(t, a_removed_mount_point_takes_the_tree_off_in_one_piece);
	tcase_add_test(t, a_detached_tree_can_be_attached_or_dissolved);
	tcase_add_test(t, a_locked_unbindable_mount_is_not_left_out);
	tcase_add_test(t, a_mount_does_not_reveal_what_is_hidden);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
