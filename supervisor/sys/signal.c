/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signal.c - kill and its kin.
 *
 * The handlers look the target up and have the stopped caller send the signal
 * itself, so that the kernel notes the right sender, for signalfd and
 * sigwaitinfo() too.  The tracer waits for nobody else meanwhile, and only what
 * it has waited for can be reaped: the number names no other process until the
 * signal is sent.  Who is not a guest does not exist (ESRCH); a zombie takes
 * every signal and none has an effect.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "include/auto.h"
#include "include/uapi.h"
#include "supervisor/dirfds.h"
#include "supervisor/handlers.h"
#include "supervisor/nest.h"
#include "supervisor/sandbox.h"
#include "supervisor/sigsender.h"
#include "supervisor/trace.h"

/* Makes the stopped caller send `sig`, by kill() or tgkill(). */
static int
send_process(struct call *c, pid_t tgid, int sig)
{
	return (int)trace_inject(c->task, SYS_kill, (uint64_t[6]){
		(uint64_t)tgid, (uint64_t)sig });
}

static int
send_thread(struct call *c, const struct task *t, int sig)
{
	return (int)trace_inject(c->task, SYS_tgkill, (uint64_t[6]){
		(uint64_t)t->tgid, (uint64_t)t->tid, (uint64_t)sig });
}

/* As a zombie takes it. */
static int
send_nowhere(int sig)
{
	return sig < 0 || sig > SIGRTMAX ? -EINVAL : 0;
}

/* Which processes a kill() is for. */
struct kill_work {
	struct task *by;
	pid_t caller;
	pid_t pgrp;			/* 0: everybody but the caller */
	pid_t *to;
	size_t nr, room;
	bool zombie;			/* one of them is beyond it */
};

static bool
list_target(struct task *t, void *arg)
{
	struct kill_work *w = arg;

	if (t->tid != t->tgid || !nest_sees(w->by, t))
		return false;
	if (w->pgrp ? getpgid(t->tgid) != w->pgrp : t->tgid == w->caller)
		return false;
	if (t->zombie)
		w->zombie = true;
	else if (w->nr < w->room)
		w->to[w->nr++] = t->tgid;
	return false;
}

/*
 * As kill_something_info() for pid <= 0: success if one was sent.  The caller
 * is the last to get it, for it may be the end.
 */
static int
kill_many(struct call *c, pid_t pgrp, int sig)
{
	struct kill_work w = { .by = c->task, .caller = c->task->tgid,
			       .pgrp = pgrp,
			       .room = c->sb->nr_tasks };
	bool itself = false;
	int err = -ESRCH, sent = 0;

	w.to = calloc(w.room, sizeof(*w.to));
	if (!w.to)
		return -ENOMEM;
	task_for_each(c->sb, list_target, &w);
	for (size_t i = 0; i < w.nr; i++) {
		if (w.to[i] == w.caller) {
			itself = true;
			continue;
		}
		err = send_process(c, w.to[i], sig);
		sent += err == 0;
	}
	if (itself) {
		err = send_process(c, w.caller, sig);
		sent += err == 0;
	}
	free(w.to);
	if (w.zombie && err == -ESRCH)
		return send_nowhere(sig);
	return sent ? 0 : err;
}

/* The process or thread `tid`.  The tracer thread, on which we are, is the only
 * one that takes tasks off the list. */
static int
kill_process(struct call *c, pid_t tid, int sig)
{
	struct task *t = nest_find_get(c->task, tid);
	int err;

	if (!t)
		return -ESRCH;
	err = t->zombie ? send_nowhere(sig) : send_process(c, t->tgid, sig);
	task_put(t);
	return err;
}

int
sys_kill(struct call *c)
{
	pid_t pid = (pid_t)c->rq.arg[0];
	int sig = (int)c->rq.arg[1];

	/* Itself: the kernel cannot hit anybody else. */
	if (pid == c->task->tgid)
		return reply_native(c);
	if (pid > 0)
		return kill_process(c, pid, sig);
	if (pid == INT32_MIN)
		return -ESRCH;
	if (pid == -1)
		return kill_many(c, 0, sig);
	return kill_many(c, pid ? -pid : getpgid(c->task->tgid), sig);
}

/* tgid 0: whichever process the thread belongs to (tkill). */
static int
signal_thread(struct call *c, pid_t tgid, pid_t tid, int sig)
{
	struct task *t;
	int err;

	if (tid <= 0)
		return -EINVAL;
	t = nest_find_get(c->task, tid);
	if (!t)
		return -ESRCH;
	if (tgid && t->tgid != tgid)
		err = -ESRCH;
	else
		err = t->zombie ? send_nowhere(sig) : send_thread(c, t, sig);
	task_put(t);
	return err;
}

int
sys_tgkill(struct call *c)
{
	if ((pid_t)c->rq.arg[0] <= 0)
		return -EINVAL;
	if ((pid_t)c->rq.arg[0] == c->task->tgid)
		return reply_native(c);
	return signal_thread(c, (pid_t)c->rq.arg[0], (pid_t)c->rq.arg[1],
			     (int)c->rq.arg[2]);
}

int
sys_tkill(struct call *c)
{
	return signal_thread(c, 0, (pid_t)c->rq.arg[0], (int)c->rq.arg[1]);
}

/*
 * The siginfo of a queued signal.  The kernel lets nobody pretend to be
 * kill() towards another process; the supervisor is always another.
 */
