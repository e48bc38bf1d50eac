/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load SECONDS: keeps a sandbox busy with everything that takes its own route:
 * files, names, children, programs, threads, signals, a FIFO, a stopped child.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static time_t end;

static void
files(int id)
{
	char a[32], b[32];
	struct stat st;

	snprintf(a, sizeof(a), "a%d", id);
	snprintf(b, sizeof(b), "b%d", id);
	while (time(NULL) < end) {
		close(open(a, O_RDWR | O_CREAT, 0644));
		stat("/usr/lib/../bin/env", &st);
		rename(a, b);
		mkdir(a, 0755);
		rmdir(a);
		unlink(b);
	}
}

static void
programs(void)
{
	while (time(NULL) < end) {
		pid_t pid = vfork();

		if (pid == 0) {
			execl("/bin/true", "true", (char *)NULL);
			_exit(127);
		}
		waitpid(pid, NULL, 0);
	}
}

static void *
thread(void *arg)
{
	struct stat st;

	for (int i = 0; i < 20; i++)
		stat("/etc/passwd", &st);
	return arg;
}

static void
threads(void)
{
	while (time(NULL) < end) {
		pthread_t t[4];

		for (int i = 0; i < 4; i++)
			pthread_create(&t[i], NULL, thread, NULL);
		for (int i = 0; i < 4; i++)
			pthread_join(t[i], NULL);
		if (fork() == 0) {
			pthread_create(&t[0], NULL, thread, NULL);
			_exit(0);
		}
		wait(NULL);
	}
}

static void
waiters(void)
{
	mkfifo("fifo", 0600);
	if (fork() == 0) {
		open("fifo", O_RDONLY);
		_exit(0);
	}
	if (fork() == 0) {
		raise(SIGSTOP);
		_exit(0);
	}
	while (time(NULL) < end) {
		pid_t pid = fork();

		if (pid == 0)
			for (;;)
				pause();
		kill(pid, SIGTERM);
		waitpid(pid, NULL, 0);
	}
	kill(0, SIGKILL);
}

int
main(int argc, char **argv)
{
	pid_t pid[6];

	end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 5);
	for (int i = 0; i < 6; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		switch (i) {
		case 0:
		case 1:
			files(i);
			break;
		case 2:
		case 3:
			programs();
			break;
		case 4:
			threads();
			break;
		case 5:
			setpgid(0, 0);
			waiters();
			break;
		}
		_exit(0);
	}
	/* Say so: the caller may start to break things. */
	if (write(1, "busy\n", 5) != 5)
		return 1;
	for (int i = 0; i < 6; i++)
		waitpid(pid[i], NULL, 0);
	return 0;
}
