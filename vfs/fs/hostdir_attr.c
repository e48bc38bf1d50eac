/* SPDX-License-Identifier: Apache-2.0 */
/* hostdir: what is asked of, and changed in, an object that was found. */
#include "vfs/fs/hostdir.h"
#include "vfs/fs/hostdir_link.h"

#include <string.h>
#include <sys/sysmacros.h>

#include "include/auto.h"

/* As sb_permission() in fs/namei.c: what a read-only superblock protects. */
static bool
type_is_protected(mode_t type)
{
	return S_ISREG(type) || S_ISDIR(type) || S_ISLNK(type);
}

static int
obj_type(struct fs_obj *o, mode_t *type)
{
	int err = o->mode ? 0 : hostdir_identify(o);

	if (!err)
		*type = o->mode & S_IFMT;
	return err;
}

int
hostdir_stat(struct fs_obj *o, const struct vfs_ctx *c, struct stat *st)
{
	int fd = hostdir_fd(o);

	(void)c;
	return fd < 0 ? fd : host_fstat(fd, st);
}

void
hostdir_stat_of(const struct statx *x, struct stat *st)
{
	*st = (struct stat){
		.st_dev = makedev(x->stx_dev_major, x->stx_dev_minor),
		.st_ino = x->stx_ino,
		.st_mode = x->stx_mode,
		.st_nlink = x->stx_nlink,
		.st_uid = x->stx_uid,
		.st_gid = x->stx_gid,
		.st_rdev = makedev(x->stx_rdev_major, x->stx_rdev_minor),
		.st_size = (off_t)x->stx_size,
		.st_blksize = (blksize_t)x->stx_blksize,
		.st_blocks = (blkcnt_t)x->stx_blocks,
		.st_atim = { x->stx_atime.tv_sec, x->stx_atime.tv_nsec },
		.st_mtim = { x->stx_mtime.tv_sec, x->stx_mtime.tv_nsec },
		.st_ctim = { x->stx_ctime.tv_sec, x->stx_ctime.tv_nsec },
	};
}

bool
hostdir_takes_path(const struct hostdir *hd, const char *rest)
{
	return hd->bare && !strstr(rest, "..");
}

/*
 * One call in place of an open, fstat and close; statx(2) also tells of a
 * mount of the host's.  A link that is in the way is -ELOOP or what is found.
 */
static int
statx_name(struct node *base, const char *name, unsigned int how,
	   struct statx *stx)
{
	const struct hostdir *hd = hostdir_of(base->fs);
	int at = hd->deny ? -EAGAIN : hostdir_base(base);
	int err;

