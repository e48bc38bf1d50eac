/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount.c - mount objects: life, clones, and the facts about one.
 */
#include "vfs/mount.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vfs/attach.h"
#include "vfs/node_tree.h"
#include "vfs/peer.h"

/* A mount of it came, went, or was changed. */
static void
fs_count_exec(struct fs *fs, int delta)
{
	unsigned int before = atomic_fetch_add(&fs->nr_exec,
					       (unsigned int)delta);

	/* only the first and the last that is not make a difference */
	if (fs->ops->exec_changed && atomic_load(&fs->nr_mounts) &&
	    (before == 0 || before + (unsigned int)delta == 0))
		fs->ops->exec_changed(fs);
}

void
mount_set_flags_locked(struct mount *m, unsigned long flags)
{
	unsigned long old = atomic_exchange(&m->flags, flags & MOUNT_FLAGS);

	if ((old ^ flags) & MS_NOEXEC)
		fs_count_exec(m->fs, old & MS_NOEXEC ? 1 : -1);
}

int
mount_new(struct vfs *v, struct fs *fs, struct node *root, const char *source,
	  unsigned long flags, struct mount **out)
{
	struct mount *m = pool_alloc(&v->mounts);
	char *copy = source ? strdup(source) : NULL;
	int id = -1;

	if (m && (copy || !source))
		id = idset_alloc(&v->mount_ids);
	if (id < 0) {
		if (m)
			pool_free(&v->mounts, m);
		free(copy);
		return -ENOMEM;
	}
	m->vfs = v;
	m->fs = fs_get(fs);
	fs->nr_mounts++;
	m->root = node_get(root);
	m->source = copy;
	m->id = id;
	m->id_unique = atomic_fetch_add(&v->next_unique, 1);
	TAILQ_INIT(&m->children);
	atomic_store(&m->flags, flags & MOUNT_FLAGS);
	fs_count_exec(fs, flags & MS_NOEXEC ? 0 : 1);
	atomic_store(&m->held, 0);
	atomic_store(&m->expire, false);
	atomic_store(&m->touched, false);
	m->ns = NULL;
	peer_init(m);
	m->locked = false;
	m->lock_flags = 0;
	m->kept = false;
	m->keeps = false;
	m->lingers = false;
	m->marks = 0;
	atomic_store_explicit(&m->ref.n, 1, memory_order_release);
	*out = m;
	return 0;
}

int
mount_clone_locked(struct mount *old, struct node *root, unsigned int how,
		   struct mount **out)
{
	struct mount *m;
	int err = mount_new(old->vfs, old->fs, root, old->source,
			    atomic_load(&old->flags), &m);

	if (err < 0)
		return err;
	m->lock_flags = old->lock_flags;
	err = peer_clone_locked(old, m, how);
	if (err < 0) {
		mount_put(m);
		return err;
	}
	*out = m;
	return 0;
}

struct mount *
mount_get(struct mount *m)
{
	ref_get(&m->ref);
	return m;
}

bool
mount_try_get(struct mount *m)
{
	return ref_try_get(&m->ref);
}

static void
mount_free(struct mount *m)
{
	struct vfs *v = m->vfs;

	assert(!mount_parent_locked(m) && TAILQ_EMPTY(&m->children));
	assert(!m->ns && atomic_load(&m->held) == 0);
	assert(!m->group && !m->master && TAILQ_EMPTY(&m->slaves));
	idset_free(&v->mount_ids, m->id);
	node_put(m->root);
	m->fs->nr_mounts--;
	fs_count_exec(m->fs, atomic_load(&m->flags) & MS_NOEXEC ? 0 : -1);
	fs_put(m->fs);
	free(m->source);
	m->source = NULL;
	pool_free(&v->mounts, m);
}

/*
 * A mount whose unmounted children are still attached takes them off before
 * it goes, which needs mount_lock.  The last reference may be dropped with
 * that held or not: so the mount is put aside, for whoever has the lock next.
 */
static void
mount_set_aside(struct mount *m)
{
	struct vfs *v = m->vfs;
	struct mount *head = atomic_load(&v->dying);

	do
		m->pool_link = head;
	while (!atomic_compare_exchange_weak(&v->dying, &head, m));
	mount_reap(v);
}

static void
release_children_locked(struct mount *m, struct mount_list *gone)
{
	struct mount *child;

	while ((child = TAILQ_FIRST(&m->children))) {
		assert(child->kept);
		mount_detach_locked(child);
		TAILQ_INSERT_TAIL(gone, child, work_link);
	}
}

