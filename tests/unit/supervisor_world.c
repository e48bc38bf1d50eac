/* SPDX-License-Identifier: Apache-2.0 */
/* supervisor/world*.c: a command line in, a mount tree out. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/unit/world_fixture.h"

/* --- the base world ------------------------------------------------------- */

START_TEST(system_directories_are_read_only)
{
	ck_assert_int_eq(build(""), 0);
	ck_assert(S_ISDIR(guest_mode("/usr/bin")));
	ck_assert(S_ISDIR(guest_mode("/etc")));
	ck_assert_int_eq(guest_create("/usr/x"), -EROFS);
	ck_assert_int_eq(guest_create("/etc/x"), -EROFS);
}
END_TEST

START_TEST(merged_usr_links_are_links)
{
	struct stat host, guest;

	ck_assert_int_eq(build(""), 0);
	ck_assert_int_eq(lstat("/bin", &host), 0);
	ck_assert_int_eq(guest_stat("/bin", &guest), 0);
	ck_assert_uint_eq(host.st_mode & S_IFMT, guest.st_mode & S_IFMT);
}
END_TEST

START_TEST(nothing_else_of_the_host_exists)
{
	struct stat st;

	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(build(""), 0);
	ck_assert_int_eq(guest_stat("/boot", &st), -ENOENT);
	ck_assert_int_eq(guest_stat("/var/lib", &st), -ENOENT);
	ck_assert_int_eq(guest_stat(top, &st), -ENOENT);
}
END_TEST

START_TEST(fresh_places_can_be_written)
{
	ck_assert_int_eq(build(""), 0);
	ck_assert_uint_eq(guest_mode("/tmp"), S_IFDIR | 01777);
	ck_assert_uint_eq(guest_mode("/dev/shm"), S_IFDIR | 01777);
	ck_assert_int_eq(guest_create("/tmp/x"), 0);
	ck_assert_int_eq(guest_create("/var/tmp/x"), 0);
	ck_assert_int_eq(guest_create("/run/x"), 0);
}
END_TEST

START_TEST(dev_has_its_nodes_and_links)
{
	ck_assert_int_eq(build(""), 0);
	ck_assert(S_ISCHR(guest_mode("/dev/null")));
	ck_assert(S_ISLNK(guest_mode("/dev/ptmx")));
	ck_assert(S_ISLNK(guest_mode("/dev/stdin")));
	ck_assert(S_ISDIR(guest_mode("/dev/pts")));
}
END_TEST

START_TEST(the_current_directory_is_read_only)
{
	char host[128];

	snprintf(host, sizeof(host), "%s/host", top);
	ck_assert_int_eq(chdir(host), 0);
	ck_assert_int_eq(build(""), 0);
	ck_assert_str_eq(world.cwd_name, host);
	ck_assert_str_eq(guest_read("file"), "host file");
	ck_assert_int_eq(guest_create("new"), -EROFS);
}
END_TEST

START_TEST(the_current_directory_is_writable_with_rw)
{
	char host[128];

	snprintf(host, sizeof(host), "%s/host", top);
	ck_assert_int_eq(chdir(host), 0);
	ck_assert_int_eq(build("--rw"), 0);
	ck_assert_int_eq(guest_create("new"), 0);
	ck_assert_int_eq(access("new", F_OK), 0);
	ck_assert_int_eq(guest_create("../beside"), 0);
	ck_assert_int_lt(access("../beside", F_OK), 0);
}
END_TEST

START_TEST(rw_does_not_make_the_root_writable)
{
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_lt(build("--rw"), 0);
	ck_assert_ptr_nonnull(strstr(said, "--rw does not make / writable"));
}
END_TEST

START_TEST(secrets_of_etc_are_denied)
{
	struct vfs_ctx c;
	struct vfs_at at = {.name = "/etc/shadow"};
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC};
	int fd;

	ck_assert_int_eq(build(""), 0);
	if (access("/etc/shadow", F_OK) < 0)
		return;
	c = ctx();
	ck_assert_int_eq(vfs_open(&c, &at, &how, false, &fd, NULL), -EACCES);
	ck_assert_str_ne(guest_read("/etc/passwd"), "");
}
END_TEST

