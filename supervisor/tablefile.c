/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/tablefile.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/idfilter.h"
#include "supervisor/sandbox.h"
#include "supervisor/task.h"
#include "supervisor/trace.h"

#define FILES_MAX	1024

struct tablefile {
	struct ref ref;
	LIST_ENTRY(tablefile) link;	/* [l] */
	enum mount_table which;		/* [I] */
	struct vfs_ctx view;		/* [I] ns and root, counted */
	pid_t tgid;			/* [l] who opened it; 0: has ended */
	bool shared;			/* [l] others may have it too */
	dev_t dev;			/* [I] from the answer on */
	ino_t ino;
	uint64_t polled;		/* [t] the change last told */
	uint64_t written;		/* [t] the change whose text is in it */
	uint64_t rung;			/* [t] ... last told to epoll sets */
	int bell[2];			/* [t] ours, and the one in epoll sets */
};

/* [l]: */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static LIST_HEAD(file_list, tablefile) files = LIST_HEAD_INITIALIZER(files);
static _Atomic unsigned int nr_files;

/* Those who wait, and the tables in epoll sets. */
static _Atomic unsigned int nr_waits;
static _Atomic bool posted;

void
tablefile_put(struct tablefile *f)
{
	if (!f || !ref_put(&f->ref))
		return;
	if (f->bell[0] >= 0) {
		nr_waits--;
		/* this one first: no set shall see the other go */
		close(f->bell[1]);
		close(f->bell[0]);
	}
	path_put(&f->view.root);
	mntns_put(f->view.ns);
	free(f);
}

static void
put_all(struct file_list *gone)
{
	struct tablefile *f;

	while ((f = LIST_FIRST(gone))) {
		LIST_REMOVE(f, link);
		tablefile_put(f);
	}
}

static void
unlink_locked(struct tablefile *f, struct file_list *gone)
{
	LIST_REMOVE(f, link);
	nr_files--;
	LIST_INSERT_HEAD(gone, f, link);
}

/* --- opening --------------------------------------------------------------- */

void
tablefile_opened(void *arg, uint64_t caller, const struct vfs_ctx *view,
		 enum mount_table which)
{
	struct task *by = (struct task *)(uintptr_t)caller;
	struct tablefile *f;

	(void)arg;
	if (!by)
		return;
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

/* Has the thread this file open? */
static bool
holds(pid_t tid, const struct tablefile *f)
{
	char dir[32];
	AUTO_DIR DIR *d = NULL;
	struct dirent *e;
	struct stat st;

	snprintf(dir, sizeof(dir), "/proc/%d/fd", tid);
	d = opendir(dir);
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' &&
		    fstatat(dirfd(d), e->d_name, &st, 0) == 0 &&
		    st.st_dev == f->dev && st.st_ino == f->ino)
			return true;
	return false;
}

struct process_list {
	pid_t *v;
	size_t nr, room;
};

static bool
collect(struct task *t, void *arg)
{
	struct process_list *l = arg;

	if (t->tid != t->tgid || t->dying)
		return false;
	if (l->nr == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		pid_t *v = reallocarray(l->v, room, sizeof(*v));

		if (!v)
			return true;
		l->v = v;
		l->room = room;
	}
	l->v[l->nr++] = t->tid;
	return false;
}

/* Has any guest?  Without memory: yes. */
static bool
is_held(struct sandbox *sb, const struct tablefile *f)
{
	struct process_list l = { NULL, 0, 0 };
	bool held = task_for_each(sb, collect, &l);

	for (size_t i = 0; !held && i < l.nr; i++)
		held = holds(l.v[i], f);
	free(l.v);
	return held;
}

