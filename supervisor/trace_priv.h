/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace_priv.h - between the files of the tracer thread:
 *
 *	trace.c		the loop: wait, sort, resume; posted work
 *	trace_event.c	births, execs, exits, group stops
 *	trace_signal.c	signal-delivery stops
 *	trace_call.c	system calls that come by trace or trap
 *	remote.c	system calls made in a guest's name
 */
#ifndef SUPERVISOR_TRACE_PRIV_H
#define SUPERVISOR_TRACE_PRIV_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "arch/arch.h"
#include "supervisor/trace.h"

/* Where a task with a call of ours stands. */
enum stop_kind {
	STOP_SECCOMP,		/* before the call; a changed number runs */
	STOP_ENTRY,		/* the same, and the filters come after it */
	STOP_EXIT,		/* after a call that we had it make */
	STOP_TRAP,		/* delivery of the filter's SIGSYS */
};

/* A task at a system call stop.  Made at its first one, kept until it ends. */
struct trace_state {
	enum stop_kind kind;
	struct arch_regs saved;		/* at the guest's own call */
	struct arch_regs regs;		/* the handler may change these */
	bool rewriting;			/* a rewritten call is under way */
	uint64_t sent_arg0;		/* ... with this as its first argument */
	bool entered;			/* ... rewound, and past its entry */
	bool passed;			/* STOP_ENTRY has been dealt with */
	bool gone;			/* the thread ended or became another
					 * while we ran a call in it */
	bool masked;			/* its signal mask is in `mask` */
	bool restop;			/* a stop was held back: stop it again */
	uint64_t mask;
	/* An EINTR to be undone in the frame of a handler that is about to
	 * run: trace_signal.c. */
	bool frame_due;
	uint64_t frame_arg0, frame_ip;
	void (*done)(struct task *t, struct arch_regs *regs, void *arg);
	void *arg;
};

/* Has its call not been made yet? */
static inline bool
trace_is_before(const struct trace_state *ts)
{
	return ts->kind == STOP_SECCOMP || ts->kind == STOP_ENTRY;
}

/* The task's state, made when needed; NULL: no memory. */
struct trace_state *trace_state_get(struct task *t);

/*
 * Lets a stopped task run on: PTRACE_SYSCALL while a rewritten call is under
 * way, PTRACE_CONT otherwise; `sig` is delivered.  A task that died meanwhile
 * (ESRCH) is none of our business: its end is reported by wait.
 */
void trace_resume(struct task *t, int sig);
void trace_resume_as(struct task *t, int request, int sig);

/* Keeps a wait status that was met out of turn for the loop. */
void trace_stash(struct sandbox *sb, pid_t pid, int status);

/* trace_event.c: what waitpid() said of `pid`, sorted. */
void trace_event(struct sandbox *sb, pid_t pid, int status);
/* Kills what is left of the guests. */
void trace_kill_all(struct sandbox *sb);

/* trace_signal.c */
void trace_signal(struct task *t, int sig);

/* trace_call.c */
void trace_call_seccomp(struct task *t);
void trace_call_trap(struct task *t, const siginfo_t *si);
/* A plain system call stop: the entry of a call where each stops there, or
 * the exit of one that we changed. */
void trace_call_stop(struct task *t);
/* Runs fn, which may inject calls, at another stop than that of a call, and
 * lets the task go on from there. */
void trace_call_at_stop(struct task *t, void (*fn)(struct task *t));
/*
 * The task stands at the entry of a call (a plain system call stop): it is
 * not made, and returns `ret`.  Resumes it.
 */
void trace_call_replace(struct task *t, int64_t ret);
/* Where is a task at a plain system call stop?  False: the kernel does not
 * say (before 5.3). */
struct trace_syscall {
	bool entry;			/* nr and arg are set, then */
	long nr;
	uint64_t arg[6];
};
bool trace_syscall_get(struct task *t, struct trace_syscall *out);
/* The task is at an exec event: the rewritten call has succeeded. */
void trace_call_exec(struct task *t);

/*
 * remote.c: around calls that the guest makes for us: no signal is delivered
 * in between.  begin may be called again; end gives the mask back.
 */
void trace_inject_begin(struct task *t);
void trace_inject_end(struct task *t);

/* Children whose first stop came before their parent's event: trace_event.c */
struct early {
	pid_t *pid;
	size_t nr, room;
};

struct tracer {
	pthread_mutex_t lock;
	struct job *jobs, **jobs_end;	/* posted, oldest first */
	_Atomic bool posted;
	pid_t tid;			/* [I] */
	sigset_t mask;			/* [I] while no handler runs */
	struct early stopped;		/* [t] children not yet announced */
	struct early dead;		/* [t] and those that died so */
	struct stash {
		pid_t pid;
		int status;
	} *stash;			/* [t] */
	size_t nr_stash, stash_room;
	unsigned int turns;		/* [t] stops met by waiting */
	bool tstp_seen;			/* [t] ^Z reached us too */
};

/* The set of pids, without order.  add: false when memory is short. */
bool early_add(struct early *e, pid_t pid);
bool early_take(struct early *e, pid_t pid);

#endif
