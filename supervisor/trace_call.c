/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace_call.c - system calls that come by trace or trap, and their answers.
 *
 * A call stands before its execution (STOP_SECCOMP, STOP_TRAP) or, when the
 * handler had the guest make other calls, after one of those (STOP_EXIT).
 * The answer puts the guest's own registers back and sets the result; or, for
 * a rewritten call, sends it off with the handler's.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "include/auto.h"
#include "include/magic.h"
#include "supervisor/channel.h"
#include "supervisor/filter.h"
#include "supervisor/helper.h"
#include "supervisor/log.h"
#include "supervisor/mapfile.h"
#include "supervisor/sandbox.h"
#include "supervisor/trace_priv.h"

#define ERESTARTSYS	512
#define RESTARTS_FROM	(-516)		/* ERESTART_RESTARTBLOCK */

struct trace_state *
trace_state_get(struct task *t)
{
	if (!t->trace)
		t->trace = calloc(1, sizeof(*t->trace));
	return t->trace;
}

struct arch_regs *
trace_regs(struct call *c)
{
	return &c->task->trace->regs;
}

int
reply_rewrite(struct call *c,
	      void (*done)(struct task *t, struct arch_regs *regs, void *arg),
	      void *arg)
{
	if (c->via == VIA_NOTIFY)
		return reply_kill(c, "a rewritten call on the notify route");
	c->task->trace->done = done;
	c->task->trace->arg = arg;
	c->reply.kind = REPLY_REWRITE;
	return REPLY_SPECIAL;
}

/* --- answers ---------------------------------------------------------------- */

/* Writes the registers and lets the guest go. */
static void
go(struct task *t, const struct arch_regs *regs)
{
	if (!t->trace->rewriting)
		trace_inject_end(t);
	if (t->trace->gone)
		return;
	if (arch_regs_write(t->tid, regs) == 0)
		trace_resume(t, 0);
}

static void
put_return(struct task *t, struct arch_regs *regs, void *arg)
{
	*regs = t->trace->saved;
	arch_regs_set_ret(regs, (intptr_t)arg);
}

/* At an entry: a call that does nothing stands in for the guest's.  The
 * filters, which come after this stop, would have their say on an invalid
 * number. */
static void
stand_in(struct task *t,
	 void (*done)(struct task *t, struct arch_regs *regs, void *arg),
	 int64_t ret)
{
	struct trace_state *ts = t->trace;

	ts->regs = ts->saved;
	arch_regs_set_nr(&ts->regs, SYS_getpid);
	ts->rewriting = true;
	ts->done = done;
	ts->arg = (void *)(intptr_t)ret;
	go(t, &ts->regs);
}

static void
answer_value(struct task *t, int64_t value)
{
	struct trace_state *ts = t->trace;
	struct arch_regs regs = ts->saved;

	if (ts->kind == STOP_ENTRY) {
		stand_in(t, put_return, value);
		return;
	}
	if (ts->kind == STOP_EXIT)
		arch_regs_set_ret(&regs, value);
	else
		arch_regs_skip(&regs, value);
	go(t, &regs);
}

/* Sends the guest off to make the call in ts->regs. */
static void
send_off(struct task *t)
{
	struct trace_state *ts = t->trace;
	int nr = arch_regs_nr(&ts->regs);

	ts->sent_arg0 = arch_regs_arg(&ts->regs, 0);
	if (ts->kind == STOP_TRAP && nr == arch_regs_nr(&ts->saved) &&
	    arch_regs_arg(&ts->regs, 0) == arch_regs_arg(&ts->saved, 0)) {
		/* The filter would only trap it again. */
		ts->rewriting = false;
		answer_value(t, -EPERM);
		return;
	}
	if (!trace_is_before(ts)) {
		/* It goes back to the instruction: no signal may come in
		 * between, and its exit is where that ends. */
		trace_inject_begin(t);
		ts->rewriting = true;
		arch_regs_rewind(&ts->regs, nr);
	}
	go(t, &ts->regs);
}

static void
answer_fd(struct call *c)
{
	struct task *t = c->task;
	struct trace_state *ts = t->trace;
	int fd = c->reply.fd;
	unsigned int flags = c->reply.fd_flags;
	int status = fcntl(fd, F_GETFL), old;
	int64_t ret;

	if (t->sb->listener < 0 || (status >= 0 && (status & O_PATH))) {
		ret = trace_give_fd(t, fd, flags);
		close(fd);
		if (ret >= 0 && c->reply.note.mnt)
			dirfd_record_number(t, (int)ret, &c->reply.note);
		answer_value(t, ret);
		return;
	}
	/* The magic call is notified, and answered with the descriptor. */
	t->give_flags = flags;
	old = atomic_exchange(&t->give_fd, fd);
	if (old >= 0)
		close(old);
	ts->regs = ts->saved;
	arch_regs_set_nr(&ts->regs, BELLJAR_MAGIC_NR);
	send_off(t);
}

