/* SPDX-License-Identifier: Apache-2.0 */
/*
 * belljar-conform: runs the mount vectors, here and in sandboxes.
 * man/belljar-conform.1 has the options.
 */
#include <fnmatch.h>
#include <getopt.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/conform/fuzz.h"
#include "tests/conform/report.h"

extern const char vectors_text[], vectors_text_end[];	/* vectors.S */

struct conform {
	struct cases cases;
	struct target *targets;
	int nr_targets;
	const char **filters;
	int nr_filters;
	struct run_options run;
	struct report report;
	bool list, one, lines;
};

enum {
	OPT_NATIVE = 256, OPT_CORE, OPT_SANDBOX, OPT_BELLJAR, OPT_GAPS,
	OPT_VECTORS, OPT_JSON, OPT_MATRIX, OPT_LIMIT, OPT_SCRATCH, OPT_CASE,
	OPT_DEVICE, OPT_UNSHARE, OPT_LINES,
};

static const struct option options[] = {
	{"native", no_argument, NULL, OPT_NATIVE},
	{"core", no_argument, NULL, OPT_CORE},
	{"sandbox", required_argument, NULL, OPT_SANDBOX},
	{"belljar", required_argument, NULL, OPT_BELLJAR},
	{"filter", required_argument, NULL, 'f'},
	{"vectors", required_argument, NULL, OPT_VECTORS},
	{"list", no_argument, NULL, 'l'},
	{"verbose", no_argument, NULL, 'v'},
	{"quiet", no_argument, NULL, 'q'},
	{"record", no_argument, NULL, 'r'},
	{"json", no_argument, NULL, OPT_JSON},
	{"matrix", no_argument, NULL, OPT_MATRIX},
	{"lines", no_argument, NULL, OPT_LINES},
	{"known-gaps", required_argument, NULL, OPT_GAPS},
	{"any-device", no_argument, NULL, OPT_DEVICE},
	{"no-unshare", no_argument, NULL, OPT_UNSHARE},
	{"limit", required_argument, NULL, OPT_LIMIT},
	{"scratch", required_argument, NULL, OPT_SCRATCH},
	{"case", no_argument, NULL, OPT_CASE},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0}
};

static void
usage(void)
{
	printf("usage: belljar conform [OPTIONS] [PATTERN...]\n\n"
	       "Runs the mount vectors and says where they hold.\n\n"
	       "  --native          on this kernel (root, or a user namespace)\n"
	       "  --sandbox 'CMD'   inside a sandbox: CMD and our own command\n"
	       "                    line, @RUNNER@ is the path of our program\n"
	       "  --core            on belljar's VFS core by itself\n"
	       "  --filter PATTERN  these cases only\n"
	       "  --matrix, --json  one line per case; for programs\n"
	       "  --list, --verbose, --quiet, --limit SECONDS\n"
	       "  --vectors FILE    instead of those that are built in\n"
	       "  --lines           one line per case and place\n"
	       "  --record          print the cases with what is observed\n\n"
	       "belljar conform fuzz: random sequences; see the man page.\n"
	       "Without a place to run: --native, and belljar run -0.\n");
}

static void
add_target(struct conform *cf, enum target_kind kind, const char *name,
	   const char *command)
{
	struct target *t;

	cf->targets = realloc(cf->targets, sizeof(*t) *
			      (size_t)(cf->nr_targets + 1));
	if (!cf->targets)
		die("out of memory");
	t = &cf->targets[cf->nr_targets++];
	memset(t, 0, sizeof(*t));
	t->kind = kind;
	t->name = string_copy(name);
	t->command = command ? string_copy(command) : NULL;
}

/* Named for its first word, without the directory. */
static void
add_sandbox(struct conform *cf, const char *command)
{
	size_t len = strcspn(command, " ");
	char *first = strndup(command, len), *slash;

	if (!first)
		die("out of memory");
	slash = strrchr(first, '/');
	add_target(cf, TARGET_SANDBOX, slash ? slash + 1 : first, command);
	free(first);
}

static void
add_belljar(struct conform *cf, const char *path)
{
	struct buf command = { 0 };

	buf_printf(&command, "%s run -0 --tmpfs /tmp --ro-bind @RUNNER@ @RUNNER@ --",
		    path);
	add_target(cf, TARGET_SANDBOX, "belljar", command.s);
	buf_free(&command);
}

static void
add_filter(struct conform *cf, const char *pattern)
{
	cf->filters = realloc(cf->filters, sizeof(char *) *
			      (size_t)(cf->nr_filters + 1));
	if (!cf->filters)
		die("out of memory");
	cf->filters[cf->nr_filters++] = pattern;
}

static bool
is_wanted(const struct conform *cf, const struct vcase *c)
{
	for (int i = 0; i < cf->nr_filters; i++)
		if (!fnmatch(cf->filters[i], c->name, 0))
			return true;
	return cf->nr_filters == 0;
}

