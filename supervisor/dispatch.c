/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/dispatch.h"

#include <errno.h>
#include <linux/aio_abi.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisor/exec.h"
#include "supervisor/guestmem.h"
#include "supervisor/handlers.h"
#include "supervisor/log.h"
#include "supervisor/override.h"
#include "supervisor/sandbox.h"
#include "supervisor/tracelog.h"

/* Rows that never get here, unless a filter of the guest's own sends them. */
int
sys_none(struct call *c)
{
	(void)c;
	return -ENOSYS;
}

static sys_handler *const handlers[SC_MAX] = {
#define SYSCALL(name, nr_x86_64, nr_arm64, route, handler, ...)	\
	[SC_##name] = sys_##handler,
#include "include/syscalls.def"
#undef SYSCALL
};

/*
 * The magic call: a descriptor that the tracer wants the guest to have, or
 * the stub's questions.  From anybody else it is an io_cancel() of what
 * cannot be cancelled.
 */
int
sys_io_cancel(struct call *c)
{
	int fd = atomic_exchange(&c->task->give_fd, -1);
	uint32_t key;
	int ret;

	if (fd >= 0)
		return reply_fd(c, fd, c->task->give_flags);
	ret = sys_stub_plan(c);
	if (ret != -ENOSYS)
		return ret;
	ret = guest_read(c->task, &key, c->rq.arg[1] +
			 offsetof(struct iocb, aio_key), sizeof(key));
	return ret < 0 ? ret : -EINVAL;
}

static int
check_answer(struct call *c, int ret)
{
	if (ret == REPLY_SPECIAL && c->reply.kind == REPLY_NATIVE &&
	    sc_has_pointer(c->rq.sc))
		return reply_kill(c, "a call with a pointer was to be let "
				  "through as it stands");
	return ret;
}

int
dispatch_call(struct call *c)
{
	int ret;

	c->reply.kind = REPLY_VALUE;
	c->priv = NULL;
	if (c->rq.sc == SC_io_cancel)
		return sys_io_cancel(c);
	ret = check_answer(c, handlers[c->rq.sc](c));
	override_for(c->sb, NULL);
	if (c->sb->cfg->trace)
		tracelog_call(c, ret);
	return ret;
}

/* ---------------------------------------------------------------- answers */

int
reply_fd(struct call *c, int fd, unsigned int fd_flags)
{
	c->reply.kind = REPLY_FD;
	c->reply.fd = fd;
	c->reply.fd_flags = fd_flags;
	c->reply.fd_readonly = false;
	c->reply.note.mnt = NULL;
	return REPLY_SPECIAL;
}

int
reply_native(struct call *c)
{
	c->reply.kind = REPLY_NATIVE;
	return REPLY_SPECIAL;
}

int
reply_defer(struct call *c, sys_handler *fn)
{
	c->reply.kind = REPLY_DEFER;
	c->reply.defer = fn;
	return REPLY_SPECIAL;
}

int
reply_kill(struct call *c, const char *why)
{
	log_error("%s, asked by process %d: %s. The guest is killed",
		  sc_name(c->rq.sc), c->task->tgid, why);
	syscall(SYS_tgkill, c->task->tgid, c->task->tid, SIGKILL);
	c->reply.kind = REPLY_NONE;
	return REPLY_SPECIAL;
}
