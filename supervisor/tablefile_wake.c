/* SPDX-License-Identifier: Apache-2.0 */
/* Telling those who wait for tables of mounts that they have changed. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervisor/sandbox.h"
#include "supervisor/tablefile_priv.h"
#include "supervisor/trace.h"

static _Atomic bool posted;

/* --- epoll ----------------------------------------------------------------- */

/* One byte to be read, as there always is. */
static int
make_bell(struct tablefile *f)
{
	const int on = 1;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       f->bell) < 0)
		return -errno;
	tablefiles.nr_waits++;
	setsockopt(f->bell[1], SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on));
	if (send(f->bell[0], "", 1, MSG_NOSIGNAL) < 0)
		return -errno;
	f->rung = mntns_event(f->view.ns);
	return 0;
}

int
tablefile_epoll(struct tablefile *f, int epoll, int op, struct epoll_event *ev)
{
	int err = f->bell[0] < 0 ? make_bell(f) : 0;

	if (err < 0)
		return err;
	/* A change is told once; that there is something to read, for ever. */
	if (ev && !(ev->events & EPOLLIN))
		ev->events |= EPOLLET;
	return epoll_ctl(epoll, op, f->bell[1], ev) < 0 ? -errno : 0;
}

static void
ring(struct tablefile *f)
{
	char buf[64];

	while (recv(f->bell[1], buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
	/* Out of band since 5.15. */
	if (send(f->bell[0], "", 1, MSG_OOB | MSG_NOSIGNAL) < 0)
		send(f->bell[0], "", 1, MSG_NOSIGNAL);
}

/* One that wants to be rung for; counted. */
static struct tablefile *
next_to_ring(void)
{
	struct tablefile *f;

	pthread_mutex_lock(&tablefiles.lock);
	LIST_FOREACH(f, &tablefiles.all, link)
		if (f->bell[0] >= 0 && f->rung != mntns_event(f->view.ns))
			break;
	if (f) {
		f->rung = mntns_event(f->view.ns);
		ref_get(&f->ref);
	}
	pthread_mutex_unlock(&tablefiles.lock);
	return f;
}

static void
drop(struct tablefile *f)
{
	struct tablefile_list gone = LIST_HEAD_INITIALIZER(gone);
	struct tablefile *p;

	pthread_mutex_lock(&tablefiles.lock);
	LIST_FOREACH(p, &tablefiles.all, link)
		if (p == f)
			break;
	if (p)
		tablefile_unlink_locked(p, &gone);
	pthread_mutex_unlock(&tablefiles.lock);
	tablefile_put_all(&gone);
}

/* --- changes --------------------------------------------------------------- */

static bool
wake_one(struct task *t, void *arg)
{
	(void)arg;
	if (t->table_wait && !t->stopped && table_wait_is_over(t->table_wait))
		trace_interrupt(t);
	return false;
}

static void
wake(struct sandbox *sb, void *arg)
{
	struct tablefile *f;

	(void)arg;
	posted = false;
	task_for_each(sb, wake_one, NULL);
	while ((f = next_to_ring())) {
		/* A closed one is in no set any more. */
		if (tablefile_is_held(sb, f))
			ring(f);
		else
			drop(f);
		tablefile_put(f);
	}
}

void
tablefile_changed(void *arg, const struct mntns *ns)
{
	(void)ns;
	if (tablefiles.nr_waits && !atomic_exchange(&posted, true) &&
	    tracer_post(arg, wake, NULL) < 0)
		posted = false;
}

void
tablefile_wait_begin(void)
{
	tablefiles.nr_waits++;
}

void
tablefile_wait_end(void)
{
	tablefiles.nr_waits--;
}
