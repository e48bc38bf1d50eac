/* SPDX-License-Identifier: Apache-2.0 */
/* vfs/fs/hostdir*.c, through the VFS: denied places, where directories are,
 * the host's own mounts, and a host that fails. */
#include <dirent.h>
#include <sched.h>
#include <sys/mount.h>

#include "tests/unit/hostfs_world.h"

/* ------------------------------------------------------------------- deny */

static const char *const denied[] = { "keep/secret", "future" };

START_TEST(a_denied_place_is_refused_in_every_call)
{
	struct stat st;

	world((struct hostfs_export){ .deny = denied, .nr_deny = 2 });
	ck_assert_int_eq(stat_of("/keep/secret", &st), -EACCES);
	ck_assert_int_eq(open_close("/keep/secret", O_RDONLY), -EACCES);
	ck_assert_int_eq(do_unlink("/keep/secret"), -EACCES);
	ck_assert_int_eq(do_rename("/keep/secret", "/s", 0), -EACCES);
	ck_assert_int_eq(do_rename("/file", "/keep/secret", 0), -EACCES);
	ck_assert_int_eq(do_link("/keep/secret", "/s"), -EACCES);
	ck_assert_int_eq(stat_of("/keep/../keep/secret", &st), -EACCES);
	ck_assert_int_eq(do_mkdir("/future"), -EACCES);
	ck_assert_int_eq(open_close("/future", O_CREAT), -EACCES);
	ck_assert_int_eq(stat_of("/future", &st), -EACCES);
	ck_assert_str_eq(contents("/file"), "hello");
	ck_assert_int_eq(open_close("/keep/other", O_CREAT), 0);
}
END_TEST

START_TEST(a_denied_object_stays_denied_under_other_names)
{
	struct stat st;

	ck_assert_int_eq(link(host("x/keep/secret"), host("x/alias")), 0);
	world((struct hostfs_export){ .deny = denied, .nr_deny = 2 });
	ck_assert_int_eq(stat_of("/alias", &st), -EACCES);
	ck_assert_int_eq(do_unlink("/alias"), -EACCES);
	ck_assert_int_eq(do_rename("/keep", "/kept", 0), 0);
	ck_assert_int_eq(stat_of("/kept/secret", &st), -EACCES);
	ck_assert_int_eq(rename(host("x/kept/secret"), host("x/moved")), 0);
	ck_assert_int_eq(stat_of("/moved", &st), -EACCES);
}
END_TEST

START_TEST(a_denied_directory_hides_what_is_below)
{
	static const char *const dirs[] = { "dir" };
	struct stat st;

	world((struct hostfs_export){ .deny = dirs, .nr_deny = 1 });
	ck_assert_int_eq(stat_of("/dir/inner", &st), -EACCES);
	ck_assert_int_eq(stat_of("/link/inner", &st), -EACCES);
	ck_assert_int_eq(stat_of("/dir/../file", &st), -EACCES);
}
END_TEST

START_TEST(what_replaces_a_denied_file_is_denied_too)
{
	struct stat st;

	world((struct hostfs_export){ .deny = denied, .nr_deny = 2 });
	host_file("x/next", "new secret");
	ck_assert_int_eq(rename(host("x/next"), host("x/keep/secret")), 0);
	ck_assert_int_eq(stat_of("/keep/secret", &st), -EACCES);
	ck_assert_int_eq(do_rename("/keep", "/k", 0), 0);
	ck_assert_int_eq(stat_of("/k/secret", &st), -EACCES);
}
END_TEST

/* ------------------------------------------------------------------ places */

static const char *
cwd_text(void)
{
	static char buf[256];
	ssize_t n = vfs_dpath(&ctx, &ctx.cwd, buf, sizeof(buf),
			      DPATH_DELETED_OK);

	snprintf(buf + (n > 0 ? n : 0), 16, "%s", n > 0 ? "" : "error");
	return buf;
}

