/* SPDX-License-Identifier: Apache-2.0 */
/* supervisor/landlock.c: what the domain keeps out, and what it lets be. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/landlock.h"

#define STUB "/bin/true"

static int
run_inside(int (*body)(int abi), bool share_net)
{
	int status, stub;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int abi;

		stub = open("/bin/true", O_PATH | O_CLOEXEC);
		if (stub < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
			_exit(90);
		abi = landlock_restrict(stub, share_net);
		if (abi < 0)
			_exit(91);
		_exit(body(abi));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "status %#x", status);
	return WEXITSTATUS(status);
}

static int
denied(long ret, int err)
{
	return ret == -1 && errno == err;
}

static int
body_files(int abi)
{
	if (abi == 0)
		return 0;
	if (!denied(open("/etc/passwd", O_RDONLY | O_CLOEXEC), EACCES))
		return 1;
	if (!denied(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), EACCES))
		return 2;
	if (!denied(open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), EACCES))
		return 3;
	if (!denied(mkdir("/tmp/belljar-landlock-test", 0700), EACCES))
		return 4;
	if (!denied(execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL), EACCES))
		return 5;
	return 0;
}

START_TEST(files_are_out_of_reach)
{
	ck_assert_int_eq(run_inside(body_files, false), 0);
}
END_TEST

static int
body_stub(int abi)
{
	int fd = open(STUB, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 1;
	if (abi > 0 && !denied(open(STUB, O_WRONLY | O_CLOEXEC), EACCES) &&
	    errno != ETXTBSY)
		return 2;
	return 0;
}

START_TEST(the_stub_alone_can_be_read)
{
	ck_assert_int_eq(run_inside(body_stub, false), 0);
}
END_TEST

static int
body_tcp(int abi)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || abi < 4)
		return 0;
	if (!denied(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), EACCES))
		return 1;
	sin.sin_port = htons(9);
	if (!denied(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), EACCES))
		return 2;
	return 0;
}

START_TEST(tcp_is_out_of_reach)
{
	ck_assert_int_eq(run_inside(body_tcp, false), 0);
}
END_TEST

static int
body_shared_tcp(int abi)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)abi;
	if (fd < 0)
		return 0;
	return bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0 ? 0 : 1;
}

START_TEST(tcp_is_there_when_shared)
{
	ck_assert_int_eq(run_inside(body_shared_tcp, true), 0);
}
END_TEST

static int
body_signal(int abi)
{
	pid_t child;
	int status;

	if (abi >= 6 && !denied(kill(getppid(), 0), EPERM))
		return 1;
	child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	if (kill(child, SIGKILL))
		return 2;
	return waitpid(child, &status, 0) == child ? 0 : 3;
}

START_TEST(signals_stay_inside)
{
	ck_assert_int_eq(run_inside(body_signal, false), 0);
}
END_TEST

START_TEST(the_abi_is_that_of_the_kernel)
{
	int abi = landlock_abi();

	ck_assert_int_ge(abi, 0);
	ck_assert_int_lt(abi, 1000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("supervisor/landlock");
	TCase *tc = tcase_create("landlock");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, the_abi_is_that_of_the_kernel);
	tcase_add_test(tc, files_are_out_of_reach);
	tcase_add_test(tc, the_stub_alone_can_be_read);
	tcase_add_test(tc, tcp_is_out_of_reach);
	tcase_add_test(tc, tcp_is_there_when_shared);
	tcase_add_test(tc, signals_stay_inside);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
