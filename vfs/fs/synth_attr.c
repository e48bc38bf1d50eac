/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be asked of a synthetic object, and done to it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "include/auto.h"
#include "vfs/fs/synth_priv.h"

int
synth_describe(struct fs *fs, const uint64_t key[3], struct synth_ent *ent)
{
	memset(ent, 0, sizeof(*ent));
	memcpy(ent->key, key, sizeof(ent->key));
	return synth_of(fs)->ops->describe(fs, ent);
}

int
synth_describe_obj(struct fs_obj *o, struct synth_ent *ent)
{
	int err = o->mode ? 0 : synth_identify(o);

	return err < 0 ? err : synth_describe(o->fs, o->key, ent);
}

/* An O_PATH descriptor of what stands for the object. */
static int
ent_path_fd(struct fs *fs, const struct vfs_ctx *c,
	    const struct synth_ent *ent, int *fd)
{
	int err = -EOPNOTSUPP;

	if (ent->kind == SYNTH_DIR || ent->kind == SYNTH_TEXT)
		return synth_image_path(fs, ent, fd);
	if (synth_of(fs)->ops->open)
		err = synth_of(fs)->ops->open(fs, c, ent, O_PATH | O_NOFOLLOW,
					      fd);
	return err;
}

/* What the host's numbers do not say, or must not. */
static void
adjust_stat(const struct synth_ent *ent, struct stat *st)
{
	if (ent->kind == SYNTH_REAL)
		return;
	st->st_mode = ent->mode;
	if (ent->kind != SYNTH_DIR)
		st->st_size = 0;
	st->st_blocks = 0;
}

static int
ent_stat(struct fs *fs, const struct vfs_ctx *c, const struct synth_ent *ent,
	 struct stat *st)
{
	AUTO_FD fd = -1;
	int err;

	err = ent_path_fd(fs, c, ent, &fd);
	if (err == 0) {
		err = host_fstat(fd, st);
	} else if (err == -EOPNOTSUPP) {
		struct synth_ent file = *ent;

		file.kind = SYNTH_TEXT;
		file.mode = S_IFREG | (ent->mode & 07777);
		err = synth_image_stat(fs, &file, st);
	}
	if (err == 0) {
		bool link = S_ISLNK(st->st_mode);

		adjust_stat(ent, st);
		if (link && synth_is_link(ent))
			st->st_mode = S_IFLNK | 0777;
	}
	return err;
}

int
synth_stat(struct fs_obj *o, const struct vfs_ctx *c, struct stat *st)
{
	struct synth_ent ent;
	int err = synth_describe_obj(o, &ent);

	return err < 0 ? err : ent_stat(o->fs, c, &ent, st);
}

static void
statx_from_stat(const struct stat *st, struct statx *stx)
{
	memset(stx, 0, sizeof(*stx));
	stx->stx_mask = STATX_BASIC_STATS;
	stx->stx_blksize = (uint32_t)st->st_blksize;
	stx->stx_nlink = (uint32_t)st->st_nlink;
	stx->stx_uid = st->st_uid;
	stx->stx_gid = st->st_gid;
	stx->stx_mode = (uint16_t)st->st_mode;
	stx->stx_ino = st->st_ino;
	stx->stx_size = (uint64_t)st->st_size;
	stx->stx_blocks = (uint64_t)st->st_blocks;
	stx->stx_atime.tv_sec = st->st_atim.tv_sec;
	stx->stx_atime.tv_nsec = (uint32_t)st->st_atim.tv_nsec;
	stx->stx_mtime.tv_sec = st->st_mtim.tv_sec;
	stx->stx_mtime.tv_nsec = (uint32_t)st->st_mtim.tv_nsec;
	stx->stx_ctime.tv_sec = st->st_ctim.tv_sec;
	stx->stx_ctime.tv_nsec = (uint32_t)st->st_ctim.tv_nsec;
	stx->stx_rdev_major = major(st->st_rdev);
	stx->stx_rdev_minor = minor(st->st_rdev);
	stx->stx_dev_major = major(st->st_dev);
	stx->stx_dev_minor = minor(st->st_dev);
}

int
synth_statx(struct fs_obj *o, const struct vfs_ctx *c, unsigned int at_flags,
	    unsigned int mask, struct statx *stx)
{
	struct stat st;
	int err = synth_stat(o, c, &st);

	(void)at_flags;
	(void)mask;
	if (err == 0)
		statx_from_stat(&st, stx);
	return err;
}

