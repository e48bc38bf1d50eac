/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The FILTER_COND rows of include/syscalls.def as data, for one configuration.
 * Used by the filter (filter.c) and by filter_route().  Pure.
 */
#ifndef BELLJAR_SUPERVISOR_FILTER_COND_H
#define BELLJAR_SUPERVISOR_FILTER_COND_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/sysreq.h"
#include "supervisor/filter.h"

enum filter_op {
	TEST_NONE,		/* holds */
	TEST_EQ32,		/* a */
	TEST_IN32,		/* a..b */
	TEST_ANY32,		/* bits of a */
	TEST_MASK32,		/* b under the mask a */
	TEST_ZERO64,
};

struct filter_test {
	uint8_t op;		/* enum filter_op */
	uint8_t arg;		/* 0..5 */
	uint32_t a, b;
};

#define FILTER_TESTS	4	/* of one exception */
#define FILTER_CONDS	192	/* at least as many as the table has */

struct filter_cond {
	enum sc sc;
	enum sc_route route;
	unsigned int ntests;
	struct filter_test test[FILTER_TESTS];
};

/* The exceptions in force, in the table's order, chained by call. */
struct filter_conds {
	unsigned int n;
	short first[SC_MAX];	/* index of a call's first exception, or -1 */
	short next[FILTER_CONDS];
	struct filter_cond cond[FILTER_CONDS];
};

void filter_conds_find(const struct filter_config *cfg,
		       struct filter_conds *out);

bool filter_cond_equal(const struct filter_cond *a,
		       const struct filter_cond *b);

/* As filter_route(), for conditions that were found before. */
enum sc_route filter_conds_route(const struct filter_conds *conds, enum sc sc,
				 const uint64_t args[SC_ARGS]);

#endif
