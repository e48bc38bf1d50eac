/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/cpupin.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define STAY		1000000	/* ns that we stay where we are, and that a look
				 * at the others holds */
/* Us, and who has just been woken. */
#define ALONE		2

static int loadavg = -1;	/* -1: do not pin */

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

void
cpupin_start(int fd)
{
	loadavg = fd;
}

/* Do others run, on the whole machine? */
static bool
look_for_others(void)
{
	unsigned int running;
	char line[64];
	ssize_t n;

	n = pread(loadavg, line, sizeof(line) - 1, 0);
	if (n <= 0)
		return true;
	line[n] = '\0';
	return sscanf(line, "%*s %*s %*s %u/", &running) != 1 ||
	       running > ALONE;
}

/* Two threads may both look: no harm. */
static bool
is_crowded(void)
{
	static _Atomic uint64_t looked;
	static atomic_bool crowded;
	uint64_t at;

	if (loadavg < 0)
		return true;
	at = now();
	if (at - looked > STAY) {
		looked = at;
		crowded = look_for_others();
	}
	return crowded;
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
self_keep(int cpu)
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
	self.since = now();
	return true;
}

void
cpupin_met(void)
{
	if (self.since && now() - self.since > STAY)
		cpupin_release();
}

void
cpupin_begin(struct cpupin *p, pid_t tid)
{
	int cpu;

	p->pinned = false;
	if (is_crowded()) {
		cpupin_release();
		return;
	}
	cpu = sched_getcpu();
	if (cpu < 0 || sched_getaffinity(tid, sizeof(p->old), &p->old) < 0)
		return;
	CPU_ZERO(&p->mine);
	CPU_SET((unsigned int)cpu, &p->mine);
	p->tid = tid;
	p->pinned = CPU_ISSET((unsigned int)cpu, &p->old) && self_keep(cpu) &&
		    sched_setaffinity(tid, sizeof(p->mine), &p->mine) == 0;
}

void
cpupin_end(struct cpupin *p)
{
	cpu_set_t set;

	/* Unless another guest has changed it meanwhile. */
	if (p->pinned &&
	    sched_getaffinity(p->tid, sizeof(set), &set) == 0 &&
	    CPU_EQUAL(&set, &p->mine))
		sched_setaffinity(p->tid, sizeof(p->old), &p->old);
}