int
synth_access(struct fs_obj *o, const struct vfs_ctx *c, int mode)
{
	struct synth_ent ent;
	AUTO_FD fd = -1;
	int err = synth_describe_obj(o, &ent);

	if (err < 0)
		return err;
	if (ent.kind == SYNTH_REAL) {
		if ((mode & W_OK) && !ent.writable)
			return -EACCES;
		err = synth_of(o->fs)->ops->open(o->fs, c, &ent, O_PATH, &fd);
		return err < 0 ? err : host_access(fd, mode, AT_EACCESS);
	}
	if (synth_is_link(&ent))
		return 0;
	if (ent.kind == SYNTH_DIR && mode != F_OK &&
	    synth_of(o->fs)->ops->permission) {
		err = synth_of(o->fs)->ops->permission(o->fs, c, &ent);
		if (err < 0)
			return err;
	}
	/* One uid: that of the owner. */
	if (((mode & W_OK) && !ent.writable) || ((mode & R_OK) && !(ent.mode & S_IRUSR)) ||
	    ((mode & X_OK) && !(ent.mode & S_IXUSR)))
		return -EACCES;
	return 0;
}

ssize_t
synth_readlink(struct fs_obj *o, const struct vfs_ctx *c, char *buf,
	       size_t size)
{
	struct synth_ent ent;
	int err = synth_describe_obj(o, &ent);

	if (err < 0)
		return err;
	if (!synth_is_link(&ent))
		return -EINVAL;
	return synth_of(o->fs)->ops->readlink(o->fs, c, &ent, buf, size);
}

int
synth_chmod(struct fs_obj *o, const struct vfs_ctx *c, mode_t mode)
{
	struct synth_ent ent;
	int err = synth_describe_obj(o, &ent);

	if (err < 0)
		return err;
	if (ent.kind != SYNTH_REAL || !synth_of(o->fs)->ops->chmod)
		return -EPERM;
	return synth_of(o->fs)->ops->chmod(o->fs, c, &ent, mode);
}

int
synth_chown(struct fs_obj *o, const struct vfs_ctx *c, uid_t uid, gid_t gid)
{
	struct synth_ent ent;
	int err = synth_describe_obj(o, &ent);

	if (err < 0)
		return err;
	if (ent.kind != SYNTH_REAL || !synth_of(o->fs)->ops->chown)
		return -EPERM;
	return synth_of(o->fs)->ops->chown(o->fs, c, &ent, uid, gid);
}

int
synth_utimens(struct fs_obj *o, const struct vfs_ctx *c,
	      const struct timespec *ts)
{
	(void)o;
	(void)c;
	(void)ts;
	return -EPERM;
}

/* Files here have no length of their own: who may write may truncate. */
int
synth_truncate(struct fs_obj *o, const struct vfs_ctx *c, off_t len)
{
	struct synth_ent ent;
	int err = synth_describe_obj(o, &ent);

	(void)c;
	(void)len;
	if (err < 0)
		return err;
	if (ent.kind == SYNTH_DIR)
		return -EISDIR;
	if (!S_ISREG(ent.mode))
		return -EINVAL;
	return ent.writable ? 0 : -EACCES;
}

ssize_t
synth_listxattr(struct fs_obj *o, const struct vfs_ctx *c, char *list,
		size_t size)
{
	(void)o;
	(void)c;
	(void)list;
	(void)size;
	return 0;
}

int
synth_statfs(struct fs_obj *o, const struct vfs_ctx *c, struct statfs *sf)
{
	(void)c;
	memset(sf, 0, sizeof(*sf));
	sf->f_type = (__fsword_t)synth_of(o->fs)->ops->magic;
	sf->f_bsize = 4096;
	sf->f_frsize = 4096;
	sf->f_namelen = NAME_MAX;
	return 0;
}

int
synth_path_fd(struct fs_obj *o, const struct vfs_ctx *c, int *fd)
{
	struct synth_ent ent;
	char buf[PATH_MAX];
	ssize_t n;
	int err = synth_describe_obj(o, &ent);

	if (err < 0)
		return err;
	if (!synth_is_link(&ent))
		return ent_path_fd(o->fs, c, &ent, fd);
	n = synth_of(o->fs)->ops->readlink(o->fs, c, &ent, buf,
					   sizeof(buf) - 1);
	if (n < 0)
		return (int)n;
	buf[n] = '\0';
	return synth_image_link(o->fs, buf, fd);
}
