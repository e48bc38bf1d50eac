/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpupin.h - keeping a guest thread that waits for us on the processor that
 * we run on, while it is being woken.
 *
 * A wake that the kernel does not know to be followed by our going to sleep
 * puts the woken thread on an idle processor if there is one.  Waking that,
 * twice for each descriptor handed over and twice for each stop, costs more
 * than the call itself, above all in a virtual machine.  So the guest is kept
 * from moving, and so are we, whom it wakes in turn.
 *
 * That is good only while one thread at a time has something to do, as in a
 * shell that runs a command: of several, each should have a processor.  The
 * kernel's count of threads that run tells, looked at once in a millisecond.
 *
 * Our own thread stays where it is a little longer than the wake, since the
 * next one comes soon; cpupin_met() lets it go.
 *
 * Notify and tracer thread; cpupin_release() any.
 */
#ifndef SUPERVISOR_CPUPIN_H
#define SUPERVISOR_CPUPIN_H

#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

struct cpupin {
	pid_t tid;
	bool pinned;
	cpu_set_t old, mine;	/* valid if pinned */
};

/* `loadavg`: /proc/loadavg, to be kept open, or -1: nobody is pinned. */
void cpupin_start(int loadavg);
/* When a call or a stop has come in. */
void cpupin_met(void);
/* Lets the calling thread run anywhere again: a new thread inherits where. */
void cpupin_release(void);
/* Before the wake of `tid`, a thread that is asleep, and after it. */
void cpupin_begin(struct cpupin *p, pid_t tid);
void cpupin_end(struct cpupin *p);

#endif
