/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.h - the tracer thread: the only one that calls ptrace and waits for
 * guests.  Birth, exec, exit, signals; calls that come by trace or trap.
 *
 * The other threads reach it with tracer_post().
 */
#ifndef SUPERVISOR_TRACE_H
#define SUPERVISOR_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "arch/arch.h"
#include "supervisor/dispatch.h"

struct sandbox;
struct task;

/* Makes the calling thread, the one that will fork the first guest, the
 * tracer.  -ENOMEM. */
int tracer_new(struct sandbox *sb);
void tracer_free(struct sandbox *sb);
/* Traces the first guest, which runs: it and all that come of it are killed
 * when we end.  -errno. */
int tracer_seize(pid_t pid);

/* The traced `pid`, which is asleep, stops at every call from now on.  0 or
 * -errno. */
int tracer_stop_at_calls(pid_t pid);

/* Runs until the last guest is gone.  The calling thread becomes the
 * tracer: it must be the one that forked the first guest. */
int tracer_run(struct sandbox *sb);

/* For the handlers of signals that the tracer must look at: ends its sleep.
 * Async-signal-safe; may not return, so it comes last.  The handler must run
 * with all signals blocked. */
void tracer_interrupt_wait(void);

/* Runs fn(arg) on the tracer thread, soon.  Any thread. */
int tracer_post(struct sandbox *sb, void (*fn)(struct sandbox *, void *),
		void *arg);

/* The same, and waits until it has run.  Helper threads only: the tracer must
 * not be waited for by who serves it.  -ENOMEM. */
int tracer_call(struct sandbox *sb, void (*fn)(struct sandbox *, void *),
		void *arg);

/* Runs what has been posted, after tracer_run().  Tracer thread. */
void tracer_run_posted(struct sandbox *sb);

/* --- for handlers on a trace or trap route: the guest stands at a system
 * call stop; tracer thread only ------------------------------------------ */

/* The registers at this stop (borrowed; changes are written back when the
 * handler answers with reply_rewrite()). */
struct arch_regs *trace_regs(struct call *c);

/*
 * Let the guest execute the call with the registers as changed, then stop
 * it at the exit of the call and run `done` there (tracer thread).  `done`
 * gets the registers at exit and may change them (they are written back);
 * NULL: nothing is done there.
 * If the call is an exec that succeeds, the exec event is delivered to
 * exec_event() instead and `done` is not called.
 */
int reply_rewrite(struct call *c,
		  void (*done)(struct task *t, struct arch_regs *regs,
			       void *arg), void *arg);

/*
 * Has the stopped guest make one system call; its registers come back when
 * the call at hand is answered.  From a handler on a trace or trap route, or
 * from `done`.  Returns the call's value; -ESRCH: the guest is gone.
 */
int64_t trace_inject(struct task *t, long nr, const uint64_t args[6]);

/*
 * Answers a call that has left its handler (reply_defer on a trace route):
 * `ret` as a handler returns it.  Frees nothing.
 */
void trace_answer(struct call *c, int ret);
/* From a helper thread: has the tracer answer with c->deferred_ret, and free
 * the call.  `restart`: a signal ended it; the kernel decides between EINTR
 * and SA_RESTART. */
void trace_deferred(struct call *c, bool restart);

/* The tracer has the task see to its signals soon.  Tracer thread. */
void trace_interrupt(struct task *t);

#endif
