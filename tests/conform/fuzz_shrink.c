/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_shrink.c - fewer lines that show the same thing. */
#include <stdlib.h>
#include <string.h>

#include "tests/conform/fuzz.h"

/* The case without lines [first, first + n), tried. */
static bool
fails_without(const struct vcase *c, int first, int n,
	      bool (*fails)(const struct vcase *c, void *arg), void *arg)
{
	struct vcase less = *c;
	bool result;

	less.lines = calloc((size_t)c->nr_lines, sizeof(char *));
	if (!less.lines)
		die("out of memory");
	less.nr_lines = 0;
	for (int i = 0; i < c->nr_lines; i++)
		if (i < first || i >= first + n)
			less.lines[less.nr_lines++] = c->lines[i];
	result = fails(&less, arg);
	free(less.lines);
	return result;
}

static void
drop(struct vcase *c, int first, int n)
{
	for (int i = first; i < first + n; i++)
		free(c->lines[i]);
	memmove(c->lines + first, c->lines + first + n,
		sizeof(char *) * (size_t)(c->nr_lines - first - n));
	c->nr_lines -= n;
}

void
fuzz_shrink(struct vcase *c, bool (*fails)(const struct vcase *c, void *arg),
	    void *arg)
{
	bool smaller = true;

	for (int n = c->nr_lines / 2; n > 0; n = n > 1 ? n / 2 : 0)
		for (int i = c->nr_lines - n; i >= 0; i -= n)
			if (i + n <= c->nr_lines &&
			    fails_without(c, i, n, fails, arg))
				drop(c, i, n);
	while (smaller) {
		smaller = false;
		for (int i = c->nr_lines - 1; i >= 0; i--) {
			if (!fails_without(c, i, 1, fails, arg))
				continue;
			drop(c, i, 1);
			smaller = true;
		}
	}
}
