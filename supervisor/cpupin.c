/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/cpupin.h"

#include <time.h>
#include <unistd.h>

#define TRY_EVERY	128	/* wakes, another way; */
#define TRY_EARLY	4	/* and now and then at the beginning */
#define EARLY		(6 * TRY_EARLY)
#define COST_MAX	100000	/* ns; more is somebody else's doing */
#define STAY		1000000	/* ns that we stay where we are */

/* What a wake costs each way: a moving average. */
static struct {
	unsigned int n;
	bool many;		/* processors */
	enum cpupin_way best;	/* the cheapest */
	enum cpupin_way other;	/* the one tried last besides it */
	uint64_t cost[PIN_WAYS];	/* ns; 0: not known */
} state;

/* Our own thread, while it is kept on a processor. */
static _Thread_local struct {
	uint64_t since;		/* ns; 0: it is not */
	int cpu;
	cpu_set_t all;		/* where it may run else */
} self;

static uint64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void
learn(enum cpupin_way way, uint64_t took)
{
	uint64_t *cost = &state.cost[way];

	if (took > COST_MAX)
		took = COST_MAX;
	*cost = *cost ? (*cost * 7 + took) / 8 : took;
	for (unsigned int i = 0; i < PIN_WAYS; i++)
		if (state.cost[i] && state.cost[i] < state.cost[state.best])
			state.best = i;
}

static enum cpupin_way
choose(unsigned int n)
{
	if (n % (n < EARLY ? TRY_EARLY : TRY_EVERY))
		return state.best;
	do
		state.other = (state.other + 1) % PIN_WAYS;
	while (state.other == state.best);
	return state.other;
}

void
cpupin_release(void)
{
	if (!self.since)
		return;
	sched_setaffinity(0, sizeof(self.all), &self.all);
	self.since = 0;
}

static bool
self_keep(int cpu, uint64_t at)
{
	cpu_set_t set;

	if (self.since && self.cpu == cpu)
		return true;
	cpupin_release();
	if (sched_getaffinity(0, sizeof(self.all), &self.all) < 0)
		return false;
	CPU_ZERO(&set);
	CPU_SET((unsigned int)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		return false;
	self.cpu = cpu;
	self.since = at;
	return true;
}

void
cpupin_call(void)
{
	if (self.since && now() - self.since > STAY)
		cpupin_release();
}

void
cpupin_begin(struct cpupin *p, pid_t tid)
{
	int cpu;

	p->pinned = false;
	p->way = PIN_NONE;
	if (state.n++ == 0)
		state.many = sysconf(_SC_NPROCESSORS_ONLN) > 1;
	p->start = state.many ? now() : 0;
	if (!state.many)
		return;
	p->way = choose(state.n);
	if (p->way != PIN_BOTH)
		cpupin_release();
	if (p->way == PIN_NONE)
		return;
	cpu = sched_getcpu();
	if (cpu < 0 || sched_getaffinity(tid, sizeof(p->old), &p->old) < 0)
		return;
	CPU_ZERO(&p->mine);
	CPU_SET((unsigned int)cpu, &p->mine);
	p->tid = tid;
	p->pinned = CPU_ISSET((unsigned int)cpu, &p->old) &&
		    (p->way != PIN_BOTH || self_keep(cpu, p->start)) &&
		    sched_setaffinity(tid, sizeof(p->mine), &p->mine) == 0;
	if (!p->pinned)
		p->way = PIN_NONE;
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
	learn(p->way, now() - p->start);
}