void
mount_reap(struct vfs *v)
{
	while (atomic_load(&v->dying)) {
		struct mount_list gone = TAILQ_HEAD_INITIALIZER(gone);
		struct mount *dead, *m;

		if (pthread_mutex_trylock(&v->mount_lock) != 0)
			return;		/* who holds it comes here after */
		dead = atomic_exchange(&v->dying, NULL);
		for (m = dead; m; m = m->pool_link)
			release_children_locked(m, &gone);
		pthread_mutex_unlock(&v->mount_lock);
		while ((m = dead)) {
			dead = m->pool_link;
			mount_free(m);
		}
		detach_finish(&gone);
	}
}

void
mount_put(struct mount *m)
{
	if (!ref_put(&m->ref))
		return;
	if (m->keeps)
		mount_set_aside(m);
	else
		mount_free(m);
}

/* ----------------------------------------------------------------- paths */

void
mount_touch(struct mount *m)
{
	if (!atomic_load_explicit(&m->touched, memory_order_relaxed))
		atomic_store(&m->touched, true);
}

void
path_get(const struct path *p)
{
	if (p->mnt) {
		mount_touch(p->mnt);
		mount_get(p->mnt);
		atomic_fetch_add(&p->mnt->held, 1);
	}
	if (p->node)
		node_get(p->node);
}

void
path_put(struct path *p)
{
	if (p->node)
		node_put(p->node);
	if (p->mnt) {
		atomic_store_explicit(&p->mnt->expire, false,
				      memory_order_relaxed);
		atomic_fetch_sub(&p->mnt->held, 1);
		mount_put(p->mnt);
	}
	p->mnt = NULL;
	p->node = NULL;
}

bool
path_equal(const struct path *a, const struct path *b)
{
	return a->mnt == b->mnt && node_same(a->node, b->node);
}

bool
path_is_mount_root(const struct path *p)
{
	return node_same(p->node, p->mnt->root);
}

/* ----------------------------------------------------------------- facts */

uint64_t
mount_id(const struct mount *m)
{
	return (uint64_t)m->id;
}

uint64_t
mount_id_unique(const struct mount *m)
{
	return m->id_unique;
}

struct fs *
mount_fs(const struct mount *m)
{
	return m->fs;
}

bool
mount_is_readonly(const struct mount *m)
{
	return (atomic_load(&m->flags) | atomic_load(&m->fs->sb_flags)) &
	       MS_RDONLY;
}

bool
mount_is_shared(const struct mount *m)
{
	return m->group != 0;
}

/* The flags of the filesystem that show in the answer of statfs(2). */
#define SB_SHOWN	(MS_RDONLY | MS_SYNCHRONOUS | MS_MANDLOCK | \
			 MS_DIRSYNC | MS_LAZYTIME)

unsigned long
vfs_mount_flags(const struct path *p)
{
	return atomic_load(&p->mnt->flags) |
	       (atomic_load(&p->mnt->fs->sb_flags) & SB_SHOWN);
}

int
vfs_may_write(const struct path *p)
{
	return mount_is_readonly(p->mnt) ? -EROFS : 0;
}

/* ----------------------------------------------------------------- trees */

bool
mount_is_below_locked(const struct mount *m, const struct mount *top)
{
	while (m && m != top)
		m = mount_parent_locked(m);
	return m != NULL;
}

bool
mount_is_reachable_locked(const struct mount *m, struct node *n,
			  const struct path *root)
{
	while (m != root->mnt && mount_parent_locked(m)) {
		n = mount_point_locked(m);
		m = mount_parent_locked(m);
	}
	return m == root->mnt && node_is_below(n, root->node);
}

struct mount *
mount_cover_locked(const struct mount *m)
{
	return atomic_load(&m->root->mounts) ?
	       mount_find_locked(m->vfs, m, m->root) : NULL;
}

struct mount *
mount_top_locked(struct mount *m)
{
	struct mount *cover;

	while ((cover = mount_cover_locked(m)))
		m = cover;
	return m;
}

struct mount *
mount_next_locked(struct mount *m, struct mount *top)
{
	struct mount *next = TAILQ_FIRST(&m->children);

	while (!next && m != top) {
		next = TAILQ_NEXT(m, child_link);
		m = mount_parent_locked(m);
	}
	return next;
}
