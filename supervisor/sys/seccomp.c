/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp.c - filters of the guest's own.
 *
 * Whatever a guest's program holds can only take rights away; the kernel reads
 * it from the guest's memory, with a few instructions of ours before it.  The
 * strictest verdict of all filters wins, ALLOW never outranks ours, TRACE and
 * USER_NOTIF of a filter without a listener are ENOSYS (trace.c tells the
 * guest's stops from ours).  A listener of the guest's could let calls through
 * that ours stop by TRACE: there is none.  The kernel refuses a second one;
 * where the supervisor has none, we do.
 */
#include <errno.h>
#include <linux/seccomp.h>

#include "supervisor/guestfilter.h"
#include "supervisor/handlers.h"
#include "supervisor/log.h"
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
note_filter(struct task *t, int64_t ret, uintptr_t call)
{
	bool strict = call & CALL_STRICT, tsync = call & CALL_TSYNC;

	/* A thread's number says that TSYNC has failed for it. */
	if (ret != 0)
		return;
	t->own_seccomp = strict ? SECCOMP_MODE_STRICT : SECCOMP_MODE_FILTER;
	if (!strict)
		t->own_filters++;
	if (tsync)
		task_for_each(t->sb, take_over, t);
}

static void
filter_done(struct task *t, struct arch_regs *regs, void *arg)
{
	note_filter(t, arch_regs_ret(regs), (uintptr_t)arg);
}

static int
set_filter(struct call *c)
{
	uint64_t flags = c->rq.arg[1];
	uintptr_t call = (flags & SECCOMP_FILTER_FLAG_TSYNC) ? CALL_TSYNC : 0;
	int64_t ret;
	bool plain;

	if (c->sb->listener < 0 && (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER))
		return -EBUSY;
	ret = guestfilter_install(c->task, flags, c->rq.arg[2], &plain);
	if (plain)
		return reply_rewrite(c, filter_done, (void *)call);
	note_filter(c->task, ret, call);
	return (int)ret;
}

static int
set_strict(struct call *c)
{
	int64_t ret;

	if (c->task->own_seccomp || c->rq.arg[1] || c->rq.arg[2])
		return -EINVAL;
	ret = guestfilter_strict(c->task);
	note_filter(c->task, ret, CALL_STRICT);
	return (int)ret;
}

int
sys_seccomp(struct call *c)
{
	unsigned int operation = (unsigned int)c->rq.arg[0];

	/* The stop comes before the filters: they would not see the call. */
	if (c->sb->entry_stops && operation <= SECCOMP_SET_MODE_FILTER) {
		log_info("a program's own filter is refused: every call stops "
			 "at its entry here");
		return -EINVAL;
	}
	switch (operation) {
	case SECCOMP_SET_MODE_FILTER:
		return set_filter(c);
	case SECCOMP_SET_MODE_STRICT:
		return set_strict(c);
	case SECCOMP_GET_ACTION_AVAIL:
	case SECCOMP_GET_NOTIF_SIZES:
		return reply_rewrite(c, NULL, NULL);
	}
	return -EINVAL;
}
