/* SPDX-License-Identifier: Apache-2.0 */
/* PLACES: host */
/* Many threads and many processes at once. */
#include "tests/lib/guest.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#define THREADS 8

static int seconds;
static volatile int failures;

static int
time_left(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - start->tv_sec < seconds;
}

static void *
open_own_files(void *arg)
{
	char name[32], want[32], have[32] = "";
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; time_left(&start); i++) {
		int fd;

		snprintf(name, sizeof(name), "t%ld-%d", (long)(intptr_t)arg,
			 i % 16);
		snprintf(want, sizeof(want), "%s=%d", name, i);
		fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
		if (fd < 0 || write(fd, want, 32) != 32)
			failures++;
		close(fd);
		fd = open(name, O_RDONLY);
		if (fd < 0 || read(fd, have, 32) != 32 || strcmp(want, have))
			failures++;
		close(fd);
		if (i % 16 == 15 && unlink(name))
			failures++;
	}
	return NULL;
}

static void
eight_threads_open_files(void)
{
	const char *env = getenv("GUEST_SECONDS");
	pthread_t t[THREADS];

	seconds = env ? atoi(env) : 1;
	for (long i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, open_own_files,
			       (void *)(intptr_t)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	say("failures %d", failures);
}

static void *
nothing(void *arg)
{
	return arg;
}

static void
threads_come_and_go(void)
{
	pthread_t t;
	int bad = 0;

	for (int i = 0; i < 2000; i++)
		bad += pthread_create(&t, NULL, nothing, NULL) ||
		       pthread_join(t, NULL);
	say("bad %d", bad);
}

static void *
exits_by_stat(void *arg)
{
	struct stat st;

	for (int i = 0; i < 50; i++)
		stat("/usr/lib", &st);
	return arg;
}

static void
a_process_may_exit_while_threads_call(void)
{
	int bad = 0;

	for (int i = 0; i < 50; i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			pthread_t t;

			for (int j = 0; j < 4; j++)
				pthread_create(&t, NULL, exits_by_stat, NULL);
			_exit(3);
		}
		waitpid(pid, &status, 0);
		bad += !WIFEXITED(status) || WEXITSTATUS(status) != 3;
	}
	say("bad %d", bad);
}

static void
a_leader_may_exit_first(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pthread_t t;

		pthread_create(&t, NULL, exits_by_stat, NULL);
		pthread_exit(NULL);
	}
	say_status("process", pid);
}

static void
two_thousand_processes_one_after_another(void)
{
	int bad = 0;

	for (int i = 0; i < 2000; i++) {
		int status = 1;
		pid_t pid = vfork();

		if (pid == 0)
			_exit(i & 63);
		waitpid(pid, &status, 0);
		bad += WEXITSTATUS(status) != (i & 63);
	}
	say("bad %d", bad);
}

static void
three_hundred_spawns(void)
{
	int bad = 0;

	for (int i = 0; i < 300; i++) {
		int status = 1;
		pid_t pid = vfork();

		if (pid == 0) {
			execl("/bin/true", "true", NULL);
			_exit(99);
		}
		waitpid(pid, &status, 0);
		bad += status != 0;
	}
	say("bad %d", bad);
}

static void
a_hundred_processes_at_once(void)
{
	int bad = 0, n = 0;

	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			char name[32];

			snprintf(name, sizeof(name), "p%d", i);
			_exit(mkdir(name, 0755) || rmdir(name));
		}
		n += pid > 0;
	}
	for (int i = 0; i < n; i++) {
		int status;

		wait(&status);
		bad += status != 0;
	}
	say("forked %d bad %d", n, bad);
}

static void *
thread_cwd(void *arg)
{
	(void)arg;
	if (unshare(CLONE_FS) == 0 && chdir("own") == 0)
		put_file("made-by-thread", "x");
	else
		say("thread: %s", errname(errno));
	return NULL;
}

static void
a_thread_may_have_its_own_directory(void)
{
	pthread_t t;

	if (unshare(0) < 0)
		cannot("a filter refuses unshare");
	MUST(mkdir("own", 0755));
	pthread_create(&t, NULL, thread_cwd, NULL);
	pthread_join(t, NULL);
	say_names(".");
	say_names("own");
}

GUEST_MAIN(
	CASE(eight_threads_open_files),
	CASE(threads_come_and_go),
	CASE(a_process_may_exit_while_threads_call),
	CASE(a_leader_may_exit_first),
	CASE(two_thousand_processes_one_after_another),
	CASE(three_hundred_spawns),
	CASE(a_hundred_processes_at_once),
	CASE(a_thread_may_have_its_own_directory),
)
