/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz.c - batches of random sequences; what differs is made small and
 * printed as a case.
 */
#include "tests/conform/fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BATCH		50	/* sequences in one process */
#define PATIENCE	30	/* seconds for a sequence */
#define EXIT_DIFFERS	10
#define MAX_KINDS	64
#define PER_KIND	2	/* of each kind are made small */

/* Shared with the process of a batch. */
struct progress {
	unsigned long seed, done, steps;
	struct difference d;
	struct difference tried;	/* of a smaller case */
};

struct fuzz {
	unsigned long seed, sequences;
	int steps, failures;
	unsigned int mount_max;	/* the system's, for the core; 0: as usual */
	const char *without;	/* see fuzz_generate() */
	bool replay;		/* one seed, in words */
	bool in_sandbox;
	struct target sandbox;
	struct run_options run;
	struct progress *shared;
	time_t end;		/* 0: none */
	struct {
		char kind[96];
		int nr;
	} kinds[MAX_KINDS];
	int nr_kinds;
};

static bool
is_over(const struct fuzz *f)
{
	return f->shared->done >= f->sequences ||
		(f->end && time(NULL) >= f->end);
}

/* ----------------------------------------------------- kernel against core */

static void
run_batch(struct fuzz *f)
{
	struct progress *p = f->shared;

	for (int i = 0; i < BATCH && !is_over(f); i++) {
		struct vcase c;

		alarm(PATIENCE);
		strcpy(p->d.kind, "the core ended");
		fuzz_generate(&c, p->seed, f->steps, f->without);
		p->steps += (unsigned long)fuzz_compare(&c, f->run.scratch,
							f->mount_max, false,
							&p->d);
		fuzz_free(&c);
		if (p->d.line >= 0)
			_exit(EXIT_DIFFERS);
		p->seed++;
		p->done++;
	}
	_exit(0);
}

static int
wait_for(pid_t pid)
{
	int status;

	if (pid < 0)
		die("fork: %s", strerror(errno));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* In the same way?  In a process of its own: the core may die. */
static bool
core_differs(const struct vcase *c, void *arg)
{
	struct fuzz *f = arg;
	struct difference *d = &f->shared->tried;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		if (dup2(null, 1) < 0 || dup2(null, 2) < 0)
			_exit(0);
		alarm(PATIENCE);
		fuzz_compare(c, f->run.scratch, f->mount_max, false, d);
		_exit(d->line >= 0 ? EXIT_DIFFERS : 0);
	}
	status = wait_for(pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_DIFFERS)
		return status && f->shared->d.line < 0;
	return !strcmp(d->kind, f->shared->d.kind);
}

static bool
sandbox_differs(const struct vcase *c, void *arg)
{
	struct fuzz *f = arg;
	struct buf text = { 0 };
	bool differ = fuzz_sandbox_differs(c, &f->sandbox, &f->run, &text);

	buf_free(&text);
	return differ;
}

/* ---------------------------------------------------------------- reports */

/* Has this kind been told often enough? */
static bool
is_known(struct fuzz *f, const char *kind)
{
	for (int i = 0; i < f->nr_kinds; i++)
		if (!strcmp(f->kinds[i].kind, kind))
			return f->kinds[i].nr++ >= PER_KIND;
	if (f->nr_kinds == MAX_KINDS)
		return true;
	snprintf(f->kinds[f->nr_kinds].kind, sizeof(f->kinds[0].kind), "%s",
		 kind);
	f->kinds[f->nr_kinds++].nr = 1;
	return false;
}

static void
print_recorded(struct fuzz *f, const struct vcase *c)
{
	struct cases recorded;

	if (fuzz_record(c, &f->run, 0, &recorded))
		case_write(&recorded.v[0], stdout);
	else
		case_write(c, stdout);
	cases_free(&recorded);
}

static void
report(struct fuzz *f, unsigned long seed, const char *kind,
       bool (*differs)(const struct vcase *c, void *arg))
{
	struct vcase c;

	fuzz_generate(&c, seed, f->steps, f->without);
	if (!differs(&c, f)) {
		/* The kernel lets go of some things late. */
		printf("unsteady: fuzz-%lu: %s\n", seed, kind);
	} else {
		f->failures++;
		printf("FAIL fuzz-%lu: %s\n", seed, kind);
		if (!is_known(f, kind)) {
			fuzz_shrink(&c, differs, f);
			print_recorded(f, &c);
			putchar('\n');
		}
	}
	fflush(stdout);
	fuzz_free(&c);
}

/* ------------------------------------------------------------------- runs */

