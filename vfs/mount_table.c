/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount_table.c - the hash of attached mounts, by (parent, mount point).
 *
 * Writers hold mount_lock and make the sequence count odd while they work.
 * Readers take no lock: they follow atomic pointers through type-stable
 * memory, try to take a reference to what they found, and look whether the
 * count has moved meanwhile.  If so, what they saw may be nonsense, and they
 * begin again.
 */
#include <assert.h>
#include <sched.h>

#include "vfs/mount.h"
#include "vfs/node_tree.h"

static unsigned int
bucket(const struct mount *parent, const struct node *node)
{
	uint64_t h = (uintptr_t)parent * UINT64_C(0x9e3779b97f4a7c15);

	h = (h ^ (uintptr_t)node) * UINT64_C(0xbf58476d1ce4e5b9);
	return (unsigned int)(h >> 40) % MOUNT_HASH;
}

/* ------------------------------------------------------------- readers */

static unsigned int
read_begin(struct vfs *v)
{
	unsigned int seq;

	while ((seq = atomic_load_explicit(&v->seq, memory_order_acquire)) & 1)
		sched_yield();
	return seq;
}

static bool
read_retry(struct vfs *v, unsigned int seq)
{
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&v->seq, memory_order_relaxed) != seq;
}

/* NULL may also mean that a writer came in between. */
static struct mount *
find_unstable(struct vfs *v, unsigned int seq, const struct mount *parent,
	      const struct node *node)
{
	struct mount *m = atomic_load_explicit(&v->hash[bucket(parent, node)],
					       memory_order_acquire);

	while (m) {
		if (atomic_load_explicit(&m->parent, memory_order_relaxed) ==
		    parent &&
		    atomic_load_explicit(&m->mountpoint,
					 memory_order_relaxed) == node)
			return m;
		/* a chain that changes under us need not end */
		if (read_retry(v, seq))
			return NULL;
		m = atomic_load_explicit(&m->hash_next, memory_order_acquire);
	}
	return NULL;
}

struct mount *
mount_find_get(struct vfs *v, struct mount *parent, struct node *node)
{
	for (;;) {
		unsigned int seq = read_begin(v);
		struct mount *m = find_unstable(v, seq, parent, node);
		bool held = m && ref_try_get(&m->ref);

		if (!read_retry(v, seq) && (!m || held))
			return m;
		if (held)
			mount_put(m);
	}
}

bool
mount_up_get(struct mount *m, struct mount **parent, struct node **mountpoint)
{
	for (;;) {
		unsigned int seq = read_begin(m->vfs);
		struct mount *p = atomic_load_explicit(&m->parent,
						       memory_order_relaxed);
		struct node *n = atomic_load_explicit(&m->mountpoint,
						      memory_order_relaxed);
		bool have_p = p && ref_try_get(&p->ref);
		bool have_n = n && node_try_get(n);

		if (!read_retry(m->vfs, seq)) {
			if (!have_p) {
				/* none, or an unmounted one that dies */
				if (have_n)
					node_put(n);
				return false;
			}
			assert(have_n);
			*parent = p;
			*mountpoint = n;
			return true;
		}
		if (have_p)
			mount_put(p);
		if (have_n)
			node_put(n);
	}
}

/* ------------------------------------------------------------- writers */

void
mount_table_begin(struct vfs *v)
{
	unsigned int seq = atomic_load_explicit(&v->seq, memory_order_relaxed);

	if (v->writing++)
		return;
	atomic_store_explicit(&v->seq, seq + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
}

void
mount_table_end(struct vfs *v)
{
	unsigned int seq = atomic_load_explicit(&v->seq, memory_order_relaxed);

	assert(v->writing);
	if (--v->writing)
		return;
	atomic_store_explicit(&v->seq, seq + 1, memory_order_release);
}

struct mount *
mount_find_locked(struct vfs *v, const struct mount *parent,
		  const struct node *node)
{
	struct mount *m = atomic_load(&v->hash[bucket(parent, node)]);

	while (m && (atomic_load(&m->parent) != parent ||
		     atomic_load(&m->mountpoint) != node))
		m = atomic_load(&m->hash_next);
	return m;
}

struct mount *
mount_parent_locked(const struct mount *m)
{
	return atomic_load_explicit(&m->parent, memory_order_relaxed);
}

struct node *
mount_point_locked(const struct mount *m)
{
	return atomic_load_explicit(&m->mountpoint, memory_order_relaxed);
}

static void
insert(struct mount *m, struct mount *parent, struct node *node)
{
	_Atomic(struct mount *) *head = &m->vfs->hash[bucket(parent, node)];

	atomic_store_explicit(&m->parent, parent, memory_order_relaxed);
	atomic_store_explicit(&m->mountpoint, node, memory_order_relaxed);
	atomic_store_explicit(&m->hash_next, atomic_load(head),
			      memory_order_relaxed);
	atomic_store_explicit(head, m, memory_order_release);
	atomic_fetch_add(&node->mounts, 1);
	LIST_INSERT_HEAD(&node->mounted, m, point_link);
	TAILQ_INSERT_TAIL(&parent->children, m, child_link);
}

static void
take_out(struct mount *m, struct mount **parent, struct node **node)
{
	_Atomic(struct mount *) *link;

	*parent = mount_parent_locked(m);
	*node = mount_point_locked(m);
	link = &m->vfs->hash[bucket(*parent, *node)];
	while (atomic_load(link) != m) {
		assert(atomic_load(link));
		link = &atomic_load(link)->hash_next;
	}
	atomic_store_explicit(link, atomic_load(&m->hash_next),
			      memory_order_relaxed);
	atomic_store_explicit(&m->parent, NULL, memory_order_relaxed);
	atomic_store_explicit(&m->mountpoint, NULL, memory_order_relaxed);
	atomic_fetch_sub(&(*node)->mounts, 1);
	LIST_REMOVE(m, point_link);
	TAILQ_REMOVE(&(*parent)->children, m, child_link);
}

void
mount_link_locked(struct mount *m, struct mount *parent, struct node *node)
{
	assert(!mount_parent_locked(m));
	mount_table_begin(m->vfs);
	insert(m, parent, node);
	mount_table_end(m->vfs);
}

void
mount_unlink_locked(struct mount *m, struct mount **parent,
		    struct node **node)
{
	mount_table_begin(m->vfs);
	take_out(m, parent, node);
	mount_table_end(m->vfs);
}

void
mount_relink_locked(struct mount *m, struct mount *parent, struct node *node,
		    struct mount **old_parent, struct node **old_point)
{
	mount_table_begin(m->vfs);
	take_out(m, old_parent, old_point);
	insert(m, parent, node);
	mount_table_end(m->vfs);
}
