/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linger.c - mounts that were lazily unmounted and have files open.
 *
 * A descriptor of a directory keeps its mount alive without the core being
 * told.  So the embedder is asked when the mount goes, and asked again when
 * another one comes or goes: closing the descriptor is no event either.  When
 * a namespace ends it may be too busy to be asked.
 */
#include <stdlib.h>

#include "vfs/attach.h"
#include "vfs/mount_op.h"

/* What the embedder said last about all of a filesystem: most mounts that go
 * together show few of them. */
struct known {
	const struct fs *fs;
	bool used;
};

static bool
is_used(struct mount *m, struct known *k)
{
	if (!atomic_load(&m->touched))
		return false;
	if (m->fs != k->fs) {
		k->fs = m->fs;
		k->used = fs_in_use(m->fs, USE_BUSY);
	}
	return k->used && mount_in_use(m, USE_BUSY);
}

/* A mount that is still attached below one that goes. */
struct below {
	struct mount *m;	/* counted */
	size_t depth;
};

/* Those below `m`, parents first; *out malloc'ed.  -1: no memory. */
static ssize_t
list_below_locked(struct mount *m, struct below **out)
{
	size_t n = 0, depth = 0;
	struct mount *p, *last = m;
	struct below *list;

	for (p = mount_next_locked(m, m); p; p = mount_next_locked(p, m))
		n++;
	list = calloc(n + 1, sizeof(*list));
	if (!list)
		return -1;
	n = 0;
	for (p = mount_next_locked(m, m); p; p = mount_next_locked(p, m)) {
		struct mount *parent = mount_parent_locked(p);

		for (depth++; last != parent; depth--)
			last = mount_parent_locked(last);
		list[n++] = (struct below){ mount_get(p), depth };
		last = p;
	}
	*out = list;
	return (ssize_t)n;
}

/*
 * Takes over a reference.  One that lingers already needs no other: it may be
 * found again below what goes, or be taken off that.
 */
static void
linger_on(struct mount *m)
{
	bool anew;

	vfs_lock(m->vfs);
	anew = !m->lingers;
	if (anew) {
		m->lingers = true;
		TAILQ_INSERT_TAIL(&m->vfs->lingering, m, linger_link);
	}
	vfs_unlock(m->vfs);
	if (!anew)
		mount_put(m);
}

/*
 * `m` goes.  What is attached below it goes with it, but for what is in use:
 * that goes on by itself, and holds what is below it.  false: without memory
 * `m` stays, and it is asked again later.
 */
static bool
keep_below(struct mount *m, struct known *k)
{
	struct below *list;
	ssize_t n;

	if (!m->keeps)
		return true;
	vfs_lock(m->vfs);
	n = list_below_locked(m, &list);
	vfs_unlock(m->vfs);
	if (n < 0)
		return false;
	for (ssize_t i = 0, top = -1; i < n; i++) {
		struct mount *p = list[i].m;

		if (top >= 0 && list[i].depth <= list[top].depth)
			top = -1;
		if (top < 0 && is_used(p, k)) {
			linger_on(p);
			top = i;
		} else {
			mount_put(p);
		}
	}
	free(list);
	return true;
}

static bool
may_go(struct mount *m, struct known *k)
{
	return !is_used(m, k) && keep_below(m, k);
}

void
linger_keep(struct mount_list *gone)
{
	struct known k = { NULL, false };
	struct mount *m, *next;

	for (m = TAILQ_FIRST(gone); m; m = next) {
		next = TAILQ_NEXT(m, work_link);
		if (may_go(m, &k))
			continue;
		TAILQ_REMOVE(gone, m, work_link);
		linger_on(m);
	}
}

void
linger_park(struct vfs *v, struct mount_list *gone)
{
	struct mount *m, *next;

	if (!v->hooks.in_use)
		return;
	for (m = TAILQ_FIRST(gone); m; m = next) {
		next = TAILQ_NEXT(m, work_link);
		if (!atomic_load(&m->touched) && !m->keeps)
			continue;
		TAILQ_REMOVE(gone, m, work_link);
		linger_on(m);
	}
}

/* Lets go of a private list. */
static void
let_go(struct vfs *v, struct mount_list *ended)
{
	struct mount *m;

	while ((m = TAILQ_FIRST(ended))) {
		vfs_lock(v);
		TAILQ_REMOVE(ended, m, linger_link);
		m->lingers = false;
		vfs_unlock(v);
		mount_put(m);
	}
}

void
linger_sweep(struct vfs *v, bool all)
{
	struct mount_list some = TAILQ_HEAD_INITIALIZER(some);
	struct mount_list ended = TAILQ_HEAD_INITIALIZER(ended);
	struct known k = { NULL, false };
	struct mount *m, *next;

	vfs_lock(v);
	TAILQ_CONCAT(&some, &v->lingering, linger_link);
	vfs_unlock(v);
	for (m = TAILQ_FIRST(&some); m; m = next) {
		next = TAILQ_NEXT(m, linger_link);
		if (!all && !may_go(m, &k))
			continue;
		TAILQ_REMOVE(&some, m, linger_link);
		TAILQ_INSERT_TAIL(&ended, m, linger_link);
	}
	if (!TAILQ_EMPTY(&some)) {
		vfs_lock(v);
		TAILQ_CONCAT(&v->lingering, &some, linger_link);
		vfs_unlock(v);
	}
	let_go(v, &ended);
}
