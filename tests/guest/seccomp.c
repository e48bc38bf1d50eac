/* SPDX-License-Identifier: Apache-2.0 */
/* PLACES: host */
/* Filters that a program installs, and what is executed under them. */
#include "tests/lib/guest.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

#define LOAD_NR BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)
#define RET(v) BPF_STMT(BPF_RET | BPF_K, (v))

static long
install(const struct sock_filter *f, size_t n, unsigned int flags)
{
	struct sock_fprog prog = { (unsigned short)n,
				   (struct sock_filter *)(uintptr_t)f };

	if (flags == ~0u)
		return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}

int
guest_child(int argc, char **argv)
{
	char name[17] = "";
	struct utsname u;

	say("%s runs, %d arguments", argv[0], argc);
	if (argc > 1) {
		prctl(PR_GET_NAME, name);
		say("its name: %s", strcmp(name, "seccomp") ? name : "right");
		R(uname(&u));
	}
	return 3;
}

/* All that a C program of ours does from exec to exit, or the default. */
static void
allow_list(unsigned int otherwise)
{
	static const int nrs[] = {
		SYS_execve, SYS_exit_group, SYS_read, SYS_write, SYS_close,
		SYS_brk, SYS_mmap, SYS_munmap, SYS_mprotect, SYS_openat,
		SYS_newfstatat, SYS_fstat, SYS_pread64, SYS_faccessat,
		SYS_set_tid_address, SYS_set_robust_list, SYS_rseq,
		SYS_prlimit64, SYS_getrandom, SYS_rt_sigaction, SYS_getpid,
		SYS_rt_sigprocmask, SYS_gettid, SYS_tgkill, SYS_lseek,
		SYS_readlinkat, SYS_futex, SYS_ioctl,
		/* Where there are no notifications descriptors come by these. */
		SYS_recvmsg, SYS_socketpair, SYS_dup3, SYS_fcntl, SYS_accept4,
		/* ... and no pidfd_getfd(). */
		SYS_socket, SYS_bind, SYS_getsockname, SYS_listen, SYS_sendmsg,
#ifdef SYS_arch_prctl
		SYS_arch_prctl, SYS_access, SYS_open, SYS_readlink,
#endif
	};
	struct sock_filter f[96];
	size_t n = 0;

	f[n++] = (struct sock_filter)LOAD_NR;
	for (size_t i = 0; i < sizeof(nrs) / sizeof(nrs[0]); i++) {
		f[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)nrs[i], 0, 1);
		f[n++] = (struct sock_filter)RET(SECCOMP_RET_ALLOW);
	}
	f[n++] = (struct sock_filter)RET(otherwise);
	MUST(install(f, n, 0));
}

static void
execute_under(unsigned int otherwise, const char *how)
{
	char *argv[] = { (char *)(uintptr_t)self(), (char *)"+child", NULL };
	char *envp[] = { NULL };
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		allow_list(otherwise);
		execve(self(), argv, envp);
		_exit(9);
	}
	say_status(how, pid);
}

static void
an_allow_list_lets_programs_be_executed(void)
{
	execute_under(SECCOMP_RET_KILL_PROCESS, "or killed");
	execute_under(SECCOMP_RET_ERRNO | EPERM, "or EPERM");
	execute_under(SECCOMP_RET_ERRNO | ENOSYS, "or ENOSYS");
	execute_under(SECCOMP_RET_TRAP, "or trapped");
}

static void
what_is_forbidden_stays_so(void)
{
	const struct sock_filter f[] = {
		LOAD_NR,
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 0, 1),
		RET(SECCOMP_RET_ERRNO | EXDEV),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdirat, 0, 1),
		RET(SECCOMP_RET_ERRNO | EDOM),
		RET(SECCOMP_RET_ALLOW),
	};
	char *argv[] = { (char *)(uintptr_t)self(), (char *)"+child",
			 (char *)"x", NULL };
	struct utsname u;
	pid_t pid;

	R(install(f, sizeof(f) / sizeof(f[0]), ~0u));
	R(uname(&u));
	R(syscall(SYS_mkdirat, AT_FDCWD, "d", 0755));
	R(access("d", F_OK));
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execv(self(), argv);
		_exit(9);
	}
	say_status("program", pid);
}

static void
programs_are_checked(void)
{
	static struct sock_filter f[4097];
	struct sock_filter bad = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 3);

	for (size_t i = 0; i < 4097; i++)
		f[i] = (struct sock_filter)RET(SECCOMP_RET_ALLOW);
	R(install(f, 1, 0));
	R(install(f, 4096, 0));
	R(install(f, 4097, 0));
	R(install(f, 0, 0));
	R(install(&bad, 1, 0));
	R(install(hole(), 1, 0));
	R(install(f, 1, 0x8000));
	R(install(f, 1, SECCOMP_FILTER_FLAG_TSYNC));
	R(install(f, 1, SECCOMP_FILTER_FLAG_LOG));
	R(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, hole()));
	/* What its program finds in the registers of the filter machine. */
	f[0] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
	f[1] = (struct sock_filter)RET(SECCOMP_RET_ERRNO | EDOM);
	f[2] = (struct sock_filter)RET(SECCOMP_RET_ALLOW);
	R(install(f, 3, 0));
	R(getppid() > 0);
}

static void
the_strict_mode_kills(void)
{
	pid_t pid;
	int status;

	if (prctl(PR_GET_SECCOMP) != 0)
		cannot("there is a filter around this already");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
		write(1, "still writes\n", 13);
		syscall(SYS_getppid);
		_exit(0);
	}
	/* How it is killed is told apart: a filter's work is SIGSYS. */
	waitpid(pid, &status, 0);
	say("killed %d", WIFSIGNALED(status));
	R(prctl(PR_GET_SECCOMP));
}

GUEST_MAIN(
	CASE(an_allow_list_lets_programs_be_executed),
	CASE(what_is_forbidden_stays_so),
	CASE(programs_are_checked),
	CASE(the_strict_mode_kills),
)
