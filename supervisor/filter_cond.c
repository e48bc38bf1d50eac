/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "include/uapi.h"
#include "supervisor/filter_cond.h"

#define ARG_NONE		{ TEST_NONE, 0, 0, 0 }
#define ARG_EQ32(i, v)		{ TEST_EQ32, i, v, 0 }
#define ARG_IN32(i, lo, hi)	{ TEST_IN32, i, lo, hi }
#define ARG_ANY32(i, mask)	{ TEST_ANY32, i, mask, 0 }
#define ARG_MASK32(i, mask, v)	{ TEST_MASK32, i, mask, v }
#define ARG_ZERO64(i)		{ TEST_ZERO64, i, 0, 0 }

struct cond_adder {
	struct filter_conds *out;
	short last[SC_MAX];	/* the call's latest exception so far */
};

static void
cond_add(struct cond_adder *ad, enum sc sc, enum sc_route route,
	 const struct filter_test *test, unsigned int ntests)
{
	struct filter_conds *out = ad->out;
	short i = (short)out->n;

	assert(out->n < FILTER_CONDS && ntests <= FILTER_TESTS);
	out->n++;
	out->cond[i].sc = sc;
	out->cond[i].route = route;
	out->cond[i].ntests = ntests;
	memcpy(out->cond[i].test, test, ntests * sizeof(*test));
	out->next[i] = -1;
	if (out->first[sc] < 0)
		out->first[sc] = i;
	else
		out->next[ad->last[sc]] = i;
	ad->last[sc] = i;
}

void
filter_conds_find(const struct filter_config *cfg, struct filter_conds *out)
{
	struct cond_adder ad = { .out = out };

	out->n = 0;
	for (unsigned int sc = 0; sc < SC_MAX; sc++)
		out->first[sc] = -1;
#define FILTER_COND(name, when, route, ...)				\
	if (when) {							\
		static const struct filter_test tests_[] = { __VA_ARGS__ }; \
		cond_add(&ad, SC_##name, ROUTE_##route, tests_,		\
			 sizeof(tests_) / sizeof(tests_[0]));		\
	}
#include "include/syscalls.def"
#undef FILTER_COND
}

bool
filter_cond_equal(const struct filter_cond *a, const struct filter_cond *b)
{
	if (a->sc != b->sc || a->route != b->route || a->ntests != b->ntests)
		return false;
	for (unsigned int i = 0; i < a->ntests; i++)
		if (a->test[i].op != b->test[i].op ||
		    a->test[i].arg != b->test[i].arg ||
		    a->test[i].a != b->test[i].a ||
		    a->test[i].b != b->test[i].b)
			return false;
	return true;
}

static bool
test_holds(const struct filter_test *t, const uint64_t args[SC_ARGS])
{
	uint32_t low = (uint32_t)args[t->arg];

	switch ((enum filter_op)t->op) {
	case TEST_NONE:
		return true;
	case TEST_EQ32:
		return low == t->a;
	case TEST_IN32:
		return low >= t->a && low <= t->b;
	case TEST_ANY32:
		return (low & t->a) != 0;
	case TEST_MASK32:
		return (low & t->a) == t->b;
	case TEST_ZERO64:
		return args[t->arg] == 0;
	}
	return false;
}

static bool
cond_holds(const struct filter_cond *c, const uint64_t args[SC_ARGS])
{
	for (unsigned int i = 0; i < c->ntests; i++) {
		if (!test_holds(&c->test[i], args))
			return false;
	}
	return true;
}

enum sc_route
filter_conds_route(const struct filter_conds *conds, enum sc sc,
		   const uint64_t args[SC_ARGS])
{
	for (short i = conds->first[sc]; i >= 0; i = conds->next[i]) {
		if (cond_holds(&conds->cond[i], args))
			return conds->cond[i].route;
	}
	return (enum sc_route)sc_row(sc)->route;
}

enum sc_route
filter_route(const struct filter_config *cfg, enum sc sc,
	     const uint64_t args[SC_ARGS])
{
	struct filter_conds conds;

	filter_conds_find(cfg, &conds);
	return filter_conds_route(&conds, sc, args);
}