static void
deferred_done(struct sandbox *sb, void *arg)
{
	struct call *c = arg;

	(void)sb;
	trace_answer(c, c->deferred_ret);
	helper_call_free(c);
}

/*
 * A signal has ended the wait: between EINTR and SA_RESTART the kernel
 * decides, when it finds its own code for "restart" at the end of the call.
 * It looks there only on its way to a signal, so the guest is sent that way.
 */
static void
restarted(struct task *t, struct arch_regs *regs, void *arg)
{
	const struct arch_regs *saved = &t->trace->saved;

	(void)arg;
	regs->u = saved->u;
	arch_regs_set_nr(regs, arch_regs_nr(saved));
	arch_regs_set_ret(regs, -ERESTARTSYS);
	t->restart_asked = true;
	trace_interrupt(t);
}

/*
 * At the exit of a call that the kernel may make again: it will take the first
 * argument that it remembers, of the last call, which is not the guest's where
 * the tracer had another made.
 */
static void
mend_restart(struct task *t)
{
	struct trace_state *ts = t->trace;
	const struct arch_regs want = ts->regs;
	int64_t ret = arch_regs_ret(&want);
	uint64_t arg0 = arch_regs_arg(&ts->saved, 0);

	if (!ARCH_RESTART_ARG0 || ts->sent_arg0 == arg0 ||
	    ret < RESTARTS_FROM || ret > -ERESTARTSYS)
		return;
	if (arch_regs_nr(&ts->saved) == SYS_ppoll &&
	    arch_regs_arg(&ts->saved, 3)) {
		/* Its signal mask, which another call would undo, must last
		 * until the signal is delivered. */
		arch_regs_set_ret(&ts->regs, -EINTR);
		return;
	}
	trace_inject(t, SYS_getpid, (uint64_t[6]){ arg0 });
	if (ts->gone || arch_regs_read(t->tid, &ts->regs) < 0)
		return;
	ts->regs.u = want.u;
	arch_regs_set_nr(&ts->regs, arch_regs_nr(&ts->saved));
	t->restart_asked = true;
	trace_interrupt(t);
}

static void
deferred_restart(struct sandbox *sb, void *arg)
{
	struct call *c = arg;
	struct task *t = c->task;
	struct trace_state *ts = t->trace;

	(void)sb;
	if (t->dying || !ts || ts->gone) {
		/* nobody is left to be answered */
	} else if (ts->kind == STOP_EXIT) {
		/* The kernel remembers the first argument of the last call. */
		trace_inject(t, SYS_getpid,
			     (uint64_t[6]){ arch_regs_arg(&ts->saved, 0) });
		if (!ts->gone && arch_regs_read(t->tid, &ts->regs) == 0) {
			restarted(t, &ts->regs, NULL);
			go(t, &ts->regs);
		}
	} else if (ts->kind == STOP_ENTRY) {
		stand_in(t, restarted, 0);
	} else if (ts->kind == STOP_SECCOMP) {
		/* Where it remembers what the tracer has left in its place, too. */
		ts->regs = ts->saved;
		arch_regs_skip(&ts->regs,
			       (int64_t)arch_regs_arg(&ts->saved, 0));
		ts->rewriting = true;
		ts->done = restarted;
		go(t, &ts->regs);
	} else {
		trace_answer(c, c->deferred_ret);
	}
	helper_call_free(c);
}

void
trace_deferred(struct call *c, bool restart)
{
	if (tracer_post(c->sb, restart ? deferred_restart : deferred_done,
			c) < 0)
		log_fatal("no memory left to answer a guest");
}

void
trace_answer(struct call *c, int ret)
{
	struct task *t = c->task;

	if (t->dying || !t->trace || t->trace->gone) {
		if (ret == REPLY_SPECIAL && c->reply.kind == REPLY_FD)
			close(c->reply.fd);
		return;
	}
	if (ret != REPLY_SPECIAL) {
		answer_value(t, ret);
		return;
	}
	switch (c->reply.kind) {
	case REPLY_VALUE:
	case REPLY_NONE:
		break;
	case REPLY_FD:
		answer_fd(c);
		break;
	case REPLY_NATIVE:
		t->trace->regs = t->trace->saved;
		send_off(t);
		break;
	case REPLY_REWRITE:
		t->trace->rewriting = true;
		send_off(t);
		break;
	case REPLY_DEFER:
		if (helper_defer(c) < 0)
			answer_value(t, -ENOMEM);
		break;
	}
}

/* --- arrivals ---------------------------------------------------------------- */

static void
handle(struct task *t, enum via via, const struct sysreq *rq, int err)
{
	static char path[2][PATH_MAX];
	struct call c = {
		.sb = t->sb, .task = t, .fs = task_fs_get(t), .rq = *rq,
		.via = via,
		.path = { path[0], path[1] },
	};

	t->restart_asked = false;
	task_get(t);
	trace_answer(&c, err < 0 ? err : dispatch_call(&c));
	free(c.priv);
	fscontext_put(c.fs);
	task_put(t);
}

