/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/helper.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/thread.h"
#include "supervisor/dispatch.h"
#include "supervisor/log.h"
#include "supervisor/notify.h"
#include "supervisor/override.h"
#include "supervisor/sandbox.h"
#include "supervisor/trace.h"

#define KICK_SIGNAL	SIGIO
#define WATCH_MS	10
#define DRAIN_TICKS	200		/* of WATCH_MS */
#define CANCEL_TICKS	500		/* of 0.2 ms */
#define IDLE_MAX	4		/* threads kept waiting for work */

struct deferred {
	struct call call;		/* first: helper_call_free() */
	LIST_ENTRY(deferred) link;	/* on `running` */
	STAILQ_ENTRY(deferred) next;	/* on `queue` */
	pthread_t thread;		/* who runs it */
	volatile bool interrupted;
	char path[2][PATH_MAX];
};

struct helpers {
	pthread_mutex_t lock;
	pthread_cond_t work, watch;
	STAILQ_HEAD(, deferred) queue;
	LIST_HEAD(, deferred) running;
	unsigned int idle;		/* until they have woken up */
	unsigned int queued;
	_Atomic unsigned int out;	/* calls not yet answered */
	bool watching;			/* the watcher exists */
};

static void
on_kick(int sig)
{
	(void)sig;
}

int
helpers_new(struct sandbox *sb)
{
	struct sigaction sa = { .sa_handler = on_kick };
	static struct helpers the_pool;	/* idle threads keep looking at it */
	struct helpers *h = &the_pool;

	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->work, NULL);
	pthread_cond_init(&h->watch, NULL);
	STAILQ_INIT(&h->queue);
	LIST_INIT(&h->running);
	sigaction(KICK_SIGNAL, &sa, NULL);
	sb->helpers = h;
	return 0;
}

void
helper_call_free(struct call *c)
{
	if (c->fs)
		fscontext_put(c->fs);
	task_put(c->task);
	free(c->priv);
	c->sb->helpers->out--;
	free((struct deferred *)c);
}

bool
helpers_drain(struct sandbox *sb)
{
	const struct timespec tick = { .tv_nsec = WATCH_MS * 1000000L };

	for (int i = 0; i < DRAIN_TICKS && sb->helpers->out > 0; i++) {
		nanosleep(&tick, NULL);
		tracer_run_posted(sb);
	}
	return sb->helpers->out == 0;
}

/* --- what a signal would do to the guest ------------------------------------ */

/* Signals that do nothing unless they are caught. */
#define IGNORED_BY_DEFAULT						\
	((1ULL << (SIGCHLD - 1)) | (1ULL << (SIGURG - 1)) |		\
	 (1ULL << (SIGWINCH - 1)) | (1ULL << (SIGCONT - 1)))

static bool
signal_waits(pid_t tid)
{
	unsigned long long pending = 0, blocked = 0, ignored = 0, caught = 0, v;
	char name[32], line[256];
	AUTO_FILE FILE *f = NULL;

	snprintf(name, sizeof(name), "/proc/%d/status", tid);
	f = fopen(name, "re");
	if (!f)
		return true;		/* it is gone */
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "SigPnd: %llx", &v) == 1 ||
		    sscanf(line, "ShdPnd: %llx", &v) == 1)
			pending |= v;
		else if (sscanf(line, "SigBlk: %llx", &v) == 1)
			blocked = v;
		else if (sscanf(line, "SigIgn: %llx", &v) == 1)
			ignored = v;
		else if (sscanf(line, "SigCgt: %llx", &v) == 1)
			caught = v;
	}
	ignored |= IGNORED_BY_DEFAULT & ~caught;
	return pending & ~blocked & ~ignored;
}

static bool
wants_interruption(const struct deferred *d)
{
	const struct call *c = &d->call;

	if (c->task->dying)
		return true;
	if (c->via == VIA_NOTIFY && !notify_id_valid(c->sb, c->notif_id))
		return true;
	return signal_waits(c->task->tid);
}

/* Looks at the callers while there are any. */
static void *
watcher(void *arg)
{
	struct helpers *h = arg;
	const struct timespec tick = { .tv_nsec = WATCH_MS * 1000000L };
	struct deferred *d;

	pthread_mutex_lock(&h->lock);
	for (;;) {
		while (LIST_EMPTY(&h->running))
			pthread_cond_wait(&h->watch, &h->lock);
		pthread_mutex_unlock(&h->lock);
		nanosleep(&tick, NULL);
		pthread_mutex_lock(&h->lock);
		LIST_FOREACH(d, &h->running, link) {
			if (!d->interrupted && !wants_interruption(d))
				continue;
			d->interrupted = true;
			pthread_kill(d->thread, KICK_SIGNAL);
		}
	}
	return NULL;
}

