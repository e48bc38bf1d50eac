/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote.c - system calls made in a guest's name.
 *
 * Before a call (SECCOMP stop) the number and arguments are replaced: the
 * guest runs ours instead.  After a call it is sent back onto the system call
 * instruction, with all signals blocked meanwhile; a stop that cannot be
 * blocked is made up for at the end.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/sandbox.h"
#include "supervisor/trace_priv.h"

/* Both are in <sys/ptrace.h> since glibc 2.34 under other names. */
#define GETSIGMASK	0x420a
#define SETSIGMASK	0x420b

void
trace_inject_begin(struct task *t)
{
	struct trace_state *ts = t->trace;
	uint64_t all = ~0ULL;

	if (ts->masked || ts->gone)
		return;
	if (ptrace((enum __ptrace_request)GETSIGMASK, t->tid,
		   sizeof(ts->mask), &ts->mask) < 0)
		return;
	if (ptrace((enum __ptrace_request)SETSIGMASK, t->tid, sizeof(all),
		   &all) == 0)
		ts->masked = true;
}

void
trace_inject_end(struct task *t)
{
	struct trace_state *ts = t->trace;

	if (ts->masked && !ts->gone)
		ptrace((enum __ptrace_request)SETSIGMASK, t->tid,
		       sizeof(ts->mask), &ts->mask);
	ts->masked = false;
	if (ts->restop && !ts->gone)
		syscall(SYS_tgkill, t->tgid, t->tid, SIGSTOP);
	ts->restop = false;
}

/* The thread is not there any more, or not this one: the loop sees to it. */
static int
lost(struct task *t, int status)
{
	trace_stash(t->sb, t->tid, status);
	t->trace->gone = true;
	return -ESRCH;
}

/* Lets the guest run to its next system call stop. */
static int
run_to_stop(struct task *t)
{
	int status, event;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, t->tid, 0L, 0L) < 0 &&
		    errno != ESRCH)
			return -errno;
		while (waitpid(t->tid, &status, __WALL | __WNOTHREAD) < 0)
			if (errno != EINTR)
				return -errno;
		if (!WIFSTOPPED(status))
			return lost(t, status);
		event = status >> 16;
		if (event == PTRACE_EVENT_EXEC)
			return lost(t, status);
		if (event == 0 && WSTOPSIG(status) == (SIGTRAP | 0x80))
			return 0;
		if (WSTOPSIG(status) != SIGTRAP)
			t->trace->restop = true;
	}
}

int64_t
trace_inject(struct task *t, long nr, const uint64_t args[6])
{
	struct trace_state *ts = t->trace;
	struct arch_regs regs = ts->saved;
	bool before = trace_is_before(ts);
	int err;

	if (ts->gone)
		return -ESRCH;
	if (!before)
		trace_inject_begin(t);
	for (unsigned int i = 0; i < 6; i++)
		arch_regs_set_arg(&regs, i, args[i]);
	if (before)
		arch_regs_set_nr(&regs, (int)nr);
	else
		arch_regs_rewind(&regs, (int)nr);
	err = arch_regs_write(t->tid, &regs);
	if (err == 0 && !before)
		err = run_to_stop(t);		/* the entry */
	if (err == 0)
		err = run_to_stop(t);		/* the exit */
	ts->kind = STOP_EXIT;
	if (err == 0)
		err = arch_regs_read(t->tid, &regs);
	if (err < 0) {
		ts->gone = true;
		return -ESRCH;
	}
	return arch_regs_ret(&regs);
}
