/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/nest.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "include/ref.h"
#include "supervisor/dispatch.h"
#include "supervisor/nschange.h"
#include "supervisor/sandbox.h"

struct nest {
	struct ref ref;
	struct nest *parent;		/* [I] counted, or NULL */
	uint32_t id;			/* [I] */
	pid_t init, owner;		/* [I] it ends with either */
	_Atomic bool no_userns;		/* [a] */
	_Atomic bool ending;		/* [a] */
};

struct nest *
nest_get(struct nest *n)
{
	if (n)
		ref_get(&n->ref);
	return n;
}

void
nest_put(struct nest *n)
{
	while (n && ref_put(&n->ref)) {
		struct nest *up = n->parent;

		free(n);
		n = up;
	}
}

static int
enter(struct task *t)
{
	static _Atomic uint32_t last;
	struct nest *n;

	if (!task_is_alone(t))
		return -EINVAL;
	n = calloc(1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	ref_init(&n->ref);
	n->id = ++last;
	n->init = t->tgid;
	n->owner = t->ptgid;
	n->parent = t->nest;		/* the task's reference goes over */
	n->no_userns = n->parent && n->parent->no_userns;
	t->nest = n;
	t->sb->nested = true;
	return 0;
}

int
nest_prctl(struct call *c, uint64_t op)
{
	struct nest *n = c->task->nest;
	int depth = 1;

	switch (op) {
	case NEST_DEPTH:
		for (; n; n = n->parent)
			depth++;
		return depth;
	case NEST_ENTER:
		return c->rq.arg[2] ? -EINVAL : enter(c->task);
	case NEST_NO_USERNS:
		if (!n)
			return -EPERM;
		n->no_userns = true;
		return 0;
	}
	return -EINVAL;
}

/* --- who is seen ------------------------------------------------------------ */

bool
nest_sees(const struct task *by, const struct task *t)
{
	const struct nest *mine = by->nest, *n = t->nest;

	while (n && n != mine)
		n = n->parent;
	return n == mine;
}

struct task *
nest_find(struct task *by, pid_t tid)
{
	struct task *t = task_find(by->sb, tid);

	return t && nest_sees(by, t) ? t : NULL;
}

struct task *
nest_find_get(struct task *by, pid_t tid)
{
	struct task *t = task_find_get(by->sb, tid);

	if (!t || nest_sees(by, t))
		return t;
	task_put(t);
	return NULL;
}

bool
nest_pid_is_seen(struct task *by, pid_t pid)
{
	struct task *t = nest_find_get(by, pid);

	task_put(t);
	return t;
}

struct member {
	const struct task *by;
	pid_t pgid;
};

static bool
is_seen_member(struct task *t, void *arg)
{
	const struct member *m = arg;

	return t->tid == t->tgid && nest_sees(m->by, t) &&
	       getpgid(t->tid) == m->pgid;
}

bool
nest_pgrp_is_seen(struct task *by, pid_t pgid)
{
	struct member m = { .by = by, .pgid = pgid };

	return task_for_each(by->sb, is_seen_member, &m);
}

uint32_t
nest_id(const struct task *t)
{
	const struct nest *n = t->nest;

	return n ? n->id : 0;
}

bool
nest_refuses_userns(const struct task *t)
{
	const struct nest *n = t->nest;

	return n && n->no_userns;
}

bool
nest_is_first(const struct task *t)
{
	const struct nest *n = t->nest;

	return n && n->init == t->tgid;
}

/* --- the end ------------------------------------------------------------------ */

bool
nest_is_ending(const struct task *t)
{
	for (const struct nest *n = t->nest; n; n = n->parent)
		if (n->ending)
			return true;
	return false;
}

static bool
end_nests(struct task *t, void *arg)
{
	pid_t tgid = *(const pid_t *)arg;

	for (struct nest *n = t->nest; n; n = n->parent)
		if (n->init == tgid || n->owner == tgid)
			n->ending = true;
	if (nest_is_ending(t) && !t->zombie)
		kill(t->tgid, SIGKILL);
	return false;
}

void
nest_process_ended(struct sandbox *sb, pid_t tgid)
{
	if (sb->nested)
		task_for_each(sb, end_nests, &tgid);
}