/* --- operations ----------------------------------------------------------- */

START_TEST(bind_shows_a_directory)
{
	ck_assert_int_eq(build("--empty --bind @/dir /a/b"), 0);
	ck_assert_str_eq(guest_read("/a/b/inner"), "inner");
	ck_assert_int_eq(guest_create("/a/b/new"), 0);
}
END_TEST

START_TEST(ro_bind_cannot_be_written)
{
	ck_assert_int_eq(build("--empty --ro-bind @/dir /a"), 0);
	ck_assert_str_eq(guest_read("/a/inner"), "inner");
	ck_assert_int_eq(guest_create("/a/new"), -EROFS);
}
END_TEST

START_TEST(ro_bind_stays_read_only_under_remount)
{
	struct vfs_ctx c;
	struct vfs_at at = {.name = "/a"};

	ck_assert_int_eq(build("--empty --ro-bind @/dir /a"), 0);
	c = ctx();
	vfs_mount(&c, NULL, &at, NULL, MS_REMOUNT | MS_BIND, NULL);
	ck_assert_int_eq(guest_create("/a/new"), -EROFS);
}
END_TEST

START_TEST(a_file_can_be_bound)
{
	ck_assert_int_eq(build("--empty --ro-bind @/file /x/y"), 0);
	ck_assert_str_eq(guest_read("/x/y"), "host file");
}
END_TEST

START_TEST(a_missing_source_is_said)
{
	ck_assert_int_eq(build("--empty --bind @/none /a"), -ENOENT);
	ck_assert_ptr_nonnull(strstr(said, "--bind "));
	ck_assert_ptr_nonnull(strstr(said, "the host has no"));
}
END_TEST

START_TEST(a_missing_source_is_forgiven_by_try)
{
	struct stat st;

	ck_assert_int_eq(build("--empty --bind-try @/none /a"), 0);
	ck_assert_int_eq(guest_stat("/a", &st), -ENOENT);
}
END_TEST

START_TEST(later_operations_cover_earlier_ones)
{
	struct stat st;

	ck_assert_int_eq(build("--empty --bind @/dir /a --tmpfs /a/sub "
		"--dir /a/sub/d --symlink d /a/sub/l"), 0);
	ck_assert(S_ISDIR(guest_mode("/a/sub/d")));
	ck_assert(S_ISLNK(guest_mode("/a/sub/l")));
	ck_assert_str_eq(guest_read("/a/inner"), "inner");
	ck_assert_int_eq(guest_stat("/a/sub/none", &st), -ENOENT);
}
END_TEST

START_TEST(modes_are_those_asked_for)
{
	ck_assert_int_eq(build("--empty --perms 0700 --dir /d "
		"--perms 1770 --tmpfs /t --dir /e --chmod 0711 /e"), 0);
	ck_assert_uint_eq(guest_mode("/d"), S_IFDIR | 0700);
	ck_assert_uint_eq(guest_mode("/t"), S_IFDIR | 01770);
	ck_assert_uint_eq(guest_mode("/e"), S_IFDIR | 0711);
}
END_TEST

START_TEST(files_hold_what_a_descriptor_held)
{
	int fd = memfd_create("content", 0);
	char line[128];

	ck_assert_int_eq(write(fd, "content", 7), 7);
	lseek(fd, 0, SEEK_SET);
	snprintf(line, sizeof(line), "--empty --perms 0640 --file %d /a/f",
		fd);
	ck_assert_int_eq(build(line), 0);
	ck_assert_str_eq(guest_read("/a/f"), "content");
	ck_assert_uint_eq(guest_mode("/a/f"), S_IFREG | 0640);
	close(fd);
}
END_TEST

START_TEST(data_can_be_bound_read_only)
{
	int fd = memfd_create("content", 0);
	char line[128];

	ck_assert_int_eq(write(fd, "data", 4), 4);
	lseek(fd, 0, SEEK_SET);
	snprintf(line, sizeof(line), "--empty --ro-bind-data %d /f", fd);
	ck_assert_int_eq(build(line), 0);
	ck_assert_str_eq(guest_read("/f"), "data");
	ck_assert_int_eq(guest_create("/f"), -EROFS);
	close(fd);
}
END_TEST

