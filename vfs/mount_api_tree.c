/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount_api_tree.c - open_tree and move_mount.  As vfs_open_tree() and
 * vfs_move_mount() in fs/namespace.c, Linux 6.18.
 */
#include <errno.h>

#include "vfs/attach.h"
#include "vfs/mntns.h"
#include "vfs/mount_api_priv.h"
#include "vfs/mount_op.h"
#include "vfs/node_tree.h"
#include "vfs/peer.h"
#include "vfs/tree.h"
#include "vfs/walk.h"

#define OPEN_TREE_FLAGS							\
	((unsigned int)(AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_RECURSIVE |	\
			AT_SYMLINK_NOFOLLOW | OPEN_TREE_CLONE |		\
			OPEN_TREE_CLOEXEC))

/* LOOK_* of the AT_* flags. */
static unsigned int
look_from_at(unsigned int flags)
{
	return ((flags & AT_SYMLINK_NOFOLLOW) ? 0 : LOOK_FOLLOW) |
	       ((flags & AT_EMPTY_PATH) ? LOOK_EMPTY : 0);
}

int
tree_detached_locked(const struct vfs_ctx *c, struct mount *tree,
		     const struct mount *from, struct path *out)
{
	struct mntns *ns;
	int err;

	err = mntns_new_anon_locked(c->vfs, mntns_owner(c->ns), tree, &ns);
	if (err < 0)
		return err;
	if (from)
		ns->origin = from->ns->anon ? from->ns->origin :
					      from->ns->id;
	*out = (struct path){ tree, tree->root };
	path_get(out);
	return 0;
}

/* ------------------------------------------------------------- open_tree */

int
vfs_open_tree_check(const struct vfs_ctx *c, unsigned int flags)
{
	if (flags & ~OPEN_TREE_FLAGS)
		return -EINVAL;
	if ((flags & (AT_RECURSIVE | OPEN_TREE_CLONE)) == AT_RECURSIVE)
		return -EINVAL;
	if ((flags & OPEN_TREE_CLONE) && !c->may_mount)
		return -EPERM;
	return 0;
}

static int
open_clone(const struct vfs_ctx *c, const struct path *from, bool recursive,
	   struct path *out)
{
	struct mount_list gone = TAILQ_HEAD_INITIALIZER(gone);
	struct mount *copy = NULL;
	int err;

	vfs_lock(c->vfs);
	err = bind_check_source_locked(c, from, recursive);
	if (err == 0)
		err = tree_copy_locked(from->mnt, from->node, recursive,
				       COPY_NS_FILES, &copy);
	if (err == 0)
		err = tree_detached_locked(c, copy, from->mnt, out);
	if (err < 0 && copy)
		tree_discard_locked(copy, &gone);
	vfs_unlock(c->vfs);
	detach_finish(&gone);
	return err;
}

int
vfs_open_tree(const struct vfs_ctx *c, const struct vfs_at *at,
	      unsigned int flags, struct path *out)
{
	AUTO_WALK w = WALK_INIT;
	struct vfs_at from = *at;
	struct path where;
	int err;

	err = vfs_open_tree_check(c, flags);
	if (err < 0)
		return err;
	from.flags = look_from_at(flags);
	err = walk_obj(&w, c, &from);
	if (err < 0)
		return err;
	if (!(flags & OPEN_TREE_CLONE))
		return walk_place(&w, out);
	err = walk_borrow(&w, &where);
	return err < 0 ? err : open_clone(c, &where, flags & AT_RECURSIVE,
					  out);
}

int
vfs_open_tree_attr(const struct vfs_ctx *c, const struct vfs_at *at,
		   unsigned int flags, const struct mount_attr *attr,
		   struct path *out)
{
	struct path place;
	struct vfs_at self = { .base = &place, .name = "" };
	int err = vfs_open_tree(c, at, flags, &place);

	if (err < 0)
		return err;
	if (attr && !c->may_mount)
		err = -EPERM;
	else if (attr)
		err = vfs_mount_setattr(c, &self, AT_EMPTY_PATH |
					(flags & AT_RECURSIVE), attr);
	if (err < 0) {
		if (flags & OPEN_TREE_CLONE)
			vfs_dissolve(c->vfs, place.mnt);
		path_put(&place);
		return err;
	}
	*out = place;
	return 0;
}

