/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attr.c - asking about an object, and changing what it says: stat, access,
 * chmod, xattr and their like.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <unistd.h>

#include "vfs/walk.h"

#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE	0x4000U		/* 6.8 */
#endif
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT	0x2000		/* 5.8 */
#endif

/* The kernel's ST_VALID and ST_NOSYMFOLLOW. */
#define STATFS_VALID		0x0020
#define STATFS_NOATIME		0x0400
#define STATFS_NODIRATIME	0x0800
#define STATFS_RELATIME		0x1000
#define STATFS_NOSYMFOLLOW	0x2000

/* -------------------------------------------------------------- asking */

int
vfs_stat(const struct vfs_ctx *c, const struct vfs_at *at, struct stat *st)
{
	AUTO_WALK w = WALK_INIT;
	int err;

	w.stat = st;
	err = walk_obj(&w, c, at);
	if (err < 0 || w.answered)
		return err;
	return w.obj.fs->ops->stat(&w.obj, c, st);
}

/* Is the object the root of its mount?  Does not make a node of it. */
static int
is_mount_root(struct walk *w)
{
	struct node *root = w->mnt->root;
	int err;

	if (w->obj.node)
		return node_same(w->obj.node, root);
	if (w->obj.fs != root->fs || !w->node)
		return 0;
	err = walk_identify(w);
	if (err < 0)
		return err;
	return (w->obj.mode & S_IFMT) == root->type &&
	       w->obj.key[0] == root->key[0] &&
	       w->obj.key[1] == root->key[1] && w->obj.key[2] == root->key[2];
}

int
vfs_statx(const struct vfs_ctx *c, const struct vfs_at *at,
	  unsigned int at_flags, unsigned int mask, struct statx *stx)
{
	AUTO_WALK w = WALK_INIT;
	int err = walk_obj(&w, c, at), root;

	if (err < 0)
		return err;
	root = is_mount_root(&w);
	if (root < 0)
		return root;
	err = w.obj.fs->ops->statx(&w.obj, c, at_flags, mask, stx);
	if (err < 0)
		return err;
	stx->stx_mask &= ~(STATX_MNT_ID | STATX_MNT_ID_UNIQUE);
	if (mask & STATX_MNT_ID_UNIQUE) {
		stx->stx_mask |= STATX_MNT_ID_UNIQUE;
		stx->stx_mnt_id = mount_id_unique(w.mnt);
	} else {
		stx->stx_mask |= STATX_MNT_ID;
		stx->stx_mnt_id = mount_id(w.mnt);
	}
	stx->stx_attributes_mask |= STATX_ATTR_MOUNT_ROOT;
	stx->stx_attributes &= ~(uint64_t)STATX_ATTR_MOUNT_ROOT;
	if (root)
		stx->stx_attributes |= STATX_ATTR_MOUNT_ROOT;
	return 0;
}

static bool
is_special(mode_t mode)
{
	return S_ISCHR(mode) || S_ISBLK(mode) || S_ISFIFO(mode) ||
	       S_ISSOCK(mode);
}

/* As do_faccessat() in fs/open.c. */
int
vfs_access(const struct vfs_ctx *c, const struct vfs_at *at, int mode)
{
	AUTO_WALK w = WALK_INIT;
	unsigned long sb, mnt;
	bool writes = mode & W_OK;
	int err;

	if (mode & ~(R_OK | W_OK | X_OK))
		return -EINVAL;
	w.access = &mode;
	err = walk_obj(&w, c, at);
	if (err < 0 || w.answered)
		return err;
	mnt = atomic_load(&w.mnt->flags);
	sb = atomic_load(&w.mnt->fs->sb_flags);
	if (((mode & X_OK) && (mnt & MS_NOEXEC)) ||
	    (writes && ((mnt | sb) & MS_RDONLY))) {
		err = walk_identify(&w);
		if (err < 0)
			return err;
		writes = writes && !is_special(w.obj.mode);
		if ((mode & X_OK) && (mnt & MS_NOEXEC) &&
		    S_ISREG(w.obj.mode))
			return -EACCES;
		if (writes && (sb & MS_RDONLY))
			return -EROFS;
	}
	err = w.obj.fs->ops->access(&w.obj, c, mode);
	if (err == 0 && writes && (mnt & MS_RDONLY))
		err = -EROFS;
	return err;
}

ssize_t
vfs_readlink(const struct vfs_ctx *c, const struct vfs_at *at, char *buf,
	     size_t size)
{
	AUTO_WALK w = WALK_INIT;
	struct vfs_at look = *at;
	ssize_t ret;

	look.flags &= ~(unsigned int)LOOK_FOLLOW;
	w.link = buf;
	w.link_size = size;
	ret = walk_obj(&w, c, &look);
	if (ret < 0 || w.answered)
		return ret < 0 ? ret : w.link_len;
	ret = -EINVAL;
	if (w.obj.fs->ops->readlink)
		ret = w.obj.fs->ops->readlink(&w.obj, c, buf, size);
	return ret == -EINVAL && !at->name[0] ? -ENOENT : ret;
}

static const struct {
	unsigned long mount;
	long statfs;
} statfs_flags[] = {
	{ MS_RDONLY, MS_RDONLY },
	{ MS_NOSUID, MS_NOSUID },
	{ MS_NODEV, MS_NODEV },
	{ MS_NOEXEC, MS_NOEXEC },
	{ MS_SYNCHRONOUS, MS_SYNCHRONOUS },
	{ MS_MANDLOCK, MS_MANDLOCK },
	{ MS_NOATIME, STATFS_NOATIME },
	{ MS_NODIRATIME, STATFS_NODIRATIME },
	{ MS_RELATIME, STATFS_RELATIME },
	{ MS_NOSYMFOLLOW, STATFS_NOSYMFOLLOW },
};

