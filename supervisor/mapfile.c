/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/mapfile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/creds.h"
#include "supervisor/dispatch.h"
#include "supervisor/guestmem.h"
#include "supervisor/log.h"
#include "supervisor/sandbox.h"
#include "supervisor/trace_priv.h"

#define SEALS		(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | \
			 F_SEAL_WRITE)
#define FILES_MAX	256
#define TEXT_MAX	4096		/* longer writes are refused unread */

struct mapfile {
	LIST_ENTRY(mapfile) link;
	struct user_ns *ns;		/* counted */
	enum userns_file which;
	struct creds *opener;		/* counted */
	pid_t tgid;			/* who opened it */
	dev_t dev;
	ino_t ino;
	off_t pos;
	bool held;			/* by the search at work */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static LIST_HEAD(, mapfile) files = LIST_HEAD_INITIALIZER(files);
static _Atomic unsigned int nr_files;

static void
mapfile_free(struct mapfile *f)
{
	userns_put(f->ns);
	creds_put(f->opener);
	free(f);
}

/* --- opening --------------------------------------------------------------- */

/* A sealed file, opened as asked for. */
static int
make_file(uint64_t flags, struct stat *st, int *out)
{
	AUTO_FD fd = memfd_create("belljar-map", MFD_CLOEXEC |
				  MFD_ALLOW_SEALING);
	char name[32];

	if (fd < 0 || fchmod(fd, 0644) < 0 ||
	    fcntl(fd, F_ADD_SEALS, SEALS) < 0 || fstat(fd, st) < 0)
		return -ENOMEM;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	*out = open(name, (int)(flags & O_ACCMODE) | O_CLOEXEC);
	return *out < 0 ? -errno : 0;
}

int
mapfile_open(struct task *by, struct user_ns *ns, enum userns_file which,
	     uint64_t flags, int *fd)
{
	struct creds *cr = task_creds_get(by);
	struct mapfile *f = NULL;
	struct stat st;
	int err = 0;

	if (which == USERNS_SETGROUPS &&
	    !userns_capable(cr, ns, CAP_SYS_ADMIN))
		err = -EACCES;
	else if (nr_files >= FILES_MAX)
		err = -ENFILE;
	if (err == 0) {
		f = calloc(1, sizeof(*f));
		err = f ? make_file(flags, &st, fd) : -ENOMEM;
	}
	if (err < 0) {
		free(f);
		creds_put(cr);
		return err;
	}
	f->ns = userns_get(ns);
	f->which = which;
	f->opener = cr;
	f->tgid = by->tgid;
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	pthread_mutex_lock(&lock);
	LIST_INSERT_HEAD(&files, f, link);
	nr_files++;
	pthread_mutex_unlock(&lock);
	by->map_opened = true;
	return 0;
}

/* --- the answer to the open ------------------------------------------------ */

struct opened {
	int fd;
	unsigned int flags;
};

static bool
watch_one(struct task *t, void *arg)
{
	const struct task *opener = arg;

	if (t->tgid != opener->tgid || t->watched)
		return false;
	t->watched = true;
	/* One that stands at a stop of its own is resumed watched anyway. */
	if (!t->stopped)
		trace_interrupt(t);
	return false;
}

/* Tracer thread. */
static void
watch(struct sandbox *sb, void *arg)
{
	task_for_each(sb, watch_one, arg);
}

/* Helper thread: the tracer must not be waited for by who serves it. */
static int
answer(struct call *c)
{
	const struct opened *o = c->priv;

	if (tracer_call(c->sb, watch, c->task) < 0) {
		close(o->fd);
		return -ENOMEM;
	}
	return reply_fd(c, o->fd, o->flags);
}

bool
mapfile_is_new(struct call *c)
{
	return nr_files && atomic_exchange(&c->task->map_opened, false);
}

int
mapfile_reply(struct call *c, int fd, unsigned int fd_flags)
{
	struct opened *o;

	if (c->via != VIA_NOTIFY) {
		task_for_each(c->sb, watch_one, c->task);
		return reply_fd(c, fd, fd_flags);
	}
	o = malloc(sizeof(*o));
	if (!o) {
		close(fd);
		return -ENOMEM;
	}
	*o = (struct opened){ fd, fd_flags };
	free(c->priv);
	c->priv = o;
	return reply_defer(c, answer);
}

/* --- watching -------------------------------------------------------------- */

/* Locks: `lock`. */
static struct mapfile *
find_locked(const struct stat *st)
{
	struct mapfile *f;

	LIST_FOREACH(f, &files, link)
		if (f->dev == st->st_dev && f->ino == st->st_ino)
			return f;
	return NULL;
}

/* Marks what the process still holds, and forgets the rest of its files.
 * True: it holds one. */
static bool
search(struct task *t)
{
	char dir[48], name[80];
	AUTO_DIR DIR *d = NULL;
	struct mapfile *f, *next;
	struct dirent *e;
	struct stat st;
	bool any = false;

	snprintf(dir, sizeof(dir), "/proc/%d/fd", t->tid);
	d = opendir(dir);
	pthread_mutex_lock(&lock);
	LIST_FOREACH(f, &files, link)
		f->held = false;
	while (d && (e = readdir(d))) {
		snprintf(name, sizeof(name), "%s/%.16s", dir, e->d_name);
		f = e->d_name[0] != '.' && stat(name, &st) == 0 ?
			find_locked(&st) : NULL;
		if (f)
			f->held = any = true;
	}
	for (f = LIST_FIRST(&files); f; f = next) {
		next = LIST_NEXT(f, link);
		if (f->tgid != t->tgid || f->held)
			continue;
		LIST_REMOVE(f, link);
		nr_files--;
		mapfile_free(f);
	}
	pthread_mutex_unlock(&lock);
	return any;
}

static bool
unwatch_one(struct task *t, void *arg)
{
	if (t->tgid == *(pid_t *)arg)
		t->watched = false;
	return false;
}

/* What a write call wants to write.  The length, or -errno. */
static ssize_t
read_text(struct task *t, long nr, const uint64_t *arg, char *buf)
{
	uint64_t addr = arg[1], len = arg[2];
	struct iovec iov = { NULL, 0 };

	if (nr == SYS_pwrite64)
		return -ESPIPE;		/* as files of seq_open() */
	if (nr == SYS_writev) {
		/* Each is a write of its own; the second comes too late. */
		for (uint64_t i = 0; i < arg[2] && i < 1024 && !iov.iov_len;
		     i++)
			if (guest_read(t, &iov, arg[1] + i * sizeof(iov),
				       sizeof(iov)) < 0)
				return -EFAULT;
		addr = (uint64_t)(uintptr_t)iov.iov_base;
		len = iov.iov_len;
	}
	if (len >= TEXT_MAX)
		return TEXT_MAX;
	return guest_read(t, buf, addr, len) < 0 ? -EFAULT : (ssize_t)len;
}

/* Is it a write to one of the files?  *ret is what comes of it. */
static bool
try_write(struct task *t, long nr, const uint64_t *arg, int64_t *ret)
{
	struct creds *cr;
	char name[48], text[TEXT_MAX];
	struct mapfile *f;
	struct stat st;
	ssize_t len;

	if (nr != SYS_write && nr != SYS_pwrite64 && nr != SYS_writev)
		return false;
	snprintf(name, sizeof(name), "/proc/%d/fd/%d", t->tid, (int)arg[0]);
	if (stat(name, &st) < 0)
		return false;
	pthread_mutex_lock(&lock);
	f = find_locked(&st);
	if (f) {
		cr = task_creds_get(t);
		len = read_text(t, nr, arg, text);
		*ret = len < 0 ? len :
			userns_write(f->ns, f->which, f->opener, cr, text,
				     (size_t)len, f->pos);
		if (*ret > 0)
			f->pos += *ret;
		creds_put(cr);
	}
	pthread_mutex_unlock(&lock);
	return f != NULL;
}

static bool
may_let_go(long nr)
{
#ifdef SYS_dup2
	if (nr == SYS_dup2)
		return true;
#endif
	return nr == SYS_close || nr == SYS_close_range || nr == SYS_dup3 ||
	       nr == SYS_execve || nr == SYS_execveat;
}

bool
mapfile_stop(struct task *t)
{
	struct trace_syscall si;
	int64_t ret;

	if (!trace_syscall_get(t, &si)) {
		t->watched = false;
		return false;
	}
	if (si.entry) {
		t->watch_nr = si.nr;
		if (!try_write(t, si.nr, si.arg, &ret))
			return false;
		trace_call_replace(t, ret);
		return true;
	}
	if (may_let_go(t->watch_nr) && !search(t)) {
		pid_t tgid = t->tgid;

		task_for_each(t->sb, unwatch_one, &tgid);
	}
	return false;
}

void
mapfile_forget(struct task *t)
{
	if (nr_files)
		search(t);
}
