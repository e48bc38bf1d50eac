/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tasksnap.h - all tasks of a moment, for what may block: task_for_each() calls
 * its function under task_lock.
 */
#ifndef SUPERVISOR_TASKSNAP_H
#define SUPERVISOR_TASKSNAP_H

#include <stdbool.h>
#include <stddef.h>

struct sandbox;
struct task;

struct task_snap {
	struct task **v;		/* counted */
	size_t nr, room;
};

#define TASK_SNAP_INIT	{ .v = NULL }

/* Fills an empty one.  False: without memory it has only some of them. */
bool task_snap_take(struct sandbox *sb, struct task_snap *l);
void task_snap_fini(struct task_snap *l);

#endif
