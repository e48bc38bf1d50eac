/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of mount(2), umount2(2) and pivot_root(2) in vfs/. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/unit/lib/testfs.h"
#include "vfs/mount.h"

static struct world w;
static bool used, writers;

static bool
in_use(void *arg, enum vfs_use use, const struct fs *fs,
       const struct mount *m)
{
	(void)arg;
	(void)fs;
	(void)m;
	return use == USE_BUSY ? used : writers;
}

static void
switch_root(void *arg, const struct path *from, const struct path *to)
{
	(void)arg;
	if (path_equal(&w.root, from)) {
		path_get(to);
		path_put(&w.root);
		w.root = *to;
	}
	if (path_equal(&w.cwd, from)) {
		path_get(to);
		path_put(&w.cwd);
		w.cwd = *to;
	}
	w.ctx.root = w.root;
	w.ctx.cwd = w.cwd;
}

static void
setup(void)
{
	static const struct vfs_hooks hooks = {
		.in_use = in_use, .switch_root = switch_root,
	};

	used = writers = false;
	world_new(&w, "d a/b; d b; d c; f f; f g; l lnk a; d new/old; d gone");
	vfs_set_hooks(w.vfs, &hooks);
}

static void
teardown(void)
{
	world_free(&w);
}

#define table_is(want) do {						\
	char buf_[4096];						\
	w_table(&w, buf_, sizeof(buf_));				\
	ck_assert_str_eq(buf_, want);					\
} while (0)

#define ROOT_LINE "/ / rw,relatime;"

static int
new_at(const char *where)
{
	return w_mount(&w, "src", where, "testfs", 0, NULL);
}

static int
bind_at(const char *from, const char *to)
{
	return w_mount(&w, from, to, NULL, MS_BIND, NULL);
}

/* A descriptor of it may be somewhere from now on. */
static void
look_into(const char *where)
{
	struct path p;

	ck_assert_int_eq(w_lookup(&w, where, &p), 0);
	path_put(&p);
}

START_TEST(what_was_never_looked_into_is_not_asked_about)
{
	ck_assert_int_eq(new_at("a"), 0);
	used = true;
	ck_assert_int_eq(w_umount(&w, "a", 0), 0);
	ck_assert_int_eq(bind_at("b", "a"), 0);
	look_into("b");
	ck_assert_int_eq(w_umount(&w, "a", 0), 0);
	ck_assert_int_eq(new_at("a"), 0);
	look_into("a");
	ck_assert_int_eq(w_umount(&w, "a", 0), -EBUSY);
}
END_TEST

#define GUEST_NS	7

static bool
capable_in_guest_ns(void *arg, const struct vfs_ctx *c, uint64_t user_ns,
		    int cap)
{
	(void)arg;
	(void)c;
	(void)cap;
	return user_ns == GUEST_NS;
}

/* The caller moves to a user namespace of its own. */
static void
own_no_filesystem(void)
{
	struct vfs_hooks hooks = w.vfs->hooks;

	hooks.ns_capable = capable_in_guest_ns;
	vfs_set_hooks(w.vfs, &hooks);
	w.ctx.user_ns = GUEST_NS;
}

START_TEST(common_checks_in_order)
{
	ck_assert_int_eq(new_at("none"), -ENOENT);
	ck_assert_int_eq(w_mount(&w, "s", "a", "testfs", 0x80000000UL, NULL),
			 -EINVAL);
	ck_assert_int_eq(w_mount(&w, "s", "a", NULL, 0, NULL), -EINVAL);
	ck_assert_int_eq(w_mount(&w, "s", "a", "nofs", 0, NULL), -ENODEV);
	w.ctx.may_mount = false;
	ck_assert_int_eq(new_at("none"), -ENOENT);
	ck_assert_int_eq(w_mount(&w, "s", "a", NULL, 0, NULL), -EPERM);
	w.ctx.may_mount = true;
	ck_assert_int_eq(w_mount(&w, "s", "a", "testfs", 0xc0ed0000UL, NULL),
			 0);
}
END_TEST

