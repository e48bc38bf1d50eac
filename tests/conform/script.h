/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script.h - one case, line by line, by an executor.
 */
#ifndef TESTS_CONFORM_SCRIPT_H
#define TESTS_CONFORM_SCRIPT_H

#include "tests/conform/cases.h"
#include "tests/conform/executor.h"

struct script {
	const struct vcase *c;
	struct executor *x;
	bool verbose;		/* print every operation and its result */
	bool record;		/* print the case with what was observed */
	bool any_device;	/* equality of devices does not count */
	int line;		/* lines[line] is at work */
	int failures;
};

/* Prints what differs; the number of lines that failed. */
int script_run(struct script *s);

#endif
