/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor/probe.c and its attempts, on this host and under filters that a
 * container might put around us. Each test runs in a child of its own.
 */
#include <check.h>
#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/probe.h"
#include "supervisor/probe_report.h"
#include "supervisor/probe_try.h"
#include "supervisor/sandbox.h"

static struct probe probe;
static struct host host;

/* What `action` does to a call from now on. */
static void
outer_filter(uint32_t action, const int *calls, size_t nr)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	size_t i;

	ck_assert_ptr_nonnull(f);
	for (i = 0; i < nr; i++)
		ck_assert_int_eq(seccomp_rule_add(f, action, calls[i], 0), 0);
	ck_assert_int_eq(seccomp_load(f), 0);
	seccomp_release(f);
}

static void
refuse(int call)
{
	outer_filter(SCMP_ACT_ERRNO(EPERM), &call, 1);
}

START_TEST(what_cannot_be_missing_is_found)
{
	ck_assert_int_eq(probe_all(&probe), 0);
	ck_assert(probe_has(&probe, FEATURE_SECCOMP));
	ck_assert(probe_has(&probe, FEATURE_PTRACE));
	ck_assert(probe_has(&probe, FEATURE_OPENAT2));
}
END_TEST

START_TEST(quick_and_thorough_agree)
{
	ck_assert_int_eq(probe_all(&probe), 0);
	ck_assert_int_eq(probe_quick(&host, 0), 0);
	ck_assert_int_eq(host.notify, probe_has(&probe, FEATURE_NOTIFY));
	ck_assert_int_eq(host.addfd_send,
		probe_has(&probe, FEATURE_ADDFD_SEND));
	ck_assert_int_eq(host.wait_killable,
		probe_has(&probe, FEATURE_WAIT_KILLABLE));
	ck_assert_int_eq(host.sync_wake_up,
		probe_has(&probe, FEATURE_SYNC_WAKE_UP));
	ck_assert_int_eq(host.userns, probe_has(&probe, FEATURE_USERNS));
	ck_assert_int_eq(host.trace_sure,
		probe_has(&probe, FEATURE_TRACE_ROUTE));
	ck_assert_int_eq(!host.mount_by_trap,
		probe_has(&probe, FEATURE_MOUNT_TRACE));
}
END_TEST

static const int family[] = {
	SYS_mount, SYS_umount2, SYS_pivot_root, SYS_unshare, SYS_setns,
	SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_mount_setattr,
};

START_TEST(an_outer_filter_on_one_mount_call_is_found)
{
	refuse(family[_i]);
	ck_assert_int_eq(probe_quick(&host, 0), 0);
	ck_assert(host.mount_by_trap);
	ck_assert_int_eq(probe_all(&probe), 0);
	ck_assert(!probe_has(&probe, FEATURE_MOUNT_TRACE));
}
END_TEST

START_TEST(an_outer_listener_leaves_the_ptrace_backend)
{
	int call = SYS_getpgid;

	outer_filter(SCMP_ACT_NOTIFY, &call, 1);
	ck_assert_int_eq(probe_quick(&host, 0), 0);
	ck_assert(!host.notify);
	ck_assert(!host.trace_sure);
	ck_assert_int_eq(probe_all(&probe), 0);
	ck_assert_int_eq(probe.found[1].err, -EBUSY);
	ck_assert(!probe_has(&probe, FEATURE_TRACE_ROUTE));
	ck_assert(probe_has(&probe, FEATURE_SECCOMP));
}
END_TEST

START_TEST(refused_helpers_are_found)
{
	static const int calls[] = {
		SYS_pidfd_getfd, SYS_process_vm_readv, SYS_process_vm_writev,
	};

	outer_filter(SCMP_ACT_ERRNO(EPERM), calls, 3);
	ck_assert_int_eq(probe_quick(&host, 0), 0);
	ck_assert(!host.pidfd_getfd);
	ck_assert(!host.process_vm);
}
END_TEST

START_TEST(refused_namespaces_are_found)
{
	refuse(SYS_unshare);
	ck_assert_int_eq(try_userns(), -EPERM);
	ck_assert_int_eq(probe_quick(&host, 0), 0);
	ck_assert(!host.userns);
}
END_TEST

/* In a child that skips atexit: the leak checker is a tracer itself. */
START_TEST(refused_ptrace_is_found)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		refuse(SYS_ptrace);
		_exit(-try_ptrace());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), EPERM);
}
END_TEST

START_TEST(a_required_feature_that_is_missing_is_an_error)
{
	refuse(SYS_landlock_create_ruleset);
	ck_assert_int_eq(probe_quick(&host, 0), 0);
	ck_assert_int_eq(host.landlock_abi, 0);
	ck_assert_int_eq(probe_quick(&host, FEATURE_LANDLOCK), -EOPNOTSUPP);
}
END_TEST

START_TEST(no_openat2_no_sandbox)
{
	refuse(SYS_openat2);
	ck_assert_int_eq(probe_quick(&host, 0), -EOPNOTSUPP);
}
END_TEST

START_TEST(a_probe_leaves_the_process_as_it_was)
{
	int before = dup(0), after;
	uid_t uid = geteuid();

	close(before);
	ck_assert_int_eq(probe_all(&probe), 0);
	ck_assert_int_eq(probe_quick(&host, 0), 0);
	after = dup(0);
	close(after);
	ck_assert_int_eq(before, after);
	ck_assert_uint_eq(geteuid(), uid);
	ck_assert_int_ne(getppid(), -1);
	ck_assert_int_eq(access("/", F_OK), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("probe");
	TCase *tc = tcase_create("probe");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, what_cannot_be_missing_is_found);
	tcase_add_test(tc, quick_and_thorough_agree);
	tcase_add_loop_test(tc, an_outer_filter_on_one_mount_call_is_found, 0,
		sizeof(family) / sizeof(family[0]));
	tcase_add_test(tc, an_outer_listener_leaves_the_ptrace_backend);
	tcase_add_test(tc, refused_helpers_are_found);
	tcase_add_test(tc, refused_namespaces_are_found);
	tcase_add_test(tc, refused_ptrace_is_found);
	tcase_add_test(tc, a_required_feature_that_is_missing_is_an_error);
	tcase_add_test(tc, no_openat2_no_sandbox);
	tcase_add_test(tc, a_probe_leaves_the_process_as_it_was);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
