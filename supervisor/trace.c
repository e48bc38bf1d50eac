/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.c - the tracer's loop.
 *
 * The loop sleeps in waitid(), and other threads wake it by a signal.  One
 * that arrives just before the sleep would be lost, so its handler jumps out
 * of the wait; a jump after the kernel has found somebody loses nothing,
 * because the wait only looks (WNOWAIT).  An end is taken by a second call.
 * The status of a stop is as good as taken when the task runs on, which it
 * nearly always does at once; else it is taken, too, or it would be found
 * again.
 * Such handlers run with all signals blocked, or one would jump out of
 * another that was interrupted before it began.
 */
#include "supervisor/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/cpupin.h"
#include "supervisor/forward.h"
#include "supervisor/helper.h"
#include "supervisor/log.h"
#include "supervisor/sandbox.h"
#include "supervisor/trace_priv.h"

#define WAKE_SIGNAL SIGURG
/* Stops met before all who have stopped get their turn. */
#define ROUND 16

struct job {
	struct job *next;
	void (*fn)(struct sandbox *sb, void *arg);
	void *arg;
};

static sigjmp_buf wait_env;
static volatile sig_atomic_t in_wait;

/* Called by the handlers of all signals that the tracer must look at. */
void
tracer_interrupt_wait(void)
{
	if (in_wait) {
		in_wait = 0;
		siglongjmp(wait_env, 1);
	}
}

static void
on_wake(int sig)
{
	(void)sig;
	tracer_interrupt_wait();
}

int
tracer_new(struct sandbox *sb)
{
	struct sigaction sa = { .sa_handler = on_wake,
				.sa_flags = SA_RESTART };
	struct tracer *tr = calloc(1, sizeof(*tr));

	if (!tr)
		return -ENOMEM;
	pthread_mutex_init(&tr->lock, NULL);
	tr->jobs_end = &tr->jobs;
	tr->tid = gettid();
	sb->tracer = tr;
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		cpupin_start(open("/proc/loadavg", O_RDONLY | O_CLOEXEC));
	sigfillset(&sa.sa_mask);
	sigaction(WAKE_SIGNAL, &sa, NULL);
	sigprocmask(SIG_SETMASK, NULL, &tr->mask);
	return 0;
}

void
tracer_free(struct sandbox *sb)
{
	struct tracer *tr = sb->tracer;

	if (!tr)
		return;
	free(tr->stopped.pid);
	free(tr->dead.pid);
	free(tr->stash);
	pthread_mutex_destroy(&tr->lock);
	free(tr);
	sb->tracer = NULL;
}

/* No exit events: that would be one more stop for every thread. */
int
tracer_seize(pid_t pid)
{
	const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD |
			     PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
			     PTRACE_O_TRACESECCOMP;

	return ptrace(PTRACE_SEIZE, pid, 0L, options) < 0 ? -errno : 0;
}

int
tracer_stop_at_calls(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_INTERRUPT, pid, 0L, 0L) < 0 ||
	    waitpid(pid, &status, __WALL) < 0)
		return -errno;
	if (!WIFSTOPPED(status))
		return -ESRCH;
	return ptrace(PTRACE_SYSCALL, pid, 0L, 0L) < 0 ? -errno : 0;
}

int
tracer_post(struct sandbox *sb, void (*fn)(struct sandbox *, void *),
	    void *arg)
{
	struct tracer *tr = sb->tracer;
	struct job *job = malloc(sizeof(*job));

	if (!job)
		return -ENOMEM;
	*job = (struct job){ .fn = fn, .arg = arg };
	pthread_mutex_lock(&tr->lock);
	*tr->jobs_end = job;
	tr->jobs_end = &job->next;
	pthread_mutex_unlock(&tr->lock);
	tr->posted = true;
	syscall(SYS_tgkill, sb->supervisor, tr->tid, WAKE_SIGNAL);
	return 0;
}

struct waiting {
	void (*fn)(struct sandbox *sb, void *arg);
	void *arg;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool done;
};

static void
run_waiting(struct sandbox *sb, void *arg)
{
	struct waiting *w = arg;

	w->fn(sb, w->arg);
	pthread_mutex_lock(&w->lock);
	w->done = true;
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->lock);
}

int
tracer_call(struct sandbox *sb, void (*fn)(struct sandbox *, void *),
	    void *arg)
{
	struct waiting w = { .fn = fn, .arg = arg };

	pthread_mutex_init(&w.lock, NULL);
	pthread_cond_init(&w.cond, NULL);
	if (tracer_post(sb, run_waiting, &w) < 0)
		return -ENOMEM;
	pthread_mutex_lock(&w.lock);
	while (!w.done)
		pthread_cond_wait(&w.cond, &w.lock);
	pthread_mutex_unlock(&w.lock);
	return 0;
}

