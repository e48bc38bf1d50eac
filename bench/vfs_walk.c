/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfs_walk.c - what a walk of the core costs by itself, and whether it grows
 * with the number of mounts.  Prints nanoseconds per walk, over a filesystem
 * in memory whose own share is printed too; no host call is made.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/unit/lib/testfs.h"

#define WALKS 200000
#define ROUNDS 7

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* The least of several rounds: the machine is shared. */
static double
walk_ns(struct world *w, const char *name)
{
	double best = 1e18;

	for (int round = 0; round < ROUNDS; round++) {
		double t = now();

		for (int i = 0; i < WALKS; i++)
			if (w_err(w, name) != 0)
				abort();
		t = (now() - t) / WALKS;
		if (t < best)
			best = t;
	}
	return best;
}

static double
mount_all(struct world *w, int n)
{
	char name[32];
	double t = 0;

	for (int i = 0; i < n; i++) {
		double start;

		snprintf(name, sizeof(name), "m/%d", i);
		if (w_mkdir(w, name) < 0)
			abort();
		start = now();
		if (w_mount(w, "src", name, NULL, MS_BIND, NULL) < 0)
			abort();
		t += now() - start;
	}
	return t / n;
}

static double
table_ns(struct world *w, int n)
{
	double t = now();
	char *text;
	size_t len;

	if (vfs_mount_table(&w->ctx, TABLE_MOUNTINFO, &text, &len) < 0)
		abort();
	t = now() - t;
	free(text);
	return t / n;
}

static void
measure(int n)
{
	static const char *const names[] = {
		"/src/a/b/c/file", "/m/7/a/b/c/file", "/m/7", "/",
		"/m/7/../../src/a/b/c/file",
	};
	struct world w;

	world_new(&w, "d src/a/b/c; f src/a/b/c/file; d m");
	printf("%6d mounts: bind %.0f ns", n, mount_all(&w, n));
	printf(", mountinfo %.0f ns a line\n", table_ns(&w, n));
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		printf("  %-28s %6.0f ns\n", names[i], walk_ns(&w, names[i]));
	world_free(&w);
}

int
main(void)
{
	measure(10);
	measure(10000);
	return 0;
}
