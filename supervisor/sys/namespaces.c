/* SPDX-License-Identifier: Apache-2.0 */
/*
 * namespaces.c - unshare, and clone with CLONE_NEW*.  They come by trace or
 * trap, so the tracer thread runs them.
 */
#include <errno.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/syscall.h>

#include "supervisor/handlers.h"
#include "supervisor/nschange.h"
#include "supervisor/task.h"
#include "supervisor/trace.h"

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
	if (err == 0)
		nschange_take(&n, c->task);
	nschange_fini(&n);
	return err;
}

int
sys_setns(struct call *c)
{
	(void)c;
	return -EPERM;
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

int
sys_clone_ns(struct call *c)
{
	if (!clone_flags_valid(c->rq.arg[0]))
		return -EINVAL;
	return -EPERM;
}
