/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz.h - random sequences of mount operations: the kernel is the oracle.
 */
#ifndef TESTS_CONFORM_FUZZ_H
#define TESTS_CONFORM_FUZZ_H

#include "tests/conform/target.h"

/* "belljar-conform fuzz [OPTIONS]" */
int fuzz_main(int argc, char **argv, const char *runner);

/* fuzz_gen.c: the sequence of a seed, as a case without expectations; the
 * same for ever.  `without` names what it must not have: api, files, userns,
 * roots, flags.  End with fuzz_free(). */
void fuzz_generate(struct vcase *c, unsigned long seed, int steps,
		   const char *without);
void fuzz_free(struct vcase *c);

/* A difference between kernel and core. */
struct difference {
	int line;		/* of the case; -1: none */
	char kind[96];		/* "move: kernel OK, core EINVAL" */
};

/*
 * fuzz_compare.c: runs a case step by step on both, in this process.  Prints
 * the tables where they differ, with `print`.  `mount_max`: the kernel's limit,
 * for the core, or 0.  The number of steps done.
 */
int fuzz_compare(const struct vcase *c, const char *scratch,
		 unsigned int mount_max, bool print, struct difference *d);

/*
 * fuzz_record.c: the case with tables after every `every` lines and at the
 * end, and with what the kernel says to each line.  false: it could not be
 * recorded.  End with cases_free().
 */
bool fuzz_record(const struct vcase *c, const struct run_options *o,
		 int every, struct cases *out);
/* Has a sandbox another opinion than the kernel?  Appends its own to *text. */
bool fuzz_sandbox_differs(const struct vcase *c, const struct target *t,
			  const struct run_options *o, struct buf *text);

/* fuzz_shrink.c: drops lines as long as `fails` says that it still does. */
void fuzz_shrink(struct vcase *c,
		 bool (*fails)(const struct vcase *c, void *arg), void *arg);

#endif
