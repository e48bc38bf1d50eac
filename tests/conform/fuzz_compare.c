/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_compare.c - one sequence on the kernel and on the core, in step. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conform/executor.h"
#include "tests/conform/fuzz.h"
#include "tests/conform/table.h"
#include "tests/conform/words.h"

#define MAX_MOUNTS 400		/* a sequence that has more ends */
#define MAX_COMPARED 5000	/* more are not compared any more */

struct pair {
	struct executor *kernel, *core;
	bool alive[EXECUTOR_PROCS];
	bool print;
	bool full;		/* too many mounts */
	struct difference *d;
};

/* ---------------------------------------------------------------- tables */

static bool
get_table(struct executor *x, int who, struct buf *out, int *count)
{
	struct buf raw = { 0 };
	int err = x->ops->run(x, who, "_mountinfo", &raw);

	*count = table_count(buf_str(&raw));
	if (!err && raw.s && *count <= MAX_COMPARED)
		table_normalise(raw.s, out);
	buf_free(&raw);
	return !err;
}

static bool
tables_differ(struct pair *p, int who, const char *name)
{
	struct buf a = { 0 }, b = { 0 };
	int n = 0, m = 0;
	bool ok = get_table(p->kernel, who, &a, &n);
	bool differ = ok != get_table(p->core, who, &b, &m) ||
		strcmp(buf_str(&a), buf_str(&b));

	if (n > MAX_MOUNTS)
		p->full = true;
	if (n > MAX_COMPARED)
		differ = false;
	/* Where a process ends that detaches everything: not ours to know. */
	if (strstr(buf_str(&a), " - rootfs rootfs ")) {
		p->full = true;
		differ = false;
	}
	if (differ) {
		snprintf(p->d->kind, sizeof(p->d->kind),
			 "%.40s: tables differ", name);
		if (p->print)
			printf("    --- kernel, process %d\n%s"
			       "    --- core\n%s", who, buf_str(&a),
			       buf_str(&b));
	}
	buf_free(&a);
	buf_free(&b);
	return differ;
}

/* ----------------------------------------------------------------- steps */

static void
put_pids(struct executor *x, const char *in, struct buf *out)
{
	for (; *in; in++) {
		if (*in == '%' && in[1] >= '0' && in[1] <= '9')
			buf_printf(out, "%d", x->ops->pid(x, *++in - '0'));
		else
			buf_add(out, in, 1);
	}
}

static int
ask(struct executor *x, int who, const char *op, struct buf *value)
{
	struct buf line = { 0 };
	int err;

	put_pids(x, op, &line);
	err = x->ops->run(x, who, buf_str(&line), value);
	buf_free(&line);
	return err;
}

static void
note_processes(struct pair *p, const char *op, int err)
{
	int n;

	if (err)
		return;
	if (sscanf(op, "spawn %d", &n) == 1 && n > 0 && n < EXECUTOR_PROCS)
		p->alive[n] = true;
	else if (sscanf(op, "quit %d", &n) == 1 && n > 0 && n < EXECUTOR_PROCS)
		p->alive[n] = false;
}

static void
describe(struct pair *p, const char *name, int kernel, int core,
	 const char *kernel_value, const char *core_value)
{
	char k[24];

	snprintf(k, sizeof(k), "%s", kernel < 0 ? "gone" :
		 words_errno(kernel));
	snprintf(p->d->kind, sizeof(p->d->kind), "%.40s: kernel %s, core %s",
		 name, k, core < 0 ? "gone" : words_errno(core));
	if (p->print)
		printf("    kernel %s %s\n    core   %s %s\n", k, kernel_value,
		       core < 0 ? "gone" : words_errno(core), core_value);
}

/* true: they differ. */
static bool
one_step(struct pair *p, const char *line)
{
	struct buf a = { 0 }, b = { 0 };
	int who = 1, skip = 0, kernel, core;
	char name[32] = "";
	bool differ;

	if (sscanf(line, "@%d %n", &who, &skip) == 1)
		line += skip;
	if (who >= EXECUTOR_PROCS || !p->alive[who])
		return false;
	sscanf(line, "%31s", name);
	kernel = ask(p->kernel, who, line, &a);
	core = ask(p->core, who, line, &b);
	if (p->print)
		printf("  @%d %s = %s\n", who, line, kernel < 0 ? "gone" :
		       words_errno(kernel));
	differ = kernel != core || (!kernel && strcmp(buf_str(&a),
						      buf_str(&b)));
	if (differ)
		describe(p, name, kernel, core, buf_str(&a), buf_str(&b));
	buf_free(&a);
	buf_free(&b);
	note_processes(p, line, kernel);
	for (int n = 1; n < EXECUTOR_PROCS && !differ; n++)
		if (p->alive[n])
			differ = tables_differ(p, n, name);
	return differ;
}

int
fuzz_compare(const struct vcase *c, const char *scratch,
	     unsigned int mount_max, bool print, struct difference *d)
{
	const struct executor_setup setup = {
		.pivot = c->pivot, .scratch = scratch,
		.mount_max = mount_max,
	};
	struct pair p = { .print = print, .d = d };
	struct buf why = { 0 };
	int i;

	d->line = -1;
	p.kernel = executor_kernel(&setup, &why);
	if (p.kernel)
		p.core = executor_core(&setup, &why);
	if (!p.core)
		die("%s", buf_str(&why));
	p.alive[1] = true;
	for (i = 0; i < c->nr_lines && !p.full && d->line < 0; i++) {
		if (one_step(&p, c->lines[i]))
			d->line = i;
	}
	fflush(stdout);
	p.kernel->ops->end(p.kernel);
	p.core->ops->end(p.core);
	return i;
}
