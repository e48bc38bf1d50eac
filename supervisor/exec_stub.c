/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answers to the stub.  Notify thread, or tracer thread.
 *
 * A program is executed however many descriptors it has, so the limit on
 * them must not be felt: the soft limit is raised for the moment; where the
 * hard one is reached, the highest descriptors of the guest lend their
 * numbers (the kernel has closed those with close-on-exec, and nothing but
 * the stub runs), and come back when the stub has closed its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisor/channel.h"
#include "supervisor/cpupin.h"
#include "supervisor/dirfds.h"
#include "supervisor/exec.h"
#include "supervisor/exec_state.h"
#include "supervisor/log.h"
#include "supervisor/sandbox.h"
#include "supervisor/trace.h"

/* The same at a tracer stop. */
static int
add_fd_stopped(struct task *t, int fd, int number, uint32_t fd_flags)
{
	int64_t got, ret;

	got = trace_give_fd(t, fd, fd_flags);
	if (got < 0 || number < 0 || got == number)
		return (int)got;
	ret = trace_inject(t, __NR_dup3, (uint64_t[6]){
		(uint64_t)got, (uint64_t)number, fd_flags });
	trace_inject(t, __NR_close, (uint64_t[6]){ (uint64_t)got });
	return (int)ret;
}

/* Installs `fd` in the guest: at the lowest free number, or in the place of
 * `number` if that is not -1.  The number, or -errno. */
