/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target.h - where cases run: on the kernel, on the core, in a sandbox.
 */
#ifndef TESTS_CONFORM_TARGET_H
#define TESTS_CONFORM_TARGET_H

#include "tests/conform/cases.h"
#include "tests/conform/buf.h"

enum target_kind { TARGET_NATIVE, TARGET_CORE, TARGET_SANDBOX };

struct target {
	enum target_kind kind;
	char *name;		/* "native", "core", "bwrap" */
	char *command;		/* of a sandbox, split at blanks */
	bool away;		/* nothing can be run there, and that was told */
};

enum verdict { PASSED, FAILED, SKIPPED };

struct outcome {
	enum verdict verdict;
	bool cannot;		/* nothing can be run there */
	struct buf text;	/* what was printed; why it was skipped */
};

struct run_options {
	bool verbose, record, any_device, no_unshare;
	int limit;		/* seconds for a case */
	const char *scratch;
	const char *runner;	/* our own executable */
};

/* Runs a case in processes of its own. */
void target_run(const struct target *t, const struct vcase *c,
		const struct run_options *o, struct outcome *out);
/* Runs a case here, in this process; the exit status: 0, 1, or EXIT_CANNOT
 * after a line that says why. */
#define EXIT_CANNOT 77
#define EXIT_NEEDS 78		/* or this one, which needs what is not there */
int target_run_here(enum target_kind kind, const struct vcase *c,
		    const struct run_options *o);

#endif
