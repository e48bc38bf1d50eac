/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/task.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisor/creds.h"
#include "supervisor/nest.h"
#include "supervisor/nschange.h"
#include "supervisor/nsproxy.h"
#include "supervisor/sandbox.h"
#include "supervisor/tablefile.h"

/* Guards every task's creds, besides task_lock: the core asks about them with
 * its own locks held, where task_lock must not be taken.  A leaf. */
static pthread_mutex_t creds_lock = PTHREAD_MUTEX_INITIALIZER;

static struct task_list *
bucket(struct sandbox *sb, pid_t tid)
{
	return &sb->tasks[(unsigned int)tid % TASK_HASH];
}

/* --- address spaces ------------------------------------------------------ */

struct mm *
mm_new(void)
{
	struct mm *mm = calloc(1, sizeof(*mm));

	if (!mm)
		return NULL;
	ref_init(&mm->ref);
	mm->mem_fd = mm->maps_fd = -1;
	mm->dumpable = true;
	return mm;
}

void
mm_put(struct mm *mm)
{
	if (!mm || !ref_put(&mm->ref))
		return;
	if (mm->mem_fd >= 0)
		close(mm->mem_fd);
	if (mm->maps_fd >= 0)
		close(mm->maps_fd);
	if (mm->exe.mnt)
		path_put(&mm->exe);
	free(mm);
}

/* Locks: task_lock, for exe. */
static struct mm *
mm_copy_locked(struct mm *from)
{
	struct mm *mm = mm_new();

	if (!mm)
		return NULL;
	mm->dumpable = from->dumpable;
	if (from->exe.mnt) {
		mm->exe = from->exe;
		path_get(&mm->exe);
	}
	return mm;
}

/* --- tasks --------------------------------------------------------------- */

static struct task *
task_new(struct sandbox *sb, pid_t tid, pid_t tgid)
{
	struct task *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	ref_init(&t->ref);
	t->sb = sb;
	t->tid = tid;
	t->tgid = tgid;
	t->pidfd = -1;
	t->stale_pidfd = -1;
	t->give_fd = -1;
	t->chan_number = -1;
	return t;
}

static void
task_link(struct task *t)
{
	pthread_mutex_lock(&t->sb->task_lock);
	LIST_INSERT_HEAD(bucket(t->sb, t->tid), t, hash_link);
	t->sb->nr_tasks++;
	pthread_mutex_unlock(&t->sb->task_lock);
}

struct task *
task_get(struct task *t)
{
	ref_get(&t->ref);
	return t;
}

void
task_put(struct task *t)
{
	if (!t || !ref_put(&t->ref))
		return;
	if (t->fs)
		fscontext_put(t->fs);
	mm_put(t->mm);
	if (t->creds)
		creds_put(t->creds);
	if (t->mntns)
		mntns_put(t->mntns);
	nsproxy_put(t->nsproxy);
	nest_put(t->nest);
	if (t->birth)
		nschange_fini(t->birth);
	free(t->birth);
	if (t->pidfd >= 0)
		close(t->pidfd);
	if (t->stale_pidfd >= 0)
		close(t->stale_pidfd);
	if (t->give_fd >= 0)
		close(t->give_fd);
	tablefile_put(t->table_new);
	table_wait_free(t->table_wait);
	free(t->trace);
	free(t);
}

int
task_add_first(struct sandbox *sb, pid_t tid, struct fscontext *fs,
	       struct creds *creds, struct mntns *ns, struct task **out)
{
	struct task *t = task_new(sb, tid, tid);

	if (!t)
		return -ENOMEM;
	t->mm = mm_new();
	if (!t->mm) {
		free(t);
		return -ENOMEM;
	}
	t->ptgid = sb->supervisor;
	t->fs = fscontext_get(fs);
	t->creds = creds_get(creds);
	t->mntns = mntns_get(ns);
	t->nsproxy = nsproxy_get(sb->first_nsproxy);
	task_link(t);
	*out = t;
	return 0;
}

/* Takes what the child shares; what it copies is made by the caller. */
static void
task_inherit_locked(struct task *t, struct task *parent, uint64_t flags)
{
	struct task *leader;

	if (flags & CLONE_THREAD) {
		leader = task_find(t->sb, t->tgid);
		if (leader)
			leader->threaded = true;
		t->threaded = true;
	}
	t->creds = creds_get(parent->creds);
	t->id_filtered = parent->id_filtered;
	t->table_filtered = parent->table_filtered;
	t->own_seccomp = parent->own_seccomp;
	t->own_filters = parent->own_filters;
	t->mntns = mntns_get(parent->mntns);
	t->nsproxy = nsproxy_get(parent->nsproxy);
	t->nest = nest_get(parent->nest);
	if (flags & CLONE_FS)
		t->fs = fscontext_get(parent->fs);
	if (flags & CLONE_VM) {
		ref_get(&parent->mm->ref);
		t->mm = parent->mm;
	} else {
		t->mm = mm_copy_locked(parent->mm);
	}
	if (flags & CLONE_PARENT)
		t->ptgid = parent->ptgid;
	else if (flags & CLONE_THREAD)
		t->ptgid = parent->ptgid;
	else
		t->ptgid = parent->tgid;
}

