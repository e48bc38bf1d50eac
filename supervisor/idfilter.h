/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idfilter.h - a second filter for guests whose ids differ from the real ones.
 *
 * Where the first guest has its real ids, calls that only tell ids or names
 * are native.  A thread that enters another user or UTS namespace gets a
 * filter of its own on top, which sends those calls to the tracer (a listener
 * there can be only one).  It takes nothing but speed away, so it does not
 * matter whether the guest lets it in: without it ids would show as they are.
 */
#ifndef SUPERVISOR_IDFILTER_H
#define SUPERVISOR_IDFILTER_H

struct sandbox;
struct task;

/*
 * Has the task, which stands at a call of its own, put the filter on.  Once is
 * enough; children inherit it.  Tracer thread; uses trace_inject().
 */
void idfilter_install(struct task *t);
void idfilter_free(struct sandbox *sb);

#endif