static int
read_siginfo(struct call *c, uint64_t addr, int sig, pid_t to,
	     siginfo_t *info)
{
	if (guest_read(c->task, info, addr, sizeof(*info)) < 0)
		return -EFAULT;
	info->si_signo = sig;
	if ((info->si_code >= 0 || info->si_code == SI_TKILL) &&
	    to != c->task->tgid)
		return -EPERM;
	return 0;
}

int
sys_rt_sigqueueinfo(struct call *c)
{
	pid_t pid = (pid_t)c->rq.arg[0];
	int sig = (int)c->rq.arg[1], err;
	struct task *t;
	siginfo_t info;

	err = read_siginfo(c, c->rq.arg[2], sig, pid, &info);
	if (err < 0)
		return err;
	pthread_mutex_lock(&c->sb->task_lock);
	t = nest_find(c->task, pid);
	if (!t)
		err = -ESRCH;
	else if (t->zombie)
		err = send_nowhere(sig);
	else if (syscall(SYS_rt_sigqueueinfo, t->tgid, sig, &info) < 0)
		err = -errno;
	pthread_mutex_unlock(&c->sb->task_lock);
	return err;
}

int
sys_rt_tgsigqueueinfo(struct call *c)
{
	pid_t tgid = (pid_t)c->rq.arg[0], tid = (pid_t)c->rq.arg[1];
	int sig = (int)c->rq.arg[2], err;
	struct task *t;
	siginfo_t info;

	err = read_siginfo(c, c->rq.arg[3], sig, tgid, &info);
	if (err < 0)
		return err;
	if (tgid <= 0 || tid <= 0)
		return -EINVAL;
	pthread_mutex_lock(&c->sb->task_lock);
	t = nest_find(c->task, tid);
	if (!t || t->tgid != tgid)
		err = -ESRCH;
	else if (t->zombie)
		err = send_nowhere(sig);
	else if (syscall(SYS_rt_tgsigqueueinfo, tgid, tid, sig, &info) < 0)
		err = -errno;
	pthread_mutex_unlock(&c->sb->task_lock);
	return err;
}

/* ----------------------------------------------------------------- pidfds */

int
sys_pidfd_open(struct call *c)
{
	pid_t pid = (pid_t)c->rq.arg[0];
	unsigned int flags = (unsigned int)c->rq.arg[1];
	int fd;

	if (flags & ~(unsigned int)(O_NONBLOCK | O_EXCL))
		return -EINVAL;
	if (pid <= 0)
		return -EINVAL;
	pthread_mutex_lock(&c->sb->task_lock);
	fd = nest_find(c->task, pid) ?
		(int)syscall(SYS_pidfd_open, pid, flags) : (errno = ESRCH, -1);
	if (fd < 0)
		fd = -errno;
	pthread_mutex_unlock(&c->sb->task_lock);
	return fd < 0 ? fd : reply_fd(c, fd, O_CLOEXEC);
}

/* The pid behind a pidfd: -EBADF if it is none, -ESRCH for the dead. */
static pid_t
pidfd_pid(int fd)
{
	char name[48], line[128];
	AUTO_FILE FILE *f = NULL;
	int pid = -EBADF;

	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	f = fopen(name, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			return pid > 0 ? pid : -ESRCH;
	return pid;
}

/* The supervisor sends it: who gets it is told at its delivery. */
static int
send_by_pidfd(struct call *c, pid_t pid, int pidfd, siginfo_t *info)
{
	unsigned int flags = (unsigned int)c->rq.arg[3];
	int sig = (int)c->rq.arg[1], err = 0;
	struct task *t;

	pthread_mutex_lock(&c->sb->task_lock);
	t = nest_find(c->task, pid);
	if (t && !info)
		sigsender_note(t->tgid, sig, c->task->tgid);
	if (!t)
		err = -ESRCH;
	else if (syscall(SYS_pidfd_send_signal, pidfd, sig, info, flags) < 0)
		err = -errno;
	pthread_mutex_unlock(&c->sb->task_lock);
	return err;
}

int
sys_pidfd_send_signal(struct call *c)
{
	AUTO_FD pidfd = -1;
	int sig = (int)c->rq.arg[1], err;
	siginfo_t info;
	pid_t pid;

	err = call_take_fd(c, (int)c->rq.arg[0], &pidfd);
	if (err < 0)
		return err;
	pid = pidfd_pid(pidfd);
	if (pid < 0)
		return pid;
	if (c->rq.arg[2]) {
		err = read_siginfo(c, c->rq.arg[2], sig, pid, &info);
		return err < 0 ? err : send_by_pidfd(c, pid, pidfd, &info);
	}
	/* The caller's own filters may have kill() in them, where it made
	 * another call; and a thread's pidfd is no process's. */
	if (c->rq.arg[3] || c->task->own_filters ||
	    (fcntl(pidfd, F_GETFL) & O_EXCL))	/* PIDFD_THREAD */
		return send_by_pidfd(c, pid, pidfd, NULL);
	return kill_process(c, pid, sig);
}

int
sys_pidfd_getfd(struct call *c)
{
	AUTO_FD pidfd = -1;
	struct task *t;
	pid_t pid;
	int fd, err;

	if (c->rq.arg[2])
		return -EINVAL;
	err = call_take_fd(c, (int)c->rq.arg[0], &pidfd);
	if (err < 0)
		return err;
	pid = pidfd_pid(pidfd);
	if (pid < 0)
		return pid;
	t = nest_find_get(c->task, pid);
	if (!t)
		return -ESRCH;
	err = dirfd_dup(t, (int)c->rq.arg[1], &fd);
	task_put(t);
	return err < 0 ? err : reply_fd(c, fd, O_CLOEXEC);
}
