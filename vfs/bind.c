/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind.c - MS_BIND and MS_MOVE: what is in the tree already, elsewhere.  As
 * do_loopback(), copy_tree() and do_move_mount() in fs/namespace.c.
 */
#include <errno.h>

#include "vfs/attach.h"
#include "vfs/mount_op.h"
#include "vfs/node_tree.h"
#include "vfs/walk.h"

/* Clones `m` and puts the copy on the same mount point of `parent`. */
static int
copy_child_locked(struct mount *m, struct mount *parent, struct mount **out)
{
	struct node *point = mount_point_locked(m), *pinned;
	int err;

	err = mount_clone_locked(m, m->root, out);
	if (err < 0)
		return err;
	if (point == mount_parent_locked(m)->root && !S_ISDIR(point->type)) {
		pinned = node_get(point);
	} else {
		err = node_pin(point, NULL, &pinned);
		if (err < 0) {
			mount_put(*out);
			return err;
		}
	}
	(*out)->locked = m->locked;
	mount_link_locked(*out, mount_get(parent), pinned);
	return 0;
}

/*
 * Copies what is mounted below `root` of `top`, in tree order, below `copy`.
 * An unbindable mount is left out with everything below it.
 */
static int
copy_below_locked(struct mount *top, struct node *root, struct mount *copy)
{
	struct mount *m = TAILQ_FIRST(&top->children), *into = copy;
	struct mount *made, *parent;
	int err;

	while (m) {
		parent = mount_parent_locked(m);
		if (!m->unbindable &&
		    (parent != top ||
		     node_is_below(mount_point_locked(m), root))) {
			err = copy_child_locked(m, into, &made);
			if (err < 0)
				return err;
			if (!TAILQ_EMPTY(&m->children)) {
				m = TAILQ_FIRST(&m->children);
				into = made;
				continue;
			}
		}
		/* `into` is always the copy of m's parent */
		while (!TAILQ_NEXT(m, child_link) && parent != top) {
			m = parent;
			parent = mount_parent_locked(m);
			into = mount_parent_locked(into);
		}
		m = TAILQ_NEXT(m, child_link);
	}
	return 0;
}

int
tree_copy_locked(struct mount *m, struct node *root, bool recursive,
		 struct mount **out)
{
	int err = mount_clone_locked(m, root, out);

	if (err < 0)
		return err;
	return recursive ? copy_below_locked(m, root, *out) : 0;
}

/* Non-recursive: what a locked mount covers must stay covered. */
static bool
has_locked_child_locked(const struct mount *m, struct node *root)
{
	struct mount *child;

	TAILQ_FOREACH(child, &m->children, child_link)
		if (child->locked &&
		    node_is_below(mount_point_locked(child), root))
			return true;
	return false;
}

static int
check_bind_locked(const struct vfs_ctx *c, const struct path *from,
		  const struct path *to, bool recursive)
{
	int err = attach_check_target_locked(c, to);

	if (err < 0)
		return err;
	if (from->mnt->unbindable || from->mnt->ns != c->ns)
		return -EINVAL;
	if (!recursive && has_locked_child_locked(from->mnt, from->node))
		return -EINVAL;
	return 0;
}

int
mount_op_bind(const struct vfs_ctx *c, const struct path *where,
	      const char *source, bool recursive)
{
	struct vfs_at at = { .name = source, .flags = LOOK_FOLLOW };
	AUTO_WALK w = WALK_INIT;
	struct path from, to = *where;
	struct mount *copy = NULL;
	int err;

	if (!source || !*source)
		return -EINVAL;
	err = walk_obj(&w, c, &at);
	if (err == 0)
		err = walk_borrow(&w, &from);
	if (err < 0)
		return err;
	vfs_lock(c->vfs);
	path_top_locked(&to);
	err = check_bind_locked(c, &from, &to, recursive);
	if (err == 0)
		err = tree_copy_locked(from.mnt, from.node, recursive, &copy);
	if (err == 0 && S_ISDIR(from.node->type) != S_ISDIR(to.node->type))
		err = -ENOTDIR;
	if (err == 0 && node_is_gone(from.node))
		err = -ENOENT;
	if (err == 0)
		err = attach_tree_locked(c, copy, &to);
	vfs_unlock(c->vfs);
	if (err < 0 && copy)
		tree_discard(copy);
	return err;
}

/* ------------------------------------------------------------- MS_MOVE */

static bool
tree_has_unbindable_locked(struct mount *top)
{
	for (struct mount *m = top; m; m = mount_next_locked(m, top))
		if (m->unbindable)
			return true;
	return false;
}

static int
check_move_locked(const struct vfs_ctx *c, const struct path *from,
		  const struct path *to)
{
	struct mount *m = from->mnt, *parent = mount_parent_locked(m);

	if (!path_is_mount_root(from))
		return -EINVAL;
	if (S_ISDIR(from->node->type) != S_ISDIR(to->node->type))
		return -EINVAL;
	if (!to->mnt->ns)
		return -ENOENT;
	if (m->ns != c->ns || !parent || m->locked)
		return -EINVAL;
	if (mount_is_shared(parent) || to->mnt->ns != c->ns)
		return -EINVAL;
	if (mount_is_shared(to->mnt) && tree_has_unbindable_locked(m))
		return -EINVAL;
	if (mount_is_below_locked(to->mnt, m))
		return -ELOOP;
	return node_is_gone(m->root) ? -ENOENT : 0;
}

int
mount_op_move(const struct vfs_ctx *c, const struct path *where,
	      const char *source)
{
	struct vfs_at at = { .name = source, .flags = LOOK_FOLLOW };
	AUTO_WALK w = WALK_INIT;
	struct path from, to = *where;
	int err;

	if (!source || !*source)
		return -EINVAL;
	err = walk_obj(&w, c, &at);
	if (err == 0)
		err = walk_borrow(&w, &from);
	if (err < 0)
		return err;
	vfs_lock(c->vfs);
	path_top_locked(&to);
	err = check_move_locked(c, &from, &to);
	if (err == 0)
		err = attach_move_locked(c, from.mnt, &to);
	vfs_unlock(c->vfs);
	return err;
}
