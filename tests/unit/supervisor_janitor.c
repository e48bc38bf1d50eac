/* SPDX-License-Identifier: Apache-2.0 */
/* supervisor/janitor.c and rmtree.c: what is left when we are killed. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/janitor.h"
#include "supervisor/rmtree.h"

static char top[64];
static int parent;

static void
setup(void)
{
	strcpy(top, "/tmp/belljar-janitor.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	parent = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(parent, 0);
}

static void
teardown(void)
{
	close(parent);
	ck_assert_msg(rmdir(top) == 0, "%s: %s", top, strerror(errno));
}

/* A tree with files, links, unreadable directories and depth. */
static int
make_tree(const char *name)
{
	int dir = parent, fd;

	mkdirat(parent, name, 0700);
	dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(dir, 0);
	close(openat(dir, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0000));
	ck_assert_int_eq(symlinkat("/", dir, "root"), 0);
	ck_assert_int_eq(mknodat(dir, "fifo", S_IFIFO | 0600, 0), 0);
	mkdirat(dir, "locked", 0700);
	mkdirat(dir, "locked/in", 0700);
	mkdirat(dir, "locked/in/deeper", 0700);
	ck_assert_int_eq(fchmodat(dir, "locked/in", 0, 0), 0);
	ck_assert_int_eq(fchmodat(dir, "locked", 0, 0), 0);
	mkdirat(dir, "up.0", 0700);
	mkdirat(dir, "up.0/x", 0700);
	fd = dup(dir);
	for (int i = 0; i < 3000; i++) {
		int next;

		ck_assert_int_eq(mkdirat(fd, "d", 0700), 0);
		close(openat(fd, "f", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ck_assert_int_ge(next, 0);
		close(fd);
		fd = next;
	}
	close(fd);
	return dir;
}

static bool
exists(const char *name)
{
	return faccessat(parent, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

START_TEST(rmtree_removes_any_tree)
{
	struct stat st;

	close(make_tree("t"));
	ck_assert_int_eq(fstatat(parent, "t", &st, 0), 0);
	ck_assert_int_eq(rmtree_at(parent, "t", &st), 0);
	ck_assert(!exists("t"));
	ck_assert_int_eq(rmtree_at(parent, "t", &st), 0);
}
END_TEST

START_TEST(rmtree_removes_nothing_but_what_it_was_told)
{
	struct stat st;

	ck_assert_int_eq(mkdirat(parent, "a", 0700), 0);
	ck_assert_int_eq(fstatat(parent, "a", &st, 0), 0);
	ck_assert_int_eq(mkdirat(parent, "b", 0700), 0);
	ck_assert_int_eq(rmtree_at(parent, "b", &st), -ESTALE);
	ck_assert_int_eq(symlinkat("a", parent, "l"), 0);
	ck_assert_int_lt(rmtree_at(parent, "l", NULL), 0);
	ck_assert(exists("a") && exists("b"));
	ck_assert_int_eq(unlinkat(parent, "l", 0), 0);
	ck_assert_int_eq(rmtree_at(parent, "a", NULL), 0);
	ck_assert_int_eq(rmtree_at(parent, "b", NULL), 0);
}
END_TEST

START_TEST(finishing_removes_the_directory)
{
	struct janitor *j;
	struct stat st;
	int dir;

	ck_assert_int_eq(janitor_start(parent, "scratch", &j), 0);
	dir = make_tree("scratch");
	ck_assert_int_eq(fstat(dir, &st), 0);
	ck_assert_int_eq(janitor_armed(j, &st), 0);
	janitor_finish(j);
	ck_assert(!exists("scratch"));
	close(dir);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

START_TEST(another_directory_of_the_name_is_left_alone)
{
	struct janitor *j;
	struct stat st;

	ck_assert_int_eq(janitor_start(parent, "scratch", &j), 0);
	ck_assert_int_eq(mkdirat(parent, "scratch", 0700), 0);
	ck_assert_int_eq(fstatat(parent, "scratch", &st, 0), 0);
	ck_assert_int_eq(janitor_armed(j, &st), 0);
	ck_assert_int_eq(renameat(parent, "scratch", parent, "away"), 0);
	ck_assert_int_eq(mkdirat(parent, "scratch", 0700), 0);
	janitor_finish(j);
	ck_assert(exists("scratch") && exists("away"));
	unlinkat(parent, "scratch", AT_REMOVEDIR);
	unlinkat(parent, "away", AT_REMOVEDIR);
}
END_TEST

START_TEST(unarmed_it_removes_an_empty_directory_at_most)
{
	struct janitor *j;

	ck_assert_int_eq(janitor_start(parent, "scratch", &j), 0);
	ck_assert_int_eq(mkdirat(parent, "scratch", 0700), 0);
	ck_assert_int_eq(mkdirat(parent, "scratch/x", 0700), 0);
	janitor_finish(j);
	ck_assert(exists("scratch/x"));
	ck_assert_int_eq(rmtree_at(parent, "scratch", NULL), 0);
	ck_assert_int_eq(janitor_start(parent, "scratch", &j), 0);
	ck_assert_int_eq(mkdirat(parent, "scratch", 0700), 0);
	janitor_finish(j);
	ck_assert(!exists("scratch"));
}
END_TEST

/*
 * A supervisor in a child, which tells its janitor's pid by dying.  `witness`
 * is inherited: the janitor must not keep it.
 */
static pid_t
supervise(const char *name, int ready)
{
	pid_t pid = fork();
	struct janitor *j;
	struct stat st;

	if (pid)
		return pid;
	signal(SIGTERM, SIG_DFL);	/* not the test runner's */
	setpgid(0, 0);
	if (janitor_start(parent, name, &j))
		_exit(1);
	make_tree(name);
	if (fstatat(parent, name, &st, 0) < 0 || janitor_armed(j, &st))
		_exit(2);
	if (write(ready, "r", 1) != 1)
		_exit(3);
	for (;;)
		pause();
}

START_TEST(killing_the_supervisor_leaves_nothing)
{
	int p[2], status;
	pid_t pid;
	char c;

	/* The orphaned janitor becomes our child, so that we can wait. */
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	pid = supervise("scratch", p[1]);
	ck_assert_int_gt(pid, 0);
	close(p[1]);
	ck_assert_int_eq(read(p[0], &c, 1), 1);
	/* The terminal's signals go to the group; the janitor is not in it. */
	kill(-pid, _i == 0 ? SIGKILL : SIGTERM);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	/* Nobody but the dead supervisor had the pipe's other end. */
	ck_assert_int_eq(read(p[0], &c, 1), 0);
	close(p[0]);
	ck_assert_int_gt(waitpid(-1, &status, 0), 0);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert(!exists("scratch"));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("janitor");
	TCase *t = tcase_create("janitor");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, rmtree_removes_any_tree);
	tcase_add_test(t, rmtree_removes_nothing_but_what_it_was_told);
	tcase_add_test(t, finishing_removes_the_directory);
	tcase_add_test(t, another_directory_of_the_name_is_left_alone);
	tcase_add_test(t, unarmed_it_removes_an_empty_directory_at_most);
	tcase_add_loop_test(t, killing_the_supervisor_leaves_nothing, 0, 2);
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
