/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.c - calls that name a process: its group, session, priority, limits,
 * scheduling.  Who is not a guest does not exist (ESRCH).
 */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisor/handlers.h"
#include "supervisor/nest.h"
#include "supervisor/sandbox.h"
#include "supervisor/sys/pathref.h"

/* 0 is the caller; -ESRCH for anybody outside. */
static pid_t
guest_pid(struct call *c, uint64_t arg)
{
	pid_t pid = (pid_t)arg;

	if (pid == 0)
		return c->task->tid;
	if (pid < 0 || !nest_pid_is_seen(c->task, pid))
		return -ESRCH;
	return pid;
}

int
sys_getpgid(struct call *c)
{
	pid_t pid = guest_pid(c, c->rq.arg[0]), r;

	if (pid < 0)
		return pid;
	r = getpgid(pid);
	return r < 0 ? -errno : r;
}

int
sys_getsid(struct call *c)
{
	pid_t pid = guest_pid(c, c->rq.arg[0]), r;

	if (pid < 0)
		return pid;
	r = getsid(pid);
	return r < 0 ? -errno : r;
}

/*
 * The kernel takes only the caller and its children for `pid`, so the call is
 * safe to run as it stands once the group is known to be the sandbox's.
 */
int
sys_setpgid(struct call *c)
{
	pid_t pid = (pid_t)c->rq.arg[0], pgid = (pid_t)c->rq.arg[1];

	if (pgid < 0)
		return -EINVAL;
	if (pid < 0 || (pid && !nest_pid_is_seen(c->task, pid)))
		return -ESRCH;
	if (pgid == 0 || pgid == pid ||
	    (pid == 0 && pgid == c->task->tgid) ||
	    nest_pgrp_is_seen(c->task, pgid))
		return reply_native(c);
	return -EPERM;
}

/* --------------------------------------------------------------- priority */

struct nice_work {
	struct call *c;
	pid_t pgrp;			/* 0: every guest */
	int nice, best, found, err;
	bool set;
};

static bool
nice_one(struct task *t, void *arg)
{
	struct nice_work *w = arg;
	int n;

	if (!nest_sees(w->c->task, t) ||
	    (w->pgrp && getpgid(t->tgid) != w->pgrp))
		return false;
	w->found++;
	if (w->set) {
		if (setpriority(PRIO_PROCESS, (id_t)t->tid, w->nice) < 0)
			w->err = -errno;
		return false;
	}
	/* The system call's own answer is 20 - nice. */
	n = (int)syscall(SYS_getpriority, PRIO_PROCESS, t->tid);
	if (n > w->best)
		w->best = n;
	return false;
}

static int
priority_of_many(struct call *c, bool set)
{
	struct nice_work w = { .c = c, .set = set, .nice = (int)c->rq.arg[2] };
	uint64_t who = c->rq.arg[1];

	if ((int)c->rq.arg[0] == PRIO_PGRP)
		w.pgrp = who ? (pid_t)who : getpgid(c->task->tgid);
	task_for_each(c->sb, nice_one, &w);
	if (!w.found)
		return -ESRCH;
	return set ? w.err : w.best;
}

int
sys_getpriority(struct call *c)
{
	pid_t pid;
	long r;

	switch ((int)c->rq.arg[0]) {
	case PRIO_PGRP:
	case PRIO_USER:
		return priority_of_many(c, false);
	case PRIO_PROCESS:
		pid = guest_pid(c, c->rq.arg[1]);
		if (pid < 0)
			return pid;
		r = syscall(SYS_getpriority, PRIO_PROCESS, pid);
		return r < 0 ? -errno : (int)r;
	}
	return -EINVAL;
}

int
sys_setpriority(struct call *c)
{
	pid_t pid;

	switch ((int)c->rq.arg[0]) {
	case PRIO_PGRP:
	case PRIO_USER:
		return priority_of_many(c, true);
	case PRIO_PROCESS:
		pid = guest_pid(c, c->rq.arg[1]);
		if (pid < 0)
			return pid;
		return setpriority(PRIO_PROCESS, (id_t)pid,
				   (int)c->rq.arg[2]) < 0 ? -errno : 0;
	}
	return -EINVAL;
}

/* ----------------------------------------------------------------- limits */