int
task_add_child(struct task *parent, pid_t tid, uint64_t clone_flags,
	       struct task **out)
{
	pid_t tgid = (clone_flags & CLONE_THREAD) ? parent->tgid : tid;
	struct task *t = task_new(parent->sb, tid, tgid);
	struct fscontext *fs = NULL;
	int err = 0;

	if (!t)
		return -ENOMEM;
	if (!(clone_flags & CLONE_FS)) {
		struct fscontext *from = task_fs_get(parent);

		err = fscontext_copy(from, &fs);
		fscontext_put(from);
	}
	pthread_mutex_lock(&parent->sb->task_lock);
	task_inherit_locked(t, parent, clone_flags);
	pthread_mutex_unlock(&parent->sb->task_lock);
	if (fs)
		t->fs = fs;
	if (err < 0 || !t->mm) {
		task_put(t);
		return err < 0 ? err : -ENOMEM;
	}
	task_link(t);
	*out = t;
	return 0;
}

void
task_remove(struct task *t)
{
	struct sandbox *sb = t->sb;

	t->dying = true;
	pthread_mutex_lock(&sb->task_lock);
	LIST_REMOVE(t, hash_link);
	if (t->zombie)
		TAILQ_REMOVE(&sb->zombies, t, zombie_link);
	else
		sb->nr_tasks--;
	pthread_mutex_unlock(&sb->task_lock);
	task_put(t);
}

/* --- zombies --------------------------------------------------------------- */

/* How many are looked at when another one comes. */
#define SWEEP_MAX 16

/* Has its parent reaped it? */
static bool
is_gone(const struct task *t)
{
	return syscall(SYS_pidfd_send_signal, t->pidfd, 0, NULL, 0) < 0;
}

/* Drops those that have been reaped, oldest first. */
static void
sweep_locked(struct sandbox *sb)
{
	struct task *t, *stop = NULL;

	for (int i = 0; i < SWEEP_MAX; i++) {
		t = TAILQ_FIRST(&sb->zombies);
		if (!t || t == stop)
			return;
		TAILQ_REMOVE(&sb->zombies, t, zombie_link);
		if (is_gone(t)) {
			LIST_REMOVE(t, hash_link);
			task_put(t);
			continue;
		}
		TAILQ_INSERT_TAIL(&sb->zombies, t, zombie_link);
		if (!stop)
			stop = t;
	}
}

#define SWAP(a, b)				\
	do {					\
		__typeof__(a) swap_a_ = (a);	\
		(a) = (b);			\
		(b) = swap_a_;			\
	} while (0)

/*
 * A zombie keeps no mount namespace alive: as exit_task_namespaces().  Nobody
 * is shown its view (procsource.c); the first process's stands in.  The
 * namespace to be put, or NULL.
 */
static struct mntns *
leave_mntns_locked(struct task *t)
{
	struct task *first = task_find(t->sb, t->sb->init);
	struct mntns *ns = t->mntns;

	if (!first || first->mntns == ns)
		return NULL;
	t->mntns = mntns_get(first->mntns);
	return ns;
}

void
task_end(struct task *t)
{
	const struct path none = { NULL, NULL };
	struct sandbox *sb = t->sb;
	struct fscontext *fs = NULL;
	struct mntns *ns = NULL;
	struct mm *mm = NULL;

	t->dying = true;
	if (t->zombie || t->tid != t->tgid)
		goto remove;
	if (t->pidfd < 0)
		t->pidfd = (int)syscall(SYS_pidfd_open, t->tid, 0);
	if (t->pidfd < 0 || is_gone(t))
		goto remove;
	mm = mm_new();
	if (!mm || fscontext_new(&none, &none, 0, &fs) < 0)
		goto remove;
	pthread_mutex_lock(&sb->task_lock);
	sweep_locked(sb);
	t->zombie = true;
	SWAP(t->fs, fs);
	SWAP(t->mm, mm);
	ns = leave_mntns_locked(t);
	TAILQ_INSERT_TAIL(&sb->zombies, t, zombie_link);
	sb->nr_tasks--;
	pthread_mutex_unlock(&sb->task_lock);
	fscontext_put(fs);
	if (ns)
		mntns_put(ns);
	mm_put(mm);
	return;
remove:
	mm_put(mm);
	task_remove(t);
}

void
task_remove_zombies(struct sandbox *sb)
{
	struct task *t;

	while ((t = TAILQ_FIRST(&sb->zombies)))
		task_remove(t);
}

void
task_become_leader(struct task *t)
{
	struct sandbox *sb = t->sb;

	pthread_mutex_lock(&sb->task_lock);
	LIST_REMOVE(t, hash_link);
	t->tid = t->tgid;
	LIST_INSERT_HEAD(bucket(sb, t->tid), t, hash_link);
	pthread_mutex_unlock(&sb->task_lock);
	/* It names the thread that was; the next use makes another.  A helper
	 * may be using it yet: closed with the task. */
	t->stale_pidfd = atomic_exchange(&t->pidfd, -1);
}

