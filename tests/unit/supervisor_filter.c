/* SPDX-License-Identifier: Apache-2.0 */
/* supervisor/filter.c: every row of the table, in a simulator of the BPF. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/magic.h"
#include "arch/arch.h"
#include "include/uapi.h"
#include "supervisor/filter.h"
#include "supervisor/filter_cond.h"
#include "tests/unit/filter_sim.h"


/* ---- every row ---- */

static const struct filter_config configs[] = {
	{ .own_user = false },
	{ .empty_root = true },
	{ .emulate_ids = true },
	{ .share_net = true },
	{ .emulate_uname = true },
	{ .dev_ioctl = true },
	{ .mount_by_trap = true },
	{ .ptrace_backend = true },
	{ .empty_root = true, .emulate_ids = true,
	  .share_net = true,
	  .emulate_uname = true, .dev_ioctl = true, .mount_by_trap = true,
	  .ptrace_backend = true },
	{ 0 },
};
#define NCONFIGS ((int)(sizeof(configs) / sizeof(configs[0])))

/* Values on both sides of every test in the table. */
static const uint64_t probes[] = {
	0, 1, 2, 3, 8, 16, 22, 35, 59, 0x7f, 0x80, 1024, 0x5400, 0x5412,
	0x6600, 0x8905, 0x8910, 0x8959, 0x895a, 0x1000, 0x10000000, 010000000,
	0x00800000, 0x7fffffff, 0x80000000, 0xffffffff, 0xffffff9c,
	0x100000000, 0x1ffffffff, 0xdead000000000000, 0xdeadbeef00005412,
	UINT64_MAX,
};
#define NPROBES (sizeof(probes) / sizeof(probes[0]))

/* The program decides as the rules do, whatever the arguments. */
START_TEST(every_row_gets_the_route_of_its_rules)
{
	const struct filter_config *cfg = &configs[_i];
	struct sock_fprog prog[2];
	struct filter_conds conds;

	filter_conds_find(cfg, &conds);
	ck_assert_int_eq(filter_build_for(cfg, 0, &prog[0]), 0);
	ck_assert_int_eq(filter_build_for(cfg, 1, &prog[1]), 0);
	for (unsigned int n = 0; n < SC_MAX * NPROBES; n++) {
		enum sc sc = (enum sc)(n / NPROBES);
		uint64_t args[SC_ARGS];
		uint32_t want;

		for (unsigned int i = 0; i < SC_ARGS; i++)
			args[i] = probes[(n * (2 * i + 1) + i * 7) % NPROBES];
		want = action_of(cfg, filter_conds_route(&conds, sc, args));
		for (unsigned int a = 0; a < 2; a++) {
			int nr = sc_row(sc)->nr[a];
			struct verdict v;

			if (nr < 0)
				continue;
			v = verdict_of(&prog[a], audit[a], nr, args);
			if (v.action != want)
				ck_abort_msg("%s: %#x, not %#x", sc_name(sc),
					     v.action, want);
		}
	}
	filter_free(&prog[0]);
	filter_free(&prog[1]);
}
END_TEST

static void
check_enosys(const struct sock_fprog *prog, uint32_t arch, int nr)
{
	uint32_t action = verdict_of(prog, arch, nr, NULL).action;

	if (action != (SECCOMP_RET_ERRNO | ENOSYS))
		ck_abort_msg("%#x of %#x: %#x", nr, arch, action);
}

START_TEST(what_the_table_lacks_is_enosys)
{
	const struct filter_config *cfg = &configs[_i];

	for (unsigned int a = 0; a < 2; a++) {
		bool known[1024] = { false };
		struct sock_fprog prog;

		ck_assert_int_eq(filter_build_for(cfg, a, &prog), 0);
		for (unsigned int i = 0; i < SC_MAX; i++) {
			int nr = sc_row((enum sc)i)->nr[a];

			if (nr >= 0)
				known[nr] = true;
		}
		for (int nr = 0; nr < 5000; nr++) {
			if (nr < 1024 && known[nr])
				continue;
			check_enosys(&prog, audit[a], nr);
		}
		/* x32, and numbers that are negative. */
		for (int nr = 0; nr < 600; nr++) {
			check_enosys(&prog, audit[a], 0x40000000 | nr);
			check_enosys(&prog, audit[a], -1 - nr);
		}
		filter_free(&prog);
	}
}
END_TEST

