/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answers to the stub.  Notify thread, or tracer thread.
 *
 * A program is executed however many descriptors it has, so the limit on
 * them must not be felt: the soft limit is raised for the moment; where the
 * hard one is reached, the stub maps memory and what belongs there is copied.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/channel.h"
#include "supervisor/cpupin.h"
#include "supervisor/exec.h"
#include "supervisor/exec_state.h"
#include "supervisor/log.h"
#include "supervisor/sandbox.h"

#define COPY_BYTES	262144

/* Installs `fd` in the guest, at the lowest free number: that, or -errno. */
static int
add_fd(struct call *c, int fd)
{
	struct seccomp_notif_addfd add = {
		.id = c->notif_id, .srcfd = (uint32_t)fd,
		.newfd_flags = O_CLOEXEC,
	};
	struct cpupin pin;
	int ret;

	if (c->via != VIA_NOTIFY)
		return (int)trace_give_fd(c->task, fd, O_CLOEXEC);
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

/* Installs one image in the guest; `copy`: what it is called if it has to be
 * copied. */
static int
install(struct call *c, struct exec_state *x, const struct exec_file *f,
	int32_t *out, int32_t copy)
{
	int ret;

	if (!f->image)
		return 0;
	ret = add_fd(c, f->image->fd);
	if (ret == -EMFILE && !x->nofile_raised) {
		ret = raise_nofile(c, x);
		if (ret == 0)
			ret = add_fd(c, f->image->fd);
	}
	if (ret == -EMFILE) {
		x->copies = true;
		ret = copy;
	} else if (ret < 0) {
		return ret;
	}
	*out = ret;
	return 0;
}

static bool
must_hear_of_end(const struct exec_state *x)
{
	return x->nofile_raised || x->copies;
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
	       !c->sb->watched && !must_hear_of_end(x);
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
	int32_t copy = two ? PLAN_FD_COPY_INTERP : PLAN_FD_COPY_PROGRAM;
	const uint64_t *arg = c->rq.raw;
	int err = 0;

	if (arg[2] < x->plan->size || arg[3] != PLAN_VERSION)
		return -EINVAL;
	if (two)
		err = install(c, x, &x->program, &x->plan->program.fd,
			      PLAN_FD_COPY_PROGRAM);
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
		err = install(c, x, last, number, copy);
	if (err < 0)
		return err;
	if (must_hear_of_end(x))
		x->plan->flags |= PLAN_CALL_DONE;
	return write_plan(c, x->plan);
}

/* Copies a part of an image to where the stub wants it. */
static int
copy_image(struct call *c, const struct exec_state *x)
{
	const struct exec_file *f = &x->program;
	uint64_t to = c->rq.raw[1], left = c->rq.raw[2], from = c->rq.raw[4];
	AUTO_FREE char *buf = malloc(COPY_BYTES);
	ssize_t n = 1;

	if ((int32_t)c->rq.raw[5] == PLAN_FD_COPY_INTERP)
		f = &x->interp;
	if (!buf || !f->image)
		return f->image ? -ENOMEM : -EINVAL;
	while (left > 0) {
		n = pread(f->image->fd, buf, left < COPY_BYTES ? left :
			  COPY_BYTES, (off_t)from);
		if (n <= 0)
			return n < 0 ? -errno : 0;
		if (guest_write(c->task, to, buf, (size_t)n) < 0)
			return -EFAULT;
		to += (uint64_t)n;
		from += (uint64_t)n;
		left -= (uint64_t)n;
	}
	return 0;
}

static int
put_limit_back(struct call *c, struct exec_state *x)
{
	if (x->nofile_raised &&
	    prlimit(c->task->tgid, RLIMIT_NOFILE, &x->nofile, NULL) < 0)
		return -errno;
	return 0;
}

/* The stub will call again. */
static void
wait_for_stub(struct call *c, struct exec_state *x)
{
	exec_state_free(atomic_exchange(&c->task->stub_waits, x));
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
		if (err == 0 && must_hear_of_end(x)) {
			x->phase = EXEC_HANDED;
			wait_for_stub(c, x);
			return 0;
		}
	} else if (op == PLAN_OP_COPY && x->phase == EXEC_HANDED) {
		err = copy_image(c, x);
		if (err == 0) {
			wait_for_stub(c, x);
			return 0;
		}
	} else if (op == PLAN_OP_DONE && x->phase == EXEC_HANDED) {
		err = put_limit_back(c, x);
		exec_state_free(x);
		return err == 0 ? 0 :
		       reply_kill(c, "its limit cannot be put back");
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
