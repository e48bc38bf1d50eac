/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/nsfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/creds.h"
#include "supervisor/sandbox.h"
#include "supervisor/userns.h"

#define FILE_NAME	"belljar-ns"	/* as the host's /proc shows it */
#define SEALS		(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | \
			 F_SEAL_WRITE)
#define SWEEP_MS	20		/* between two sweeps */
#define GRACE_MS	1000		/* from an open to the guest's descriptor */
#define IDLE_MAX	256		/* files that nobody has open */

struct nsfile {
	LIST_ENTRY(nsfile) link;
	enum ns_kind kind;
	uint64_t id;
	int fd;
	dev_t dev;
	ino_t ino;
	bool pinned;			/* a guest may have it open: */
	struct nsref ns;		/* counted, then */
	int64_t opened;			/* when: the guest gets it later */
	pid_t opener;			/* which thread's guest */
	unsigned int held;		/* by mounts of it */
	bool seen;			/* by the sweep at work: open, or */
	bool due;			/* ... its opener may be about to get it */
};

/* One sandbox to a process. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static LIST_HEAD(, nsfile) files = LIST_HEAD_INITIALIZER(files);
static unsigned int nr_files, nr_pinned;

static struct nsfile *
find_locked(enum ns_kind kind, uint64_t id)
{
	struct nsfile *f;

	LIST_FOREACH(f, &files, link)
		if (f->kind == kind && f->id == id)
			return f;
	return NULL;
}

static void
drop_locked(struct nsfile *f)
{
	LIST_REMOVE(f, link);
	nr_files--;
	close(f->fd);
	free(f);
}

/* Forgets files of which a number was all that anybody asked. */
static void
drop_idle_locked(void)
{
	struct nsfile *f, *next;

	if (nr_files - nr_pinned < IDLE_MAX)
		return;
	for (f = LIST_FIRST(&files); f; f = next) {
		next = LIST_NEXT(f, link);
		if (!f->pinned)
			drop_locked(f);
	}
}

