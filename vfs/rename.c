/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rename.c - vfs_rename().  As do_renameat2() in fs/namei.c, Linux 6.18.
 */
#include <errno.h>
#include <linux/fs.h>

#include "vfs/names.h"

#define RENAME_FLAGS (RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT)

static int
check_flags(unsigned int flags)
{
	if (flags & ~(unsigned int)RENAME_FLAGS)
		return -EINVAL;
	if ((flags & RENAME_EXCHANGE) &&
	    (flags & (RENAME_NOREPLACE | RENAME_WHITEOUT)))
		return -EINVAL;
	return 0;
}

static int
check_places(struct walk *from, struct walk *to, unsigned int flags)
{
	if (from->mnt != to->mnt)
		return -EXDEV;
	if (from->last_type != LAST_NORM)
		return -EBUSY;
	if (to->last_type != LAST_NORM)
		return (flags & RENAME_NOREPLACE) ? -EEXIST : -EBUSY;
	return mount_is_readonly(from->mnt) ? -EROFS : 0;
}

/* Trailing slashes, which the filesystem does not get to see. */
static int
check_slashes(struct walk *from, struct walk *to, unsigned int flags)
{
	mode_t from_mode = 0, to_mode = 0;
	int has_from, has_to;

	if (!from->last_slash && !to->last_slash)
		return 0;
	has_from = walk_has_entry(from, from->last, &from_mode);
	if (has_from < 0)
		return has_from;
	if (!has_from)
		return -ENOENT;
	has_to = walk_has_entry(to, to->last, &to_mode);
	if (has_to < 0)
		return has_to;
	if (has_to && (flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (flags & RENAME_EXCHANGE) {
		if (!has_to)
			return -ENOENT;
		if (!S_ISDIR(to_mode) && to->last_slash)
			return -ENOTDIR;
	}
	if (!S_ISDIR(from_mode) &&
	    (from->last_slash ||
	     (!(flags & RENAME_EXCHANGE) && to->last_slash)))
		return -ENOTDIR;
	return 0;
}

/* The names have changed in the filesystem: so they do in the sparse tree. */
static void
moved(const struct vfs_ctx *c, struct walk *from, struct walk *to,
      struct node *old, struct node *new, unsigned int flags)
{
	struct path from_dir, to_dir;
	bool swap = flags & RENAME_EXCHANGE;

	if (!old && !new)
		return;
	if (walk_borrow(from, &from_dir) == 0 &&
	    walk_borrow(to, &to_dir) == 0) {
		vfs_lock(c->vfs);
		node_tree_rename(from_dir.node, from->last, to_dir.node,
				 to->last, swap, c);
		vfs_unlock(c->vfs);
	}
	if (new && !swap)
		name_removed(c, new);
}

/* Would a directory become its own ancestor?  As lock_rename()'s trap. */
static int
check_ancestors(struct walk *from, struct walk *to, struct node *old,
		struct node *new, unsigned int flags)
{
	struct path dir;

	if (old && walk_borrow(to, &dir) == 0 && node_is_below(dir.node, old))
		return -EINVAL;
	if (new && walk_borrow(from, &dir) == 0 &&
	    node_is_below(dir.node, new))
		return (flags & RENAME_EXCHANGE) ? -EINVAL : -ENOTEMPTY;
	return 0;
}

/* 0, -EBUSY, or what the filesystem would say before that. */
static int
check_mountpoints(const struct vfs_ctx *c, struct walk *from,
		  struct walk *to, struct node *old, struct node *new,
		  unsigned int flags)
{
	mode_t mode, to_mode = 0;
	bool has_to;
	int ret;

	if (!name_is_mountpoint(c, old) && !name_is_mountpoint(c, new))
		return 0;
	ret = walk_has_entry(from, from->last, &mode);
	if (ret <= 0)
		return ret < 0 ? ret : -ENOENT;
	ret = walk_has_entry(to, to->last, &to_mode);
	if (ret < 0)
		return ret;
	has_to = ret > 0;
	if (has_to && (flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (!has_to && (flags & RENAME_EXCHANGE))
		return -ENOENT;
	ret = check_ancestors(from, to, old, new, flags);
	if (ret < 0)
		return ret;
	if (new && new == old)
		return 0;
	if (has_to && !(flags & RENAME_EXCHANGE)) {
		if (S_ISDIR(mode) && !S_ISDIR(to_mode))
			return -ENOTDIR;
		if (!S_ISDIR(mode) && S_ISDIR(to_mode))
			return -EISDIR;
	}
	return -EBUSY;
}

int
vfs_rename(const struct vfs_ctx *c, const struct vfs_at *from_at,
	   const struct vfs_at *to_at, unsigned int flags)
{
	AUTO_WALK from = WALK_INIT, to = WALK_INIT;
	struct node *old, *new;
	int err = check_flags(flags);

	if (err == 0)
		err = walk_parent(&from, c, from_at);
	if (err == 0)
		err = walk_parent(&to, c, to_at);
	if (err == 0)
		err = check_places(&from, &to, flags);
	if (err == 0)
		err = check_slashes(&from, &to, flags);
	if (err < 0)
		return err;
	old = name_node_get(&from);
	new = name_node_get(&to);
	err = check_mountpoints(c, &from, &to, old, new, flags);
	if (err == 0 && !from.obj.fs->ops->rename)
		err = -EPERM;
	if (err == 0)
		err = from.obj.fs->ops->rename(&from.obj, from.last, &to.obj,
					       to.last, c, flags);
	/* Two names of one object, or one name: nothing has happened. */
	if (err == 0 && (!old || old != new))
		moved(c, &from, &to, old, new, flags);
	if (old)
		node_put(old);
	if (new)
		node_put(new);
	return err;
}
