/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attach.c - putting trees of mounts in place.
 *
 * First everything is made and reserved that can fail, for the tree and for
 * its copies; then all of them are linked, in one step for look-ups.
 */
#include "vfs/attach.h"

#include <assert.h>
#include <errno.h>

#include "vfs/mntns.h"
#include "vfs/node_tree.h"
#include "vfs/propagate.h"
#include "vfs/tree.h"

void
vfs_lock(struct vfs *v)
{
	pthread_mutex_lock(&v->mount_lock);
}

void
vfs_unlock(struct vfs *v)
{
	pthread_mutex_unlock(&v->mount_lock);
	mount_reap(v);
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

/* ---------------------------------------------------------------- points */

int
point_pin_locked(const struct vfs_ctx *c, struct mount *parent,
		 struct node *n, struct node **point)
{
	if (!S_ISDIR(n->type) && node_same(n, parent->root)) {
		if (atomic_load(&parent->root->unlinked))
			return -ENOENT;
		*point = node_get(parent->root);
		return 0;
	}
	return node_pin(n, c, point);
}

void
point_unpin_locked(struct mount *parent, struct node *point)
{
	if (!S_ISDIR(point->type) && point == parent->root)
		node_put(point);
	else
		node_unpin(point);
}

/* `point` is pinned, and the caller's reference to it goes to `m`. */
static void
move_locked(struct mount *m, struct mount *parent, struct node *point)
{
	struct mount *old_parent;
	struct node *old_point;

	mount_relink_locked(m, mount_get(parent), point, &old_parent,
			    &old_point);
	point_unpin_locked(old_parent, old_point);
	mount_put(old_parent);
}

void
mount_move_locked(struct mount *m, struct mount *parent, struct node *point)
{
	struct node *pinned;
	int err = point_pin_locked(NULL, parent, point, &pinned);

	assert(err == 0);	/* something is mounted there */
	move_locked(m, parent, pinned);
}

/* ------------------------------------------------------------- attaching */

/* What is in the place of `m` already, and will be on top of it. */
static struct mount *
in_place_of_locked(struct mount *m)
{
	return mount_find_locked(m->vfs, m->dest.mnt, m->dest.node);
}

/* Where what is in the place of a mount goes to. */
static int
prepare_covers_locked(struct mount_list *placed, const struct mount *moving)
{
	struct mount *m, *in_place, *top;
	int err;

	TAILQ_FOREACH(m, placed, work_link) {
		in_place = in_place_of_locked(m);
		if (!in_place || in_place == moving)
			continue;
		top = mount_top_locked(m);
		err = point_pin_locked(NULL, top, top->root, &m->cover);
		if (err < 0)
			return err;
	}
	return 0;
}

/* Nothing has been attached; the copies go, the tree is as it was. */
static void
undo_locked(struct mount_list *placed, struct mount *tree)
{
	struct mount_list gone = TAILQ_HEAD_INITIALIZER(gone);
	struct mount *m;

	while ((m = TAILQ_FIRST(placed))) {
		TAILQ_REMOVE(placed, m, work_link);
		if (m->cover)
			point_unpin_locked(mount_top_locked(m), m->cover);
		point_unpin_locked(m->dest.mnt, m->dest.node);
		m->dest.mnt->ns->pending = 0;
		mount_put(m->dest.mnt);
		if (m != tree)
			tree_discard_locked(m, &gone);
	}
	propagate_settle_locked(tree, false);
	/* the tree keeps their filesystems alive */
	detach_finish(&gone);
}

/* What no look-up sees of it: each mount enters the namespace. */
static void
enter_locked(const struct vfs_ctx *c, struct mount *m)
{
	struct mntns *ns = m->dest.mnt->ns;

	if (c && c->ns->owner != ns->owner)
		tree_lock_locked(m);
	if (m->ns == ns)
		return;
	for (struct mount *p = m; p; p = mount_next_locked(p, m))
		mntns_add_locked(ns, p);
	ns->pending = 0;
}

/* Each copy, and the tree, comes where it belongs: as commit_tree(). */
static void
commit_locked(struct mount *m)
{
	struct mntns *ns = m->dest.mnt->ns;
	struct mount *top = mount_top_locked(m);
	struct mount *in_place = m->cover ? in_place_of_locked(m) : NULL;

	if (mount_parent_locked(m)) {
		move_locked(m, m->dest.mnt, m->dest.node);
		mount_put(m->dest.mnt);
	} else {
		mount_link_locked(m, m->dest.mnt, m->dest.node);
	}
	if (in_place)
		move_locked(in_place, top, m->cover);
	mntns_changed(ns);
}

/* The tree leaves its anonymous namespace, which ends. */
static struct mntns *
leave_anon_locked(struct mount *tree)
{
	struct mntns *ns = tree->ns;

	if (!ns || mount_parent_locked(tree))
		return NULL;
	for (struct mount *m = tree; m; m = mount_next_locked(m, tree))
		mntns_remove_locked(ns, m);
	return ns;
}

/* At (parent, n): where nothing is, or what slides on top. */
static int
attach_at_locked(const struct vfs_ctx *c, struct mount *tree,
		 struct mount *parent, struct node *n)
{
	struct mount_list placed = TAILQ_HEAD_INITIALIZER(placed);
	bool moving = mount_parent_locked(tree);
	struct mntns *emptied;
	struct mount *m;
	int err = 0;

	if (node_is_gone(mount_top_locked(tree)->root))
		return -ENOENT;
	if (!moving)
		err = mntns_reserve_locked(parent->ns,
					   tree_count_locked(tree));
	if (err < 0)
		return err;
	tree->cover = NULL;
	err = point_pin_locked(c, parent, n, &tree->dest.node);
	if (err < 0) {
		parent->ns->pending = 0;
		return err;
	}
	tree->dest.mnt = mount_get(parent);
	if (mount_is_shared(parent))
		err = propagate_attach_locked(parent, tree->dest.node, tree,
					      &placed);
	TAILQ_INSERT_HEAD(&placed, tree, work_link);
	if (err == 0)
		err = prepare_covers_locked(&placed, moving ? tree : NULL);
	if (err < 0) {
		undo_locked(&placed, tree);
		return err;
	}
	if (mount_is_shared(parent))
		propagate_settle_locked(tree, true);
	emptied = leave_anon_locked(tree);
	/* oldest first: each comes to the end of its namespace's list */
	enter_locked(c, tree);
	TAILQ_FOREACH_REVERSE(m, &placed, mount_list, work_link)
		if (m != tree)
			enter_locked(c, m);
	mount_table_begin(tree->vfs);
	TAILQ_FOREACH(m, &placed, work_link)
		commit_locked(m);
	mount_table_end(tree->vfs);
	if (emptied)
		mntns_free_anon(emptied);
	return 0;
}

int
attach_tree_locked(const struct vfs_ctx *c, struct mount *tree,
		   const struct path *where)
{
	assert(!mount_parent_locked(tree));
	return attach_at_locked(c, tree, where->mnt, where->node);
}

int
attach_move_locked(const struct vfs_ctx *c, struct mount *tree,
		   const struct path *where)
{
	assert(mount_parent_locked(tree));
	return attach_at_locked(c, tree, where->mnt, where->node);
}

int
attach_beneath_locked(const struct vfs_ctx *c, struct mount *tree,
		      struct mount *top)
{
	return attach_at_locked(c, tree, mount_parent_locked(top),
				mount_point_locked(top));
}

int
attach_check_beneath_locked(const struct vfs_ctx *c, const struct mount *from,
			    const struct mount *top)
{
	const struct mount *parent = mount_parent_locked(top);
	const struct node *point = mount_point_locked(top);

	if (!parent || top->locked || mount_cover_locked(from))
		return -EINVAL;
	if (top == c->root.mnt || parent == c->ns->root)
		return -EINVAL;
	if (mount_is_below_locked(from, top))
		return -EINVAL;
	if (propagate_would_cover_locked(parent, top, point))
		return -EINVAL;
	if (from->ns == c->ns &&
	    propagate_would_cover_locked(parent, from, point))
		return -EINVAL;
	return 0;
}

int
attach_pivot_locked(const struct vfs_ctx *c, struct mount *n,
		    const struct path *old)
{
	struct mount *r = c->root.mnt, *r_parent, *n_parent;
	struct node *point, *r_point, *n_point;
	int err = point_pin_locked(c, old->mnt, old->node, &point);

	if (err < 0)
		return err;
	mount_table_begin(c->vfs);
	mount_unlink_locked(n, &n_parent, &n_point);
	mount_relink_locked(r, mount_get(old->mnt), point, &r_parent,
			    &r_point);
	mount_link_locked(n, r_parent, r_point);
	mount_table_end(c->vfs);
	point_unpin_locked(n_parent, n_point);
	mount_put(n_parent);
	if (r->locked) {
		r->locked = false;
		n->locked = true;
	}
	mntns_changed(c->ns);
	return 0;
}
