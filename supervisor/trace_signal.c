/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace_signal.c - a signal is about to be delivered to a guest.
 *
 * Three things are put right.  A SIGSYS of our own filter is a system call.
 * A wait for the supervisor that the signal has cut short must look as if it
 * had never been: the call is restarted after the handler whatever SA_RESTART
 * says, for natively these calls are not interrupted at all.  And a signal
 * that the supervisor has sent in a guest's name carries that guest's pid.
 */
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>

#include "arch/arch.h"
#include "include/magic.h"
#include "include/uapi.h"
#include "supervisor/filter.h"
#include "supervisor/guestmem.h"
#include "supervisor/sandbox.h"
#include "supervisor/sigsender.h"
#include "supervisor/trace_priv.h"

/* Of <linux/ptrace.h>, which cannot be included with <sys/ptrace.h>. */
#define GETSIGMASK	0x420a
#define SETSIGMASK	0x420b

/* Is it a call that waits for the supervisor, and not in the kernel? */
static bool
is_notified(const struct task *t, const struct arch_regs *regs, int nr)
{
	uint64_t args[SC_ARGS];
	enum sc sc = sc_by_nr(nr);

	if (sc == SC_MAX)
		return false;
	for (unsigned int i = 0; i < SC_ARGS; i++)
		args[i] = arch_regs_arg(regs, i);
	return filter_route(t->sb->filter, sc, args) == ROUTE_NOTIFY;
}

/* Returns true when the handler's frame is to be looked at. */
static bool
hide_interruption(struct task *t)
{
	struct trace_state *ts;
	struct arch_regs regs;
	int nr;

	if (t->sb->listener < 0 || t->restart_asked || arch_regs_read(t->tid, &regs) < 0)
		return false;
	nr = arch_regs_restart_nr(&regs);
	if (nr < 0 || !is_notified(t, &regs, nr))
		return false;
	switch (arch_regs_force_restart(&regs)) {
	case RESTART_NONE:
		break;
	case RESTART_REGS:
		arch_regs_write(t->tid, &regs);
		break;
	case RESTART_FRAME:
		ts = trace_state_get(t);
		if (!ts)
			break;
		ts->frame_due = true;
		ts->frame_arg0 = arch_regs_arg(&regs, 0);
		ts->frame_ip = arch_regs_ip(&regs);
		return true;
	}
	return false;
}

/*
 * The task stands at the first instruction of a handler, or where it would
 * have been without one.  In a frame that says that our call was interrupted,
 * the call is put back to its beginning.
 */
static void
mend_frame(struct task *t)
{
	struct trace_state *ts = t->trace;
	struct arch_regs regs;
	uint64_t ret, ip, sp;

	ts->frame_due = false;
	if (arch_regs_read(t->tid, &regs) < 0)
		return;
	sp = arch_regs_sp(&regs);
	if (guest_read(t, &ret, sp + ARCH_FRAME_RET, sizeof(ret)) < 0 ||
	    guest_read(t, &ip, sp + ARCH_FRAME_IP, sizeof(ip)) < 0)
		return;
	if ((int64_t)ret != -EINTR ||
	    ip != ts->frame_ip + ARCH_SYSCALL_INSN_LEN)
		return;
	guest_write(t, sp + ARCH_FRAME_RET, &ts->frame_arg0, sizeof(ret));
	guest_write(t, sp + ARCH_FRAME_IP, &ts->frame_ip, sizeof(ip));
}

/*
 * A forced signal that is blocked gets unblocked, and nothing tells that it
 * was.  But who blocks all the others blocks this one too: nobody leaves it
 * out of a full set.
 */
static void
block_again(struct task *t)
{
	const uint64_t sigsys = 1ULL << (SIGSYS - 1);
	/* what cannot be blocked, and what the C library keeps for itself */
	const uint64_t never = 1ULL << (SIGKILL - 1) | 1ULL << (SIGSTOP - 1) |
			       1ULL << 31 | 1ULL << 32;
	uint64_t mask;

	if (ptrace((enum __ptrace_request)GETSIGMASK, t->tid, sizeof(mask),
		   &mask) < 0 || (mask | sigsys | never) != ~0ULL)
		return;
	mask |= sigsys;
	ptrace((enum __ptrace_request)SETSIGMASK, t->tid, sizeof(mask), &mask);
}

void
trace_signal(struct task *t, int sig)
{
	siginfo_t si;

	if (t->trace && t->trace->frame_due) {
		mend_frame(t);
		if (sig == SIGTRAP) {
			trace_resume(t, 0);	/* the single step's */
			return;
		}
	}
	if (ptrace(PTRACE_GETSIGINFO, t->tid, 0L, &si) == 0) {
		if (sig == SIGSYS && si.si_code == SYS_SECCOMP &&
		    si.si_errno == FILTER_DATA) {
			block_again(t);
			trace_call_trap(t, &si);
			return;
		}
		if (sigsender_fix(t, &si))
			ptrace(PTRACE_SETSIGINFO, t->tid, 0L, &si);
	}
	if (hide_interruption(t))
		trace_resume_as(t, PTRACE_SINGLESTEP, sig);
	else
		trace_resume(t, sig);
}

void
trace_interrupt(struct task *t)
{
	ptrace(PTRACE_INTERRUPT, t->tid, 0L, 0L);
}
