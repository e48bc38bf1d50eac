/* SPDX-License-Identifier: Apache-2.0 */
/* arch/<machine>/regs.c and layout.c, on a real traced child. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "arch/arch.h"

#define MARK	0x5ca1ab1e
#define NO_CALL	4001		/* no kernel has it */

/* getpriority(MARK): TRACE or TRAP; NO_CALL: TRACE; the rest runs. */
static void
install_filter(uint32_t action)
{
	struct sock_filter insn[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NO_CALL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_getpriority, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MARK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(insn) / sizeof(insn[0]), insn };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog))
		_exit(99);
}

/* Starts a child that runs body() under the filter, seized and stopped. */
static pid_t
child_start(int (*body)(void), uint32_t action)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		raise(SIGSTOP);
		install_filter(action);
		_exit(body());
	}
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	ck_assert(WIFSTOPPED(status));
	ck_assert_int_eq(ptrace(PTRACE_SEIZE, pid, NULL,
				(void *)(long)(PTRACE_O_TRACESECCOMP |
					       PTRACE_O_EXITKILL)), 0);
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
	return pid;
}

/* Runs on to the next stop with this signal and event. */
static void
child_until(pid_t pid, int sig, int event)
{
	int status;

	for (;;) {
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_msg(WIFSTOPPED(status), "child ended: %#x", status);
		if (WSTOPSIG(status) == sig && status >> 16 == event)
			return;
		ck_assert_int_eq(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	}
}

static int
child_end(pid_t pid)
{
	int status;

	ck_assert_int_eq(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	for (;;) {
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		if (!WIFSTOPPED(status))
			break;
		ck_assert_int_eq(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	}
	ck_assert_msg(WIFEXITED(status), "child ended: %#x", status);
	return WEXITSTATUS(status);
}

static void
child_to_seccomp(pid_t pid, struct arch_regs *r)
{
	child_until(pid, SIGTRAP, PTRACE_EVENT_SECCOMP);
	ck_assert_int_eq(arch_regs_read(pid, r), 0);
}

static int
body_call(void)
{
	long ret = syscall(__NR_getpriority, MARK, 0x1111, 0x2222, 0x3333,
			   0x4444, 0x5555);

	return ret < 0 ? 100 + errno : (int)ret;
}

START_TEST(a_stop_shows_number_arguments_and_place)
{
	struct sysreq rq;
	struct arch_regs r;
	pid_t pid = child_start(body_call, SECCOMP_RET_TRACE);

	child_to_seccomp(pid, &r);
	ck_assert_int_eq(arch_regs_nr(&r), __NR_getpriority);
	ck_assert_uint_eq(arch_regs_arg(&r, 0), MARK);
	for (unsigned int i = 1; i < SC_ARGS; i++)
		ck_assert_uint_eq(arch_regs_arg(&r, i), 0x1111 * i);
	ck_assert_uint_eq(arch_regs_arg(&r, SC_ARGS), 0);
	ck_assert_uint_ne(arch_regs_ip(&r), 0);
	ck_assert_uint_eq(arch_regs_sp(&r) % 8, 0);
	ck_assert_int_eq(arch_decode_regs(&rq, &r), 0);
	ck_assert_int_eq(rq.sc, SC_getpriority);
	ck_assert_uint_eq(rq.arg[1], 0x1111);
	ck_assert_uint_eq(rq.arg[2], 0);
	arch_regs_skip(&r, 0);
	ck_assert_int_eq(arch_regs_write(pid, &r), 0);
	ck_assert_int_eq(child_end(pid), 0);
}
END_TEST

START_TEST(skip_answers_without_the_call)
{
	struct arch_regs r;
	pid_t pid = child_start(body_call, SECCOMP_RET_TRACE);

	child_to_seccomp(pid, &r);
	arch_regs_skip(&r, 42);
	ck_assert_int_eq(arch_regs_write(pid, &r), 0);
	ck_assert_int_eq(child_end(pid), 42);

	pid = child_start(body_call, SECCOMP_RET_TRACE);
	child_to_seccomp(pid, &r);
	arch_regs_skip(&r, -EROFS);
	ck_assert_int_eq(arch_regs_write(pid, &r), 0);
	ck_assert_int_eq(child_end(pid), 100 + EROFS);
}
END_TEST

START_TEST(a_rewritten_call_runs_instead)
{
	struct arch_regs r;
	pid_t pid = child_start(body_call, SECCOMP_RET_TRACE);

	child_to_seccomp(pid, &r);
	arch_regs_set_nr(&r, __NR_dup3);
	arch_regs_set_arg(&r, 0, 0);
	arch_regs_set_arg(&r, 1, 77);
	arch_regs_set_arg(&r, 2, O_CLOEXEC);
	ck_assert_int_eq(arch_regs_write(pid, &r), 0);
	ck_assert_int_eq(child_end(pid), 77);
}
END_TEST

/* The exit stop of the call shows its result, and may change it. */
START_TEST(the_exit_stop_holds_the_result)
{
	struct arch_regs r;
	pid_t pid = child_start(body_call, SECCOMP_RET_TRACE);
	int status;

	child_to_seccomp(pid, &r);
	arch_regs_set_nr(&r, __NR_getpid);
	ck_assert_int_eq(arch_regs_write(pid, &r), 0);
	ck_assert_int_eq(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WSTOPSIG(status), SIGTRAP);
	ck_assert_int_eq(arch_regs_read(pid, &r), 0);
	ck_assert_int_eq(arch_regs_ret(&r), pid);
	ck_assert_int_eq(arch_regs_nr(&r), __NR_getpid);
	arch_regs_set_ret(&r, 33);
	ck_assert_int_eq(arch_regs_write(pid, &r), 0);
	ck_assert_int_eq(child_end(pid), 33);
}
END_TEST

START_TEST(rewind_executes_the_instruction_again)
{
	struct arch_regs r;
	pid_t pid = child_start(body_call, SECCOMP_RET_TRACE);

	child_to_seccomp(pid, &r);
	arch_regs_rewind(&r, NO_CALL);
	ck_assert_int_eq(arch_regs_write(pid, &r), 0);
	ck_assert_int_eq(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	child_to_seccomp(pid, &r);
	ck_assert_int_eq(arch_regs_nr(&r), NO_CALL);
	ck_assert_uint_eq(arch_regs_arg(&r, 0), MARK);
	arch_regs_skip(&r, 21);
	ck_assert_int_eq(arch_regs_write(pid, &r), 0);
	ck_assert_int_eq(child_end(pid), 21);
}
END_TEST

/* From the exit stop too, when argument 0 is set anew. */
START_TEST(rewind_works_after_the_call)
{
	struct arch_regs r;
	pid_t pid = child_start(body_call, SECCOMP_RET_TRACE);
	int status;

	child_to_seccomp(pid, &r);
	arch_regs_set_nr(&r, __NR_getppid);
	ck_assert_int_eq(arch_regs_write(pid, &r), 0);
	ck_assert_int_eq(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(arch_regs_read(pid, &r), 0);
	ck_assert_int_eq(arch_regs_ret(&r), getpid());
	arch_regs_set_arg(&r, 0, MARK);
	arch_regs_rewind(&r, __NR_getpriority);
	ck_assert_int_eq(arch_regs_write(pid, &r), 0);
	ck_assert_int_eq(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	child_to_seccomp(pid, &r);
	ck_assert_int_eq(arch_regs_nr(&r), __NR_getpriority);
	ck_assert_uint_eq(arch_regs_arg(&r, 1), 0x1111);
	arch_regs_skip(&r, 5);
	ck_assert_int_eq(arch_regs_write(pid, &r), 0);
	ck_assert_int_eq(child_end(pid), 5);
}
END_TEST

START_TEST(a_trapped_call_is_decoded_and_answered)
{
	struct sysreq rq;
	struct arch_regs r;
	siginfo_t si;
	pid_t pid = child_start(body_call, SECCOMP_RET_TRAP | 7);

	child_until(pid, SIGSYS, 0);
	ck_assert_int_eq(ptrace(PTRACE_GETSIGINFO, pid, NULL, &si), 0);
	ck_assert_int_eq(si.si_code, 1);
	ck_assert_int_eq(si.si_errno, 7);
	ck_assert_int_eq(arch_regs_read(pid, &r), 0);
	ck_assert_int_eq(arch_decode_trap(&rq, &r, si.si_syscall, si.si_arch), 0);
	ck_assert_int_eq(rq.sc, SC_getpriority);
	ck_assert_uint_eq(rq.raw[0], MARK);
	ck_assert_uint_eq(rq.arg[1], 0x1111);
	arch_regs_skip(&r, 61);
	ck_assert_int_eq(arch_regs_write(pid, &r), 0);
	ck_assert_int_eq(child_end(pid), 61);
}
END_TEST

START_TEST(a_trapped_call_can_be_run_again_as_another)
{
	struct arch_regs r;
	pid_t pid = child_start(body_call, SECCOMP_RET_TRAP);

	child_until(pid, SIGSYS, 0);
	ck_assert_int_eq(arch_regs_read(pid, &r), 0);
	arch_regs_set_arg(&r, 0, 0);
	arch_regs_set_arg(&r, 1, 66);
	arch_regs_set_arg(&r, 2, O_CLOEXEC);
	arch_regs_rewind(&r, __NR_dup3);
	ck_assert_int_eq(arch_regs_write(pid, &r), 0);
	ck_assert_int_eq(child_end(pid), 66);
}
END_TEST

static void
on_usr1(int sig)
{
	(void)sig;
}

/* Blocks in read(); a handler without SA_RESTART would end it with EINTR. */
static int
body_read(void)
{
	struct sigaction sa = { .sa_handler = on_usr1 };
	int fd[2];
	char c = 'x';

	if (sigaction(SIGUSR1, &sa, NULL) || pipe(fd))
		return 98;
	syscall(__NR_getpriority, MARK, fd[1]);
	return read(fd[0], &c, 1) == 1 ? c : 100 + errno;
}

/* Undoes the EINTR in the frame of the handler that is about to start. */
static void
frame_fix(pid_t pid, const struct arch_regs *before)
{
	struct arch_regs r;
	uint64_t sp;
	int status;

	ck_assert_int_eq(ptrace(PTRACE_SINGLESTEP, pid, NULL,
				(void *)(long)SIGUSR1), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WSTOPSIG(status), SIGTRAP);
	ck_assert_int_eq(arch_regs_read(pid, &r), 0);
	sp = arch_regs_sp(&r);
	errno = 0;
	ck_assert_int_eq(ptrace(PTRACE_PEEKDATA, pid,
				(void *)(sp + ARCH_FRAME_RET), NULL), -EINTR);
	ck_assert_int_eq(errno, 0);
	ck_assert_int_eq(ptrace(PTRACE_POKEDATA, pid,
				(void *)(sp + ARCH_FRAME_RET),
				(void *)arch_regs_arg(before, 0)), 0);
	ck_assert_int_eq(ptrace(PTRACE_POKEDATA, pid,
				(void *)(sp + ARCH_FRAME_IP),
				(void *)arch_regs_ip(before)), 0);
	ck_assert_int_eq(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
}

START_TEST(a_forced_restart_hides_the_interruption)
{
	struct arch_regs r;
	enum arch_restart how;
	pid_t pid = child_start(body_read, SECCOMP_RET_TRACE);
	char path[64];
	int status, fd;

	child_to_seccomp(pid, &r);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid,
		 (int)arch_regs_arg(&r, 1));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	arch_regs_skip(&r, 0);
	ck_assert_int_eq(arch_regs_write(pid, &r), 0);
	/* The entry stop of read(): a signal from now on interrupts it. */
	ck_assert_int_eq(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
	do {
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(arch_regs_read(pid, &r), 0);
		if (arch_regs_nr(&r) != __NR_read)
			ck_assert_int_eq(ptrace(PTRACE_SYSCALL, pid, NULL,
						NULL), 0);
	} while (arch_regs_nr(&r) != __NR_read);
	ck_assert_int_eq(kill(pid, SIGUSR1), 0);
	ck_assert_int_eq(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	child_until(pid, SIGUSR1, 0);
	ck_assert_int_eq(arch_regs_read(pid, &r), 0);
	ck_assert_int_eq(arch_regs_restart_nr(&r), __NR_read);
	how = arch_regs_force_restart(&r);
	ck_assert_int_ne(how, RESTART_NONE);
	if (how == RESTART_REGS) {
		ck_assert_int_eq(arch_regs_write(pid, &r), 0);
		ck_assert_int_eq(ptrace(PTRACE_CONT, pid, NULL,
					(void *)(long)SIGUSR1), 0);
	} else {
		frame_fix(pid, &r);
	}
	ck_assert_int_eq(write(fd, "y", 1), 1);
	close(fd);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 'y');
}
END_TEST

START_TEST(the_offsets_of_the_frame_are_right)
{
	struct arch_regs r, at;
	pid_t pid = child_start(body_read, SECCOMP_RET_TRACE);
	int status;

	child_to_seccomp(pid, &r);
	arch_regs_skip(&r, 0);
	ck_assert_int_eq(arch_regs_write(pid, &r), 0);
	ck_assert_int_eq(kill(pid, SIGUSR1), 0);
	ck_assert_int_eq(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	child_until(pid, SIGUSR1, 0);
	ck_assert_int_eq(arch_regs_read(pid, &at), 0);
	ck_assert_int_eq(ptrace(PTRACE_SINGLESTEP, pid, NULL,
				(void *)(long)SIGUSR1), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(arch_regs_read(pid, &r), 0);
	ck_assert_uint_eq((uint64_t)ptrace(PTRACE_PEEKDATA, pid,
			(void *)(arch_regs_sp(&r) + ARCH_FRAME_RET), NULL),
			(uint64_t)arch_regs_ret(&at));
	ck_assert_uint_eq((uint64_t)ptrace(PTRACE_PEEKDATA, pid,
			(void *)(arch_regs_sp(&r) + ARCH_FRAME_IP), NULL),
			arch_regs_ip(&at));
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}
END_TEST

START_TEST(a_thread_that_is_gone_is_an_error)
{
	struct arch_regs r;

	ck_assert_int_eq(arch_regs_read(getpid(), &r), -ESRCH);
}
END_TEST

static int on_data = 1;

START_TEST(the_layout_holds_this_program)
{
	struct arch_layout l;
	uint64_t here = (uint64_t)(uintptr_t)&on_data;

	arch_layout_find(&l);
	ck_assert_uint_eq(l.page_size, (uint64_t)sysconf(_SC_PAGESIZE));
	ck_assert_uint_eq(l.et_dyn_base % l.page_size, 0);
	ck_assert_uint_gt(l.task_size, (uint64_t)(uintptr_t)&l);
	ck_assert_uint_gt(l.task_size, l.et_dyn_base);
	ck_assert_uint_ge(l.rnd_bits, 8);
	ck_assert_uint_le(l.rnd_bits, 33);
	ck_assert_uint_le(l.mmap_min_addr, 1 << 20);
	/* PIE with an interpreter: at the base, plus randomness. */
	if (!getauxval(AT_BASE))
		return;
	ck_assert_uint_ge(here, l.et_dyn_base);
	ck_assert_uint_lt(here - l.et_dyn_base,
			  (l.page_size << l.rnd_bits) + (64 << 20));
}
END_TEST

START_TEST(tags_are_taken_off_addresses)
{
	ck_assert_uint_eq(arch_untag_addr(0x7fff12345678), 0x7fff12345678);
#if defined(__aarch64__)
	ck_assert_uint_eq(arch_untag_addr(0xab007fff12345678), 0x7fff12345678);
#endif
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("arch/regs");
	TCase *tc = tcase_create("regs");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, a_stop_shows_number_arguments_and_place);
	tcase_add_test(tc, skip_answers_without_the_call);
	tcase_add_test(tc, a_rewritten_call_runs_instead);
	tcase_add_test(tc, the_exit_stop_holds_the_result);
	tcase_add_test(tc, rewind_executes_the_instruction_again);
	tcase_add_test(tc, rewind_works_after_the_call);
	tcase_add_test(tc, a_trapped_call_is_decoded_and_answered);
	tcase_add_test(tc, a_trapped_call_can_be_run_again_as_another);
	tcase_add_test(tc, a_forced_restart_hides_the_interruption);
	tcase_add_test(tc, the_offsets_of_the_frame_are_right);
	tcase_add_test(tc, a_thread_that_is_gone_is_an_error);
	tcase_add_test(tc, the_layout_holds_this_program);
	tcase_add_test(tc, tags_are_taken_off_addresses);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
