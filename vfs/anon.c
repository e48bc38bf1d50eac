/* SPDX-License-Identifier: Apache-2.0 */
/*
 * anon.c - the hidden root directory, which holds nothing, and objects that
 * are known by a descriptor.
 *
 * Such a descriptor may come from outside (an inherited standard input), so
 * it is opened again only for what it is open for already, and nothing about
 * a file is changed through it.
 */
#include "vfs/anon.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "vfs/hostcall.h"

#define ANON_MAGIC	0x858458f6	/* as ramfs, which the kernel's is */

static int
anon_lookup(struct fs *fs, const struct vfs_ctx *c, struct node *base,
	    const char *rest, unsigned int how, struct fs_obj *out,
	    struct fs_stop *stop)
{
	(void)c;
	(void)how;
	(void)stop;
	if (*rest)
		return -ENOENT;
	memset(out, 0, sizeof(*out));
	out->fs = fs;
	out->fd = -1;
	out->mode = base->type;
	return 0;
}

static int
anon_open(struct fs *fs, const struct vfs_ctx *c, struct node *base,
	  const char *rest, const struct fs_open *how, int *fd,
	  struct fs_stop *stop)
{
	(void)fs;
	(void)c;
	(void)base;
	(void)how;
	(void)fd;
	(void)stop;
	return *rest ? -ENOENT : -EACCES;
}

/* Is what is asked for within what `fd` is open for? */
static bool
access_granted(int fd, mode_t type, uint64_t flags)
{
	int have = fcntl(fd, F_GETFL);
	uint64_t want = flags & O_ACCMODE;

	if (have < 0 || (have & O_PATH))
		return false;
	if (flags & O_TRUNC && want == O_RDONLY)
		want = O_RDWR;
	if (S_ISFIFO(type) || (have & O_ACCMODE) == O_RDWR)
		return true;
	return !S_ISDIR(type) && want == (uint64_t)(have & O_ACCMODE);
}

static int
anon_open_obj(struct fs_obj *o, const struct vfs_ctx *c,
	      const struct fs_open *how, int *fd)
{
	int r;

	(void)c;
	if (o->fd < 0)
		return -EACCES;
	if (S_ISSOCK(o->mode))
		return -ENXIO;
	if (!access_granted(o->fd, o->mode, how->flags))
		return -EACCES;
	r = host_reopen(o->fd, (int)(how->flags & ~(uint64_t)O_CREAT) |
			O_CLOEXEC | O_NOCTTY, 0);
	if (r < 0)
		return r;
	*fd = r;
	return 0;
}

static int
anon_stat(struct fs_obj *o, const struct vfs_ctx *c, struct stat *st)
{
	(void)c;
	if (o->fd >= 0)
		return host_fstat(o->fd, st);
	memset(st, 0, sizeof(*st));
	st->st_dev = o->fs->dev;
	st->st_ino = 1;
	st->st_mode = S_IFDIR | 0555;
	st->st_nlink = 2;
	st->st_blksize = 4096;
	return 0;
}

static int
anon_statx(struct fs_obj *o, const struct vfs_ctx *c, unsigned int at_flags,
	   unsigned int mask, struct statx *stx)
{
	(void)c;
	if (o->fd >= 0)
		return host_statx(o->fd, at_flags, mask, stx);
	memset(stx, 0, sizeof(*stx));
	stx->stx_mask = STATX_TYPE | STATX_MODE | STATX_INO | STATX_NLINK;
	stx->stx_mode = S_IFDIR | 0555;
	stx->stx_ino = 1;
	stx->stx_nlink = 2;
	stx->stx_blksize = 4096;
	return 0;
}

static int
anon_access(struct fs_obj *o, const struct vfs_ctx *c, int mode)
{
	if (o->fd >= 0)
		return host_access(o->fd, mode,
				   c->effective_ids ? AT_EACCESS : 0);
	return (mode & W_OK) ? -EACCES : 0;
}

static int
anon_statfs(struct fs_obj *o, const struct vfs_ctx *c, struct statfs *sf)
{
	(void)c;
	if (o->fd >= 0)
		return host_fstatfs(o->fd, sf);
	memset(sf, 0, sizeof(*sf));
	sf->f_type = ANON_MAGIC;
	sf->f_bsize = 4096;
	sf->f_namelen = 255;
	return 0;
}

static int
anon_path_fd(struct fs_obj *o, const struct vfs_ctx *c, int *fd)
{
	int r;

	(void)c;
	if (o->fd < 0)
		return -EOPNOTSUPP;
	r = host_reopen(o->fd, O_PATH | O_CLOEXEC, 0);
	if (r < 0)
		return r;
	*fd = r;
	return 0;
}

static int
anon_node_init(struct node *n, struct fs_obj *o)
{
	int r;

	if (o->fd < 0)
		return 0;
	r = host_dup(o->fd);
	if (r < 0)
		return r;
	n->fd = r;
	return 0;
}

static int
anon_node_obj(struct node *n, struct fs_obj *out)
{
	memset(out, 0, sizeof(*out));
	out->fs = n->fs;
	out->fd = n->fd;
	out->mode = n->type;
	memcpy(out->key, n->key, sizeof(out->key));
	return 0;
}

static ssize_t
anon_node_path(struct node *n, char *buf, size_t size, bool *deleted)
{
	*deleted = false;
	if (n->fd >= 0)
		return host_fd_path(n->fd, buf, size);
	if (size < 1)
		return -ERANGE;
	buf[0] = '/';
	return 1;
}

static const struct fs_ops anon_ops = {
	.lookup = anon_lookup,
	.open = anon_open,
	.open_obj = anon_open_obj,
	.identify = fs_obj_identify_fd,
	.stat = anon_stat,
	.statx = anon_statx,
	.access = anon_access,
	.statfs = anon_statfs,
	.path_fd = anon_path_fd,
	.node_init = anon_node_init,
	.node_obj = anon_node_obj,
	.node_path = anon_node_path,
};

static const struct fs_type anon_type = {
	.name = "rootfs",
	.flags = FST_NODEV,
};

int
anon_init(struct vfs *v)
{
	struct fs_obj o = { .fd = -1, .mode = S_IFDIR };
	struct fs *fs;
	int err;

	err = fs_new(v, &anon_type, &anon_ops, vfs_anon_dev_alloc(v), 0, NULL,
		     &fs);
	if (err < 0)
		return err;
	o.fs = fs;
	err = node_for_obj(&o, &fs->root);
	if (err == 0)
		err = mount_new(v, fs, fs->root, "rootfs", 0, &v->anon_mnt);
	v->anon_fs = fs;
	return err;
}

void
anon_fini(struct vfs *v)
{
	if (v->anon_mnt)
		mount_put(v->anon_mnt);
	if (v->anon_fs)
		fs_put(v->anon_fs);
	v->anon_mnt = NULL;
	v->anon_fs = NULL;
}

void
anon_obj(struct vfs *v, int fd, struct fs_obj *out)
{
	memset(out, 0, sizeof(*out));
	out->fs = v->anon_fs;
	out->fd = fd;
	out->fd_owned = true;
}
