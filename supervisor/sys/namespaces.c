/* SPDX-License-Identifier: Apache-2.0 */
/*
 * namespaces.c - unshare, and clone with CLONE_NEW*.  They come by trace or
 * trap, so the tracer thread runs them.
 */
#include <errno.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "supervisor/handlers.h"
#include "supervisor/idfilter.h"
#include "supervisor/nschange.h"
#include "supervisor/task.h"
#include "supervisor/trace_priv.h"

/* What clone(2) can say: CLONE_NEWTIME is part of the exit signal there. */
#define NS_CLONE	(NS_ALL & ~0x80)

/* What the kernel must do: descriptor tables, and the rest that is empty. */
#define NATIVE_PARTS							\
	(CLONE_FILES | CLONE_SYSVSEM | CLONE_THREAD | CLONE_SIGHAND |	\
	 CLONE_VM)

/* As check_unshare_flags(). */
static int
check_unshare_flags(struct call *c, uint64_t flags)
{
	const uint64_t known = NS_ALL | NATIVE_PARTS | CLONE_FS;

	if (flags & ~known)
		return -EINVAL;
	if ((flags & CLONE_NEWUSER) && !task_is_alone(c->task))
		return -EINVAL;
	return 0;
}

/* Unless a filter outside refuses all of unshare(); then a call that closes
 * nothing makes a table of descriptors for the caller alone. */
static int
unshare_natively(struct call *c, uint64_t flags)
{
	if (c->via != VIA_TRAP)
		return (int)trace_inject(c->task, SYS_unshare,
					 (uint64_t[6]){ flags });
	if (flags & (CLONE_SIGHAND | CLONE_VM | CLONE_THREAD))
		return task_is_alone(c->task) ? 0 : -EINVAL;
	if (!(flags & CLONE_FILES))
		return 0;
	return (int)trace_inject(c->task, SYS_close_range, (uint64_t[6]){
		UINT32_MAX, UINT32_MAX, CLOSE_RANGE_UNSHARE });
}

int
sys_unshare(struct call *c)
{
	struct nschange n = NSCHANGE_INIT;
	uint64_t flags = c->rq.arg[0];
	int err;

	if (flags & (CLONE_NEWNS | CLONE_NEWUSER))
		flags |= CLONE_FS;
	err = check_unshare_flags(c, flags);
	if (err == 0)
		err = nschange_make(c, flags, &n);
	if (err == 0 && (flags & NATIVE_PARTS))
		err = unshare_natively(c, flags & NATIVE_PARTS);
	if (err == 0) {
		nschange_take(&n, c->task);
		if (flags & (CLONE_NEWUSER | CLONE_NEWUTS))
			idfilter_install(c->task);
	}
	nschange_fini(&n);
	return err;
}

/* The combinations that copy_process() refuses to anybody. */
static bool
clone_flags_valid(uint64_t flags)
{
	if ((flags & CLONE_FS) && (flags & (CLONE_NEWNS | CLONE_NEWUSER)))
		return false;
	if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
		return false;
	if ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM))
		return false;
	return !(flags & CLONE_THREAD) ||
	       !(flags & (CLONE_NEWUSER | CLONE_NEWPID));
}

/* The clone is over: the caller's registers are as it left them. */
static void
clone_done(struct task *t, struct arch_regs *regs, void *arg)
{
	int64_t ret = arch_regs_ret(regs);

	(void)arg;
	*regs = t->trace->saved;
	arch_regs_set_ret(regs, ret);
	if (!t->birth)
		return;
	nschange_fini(t->birth);
	free(t->birth);
	t->birth = NULL;
}

/*
 * The kernel makes the child without any new namespace, and the tracer gives
 * it those of `birth` before it runs.
 */
int
sys_clone_ns(struct call *c)
{
	struct task *t = c->task;
	uint64_t flags = c->rq.arg[0];
	struct nschange *n;
	int err;

	if (!clone_flags_valid(flags))
		return -EINVAL;
	n = calloc(1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	/* CLONE_FS means the opposite here: the child copies in any case. */
	err = nschange_make(c, flags & NS_CLONE, n);
	if (err < 0) {
		free(n);
		return err;
	}
	t->birth = n;
	arch_regs_set_arg(trace_regs(c), 0, flags & ~(uint64_t)NS_CLONE);
	return reply_rewrite(c, clone_done, NULL);
}
