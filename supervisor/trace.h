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

/* Runs until the last guest is gone.  The calling thread becomes the
 * tracer: it must be the one that forked the first guest. */
int tracer_run(struct sandbox *sb);

/* Runs fn(arg) on the tracer thread, soon.  Any thread. */
int tracer_post(struct sandbox *sb, void (*fn)(struct sandbox *, void *),
		void *arg);

/* --- for handlers on a trace or trap route: the guest stands at a system
 * call stop; tracer thread only ------------------------------------------ */

/* The registers at this stop (borrowed; changes are written back when the
 * handler answers with reply_rewrite()). */
struct arch_regs *trace_regs(struct call *c);

/*
 * Let the guest execute the call with the registers as changed, then stop
 * it at the exit of the call and run `done` there (tracer thread).  `done`
 * gets the registers at exit and may change them (they are written back).
 * If the call is an exec that succeeds, the exec event is delivered to
 * exec_event() instead and `done` is not called.
 */
int reply_rewrite(struct call *c,
		  void (*done)(struct task *t, struct arch_regs *regs,
			       void *arg), void *arg);

/*
 * remote.h's business, used here: run one system call in the stopped guest
 * with its registers saved and restored around it.  Returns its value.
 */
int64_t trace_inject(struct task *t, long nr, const uint64_t args[6]);

#endif
