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
#include <signal.h>
#include <sys/ptrace.h>

#include "arch/arch.h"
#include "include/magic.h"
#include "include/uapi.h"
#include "supervisor/filter.h"
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

	if (nr == BELLJAR_MAGIC_NR)
		return true;
	if (sc == SC_MAX)
		return false;
	for (unsigned int i = 0; i < SC_ARGS; i++)
		args[i] = arch_regs_arg(regs, i);
	return filter_route(t->sb->filter, sc, args) == ROUTE_NOTIFY;
}

static void
hide_interruption(struct task *t)
{
	struct arch_regs regs;
	int nr;

	if (t->restart_asked || arch_regs_read(t->tid, &regs) < 0)
		return;
	nr = arch_regs_restart_nr(&regs);
	if (nr < 0 || !is_notified(t, &regs, nr))
		return;
	if (arch_regs_force_restart(&regs) == RESTART_REGS)
		arch_regs_write(t->tid, &regs);
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

	if (ptrace(PTRACE_GETSIGINFO, t->tid, 0L, &si) == 0) {
		if (sig == SIGSYS && si.si_code == SYS_SECCOMP &&
		    si.si_errno == FILTER_DATA) {
			block_again(t);
			trace_call_trap(t, &si);
			return;
		}
		if (sigsender_fix(t->tgid, &si))
			ptrace(PTRACE_SETSIGINFO, t->tid, 0L, &si);
	}
	hide_interruption(t);
	trace_resume(t, sig);
}

void
trace_interrupt(struct task *t)
{
	ptrace(PTRACE_INTERRUPT, t->tid, 0L, 0L);
}