static void
run_core(struct fuzz *f)
{
	struct progress *p = f->shared;

	while (!is_over(f)) {
		pid_t pid;
		int status;

		fflush(stdout);
		pid = fork();
		if (pid == 0)
			run_batch(f);
		status = wait_for(pid);
		if (status == 0)
			continue;
		if (WIFSIGNALED(status))
			snprintf(p->d.kind, sizeof(p->d.kind),
				 "the core died of signal %d",
				 WTERMSIG(status));
		report(f, p->seed, p->d.kind, core_differs);
		p->seed++;
		p->done++;
	}
}

static void
run_sandbox(struct fuzz *f)
{
	struct progress *p = f->shared;

	while (!is_over(f)) {
		struct buf text = { 0 };
		struct vcase c;

		fuzz_generate(&c, p->seed, f->steps, f->without);
		p->steps += (unsigned long)c.nr_lines;
		if (fuzz_sandbox_differs(&c, &f->sandbox, &f->run, &text)) {
			char *end = strchr(text.s, '\n');

			if (end)
				*end = '\0';
			report(f, p->seed, cases_trim(text.s), sandbox_differs);
		}
		buf_free(&text);
		fuzz_free(&c);
		p->seed++;
		p->done++;
	}
}

/* One seed: every line, and where it differs. */
static int
replay(struct fuzz *f)
{
	struct difference d;
	struct vcase c;

	fuzz_generate(&c, f->seed, f->steps, f->without);
	if (f->in_sandbox) {
		struct buf text = { 0 };

		print_recorded(f, &c);
		d.line = fuzz_sandbox_differs(&c, &f->sandbox, &f->run,
					      &text) ? 0 : -1;
		fputs(buf_str(&text), stdout);
		buf_free(&text);
	} else {
		fuzz_compare(&c, f->run.scratch, f->mount_max, true, &d);
		if (d.line >= 0)
			printf("differs: %s\n", d.kind);
	}
	fuzz_free(&c);
	return d.line >= 0;
}

/* ---------------------------------------------------------------- options */

static const struct option options[] = {
	{"seed", required_argument, NULL, 's'},
	{"sequences", required_argument, NULL, 'n'},
	{"seconds", required_argument, NULL, 't'},
	{"steps", required_argument, NULL, 'k'},
	{"sandbox", required_argument, NULL, 'b'},
	{"replay", required_argument, NULL, 'r'},
	{"without", required_argument, NULL, 'w'},
	{"no-unshare", no_argument, NULL, 'u'},
	{"mount-max", required_argument, NULL, 'm'},
	{"scratch", required_argument, NULL, 'd'},
	{NULL, 0, NULL, 0}
};

static void
parse(struct fuzz *f, int argc, char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 's': f->seed = strtoul(optarg, NULL, 0); break;
		case 'n': f->sequences = strtoul(optarg, NULL, 0); break;
		case 't': f->end = time(NULL) + atol(optarg); break;
		case 'k': f->steps = atoi(optarg); break;
		case 'r':
			f->seed = strtoul(optarg, NULL, 0);
			f->replay = true;
			break;
		case 'b':
			f->in_sandbox = true;
			f->sandbox.kind = TARGET_SANDBOX;
			f->sandbox.command = optarg;
			break;
		case 'w': f->without = optarg; break;
		case 'u': f->run.no_unshare = true; break;
		case 'm':
			f->mount_max = (unsigned int)strtoul(optarg, NULL, 0);
			break;
		case 'd': f->run.scratch = optarg; break;
		default: exit(2);
		}
	}
	if (!f->sequences)
		f->sequences = f->end ? (unsigned long)-1 : 1000;
}

int
fuzz_main(int argc, char **argv, const char *runner)
{
	struct fuzz f = {
		.seed = (unsigned long)time(NULL) * 1000, .steps = 40,
		.without = "",
		.run = { .limit = 60, .scratch = "/tmp", .runner = runner },
	};
	time_t start = time(NULL);

	if (geteuid() != 0) {
		printf("skip fuzz: needs root\n"
		       "fuzz: 0 passed, 0 failed, 1 skipped\n");
		return 0;
	}
	parse(&f, argc, argv);
	if (f.replay)
		return replay(&f);
	f.shared = mmap(NULL, sizeof(*f.shared), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (f.shared == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	f.shared->seed = f.seed;
	if (f.in_sandbox)
		run_sandbox(&f);
	else
		run_core(&f);
	for (int i = 0; i < f.nr_kinds; i++)
		printf("%6d  %s\n", f.kinds[i].nr, f.kinds[i].kind);
	printf("seeds %lu to %lu, %lu steps, %ld seconds\n", f.seed,
	       f.shared->seed - 1, f.shared->steps, time(NULL) - start);
	printf("fuzz: %lu passed, %d failed, 0 skipped\n",
	       f.shared->done - (unsigned long)f.failures, f.failures);
	return f.failures != 0;
}