/* What the process itself has closed since, and what had these numbers. */
static void
drop_stale(struct task *t, const struct stat *st)
{
	struct file_list gone = LIST_HEAD_INITIALIZER(gone);
	struct tablefile *f, *next;

	pthread_mutex_lock(&lock);
	for (f = LIST_FIRST(&files); f; f = next) {
		next = LIST_NEXT(f, link);
		if ((f->dev == st->st_dev && f->ino == st->st_ino) ||
		    (f->tgid == t->tgid && !f->shared &&
		     !holds(t->tid, f)))
			unlink_locked(f, &gone);
	}
	pthread_mutex_unlock(&lock);
	put_all(&gone);
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
	pthread_mutex_lock(&lock);
	if (nr_files < FILES_MAX) {
		LIST_INSERT_HEAD(&files, f, link);
		nr_files++;
		f = NULL;
	}
	pthread_mutex_unlock(&lock);
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

	if (fd < 0 || !nr_files)
		return NULL;
	snprintf(name, sizeof(name), "/proc/%d/fd/%d", t->tid, fd);
	if (stat(name, &st) < 0)
		return NULL;
	pthread_mutex_lock(&lock);
	LIST_FOREACH(f, &files, link)
		if (f->dev == st.st_dev && f->ino == st.st_ino)
			break;
	/* That one has no poll method. */
	if (f && to_wait && f->which == TABLE_MOUNTSTATS)
		f = NULL;
	if (f)
		ref_get(&f->ref);
	pthread_mutex_unlock(&lock);
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

/* --- epoll ----------------------------------------------------------------- */

/* One byte to be read, as there always is. */
static int
make_bell(struct tablefile *f)
{
	const int on = 1;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       f->bell) < 0)
		return -errno;
	nr_waits++;
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

	pthread_mutex_lock(&lock);
	LIST_FOREACH(f, &files, link)
		if (f->bell[0] >= 0 && f->rung != mntns_event(f->view.ns))
			break;
	if (f) {
		f->rung = mntns_event(f->view.ns);
		ref_get(&f->ref);
	}
	pthread_mutex_unlock(&lock);
	return f;
}

static void
drop(struct tablefile *f)
{
	struct file_list gone = LIST_HEAD_INITIALIZER(gone);
	struct tablefile *p;

	pthread_mutex_lock(&lock);
	LIST_FOREACH(p, &files, link)
		if (p == f)
			break;
	if (p)
		unlink_locked(p, &gone);
	pthread_mutex_unlock(&lock);
	put_all(&gone);
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
		if (is_held(sb, f))
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
	if (nr_waits && !atomic_exchange(&posted, true) &&
	    tracer_post(arg, wake, NULL) < 0)
		posted = false;
}

void
tablefile_wait_begin(void)
{
	nr_waits++;
}

void
tablefile_wait_end(void)
{
	nr_waits--;
}

/* --- lineage --------------------------------------------------------------- */

void
tablefile_inherited(struct task *parent)
{
	struct tablefile *f;

	if (!nr_files)
		return;
	pthread_mutex_lock(&lock);
	LIST_FOREACH(f, &files, link)
		if (f->tgid == parent->tgid)
			f->shared = true;
	pthread_mutex_unlock(&lock);
}

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* Is it forgotten with this process, or for want of anybody who has it?
 * Locks: `lock`. */
static bool
is_over_locked(struct tablefile *f, const struct task *ended, bool may_search)
{
	if (f->tgid == ended->tgid) {
		if (!f->shared)
			return true;
		f->tgid = 0;
		may_search = true;
	}
	return f->tgid == 0 && may_search && !is_held(ended->sb, f);
}

/* Looking for what outlived its opener takes no more than a tenth of the
 * time. */
void
tablefile_forget(struct task *t)
{
	static int64_t next_search;
	struct file_list gone = LIST_HEAD_INITIALIZER(gone);
	struct tablefile *f, *next;
	bool may_search;
	int64_t start;

	if (!nr_files)
		return;
	start = now_ns();
	may_search = start >= next_search;
	pthread_mutex_lock(&lock);
	for (f = LIST_FIRST(&files); f; f = next) {
		next = LIST_NEXT(f, link);
		if (is_over_locked(f, t, may_search))
			unlink_locked(f, &gone);
	}
	pthread_mutex_unlock(&lock);
	put_all(&gone);
	if (may_search)
		next_search = start + 10 * (now_ns() - start);
}