static void
go(const char *name)
{
	struct vfs_at a = at(name);
	struct path p;

	ck_assert_int_eq(vfs_lookup(&ctx, &a, &p), 0);
	path_put(&ctx.cwd);
	ctx.cwd = p;
}

START_TEST(a_directory_knows_where_it_is_when_the_host_moves_things)
{
	struct stat st;

	world((struct hostfs_export){ 0 });
	go("/dir/sub");
	ck_assert_str_eq(cwd_text(), "/dir/sub");
	ck_assert_int_eq(stat_of("../inner", &st), 0);
	ck_assert_int_eq(rename(host("x/dir"), host("x/moved")), 0);
	ck_assert_str_eq(cwd_text(), "/moved/sub");
	ck_assert_int_eq(stat_of("../inner", &st), 0);
	ck_assert_int_eq(rename(host("x"), host("y")), 0);
	ck_assert_str_eq(cwd_text(), "/moved/sub");
	ck_assert_int_eq(stat_of("../inner", &st), 0);
	ck_assert_int_eq(rename(host("y"), host("x")), 0);
}
END_TEST

START_TEST(a_directory_moved_out_of_the_export_has_no_parent)
{
	struct stat st;

	world((struct hostfs_export){ 0 });
	go("/dir/sub");
	ck_assert_int_eq(rename(host("x/dir/sub"), host("sub")), 0);
	ck_assert_int_eq(stat_of("../outside", &st), -ENOENT);
	ck_assert_int_eq(stat_of("..", &st), -ENOENT);
}
END_TEST

#define DEEP 20

/* Goes that many directories down from /dir, to where no path leads any more
 * that the kernel would tell; their descriptors on the host are in fd. */
static void
go_deep(int fd[DEEP + 1], char name[251])
{
	memset(name, 'n', 250);
	name[250] = '\0';
	fd[0] = open(host("x/dir"), O_PATH | O_DIRECTORY);
	go("/dir");
	for (int i = 1; i <= DEEP; i++) {
		ck_assert_int_eq(mkdirat(fd[i - 1], name, 0755), 0);
		fd[i] = openat(fd[i - 1], name, O_PATH | O_DIRECTORY);
		ck_assert_int_ge(fd[i], 0);
		go(name);
	}
}

/* Names that can be removed. */
static void
shorten(int fd[DEEP + 1], const char *name)
{
	for (int i = 1; i <= DEEP; i++)
		ck_assert_int_eq(renameat(fd[i - 1], name, fd[i - 1], "s"), 0);
	for (int i = 0; i <= DEEP; i++)
		close(fd[i]);
}

START_TEST(a_parent_too_deep_to_be_named_is_found_below_the_root_only)
{
	char name[251];
	struct stat st, parent;
	int fd[DEEP + 1];

	world((struct hostfs_export){ 0 });
	go_deep(fd, name);
	ck_assert_int_eq(fstat(fd[DEEP - 1], &parent), 0);
	ck_assert_int_eq(stat_of("..", &st), 0);
	ck_assert_uint_eq(st.st_ino, parent.st_ino);
	ck_assert_int_eq(stat_of("../..", &st), 0);
	ck_assert_int_eq(rename(host("x/dir"), host("out")), 0);
	ck_assert_int_lt(stat_of("..", &st), 0);
	ck_assert_int_lt(stat_of("../..", &st), 0);
	ck_assert_int_eq(rename(host("out"), host("x/back")), 0);
	ck_assert_int_eq(stat_of("..", &st), 0);
	ck_assert_uint_eq(st.st_ino, parent.st_ino);
	shorten(fd, name);
}
END_TEST

START_TEST(deleted_directories_are_told_from_odd_names)
{
	world((struct hostfs_export){ 0 });
	ck_assert_int_eq(do_mkdir("/odd (deleted)"), 0);
	go("/odd (deleted)");
	ck_assert_str_eq(cwd_text(), "/odd (deleted)");
	go("/dir/sub");
	ck_assert_int_eq(rmdir(host("x/dir/sub")), 0);
	ck_assert_str_eq(cwd_text(), "/dir/sub (deleted)");
}
END_TEST

