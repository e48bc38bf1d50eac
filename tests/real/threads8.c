/* SPDX-License-Identifier: Apache-2.0 */
/* threads8 SECONDS: eight threads open, read and stat files all the time. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static time_t end;
static volatile long bad, done;

static void *
thread(void *arg)
{
	char name[32], buf[8];
	struct stat st;
	long n = 0;

	snprintf(name, sizeof(name), "f%d", (int)(long)arg);
	while (time(NULL) < end) {
		int fd = open(name, O_RDWR | O_CREAT, 0644);

		bad += fd < 0 || pwrite(fd, name, 2, 0) != 2;
		bad += pread(fd, buf, 2, 0) != 2 || buf[1] != name[1];
		close(fd);
		fd = open("/usr/include/stdio.h", O_RDONLY);
		bad += read(fd, buf, 8) != 8;
		close(fd);
		bad += stat("/usr/lib/../bin/env", &st) != 0;
		n++;
	}
	__sync_fetch_and_add(&done, n);
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t t[8];

	end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 10);
	for (long i = 0; i < 8; i++)
		pthread_create(&t[i], NULL, thread, (void *)i);
	for (int i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	printf("bad %ld, worked %d\n", bad, done > 100);
	fprintf(stderr, "%s", done ? "" : "no rounds\n");
	return bad != 0;
}