static bool
cancel_locked(struct helpers *h, pid_t tid)
{
	struct deferred *d;
	bool found = false;

	LIST_FOREACH(d, &h->running, link) {
		if (d->call.task->tid != tid)
			continue;
		found = true;
		d->interrupted = true;
		pthread_kill(d->thread, KICK_SIGNAL);
	}
	/* One that no thread has taken yet will be kicked once it runs. */
	STAILQ_FOREACH(d, &h->queue, next)
		if (d->call.task->tid == tid)
			found = d->interrupted = true;
	return found;
}

void
helpers_cancel(struct sandbox *sb, pid_t tid)
{
	const struct timespec tick = { .tv_nsec = 200000L };
	struct helpers *h = sb->helpers;
	bool found = h->out > 0;

	for (int i = 0; i < CANCEL_TICKS && found; i++) {
		pthread_mutex_lock(&h->lock);
		found = cancel_locked(h, tid);
		pthread_mutex_unlock(&h->lock);
		if (found)
			nanosleep(&tick, NULL);
	}
}

/* --- the helper threads ------------------------------------------------------- */

static void
run(struct helpers *h, struct deferred *d)
{
	struct call *c = &d->call;
	sigset_t kick;
	bool restart;
	int ret;

	/* It may have died before there was anything to cancel. */
	if (c->task->dying ||
	    (c->via == VIA_NOTIFY && !notify_id_valid(c->sb, c->notif_id)))
		d->interrupted = true;
	sigemptyset(&kick);
	sigaddset(&kick, KICK_SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &kick, NULL);
	c->reply.kind = REPLY_VALUE;
	ret = c->reply.defer(c);
	override_for(c->sb, NULL);
	pthread_sigmask(SIG_BLOCK, &kick, NULL);

	pthread_mutex_lock(&h->lock);
	LIST_REMOVE(d, link);
	pthread_mutex_unlock(&h->lock);
	c->deferred_ret = ret;
	restart = ret == -EINTR && d->interrupted;
	if (c->via != VIA_NOTIFY)
		trace_deferred(c, restart);
	else
		notify_deferred(c, restart);
}

static void *
helper(void *arg)
{
	struct helpers *h = arg;
	struct deferred *d;

	pthread_mutex_lock(&h->lock);
	for (;;) {
		while (STAILQ_EMPTY(&h->queue)) {
			if (h->idle >= IDLE_MAX) {
				pthread_mutex_unlock(&h->lock);
				return NULL;
			}
			h->idle++;
			pthread_cond_wait(&h->work, &h->lock);
			h->idle--;
		}
		d = STAILQ_FIRST(&h->queue);
		STAILQ_REMOVE_HEAD(&h->queue, next);
		h->queued--;
		d->thread = pthread_self();
		LIST_INSERT_HEAD(&h->running, d, link);
		pthread_cond_signal(&h->watch);
		pthread_mutex_unlock(&h->lock);
		run(h, d);
		pthread_mutex_lock(&h->lock);
	}
}

/* Sees to it that somebody will take the queued call. */
static int
summon_locked(struct helpers *h)
{
	int err;

	if (!h->watching) {
		err = thread_start(watcher, h);
		if (err < 0)
			return err;
		h->watching = true;
	}
	/* an idle helper may be on its way to a call queued before */
	if (h->idle > h->queued) {
		pthread_cond_signal(&h->work);
		return 0;
	}
	return thread_start(helper, h);
}

int
helper_defer(struct call *c)
{
	struct helpers *h = c->sb->helpers;
	struct deferred *d = malloc(sizeof(*d));
	int err;

	if (!d)
		return -ENOMEM;
	d->call = *c;
	d->interrupted = false;
	d->call.interrupted = &d->interrupted;
	for (int i = 0; i < 2; i++) {
		d->call.path[i] = d->path[i];
		memcpy(d->path[i], c->path[i], PATH_MAX);
	}
	pthread_mutex_lock(&h->lock);
	err = summon_locked(h);
	if (err == 0) {
		STAILQ_INSERT_TAIL(&h->queue, d, next);
		h->queued++;
		task_get(c->task);
		fscontext_get(c->fs);
		c->priv = NULL;
		h->out++;
	}
	pthread_mutex_unlock(&h->lock);
	if (err < 0)
		free(d);
	return err;
}