	if (at < 0)
		return -EAGAIN;
	if (hostdir_takes_path(hd, name)) {
		if (hostdir_link_known(base, name, NULL))
			return -EAGAIN;
		err = host_statx_at(at, name, how & FS_NOFOLLOW ?
				    AT_SYMLINK_NOFOLLOW : 0,
				    STATX_BASIC_STATS, stx);
		return err == -ELOOP ? -EAGAIN : err;
	}
	if (strchr(name, '/') || strcmp(name, ".") == 0)
		return -EAGAIN;
	err = host_statx_at(at, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS,
			    stx);
	if (err)
		return err == -ENOENT ? err : -EAGAIN;
	if (!(stx->stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) ||
	    (stx->stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return -EAGAIN;
	return 0;
}

int
hostdir_stat_name(struct node *base, const char *name, unsigned int how,
		  struct stat *st)
{
	struct statx stx;
	int err = statx_name(base, name, how, &stx);

	if (err)
		return err;
	if (S_ISLNK(stx.stx_mode) && !(how & FS_NOFOLLOW))
		return -EAGAIN;
	if ((how & FS_DIRECTORY) && !S_ISDIR(stx.stx_mode))
		return -EAGAIN;
	hostdir_stat_of(&stx, st);
	return 0;
}

int
hostdir_access_name(struct node *base, const char *name, unsigned int how,
		    const struct vfs_ctx *c, int mode)
{
	struct hostdir *hd = hostdir_of(base->fs);
	int at = hostdir_base(base);
	int err;

	if (at < 0 || (how & FS_DIRECTORY) || !hostdir_takes_path(hd, name) ||
	    ((mode & W_OK) && hostdir_is_ro(base->fs)) ||
	    hostdir_link_known(base, name, NULL))
		return -EAGAIN;
	err = host_access_at(at, name, mode,
			     (c->effective_ids ? AT_EACCESS : 0) |
			     (how & FS_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0));
	return err == -ELOOP ? -EAGAIN : err;
}

ssize_t
hostdir_readlink_name(struct node *base, const char *name, char *buf,
		      size_t size)
{
	int at = hostdir_base(base);
	ssize_t n;

	if (at < 0 || !hostdir_takes_path(hostdir_of(base->fs), name) ||
	    hostdir_link_known(base, name, NULL))
		return -EAGAIN;
	n = host_readlink_at(at, name, buf, size);
	return n == -ELOOP ? -EAGAIN : n;
}

int
hostdir_statx(struct fs_obj *o, const struct vfs_ctx *c,
	      unsigned int at_flags, unsigned int mask, struct statx *stx)
{
	int fd = hostdir_fd(o);

	(void)c;
	return fd < 0 ? fd : host_statx(fd, at_flags, mask, stx);
}

int
hostdir_access(struct fs_obj *o, const struct vfs_ctx *c, int mode)
{
	int fd = hostdir_fd(o);
	mode_t type;
	int err;

	if ((mode & W_OK) && hostdir_is_ro(o->fs)) {
		err = obj_type(o, &type);
		if (err)
			return err;
		if (type_is_protected(type))
			return -EROFS;
	}
	return fd < 0 ? fd : host_access(fd, mode, c && c->effective_ids ?
					 AT_EACCESS : 0);
}

ssize_t
hostdir_readlink(struct fs_obj *o, const struct vfs_ctx *c, char *buf,
		 size_t size)
{
	int fd = hostdir_fd(o);
	ssize_t n = fd < 0 ? fd : host_readlink(fd, buf, size);

	(void)c;
	/* What readlinkat(2) says of an empty path that names no link. */
	return n == -ENOENT ? -EINVAL : n;
}

int
hostdir_chmod(struct fs_obj *o, const struct vfs_ctx *c, mode_t mode)
{
	int fd = hostdir_fd(o);
	mode_t type;
	int err;

	(void)c;
	if (hostdir_is_ro(o->fs))
		return -EROFS;
	err = obj_type(o, &type);
	if (err)
		return err;
	if (S_ISLNK(type))
		return -EOPNOTSUPP;
	return fd < 0 ? fd : host_chmod(fd, mode & 07777);
}

int
hostdir_chown(struct fs_obj *o, const struct vfs_ctx *c, uid_t uid,
	      gid_t gid)
{
	int fd = hostdir_fd(o);

	(void)c;
	if (hostdir_is_ro(o->fs))
		return -EROFS;
	return fd < 0 ? fd : host_chown(fd, uid, gid);
}

int
hostdir_utimens(struct fs_obj *o, const struct vfs_ctx *c,
		const struct timespec *ts)
{
	int fd = hostdir_fd(o);

	(void)c;
	if (hostdir_is_ro(o->fs))
		return -EROFS;
	return fd < 0 ? fd : host_utimens(fd, ts);
}

int
hostdir_truncate(struct fs_obj *o, const struct vfs_ctx *c, off_t len)
{
	int fd = hostdir_fd(o);
	mode_t type;
	int err;

	(void)c;
	if (len < 0)
		return -EINVAL;
	err = obj_type(o, &type);
	if (err)
		return err;
	/* Not left to the kernel: a FIFO must not be touched. */
	if (S_ISDIR(type))
		return -EISDIR;
	if (!S_ISREG(type))
		return -EINVAL;
	if (hostdir_is_ro(o->fs))
		return -EROFS;
	return fd < 0 ? fd : host_truncate(fd, len);
}

ssize_t
hostdir_getxattr(struct fs_obj *o, const struct vfs_ctx *c, const char *name,
		 void *value, size_t size)
{
	int fd = hostdir_fd(o);

	(void)c;
	return fd < 0 ? fd : host_getxattr(fd, name, value, size);
}

int
hostdir_setxattr(struct fs_obj *o, const struct vfs_ctx *c, const char *name,
		 const void *value, size_t size, int flags)
{
	int fd = hostdir_fd(o);

	(void)c;
	if (hostdir_is_ro(o->fs))
		return -EROFS;
	return fd < 0 ? fd : host_setxattr(fd, name, value, size, flags);
}

ssize_t
hostdir_listxattr(struct fs_obj *o, const struct vfs_ctx *c, char *list,
		  size_t size)
{
	int fd = hostdir_fd(o);

	(void)c;
	return fd < 0 ? fd : host_listxattr(fd, list, size);
}

int
hostdir_removexattr(struct fs_obj *o, const struct vfs_ctx *c,
		    const char *name)
{
	int fd = hostdir_fd(o);

	(void)c;
	if (hostdir_is_ro(o->fs))
		return -EROFS;
	return fd < 0 ? fd : host_removexattr(fd, name);
}

int
hostdir_statfs(struct fs_obj *o, const struct vfs_ctx *c, struct statfs *sf)
{
	int fd = hostdir_fd(o);

	(void)c;
	return fd < 0 ? fd : host_fstatfs(fd, sf);
}

int
hostdir_path_fd(struct fs_obj *o, const struct vfs_ctx *c, int *fd)
{
	int r = hostdir_fd(o);

	(void)c;
	if (r >= 0)
		r = host_dup(r);
	if (r < 0)
		return r;
	*fd = r;
	return 0;
}