START_TEST(remount_ro_takes_one_mount)
{
	ck_assert_int_eq(build("--empty --tmpfs /a --tmpfs /a/b "
		"--remount-ro /a"), 0);
	ck_assert_int_eq(guest_create("/a/x"), -EROFS);
	ck_assert_int_eq(guest_create("/a/b/x"), 0);
}
END_TEST

START_TEST(the_same_link_twice_is_no_error)
{
	ck_assert_int_eq(build("--empty --symlink a /l --symlink a /l"), 0);
	world_fini(&world);
	ck_assert_int_eq(build("--empty --symlink b /m --symlink c /m"),
		-EEXIST);
}
END_TEST

START_TEST(no_mount_point_can_be_made_in_a_read_only_place)
{
	ck_assert_int_eq(build("--empty --ro-bind @/dir /a --tmpfs /a/new"),
		-EROFS);
	ck_assert_ptr_nonnull(strstr(said, "does not exist in the sandbox"));
}
END_TEST

START_TEST(the_hosts_proc_is_replaced)
{
	struct stat st;

	ck_assert_int_eq(build("--empty --ro-bind /proc /proc"), 0);
	ck_assert_int_eq(guest_stat("/proc/1", &st), -ENOENT);
	world_fini(&world);
	ck_assert_int_eq(build("--empty --ro-bind /proc/sys /s"), -EPERM);
	ck_assert_ptr_nonnull(strstr(said, "Use --proc"));
}
END_TEST

START_TEST(the_root_can_be_covered)
{
	ck_assert_int_eq(build("--bind @ / --tmpfs /dir --dir /dir/d"), 0);
	ck_assert_str_eq(guest_read("/file"), "host file");
	ck_assert(S_ISDIR(guest_mode("/dir/d")));
}
END_TEST

START_TEST(binding_the_root_replaces_proc_and_sys)
{
	struct stat st;

	ck_assert_int_eq(build("--empty --ro-bind / /host"), 0);
	ck_assert_int_eq(guest_stat("/host/proc/1", &st), -ENOENT);
	ck_assert_int_eq(guest_stat("/host/sys/kernel", &st), -ENOENT);
	ck_assert_int_eq(guest_stat("/host/usr/bin", &st), 0);
}
END_TEST