START_TEST(foreign_architectures_are_enosys)
{
	static const uint32_t foreign[] = {
		AUDIT_ARCH_I386, AUDIT_ARCH_ARM, 0, UINT32_MAX,
	};

	for (unsigned int a = 0; a < 2; a++) {
		struct sock_fprog prog;

		ck_assert_int_eq(filter_build_for(&configs[0], a, &prog), 0);
		for (int nr = 0; nr < 600; nr++) {
			for (unsigned int f = 0; f < 4; f++)
				check_enosys(&prog, foreign[f], nr);
			check_enosys(&prog, audit[1 - a], nr);
		}
		filter_free(&prog);
	}
}
END_TEST

START_TEST(the_magic_call_reaches_the_supervisor)
{
	struct filter_config cfg = configs[0];
	struct sock_fprog prog;

	ck_assert_int_eq(filter_build(&cfg, &prog), 0);
	ck_assert_uint_eq(verdict_of(&prog, ARCH_AUDIT, BELLJAR_MAGIC_NR, NULL).action,
			  SECCOMP_RET_USER_NOTIF);
	filter_free(&prog);
	cfg.ptrace_backend = true;
	ck_assert_int_eq(filter_build(&cfg, &prog), 0);
	ck_assert_uint_eq(verdict_of(&prog, ARCH_AUDIT, BELLJAR_MAGIC_NR, NULL).action,
			  SECCOMP_RET_TRACE | FILTER_DATA);
	filter_free(&prog);
}
END_TEST

/* Only such verdicts does the kernel cache. */
START_TEST(hot_native_calls_look_at_no_argument)
{
	static const enum sc hot[] = {
		SC_read, SC_write, SC_close, SC_pread64, SC_lseek, SC_mmap,
		SC_munmap, SC_brk, SC_futex, SC_epoll_pwait, SC_fstat,
		SC_rt_sigprocmask, SC_rt_sigaction, SC_getpid, SC_gettid,
		SC_recvmsg, SC_recvfrom, SC_getdents64, SC_clock_gettime,
		SC_getuid, SC_sched_yield, SC_ppoll, SC_madvise,
	};

	for (unsigned int a = 0; a < 2; a++) {
		struct sock_fprog prog;

		ck_assert_int_eq(filter_build_for(&configs[0], a, &prog), 0);
		for (unsigned int i = 0; i < sizeof(hot) / sizeof(hot[0]); i++) {
			struct verdict v = verdict_of(&prog, audit[a],
						      sc_row(hot[i])->nr[a],
						      NULL);

			ck_assert_uint_eq(v.action, SECCOMP_RET_ALLOW);
			ck_assert_msg(!v.saw_args, "%s", sc_name(hot[i]));
			ck_assert_uint_le(v.steps, 16);
		}
		filter_free(&prog);
	}
}
END_TEST

/*
 * The allow-list: whatever the arguments, no call that takes a path, and none
 * that names a process, is native in the most careful filter.  Excepted are
 * waits (for own children only) and calls whose pid is tested to be 0.
 */
START_TEST(nothing_native_names_a_file_or_a_process)
{
	struct filter_conds conds;

	filter_conds_find(&configs[0], &conds);
	for (unsigned int i = 0; i < SC_MAX * NPROBES; i++) {
		enum sc sc = (enum sc)(i / NPROBES);
		enum sc_role role[SC_ARGS];
		uint64_t args[SC_ARGS];

		if (sc == SC_wait4 || sc == SC_waitid)
			continue;
		sc_roles(sc, role);
		for (unsigned int r = 0; r < SC_ARGS; r++) {
			args[r] = probes[i % NPROBES];
			if (args[r] == 0 || (role[r] == ROLE_PID &&
					     (uint32_t)args[r] == 0))
				args[r] = 0x100000001;
		}
		if (filter_conds_route(&conds, sc, args) != ROUTE_NATIVE)
			continue;
		for (unsigned int r = 0; r < SC_ARGS; r++) {
			if (role[r] == ROLE_PATH || role[r] == ROLE_DIRFD ||
			    role[r] == ROLE_PID)
				ck_abort_msg("%s", sc_name(sc));
		}
	}
}
END_TEST

/*
 * Some arm64 kernels show the filter the argument 0 that a call had before the
 * tracer rewrote it.  What the tracer makes of a call must therefore run
 * whatever that was (but for socket and socketpair, which it never makes of
 * the stopped call itself).
 */
START_TEST(rewritten_calls_run_whatever_argument_0_was)
{
	static const enum sc made[] = {
		SC_execve, SC_execveat, SC_getpid, SC_close, SC_close_range,
		SC_dup3, SC_mmap, SC_munmap, SC_recvmsg, SC_sendmsg,
		SC_accept4, SC_bind, SC_getsockname, SC_listen, SC_unshare,
	};
	const struct filter_config *cfg = &configs[_i];

	for (unsigned int i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		uint64_t args[SC_ARGS] = { 0 };
		enum sc_route first = filter_route(cfg, made[i], args);

		ck_assert_int_eq(sc_route_errno(first), 0);
		for (unsigned int k = 0; k < NPROBES; k++) {
			args[0] = probes[k];
			ck_assert_msg(filter_route(cfg, made[i], args) == first,
				      "%s", sc_name(made[i]));
		}
	}
}
END_TEST

