/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of the mount interface by descriptor in vfs/mount_api*.c. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/lib/testfs.h"
#include "vfs/fs_param.h"
#include "vfs/mount.h"
#include "vfs/mount_api.h"

static struct world w;
static struct mount *written;	/* has a file open for writing */

static bool
in_use(void *arg, enum vfs_use use, const struct fs *fs,
       const struct mount *m)
{
	(void)arg;
	return use == USE_WRITERS && written &&
	       (m ? m == written : fs == written->fs);
}

static void
setup(void)
{
	static const struct vfs_hooks hooks = { .in_use = in_use };

	written = NULL;
	world_new(&w, "d a/b; d b; d c; f f; f g; l lnk a");
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

/* The mount on a place, borrowed. */
static struct mount *
mount_at(const char *where)
{
	struct mount *m;
	struct path p;

	ck_assert_int_eq(w_lookup(&w, where, &p), 0);
	m = p.mnt;
	path_put(&p);
	return m;
}

static void
log_is(struct fs_context *fc, const char *want)
{
	char text[256];
	ssize_t n = fs_context_log(fc, text, sizeof(text) - 1);

	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	ck_assert_str_eq(text, want);
}

static int
flag(struct fs_context *fc, const char *key)
{
	return vfs_fsconfig(&w.ctx, fc, FSCONFIG_SET_FLAG, key, NULL, 0);
}

static int
string(struct fs_context *fc, const char *key, const char *value)
{
	return vfs_fsconfig(&w.ctx, fc, FSCONFIG_SET_STRING, key, value, 0);
}

static int
command(struct fs_context *fc, unsigned int cmd)
{
	return vfs_fsconfig(&w.ctx, fc, cmd, NULL, NULL, 0);
}

static int
move_here(const struct path *from, const char *to)
{
	struct vfs_at a = { .base = from, .name = "" }, b = at(to);

	return vfs_move_mount(&w.ctx, &a, &b, MOVE_MOUNT_F_EMPTY_PATH);
}

static int
clone_of(const char *name, unsigned int flags, struct path *out)
{
	struct vfs_at from = at(name);

	return vfs_open_tree(&w.ctx, &from, OPEN_TREE_CLONE | flags, out);
}

/* As the last close of its descriptor. */
static void
close_tree(struct path *p)
{
	vfs_dissolve(w.vfs, p->mnt);
	path_put(p);
}

static int
set_attr(const char *name, unsigned int flags, uint64_t set, uint64_t clr,
	 uint64_t type)
{
	struct mount_attr attr = {
		.attr_set = set, .attr_clr = clr, .propagation = type,
	};
	struct vfs_at where = at(name);

	return vfs_mount_setattr(&w.ctx, &where, flags, &attr);
}

START_TEST(a_context_goes_through_its_phases)
{
	struct fs_context *fc;
	struct path m;

	ck_assert_int_eq(vfs_fsopen(&w.ctx, "none", 0, &fc), -ENODEV);
	ck_assert_int_eq(vfs_fsopen(&w.ctx, "none", 2, &fc), -EINVAL);
	ck_assert_int_eq(vfs_fsopen(&w.ctx, "testfs", 0, &fc), 0);
	ck_assert_int_eq(command(fc, FSCONFIG_CMD_RECONFIGURE), -EBUSY);
	ck_assert_int_eq(vfs_fsmount(&w.ctx, fc, 0, 0, &m), -EINVAL);
	ck_assert_int_eq(flag(fc, "ok"), 0);
	ck_assert_int_eq(flag(fc, "ro"), 0);
	ck_assert_int_eq(string(fc, "source", "here"), 0);
	ck_assert_int_eq(command(fc, FSCONFIG_CMD_CREATE), 0);
	ck_assert_int_eq(command(fc, FSCONFIG_CMD_CREATE), -EBUSY);
	ck_assert_int_eq(flag(fc, "ok"), -EBUSY);
	ck_assert_int_eq(vfs_fsmount(&w.ctx, fc, 0, MOUNT_ATTR_NODEV, &m), 0);
	ck_assert_int_eq(vfs_fsmount(&w.ctx, fc, 0, 0, &m), -EBUSY);
	ck_assert_int_eq(move_here(&m, "a"), 0);
	table_is(ROOT_LINE "/ /a rw,nodev,relatime;");
	ck_assert_int_eq(w_mkdir(&w, "a/x"), -EROFS);
	/* what was named stays in the mask: nothing said is "rw" */
	ck_assert_int_eq(command(fc, FSCONFIG_CMD_RECONFIGURE), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/x"), 0);
	ck_assert_int_eq(flag(fc, "dirsync"), 0);
	ck_assert_int_eq(command(fc, FSCONFIG_CMD_RECONFIGURE), -EINVAL);
	ck_assert_int_eq(flag(fc, "ro"), -EBUSY);
	path_put(&m);
	fs_context_put(fc);
}
END_TEST

START_TEST(messages_are_the_kernels)
{
	struct fs_context *fc;
	char small[4];

	ck_assert_int_eq(vfs_fsopen(&w.ctx, "testfs", 0, &fc), 0);
	ck_assert_int_eq(fs_context_log(fc, small, 4), -ENODATA);
	ck_assert_int_eq(flag(fc, "nosuid"), -EINVAL);
	ck_assert_int_eq(fs_context_log(fc, small, 4), -EMSGSIZE);
	log_is(fc, "e testfs: Unknown parameter 'nosuid'\n");
	ck_assert_int_eq(string(fc, "ok", "1"), -EINVAL);
	log_is(fc, "e testfs: Unexpected value for 'ok'\n");
	ck_assert_int_eq(flag(fc, "source"), -EINVAL);
	log_is(fc, "e Non-string source\n");
	ck_assert_int_eq(string(fc, "source", ""), 0);
	ck_assert_int_eq(string(fc, "source", "x"), -EINVAL);
	log_is(fc, "e Multiple sources\n");
	for (char key[2] = "0"; *key <= '9'; ++*key)
		ck_assert_int_eq(flag(fc, key), -EINVAL);
	log_is(fc, "e testfs: Unknown parameter '2'\n");
	fs_context_put(fc);
}
END_TEST

START_TEST(arguments_are_checked_by_command)
{
	struct fs_context *fc;
	char longest[512];

	memset(longest, 'k', 256);
	longest[256] = '\0';
	ck_assert_int_eq(vfs_fsopen(&w.ctx, "testfs", 0, &fc), 0);
	ck_assert_int_eq(vfs_fsconfig_check(99, true, true, 1), -EOPNOTSUPP);
	ck_assert_int_eq(vfs_fsconfig_check(FSCONFIG_SET_FLAG, true, true, 0),
			 -EINVAL);
	ck_assert_int_eq(vfs_fsconfig_check(FSCONFIG_SET_PATH, true, true,
					    AT_FDCWD), 0);
	ck_assert_int_eq(vfs_fsconfig_check(FSCONFIG_SET_PATH, true, true, -5),
			 -EINVAL);
	ck_assert_int_eq(vfs_fsconfig_check(FSCONFIG_SET_BINARY, true, true,
					    0), -EINVAL);
	ck_assert_int_eq(vfs_fsconfig_check(FSCONFIG_CMD_CREATE, false, false,
					    1), -EINVAL);
	ck_assert_int_eq(flag(fc, longest), -EINVAL);
	ck_assert_int_eq(string(fc, "a", longest), -EINVAL);
	ck_assert_int_eq(fs_context_log(fc, longest, 256), -ENODATA);
	longest[255] = '\0';
	ck_assert_int_eq(flag(fc, longest), -EINVAL);
	ck_assert_int_gt(fs_context_log(fc, longest, sizeof(longest)), 255);
	fs_context_put(fc);
}
END_TEST

START_TEST(a_filesystem_is_reconfigured)
{
	struct vfs_at where = at("a"), inside = at("a/b");
	struct fs_context *fc;

	ck_assert_int_eq(new_at("a"), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/b"), 0);
	ck_assert_int_eq(vfs_fspick(&w.ctx, &inside, 0, &fc), -EINVAL);
	ck_assert_int_eq(vfs_fspick(&w.ctx, &where, 0x10, &fc), -EINVAL);
	ck_assert_int_eq(vfs_fspick(&w.ctx, &where, 0, &fc), 0);
	ck_assert_int_eq(command(fc, FSCONFIG_CMD_CREATE), -EBUSY);
	ck_assert_int_eq(flag(fc, "ro"), 0);
	written = mount_at("a");
	ck_assert_int_eq(command(fc, FSCONFIG_CMD_RECONFIGURE), -EBUSY);
	ck_assert_int_eq(flag(fc, "ro"), -EBUSY);
	fs_context_put(fc);
	written = NULL;
	ck_assert_int_eq(vfs_fspick(&w.ctx, &where, 0, &fc), 0);
	ck_assert_int_eq(flag(fc, "ro"), 0);
	ck_assert_int_eq(command(fc, FSCONFIG_CMD_RECONFIGURE), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/c"), -EROFS);
	fs_context_put(fc);
}
END_TEST

START_TEST(a_shared_filesystem_is_found_again)
{
	static struct fs_type type;
	struct fs_context *fc;

	type = testfs_type;
	type.name = "single";
	type.flags |= FST_SHARED;
	ck_assert_int_eq(vfs_register_type(w.vfs, &type), 0);
	ck_assert_int_eq(w_mount(&w, "x", "a", "single", 0, NULL), 0);
	ck_assert_int_eq(w_mount(&w, "x", "a", "single", 0, NULL), -EBUSY);
	ck_assert_int_eq(w_mount(&w, "x", "b", "single", 0, "ok"), -EINVAL);
	ck_assert_int_eq(w_mount(&w, "x", "b", "single", 0, NULL), 0);
	ck_assert_int_eq(w_mkdir(&w, "b/seen"), 0);
	ck_assert_int_eq(w_err(&w, "a/seen"), 0);
	ck_assert_int_eq(vfs_fsopen(&w.ctx, "single", 0, &fc), 0);
	ck_assert_int_eq(command(fc, UAPI_FSCONFIG_CMD_CREATE_EXCL), -EBUSY);
	log_is(fc, "w single: reusing existing filesystem not allowed\n");
	ck_assert_int_eq(command(fc, FSCONFIG_CMD_CREATE), -EBUSY);
	fs_context_put(fc);
	w.ctx.user_ns = 7;
	ck_assert_int_eq(w_mount(&w, "x", "c", "single", 0, NULL), 0);
	ck_assert_int_eq(w_err(&w, "c/seen"), -ENOENT);
	w.ctx.user_ns = 0;
}
END_TEST

START_TEST(nobody_without_rights)
{
	struct vfs_at where = at("none");
	struct fs_context *fc;
	struct path p;

	w.ctx.may_mount = false;
	ck_assert_int_eq(vfs_fsopen(&w.ctx, "none", 9, &fc), -EPERM);
	ck_assert_int_eq(vfs_fspick(&w.ctx, &where, 99, &fc), -EPERM);
	ck_assert_int_eq(clone_of("none", 0, &p), -EPERM);
	ck_assert_int_eq(vfs_open_tree(&w.ctx, &where, 0, &p), -ENOENT);
	ck_assert_int_eq(vfs_move_mount(&w.ctx, &where, &where, 0x8000),
			 -EPERM);
	ck_assert_int_eq(set_attr("none", 0, MOUNT_ATTR_RDONLY, 0, 0), -EPERM);
	ck_assert_int_eq(set_attr("none", 1, MOUNT_ATTR_RDONLY, 0, 0),
			 -EINVAL);
}
END_TEST

START_TEST(a_clone_is_moved_or_dissolved)
{
	struct path m, n;

	ck_assert_int_eq(new_at("a"), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/s"), 0);
	ck_assert_int_eq(new_at("a/s"), 0);
	ck_assert_int_eq(clone_of("a", 0, &m), 0);
	ck_assert_int_eq(clone_of("a", AT_RECURSIVE, &n), 0);
	table_is(ROOT_LINE "/ /a rw,relatime;/ /a/s rw,relatime;");
	ck_assert_int_eq(move_here(&m, "none"), -ENOENT);
	ck_assert_int_eq(move_here(&m, "f"), -EINVAL);
	ck_assert_int_eq(move_here(&m, "b"), 0);
	close_tree(&m);
	table_is(ROOT_LINE "/ /a rw,relatime;/ /a/s rw,relatime;"
		 "/ /b rw,relatime;");
	close_tree(&n);
	table_is(ROOT_LINE "/ /a rw,relatime;/ /a/s rw,relatime;"
		 "/ /b rw,relatime;");
}
END_TEST

START_TEST(a_detached_tree_has_rules_of_its_own)
{
	struct vfs_at in = at("s"), self = at("");
	struct path m, n;

	ck_assert_int_eq(new_at("a"), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/s"), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/u"), 0);
	ck_assert_int_eq(new_at("a/s"), 0);
	ck_assert_int_eq(clone_of("a", AT_RECURSIVE, &m), 0);
	in.base = self.base = &m;
	self.flags = LOOK_EMPTY;
	ck_assert_int_eq(vfs_mount(&w.ctx, "x", &in, "testfs", 0, NULL),
			 -EINVAL);
	ck_assert_int_eq(vfs_umount(&w.ctx, &in, 0), -EINVAL);
	ck_assert_int_eq(vfs_mount(&w.ctx, NULL, &in, NULL, MS_SHARED, NULL),
			 0);
	ck_assert_int_eq(vfs_mount(&w.ctx, NULL, &in, NULL, MS_PRIVATE, NULL),
			 0);
	in.name = "u";
	ck_assert_int_eq(vfs_move_mount(&w.ctx, &self, &in,
					MOVE_MOUNT_F_EMPTY_PATH), -EINVAL);
	ck_assert_int_eq(vfs_open_tree(&w.ctx, &self, OPEN_TREE_CLONE |
				       AT_EMPTY_PATH, &n), 0);
	self.base = &n;
	ck_assert_int_eq(vfs_move_mount(&w.ctx, &self, &in,
					MOVE_MOUNT_F_EMPTY_PATH), 0);
	ck_assert_int_eq(move_here(&m, "b"), 0);
	table_is(ROOT_LINE "/ /a rw,relatime;/ /a/s rw,relatime;"
		 "/ /b rw,relatime;/ /b/s rw,relatime;/ /b/u rw,relatime;");
	close_tree(&m);
	close_tree(&n);
}
END_TEST

START_TEST(move_mount_checks_in_order)
{
	struct vfs_at a = at("a"), b = at("b"), none = at("none");
	struct vfs_at in = at("a/s"), f = at("f");

	ck_assert_int_eq(new_at("a"), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/s"), 0);
	ck_assert_int_eq(vfs_move_mount(&w.ctx, &a, &b, 0x300), -EINVAL);
	ck_assert_int_eq(vfs_move_mount(&w.ctx, &none, &none, 0x80), -EINVAL);
	ck_assert_int_eq(vfs_move_mount(&w.ctx, &none, &b, 0), -ENOENT);
	ck_assert_int_eq(vfs_move_mount(&w.ctx, &in, &b, 0), -EINVAL);
	ck_assert_int_eq(vfs_move_mount(&w.ctx, &a, &f, 0), -EINVAL);
	ck_assert_int_eq(vfs_move_mount(&w.ctx, &a, &in, 0), -ELOOP);
	ck_assert_int_eq(vfs_move_mount(&w.ctx, &a, &b, MOVE_MOUNT_BENEATH),
			 -EINVAL);
	ck_assert_int_eq(vfs_move_mount(&w.ctx, &a, &b, MOVE_MOUNT_SET_GROUP),
			 -EINVAL);
	ck_assert_int_eq(vfs_move_mount(&w.ctx, &a, &b, 0), 0);
	table_is(ROOT_LINE "/ /b rw,relatime;");
}
END_TEST

START_TEST(attributes_change_everywhere_or_nowhere)
{
	ck_assert_int_eq(new_at("a"), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/s"), 0);
	ck_assert_int_eq(new_at("a/s"), 0);
	written = mount_at("a/s");
	ck_assert_int_eq(set_attr("a", AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0,
				  MS_SHARED), -EBUSY);
	table_is(ROOT_LINE "/ /a rw,relatime;/ /a/s rw,relatime;");
	ck_assert_int_eq(set_attr("a", 0, MOUNT_ATTR_RDONLY, 0, 0), 0);
	written = NULL;
	ck_assert_int_eq(set_attr("a", AT_RECURSIVE, MOUNT_ATTR_NOEXEC,
				  MOUNT_ATTR_RDONLY | MOUNT_ATTR__ATIME, 0),
			 0);
	table_is(ROOT_LINE "/ /a rw,noexec,relatime;"
		 "/ /a/s rw,noexec,relatime;");
	ck_assert_int_eq(set_attr("a", 0, MOUNT_ATTR_NOATIME, 0, 0), -EINVAL);
	ck_assert_int_eq(set_attr("a", 0, 0, MOUNT_ATTR_NOATIME, 0), -EINVAL);
	ck_assert_int_eq(set_attr("a", 0, 0x30, MOUNT_ATTR__ATIME, 0),
			 -EINVAL);
	ck_assert_int_eq(set_attr("a", 0, MOUNT_ATTR_STRICTATIME |
				  MOUNT_ATTR_NODIRATIME, MOUNT_ATTR__ATIME, 0),
			 0);
	ck_assert_int_eq(set_attr("none", 0, 0, 0, 0), 0);
	ck_assert_int_eq(set_attr("a", 0, 0, 0, MS_SHARED | MS_SLAVE),
			 -EINVAL);
	ck_assert_int_eq(set_attr("a", 0, 0x100, 0, 0), -EINVAL);
	ck_assert_int_eq(set_attr("a", 0, MOUNT_ATTR_IDMAP, 0, 0), -EPERM);
	table_is(ROOT_LINE "/ /a rw,noexec,nodiratime;"
		 "/ /a/s rw,noexec,relatime;");
}
END_TEST

START_TEST(a_mount_is_described)
{
	char buf[1024];
	struct uapi_statmount *sm = (void *)buf;
	struct mount *m;
	ssize_t n;

	ck_assert_int_eq(w_mount(&w, "so urce", "a", "testfs",
				 MS_NOSUID | MS_NOATIME, NULL), 0);
	m = mount_at("a");
	n = vfs_statmount(&w.ctx, NULL, mount_id_unique(m), 0xfff, buf,
			  sizeof(buf));
	ck_assert_int_eq(n, sm->size);
	ck_assert_uint_eq(sm->mnt_attr, MOUNT_ATTR_NOSUID |
			  MOUNT_ATTR_NOATIME);
	ck_assert_uint_eq(sm->mnt_propagation, MS_PRIVATE);
	ck_assert_uint_eq(sm->mnt_id_old, mount_id(m));
	ck_assert_uint_eq(sm->mnt_parent_id, mount_id_unique(w.root.mnt));
	ck_assert_str_eq(sm->str + sm->fs_type, "testfs");
	ck_assert_str_eq(sm->str + sm->sb_source, "so urce");
	ck_assert_str_eq(sm->str + sm->mnt_root, "/");
	ck_assert_str_eq(sm->str + sm->mnt_point, "/a");
	ck_assert_str_eq(sm->str, "");
	ck_assert_int_eq(vfs_statmount(&w.ctx, NULL, mount_id_unique(m),
				       STATMOUNT_FS_TYPE, buf, 519),
			 -EOVERFLOW);
	ck_assert_int_eq(vfs_statmount(&w.ctx, NULL, mount_id_unique(m),
				       STATMOUNT_FS_TYPE, buf, 520), 520);
	ck_assert_int_eq(vfs_statmount(&w.ctx, NULL, mount_id_unique(m),
				       STATMOUNT_MNT_BASIC, buf, 40), 40);
	ck_assert_int_eq(vfs_statmount(&w.ctx, NULL, UINT64_C(1) << 50, 0,
				       buf, 512), -ENOENT);
}
END_TEST

START_TEST(mounts_are_listed_by_age)
{
	uint64_t ids[4], a, s;

	ck_assert_int_eq(new_at("a"), 0);
	ck_assert_int_eq(w_mkdir(&w, "a/s"), 0);
	ck_assert_int_eq(new_at("a/s"), 0);
	a = mount_id_unique(mount_at("a"));
	s = mount_id_unique(mount_at("a/s"));
	ck_assert_int_eq(vfs_listmount(&w.ctx, NULL, LSMT_ROOT, 0, ids, 4, 0),
			 3);
	ck_assert_uint_eq(ids[1], a);
	ck_assert_uint_eq(ids[2], s);
	ck_assert_int_eq(vfs_listmount(&w.ctx, NULL, LSMT_ROOT, 0, ids, 1,
				       LISTMOUNT_REVERSE), 1);
	ck_assert_uint_eq(ids[0], s);
	ck_assert_int_eq(vfs_listmount(&w.ctx, NULL, a, 0, ids, 4, 0), 1);
	ck_assert_uint_eq(ids[0], s);
	ck_assert_int_eq(vfs_listmount(&w.ctx, NULL, LSMT_ROOT, a, ids, 4, 0),
			 1);
	ck_assert_int_eq(vfs_listmount(&w.ctx, NULL, LSMT_ROOT, 5, ids, 4, 0),
			 -EINVAL);
	ck_assert_int_eq(w_chroot(&w, "a"), 0);
	ck_assert_int_eq(vfs_listmount(&w.ctx, NULL, LSMT_ROOT, 0, ids, 4, 0),
			 2);
}
END_TEST

START_TEST(numbers_are_read_as_the_kernel_does)
{
	unsigned int n;
	const char *end;

	ck_assert_int_eq(fs_parse_uint("0x1F", 0, &n), 0);
	ck_assert_uint_eq(n, 31);
	ck_assert_int_eq(fs_parse_uint("017\n", 0, &n), 0);
	ck_assert_uint_eq(n, 15);
	ck_assert_int_eq(fs_parse_uint("", 0, &n), -EINVAL);
	ck_assert_int_eq(fs_parse_uint("-1", 0, &n), -EINVAL);
	ck_assert_int_eq(fs_parse_uint("4294967296", 0, &n), -EINVAL);
	ck_assert_int_eq(fs_parse_uint("9", 8, &n), -EINVAL);
	ck_assert_int_eq(fs_parse_id("4294967295", &n), -EINVAL);
	ck_assert_uint_eq(fs_parse_size("3Mx", &end), 3 << 20);
	ck_assert_str_eq(end, "x");
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		a_context_goes_through_its_phases, messages_are_the_kernels,
		arguments_are_checked_by_command, a_filesystem_is_reconfigured,
		a_shared_filesystem_is_found_again,
		nobody_without_rights, a_clone_is_moved_or_dissolved,
		a_detached_tree_has_rules_of_its_own,
		move_mount_checks_in_order,
		attributes_change_everywhere_or_nowhere, a_mount_is_described,
		mounts_are_listed_by_age, numbers_are_read_as_the_kernel_does,
	};
	Suite *s = suite_create("mount_api");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(t, tests[i]);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
