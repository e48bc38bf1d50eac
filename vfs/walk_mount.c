/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk_mount.c - from mount to mount: down into what is mounted here, and up
 * by "..".
 */
#include <errno.h>

#include "vfs/node_tree.h"
#include "vfs/walk.h"

void
walk_move(struct walk *w, struct mount *mnt, struct node *node)
{
	if (w->node)
		node_put(w->node);
	if (w->mnt)
		mount_put(w->mnt);
	w->mnt = mnt;
	w->node = node;
}

int
walk_cross(struct walk *w)
{
	struct mount *m;

	while (atomic_load_explicit(&w->node->mounts, memory_order_acquire)) {
		m = mount_find_get(w->mnt->vfs, w->mnt, w->node);
		if (!m)
			break;
		if (w->resolve & RESOLVE_NO_XDEV) {
			mount_put(m);
			return -EXDEV;
		}
		walk_move(w, m, node_get(m->root));
	}
	return 0;
}

static bool
at_root(const struct walk *w)
{
	return w->mnt == w->root.mnt && node_same(w->node, w->root.node);
}

/*
 * From the root of a mount to the first mount point above that is not itself
 * the root of its mount; as choose_mountpoint() in fs/namei.c.  Returns false
 * if there is none, or the caller's root comes first: the position is kept.
 */
static bool
up_from_mount(struct walk *w, struct mount **mnt, struct node **node)
{
	struct mount *m = mount_get(w->mnt), *parent;
	struct node *point;

	while (mount_up_get(m, &parent, &point)) {
		mount_put(m);
		m = parent;
		if (m == w->root.mnt && node_same(point, w->root.node)) {
			node_put(point);
			break;
		}
		if (!node_same(point, m->root)) {
			*mnt = m;
			*node = point;
			return true;
		}
		node_put(point);
	}
	mount_put(m);
	return false;
}

/* The parent directory of `n` in its filesystem. */
static int
parent_get(struct walk *w, struct node *n, struct node **out)
{
	struct fs_obj o = { .fs = n->fs, .fd = -1 };
	int err;

	*out = node_tree_parent_get(n);
	if (*out) {
		err = node_may_search(n, w->c);
		if (err < 0)
			node_put(*out);
		return err;
	}
	if (!n->fs->ops->node_parent)
		return -ENOENT;
	err = n->fs->ops->node_parent(n, w->c, &o);
	if (err < 0)
		return err;
	err = node_for_obj(&o, out);
	fs_obj_fini(&o);
	return err;
}

int
walk_dotdot(struct walk *w)
{
	struct mount *mnt;
	struct node *node, *parent;
	int err;

	w->root_met = true;
	if (at_root(w) || node_same(w->node, w->mnt->root)) {
		err = node_may_search(w->node, w->c);
		if (err < 0)
			return err;
	}
	if (at_root(w))
		goto stay;
	if (node_same(w->node, w->mnt->root)) {
		if (!up_from_mount(w, &mnt, &node))
			goto stay;
		if (w->resolve & RESOLVE_NO_XDEV) {
			node_put(node);
			mount_put(mnt);
			return -EXDEV;
		}
		walk_move(w, mnt, node);
	}
	if (w->node == w->node->fs->root)
		return walk_cross(w);
	err = parent_get(w, w->node, &parent);
	if (err < 0)
		return err;
	if (!node_is_below(parent, w->mnt->root)) {
		/* moved out of what the mount shows */
		node_put(parent);
		return -ENOENT;
	}
	walk_move(w, mount_get(w->mnt), parent);
	return walk_cross(w);
stay:
	if (w->resolve & RESOLVE_BENEATH)
		return -EXDEV;
	return walk_cross(w);
}
