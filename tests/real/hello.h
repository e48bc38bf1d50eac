/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of the hello_* programs, which differ only in how they are linked:
 * arguments, environment, heap, files, a thread, a child, thread-local memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static __thread int own = 3;
static int initialised;

__attribute__((constructor)) static void
before_main(void)
{
	initialised = 1;
}

static void *
thread(void *arg)
{
	struct stat st;

	own += stat("/etc/passwd", &st) == 0;
	return own == 4 ? arg : NULL;
}

int
main(int argc, char **argv)
{
	char *heap = malloc(1 << 20), *brk = sbrk(4096), buf[64] = "";
	pthread_t t;
	void *back = NULL;
	int status = -1, fd;
	pid_t pid;

	for (int i = 0; i < argc; i++)
		printf("%s%s", strrchr(argv[i], '/') ? "PATH" : argv[i],
		       i + 1 < argc ? " " : "\n");
	memset(heap, 1, 1 << 20);
	printf("constructor %d heap %d brk %d env %d\n", initialised,
	       heap[4096], brk != (void *)-1, getenv("PATH") != NULL);
	printf("pagesz %lu secure %lu\n", getauxval(AT_PAGESZ),
	       getauxval(AT_SECURE));
	fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0644);
	printf("fd %d write %d\n", fd, (int)write(fd, "text", 4));
	printf("pread %d %s\n", (int)pread(fd, buf, 4, 0), buf);
	printf("enoent %d\n", open("none/x", O_RDONLY) < 0 && errno == ENOENT);
	pthread_create(&t, NULL, thread, argv);
	pthread_join(t, &back);
	printf("thread %d own %d\n", back == argv, own);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execlp("sh", "sh", "-c", "exit 9", (char *)NULL);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	printf("child %d\n", WEXITSTATUS(status));
	return 42;
}
