/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener PROGRAM [ARGS]: run a program as a container would whose engine
 * listens: nearly every call is first passed to a process outside, which lets
 * the kernel go on with it.  Such a filter outranks tracer stops, and takes
 * the only listener that there can be.
 * Needs no privilege (sets no_new_privs).
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* Too frequent, or never to return. */
static const unsigned int own[] = {
	SYS_read, SYS_write, SYS_close, SYS_mmap, SYS_munmap, SYS_mprotect,
	SYS_brk, SYS_exit, SYS_exit_group, SYS_rt_sigreturn, SYS_futex,
	SYS_ioctl, SYS_ptrace, SYS_waitid, SYS_wait4,
};

#define NR_OWN (sizeof(own) / sizeof(own[0]))

static int
install(void)
{
	struct sock_filter code[2 * NR_OWN + 2];
	struct sock_fprog prog = { .filter = code };
	const unsigned int flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	int fd;

	code[prog.len++] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < NR_OWN; i++) {
		code[prog.len++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, own[i], 0, 1);
		code[prog.len++] = (struct sock_filter)BPF_STMT(
			BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	code[prog.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
		SECCOMP_RET_USER_NOTIF);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags |
			  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &prog);
	return fd >= 0 ? fd : (int)syscall(SYS_seccomp,
				SECCOMP_SET_MODE_FILTER, flags, &prog);
}

/* Until nobody is left who could call. */
static void
let_all_go_on(int listener)
{
	for (;;) {
		struct seccomp_notif_resp resp = {
			.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
		};
		struct seccomp_notif req;

		memset(&req, 0, sizeof(req));
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &req) < 0) {
			struct pollfd p = { .fd = listener };

			if (poll(&p, 1, 0) > 0 && (p.revents & POLLHUP))
				return;
			continue;
		}
		resp.id = req.id;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);
	}
}

/* It answers from a process of its own, so that this one can be the
 * program: who started us waits for it, and signals it. */
static void
serve(_Atomic int *number)
{
	int listener;

	while ((listener = *number) == 0)
		sched_yield();
	if (listener > 0)
		let_all_go_on(listener - 1);
	_exit(0);
}

int
main(int argc, char **argv)
{
	_Atomic int *number = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long pid;
	int fd;

	if (argc < 2 || number == MAP_FAILED) {
		fprintf(stderr, "usage: listener PROGRAM [ARGS]\n");
		return 125;
	}
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(number);
	}
	fd = pid < 0 ? -1 : install();
	*number = fd < 0 ? -1 : fd + 1;
	if (fd < 0) {
		perror("listener: seccomp");
		return 125;
	}
	/* Ends the sharing of descriptors, but the listener's is closed. */
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
