/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signal.c - kill and its kin.
 *
 * The supervisor looks the target up and sends the signal itself, under
 * task_lock: a guest's pid cannot be used again before the tracer has removed
 * the task, so nothing outside can be hit.  Who is not a guest does not exist
 * (ESRCH).  sigsender.h tells the target who it really was.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "include/auto.h"
#include "include/uapi.h"
#include "supervisor/dirfds.h"
#include "supervisor/handlers.h"
#include "supervisor/idmap.h"
#include "supervisor/sandbox.h"
#include "supervisor/sigsender.h"

static void
note_sender(struct call *c, pid_t to, int sig)
{
	sigsender_note(to, sig, c->task->tgid,
		       idmap_uid_out(c->task, getuid()));
}

/* Which processes a kill() is for, and what came of it. */
struct kill_work {
	struct call *c;
	int sig;
	pid_t pgrp;			/* 0: everybody but the caller */
	int found, sent, err;
};

static bool
kill_one(struct task *t, void *arg)
{
	struct kill_work *w = arg;

	if (t->tid != t->tgid)
		return false;
	if (w->pgrp ? getpgid(t->tgid) != w->pgrp :
		      t->tgid == w->c->task->tgid)
		return false;
	w->found++;
	note_sender(w->c, t->tgid, w->sig);
	if (kill(t->tgid, w->sig) == 0)
		w->sent++;
	else
		w->err = -errno;
	return false;
}

/* As kill_something_info() for pid <= 0: success if one was sent. */
static int
kill_many(struct call *c, pid_t pgrp, int sig)
{
	struct kill_work w = { .c = c, .sig = sig, .pgrp = pgrp };

	task_for_each(c->sb, kill_one, &w);
	if (!w.found)
		return -ESRCH;
	return w.sent ? 0 : w.err;
}

int
sys_kill(struct call *c)
{
	pid_t pid = (pid_t)c->rq.arg[0];
	int sig = (int)c->rq.arg[1], err = 0;
	struct task *t;

	/* Itself: the kernel cannot hit anybody else, and knows who it was. */
	if (pid == c->task->tgid)
		return reply_native(c);
	if (pid == -1)
		return kill_many(c, 0, sig);
	if (pid <= 0) {
		if (pid == INT32_MIN)
			return -ESRCH;
		return kill_many(c, pid ? -pid : getpgid(c->task->tgid), sig);
	}
	pthread_mutex_lock(&c->sb->task_lock);
	t = task_find(c->sb, pid);
	if (!t) {
		err = -ESRCH;
	} else {
		note_sender(c, t->tgid, sig);
		if (kill(t->tgid, sig) < 0)
			err = -errno;
	}
	pthread_mutex_unlock(&c->sb->task_lock);
	return err;
}

/* tgid 0: whichever process the thread belongs to (tkill). */
static int
signal_thread(struct call *c, pid_t tgid, pid_t tid, int sig, siginfo_t *info)
{
	struct task *t;
	long r = 0;

	if (tid <= 0)
		return -EINVAL;
	pthread_mutex_lock(&c->sb->task_lock);
	t = task_find(c->sb, tid);
	if (!t || (tgid && t->tgid != tgid)) {
		pthread_mutex_unlock(&c->sb->task_lock);
		return -ESRCH;
	}
	if (info) {
		r = syscall(SYS_rt_tgsigqueueinfo, t->tgid, tid, sig, info);
	} else {
		note_sender(c, t->tgid, sig);
		r = syscall(SYS_tgkill, t->tgid, tid, sig);
	}
	r = r < 0 ? -errno : 0;
	pthread_mutex_unlock(&c->sb->task_lock);
	return (int)r;
}

int
sys_tgkill(struct call *c)
{
	if ((pid_t)c->rq.arg[0] <= 0)
		return -EINVAL;
	if ((pid_t)c->rq.arg[0] == c->task->tgid)
		return reply_native(c);
	return signal_thread(c, (pid_t)c->rq.arg[0], (pid_t)c->rq.arg[1],
			     (int)c->rq.arg[2], NULL);
}

int
sys_tkill(struct call *c)
{
	return signal_thread(c, 0, (pid_t)c->rq.arg[0], (int)c->rq.arg[1],
			     NULL);
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
	t = task_find(c->sb, pid);
	if (!t)
		err = -ESRCH;
	else if (syscall(SYS_rt_sigqueueinfo, t->tgid, sig, &info) < 0)
		err = -errno;
	pthread_mutex_unlock(&c->sb->task_lock);
	return err;
}

int
sys_rt_tgsigqueueinfo(struct call *c)
{
	pid_t tgid = (pid_t)c->rq.arg[0];
	siginfo_t info;
	int err;

	err = read_siginfo(c, c->rq.arg[3], (int)c->rq.arg[2], tgid, &info);
	if (err < 0)
		return err;
	if (tgid <= 0)
		return -EINVAL;
	return signal_thread(c, tgid, (pid_t)c->rq.arg[1],
			     (int)c->rq.arg[2], &info);
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
	fd = task_find(c->sb, pid) ?
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

int
sys_pidfd_send_signal(struct call *c)
{
	AUTO_FD pidfd = -1;
	unsigned int flags = (unsigned int)c->rq.arg[3];
	int sig = (int)c->rq.arg[1], err;
	struct task *t;
	siginfo_t info, *with = NULL;
	pid_t pid;

	err = call_take_fd(c, (int)c->rq.arg[0], &pidfd);
	if (err < 0)
		return err;
	pid = pidfd_pid(pidfd);
	if (pid < 0)
		return pid;
	if (c->rq.arg[2]) {
		err = read_siginfo(c, c->rq.arg[2], sig, pid, &info);
		if (err < 0)
			return err;
		with = &info;
	}
	pthread_mutex_lock(&c->sb->task_lock);
	t = task_find(c->sb, pid);
	if (t && !with)
		note_sender(c, t->tgid, sig);
	if (!t)
		err = -ESRCH;
	else if (syscall(SYS_pidfd_send_signal, pidfd, sig, with, flags) < 0)
		err = -errno;
	pthread_mutex_unlock(&c->sb->task_lock);
	return err;
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
	t = task_find_get(c->sb, pid);
	if (!t)
		return -ESRCH;
	err = dirfd_dup(t, (int)c->rq.arg[1], &fd);
	task_put(t);
	return err < 0 ? err : reply_fd(c, fd, O_CLOEXEC);
}
