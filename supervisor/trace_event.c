/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace_event.c - births, execs, ends and job-control stops of guests.
 *
 * A new child's first stop and its parent's event come in either order: a
 * child that nobody has announced yet waits in tracer->stopped.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch/sysreq.h"
#include "include/auto.h"
#include "include/uapi.h"
#include "supervisor/channel.h"
#include "supervisor/exec.h"
#include "supervisor/forward.h"
#include "supervisor/idfilter.h"
#include "supervisor/log.h"
#include "supervisor/mapfile.h"
#include "supervisor/nest.h"
#include "supervisor/nschange.h"
#include "supervisor/nsfile.h"
#include "supervisor/sandbox.h"
#include "supervisor/tablefile.h"
#include "supervisor/trace_priv.h"

bool
early_add(struct early *e, pid_t pid)
{
	if (e->nr == e->room) {
		size_t room = e->room ? 2 * e->room : 16;
		pid_t *p = reallocarray(e->pid, room, sizeof(*p));

		if (!p)
			return false;
		e->pid = p;
		e->room = room;
	}
	e->pid[e->nr++] = pid;
	return true;
}

bool
early_take(struct early *e, pid_t pid)
{
	for (size_t i = 0; i < e->nr; i++) {
		if (e->pid[i] != pid)
			continue;
		e->pid[i] = e->pid[--e->nr];
		return true;
	}
	return false;
}

static void
kill_task(struct task *t)
{
	kill(t->tgid, SIGKILL);
}

static bool
kill_one(struct task *t, void *arg)
{
	(void)arg;
	kill_task(t);
	return false;
}

void
trace_kill_all(struct sandbox *sb)
{
	struct early *e = &sb->tracer->stopped;

	sb->ending = true;
	task_for_each(sb, kill_one, NULL);
	for (size_t i = 0; i < e->nr; i++)
		kill(e->pid[i], SIGKILL);
}

/* --- births --------------------------------------------------------------- */

/* The flags of the clone() that `t` is in.  They are in its registers, which
 * nobody but us can change. */
static uint64_t
clone_flags(struct task *t, int event)
{
	struct arch_regs regs;
	struct sysreq rq;

	if (arch_regs_read(t->tid, &regs) == 0 &&
	    arch_decode_regs(&rq, &regs) == 0 && rq.sc == SC_clone)
		return rq.arg[0];
	if (event == PTRACE_EVENT_VFORK)
		return CLONE_VFORK | CLONE_VM;
	return 0;
}

/*
 * A child of a clone() with new namespaces: its registers are to say what the
 * program had in them, and calls about ids are traced.
 */
static void
prepare_newborn(struct task *t)
{
	struct trace_state *ts = t->trace;
	uint64_t flags = t->birth_arg0;

	t->birth_arg0 = 0;
	arch_regs_set_arg(&ts->saved, 0, flags);
	arch_regs_set_ret(&ts->saved, 0);
	if (flags & (CLONE_NEWUSER | CLONE_NEWUTS))
		idfilter_install(t);
}

/* It was interrupted in the open of a table of mounts.  Where an answer says
 * that the call is to be made again, the kernel must come past here to see. */
static void
prepare_waits(struct task *t)
{
	int64_t ret = arch_regs_ret(&t->trace->saved);

	t->table_due = false;
	idfilter_install_tables(t);
	if (ret <= -512 && ret >= -516)
		trace_interrupt(t);
}

static void
first_calls(struct task *t)
{
	if (t->birth_arg0)
		prepare_newborn(t);
	if (t->chan_copied)
		channel_disown(t);
	if (t->table_due)
		prepare_waits(t);
}

/* Lets it go from its first stop, or from another that was no call's. */
static void
start(struct task *t)
{
	t->started = true;
	if (t->chan_copied || t->birth_arg0 || t->table_due)
		trace_call_at_stop(t, first_calls);
	else
		trace_resume(t, 0);
}

/* The child takes what its parent has prepared. */
static void
take_namespaces(struct task *parent, struct task *child)
{
	if (!parent->birth)
		return;
	nschange_take(parent->birth, child);
	free(parent->birth);
	parent->birth = NULL;
	child->birth_arg0 = arch_regs_arg(&parent->trace->saved, 0);
}

static void
adopt(struct task *parent, pid_t pid, uint64_t flags)
{
	struct sandbox *sb = parent->sb;
	struct task *child;

	if (task_add_child(parent, pid, flags, &child) < 0) {
		log_error("no memory for a new guest thread: killing it");
		kill(pid, SIGKILL);
		return;
	}
	channel_inherit(parent, child);
	/* Who shares the memory has no secrets from the parent. */
	child->chan_copied = child->chan &&
			     !(flags & (CLONE_FILES | CLONE_VM));
	take_namespaces(parent, child);
	if (!(flags & CLONE_THREAD))
		tablefile_inherited(parent);
	if (sb->ending || nest_is_ending(child))
		kill_task(child);
	if (early_take(&sb->tracer->stopped, pid))
		start(child);
}

static void
birth(struct task *t, int event)
{
	uint64_t flags = clone_flags(t, event);
	unsigned long pid;

	if (ptrace(PTRACE_GETEVENTMSG, t->tid, 0L, &pid) < 0)
		return;		/* it died: the child is an orphan */
	if (!early_take(&t->sb->tracer->dead, (pid_t)pid) ||
	    kill((pid_t)pid, 0) == 0)
		adopt(t, (pid_t)pid, flags);
	trace_resume(t, 0);
}

