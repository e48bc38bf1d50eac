/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rounds KIND ROUNDS COUNT: does COUNT operations a round, prints "round" after
 * each and waits for a byte before the next, so that the caller can look at
 * the sandbox between them. KIND: opens, spawns, forks, threads, dirs.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void *
nothing(void *arg)
{
	return arg;
}

static int
operate(const char *kind)
{
	int status = 0, fd, d;
	pthread_t t;
	pid_t pid;

	switch (kind[0]) {
	case 'o':
		fd = open("f", O_RDWR | O_CREAT, 0644);
		close(fd);
		return fd < 0;
	case 's':
		pid = vfork();
		if (pid == 0) {
			execl("/bin/true", "true", (char *)NULL);
			_exit(127);
		}
		waitpid(pid, &status, 0);
		return status;
	case 'f':
		pid = fork();
		if (pid == 0)
			_exit(access("/etc/passwd", R_OK));
		waitpid(pid, &status, 0);
		return status;
	case 't':
		return pthread_create(&t, NULL, nothing, NULL) ||
		       pthread_join(t, NULL);
	case 'd':
		d = mkdir("d", 0755) || chdir("d");
		fd = open(".", O_RDONLY | O_DIRECTORY);
		d |= chdir("..") || rename("d", "e") || rmdir("e");
		close(fd);
		return d || fd < 0;
	}
	return 1;
}

int
main(int argc, char **argv)
{
	int rounds, count, bad = 0;
	char c;

	if (argc != 4)
		return 2;
	rounds = atoi(argv[2]);
	count = atoi(argv[3]);
	for (int r = 0; r < rounds; r++) {
		for (int i = 0; i < count; i++)
			bad += operate(argv[1]) != 0;
		if (write(1, "round\n", 6) != 6 || read(0, &c, 1) != 1)
			return 3;
	}
	return bad ? 1 : 0;
}
