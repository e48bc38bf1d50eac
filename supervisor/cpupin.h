/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpupin.h - keeping a guest thread that waits for us on the processor that
 * we run on, while it is being woken.
 *
 * A wake that the kernel does not know to be followed by our going to sleep
 * puts the woken thread on an idle processor if there is one.  Waking that,
 * twice for each descriptor handed over, costs several times what the call
 * itself does, above all in a virtual machine.  The guest can be kept from
 * moving, and so can we, whom it wakes in turn.  Which of these pays here is
 * measured all the time.
 *
 * Our own thread stays where it is a little longer than the wake, since the
 * next one comes soon; cpupin_call() lets it go.
 *
 * Notify thread only, but for cpupin_release().
 */
#ifndef SUPERVISOR_CPUPIN_H
#define SUPERVISOR_CPUPIN_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum cpupin_way { PIN_NONE, PIN_GUEST, PIN_BOTH, PIN_WAYS };

struct cpupin {
	pid_t tid;
	enum cpupin_way way;
	bool pinned;
	uint64_t start;		/* ns; 0: there is but one processor */
	cpu_set_t old, mine;	/* valid if pinned */
};

/* When a call has come in. */
void cpupin_call(void);
/* Lets the calling thread run anywhere again: a new thread inherits where. */
void cpupin_release(void);
/* Before the wake of `tid`, a thread that is asleep, and after it. */
void cpupin_begin(struct cpupin *p, pid_t tid);
void cpupin_end(struct cpupin *p);

#endif