/* The parent of process `pid` as its directory in /proc has it; 0: gone. */
static pid_t
listed_parent(pid_t pid)
{
	char name[32], line[256], *after;
	ssize_t n;
	int ppid;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	AUTO_FD fd = open(name, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	if (n <= 0)
		return 0;
	line[n] = '\0';
	after = strrchr(line, ')');
	return after && sscanf(after + 1, " %*c %d", &ppid) == 1 ? ppid : 0;
}

/*
 * Is it a process whose parent has died?  Those come to us, the subreaper;
 * threads and processes of the first guest have us as a parent as well.
 */
static bool
is_orphan(const struct sandbox *sb, pid_t pid)
{
	struct pidfd_info info = { .mask = PIDFD_INFO_PID };
	AUTO_FD pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (pidfd < 0 && errno != EMFILE && errno != ENFILE)
		return false;		/* a thread, or gone */
	if (pidfd >= 0 && ioctl(pidfd, PIDFD_GET_INFO, &info) == 0)
		return (pid_t)info.ppid == sb->supervisor;
	return listed_parent(pid) == sb->supervisor;
}

/* A stop of somebody who is not on the list. */
static void
stranger(struct sandbox *sb, pid_t pid, int status)
{
	struct tracer *tr = sb->tracer;

	if (!WIFSTOPPED(status)) {
		/* A child that died before it was announced, or one of our
		 * own helpers. */
		early_take(&tr->stopped, pid);
		early_add(&tr->dead, pid);
		return;
	}
	if (status >> 16 != PTRACE_EVENT_STOP) {
		log_error("thread %d stopped before its birth: killing it", pid);
		kill(pid, SIGKILL);
		return;
	}
	early_take(&tr->dead, pid);
	/* An orphan that comes after its parent's end will be announced by
	 * nobody, and nobody knows any more what it should inherit. */
	if (sb->ending || is_orphan(sb, pid) || !early_add(&tr->stopped, pid))
		kill(pid, SIGKILL);
}

/* The parent ended between clone() and its event: its unannounced children
 * are orphans, which the kernel has given to us. */
static void
adopt_orphans(struct task *dead)
{
	struct early *e = &dead->sb->tracer->stopped;

	for (size_t i = e->nr; i-- > 0; )
		if (is_orphan(dead->sb, e->pid[i]))
			adopt(dead, e->pid[i], 0);
}

/* --- exec ------------------------------------------------------------------ */

static void
exec_done(struct sandbox *sb, pid_t pid)
{
	struct task *leader = task_find(sb, pid), *t;
	unsigned long former = (unsigned long)pid;

	if ((!leader || leader->threaded) &&
	    ptrace(PTRACE_GETEVENTMSG, pid, 0L, &former) < 0)
		return;
	t = task_find(sb, (pid_t)former);
	if (!t) {
		log_error("thread %lu executed a program before its birth:"
			  " killing process %d", former, pid);
		kill(pid, SIGKILL);
		return;
	}
	if (t->tid != pid) {
		if (leader) {
			exec_drop(leader);
			channel_drop(leader);
			task_remove(leader);
		}
		task_become_leader(t);
	}
	trace_call_exec(t);
	channel_drop(t);
	if (exec_event(t) < 0) {
		kill_task(t);
		return;
	}
	if (pid == sb->init)
		sb->init_ran = true;
	trace_resume(t, 0);
}

/* --- the end ---------------------------------------------------------------- */

static void
end(struct task *t, int status)
{
	struct sandbox *sb = t->sb;
	bool leader = t->tid == t->tgid;
	struct mntns *ns = task_mntns_get(t);

	if (leader && sb->tracer->stopped.nr)
		adopt_orphans(t);
	if (t->tid == sb->init) {
		sb->init_status = status;
		forward_end();
		trace_kill_all(sb);
	}
	exec_drop(t);
	channel_drop(t);
	if (leader)
		mapfile_forget(t);
	t->dying = true;
	if (leader) {
		tablefile_forget(t);
		nest_process_ended(sb, t->tgid);
	}
	task_end(t);
	tablefile_left(sb, ns);
	mntns_put(ns);
	if (leader)
		nsfile_sweep(sb);
}

/* --- stops ------------------------------------------------------------------- */

static bool
is_stop_signal(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN ||
	       sig == SIGTTOU;
}

static void
event_stop(struct task *t, int sig)
{
	t->started = true;
	if (is_stop_signal(sig)) {
		t->group_stopped = true;
		t->stopped = false;
		ptrace(PTRACE_LISTEN, t->tid, 0L, 0L);
		forward_check_stop(t->sb);
		return;
	}
	t->group_stopped = false;
	start(t);
}

void
trace_event(struct sandbox *sb, pid_t pid, int status)
{
	int event = status >> 16, sig = WSTOPSIG(status);
	struct task *t = task_find(sb, pid);

	if (!t) {
		stranger(sb, pid, status);
		return;
	}
	if (!WIFSTOPPED(status)) {
		end(t, status);
		return;
	}
	t->stopped = true;
	switch (event) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		birth(t, event);
		break;
	case PTRACE_EVENT_EXEC:
		exec_done(sb, pid);
		break;
	case PTRACE_EVENT_SECCOMP:
		trace_call_seccomp(t);
		break;
	case PTRACE_EVENT_STOP:
		event_stop(t, sig);
		break;
	case 0:
		if (sig == (SIGTRAP | 0x80))
			trace_call_stop(t);
		else
			trace_signal(t, sig);
		break;
	default:
		trace_resume(t, 0);
	}
}
