/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor [MILLISECONDS]: the bare round trip of a seccomp notification, in
 * nanoseconds: a supervisor of ten lines that answers one call with a number,
 * one receiver, synchronous wake-up, both on one CPU.  No sandbox that answers
 * calls by notification can be faster.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV 32
#endif

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static int
install(void)
{
	struct sock_filter prog[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog f = { 4, prog };
	int fd;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		     SECCOMP_FILTER_FLAG_NEW_LISTENER |
		     SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &f);
	if (fd < 0)
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			     SECCOMP_FILTER_FLAG_NEW_LISTENER, &f);
	return fd;
}

static void
send_fd(int s, int fd)
{
	char space[CMSG_SPACE(sizeof(int))] = "", byte = 0;
	struct iovec v = { &byte, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
			    .msg_control = space,
			    .msg_controllen = sizeof(space) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (sendmsg(s, &m, 0) < 0)
		_exit(1);
}

static int
receive_fd(int s)
{
	char space[CMSG_SPACE(sizeof(int))] = "", byte;
	struct iovec v = { &byte, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
			    .msg_control = space,
			    .msg_controllen = sizeof(space) };
	struct cmsghdr *c;
	int fd = -1;

	if (recvmsg(s, &m, 0) < 0)
		return -1;
	c = CMSG_FIRSTHDR(&m);
	if (c)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static void
guest(int s, double budget)
{
	double best = 1e18, begin;
	int fd = install();

	if (fd < 0) {
		fprintf(stderr, "floor: seccomp: %s\n", strerror(errno));
		_exit(1);
	}
	send_fd(s, fd);
	close(fd);
	begin = now();
	do {
		double t = now();

		for (int i = 0; i < 1000; i++)
			syscall(SYS_getppid);
		t = (now() - t) / 1000;
		if (t < best)
			best = t;
	} while (now() - begin < budget);
	printf("%.0f\n", best);
	fflush(stdout);
	_exit(0);
}

static void
on_child(int sig)
{
	(void)sig;
}

int
main(int argc, char **argv)
{
	double budget = 1e6 * (argc > 1 ? atoi(argv[1]) : 200);
	struct sigaction sa = { .sa_handler = on_child };
	struct seccomp_notif n;
	struct seccomp_notif_resp r;
	int s[2], fd, status;
	cpu_set_t one;
	pid_t pid;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	sigaction(SIGCHLD, &sa, NULL);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s))
		return 1;
	pid = fork();
	if (pid == 0)
		guest(s[1], budget);
	close(s[1]);
	fd = receive_fd(s[0]);
	if (fd < 0)
		return 1;
	ioctl(fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
	      SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
	for (;;) {
		memset(&n, 0, sizeof(n));
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &n))
			break;
		memset(&r, 0, sizeof(r));
		r.id = n.id;
		r.val = 1;
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &r) && errno != ENOENT)
			break;
	}
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1;
}
