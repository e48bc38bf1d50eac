/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/cpupin.h"

#include <time.h>
#include <unistd.h>

#define TRY_EVERY	128	/* wakes, the other way; */
#define TRY_EARLY	4	/* and now and then at the beginning */
#define COST_MAX	100000	/* ns; more is somebody else's doing */

/* What a wake costs each way, as it is and pinned: a moving average. */
static struct {
	unsigned int n;
	bool many;		/* processors */
	bool pins;		/* that is cheaper */
	uint64_t cost[2];	/* ns; 0: not known */
} state;

static uint64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void
learn(bool pinned, uint64_t took)
{
	uint64_t *cost = &state.cost[pinned];

	if (took > COST_MAX)
		took = COST_MAX;
	*cost = *cost ? (*cost * 7 + took) / 8 : took;
	state.pins = state.cost[1] && state.cost[1] < state.cost[0];
}

static bool
tries_other(unsigned int n)
{
	return n % (n < 4 * TRY_EARLY ? TRY_EARLY : TRY_EVERY) == 0;
}

void
cpupin_begin(struct cpupin *p, pid_t tid)
{
	int cpu;

	p->pinned = false;
	if (state.n++ == 0)
		state.many = sysconf(_SC_NPROCESSORS_ONLN) > 1;
	p->start = state.many ? now() : 0;
	if (!state.many || state.pins == tries_other(state.n))
		return;
	cpu = sched_getcpu();
	if (cpu < 0 || sched_getaffinity(tid, sizeof(p->old), &p->old) < 0)
		return;
	CPU_ZERO(&p->mine);
	CPU_SET((unsigned int)cpu, &p->mine);
	p->tid = tid;
	p->pinned = CPU_ISSET((unsigned int)cpu, &p->old) &&
		    sched_setaffinity(tid, sizeof(p->mine), &p->mine) == 0;
}

void
cpupin_end(struct cpupin *p)
{
	cpu_set_t set;

	if (!p->start)
		return;
	/* Unless another guest has changed it meanwhile. */
	if (p->pinned &&
	    sched_getaffinity(p->tid, sizeof(set), &set) == 0 &&
	    CPU_EQUAL(&set, &p->mine))
		sched_setaffinity(p->tid, sizeof(p->old), &p->old);
	learn(p->pinned, now() - p->start);
}
