/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that never return EINTR must not do so under a storm of signals. */
#include "tests/lib/guest.h"

#include <signal.h>
#include <sys/time.h>

/* Long enough for some hundred signals at 1 kHz. */
#define STORM_MS 400

static volatile sig_atomic_t signals;

static void
on_alarm(int sig)
{
	(void)sig;
	signals++;
}

static void
storm(void (*call)(int *failed))
{
	struct itimerval on = { { 0, 1000 }, { 0, 1000 } }, off = { 0 };
	struct sigaction sa = { .sa_handler = on_alarm };
	int failed = 0, rc;

	MUST(sigaction(SIGALRM, &sa, NULL));
	MUST(setitimer(ITIMER_REAL, &on, NULL));
	while (signals < STORM_MS)
		call(&failed);
	/* Under a listener outside, any call may be broken off by the storm. */
	do
		rc = setitimer(ITIMER_REAL, &off, NULL);
	while (rc < 0 && errno == EINTR);
	MUST(rc);
	say("enough signals, failed calls: %d", failed);
}

static void
count(int *failed, long rc, const char *what)
{
	if (rc < 0 && (*failed)++ < 3)
		say("%s: %s", what, errname(errno));
}

static void
do_stat(int *failed)
{
	struct stat st;

	count(failed, stat("/usr/lib/../bin", &st), "stat");
}

static void
stat_is_never_interrupted(void)
{
	storm(do_stat);
}

static void
do_open(int *failed)
{
	int fd = open("f", O_RDWR | O_CREAT, 0644);

	count(failed, fd, "open");
	close(fd);
}

static void
open_is_never_interrupted(void)
{
	storm(do_open);
}

static void
do_mkdir(int *failed)
{
	count(failed, mkdir("d", 0755), "mkdir");
	count(failed, chdir("d"), "chdir");
	count(failed, chdir(".."), "chdir");
	count(failed, rename("d", "e"), "rename");
	count(failed, rmdir("e"), "rmdir");
}

static void
mkdir_rename_rmdir_are_never_interrupted(void)
{
	storm(do_mkdir);
}

static void
do_links(int *failed)
{
	char buf[64];

	count(failed, symlink("x", "l"), "symlink");
	count(failed, readlink("l", buf, sizeof(buf)), "readlink");
	count(failed, access("/etc/passwd", R_OK), "access");
	count(failed, unlink("l"), "unlink");
}

static void
links_are_never_interrupted(void)
{
	storm(do_links);
}

static void
do_spawn(int *failed)
{
	int status = 0;
	pid_t pid = vfork();

	if (pid == 0) {
		execl("/bin/true", "true", NULL);
		_exit(99);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status) {
		(*failed)++;
		say_wait_status("true", status);
	}
}

static void
spawning_survives(void)
{
	storm(do_spawn);
}

static void
handlers_run_exactly_once_per_signal(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct stat st;
	pid_t parent = getpid(), pid;

	MUST(sigaction(SIGUSR1, &sa, NULL));
	for (int i = 0; i < 200; i++) {
		int before = signals;

		pid = fork();
		if (pid == 0) {
			kill(parent, SIGUSR1);
			_exit(0);
		}
		while (signals == before)
			stat("/usr/lib", &st);
		while (waitpid(pid, NULL, 0) < 0)
			;
	}
	say("handled %d", (int)signals);
}

GUEST_MAIN(
	CASE(stat_is_never_interrupted),
	CASE(open_is_never_interrupted),
	CASE(mkdir_rename_rmdir_are_never_interrupted),
	CASE(links_are_never_interrupted),
	CASE(spawning_survives),
	CASE(handlers_run_exactly_once_per_signal),
)
