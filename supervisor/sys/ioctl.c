/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ioctl.c - the requests that the filter does not decide by their number, and
 * the fcntl commands that name a process.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "supervisor/handlers.h"
#include "supervisor/nest.h"
#include "supervisor/sys/nsioctl.h"
#include "supervisor/sys/pathref.h"
#include "supervisor/task.h"

/* Requests that change a file through any descriptor of it. */
static int
set_flags(struct call *c, unsigned long request, size_t size)
{
	AUTO_CTX ctx;
	AUTO_FD dup = -1;
	union {
		int flags;
		struct fsxattr xattr;
	} u = { .flags = 0 };
	int err;

	call_ctx(c, &ctx);
	err = writable_dup(c, &ctx, (int)c->rq.arg[0], false, &dup);
	if (err < 0)
		return err;
	if (guest_read(c->task, &u, c->rq.arg[2], size) < 0)
		return -EFAULT;
	return ioctl(dup, request, &u) < 0 ? -errno : 0;
}

int
sys_ioctl(struct call *c)
{
	AUTO_FD dup = -1;
	int err;

	switch ((uint32_t)c->rq.arg[1]) {
	case FS_IOC_SETFLAGS:
		return set_flags(c, FS_IOC_SETFLAGS, sizeof(int));
	case FS_IOC_FSSETXATTR:
		return set_flags(c, FS_IOC_FSSETXATTR, sizeof(struct fsxattr));
	}
	err = call_dup_fd(c, (int)c->rq.arg[0], &dup);
	return err < 0 ? err : ns_ioctl(c, dup);
}

static bool
owner_is_guest(struct call *c, int type, pid_t pid)
{
	if (pid == 0)
		return true;
	if (type == F_OWNER_PGRP)
		return nest_pgrp_is_seen(c->task, pid);
	return nest_pid_is_seen(c->task, pid);
}

/* F_SETOWN and F_SETOWN_EX: signals go to whom they name. */
int
sys_fcntl_owner(struct call *c)
{
	AUTO_FD dup = -1;
	struct f_owner_ex owner;
	int arg = (int)c->rq.arg[2], err;

	err = call_take_fd(c, (int)c->rq.arg[0], &dup);
	if (err < 0)
		return err;
	switch ((int)c->rq.arg[1]) {
	case F_SETOWN:
		owner.type = arg < 0 ? F_OWNER_PGRP : F_OWNER_PID;
		owner.pid = arg < 0 ? -arg : arg;
		break;
	case F_SETOWN_EX:
		if (guest_read(c->task, &owner, c->rq.arg[2],
			       sizeof(owner)) < 0)
			return -EFAULT;
		break;
	default:
		return -EINVAL;
	}
	if (!owner_is_guest(c, owner.type, owner.pid))
		return -ESRCH;
	return fcntl(dup, F_SETOWN_EX, &owner) < 0 ? -errno : 0;
}