START_TEST(options_beat_the_target)
{
	ck_assert_int_eq(w_mount(&w, "s", "f", "testfs", 0, "bad"), -EINVAL);
	ck_assert_int_eq(w_mount(&w, "s", "f", "testfs", 0, NULL), -ENOTDIR);
	ck_assert_int_eq(w_mount(&w, "s", "a", "testfs", 0, "source=x"),
			 -EINVAL);
	ck_assert_int_eq(w_mount(&w, NULL, "a", "testfs", 0,
				 ",ro,,=x,ok,source=y"), 0);
	own_no_filesystem();
	ck_assert_int_eq(w_mount(&w, "s", "a", "testfs2", 0, NULL), -EPERM);
	ck_assert_int_eq(w_mount(&w, "s", "a", "testfs", 0, NULL), 0);
}
END_TEST

START_TEST(flags_are_shown)
{
	char *text;
	size_t len;

	ck_assert_int_eq(w_mount(&w, "s p#", "a", "testfs", MS_RDONLY |
				 MS_NOSUID | MS_NODEV | MS_NOEXEC |
				 MS_SYNCHRONOUS | MS_NODIRATIME |
				 MS_NOSYMFOLLOW | MS_STRICTATIME, "rw"), 0);
	table_is(ROOT_LINE "/ /a ro,nosuid,nodev,noexec,nodiratime,"
		 "nosymfollow;");
	ck_assert_int_eq(vfs_mount_table(&w.ctx, TABLE_MOUNTINFO, &text,
					 &len), 0);
	ck_assert_ptr_nonnull(strstr(text, " - testfs s\\040p\\043 rw,sync\n"));
	free(text);
	ck_assert_int_eq(vfs_mount_table(&w.ctx, TABLE_MOUNTS, &text, &len),
			 0);
	ck_assert_ptr_nonnull(strstr(text, "s\\040p\\043 /a testfs ro,sync,"
				     "nosuid,nodev,noexec,nodiratime,"
				     "nosymfollow 0 0\n"));
	free(text);
	ck_assert_int_eq(vfs_mount_table(&w.ctx, TABLE_MOUNTSTATS, &text,
					 &len), 0);
	ck_assert_ptr_nonnull(strstr(text, "device s\\040p\\043 mounted on /a "
				     "with fstype testfs\n"));
	free(text);
}
END_TEST

START_TEST(mountinfo_line_is_exact)
{
	char *text, want[128];
	struct path p, r;
	size_t len;

	ck_assert_int_eq(w_mount(&w, NULL, "a", "testfs", MS_NOATIME, NULL),
			 0);
	ck_assert_int_eq(w_lookup(&w, "a", &p), 0);
	ck_assert_int_eq(w_lookup(&w, "/", &r), 0);
	ck_assert_int_eq(vfs_mount_table(&w.ctx, TABLE_MOUNTINFO, &text,
					 &len), 0);
	snprintf(want, sizeof(want), "\n%d %d 0:%u / /a rw,noatime - testfs "
		 "none rw\n", (int)mount_id(p.mnt), (int)mount_id(r.mnt),
		 minor(mount_fs(p.mnt)->dev));
	ck_assert_ptr_nonnull(strstr(text, want));
	free(text);
	path_put(&p);
	path_put(&r);
}
END_TEST

START_TEST(ids_are_small_and_reused)
{
	struct path p;
	uint64_t id, unique;

	ck_assert_int_eq(new_at("a"), 0);
	ck_assert_int_eq(w_lookup(&w, "a", &p), 0);
	id = mount_id(p.mnt);
	unique = mount_id_unique(p.mnt);
	path_put(&p);
	ck_assert_int_eq(w_umount(&w, "a", 0), 0);
	ck_assert_int_eq(new_at("b"), 0);
	ck_assert_int_eq(w_lookup(&w, "b", &p), 0);
	ck_assert_uint_eq(mount_id(p.mnt), id);
	ck_assert_uint_gt(mount_id_unique(p.mnt), unique);
	path_put(&p);
}
END_TEST

