/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idfilter.h - more filters for some guests, on top of the one that all have.
 *
 * Where the first guest has its real ids, calls that only tell ids or names
 * are native.  A thread that enters another user or UTS namespace gets a
 * filter of its own on top, which sends those calls to the tracer (a listener
 * there can be only one).  It takes nothing but speed away, so it does not
 * matter whether the guest lets it in: without it ids would show as they are.
 *
 * A process that opens a table of mounts gets another, which sends the calls
 * that wait for descriptors, and those that go back to the start of a file, to
 * the tracer: see tablefile.h.
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
/* The one for tables of mounts, for all threads of the process if that can be. */
void idfilter_install_tables(struct task *t);
void idfilter_free(struct sandbox *sb);

#endif