static int
make_locked(enum ns_kind kind, uint64_t id, struct nsfile **out)
{
	struct nsfile *f;
	struct stat st;
	int fd;

	drop_idle_locked();
	fd = memfd_create(FILE_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	f = calloc(1, sizeof(*f));
	if (!f || fchmod(fd, 0444) < 0 ||
	    fcntl(fd, F_ADD_SEALS, SEALS) < 0 || fstat(fd, &st) < 0) {
		free(f);
		close(fd);
		return -ENOMEM;
	}
	f->kind = kind;
	f->id = id;
	f->fd = fd;
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	LIST_INSERT_HEAD(&files, f, link);
	nr_files++;
	*out = f;
	return 0;
}

static int
find_or_make_locked(const struct nsref *ns, struct nsfile **out)
{
	uint64_t id = nsref_id(ns);

	*out = find_locked(ns->kind, id);
	return *out ? 0 : make_locked(ns->kind, id, out);
}

int
nsfile_number(struct sandbox *sb, const struct nsref *ns, ino_t *ino)
{
	struct nsfile *f;
	int err;

	(void)sb;
	pthread_mutex_lock(&lock);
	err = find_or_make_locked(ns, &f);
	if (err == 0)
		*ino = f->ino;
	pthread_mutex_unlock(&lock);
	return err;
}

static void
nsref_get(struct nsref *to, const struct nsref *from)
{
	*to = *from;
	if (to->kind == NS_MNT)
		mntns_get(to->mnt);
	else if (to->kind == NS_USER)
		userns_get(to->user);
	else
		plain_ns_get(to->plain);
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int
nsfile_open(struct sandbox *sb, const struct nsref *ns, pid_t opener, int *fd)
{
	struct nsfile *f;
	char name[32];
	int err;

	(void)sb;
	pthread_mutex_lock(&lock);
	err = find_or_make_locked(ns, &f);
	if (err == 0) {
		snprintf(name, sizeof(name), "/proc/self/fd/%d", f->fd);
		*fd = open(name, O_RDONLY | O_CLOEXEC);
		err = *fd < 0 ? -errno : 0;
	}
	if (err == 0 && !f->pinned) {
		nsref_get(&f->ns, ns);
		f->pinned = true;
		nr_pinned++;
	}
	if (err == 0) {
		f->opened = now_ms();
		f->opener = opener;
	}
	pthread_mutex_unlock(&lock);
	return err;
}

bool
nsfile_find(struct sandbox *sb, const struct stat *st, struct nsref *out)
{
	struct nsfile *f;
	bool found = false;

	(void)sb;
	pthread_mutex_lock(&lock);
	LIST_FOREACH(f, &files, link) {
		if (f->pinned && f->dev == st->st_dev &&
		    f->ino == st->st_ino) {
			nsref_get(out, &f->ns);
			found = true;
			break;
		}
	}
	pthread_mutex_unlock(&lock);
	return found;
}

void
nsfile_hold(struct sandbox *sb, dev_t dev, ino_t ino, int by)
{
	struct nsfile *f;

	(void)sb;
	pthread_mutex_lock(&lock);
	LIST_FOREACH(f, &files, link)
		if (f->dev == dev && f->ino == ino)
			f->held += (unsigned int)by;
	pthread_mutex_unlock(&lock);
}

/* --- the end of a pin ----------------------------------------------------- */

static void
see(const struct stat *st)
{
	struct nsfile *f;

	pthread_mutex_lock(&lock);
	LIST_FOREACH(f, &files, link)
		if (f->dev == st->st_dev && f->ino == st->st_ino)
			f->seen = true;
	pthread_mutex_unlock(&lock);
}

/* Who makes his next call has got what he had opened. */
static void
see_opener(const struct task *t, pid_t caller)
{
	struct nsfile *f;

	pthread_mutex_lock(&lock);
	LIST_FOREACH(f, &files, link)
		if (f->opener == t->tid && t->tid != caller && !t->dying &&
		    now_ms() - f->opened < GRACE_MS)
			f->due = true;
	pthread_mutex_unlock(&lock);
}

/* What a process has open. */
static bool
look_into(struct task *t, void *arg)
{
	char dir[32], name[64], text[64];
	AUTO_DIR DIR *d = NULL;
	struct dirent *e;
	struct stat st;
	ssize_t n;

	see_opener(t, *(const pid_t *)arg);
	if (t->tid != t->tgid)
		return false;
	snprintf(dir, sizeof(dir), "/proc/%d/fd", t->tid);
	d = opendir(dir);
	while (d && (e = readdir(d))) {
		n = readlinkat(dirfd(d), e->d_name, text, sizeof(text) - 1);
		text[n < 0 ? 0 : n] = '\0';
		if (strncmp(text, "/memfd:" FILE_NAME,
			    sizeof("/memfd:" FILE_NAME) - 1) != 0)
			continue;
		snprintf(name, sizeof(name), "%s/%.16s", dir, e->d_name);
		if (stat(name, &st) == 0)
			see(&st);
	}
	return false;
}

static bool
is_time(void)
{
	static _Atomic int64_t last;
	int64_t now = now_ms();

	if (now - last < SWEEP_MS)
		return false;
	last = now;
	return true;
}

static void
sweep(struct sandbox *sb, pid_t caller)
{
	struct nsref gone[16];
	struct nsfile *f;
	size_t nr = 0;

	pthread_mutex_lock(&lock);
	LIST_FOREACH(f, &files, link)
		f->seen = f->due = false;
	pthread_mutex_unlock(&lock);
	task_for_each(sb, look_into, &caller);
	pthread_mutex_lock(&lock);
	LIST_FOREACH(f, &files, link) {
		if (!f->pinned || f->held || f->seen || f->due || nr == 16)
			continue;
		gone[nr++] = f->ns;
		f->pinned = false;
		nr_pinned--;
	}
	pthread_mutex_unlock(&lock);
	while (nr > 0)
		nsref_put(&gone[--nr]);
}

void
nsfile_sweep(struct sandbox *sb)
{
	if (nr_pinned && is_time())
		sweep(sb, 0);
}

void
nsfile_sweep_for(struct task *t)
{
	if (nr_pinned)
		sweep(t->sb, t->tid);
}

void
nsfile_free_all(struct sandbox *sb)
{
	struct nsfile *f;

	(void)sb;
	while ((f = LIST_FIRST(&files))) {
		if (f->pinned) {
			nr_pinned--;
			nsref_put(&f->ns);
		}
		drop_locked(f);
	}
}