static int
add_fd(struct call *c, int fd, int number, uint32_t fd_flags)
{
	struct seccomp_notif_addfd add = {
		.id = c->notif_id, .srcfd = (uint32_t)fd,
		.newfd_flags = fd_flags,
	};
	struct cpupin pin;
	int ret;

	if (c->via != VIA_NOTIFY)
		return add_fd_stopped(c->task, fd, number, fd_flags);
	if (number >= 0) {
		add.flags = SECCOMP_ADDFD_FLAG_SETFD;
		add.newfd = (uint32_t)number;
	}
	cpupin_begin(&pin, c->task->tid);
	ret = ioctl(c->sb->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
	if (ret < 0)
		ret = -errno;
	cpupin_end(&pin);
	return ret;
}

/* -EMFILE: the hard limit is what stands in the way. */
static int
raise_nofile(struct call *c, struct exec_state *x)
{
	struct rlimit high;

	if (prlimit(c->task->tgid, RLIMIT_NOFILE, NULL, &x->nofile) < 0)
		return -errno;
	high.rlim_cur = high.rlim_max = x->nofile.rlim_max;
	if (x->nofile.rlim_cur >= high.rlim_cur)
		return -EMFILE;
	if (prlimit(c->task->tgid, RLIMIT_NOFILE, &high, NULL) < 0)
		return -errno;
	x->nofile_raised = true;
	return 0;
}

static int
lend_number(struct call *c, struct exec_state *x, int fd)
{
	int number = (int)x->nofile.rlim_max - 1 - (int)x->nr_lent;
	int ret, own;

	/* A copy of the very descriptor is needed to give it back. */
	if (number < 0 || x->nr_lent == 2 || !c->sb->host.pidfd_getfd)
		return -EMFILE;
	ret = dirfd_dup(c->task, number, &own);
	if (ret < 0)
		return ret;
	ret = add_fd(c, fd, number, O_CLOEXEC);
	if (ret < 0) {
		close(own);
		return ret;
	}
	x->lent[x->nr_lent].number = number;
	x->lent[x->nr_lent].fd = own;
	x->nr_lent++;
	return ret;
}

/* Installs one image in the guest. */
static int
install(struct call *c, struct exec_state *x, const struct exec_file *f,
	int32_t *out)
{
	int fd, ret;

	if (!f->image)
		return 0;
	fd = f->image->fd;
	ret = add_fd(c, fd, -1, O_CLOEXEC);
	if (ret == -EMFILE && !x->nofile_raised) {
		ret = raise_nofile(c, x);
		if (ret == 0)
			ret = add_fd(c, fd, -1, O_CLOEXEC);
	}
	if (ret == -EMFILE)
		ret = lend_number(c, x, fd);
	if (ret < 0)
		return ret;
	*out = ret;
	return 0;
}

static bool
must_undo(const struct exec_state *x)
{
	return x->nofile_raised || x->nr_lent > 0;
}

/*
 * Hands over the last image with the answer: one wake of the guest instead of
 * two.  The plan is in place already.  Our own copy may be closed a moment
 * later, which nobody must notice who watches files being closed.
 * REPLY_SPECIAL, or -EMFILE: nothing has been answered.
 */
static int
answer_with(struct call *c, const struct exec_file *last)
{
	struct seccomp_notif_addfd add = {
		.id = c->notif_id, .newfd_flags = O_CLOEXEC,
		.srcfd = (uint32_t)last->image->fd,
		.flags = SECCOMP_ADDFD_FLAG_SEND,
	};
	struct cpupin pin;
	int ret;

	cpupin_begin(&pin, c->task->tid);
	ret = ioctl(c->sb->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
	if (ret < 0)
		ret = -errno;
	cpupin_end(&pin);
	if (ret < 0)
		return ret;
	c->reply.kind = REPLY_NONE;
	return REPLY_SPECIAL;
}

static bool
can_answer_with_fd(const struct call *c, const struct exec_state *x)
{
	return c->via == VIA_NOTIFY && c->sb->host.addfd_send &&
	       !c->sb->watched && !must_undo(x);
}

static int
write_plan(struct call *c, const struct exec_plan *plan)
{
	return guest_write(c->task, c->rq.raw[1], plan, plan->size);
}

/* 0, or REPLY_SPECIAL when that was the answer. */
static int
give_plan(struct call *c, struct exec_state *x)
{
	bool two = x->interp.image;
	struct exec_file *last = two ? &x->interp : &x->program;
	int32_t *number = two ? &x->plan->interp.fd : &x->plan->program.fd;
	const uint64_t *arg = c->rq.raw;
	int err = 0;

	if (arg[2] < x->plan->size || arg[3] != PLAN_VERSION)
		return -EINVAL;
	if (two)
		err = install(c, x, &x->program, &x->plan->program.fd);
	if (err == 0 && can_answer_with_fd(c, x)) {
		*number = PLAN_FD_ANSWER;
		err = write_plan(c, x->plan);
		if (err == 0)
			err = answer_with(c, last);
		if (err != -EMFILE)
			return err;
		err = 0;
	}
	if (err == 0)
		err = install(c, x, last, number);
	if (err < 0)
		return err;
	if (must_undo(x))
		x->plan->flags |= PLAN_CALL_DONE;
	return write_plan(c, x->plan);
}

static int
undo(struct call *c, struct exec_state *x)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < x->nr_lent && ret >= 0; i++)
		ret = add_fd(c, x->lent[i].fd, x->lent[i].number, 0);
	if (x->nofile_raised &&
	    prlimit(c->task->tgid, RLIMIT_NOFILE, &x->nofile, NULL) < 0)
		return -errno;
	return ret < 0 ? ret : 0;
}

int
sys_stub_plan(struct call *c)
{
	struct exec_state *x = atomic_exchange(&c->task->stub_waits, NULL);
	uint64_t op = c->rq.raw[0];
	int err = -ENOSYS;

	if (!x)
		return -ENOSYS;
	if (op == PLAN_OP_GET && x->phase == EXEC_PLANNED) {
		err = give_plan(c, x);
		if (err == 0 && must_undo(x)) {
			x->phase = EXEC_HANDED;
			exec_state_free(atomic_exchange(&c->task->stub_waits,
							x));
			return 0;
		}
	} else if (op == PLAN_OP_DONE && x->phase == EXEC_HANDED) {
		err = undo(c, x);
		exec_state_free(x);
		return err == 0 ? 0 :
		       reply_kill(c, "its descriptors cannot be put back");
	}
	exec_state_free(x);
	if (err == REPLY_SPECIAL)
		return err;
	/* The stub gives up, as a program whose loading fails too late; the
	 * three come when the guest is killed meanwhile. */
	if (err < 0 && err != -ENOENT && err != -ESRCH && err != -EFAULT)
		log_error("handing a program to process %d: %s",
			  c->task->tid, log_errno(err));
	return err;
}
