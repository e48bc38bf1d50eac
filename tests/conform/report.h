/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - what came out, for people, for suites and for programs.
 */
#ifndef TESTS_CONFORM_REPORT_H
#define TESTS_CONFORM_REPORT_H

#include "tests/conform/target.h"

enum report_form { REPORT_LINES, REPORT_MATRIX, REPORT_JSON };

struct report {
	enum report_form form;
	struct target *targets;
	int nr_targets;
	const char *gaps;	/* file of known gaps, or NULL */
	int nr[3];		/* per verdict, all targets together */
	int *per_target;	/* [target * 3 + verdict] */
	bool quiet;		/* no "ok" lines */
	bool first;
};

void report_begin(struct report *r);
/* The outcomes of one case, one per target. */
void report_case(struct report *r, const struct vcase *c,
		 struct outcome *outcomes);
/* Returns the exit status of the whole. */
int report_end(struct report *r);

#endif
