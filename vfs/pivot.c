/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pivot.c - pivot_root(2).  As path_pivot_root() in fs/namespace.c, Linux
 * 6.18.
 */
#include <errno.h>

#include "vfs/attach.h"
#include "vfs/mntns.h"
#include "vfs/node_tree.h"
#include "vfs/walk.h"

static int
check_locked(const struct vfs_ctx *c, const struct path *new,
	     const struct path *old)
{
	struct mount *r = c->root.mnt, *n = new->mnt, *o = old->mnt;
	struct mount *r_up = mount_parent_locked(r);
	struct mount *n_up = mount_parent_locked(n);

	if (!o->ns || node_is_gone(old->node))
		return -ENOENT;
	/* one without a parent counts as its own */
	if (mount_is_shared(o) || mount_is_shared(n_up ? n_up : n) ||
	    mount_is_shared(r_up ? r_up : r))
		return -EINVAL;
	if (r->ns != c->ns || n->ns != c->ns || n->locked)
		return -EINVAL;
	if (node_is_gone(new->node))
		return -ENOENT;
	if (n == r || o == r)
		return -EBUSY;
	if (!path_is_mount_root(&c->root) || !r_up)
		return -EINVAL;
	if (!path_is_mount_root(new) || !n_up)
		return -EINVAL;
	if (!mount_is_reachable_locked(o, old->node, new) ||
	    !mount_is_reachable_locked(n, new->node, &c->root))
		return -EINVAL;
	return 0;
}

/* Roots and working directories: of processes, by the embedder. */
static void
switch_roots(const struct vfs_ctx *c, const struct path *new)
{
	struct path from = { c->root.mnt, c->root.mnt->root };

	if (c->vfs->hooks.switch_root)
		c->vfs->hooks.switch_root(c->vfs->hooks.arg, &from, new);
}

int
vfs_pivot_root(const struct vfs_ctx *c, const struct vfs_at *new_root,
	       const struct vfs_at *put_old)
{
	struct vfs_at new_at = *new_root, old_at = *put_old;
	AUTO_WALK wn = WALK_INIT, wo = WALK_INIT;
	struct path new, old;
	int err;

	if (!c->may_mount)
		return -EPERM;
	new_at.flags = LOOK_FOLLOW | LOOK_DIRECTORY;
	old_at.flags = LOOK_FOLLOW | LOOK_DIRECTORY;
	err = walk_obj(&wn, c, &new_at);
	if (err == 0)
		err = walk_borrow(&wn, &new);
	if (err == 0)
		err = walk_obj(&wo, c, &old_at);
	if (err == 0)
		err = walk_borrow(&wo, &old);
	if (err < 0)
		return err;
	vfs_lock(c->vfs);
	path_top_locked(&old);
	err = check_locked(c, &new, &old);
	if (err == 0)
		err = attach_pivot_locked(c, new.mnt, &old);
	vfs_unlock(c->vfs);
	if (err == 0)
		switch_roots(c, &new);
	return err;
}
