/* SPDX-License-Identifier: Apache-2.0 */
/* PLACES: host */
/* fork, clone, exit, wait, orphans, groups and sessions. */
#include "tests/lib/guest.h"

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

static void
exit_statuses_are_seen(void)
{
	static const int values[] = { 0, 1, 2, 126, 127, 128, 255, 256, -1 };
	char name[32];

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(values[i]);
		snprintf(name, sizeof(name), "_exit(%d)", values[i]);
		say_status(name, pid);
	}
}

static void
the_shell_says_128_plus_signal(void)
{
	say("%d", WEXITSTATUS(system("sh -c 'kill -TERM $$'; exit $?")));
	say("%d", WEXITSTATUS(system("sh -c 'kill -KILL $$'; exit $?")));
	say("%d", WEXITSTATUS(system("/no/such 2>/dev/null; exit $?")));
	say("%d", WEXITSTATUS(system("/etc/passwd 2>/dev/null; exit $?")));
}

static void
parents_are_who_forked(void)
{
	pid_t me = getpid(), pid = fork();

	if (pid == 0)
		_exit(getppid() == me && getpid() != me ? 0 : 1);
	say_status("child", pid);
	say("pid == tid %d", getpid() == (int)syscall(SYS_gettid));
}

static void
orphans_go_to_the_subreaper(void)
{
	pid_t me = getpid(), pid, got;
	int p[2], status;
	char c = '?';

	MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
	MUST(pipe(p));
	pid = fork();
	if (pid == 0) {
		pid_t first = getpid();

		if (fork() == 0) {
			while (getppid() == first)
				sched_yield();
			write(p[1], getppid() == me ? "y" : "n", 1);
			_exit(5);
		}
		_exit(4);
	}
	say_status("child", pid);
	R(read(p[0], &c, 1));
	say("adopted by me %c", c);
	got = wait(&status);
	say("orphan reaped %d", got > 0 && got != pid);
	say_wait_status("orphan", status);
}

static void
orphans_without_a_reaper_vanish(void)
{
	int p[2];
	char c;
	pid_t pid;

	MUST(pipe(p));
	pid = fork();
	if (pid == 0) {
		pid_t dead = getpid();

		if (fork() == 0) {
			while (getppid() == dead)
				sched_yield();
			write(p[1], "y", 1);
			_exit(0);
		}
		_exit(0);
	}
	say_status("child", pid);
	close(p[1]);
	R(read(p[0], &c, 1));
	say("new parent %c", c);
	R(read(p[0], &c, 1));
	R(wait(NULL));
}

static void
groups_and_sessions(void)
{
	pid_t pid;

	say("leader of my group %d", getpgrp() == getpid());
	R(setsid());
	pid = fork();
	if (pid == 0) {
		R(getpgrp() == getppid());
		R(setpgid(0, 0));
		R(getpgrp() == getpid());
		R(getsid(0) == getsid(getppid()));
		R(setsid() == getpid());
		R(getsid(0) == getpid());
		R(setpgid(0, 0));
		_exit(0);
	}
	say_status("child", pid);
	R(setpgid(0x7ffffff0, 0));
	R(setpgid(0, -1));
	R(getpgid(0x7ffffff0));
	R(getsid(0x7ffffff0));
	R(setpgid(1, 1) == 0);
}

static int
returns_9(void *arg)
{
	(void)arg;
	return 9;
}

static void
clone_forms(void)
{
	char *stack = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *top = stack + (1 << 16);
	pid_t ptid = 0, ctid = -1, pid;

	say_status("SIGCHLD", clone(returns_9, top, SIGCHLD, NULL));
	say_status("VM", clone(returns_9, top, CLONE_VM | SIGCHLD, NULL));
	say_status("VFORK", clone(returns_9, top,
				  CLONE_VM | CLONE_VFORK | SIGCHLD, NULL));
	pid = clone(returns_9, top, SIGCHLD | CLONE_PARENT_SETTID |
		    CLONE_CHILD_CLEARTID, NULL, &ptid, NULL, &ctid);
	say("ptid %d", ptid == pid);
	say_status("tids", pid);
	/* Any other signal at its end makes a child a "clone" child. */
	pid = clone(returns_9, top, SIGURG, NULL);
	say("without __WCLONE: %s", waitpid(pid, NULL, 0) < 0 ?
	    errname(errno) : "0");
	R(waitpid(pid, NULL, __WALL) == pid);
	R(clone(returns_9, top, CLONE_THREAD | SIGCHLD, NULL));
	R(clone(returns_9, top, CLONE_SIGHAND | SIGCHLD, NULL));
}

static void
a_namespace_and_a_shared_directory_exclude_each_other(void)
{
	char *stack = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (unshare(0))
		cannot("a filter refuses unshare here");
	R(clone(returns_9, stack + (1 << 16),
		CLONE_FS | CLONE_NEWNS | SIGCHLD, NULL));
}

static void
a_pidfd_waits_and_signals(void)
{
	siginfo_t si;
	int pfd = -1;
	pid_t pid;

	pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, &pfd, NULL, 0);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	say("pidfd %d", pfd);
	R(syscall(SYS_pidfd_send_signal, pfd, SIGTERM, NULL, 0));
	R(waitid(P_PIDFD, pfd, &si, WEXITED));
	say("code %d status %d pid %d", si.si_code, si.si_status,
	    si.si_pid == pid);
}

static void
vfork_suspends_the_parent(void)
{
	volatile int seen = 0;
	pid_t pid = vfork();

	if (pid == 0) {
		for (int i = 0; i < 100; i++) {
			struct stat st;

			stat("/usr/lib", &st);
		}
		seen = 1;
		_exit(8);
	}
	say("child ran first %d", seen);
	say_status("vfork", pid);
}

static void
children_of_children(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (int depth = 0; depth < 30; depth++) {
			int status = 0;

			pid = fork();
			if (pid == 0)
				continue;
			waitpid(pid, &status, 0);
			_exit(WEXITSTATUS(status));
		}
		_exit(access("/etc/passwd", R_OK) ? 1 : 33);
	}
	say_status("thirty deep", pid);
}

static void
limits_and_usage(void)
{
	char *limits = get_file("/proc/self/limits");

	say("limits %.5s", limits);
	R(nice(0));
	R(sched_yield());
	R(getpid() == (int)syscall(SYS_getpid));
}

GUEST_MAIN(
	CASE(exit_statuses_are_seen),
	CASE(the_shell_says_128_plus_signal),
	CASE(parents_are_who_forked),
	CASE(orphans_go_to_the_subreaper),
	CASE(orphans_without_a_reaper_vanish),
	CASE(groups_and_sessions),
	CASE(clone_forms),
	CASE(a_namespace_and_a_shared_directory_exclude_each_other),
	CASE(a_pidfd_waits_and_signals),
	CASE(vfork_suspends_the_parent),
	CASE(children_of_children),
	CASE(limits_and_usage),
)
