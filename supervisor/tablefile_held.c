/* SPDX-License-Identifier: Apache-2.0 */
/* Which tables of mounts the guests still have open. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "include/auto.h"
#include "supervisor/sandbox.h"
#include "supervisor/tablefile_priv.h"

/* Has the thread this file open? */
bool
tablefile_is_held_by(pid_t tid, const struct tablefile *f)
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
bool
tablefile_is_held(struct sandbox *sb, const struct tablefile *f)
{
	struct process_list l = { NULL, 0, 0 };
	bool held = task_for_each(sb, collect, &l);

	for (size_t i = 0; !held && i < l.nr; i++)
		held = tablefile_is_held_by(l.v[i], f);
	free(l.v);
	return held;
}

/* --- forgetting ----------------------------------------------------------- */

void
tablefile_inherited(struct task *parent)
{
	struct tablefile *f;

	if (!tablefiles.nr)
		return;
	pthread_mutex_lock(&tablefiles.lock);
	LIST_FOREACH(f, &tablefiles.all, link)
		if (f->tgid == parent->tgid)
			f->shared = true;
	pthread_mutex_unlock(&tablefiles.lock);
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
	return f->tgid == 0 && may_search && !tablefile_is_held(ended->sb, f);
}

static bool
is_in(struct task *t, void *ns)
{
	return t->mntns == ns && !t->dying;
}

static bool
all_of(struct sandbox *sb, const struct tablefile *f, const struct mntns *ns)
{
	(void)sb;
	return !ns || f->view.ns == ns;
}

static bool
all_unused(struct sandbox *sb, const struct tablefile *f,
	   const struct mntns *used)
{
	return f->view.ns != used && !task_for_each(sb, is_in, f->view.ns);
}

/* Forgets those among these that were closed. */
static void
sweep(struct sandbox *sb,
      bool (*these)(struct sandbox *sb, const struct tablefile *f,
		    const struct mntns *ns), const struct mntns *ns)
{
	struct tablefile_list gone = LIST_HEAD_INITIALIZER(gone);
	struct tablefile *f, *next;

	pthread_mutex_lock(&tablefiles.lock);
	for (f = LIST_FIRST(&tablefiles.all); f; f = next) {
		next = LIST_NEXT(f, link);
		if (these(sb, f, ns) &&
		    (f->shared ? !tablefile_is_held(sb, f) :
				 !tablefile_is_held_by(f->tgid, f)))
			tablefile_unlink_locked(f, &gone);
	}
	pthread_mutex_unlock(&tablefiles.lock);
	tablefile_put_all(&gone);
}

void
tablefile_sweep(struct sandbox *sb)
{
	if (tablefiles.nr)
		sweep(sb, all_of, NULL);
}

void
tablefile_sweep_unused(struct sandbox *sb, const struct mntns *used)
{
	if (tablefiles.nr)
		sweep(sb, all_unused, used);
}

void
tablefile_left(struct sandbox *sb, struct mntns *ns)
{
	if (tablefiles.nr && !task_for_each(sb, is_in, ns))
		sweep(sb, all_of, ns);
}

/* Looking for what outlived its opener takes no more than a tenth of the
 * time. */
void
tablefile_forget(struct task *t)
{
	static int64_t next_search;
	struct tablefile_list gone = LIST_HEAD_INITIALIZER(gone);
	struct tablefile *f, *next;
	bool may_search;
	int64_t start;

	if (!tablefiles.nr)
		return;
	start = now_ns();
	may_search = start >= next_search;
	pthread_mutex_lock(&tablefiles.lock);
	for (f = LIST_FIRST(&tablefiles.all); f; f = next) {
		next = LIST_NEXT(f, link);
		if (is_over_locked(f, t, may_search))
			tablefile_unlink_locked(f, &gone);
	}
	pthread_mutex_unlock(&tablefiles.lock);
	tablefile_put_all(&gone);
	if (may_search)
		next_search = start + 10 * (now_ns() - start);
}
