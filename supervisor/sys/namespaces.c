/* SPDX-License-Identifier: Apache-2.0 */
/*
 * namespaces.c - unshare, setns, clone with CLONE_NEW*.
 *
 * Namespaces of a guest's own are not there yet: the answer is what a kernel
 * gives a process without the privilege.
 */
#include <errno.h>
#include <sched.h>

#include "supervisor/handlers.h"
#include "supervisor/log.h"
#include "supervisor/task.h"
#include "supervisor/trace.h"

#define NEW_NAMESPACES							\
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |	\
	 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | 0x80)

static int
unshare_fs(struct task *t)
{
	struct fscontext *old = task_fs_get(t), *copy;
	int err = fscontext_copy(old, &copy);

	fscontext_put(old);
	if (err < 0)
		return err;
	task_set_fs(t, copy);
	return 0;
}

int
sys_unshare(struct call *c)
{
	uint64_t flags = c->rq.arg[0];
	int err;

	if (flags & NEW_NAMESPACES) {
		log_info("unshare(%#llx): namespaces inside the sandbox are "
			 "not supported yet", (unsigned long long)flags);
		return -EPERM;
	}
	if (flags & CLONE_FS) {
		err = unshare_fs(c->task);
		if (err < 0)
			return err;
	}
	/* The descriptor table and the rest are the kernel's business. */
	return reply_rewrite(c, NULL, NULL);
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
	log_info("clone(%#llx): namespaces inside the sandbox are not "
		 "supported yet", (unsigned long long)c->rq.arg[0]);
	return -EPERM;
}
