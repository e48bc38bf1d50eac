/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts COUNT [MILLISECONDS]: makes COUNT tmpfs mounts in a writable directory
 * and prints four figures: nanoseconds for one of these mounts, for a stat
 * beside them, for a stat below the last one, and microseconds to read
 * /proc/self/mountinfo.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static double
stat_cost(const char *path, double budget)
{
	double best = 1e18, begin = now();
	struct stat st;

	do {
		double t = now();

		for (int i = 0; i < 1000; i++)
			if (stat(path, &st))
				return -1;
		t = (now() - t) / 1000;
		if (t < best)
			best = t;
	} while (now() - begin < budget);
	return best;
}

static double
mountinfo_cost(void)
{
	static char buf[1 << 20];
	double best = 1e18;

	for (int i = 0; i < 5; i++) {
		double t = now();
		int fd = open("/proc/self/mountinfo", O_RDONLY);

		while (read(fd, buf, sizeof(buf)) > 0)
			;
		close(fd);
		t = now() - t;
		if (t < best)
			best = t;
	}
	return best / 1e3;
}

int
main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 10;
	double budget = 1e6 * (argc > 2 ? atoi(argv[2]) : 200), t;
	char name[32];

	if (mkdir("beside", 0755))
		return 1;
	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		if (mkdir(name, 0755))
			return 1;
	}
	t = now();
	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		if (mount("none", name, "tmpfs", 0, "size=64k")) {
			fprintf(stderr, "mounts: mount %d: %s\n", i,
				strerror(errno));
			return 1;
		}
	}
	t = (now() - t) / count;
	printf("%.0f %.0f %.0f %.0f\n", t, stat_cost("beside", budget),
	       stat_cost(name, budget), mountinfo_cost());
	return 0;
}
