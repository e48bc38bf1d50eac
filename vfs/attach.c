/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attach.c - putting trees of mounts in place, and taking them off.
 */
#include "vfs/attach.h"

#include <assert.h>
#include <errno.h>

#include "vfs/mntns.h"
#include "vfs/node_tree.h"
#include "vfs/peer.h"
#include "vfs/propagate.h"

void
vfs_lock(struct vfs *v)
{
	pthread_mutex_lock(&v->mount_lock);
}

void
vfs_unlock(struct vfs *v)
{
	pthread_mutex_unlock(&v->mount_lock);
}

void
path_top_locked(struct path *p)
{
	struct mount *m;

	while (atomic_load(&p->node->mounts) &&
	       (m = mount_find_locked(p->mnt->vfs, p->mnt, p->node))) {
		p->mnt = m;
		p->node = m->root;
	}
}

int
attach_check_target_locked(const struct vfs_ctx *c, const struct path *where)
{
	if (!where->mnt->ns || node_is_gone(where->node))
		return -ENOENT;
	return where->mnt->ns == c->ns ? 0 : -EINVAL;
}

/* The node to attach to.  The root of a mount of a file stands for itself:
 * no name leads to it from within that mount. */
static int
pin_point(const struct vfs_ctx *c, const struct path *where,
	  struct node **point)
{
	if (!S_ISDIR(where->node->type) && where->node == where->mnt->root) {
		if (atomic_load(&where->node->unlinked))
			return -ENOENT;
		*point = node_get(where->node);
		return 0;
	}
	return node_pin(where->node, c, point);
}

static void
unpin_point(struct mount *parent, struct node *point)
{
	if (!S_ISDIR(point->type) && point == parent->root)
		node_put(point);
	else
		node_unpin(point);
}

static unsigned int
count_tree_locked(struct mount *tree)
{
	unsigned int n = 0;

	for (struct mount *m = tree; m; m = mount_next_locked(m, tree))
		n++;
	return n;
}

int
attach_tree_locked(const struct vfs_ctx *c, struct mount *tree,
		   const struct path *where)
{
	struct mntns *ns = where->mnt->ns;
	struct node *point;
	int err;

	if (ns->nr_mounts + count_tree_locked(tree) > MOUNT_MAX)
		return -ENOSPC;
	err = pin_point(c, where, &point);
	if (err < 0)
		return err;
	err = propagate_attach_locked(where->mnt, point, tree);
	if (err < 0) {
		unpin_point(where->mnt, point);
		return err;
	}
	for (struct mount *m = tree; m; m = mount_next_locked(m, tree))
		mntns_add_locked(ns, m);
	mount_link_locked(tree, mount_get(where->mnt), point);
	mntns_changed(ns);
	return 0;
}

int
attach_move_locked(const struct vfs_ctx *c, struct mount *tree,
		   const struct path *where)
{
	struct mount *old_parent;
	struct node *point, *old_point;
	int err;

	err = pin_point(c, where, &point);
	if (err < 0)
		return err;
	err = propagate_attach_locked(where->mnt, point, tree);
	if (err < 0) {
		unpin_point(where->mnt, point);
		return err;
	}
	mount_relink_locked(tree, mount_get(where->mnt), point, &old_parent,
			    &old_point);
	unpin_point(old_parent, old_point);
	mount_put(old_parent);
	mntns_changed(tree->ns);
	return 0;
}

int
attach_pivot_locked(const struct vfs_ctx *c, struct mount *n,
		    const struct path *old)
{
	struct mount *r = c->root.mnt, *r_parent, *n_parent;
	struct node *point, *r_point, *n_point;
	bool locked = r->locked;
	int err;

	err = pin_point(c, old, &point);
	if (err < 0)
		return err;
	/* one after the other: a look-up in between may see either stage */
	mount_unlink_locked(n, &n_parent, &n_point);
	mount_relink_locked(r, mount_get(old->mnt), point, &r_parent,
			    &r_point);
	mount_link_locked(n, r_parent, r_point);
	unpin_point(n_parent, n_point);
	mount_put(n_parent);
	r->locked = false;
	n->locked = n->locked || locked;
	mntns_changed(c->ns);
	return 0;
}

/* ------------------------------------------------------------- detaching */

/* Off its parent; a reference that the parent had may not be its last. */
static void
detach_one_locked(struct mount *m)
{
	struct mount *parent;
	struct node *point;

	mount_unlink_locked(m, &parent, &point);
	unpin_point(parent, point);
	mount_put(parent);
}

void
detach_tree_locked(struct mount *m, bool all, struct mount_list *gone)
{
	struct mount_list here = TAILQ_HEAD_INITIALIZER(here);
	struct mntns *ns = m->ns;
	struct mount *p;

	if (all)
		for (p = m; p; p = mount_next_locked(p, m))
			TAILQ_INSERT_TAIL(&here, p, work_link);
	else
		TAILQ_INSERT_TAIL(&here, m, work_link);
	TAILQ_FOREACH(p, &here, work_link) {
		if (mount_parent_locked(p))
			detach_one_locked(p);
		p->locked = false;
		mntns_remove_locked(p->ns, p);
		peer_leave_locked(p);
	}
	TAILQ_CONCAT(gone, &here, work_link);
	mntns_changed(ns);
}

/* Any mount on `n`; a scan of the whole table, for a rare question. */
static struct mount *
any_mount_on_locked(struct vfs *v, const struct node *n)
{
	for (unsigned int i = 0; i < MOUNT_HASH; i++) {
		struct mount *m = atomic_load(&v->hash[i]);

		for (; m; m = atomic_load(&m->hash_next))
			if (mount_point_locked(m) == n && m->ns)
				return m;
	}
	return NULL;
}

void
detach_mounts_on_locked(struct vfs *v, const struct node *n,
			struct mount_list *gone)
{
	struct mount *m;

	while (atomic_load(&n->mounts) && (m = any_mount_on_locked(v, n)))
		detach_tree_locked(m, true, gone);
}

void
detach_finish(struct mount_list *gone)
{
	struct mount *m;

	while ((m = TAILQ_FIRST(gone))) {
		TAILQ_REMOVE(gone, m, work_link);
		mount_put(m);
	}
}

void
tree_discard(struct mount *tree)
{
	struct mount_list gone = TAILQ_HEAD_INITIALIZER(gone);
	struct mount *m;

	vfs_lock(tree->vfs);
	for (m = tree; m; m = mount_next_locked(m, tree))
		TAILQ_INSERT_TAIL(&gone, m, work_link);
	TAILQ_FOREACH(m, &gone, work_link) {
		assert(!m->ns);
		if (mount_parent_locked(m))
			detach_one_locked(m);
		peer_leave_locked(m);
	}
	vfs_unlock(tree->vfs);
	detach_finish(&gone);
}
