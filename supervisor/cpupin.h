/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpupin.h - keeping a guest thread that waits for us on the processor that
 * we run on, while it is being woken.
 *
 * A wake that the kernel does not know to be followed by our going to sleep
 * puts the woken thread on an idle processor if there is one.  Waking that,
 * twice for each descriptor handed over, costs several times what the call
 * itself does, above all in a virtual machine.  Whether it does here is
 * measured all the time.
 *
 * Notify thread only.
 */
#ifndef SUPERVISOR_CPUPIN_H
#define SUPERVISOR_CPUPIN_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct cpupin {
	pid_t tid;
	bool pinned;
	uint64_t start;		/* ns; 0: there is but one processor */
	cpu_set_t old, mine;	/* valid if pinned */
};

/* Before the wake of `tid`, a thread that is asleep, and after it. */
void cpupin_begin(struct cpupin *p, pid_t tid);
void cpupin_end(struct cpupin *p);

#endif
