/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp.c - filters of the guest's own.
 *
 * The kernel may read the guest's program itself: whatever it holds can only
 * take rights away.  The strictest verdict of all filters wins, ALLOW never
 * outranks ours, TRACE and USER_NOTIF of a filter without a listener are
 * ENOSYS (trace.c tells the guest's stops from ours).  A listener of the
 * guest's could let calls through that ours stop by TRACE: there is none.  The
 * kernel refuses a second one; where the supervisor has none, we do.
 */
#include <errno.h>
#include <linux/seccomp.h>

#include "supervisor/handlers.h"
#include "supervisor/sandbox.h"
#include "supervisor/task.h"
#include "supervisor/trace.h"

/* What filter_done() must know of the call. */
#define CALL_STRICT	0x1
#define CALL_TSYNC	0x2

/* TSYNC: the caller's filters are all its process's. */
static bool
take_over(struct task *t, void *arg)
{
	const struct task *from = arg;

	if (t->tgid == from->tgid) {
		t->own_seccomp = from->own_seccomp;
		t->own_filters = from->own_filters;
	}
	return false;
}

static void
filter_done(struct task *t, struct arch_regs *regs, void *arg)
{
	bool strict = (uintptr_t)arg & CALL_STRICT;
	bool tsync = (uintptr_t)arg & CALL_TSYNC;

	/* A thread's number says that TSYNC has failed for it. */
	if (arch_regs_ret(regs) != 0)
		return;
	t->own_seccomp = strict ? SECCOMP_MODE_STRICT : SECCOMP_MODE_FILTER;
	if (!strict)
		t->own_filters++;
	if (tsync)
		task_for_each(t->sb, take_over, t);
}

int
sys_seccomp(struct call *c)
{
	switch ((unsigned int)c->rq.arg[0]) {
	case SECCOMP_SET_MODE_FILTER:
		if (c->sb->listener < 0 &&
		    (c->rq.arg[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER))
			return -EBUSY;
		return reply_rewrite(c, filter_done,
				     (c->rq.arg[1] &
				      SECCOMP_FILTER_FLAG_TSYNC) ?
				     (void *)CALL_TSYNC : NULL);
	case SECCOMP_SET_MODE_STRICT:
		return reply_rewrite(c, filter_done, (void *)CALL_STRICT);
	case SECCOMP_GET_ACTION_AVAIL:
	case SECCOMP_GET_NOTIF_SIZES:
		return reply_rewrite(c, NULL, NULL);
	}
	return -EINVAL;
}