/* Reads the registers into a fresh state.  False: the guest is gone. */
static bool
begin(struct task *t, enum stop_kind kind)
{
	struct trace_state *ts = trace_state_get(t);

	if (!ts) {
		log_error("no memory for a guest's call: killing it");
		kill(t->tgid, SIGKILL);
		return false;
	}
	ts->kind = kind;
	ts->gone = ts->masked = ts->restop = ts->passed = false;
	ts->done = NULL;
	if (arch_regs_read(t->tid, &ts->saved) < 0)
		return false;
	ts->regs = ts->saved;
	return true;
}

void
trace_call_seccomp(struct task *t)
{
	struct sysreq rq = { 0 };
	int err;

	if (t->trace && (t->trace->rewriting || t->trace->passed)) {
		trace_resume(t, 0);	/* the filter has seen our call */
		return;
	}
	if (!begin(t, STOP_SECCOMP))
		return;
	err = arch_decode_regs(&rq, &t->trace->saved);
	handle(t, VIA_TRACE, &rq, err);
}

void
trace_call_trap(struct task *t, const siginfo_t *si)
{
	struct sysreq rq = { 0 };
	int err;

	if (!begin(t, STOP_TRAP))
		return;
	err = arch_decode_trap(&rq, &t->trace->saved, si->si_syscall,
			       si->si_arch);
	arch_regs_set_nr(&t->trace->saved, si->si_syscall);
	t->trace->regs = t->trace->saved;
	handle(t, VIA_TRAP, &rq, err);
}

void
trace_call_at_stop(struct task *t, void (*fn)(struct task *t))
{
	if (!begin(t, STOP_EXIT))
		return;
	fn(t);
	go(t, &t->trace->saved);
}

/*
 * The entry of a call where each stops there: the filters have not seen it
 * yet, and may pass it to somebody else before us.  What our own refuses or
 * allows is left to it.
 */
static void
entry(struct task *t, long nr)
{
	struct sysreq rq = { 0 };
	uint64_t args[SC_ARGS];
	enum sc sc = sc_by_nr((int)nr);
	enum sc_route route;
	int err;

	if (!begin(t, STOP_ENTRY))
		return;
	for (unsigned int i = 0; i < SC_ARGS; i++)
		args[i] = arch_regs_arg(&t->trace->saved, i);
	t->trace->passed = true;
	route = sc == SC_MAX ? ROUTE_NATIVE :
			       filter_route(t->sb->filter, sc, args);
	if (route == ROUTE_NATIVE || sc_route_errno(route)) {
		trace_resume(t, 0);
		return;
	}
	err = arch_decode_regs(&rq, &t->trace->saved);
	handle(t, VIA_TRACE, &rq, err);
}

/* No call of ours is under way. */
static void
other_stop(struct task *t)
{
	struct trace_syscall si;

	if (t->watched && mapfile_stop(t))
		return;
	if (t->sb->entry_stops) {
		if (!trace_syscall_get(t, &si)) {
			if (errno == ESRCH)
				return;		/* killed since */
			log_error("where thread %d stopped cannot be told: "
				  "killing it", t->tid);
			kill(t->tgid, SIGKILL);
			return;
		}
		if (si.entry) {
			entry(t, si.nr);
			return;
		}
		if (t->trace)
			t->trace->passed = false;
	}
	trace_resume(t, 0);
}

void
trace_call_stop(struct task *t)
{
	struct trace_state *ts = t->trace;

	if (!ts || !ts->rewriting) {
		other_stop(t);
		return;
	}
	/* The exit of a rewritten call: it has failed, or was no exec. */
	if (!trace_is_before(ts) && !ts->entered) {
		ts->entered = true;	/* the entry of a rewound call */
		trace_resume(t, 0);
		return;
	}
	ts->rewriting = ts->entered = false;
	ts->kind = STOP_EXIT;
	if (!ts->done) {
		trace_inject_end(t);
		trace_resume(t, 0);
		return;
	}
	if (arch_regs_read(t->tid, &ts->regs) < 0)
		return;
	ts->done(t, &ts->regs, ts->arg);
	mend_restart(t);
	go(t, &ts->regs);
}

void
trace_call_replace(struct task *t, int64_t ret)
{
	if (begin(t, STOP_ENTRY))
		stand_in(t, put_return, ret);
}

bool
trace_syscall_get(struct task *t, struct trace_syscall *out)
{
	struct __ptrace_syscall_info si;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->tid, sizeof(si), &si) < 0)
		return false;
	out->entry = si.op == PTRACE_SYSCALL_INFO_ENTRY;
	if (out->entry) {
		out->nr = (long)si.entry.nr;
		memcpy(out->arg, si.entry.args, sizeof(out->arg));
	}
	return true;
}

void
trace_call_exec(struct task *t)
{
	if (!t->trace)
		return;
	t->trace->rewriting = t->trace->entered = false;
	trace_inject_end(t);
}
