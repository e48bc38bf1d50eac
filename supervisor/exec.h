/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec.h - execve and execveat: resolve, rewrite to the stub, hand out the
 * plan.  The sequence is described at the top of exec.c.
 */
#ifndef SUPERVISOR_EXEC_H
#define SUPERVISOR_EXEC_H

#include "supervisor/dispatch.h"

/* handlers: trace route only */
int sys_execve(struct call *c);
int sys_execveat(struct call *c);

/* PTRACE_EVENT_EXEC of `t` (already rebound to its new tid).  Verifies the
 * stub by device and inode; gives the task its new mm.  0, or -errno: the
 * tracer kills the guest.  Tracer thread. */
int exec_event(struct task *t);

/* The stub's magic call (notify route): answers with the plan. */
int sys_stub_plan(struct call *c);

/* The task goes away with an exec in progress. */
void exec_drop(struct task *t);

/*
 * The first program: looks it up (PATH search is launch.c's), as a call that
 * the first guest process makes itself - it simply calls execve(), which
 * arrives as any other.
 */
#endif