/* ---------------------------------------------------------- host's mounts */

START_TEST(mounts_of_the_host_below_an_export_are_listed_and_not_entered)
{
	struct hostfs_submount *list;
	char *table;
	struct stat st;
	size_t nr;
	int fd;

	if (unshare(CLONE_NEWNS) < 0)
		return;		/* only where we may mount */
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	world((struct hostfs_export){ 0 });
	ck_assert_int_eq(mount("a b", host("x/dir"), "tmpfs", MS_NOEXEC,
			       "size=4k"), 0);
	ck_assert_int_eq(mkdir(host("x/dir/in"), 0700), 0);
	ck_assert_int_eq(mount("t", host("x/dir/in"), "tmpfs", 0, NULL), 0);
	ck_assert_int_eq(mount("o", host("x/keep"), "tmpfs", 0, NULL), 0);
	ck_assert_int_eq(mount("p", host("x/keep"), "ramfs", MS_RDONLY, NULL),
			 0);
	fd = open(host("x"), O_PATH);
	ck_assert_int_eq(hostfs_mount_table(&table), 0);
	ck_assert_int_eq(hostfs_submounts(fd, table, &list, &nr), 0);
	free(table);
	close(fd);
	ck_assert_uint_eq(nr, 3);
	ck_assert_str_eq(list[0].path, "dir");
	ck_assert_str_eq(list[0].source, "a b");
	ck_assert(list[0].flags & MS_NOEXEC);
	ck_assert_str_eq(list[1].path, "dir/in");
	ck_assert_str_eq(list[2].path, "keep");
	ck_assert_str_eq(list[2].fstype, "ramfs");
	ck_assert(list[2].flags & MS_RDONLY);
	hostfs_submounts_free(list, nr);
	ck_assert_int_eq(stat_of("/dir/in", &st), -EACCES);
	ck_assert_int_eq(stat_of("/dir", &st), -EACCES);
	umount2(host("x/keep"), MNT_DETACH);
	umount2(host("x/keep"), MNT_DETACH);
	umount2(host("x/dir"), MNT_DETACH);
}
END_TEST

START_TEST(a_denied_mount_of_the_host_has_no_stand_in)
{
	static const char *const dirs[] = { "dir" };
	struct hostfs_standin in[] = {
		{ .path = "dir" }, { .path = "dir/sub" }, { .path = "keep" },
	};
	struct stat st;

	if (unshare(CLONE_NEWNS) < 0)
		return;		/* only where we may mount */
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount("a", host("x/dir"), "tmpfs", 0, NULL), 0);
	ck_assert_int_eq(mkdir(host("x/dir/sub"), 0700), 0);
	ck_assert_int_eq(mount("b", host("x/keep"), "tmpfs", 0, NULL), 0);
	for (int i = 0; i < 3; i++) {
		in[i].fd = open(host("empty"), O_PATH);
		if (in[i].fd < 0) {
			ck_assert_int_eq(mkdir(host("empty"), 0700), 0);
			in[i].fd = open(host("empty"), O_PATH);
		}
	}
	world((struct hostfs_export){ .deny = dirs, .nr_deny = 1,
				      .standins = in, .nr_standins = 3 });
	ck_assert_int_eq(stat_of("/keep", &st), 0);
	ck_assert_int_eq(stat_of("/keep/secret", &st), -EACCES);
	ck_assert_int_eq(stat_of("/dir", &st), -EACCES);
	ck_assert_int_eq(stat_of("/dir/sub", &st), -EACCES);
	umount2(host("x/keep"), MNT_DETACH);
	umount2(host("x/dir"), MNT_DETACH);
}
END_TEST

