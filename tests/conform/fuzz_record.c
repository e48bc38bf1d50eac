/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_record.c - a sequence becomes a case: what the kernel says to it. */
#include <stdlib.h>
#include <string.h>

#include "tests/conform/executor.h"
#include "tests/conform/fuzz.h"

static void
add_line(struct vcase *c, const char *line)
{
	c->lines = realloc(c->lines, sizeof(char *) *
			   (size_t)(c->nr_lines + 1));
	if (!c->lines)
		die("out of memory");
	c->lines[c->nr_lines++] = string_copy(line);
}

static void
add_tables(struct vcase *c, const bool *alive)
{
	for (int n = 1; n < EXECUTOR_PROCS; n++) {
		char line[32];

		if (!alive[n])
			continue;
		snprintf(line, sizeof(line), n == 1 ? "expect" : "expect @%d",
			 n);
		add_line(c, line);
		add_line(c, "end");
	}
}

/* The case with empty tables, which recording fills. */
static void
with_tables(const struct vcase *c, int every, struct vcase *out)
{
	bool alive[EXECUTOR_PROCS] = { [1] = true };

	*out = *c;
	out->lines = NULL;
	out->nr_lines = 0;
	for (int i = 0; i < c->nr_lines; i++) {
		const char *op = c->lines[i];
		char line[1200];
		int n;

		if (*op == '@')
			op += strcspn(op, " ") + 1;
		snprintf(line, sizeof(line), "  %s", c->lines[i]);
		add_line(out, line);
		if (sscanf(op, "spawn %d", &n) == 1 && n < EXECUTOR_PROCS)
			alive[n] = true;
		if (sscanf(op, "quit %d", &n) == 1 && n < EXECUTOR_PROCS)
			alive[n] = false;
		if (every && (i + 1) % every == 0)
			add_tables(out, alive);
	}
	if (!every || c->nr_lines % every)
		add_tables(out, alive);
}

/* A process ends where everything is detached: what is left to see is the
 * host's own.  The sequence ends before it is shown. */
static void
cut_at_the_hosts_root(struct vcase *c)
{
	int i = 0;

	while (i < c->nr_lines && !strstr(c->lines[i], " - rootfs rootfs "))
		i++;
	if (i == c->nr_lines)
		return;
	while (i > 0 && !strstr(c->lines[i], "expect"))
		i--;
	while (c->nr_lines > i)
		free(c->lines[--c->nr_lines]);
}

bool
fuzz_record(const struct vcase *c, const struct run_options *o, int every,
	    struct cases *out)
{
	const struct target native = { .kind = TARGET_NATIVE };
	struct run_options recording = *o;
	struct vcase full, head = *c;
	struct outcome got;
	char *text = NULL;
	size_t size = 0;
	FILE *f;

	memset(out, 0, sizeof(*out));
	with_tables(c, every, &full);
	recording.record = true;
	target_run(&native, &full, &recording, &got);
	for (int i = 0; i < full.nr_lines; i++)
		free(full.lines[i]);
	free(full.lines);
	if (got.verdict == SKIPPED || strstr(buf_str(&got.text), "is gone")) {
		buf_free(&got.text);
		return false;
	}
	f = open_memstream(&text, &size);
	head.nr_lines = 0;
	case_write(&head, f);
	fputs(buf_str(&got.text), f);
	fclose(f);
	buf_free(&got.text);
	f = fmemopen(text, size, "r");
	cases_read(out, f);
	fclose(f);
	free(text);
	if (out->nr != 1)
		return false;
	cut_at_the_hosts_root(&out->v[0]);
	return true;
}

bool
fuzz_sandbox_differs(const struct vcase *c, const struct target *t,
		     const struct run_options *o, struct buf *text)
{
	struct cases recorded;
	struct outcome got;
	bool differ;

	if (!fuzz_record(c, o, 4, &recorded)) {
		cases_free(&recorded);
		return false;
	}
	target_run(t, &recorded.v[0], o, &got);
	differ = got.verdict != PASSED;
	buf_puts(text, buf_str(&got.text));
	buf_free(&got.text);
	cases_free(&recorded);
	return differ;
}