static void
take_option(struct conform *cf, int opt, const char **belljar)
{
	switch (opt) {
	case OPT_NATIVE: add_target(cf, TARGET_NATIVE, "native", NULL); break;
	case OPT_CORE: add_target(cf, TARGET_CORE, "core", NULL); break;
	case OPT_SANDBOX: add_sandbox(cf, optarg); break;
	case OPT_BELLJAR: *belljar = optarg; break;
	case 'f': add_filter(cf, optarg); break;
	case OPT_VECTORS: cases_load(&cf->cases, optarg); break;
	case 'l': cf->list = true; break;
	case 'v': cf->run.verbose = true; break;
	case 'q': cf->report.quiet = true; break;
	case 'r': cf->run.record = true; break;
	case OPT_JSON: cf->report.form = REPORT_JSON; break;
	case OPT_MATRIX: cf->report.form = REPORT_MATRIX; break;
	case OPT_LINES: cf->report.form = REPORT_LINES; cf->lines = true; break;
	case OPT_GAPS: cf->report.gaps = optarg; break;
	case OPT_DEVICE: cf->run.any_device = true; break;
	case OPT_UNSHARE: cf->run.no_unshare = true; break;
	case OPT_LIMIT: cf->run.limit = atoi(optarg); break;
	case OPT_SCRATCH: cf->run.scratch = optarg; break;
	case OPT_CASE: cf->one = true; break;
	case 'h': usage(); exit(0);
	default: exit(2);
	}
}

static void
parse(struct conform *cf, int argc, char **argv)
{
	const char *belljar = NULL;
	int opt;

	while ((opt = getopt_long(argc, argv, "f:lvqrh", options, NULL)) != -1)
		take_option(cf, opt, &belljar);
	while (optind < argc)
		add_filter(cf, argv[optind++]);
	if (cf->nr_targets == 0 && !cf->one) {
		add_target(cf, TARGET_NATIVE, "native", NULL);
		if (belljar && !cf->run.record)
			add_belljar(cf, belljar);
	}
	/* For people, when they ask by the verb. */
	if (belljar && !cf->lines && cf->report.form == REPORT_LINES)
		cf->report.form = REPORT_MATRIX;
}

static void
load_built_in(struct cases *cs)
{
	FILE *f = fmemopen((void *)(uintptr_t)vectors_text,
			   (size_t)(vectors_text_end - vectors_text), "r");

	if (!f)
		die("no vectors");
	cases_read(cs, f);
	fclose(f);
}

/* Inside a sandbox: the case comes on standard input. */
static int
run_one(struct conform *cf)
{
	struct cases cs = { 0 };

	cases_read(&cs, stdin);
	if (cs.nr != 1)
		die("no case on standard input");
	return target_run_here(TARGET_SANDBOX, &cs.v[0], &cf->run);
}

static int
record_all(struct conform *cf)
{
	for (int i = 0; i < cf->cases.nr_head; i++)
		printf("%s\n", cf->cases.head[i]);
	for (int i = 0; i < cf->cases.nr; i++) {
		struct vcase c = cf->cases.v[i];
		struct outcome o;

		if (!is_wanted(cf, &c))
			continue;
		c.nr_lines = 0;
		case_write(&c, stdout);
		target_run(&cf->targets[0], &cf->cases.v[i], &cf->run, &o);
		fputs(buf_str(&o.text), stdout);
		buf_free(&o.text);
	}
	return 0;
}

static int
run_all(struct conform *cf)
{
	struct report *r = &cf->report;
	struct outcome *o = calloc((size_t)cf->nr_targets, sizeof(*o));

	if (!o)
		die("out of memory");
	r->targets = cf->targets;
	r->nr_targets = cf->nr_targets;
	report_begin(r);
	for (int i = 0; i < cf->cases.nr; i++) {
		const struct vcase *c = &cf->cases.v[i];

		if (!is_wanted(cf, c))
			continue;
		for (int t = 0; t < cf->nr_targets; t++) {
			if (cf->targets[t].away)
				o[t] = (struct outcome){ .verdict = SKIPPED,
							 .cannot = true };
			else
				target_run(&cf->targets[t], c, &cf->run,
					   &o[t]);
		}
		report_case(r, c, o);
	}
	free(o);
	return report_end(r);
}

static void
list_all(const struct conform *cf)
{
	for (int i = 0; i < cf->cases.nr; i++)
		if (is_wanted(cf, &cf->cases.v[i]))
			printf("%-34s %s\n", cf->cases.v[i].name,
			       cf->cases.v[i].title);
}

static void
conform_fini(struct conform *cf)
{
	for (int i = 0; i < cf->nr_targets; i++) {
		free(cf->targets[i].name);
		free(cf->targets[i].command);
	}
	free(cf->targets);
	free(cf->filters);
	cases_free(&cf->cases);
}

int
main(int argc, char **argv)
{
	static char self[PATH_MAX];
	int fuzz;		/* where that word may stand */
	int status = 0;
	struct conform cf = {
		.run = { .limit = 60, .scratch = "/tmp", .runner = self },
	};

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		die("/proc/self/exe cannot be read");
	fuzz = argc > 3 && !strcmp(argv[1], "--belljar") ? 3 : 1;
	if (argc > fuzz && !strcmp(argv[fuzz], "fuzz"))
		return fuzz_main(argc - fuzz, argv + fuzz, self);
	parse(&cf, argc, argv);
	if (cf.one)
		return run_one(&cf);
	if (!cf.cases.nr)
		load_built_in(&cf.cases);
	if (cf.list)
		list_all(&cf);
	else
		status = cf.run.record ? record_all(&cf) : run_all(&cf);
	conform_fini(&cf);
	return status;
}