/* ---- the real thing ---- */

static int
expect(int which, long ret, int err)
{
	if (err == 0)
		return ret >= 0 ? 0 : which;
	return ret == -1 && errno == err ? 0 : which;
}

static int
inside_filter(void)
{
	struct filter_config cfg = { 0 };
	struct sock_fprog prog;
	unsigned int flags = 0;
	int bad;

	if (filter_build(&cfg, &prog) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    filter_install(&prog, &flags))
		return 1;
	if ((bad = expect(2, syscall(__NR_getpid), 0)) ||
	    (bad = expect(3, syscall(__NR_clone3, 0, 0), ENOSYS)) ||
	    (bad = expect(4, syscall(600), ENOSYS)) ||
	    (bad = expect(5, socket(AF_INET, SOCK_STREAM, 0), EACCES)) ||
	    (bad = expect(6, socket(AF_UNIX, SOCK_STREAM, 0), 0)) ||
	    (bad = expect(7, syscall(__NR_bpf, 0, 0, 0), EPERM)) ||
	    (bad = expect(8, ioctl(0, TIOCSTI, "x"), EPERM)) ||
	    (bad = expect(9, syscall(__NR_personality, 0xffffffff), 0)) ||
	    (bad = expect(10, syscall(__NR_personality, 8), EINVAL)) ||
	    /* Neither listener nor tracer: such calls do not happen. */
	    (bad = expect(11, syscall(__NR_openat, AT_FDCWD, "/", 0), ENOSYS)) ||
	    (bad = expect(12, syscall(__NR_execve, "/bin/true", 0, 0), ENOSYS)))
		return bad;
	return 0;
}

static int
run_inside(int (*body)(void))
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(body());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "status %#x", status);
	return WEXITSTATUS(status);
}

START_TEST(the_kernel_takes_it_and_agrees)
{
	ck_assert_int_eq(run_inside(inside_filter), 0);
}
END_TEST

static int
inside_listener(void)
{
	struct filter_config cfg = { 0 };
	struct sock_fprog prog;
	unsigned int flags = FILTER_LISTENER | FILTER_KILLABLE;
	int fd;

	if (filter_build(&cfg, &prog) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return 1;
	fd = filter_install(&prog, &flags);
	if (fd == -EBUSY)
		return 77;	/* this test itself runs under a listener */
	if (fd < 0)
		return 2;
	if (!(flags & FILTER_LISTENER))
		return 3;
	return fcntl(fd, F_GETFD) == FD_CLOEXEC ? 0 : 4;
}

START_TEST(the_listener_is_a_descriptor)
{
	int got = run_inside(inside_listener);

	if (got != 77)
		ck_assert_int_eq(got, 0);
}
END_TEST

static int
inside_no_privs(void)
{
	struct filter_config cfg = { 0 };
	struct sock_fprog prog;
	unsigned int flags = 0;

	if (filter_build(&cfg, &prog))
		return 1;
	if (geteuid() == 0 && setresuid(65534, 65534, 65534))
		return 2;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return 0;	/* nothing to see: it is set already */
	return filter_install(&prog, &flags) == -EACCES ? 0 : 3;
}

START_TEST(without_no_new_privs_it_is_refused)
{
	ck_assert_int_eq(run_inside(inside_no_privs), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("supervisor/filter");
	TCase *tc = tcase_create("filter");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, every_row_gets_the_route_of_its_rules, 0,
			    NCONFIGS);
	tcase_add_loop_test(tc, what_the_table_lacks_is_enosys, 0, NCONFIGS);
	tcase_add_test(tc, foreign_architectures_are_enosys);
	tcase_add_test(tc, the_magic_call_reaches_the_supervisor);
	tcase_add_loop_test(tc, rewritten_calls_run_whatever_argument_0_was, 0,
			    NCONFIGS);
	tcase_add_test(tc, hot_native_calls_look_at_no_argument);
	tcase_add_test(tc, nothing_native_names_a_file_or_a_process);
	tcase_add_test(tc, the_kernel_takes_it_and_agrees);
	tcase_add_test(tc, the_listener_is_a_descriptor);
	tcase_add_test(tc, without_no_new_privs_it_is_refused);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