struct task *
task_find(struct sandbox *sb, pid_t tid)
{
	struct task *t;

	LIST_FOREACH(t, bucket(sb, tid), hash_link)
		if (t->tid == tid && !(t->zombie && is_gone(t)))
			return t;
	return NULL;
}

struct task *
task_find_get(struct sandbox *sb, pid_t tid)
{
	struct task *t;

	pthread_mutex_lock(&sb->task_lock);
	t = task_find(sb, tid);
	if (t)
		task_get(t);
	pthread_mutex_unlock(&sb->task_lock);
	return t;
}

struct task *
task_find_caller(struct sandbox *sb, pid_t tid, struct fscontext **fs)
{
	struct task *t;

	pthread_mutex_lock(&sb->task_lock);
	t = task_find(sb, tid);
	if (t && t->zombie)
		t = NULL;
	if (t) {
		*fs = fscontext_get(t->fs);
		task_get(t);
	}
	pthread_mutex_unlock(&sb->task_lock);
	return t;
}

bool
task_for_each(struct sandbox *sb, bool (*fn)(struct task *, void *), void *arg)
{
	bool stop = false;
	struct task *t;

	pthread_mutex_lock(&sb->task_lock);
	for (size_t i = 0; i < TASK_HASH && !stop; i++) {
		LIST_FOREACH(t, &sb->tasks[i], hash_link) {
			if (t->zombie && is_gone(t))
				continue;
			stop = fn(t, arg);
			if (stop)
				break;
		}
	}
	pthread_mutex_unlock(&sb->task_lock);
	return stop;
}

static bool
is_in_pgrp(struct task *t, void *arg)
{
	return t->tid == t->tgid && getpgid(t->tid) == *(pid_t *)arg;
}

bool
task_pgrp_is_guest(struct sandbox *sb, pid_t pgid)
{
	return task_for_each(sb, is_in_pgrp, &pgid);
}

bool
task_pid_is_guest(struct sandbox *sb, pid_t pid)
{
	bool found;

	pthread_mutex_lock(&sb->task_lock);
	found = task_find(sb, pid) != NULL;
	pthread_mutex_unlock(&sb->task_lock);
	return found;
}

/* --- the shared things --------------------------------------------------- */

struct fscontext *
task_fs_get(struct task *t)
{
	struct fscontext *fs;

	pthread_mutex_lock(&t->sb->task_lock);
	fs = fscontext_get(t->fs);
	pthread_mutex_unlock(&t->sb->task_lock);
	return fs;
}

struct mm *
task_mm_get(struct task *t)
{
	struct mm *mm;

	pthread_mutex_lock(&t->sb->task_lock);
	mm = t->mm;
	ref_get(&mm->ref);
	pthread_mutex_unlock(&t->sb->task_lock);
	return mm;
}

struct creds *
task_creds_get(struct task *t)
{
	struct creds *c;

	pthread_mutex_lock(&creds_lock);
	c = creds_get(t->creds);
	pthread_mutex_unlock(&creds_lock);
	return c;
}

struct mntns *
task_mntns_get(struct task *t)
{
	struct mntns *ns;

	pthread_mutex_lock(&t->sb->task_lock);
	ns = mntns_get(t->mntns);
	pthread_mutex_unlock(&t->sb->task_lock);
	return ns;
}

struct nsproxy *
task_nsproxy_get(struct task *t)
{
	struct nsproxy *p;

	pthread_mutex_lock(&t->sb->task_lock);
	p = nsproxy_get(t->nsproxy);
	pthread_mutex_unlock(&t->sb->task_lock);
	return p;
}

/* Puts `new` in the place of *slot; returns the old one, to be dropped. */
#define SWAP_SLOT(t, slot, new)					\
	__extension__({						\
		__typeof__(new) swap_old_;			\
		pthread_mutex_lock(&(t)->sb->task_lock);	\
		swap_old_ = (t)->slot;				\
		(t)->slot = (new);				\
		pthread_mutex_unlock(&(t)->sb->task_lock);	\
		swap_old_;					\
	})

void
task_set_fs(struct task *t, struct fscontext *fs)
{
	fscontext_put(SWAP_SLOT(t, fs, fs));
}

void
task_set_mm(struct task *t, struct mm *mm)
{
	mm_put(SWAP_SLOT(t, mm, mm));
}

void
task_set_creds(struct task *t, struct creds *creds)
{
	struct creds *old;

	pthread_mutex_lock(&t->sb->task_lock);
	pthread_mutex_lock(&creds_lock);
	old = t->creds;
	t->creds = creds;
	pthread_mutex_unlock(&creds_lock);
	pthread_mutex_unlock(&t->sb->task_lock);
	creds_put(old);
}

void
task_set_mntns(struct task *t, struct mntns *ns)
{
	mntns_put(SWAP_SLOT(t, mntns, ns));
}

void
task_set_nsproxy(struct task *t, struct nsproxy *p)
{
	nsproxy_put(SWAP_SLOT(t, nsproxy, p));
}