int
sys_prlimit64(struct call *c)
{
	struct rlimit64 new, old, *with = NULL;
	pid_t pid;
	int err = 0;

	if (c->rq.arg[2]) {
		if (guest_read(c->task, &new, c->rq.arg[2], sizeof(new)) < 0)
			return -EFAULT;
		with = &new;
	}
	pid = guest_pid(c, c->rq.arg[0]);
	if (pid < 0)
		return pid;
	pthread_mutex_lock(&c->sb->task_lock);
	if (!nest_find(c->task, pid))
		err = -ESRCH;
	else if (syscall(SYS_prlimit64, pid, (int)c->rq.arg[1], with, &old) < 0)
		err = -errno;
	pthread_mutex_unlock(&c->sb->task_lock);
	if (err < 0 || !c->rq.arg[3])
		return err;
	return guest_write(c->task, c->rq.arg[3], &old, sizeof(old));
}

/* ------------------------------------------------------------- scheduling */

#define SCHED_BUF 1024

/* One call of the family: which argument is the pid, which the buffer, how
 * long that is (in bytes, or in which argument), which way it goes. */
struct sched_form {
	enum sc sc;
	signed char pid, buf, size_arg;
	unsigned char size;
	bool in;
};

static const struct sched_form sched_forms[] = {
	{ SC_sched_setparam, 0, 1, -1, sizeof(int), true },
	{ SC_sched_getparam, 0, 1, -1, sizeof(int), false },
	{ SC_sched_setscheduler, 0, 2, -1, sizeof(int), true },
	{ SC_sched_getscheduler, 0, -1, -1, 0, false },
	{ SC_sched_rr_get_interval, 0, 1, -1, sizeof(struct timespec), false },
	{ SC_sched_setaffinity, 0, 2, 1, 0, true },
	{ SC_sched_getaffinity, 0, 2, 1, 0, false },
	/* struct sched_attr begins with its own size. */
	{ SC_sched_setattr, 0, 1, -1, 56, true },
	{ SC_sched_getattr, 0, 1, 2, 0, false },
	{ SC_ioprio_set, 1, -1, -1, 0, false },
	{ SC_ioprio_get, 1, -1, -1, 0, false },
};

static const struct sched_form *
find_form(enum sc sc)
{
	for (size_t i = 0; i < sizeof(sched_forms) / sizeof(sched_forms[0]);
	     i++)
		if (sched_forms[i].sc == sc)
			return &sched_forms[i];
	return NULL;
}

/* Runs the call on a buffer of ours. */
static int
run_sched(struct call *c, const struct sched_form *f, uint64_t arg[SC_ARGS])
{
	uint64_t buf[SCHED_BUF / sizeof(uint64_t)] = { 0 };
	uint64_t addr = f->buf >= 0 ? arg[f->buf] : 0;
	size_t size = f->size_arg >= 0 ? (uint32_t)arg[f->size_arg] : f->size;
	long r;

	if (size > sizeof(buf)) {
		size = sizeof(buf);
		if (f->size_arg >= 0)
			arg[f->size_arg] = size;
	}
	if (f->in && size &&
	    guest_read_some(c->task, buf, addr, size) < (ssize_t)f->size)
		return -EFAULT;
	if (f->buf >= 0 && addr)
		arg[f->buf] = (uint64_t)(uintptr_t)buf;
	r = syscall(c->rq.nr, arg[0], arg[1], arg[2], arg[3]);
	if (r < 0)
		return -errno;
	/* sched_getaffinity() says how much it has written. */
	if (c->rq.sc == SC_sched_getaffinity)
		size = (size_t)r;
	if (f->buf >= 0 && !f->in && size &&
	    guest_write(c->task, addr, buf, size) < 0)
		return -EFAULT;
	return (int)r;
}

int
sys_sched_pid(struct call *c)
{
	const struct sched_form *f = find_form(c->rq.sc);
	uint64_t arg[SC_ARGS];
	pid_t pid;

	if (!f)
		return -ENOSYS;
	if (f->pid == 1 && (int)c->rq.arg[0] != 1)
		return -EPERM;		/* ioprio of a group or a user */
	pid = guest_pid(c, c->rq.arg[f->pid]);
	if (pid < 0)
		return pid;
	memcpy(arg, c->rq.arg, sizeof(arg));
	arg[f->pid] = (uint64_t)pid;
	return run_sched(c, f, arg);
}
