/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/tasksnap.h"

#include <stdlib.h>

#include "supervisor/sandbox.h"

static bool
collect(struct task *t, void *arg)
{
	struct task_snap *l = arg;

	if (l->nr == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		struct task **v = reallocarray(l->v, room, sizeof(*v));

		if (!v)
			return true;
		l->v = v;
		l->room = room;
	}
	l->v[l->nr++] = task_get(t);
	return false;
}

bool
task_snap_take(struct sandbox *sb, struct task_snap *l)
{
	return !task_for_each(sb, collect, l);
}

void
task_snap_fini(struct task_snap *l)
{
	for (size_t i = 0; i < l->nr; i++)
		task_put(l->v[i]);
	free(l->v);
	*l = (struct task_snap)TASK_SNAP_INIT;
}