START_TEST(a_directory_kept_open_does_not_outlive_its_name)
{
	world((struct hostfs_export){ 0 });
	for (int i = 0; i < 4; i++)
		ck_assert_str_eq(contents("/dir/inner"), "inner");
	ck_assert_int_eq(do_rename("/dir", "/old", 0), 0);
	ck_assert_int_eq(do_mkdir("/dir"), 0);
	ck_assert_int_eq(mkfifo(host("x/dir/inner"), 0600), 0);
	ck_assert_int_eq(open_close("/dir/inner", O_RDONLY), -EWOULDBLOCK);
	/* Nor where the host itself moves things: looked at after the open. */
	ck_assert_int_eq(rename(host("x/dir"), host("x/f")), 0);
	ck_assert_int_eq(rename(host("x/old"), host("x/dir")), 0);
	for (int i = 0; i < 4; i++)
		ck_assert_str_eq(contents("/dir/inner"), "inner");
	ck_assert_int_eq(rename(host("x/dir"), host("x/old")), 0);
	ck_assert_int_eq(rename(host("x/f"), host("x/dir")), 0);
	ck_assert_int_eq(open_close("/dir/inner", O_RDONLY), -EWOULDBLOCK);
}
END_TEST

/* ------------------------------------------------------------------ faults */

static int
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Several operations; the first error, or 0. */
static int
scenario(void)
{
	struct vfs_at f = at("/link/inner");
	char buf[64];
	struct path p;
	struct stat st;
	int err = stat_of("/link/sub/../inner", &st);

	if (!err)
		err = open_close("/link/inner", O_RDWR);
	if (!err)
		err = open_close("/a", O_CREAT);
	if (!err)
		err = do_rename("/a", "/b", 0);
	if (!err)
		err = do_link("/b", "/dir/c");
	if (!err)
		err = do_unlink("/dir/c");
	if (!err)
		err = do_unlink("/b");
	if (!err)
		err = vfs_chmod(&ctx, &f, 0644);
	if (err || (err = vfs_lookup(&ctx, &(struct vfs_at){
			.name = "/dir/sub" }, &p)))
		return err;
	err = (int)vfs_dpath(&ctx, &p, buf, sizeof(buf), 0);
	path_put(&p);
	return err < 0 ? err : 0;
}

START_TEST(every_host_call_may_fail_and_nothing_leaks)
{
	static const char *const rules[] = { "keep/secret" };
	struct hostfs_export ex = { .deny = rules, .nr_deny = _i ? 1 : 0 };
	unsigned long total;
	int before, err;

	world(ex);
	/* What is learned about directories is learned by now. */
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(scenario(), 0);
	before = count_fds();
	host_fault_arm(1000000, EIO);
	ck_assert_int_eq(scenario(), 0);
	total = host_fault_count();
	ck_assert_uint_gt(total, 20);
	for (unsigned long n = 0; n < total; n++) {
		host_fault_arm(n, EIO);
		err = scenario();
		host_fault_disarm();
		unlink(host("x/a"));
		unlink(host("x/b"));
		unlink(host("x/dir/c"));
		ck_assert_msg(!err || err == -EIO, "call %lu: %d", n, err);
		ck_assert_int_eq(count_fds() > before + 1, 0);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("hostdir");
	TCase *t = tcase_create("hostdir");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_denied_place_is_refused_in_every_call);
	tcase_add_test(t, a_denied_object_stays_denied_under_other_names);
	tcase_add_test(t, a_denied_directory_hides_what_is_below);
	tcase_add_test(t, what_replaces_a_denied_file_is_denied_too);
	tcase_add_test(t,
	    a_directory_knows_where_it_is_when_the_host_moves_things);
	tcase_add_test(t, a_directory_moved_out_of_the_export_has_no_parent);
	tcase_add_test(t,
		a_parent_too_deep_to_be_named_is_found_below_the_root_only);
	tcase_add_test(t, deleted_directories_are_told_from_odd_names);
	tcase_add_test(t,
	    mounts_of_the_host_below_an_export_are_listed_and_not_entered);
	tcase_add_test(t, a_denied_mount_of_the_host_has_no_stand_in);
	tcase_add_test(t, a_directory_kept_open_does_not_outlive_its_name);
	tcase_add_loop_test(t, every_host_call_may_fail_and_nothing_leaks, 0, 2);
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