int
vfs_statfs(const struct vfs_ctx *c, const struct vfs_at *at,
	   struct statfs *sf)
{
	AUTO_WALK w = WALK_INIT;
	struct path p;
	unsigned long flags;
	int err = walk_obj(&w, c, at);

	if (err < 0)
		return err;
	err = w.obj.fs->ops->statfs(&w.obj, c, sf);
	if (err < 0)
		return err;
	p = (struct path){ .mnt = w.mnt };
	flags = vfs_mount_flags(&p);
	sf->f_flags = STATFS_VALID;
	for (size_t i = 0; i < sizeof(statfs_flags) / sizeof(*statfs_flags);
	     i++)
		if (flags & statfs_flags[i].mount)
			sf->f_flags |= statfs_flags[i].statfs;
	return 0;
}

ssize_t
vfs_getxattr(const struct vfs_ctx *c, const struct vfs_at *at,
	     const char *name, void *value, size_t size)
{
	AUTO_WALK w = WALK_INIT;
	ssize_t ret = walk_obj(&w, c, at);

	if (ret < 0)
		return ret;
	if (!w.obj.fs->ops->getxattr)
		return -EOPNOTSUPP;
	return w.obj.fs->ops->getxattr(&w.obj, c, name, value, size);
}

ssize_t
vfs_listxattr(const struct vfs_ctx *c, const struct vfs_at *at, char *list,
	      size_t size)
{
	AUTO_WALK w = WALK_INIT;
	ssize_t ret = walk_obj(&w, c, at);

	if (ret < 0)
		return ret;
	if (!w.obj.fs->ops->listxattr)
		return 0;
	return w.obj.fs->ops->listxattr(&w.obj, c, list, size);
}

/* ------------------------------------------------------------- changing */

/* An object that is going to be changed: found, and not read-only. */
static int
walk_to_change(struct walk *w, const struct vfs_ctx *c,
	       const struct vfs_at *at)
{
	int err = walk_obj(w, c, at);

	if (err == 0 && mount_is_readonly(w->mnt))
		err = -EROFS;
	return err;
}

/* What a change has answered; who may search where is to be asked again. */
static int
changed(const struct vfs_ctx *c, int ret)
{
	vfs_access_changed(c->vfs);
	return ret;
}

int
vfs_chmod(const struct vfs_ctx *c, const struct vfs_at *at, mode_t mode)
{
	AUTO_WALK w = WALK_INIT;
	int err = walk_to_change(&w, c, at);

	if (err < 0)
		return err;
	if (!w.obj.fs->ops->chmod)
		return -EPERM;
	return changed(c, w.obj.fs->ops->chmod(&w.obj, c, mode));
}

int
vfs_chown(const struct vfs_ctx *c, const struct vfs_at *at, uid_t uid,
	  gid_t gid)
{
	AUTO_WALK w = WALK_INIT;
	int err = walk_to_change(&w, c, at);

	if (err < 0)
		return err;
	if (!w.obj.fs->ops->chown)
		return -EPERM;
	return changed(c, w.obj.fs->ops->chown(&w.obj, c, uid, gid));
}

int
vfs_utimens(const struct vfs_ctx *c, const struct vfs_at *at,
	    const struct timespec ts[2])
{
	AUTO_WALK w = WALK_INIT;
	int err = walk_to_change(&w, c, at);

	if (err < 0)
		return err;
	if (!w.obj.fs->ops->utimens)
		return -EPERM;
	return w.obj.fs->ops->utimens(&w.obj, c, ts);
}

/* As vfs_truncate() in fs/open.c; the filesystem judges itself too. */
static int
check_truncate(struct walk *w, const struct vfs_ctx *c)
{
	struct vfs_ctx eff = *c;
	int err = walk_identify(w);

	if (err < 0)
		return err;
	if (S_ISDIR(w->obj.mode))
		return -EISDIR;
	if (!S_ISREG(w->obj.mode))
		return -EINVAL;
	if (!mount_is_readonly(w->mnt))
		return 0;
	eff.effective_ids = true;
	if (!(atomic_load(&w->mnt->fs->sb_flags) & MS_RDONLY))
		err = w->obj.fs->ops->access(&w->obj, &eff, W_OK);
	return err < 0 ? err : -EROFS;
}

int
vfs_truncate(const struct vfs_ctx *c, const struct vfs_at *at, off_t length)
{
	AUTO_WALK w = WALK_INIT;
	int err;

	if (length < 0)
		return -EINVAL;
	err = walk_obj(&w, c, at);
	if (err == 0)
		err = check_truncate(&w, c);
	if (err < 0)
		return err;
	if (!w.obj.fs->ops->truncate)
		return -EACCES;
	return w.obj.fs->ops->truncate(&w.obj, c, length);
}

int
vfs_setxattr(const struct vfs_ctx *c, const struct vfs_at *at,
	     const char *name, const void *value, size_t size, int flags)
{
	AUTO_WALK w = WALK_INIT;
	int err = walk_to_change(&w, c, at);

	if (err < 0)
		return err;
	if (!w.obj.fs->ops->setxattr)
		return -EOPNOTSUPP;
	return changed(c, w.obj.fs->ops->setxattr(&w.obj, c, name, value,
						  size, flags));
}

int
vfs_removexattr(const struct vfs_ctx *c, const struct vfs_at *at,
		const char *name)
{
	AUTO_WALK w = WALK_INIT;
	int err = walk_to_change(&w, c, at);

	if (err < 0)
		return err;
	if (!w.obj.fs->ops->removexattr)
		return -EOPNOTSUPP;
	return changed(c, w.obj.fs->ops->removexattr(&w.obj, c, name));
}