void
vfs_dissolve(struct vfs *v, struct mount *m)
{
	struct mount_list gone = TAILQ_HEAD_INITIALIZER(gone);

	vfs_lock(v);
	if (mntns_is_anon_root_locked(m))
		mntns_dissolve_locked(m, &gone);
	vfs_unlock(v);
	linger_keep(&gone);
	detach_finish(&gone);
}

/* ------------------------------------------------------------ move_mount */

int
vfs_move_mount_check(const struct vfs_ctx *c, unsigned int flags)
{
	const unsigned int both = MOVE_MOUNT_BENEATH | MOVE_MOUNT_SET_GROUP;

	if (!c->may_mount)
		return -EPERM;
	if (flags & ~(unsigned int)UAPI_MOVE_MOUNT_MASK)
		return -EINVAL;
	return (flags & both) == both ? -EINVAL : 0;
}

/* As do_move_mount(): `to` is the place as it was named. */
static int
move_locked(const struct vfs_ctx *c, const struct path *from,
	    const struct path *to, bool beneath)
{
	struct path top = *to, under;
	struct mount *m = from->mnt;
	int err;

	if (!path_is_mount_root(from) ||
	    S_ISDIR(from->node->type) != S_ISDIR(to->node->type))
		return -EINVAL;
	if (beneath && !path_is_mount_root(to))
		return -EINVAL;
	path_top_locked(&top);
	if (!top.mnt->ns)
		return -ENOENT;
	if (beneath && !mount_parent_locked(top.mnt))
		return -EINVAL;
	if (!beneath && node_is_gone(top.node))
		return -ENOENT;
	under = top;
	if (beneath)
		under = (struct path){ mount_parent_locked(top.mnt),
				       mount_point_locked(top.mnt) };
	err = move_check_locked(c, from, &under);
	if (err == 0 && beneath)
		err = attach_check_beneath_locked(c, m, top.mnt);
	if (err == 0)
		err = move_check_tree_locked(from, under.mnt);
	if (err < 0)
		return err;
	if (beneath)
		return attach_beneath_locked(c, m, top.mnt);
	return mount_parent_locked(m) ? attach_move_locked(c, m, &top) :
					attach_tree_locked(c, m, &top);
}

/* As do_set_group(). */
static int
set_group_locked(const struct vfs_ctx *c, const struct path *from,
		 const struct path *to)
{
	struct mount *f = from->mnt, *t = to->mnt;
	int err;

	if (!f->ns || !t->ns)
		return -EINVAL;
	err = mount_type_check_locked(c, f);
	if (err == 0)
		err = mount_type_check_locked(c, t);
	if (err < 0)
		return err;
	if (!path_is_mount_root(from) || !path_is_mount_root(to))
		return -EINVAL;
	if (f->fs != t->fs || !node_is_below(t->root, f->root) ||
	    tree_has_locked_child_locked(f, t->root))
		return -EINVAL;
	if (mount_is_shared(t) || t->master)
		return -EINVAL;
	if (!mount_is_shared(f) && !f->master)
		return -EINVAL;
	peer_join_locked(f, t);
	if (mount_is_shared(t))
		t->unbindable = false;
	return 0;
}

int
vfs_move_mount(const struct vfs_ctx *c, const struct vfs_at *from,
	       const struct vfs_at *to, unsigned int flags)
{
	AUTO_WALK wf = WALK_INIT;
	AUTO_WALK wt = WALK_INIT;
	struct vfs_at a = *from, b = *to;
	struct path source, target;
	int err = vfs_move_mount_check(c, flags);

	if (err < 0)
		return err;
	a.flags = ((flags & MOVE_MOUNT_F_SYMLINKS) ? LOOK_FOLLOW : 0) |
		  ((flags & MOVE_MOUNT_F_EMPTY_PATH) ? LOOK_EMPTY : 0);
	b.flags = ((flags & MOVE_MOUNT_T_SYMLINKS) ? LOOK_FOLLOW : 0) |
		  ((flags & MOVE_MOUNT_T_EMPTY_PATH) ? LOOK_EMPTY : 0);
	err = walk_obj(&wt, c, &b);
	if (err == 0)
		err = walk_borrow(&wt, &target);
	if (err == 0)
		err = walk_obj(&wf, c, &a);
	if (err == 0)
		err = walk_borrow(&wf, &source);
	if (err < 0)
		return err;
	vfs_lock(c->vfs);
	if (flags & MOVE_MOUNT_SET_GROUP)
		err = set_group_locked(c, &source, &target);
	else
		err = move_locked(c, &source, &target,
				  flags & MOVE_MOUNT_BENEATH);
	vfs_unlock(c->vfs);
	return err;
}
