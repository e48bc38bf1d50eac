/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/idfilter.h"
#include "supervisor/mountfds.h"
#include "supervisor/nsfile.h"
#include "supervisor/sandbox.h"
#include "supervisor/tablefile_priv.h"
#include "supervisor/trace.h"

#define FILES_MAX	1024

struct tablefiles tablefiles = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.all = LIST_HEAD_INITIALIZER(tablefiles.all),
};

void
tablefile_put(struct tablefile *f)
{
	if (!f || !ref_put(&f->ref))
		return;
	if (f->bell[0] >= 0) {
		tablefiles.nr_waits--;
		/* this one first: no set shall see the other go */
		close(f->bell[1]);
		close(f->bell[0]);
	}
	path_put(&f->view.root);
	mntns_put(f->view.ns);
	free(f);
}

void
tablefile_put_all(struct tablefile_list *gone)
{
	struct tablefile *f;

	while ((f = LIST_FIRST(gone))) {
		LIST_REMOVE(f, link);
		tablefile_put(f);
	}
}

void
tablefile_unlink_locked(struct tablefile *f, struct tablefile_list *gone)
{
	LIST_REMOVE(f, link);
	tablefiles.nr--;
	LIST_INSERT_HEAD(gone, f, link);
}

/* --- opening --------------------------------------------------------------- */

void
tablefile_opened(void *arg, uint64_t caller, const struct vfs_ctx *view,
		 enum mount_table which)
{
	struct task *by = (struct task *)(uintptr_t)caller;
	struct tablefile *f;

	if (!by)
		return;
	/* what went with a descriptor that is closed now is not there */
	mountfds_sweep_for(by);
	nsfile_sweep_for(by);
	tablefile_sweep_unused(arg, view->ns);
	f = calloc(1, sizeof(*f));
	if (!f)
		return;
	ref_init(&f->ref);
	f->which = which;
	f->view = (struct vfs_ctx){
		.vfs = view->vfs, .ns = mntns_get(view->ns),
		.root = view->root, .cwd = view->root,
	};
	path_get(&f->view.root);
	f->tgid = by->tgid;
	f->polled = f->written = f->rung = mntns_event(view->ns);
	f->bell[0] = f->bell[1] = -1;
	tablefile_put(atomic_exchange(&by->table_new, f));
}

bool
tablefile_is_new(struct call *c)
{
	return c->task->table_new != NULL;
}

/* What the process itself has closed since, and what had these numbers. */
static void
drop_stale(struct task *t, const struct stat *st)
{
	struct tablefile_list gone = LIST_HEAD_INITIALIZER(gone);
	struct tablefile *f, *next;

	pthread_mutex_lock(&tablefiles.lock);
	for (f = LIST_FIRST(&tablefiles.all); f; f = next) {
		next = LIST_NEXT(f, link);
		if ((f->dev == st->st_dev && f->ino == st->st_ino) ||
		    (f->tgid == t->tgid && !f->shared &&
		     !tablefile_is_held_by(t->tid, f)))
			tablefile_unlink_locked(f, &gone);
	}
	pthread_mutex_unlock(&tablefiles.lock);
	tablefile_put_all(&gone);
}

static void
add(struct task *t, struct tablefile *f, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		tablefile_put(f);
		return;
	}
	drop_stale(t, &st);
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	pthread_mutex_lock(&tablefiles.lock);
	if (tablefiles.nr < FILES_MAX) {
		LIST_INSERT_HEAD(&tablefiles.all, f, link);
		tablefiles.nr++;
		f = NULL;
	}
	pthread_mutex_unlock(&tablefiles.lock);
	tablefile_put(f);
}

/* Tracer thread: the caller stands in its open. */
static void
make_due(struct sandbox *sb, void *arg)
{
	struct task *t = arg;

	(void)sb;
	t->table_due = true;
	trace_interrupt(t);
}

struct opened {
	int fd;
	unsigned int flags;
};

/* Helper thread: the tracer must not be waited for by who serves it. */
static int
answer(struct call *c)
{
	const struct opened *o = c->priv;

	/* Without memory the table just does not tell of changes. */
	tracer_call(c->sb, make_due, c->task);
	return reply_fd(c, o->fd, o->flags);
}

int
tablefile_reply(struct call *c, int fd, unsigned int fd_flags)
{
	struct task *t = c->task;
	struct opened *o = NULL;

	add(t, atomic_exchange(&t->table_new, NULL), fd);
	if (c->via != VIA_NOTIFY)
		idfilter_install_tables(t);
	else if (!t->table_filtered)
		o = malloc(sizeof(*o));
	if (!o) {
		int ret = reply_fd(c, fd, fd_flags);

		c->reply.fd_readonly = true;
		return ret;
	}
	*o = (struct opened){ fd, fd_flags };
	free(c->priv);
	c->priv = o;
	return reply_defer(c, answer);
}

/* --- questions ------------------------------------------------------------- */

struct tablefile *
tablefile_find(struct task *t, int fd, bool to_wait)
{
	struct tablefile *f;
	char name[48];
	struct stat st;

	if (fd < 0 || !tablefiles.nr)
		return NULL;
	snprintf(name, sizeof(name), "/proc/%d/fd/%d", t->tid, fd);
	if (stat(name, &st) < 0)
		return NULL;
	pthread_mutex_lock(&tablefiles.lock);
	LIST_FOREACH(f, &tablefiles.all, link)
		if (f->dev == st.st_dev && f->ino == st.st_ino)
			break;
	/* That one has no poll method. */
	if (f && to_wait && f->which == TABLE_MOUNTSTATS)
		f = NULL;
	if (f)
		ref_get(&f->ref);
	pthread_mutex_unlock(&tablefiles.lock);
	return f;
}

bool
tablefile_is_changed(const struct tablefile *f)
{
	return mntns_event(f->view.ns) != f->polled;
}

bool
tablefile_has_changed(struct tablefile *f)
{
	uint64_t event = mntns_event(f->view.ns);
	bool changed = event != f->polled;

	f->polled = event;
	return changed;
}

static int
write_all(int fd, const char *text, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pwrite(fd, text + done, len - done, (off_t)done);
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return ftruncate(fd, (off_t)len) < 0 ? -errno : 0;
}

/* Its mode denies writing to everybody, us as well. */
static int
open_to_write(int fd, const struct stat *st)
{
	char name[32];
	int out;

	if (fchmod(fd, 0600) < 0)
		return -errno;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	out = open(name, O_WRONLY | O_CLOEXEC);
	fchmod(fd, st->st_mode & 07777);
	return out;
}

void
tablefile_refresh(struct call *c, struct tablefile *f, int fd)
{
	uint64_t event = mntns_event(f->view.ns);
	AUTO_FREE char *text = NULL;
	AUTO_FD dup = -1;
	AUTO_FD out = -1;
	struct stat st;
	size_t len;

	if (event == f->written || call_take_fd(c, fd, &dup) < 0 ||
	    fstat(dup, &st) < 0 || st.st_dev != f->dev || st.st_ino != f->ino)
		return;
	out = open_to_write(dup, &st);
	if (out >= 0 &&
	    vfs_mount_table(&f->view, f->which, &text, &len) == 0 &&
	    write_all(out, text, len) == 0)
		f->written = event;
}