void
tracer_run_posted(struct sandbox *sb)
{
	struct tracer *tr = sb->tracer;
	struct job *job, *next;

	if (!atomic_exchange(&tr->posted, false))
		return;
	pthread_mutex_lock(&tr->lock);
	job = tr->jobs;
	tr->jobs = NULL;
	tr->jobs_end = &tr->jobs;
	pthread_mutex_unlock(&tr->lock);
	for (; job; job = next) {
		next = job->next;
		job->fn(sb, job->arg);
		free(job);
	}
}

void
trace_stash(struct sandbox *sb, pid_t pid, int status)
{
	struct tracer *tr = sb->tracer;

	if (tr->nr_stash == tr->stash_room) {
		size_t room = tr->stash_room ? 2 * tr->stash_room : 16;
		struct stash *p = reallocarray(tr->stash, room, sizeof(*p));

		if (!p)
			log_fatal("no memory left to follow the guests");
		tr->stash = p;
		tr->stash_room = room;
	}
	tr->stash[tr->nr_stash++] = (struct stash){ pid, status };
}

/* Statuses met out of turn come first, in their order. */
static bool
take_stash(struct sandbox *sb)
{
	struct tracer *tr = sb->tracer;
	struct stash s;

	if (!tr->nr_stash)
		return false;
	s = tr->stash[0];
	tr->nr_stash--;
	memmove(tr->stash, tr->stash + 1, tr->nr_stash * sizeof(*tr->stash));
	trace_event(sb, s.pid, s.status);
	return true;
}

void
trace_resume_as(struct task *t, int request, int sig)
{
	struct cpupin pin;
	long ret;

	t->stopped = false;
	cpupin_begin(&pin, t->tid);
	ret = ptrace((enum __ptrace_request)request, t->tid, 0L, (long)sig);
	cpupin_end(&pin);
	if (ret == 0)
		return;
	if (errno != ESRCH)
		log_error("resuming thread %d: %s", t->tid, log_errno(errno));
}

void
trace_resume(struct task *t, int sig)
{
	bool to_exit = t->watched || t->sb->entry_stops ||
		       (t->trace && t->trace->rewriting);

	trace_resume_as(t, to_exit ? PTRACE_SYSCALL : PTRACE_CONT, sig);
}

/* Sleeps until somebody has something to say; false: nobody is left. */
static bool
wait_for_any(struct sandbox *sb, siginfo_t *si)
{
	int ret;

	if (sigsetjmp(wait_env, 0)) {
		sigprocmask(SIG_SETMASK, &sb->tracer->mask, NULL);
		return true;
	}
	in_wait = 1;
	if (sb->tracer->posted || forward_pending()) {
		in_wait = 0;
		return true;
	}
	ret = waitid(P_ALL, 0, si, WEXITED | WNOWAIT | __WALL | __WNOTHREAD);
	in_wait = 0;
	return ret == 0 || errno != ECHILD;
}

/* Takes the status of `pid`, and deals with it unless that has been done. */
static void
take_status(struct sandbox *sb, pid_t pid, int dealt_with)
{
	int status;

	if (waitpid(pid, &status, __WALL | __WNOTHREAD | WNOHANG) > 0 &&
	    status != dealt_with)
		trace_event(sb, pid, status);
}

/* `code`: what siginfo has of the status. */
static void
met_stop(struct sandbox *sb, pid_t pid, int code)
{
	int status = code << 8 | 0x7f;
	struct task *t = task_find(sb, pid);

	/* While the status of an exec by another thread than the leader is to
	 * be taken, ptrace() knows nobody of that pid (since 5.13). */
	if (!t || t->stopped ||
	    (t->threaded && status >> 16 == PTRACE_EVENT_EXEC)) {
		take_status(sb, pid, -1);
		return;
	}
	trace_event(sb, pid, status);
	t = task_find(sb, pid);
	if (t && t->stopped)
		take_status(sb, pid, status);
}

/*
 * The kernel looks for who has stopped in the order in which they came to be
 * traced: threads that call without end, and have stopped again before we
 * look, would be served for ever and those after them never.
 */
static void
stash_stopped(struct sandbox *sb)
{
	siginfo_t si;

	for (;;) {
		si.si_pid = 0;
		if (waitid(P_ALL, 0, &si, WSTOPPED | WNOHANG | __WALL |
			   __WNOTHREAD) < 0 || si.si_pid == 0)
			return;
		trace_stash(sb, si.si_pid, si.si_status << 8 | 0x7f);
	}
}

int
tracer_run(struct sandbox *sb)
{
	siginfo_t si;

	while (sb->nr_tasks > 0) {
		tracer_run_posted(sb);
		forward_signals(sb);
		if (take_stash(sb))
			continue;
		memset(&si, 0, sizeof(si));
		if (!wait_for_any(sb, &si))
			break;
		if (si.si_pid == 0)
			continue;
		cpupin_met();
		if (si.si_code == CLD_TRAPPED) {
			met_stop(sb, si.si_pid, si.si_status);
			if (++sb->tracer->turns % ROUND == 0)
				stash_stopped(sb);
			continue;
		}
		helpers_cancel(sb, si.si_pid);
		take_status(sb, si.si_pid, -1);
	}
	return 0;
}