START_TEST(stacking_and_order)
{
	ck_assert_int_eq(new_at("a"), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/in"), 0);
	ck_assert_int_eq(new_at("a"), 0);
	ck_assert_int_eq(w_err(&w, "a/in"), -ENOENT);
	ck_assert_int_eq(bind_at("b", "c"), 0);
	table_is(ROOT_LINE "/ /a rw,relatime;/ /a rw,relatime;"
		 "/b /c rw,relatime;");
	ck_assert_int_eq(w_umount(&w, "a", 0), 0);
	ck_assert_int_eq(w_err(&w, "a/in"), 0);
}
END_TEST

START_TEST(bind_errors)
{
	ck_assert_int_eq(bind_at("", "a"), -EINVAL);
	ck_assert_int_eq(w_mount(&w, NULL, "a", NULL, MS_BIND, NULL),
			 -EINVAL);
	ck_assert_int_eq(bind_at("none", "a"), -ENOENT);
	ck_assert_int_eq(bind_at("f", "a"), -ENOTDIR);
	ck_assert_int_eq(bind_at("a", "f"), -ENOTDIR);
	ck_assert_int_eq(bind_at("f", "g"), 0);
}
END_TEST

START_TEST(bind_of_removed)
{
	struct vfs_at gone = at("gone");

	ck_assert_int_eq(w_chdir(&w, "gone"), 0);
	gone.name = "/gone";
	ck_assert_int_eq(vfs_unlink(&w.ctx, &gone, AT_REMOVEDIR), 0);
	ck_assert_int_eq(bind_at(".", "/a"), -ENOENT);
	ck_assert_int_eq(new_at("."), -ENOENT);
	ck_assert_int_eq(w_mount(&w, "s", ".", "testfs", 0, "bad"), -EINVAL);
}
END_TEST

START_TEST(bind_keeps_flags_and_shows_part)
{
	ck_assert_int_eq(w_mount(&w, "s", "a", "testfs", MS_NOEXEC, NULL), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/x"), 0);
	ck_assert_int_eq(w_mount(&w, "a/x", "b", NULL, MS_BIND | MS_RDONLY,
				 NULL), 0);
	table_is(ROOT_LINE "/ /a rw,noexec,relatime;"
		 "/x /b rw,noexec,relatime;");
	/* what is made in one shows in the other */
	ck_assert_int_eq(w_mkdir(&w, "b/y"), 0);
	ck_assert_int_eq(w_err(&w, "a/x/y"), 0);
	/* ".." ends at the bind's root */
	ck_assert_int_eq(w_chdir(&w, "b/y"), 0);
	ck_assert_int_eq(w_err(&w, "../../a"), 0);
}
END_TEST

START_TEST(rbind_copies_the_tree)
{
	ck_assert_int_eq(new_at("a"), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/x"), 0);
	ck_assert_int_eq(new_at("a/x"), 0);
	ck_assert_int_eq(new_at("c"), 0);
	ck_assert_int_eq(bind_at("a", "b"), 0);
	table_is(ROOT_LINE "/ /a rw,relatime;/ /a/x rw,relatime;"
		 "/ /c rw,relatime;/ /b rw,relatime;");
	ck_assert_int_eq(w_umount(&w, "b", 0), 0);
	ck_assert_int_eq(w_mount(&w, "a", "b", NULL, MS_BIND | MS_REC, NULL),
			 0);
	table_is(ROOT_LINE "/ /a rw,relatime;/ /a/x rw,relatime;"
		 "/ /c rw,relatime;/ /b rw,relatime;/ /b/x rw,relatime;");
	ck_assert_int_eq(w_umount(&w, "b", 0), -EBUSY);
	ck_assert_int_eq(w_umount(&w, "b", MNT_DETACH), 0);
	ck_assert_int_eq(w_mount(&w, "/", "b", NULL, MS_BIND | MS_REC, NULL),
			 0);
	table_is(ROOT_LINE "/ /a rw,relatime;/ /a/x rw,relatime;"
		 "/ /c rw,relatime;/ /b rw,relatime;/ /b/a rw,relatime;"
		 "/ /b/a/x rw,relatime;/ /b/c rw,relatime;");
}
END_TEST

START_TEST(rbind_leaves_unbindable_out)
{
	ck_assert_int_eq(new_at("a"), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/x"), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/y"), 0);
	ck_assert_int_eq(new_at("a/x"), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/x/deep"), 0);
	ck_assert_int_eq(new_at("a/x/deep"), 0);
	ck_assert_int_eq(new_at("a/y"), 0);
	ck_assert_int_eq(w_mount(&w, NULL, "a/x", NULL, MS_UNBINDABLE, NULL),
			 0);
	ck_assert_int_eq(bind_at("a/x", "b"), -EINVAL);
	ck_assert_int_eq(w_mount(&w, "a", "b", NULL, MS_BIND | MS_REC, NULL),
			 0);
	table_is(ROOT_LINE "/ /a rw,relatime;/ /a/x rw,relatime unbindable;"
		 "/ /a/x/deep rw,relatime;/ /a/y rw,relatime;"
		 "/ /b rw,relatime;/ /b/y rw,relatime;");
}
END_TEST

START_TEST(move_takes_the_tree_along)
{
	ck_assert_int_eq(new_at("a"), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/x"), 0);
	ck_assert_int_eq(new_at("a/x"), 0);
	ck_assert_int_eq(w_chdir(&w, "a/x"), 0);
	ck_assert_int_eq(w_mount(&w, "/a", "/b", NULL, MS_MOVE, NULL), 0);
	ck_assert_str_eq(w_path(&w, &w.cwd), "/b/x");
	table_is(ROOT_LINE "/ /b rw,relatime;/ /b/x rw,relatime;");
	ck_assert_int_eq(w_mount(&w, "/b", "/b/x", NULL, MS_MOVE, NULL),
			 -ELOOP);
	ck_assert_int_eq(w_mount(&w, "/c", "/a", NULL, MS_MOVE, NULL),
			 -EINVAL);
	ck_assert_int_eq(w_mount(&w, "/b", "/f", NULL, MS_MOVE, NULL),
			 -EINVAL);
	ck_assert_int_eq(w_mount(&w, "/", "/b", NULL, MS_MOVE, NULL),
			 -ELOOP);
	ck_assert_int_eq(w_chdir(&w, "/"), 0);
}
END_TEST

START_TEST(remount_bind_replaces_all_flags)
{
	ck_assert_int_eq(w_mount(&w, "s", "a", "testfs", MS_NOEXEC |
				 MS_NOATIME, NULL), 0);
	ck_assert_int_eq(w_mount(&w, NULL, "a", NULL, MS_REMOUNT | MS_BIND |
				 MS_RDONLY | MS_NOSUID, NULL), 0);
	table_is(ROOT_LINE "/ /a ro,nosuid,noatime;");
	ck_assert_int_eq(w_mount(&w, NULL, "a", NULL, MS_REMOUNT | MS_BIND |
				 MS_RELATIME, NULL), 0);
	table_is(ROOT_LINE "/ /a rw,relatime;");
	ck_assert_int_eq(w_mount(&w, NULL, "b", NULL, MS_REMOUNT | MS_BIND,
				 NULL), -EINVAL);
	writers = true;
	look_into("a");
	ck_assert_int_eq(w_mount(&w, NULL, "a", NULL, MS_REMOUNT | MS_BIND |
				 MS_RDONLY, NULL), -EBUSY);
	ck_assert_int_eq(w_mount(&w, NULL, "a", NULL, MS_REMOUNT | MS_RDONLY,
				 NULL), -EBUSY);
}
END_TEST

START_TEST(remount_changes_filesystem_and_mount)
{
	ck_assert_int_eq(w_mount(&w, "s", "a", "testfs", MS_DIRSYNC, NULL),
			 0);
	ck_assert_int_eq(bind_at("a", "b"), 0);
	ck_assert_int_eq(w_mount(&w, NULL, "a", NULL, MS_REMOUNT | MS_RDONLY |
				 MS_SYNCHRONOUS, NULL), 0);
	table_is(ROOT_LINE "/ /a ro,relatime;/ /b rw,relatime;");
	ck_assert_int_eq(w_mkdir(&w, "b/x"), -EROFS);
	ck_assert_int_eq(w_mount(&w, NULL, "a", NULL, MS_REMOUNT | MS_RDONLY,
				 "rw"), 0);
	ck_assert_int_eq(w_mkdir(&w, "b/x"), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/x"), -EEXIST);
	ck_assert_int_eq(w_mkdir(&w, "a/y"), -EROFS);
	ck_assert_int_eq(w_mount(&w, NULL, "a", NULL, MS_REMOUNT, "dirsync"),
			 -EINVAL);
	own_no_filesystem();
	ck_assert_int_eq(w_mount(&w, NULL, "a", NULL, MS_REMOUNT, NULL),
			 -EPERM);
}
END_TEST

START_TEST(types_are_kept_and_shown)
{
	ck_assert_int_eq(new_at("a"), 0);
	ck_assert_int_eq(w_mount(&w, NULL, "b", NULL, MS_SHARED, NULL),
			 -EINVAL);
	ck_assert_int_eq(w_mount(&w, NULL, "a", NULL, MS_SHARED | MS_RDONLY,
				 NULL), -EINVAL);
	ck_assert_int_eq(w_mount(&w, NULL, "a", NULL, MS_SHARED, NULL), 0);
	ck_assert_int_eq(bind_at("a", "b"), 0);
	ck_assert_int_eq(w_mount(&w, NULL, "b", NULL, MS_SLAVE, NULL), 0);
	table_is(ROOT_LINE "/ /a rw,relatime shared:1;"
		 "/ /b rw,relatime master:1;");
	ck_assert_int_eq(w_mount(&w, NULL, "/", NULL, MS_PRIVATE | MS_REC,
				 NULL), 0);
	table_is(ROOT_LINE "/ /a rw,relatime;/ /b rw,relatime;");
	/* alone in its group: what is mounted below joins none, but is shared */
	ck_assert_int_eq(w_mount(&w, NULL, "/", NULL, MS_SHARED, NULL), 0);
	ck_assert_int_eq(new_at("c"), 0);
	table_is("/ / rw,relatime shared:1;/ /a rw,relatime;"
		 "/ /b rw,relatime;/ /c rw,relatime shared:2;");
}
END_TEST

START_TEST(umount_errors)
{
	struct vfs_at a = at("lnk");
	struct path p;

	ck_assert_int_eq(w_umount(&w, "a", 0x10), -EINVAL);
	ck_assert_int_eq(w_umount(&w, "none", 0), -ENOENT);
	ck_assert_int_eq(w_umount(&w, "", 0), -ENOENT);
	ck_assert_int_eq(w_umount(&w, "a", 0), -EINVAL);
	ck_assert_int_eq(new_at("a"), 0);
	ck_assert_int_eq(vfs_umount(&w.ctx, &a, UMOUNT_NOFOLLOW), -EINVAL);
	used = true;
	look_into("a");
	ck_assert_int_eq(w_umount(&w, "a", 0), -EBUSY);
	used = false;
	ck_assert_int_eq(w_lookup(&w, "a", &p), 0);
	ck_assert_int_eq(w_umount(&w, "a", 0), -EBUSY);
	path_put(&p);
	w.ctx.may_mount = false;
	ck_assert_int_eq(w_umount(&w, "a", 0), -EPERM);
	w.ctx.may_mount = true;
	ck_assert_int_eq(vfs_umount(&w.ctx, &a, 0), 0);
}
END_TEST

START_TEST(umount_expire)
{
	ck_assert_int_eq(new_at("a"), 0);
	ck_assert_int_eq(w_umount(&w, "a", MNT_EXPIRE | MNT_DETACH), -EINVAL);
	ck_assert_int_eq(w_umount(&w, "a", MNT_EXPIRE), -EAGAIN);
	ck_assert_int_eq(w_err(&w, "a/x"), -ENOENT);
	ck_assert_int_eq(w_err(&w, "a"), 0);
	ck_assert_int_eq(w_umount(&w, "a", MNT_EXPIRE), -EAGAIN);
	ck_assert_int_eq(w_umount(&w, "a", MNT_EXPIRE), 0);
	ck_assert_int_eq(w_umount(&w, "/", MNT_EXPIRE), -EINVAL);
}
END_TEST

START_TEST(lazy_tree_goes_on_working)
{
	ck_assert_int_eq(new_at("a"), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/x"), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/x/keep"), 0);
	ck_assert_int_eq(new_at("a/x/keep"), 0);
	ck_assert_int_eq(w_chdir(&w, "a/x"), 0);
	ck_assert_int_eq(w_umount(&w, "/a", 0), -EBUSY);
	ck_assert_int_eq(w_umount(&w, "/a", MNT_DETACH), 0);
	table_is(ROOT_LINE);
	ck_assert_str_eq(w_path(&w, &w.cwd), "(unreachable)/x");
	ck_assert_int_eq(w_mkdir(&w, "more"), 0);
	ck_assert_int_eq(w_err(&w, "keep"), 0);
	ck_assert_int_eq(w_err(&w, "../../../x/more"), 0);
	ck_assert_int_eq(new_at("more"), -ENOENT);
	ck_assert_int_eq(bind_at("more", "/b"), -EINVAL);
	ck_assert_int_eq(w_umount(&w, "..", 0), -EINVAL);
	ck_assert_int_eq(w_mount(&w, NULL, "..", NULL, MS_REMOUNT, NULL),
			 -EINVAL);
	ck_assert_int_eq(w_chdir(&w, "/"), 0);
}
END_TEST

START_TEST(umount_of_the_root_makes_it_read_only)
{
	ck_assert_int_eq(w_umount(&w, "/", 0), 0);
	table_is("/ / rw,relatime;");
	ck_assert_int_eq(w_mkdir(&w, "x"), -EROFS);
}
END_TEST

START_TEST(chroot_sees_its_part_of_the_table)
{
	ck_assert_int_eq(new_at("a"), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/x"), 0);
	ck_assert_int_eq(new_at("a/x"), 0);
	ck_assert_int_eq(new_at("b"), 0);
	ck_assert_int_eq(w_chroot(&w, "a"), 0);
	table_is("/ / rw,relatime;/ /x rw,relatime;");
	ck_assert_str_eq(w_path(&w, &w.cwd), "(unreachable)/");
	ck_assert_int_eq(w_chdir(&w, "/"), 0);
	ck_assert_int_eq(w_mkdir(&w, "plain"), 0);
	ck_assert_int_eq(w_chroot(&w, "plain"), 0);
	table_is("");
}
END_TEST

START_TEST(pivot_root_errors)
{
	struct vfs_at n = at("new"), o = at("new/old");

	ck_assert_int_eq(vfs_pivot_root(&w.ctx, &n, &o), -EBUSY);
	ck_assert_int_eq(new_at("new"), 0);
	ck_assert_int_eq(vfs_pivot_root(&w.ctx, &n, &o), -ENOENT);
	ck_assert_int_eq(w_mkdir(&w, "new/old"), 0);
	o.name = "a";
	ck_assert_int_eq(vfs_pivot_root(&w.ctx, &n, &o), -EBUSY);
	o.name = "f";
	ck_assert_int_eq(vfs_pivot_root(&w.ctx, &n, &o), -ENOTDIR);
	n.name = "new/old";
	o.name = "new/old";
	ck_assert_int_eq(vfs_pivot_root(&w.ctx, &n, &o), -EINVAL);
	w.ctx.may_mount = false;
	n.name = "none";
	ck_assert_int_eq(vfs_pivot_root(&w.ctx, &n, &o), -EPERM);
}
END_TEST

START_TEST(pivot_root_swaps)
{
	struct vfs_at n = at("new"), o = at("new/old");

	ck_assert_int_eq(new_at("new"), 0);
	ck_assert_int_eq(w_mkdir(&w, "new/old"), 0);
	ck_assert_int_eq(new_at("b"), 0);
	ck_assert_int_eq(vfs_pivot_root(&w.ctx, &n, &o), 0);
	table_is("/ /old rw,relatime;/ / rw,relatime;/ /old/b rw,relatime;");
	ck_assert_str_eq(w_path(&w, &w.cwd), "/");
	ck_assert_int_eq(w_err(&w, "/old/a/b"), 0);
	ck_assert_int_eq(w_umount(&w, "/old", MNT_DETACH), 0);
	table_is("/ / rw,relatime;");
}
END_TEST

START_TEST(pivot_dot_dot_idiom)
{
	struct vfs_at dot = at(".");

	ck_assert_int_eq(new_at("new"), 0);
	ck_assert_int_eq(w_mkdir(&w, "new/in"), 0);
	ck_assert_int_eq(w_chdir(&w, "new"), 0);
	ck_assert_int_eq(vfs_pivot_root(&w.ctx, &dot, &dot), 0);
	ck_assert_int_eq(w_err(&w, "/in"), 0);
	ck_assert_int_eq(w_umount(&w, ".", MNT_DETACH), 0);
	table_is("/ / rw,relatime;");
	ck_assert_int_eq(w_err(&w, "in"), 0);
}
END_TEST

START_TEST(every_change_counts)
{
	uint64_t before = mntns_event(w.ns);

	ck_assert_int_eq(new_at("a"), 0);
	ck_assert_uint_ne(mntns_event(w.ns), before);
	before = mntns_event(w.ns);
	ck_assert_int_eq(w_mount(&w, NULL, "a", NULL, MS_SHARED, NULL), 0);
	ck_assert_int_eq(new_at("none"), -ENOENT);
	ck_assert_uint_eq(mntns_event(w.ns), before);
	ck_assert_int_eq(w_umount(&w, "a", 0), 0);
	ck_assert_uint_ne(mntns_event(w.ns), before);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		common_checks_in_order, options_beat_the_target, flags_are_shown,
		mountinfo_line_is_exact, ids_are_small_and_reused, stacking_and_order,
		bind_errors, bind_of_removed, bind_keeps_flags_and_shows_part,
		rbind_copies_the_tree, rbind_leaves_unbindable_out,
		move_takes_the_tree_along, remount_bind_replaces_all_flags,
		remount_changes_filesystem_and_mount, types_are_kept_and_shown,
		umount_errors, what_was_never_looked_into_is_not_asked_about,
		umount_expire, lazy_tree_goes_on_working,
		umount_of_the_root_makes_it_read_only,
		chroot_sees_its_part_of_the_table, pivot_root_errors,
		pivot_root_swaps, pivot_dot_dot_idiom, every_change_counts,
	};
	Suite *s = suite_create("vfs/mount");
	TCase *t = tcase_create("mount");
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
