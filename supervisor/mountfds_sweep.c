/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mountfds_sweep.c - which of the descriptors of the mount interface the
 * guests still hold.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/dirfds.h"
#include "supervisor/mountfds_priv.h"
#include "supervisor/sandbox.h"
#include "supervisor/tasksnap.h"

/* The link of a descriptor allows what it is open for: for an O_PATH one,
 * nothing. */
static bool
is_opath(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !(st.st_mode & 0777);
}

/* Marks those that can be this one. */
static void
look_at_locked(struct task *t, int dir, const char *name)
{
	AUTO_FD dup = -1;
	struct mountfd *m;
	struct stat st;

	if (fstatat(dir, name, &st, 0) < 0)
		return;
	LIST_FOREACH(m, &mountfds.all, link) {
		if (m->seen || m->dev != st.st_dev || m->ino != st.st_ino)
			continue;
		if (!mountfds.exact) {
			m->seen = m->fc || is_opath(dir, name);
			continue;
		}
		if (dup < 0 && dirfd_dup(t, atoi(name), &dup) < 0)
			return;
		m->seen = mountfd_same_file(m->fd, dup) == 1;
	}
}

/* Descriptors that are under way in a socket of the guest's are held too; it
 * is not told which. */
static bool
has_some_in_flight(pid_t tid, int dir, const char *name)
{
	char path[64], line[64];
	AUTO_FILE FILE *f = NULL;
	unsigned int n;
	struct stat st;

	if (fstatat(dir, name, &st, 0) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.16s", tid, name);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "scm_fds: %u", &n) == 1 && n > 0)
			return true;
	return false;
}

/* Goes through the descriptors of a task; true: some are in flight. */
static bool
look_through_locked(struct task *t, bool in_flight)
{
	char path[32];
	AUTO_DIR DIR *d = NULL;
	struct dirent *e;

	snprintf(path, sizeof(path), "/proc/%d/fd", t->tid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		if (!in_flight)
			look_at_locked(t, dirfd(d), e->d_name);
		else if (has_some_in_flight(t->tid, dirfd(d), e->d_name))
			return true;
	}
	return false;
}

/* One that a guest is about to get: that is not done at once.  But who makes
 * his next call has got it. */
static bool
is_young(const struct mountfd *m, pid_t caller)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return m->fc && m->tid != caller && now.tv_sec - m->born.tv_sec < 2;
}

/* Moves those that nobody has to `gone`. */
static void
pick_locked(const struct task_snap *l, pid_t caller, struct mountfd_list *gone)
{
	struct mountfd *m, *next;
	bool unseen = false, in_flight = false;

	LIST_FOREACH(m, &mountfds.all, link)
		m->seen = is_young(m, caller);
	for (size_t i = 0; i < l->nr; i++)
		look_through_locked(l->v[i], false);
	LIST_FOREACH(m, &mountfds.all, link)
		unseen |= !m->seen;
	for (size_t i = 0; unseen && !in_flight && i < l->nr; i++)
		in_flight = look_through_locked(l->v[i], true);
	for (m = LIST_FIRST(&mountfds.all); m && !in_flight; m = next) {
		next = LIST_NEXT(m, link);
		if (m->seen)
			continue;
		LIST_REMOVE(m, link);
		__atomic_sub_fetch(&mountfds.nr, 1, __ATOMIC_RELEASE);
		LIST_INSERT_HEAD(gone, m, link);
	}
}

static void
sweep(struct sandbox *sb, pid_t caller)
{
	struct mountfd_list gone = LIST_HEAD_INITIALIZER(gone);
	struct task_snap l = TASK_SNAP_INIT;
	struct mountfd *m;

	if (!mountfds_any())
		return;
	if (task_snap_take(sb, &l)) {
		pthread_mutex_lock(&mountfds.lock);
		pick_locked(&l, caller, &gone);
		pthread_mutex_unlock(&mountfds.lock);
	}
	task_snap_fini(&l);
	while ((m = LIST_FIRST(&gone))) {
		LIST_REMOVE(m, link);
		mountfd_let_go(sb, m);
	}
}

void
mountfds_sweep(struct sandbox *sb)
{
	sweep(sb, 0);
}

void
mountfds_sweep_for(struct task *t)
{
	sweep(t->sb, t->tid);
}