/* A mount namespace of our own, in which mount(2) is allowed. */
static bool
may_mount(void)
{
	return (!unshare(CLONE_NEWNS) ||
		!unshare(CLONE_NEWUSER | CLONE_NEWNS)) &&
		!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

START_TEST(mounts_of_the_host_become_mounts)
{
	char dir[128], file[128], inner[128];
	struct vfs_ctx c;
	struct vfs_at at = {.name = "/a/dir/inner"};
	char *table;
	size_t len;

	if (!may_mount())
		return;
	snprintf(dir, sizeof(dir), "%s/host/dir/sub", top);
	snprintf(file, sizeof(file), "%s/host/file", top);
	snprintf(inner, sizeof(inner), "%s/host/dir/inner", top);
	ck_assert_int_eq(mount("t", dir, "tmpfs", 0, NULL), 0);
	ck_assert_int_eq(mount(file, inner, NULL, MS_BIND, NULL), 0);
	host_dir("host/dir/sub/x");
	ck_assert_int_eq(build("--empty --bind @ /a"), 0);
	ck_assert_str_eq(guest_read("/a/dir/inner"), "host file");
	ck_assert(S_ISDIR(guest_mode("/a/dir/sub/x")));
	c = ctx();
	ck_assert_int_eq(vfs_mount_table(&c, TABLE_MOUNTINFO, &table, &len), 0);
	ck_assert_ptr_nonnull(strstr(table, " /a/dir/sub "));
	ck_assert_ptr_nonnull(strstr(table, " /a/dir/inner "));
	free(table);

	/* What is under them is empty, and never the host's mount. */
	ck_assert_int_eq(vfs_umount(&c, &at, MNT_DETACH), 0);
	ck_assert_int_eq(guest_create("/a/dir/inner"), -EACCES);
	at.name = "/a/dir/sub";
	ck_assert_int_eq(vfs_umount(&c, &at, MNT_DETACH), 0);
	ck_assert(S_ISDIR(guest_mode("/a/dir/sub")));
	ck_assert_int_eq(guest_stat("/a/dir/sub/x", &(struct stat){0}),
		-EACCES);
	umount2(dir, MNT_DETACH);
	umount2(inner, MNT_DETACH);
}
END_TEST

START_TEST(chdir_is_obeyed)
{
	ck_assert_int_eq(build("--empty --dir /a/b --chdir /a/b"), 0);
	ck_assert_str_eq(world.cwd_name, "/a/b");
	world_fini(&world);
	ck_assert_int_eq(build("--empty --chdir /none"), -ENOENT);
	ck_assert_ptr_nonnull(strstr(said, "--chdir /none"));
}
END_TEST

START_TEST(without_the_current_directory_it_starts_elsewhere)
{
	ck_assert_int_eq(chdir(top), 0);
	ck_assert_int_eq(build("--empty"), 0);
	ck_assert_str_eq(world.cwd_name, "/");
}
END_TEST

START_TEST(a_directory_can_be_the_root)
{
	host_dir("host/proc");
	host_dir("host/tmp");
	ck_assert_int_eq(build("-r @"), 0);
	ck_assert_str_eq(guest_read("/file"), "host file");
	ck_assert_int_eq(guest_create("/new"), -EROFS);
	ck_assert_int_eq(guest_create("/tmp/x"), 0);
	ck_assert_int_eq(guest_create("/../new"), -EROFS);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("world");
	TCase *base = tcase_create("base");
	TCase *ops = tcase_create("operations");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(base, setup, teardown);
	tcase_add_test(base, system_directories_are_read_only);
	tcase_add_test(base, merged_usr_links_are_links);
	tcase_add_test(base, nothing_else_of_the_host_exists);
	tcase_add_test(base, fresh_places_can_be_written);
	tcase_add_test(base, dev_has_its_nodes_and_links);
	tcase_add_test(base, the_current_directory_is_read_only);
	tcase_add_test(base, the_current_directory_is_writable_with_rw);
	tcase_add_test(base, rw_does_not_make_the_root_writable);
	tcase_add_test(base, secrets_of_etc_are_denied);
	suite_add_tcase(s, base);
	tcase_add_checked_fixture(ops, setup, teardown);
	tcase_add_test(ops, bind_shows_a_directory);
	tcase_add_test(ops, ro_bind_cannot_be_written);
	tcase_add_test(ops, ro_bind_stays_read_only_under_remount);
	tcase_add_test(ops, a_file_can_be_bound);
	tcase_add_test(ops, a_missing_source_is_said);
	tcase_add_test(ops, a_missing_source_is_forgiven_by_try);
	tcase_add_test(ops, later_operations_cover_earlier_ones);
	tcase_add_test(ops, modes_are_those_asked_for);
	tcase_add_test(ops, files_hold_what_a_descriptor_held);
	tcase_add_test(ops, data_can_be_bound_read_only);
	tcase_add_test(ops, remount_ro_takes_one_mount);
	tcase_add_test(ops, the_same_link_twice_is_no_error);
	tcase_add_test(ops, no_mount_point_can_be_made_in_a_read_only_place);
	tcase_add_test(ops, the_hosts_proc_is_replaced);
	tcase_add_test(ops, the_root_can_be_covered);
	tcase_add_test(ops, binding_the_root_replaces_proc_and_sys);
	tcase_add_test(ops, mounts_of_the_host_become_mounts);
	tcase_add_test(ops, chdir_is_obeyed);
	tcase_add_test(ops, without_the_current_directory_it_starts_elsewhere);
	tcase_add_test(ops, a_directory_can_be_the_root);
	suite_add_tcase(s, ops);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
