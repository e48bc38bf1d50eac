/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind.c - MS_BIND and MS_MOVE: what is in the tree already, elsewhere.  As
 * do_loopback(), copy_tree() and do_move_mount() in fs/namespace.c.
 */
#include <errno.h>

#include "vfs/attach.h"
#include "vfs/mntns.h"
#include "vfs/mount_op.h"
#include "vfs/node_tree.h"
#include "vfs/tree.h"
#include "vfs/walk.h"

/* May the caller copy what he has named as the source?  As may_copy_tree()
 * and what __do_loopback() checks. */
int
bind_check_source_locked(const struct vfs_ctx *c, const struct path *from,
			 bool recursive)
{
	bool is_ns_file = from->mnt->fs->type->flags & FST_NS_FILE;

	if (from->mnt->unbindable ||
	    !(is_ns_file || mntns_is_usable_locked(c, from->mnt)))
		return -EINVAL;
	if (!recursive && tree_has_locked_child_locked(from->mnt, from->node))
		return -EINVAL;
	return 0;
}

/* As mnt_ns_loop(): an older namespace must not be kept by a younger one. */
static bool
makes_loop(const struct vfs_ctx *c, const struct path *from)
{
	if (!(from->mnt->fs->type->flags & FST_MNTNS_FILE))
		return false;
	return c->ns->id >= from->mnt->fs->ops->mntns_of(from->node);
}

int
mount_op_bind(const struct vfs_ctx *c, const struct path *where,
	      const char *source, bool recursive)
{
	struct vfs_at at = { .name = source, .flags = LOOK_FOLLOW };
	AUTO_WALK w = WALK_INIT;
	struct mount_list gone = TAILQ_HEAD_INITIALIZER(gone);
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
	if (makes_loop(c, &from))
		return -EINVAL;
	vfs_lock(c->vfs);
	path_top_locked(&to);
	err = attach_check_target_locked(c, &to);
	if (err == 0)
		err = bind_check_source_locked(c, &from, recursive);
	if (err == 0)
		err = tree_copy_locked(from.mnt, from.node, recursive,
				       COPY_NS_FILES, &copy);
	if (err == 0 && S_ISDIR(from.node->type) != S_ISDIR(to.node->type))
		err = -ENOTDIR;
	if (err == 0)
		err = attach_tree_locked(c, copy, &to);
	if (err < 0 && copy)
		tree_discard_locked(copy, &gone);
	vfs_unlock(c->vfs);
	detach_finish(&gone);
	return err;
}

/* ------------------------------------------------------------- MS_MOVE */

/* What do_move_mount() checks once the places are known. */
int
move_check_locked(const struct vfs_ctx *c, const struct path *from,
		  const struct path *to)
{
	struct mount *m = from->mnt, *parent = mount_parent_locked(m);

	if (m->ns == c->ns) {
		if (!parent || m->locked || mount_is_shared(parent))
			return -EINVAL;
		if (to->mnt->ns != c->ns)
			return -EINVAL;
	} else {
		if (!mntns_is_anon_root_locked(m) || m->ns == to->mnt->ns)
			return -EINVAL;
		if (!mntns_is_usable_locked(c, to->mnt))
			return -EINVAL;
	}
	return 0;
}

int
move_check_tree_locked(const struct path *from, const struct mount *to)
{
	if (mount_is_shared(to) && tree_has_unbindable_locked(from->mnt))
		return -EINVAL;
	return mount_is_below_locked(to, from->mnt) ? -ELOOP : 0;
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
	if (!path_is_mount_root(&from) ||
	    S_ISDIR(from.node->type) != S_ISDIR(to.node->type))
		return -EINVAL;
	vfs_lock(c->vfs);
	path_top_locked(&to);
	if (!to.mnt->ns || node_is_gone(to.node))
		err = -ENOENT;
	if (err == 0)
		err = move_check_locked(c, &from, &to);
	if (err == 0)
		err = move_check_tree_locked(&from, to.mnt);
	if (err == 0)
		err = mount_parent_locked(from.mnt) ?
		      attach_move_locked(c, from.mnt, &to) :
		      attach_tree_locked(c, from.mnt, &to);
	vfs_unlock(c->vfs);
	return err;
}
