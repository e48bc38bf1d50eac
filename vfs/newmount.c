/* SPDX-License-Identifier: Apache-2.0 */
/*
 * newmount.c - a new filesystem comes into the tree: by mount(2), or from
 * outside before a guest runs.  As do_new_mount() in fs/namespace.c.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>

#include "include/auto.h"
#include "vfs/attach.h"
#include "vfs/mount_op.h"

/* What the target must be for a tree whose root is `root`. */
static int
check_target_locked(const struct vfs_ctx *c, const struct path *where,
		    const struct fs *fs, const struct node *root)
{
	int err = attach_check_target_locked(c, where);

	if (err < 0)
		return err;
	if (where->mnt->fs == fs && path_is_mount_root(where))
		return -EBUSY;
	if (S_ISLNK(root->type))
		return -EINVAL;
	if (S_ISDIR(root->type) != S_ISDIR(where->node->type))
		return -ENOTDIR;
	return 0;
}

static int
attach_new(const struct vfs_ctx *c, struct mount *m, const struct path *where)
{
	struct path top = *where;
	int err;

	vfs_lock(c->vfs);
	path_top_locked(&top);
	err = mount_check_reveal_locked(c, m->fs, atomic_load(&m->flags),
					&m->lock_flags);
	if (err == 0)
		err = check_target_locked(c, &top, m->fs, m->root);
	if (err == 0)
		err = attach_tree_locked(c, m, &top);
	vfs_unlock(c->vfs);
	if (err < 0)
		mount_put(m);
	return err;
}

static int
make_mount(const struct fs_type *t, struct vfs *v, const struct vfs_ctx *c,
	   const char *source, unsigned long mnt_flags,
	   unsigned long sb_flags, const char *data, const void *fs_data,
	   struct mount **out)
{
	struct fs *fs;
	struct node *root;
	int err;

	err = fs_make(t, v, c, source, sb_flags, data, fs_data, &fs, &root);
	if (err < 0)
		return err;
	err = mount_new(v, fs, root, source, mnt_flags, out);
	node_put(root);
	fs_put(fs);
	return err;
}

int
mount_op_new(const struct vfs_ctx *c, const struct path *where,
	     const char *source, const char *type, unsigned long flags,
	     const char *data)
{
	unsigned long sb_flags = sb_flags_from_call(flags);
	AUTO_FREE char *other = NULL;
	AUTO_FREE char *named = NULL;
	const struct fs_type *t;
	struct mount *m;
	int err;

	if (!type)
		return -EINVAL;
	t = vfs_find_type(c->vfs, type);
	if (!t || !t->get_tree)
		return -ENODEV;
	err = mount_data_parse(data, &sb_flags, NULL, source ? NULL : &named,
			       &other);
	if (err < 0)
		return err;
	if (!vfs_capable(c, (t->flags & FST_USERNS) ? c->user_ns : 0,
			 CAP_SYS_ADMIN))
		return -EPERM;
	err = make_mount(t, c->vfs, c, source ? source : named,
			 mount_flags_from_call(flags, 0), sb_flags, other,
			 NULL, &m);
	if (err == 0)
		err = attach_new(c, m, where);
	linger_sweep(c->vfs, false);
	return err;
}

int
vfs_kern_mount(struct vfs *v, const struct fs_type *t, const char *source,
	       unsigned long flags, const void *fs_data, struct mount **out)
{
	return make_mount(t, v, NULL, source, mount_flags_from_call(flags, 0),
			  sb_flags_from_call(flags), NULL, fs_data, out);
}

int
vfs_attach(const struct vfs_ctx *c, struct mount *m, const struct path *where)
{
	struct path top = *where;
	int err;

	vfs_lock(c->vfs);
	path_top_locked(&top);
	err = attach_check_target_locked(c, &top);
	if (err == 0 && S_ISDIR(m->root->type) != S_ISDIR(top.node->type))
		err = -ENOTDIR;
	if (err == 0)
		err = attach_tree_locked(c, m, &top);
	vfs_unlock(c->vfs);
	if (err < 0)
		tree_discard(m);
	return err;
}
