/* SPDX-License-Identifier: Apache-2.0 */
#include "vfs/fs/procfs_ns.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "vfs/hostcall.h"
#include "vfs/node.h"

#define NSFS_MAGIC	0x6e736673

/* What get_tree() is given. */
struct nsfs_file {
	const struct procfs_source *source;
	int fd;
};

static const struct procfs_source *
source_of(const struct fs *fs)
{
	return fs->priv;
}

static int
nsfs_node_obj(struct node *n, struct fs_obj *out)
{
	memset(out, 0, sizeof(*out));
	out->fs = n->fs;
	out->fd = n->fd;
	out->mode = n->type;
	memcpy(out->key, n->key, sizeof(out->key));
	return 0;
}

static int
nsfs_lookup(struct fs *fs, const struct vfs_ctx *c, struct node *base,
	    const char *rest, unsigned int how, struct fs_obj *out,
	    struct fs_stop *stop)
{
	(void)fs;
	(void)c;
	(void)stop;
	if (*rest || (how & FS_DIRECTORY))
		return -ENOTDIR;
	return nsfs_node_obj(base, out);
}

static int
open_file(int file, const struct fs_open *how, int *fd)
{
	int r;

	if (how->flags & O_DIRECTORY)
		return -ENOTDIR;
	if ((how->flags & O_ACCMODE) != O_RDONLY || (how->flags & O_TRUNC))
		return how->ro ? -EROFS : -EACCES;
	r = host_reopen(file, O_RDONLY | O_CLOEXEC, 0);
	if (r < 0)
		return r;
	*fd = r;
	return 0;
}

static int
nsfs_open(struct fs *fs, const struct vfs_ctx *c, struct node *base,
	  const char *rest, const struct fs_open *how, int *fd,
	  struct fs_stop *stop)
{
	(void)fs;
	(void)c;
	stop->mode = S_IFREG;
	return *rest ? -ENOTDIR : open_file(base->fd, how, fd);
}

static int
nsfs_open_obj(struct fs_obj *o, const struct vfs_ctx *c,
	      const struct fs_open *how, int *fd)
{
	(void)c;
	return open_file(o->fd, how, fd);
}

static int
nsfs_stat(struct fs_obj *o, const struct vfs_ctx *c, struct stat *st)
{
	(void)c;
	return host_fstat(o->fd, st);
}

static int
nsfs_statx(struct fs_obj *o, const struct vfs_ctx *c, unsigned int at_flags,
	   unsigned int mask, struct statx *stx)
{
	(void)c;
	return host_statx(o->fd, at_flags, mask, stx);
}

static int
nsfs_access(struct fs_obj *o, const struct vfs_ctx *c, int mode)
{
	(void)o;
	(void)c;
	return (mode & (W_OK | X_OK)) ? -EACCES : 0;
}

static int
nsfs_statfs(struct fs_obj *o, const struct vfs_ctx *c, struct statfs *sf)
{
	(void)o;
	(void)c;
	memset(sf, 0, sizeof(*sf));
	sf->f_type = NSFS_MAGIC;
	sf->f_bsize = sf->f_frsize = 4096;
	sf->f_namelen = 255;
	return 0;
}

static int
nsfs_path_fd(struct fs_obj *o, const struct vfs_ctx *c, int *fd)
{
	int r = host_reopen(o->fd, O_PATH | O_CLOEXEC, 0);

	(void)c;
	if (r < 0)
		return r;
	*fd = r;
	return 0;
}

/* --- nodes ----------------------------------------------------------------- */

static int
nsfs_node_init(struct node *n, struct fs_obj *o)
{
	const struct procfs_source *s = source_of(n->fs);
	int r = host_dup(o->fd);

	if (r < 0)
		return r;
	n->fd = r;
	if (s->ns_hold)
		s->ns_hold(s->arg, n->key[0], n->key[1], 1);
	return 0;
}

static void
nsfs_node_fini(struct node *n)
{
	const struct procfs_source *s = source_of(n->fs);

	if (s->ns_hold)
		s->ns_hold(s->arg, n->key[0], n->key[1], -1);
}

static ssize_t
nsfs_node_path(struct node *n, char *buf, size_t size, bool *deleted)
{
	const struct procfs_source *s = source_of(n->fs);
	struct stat st;
	char text[64];
	size_t len;

	*deleted = false;
	if (host_fstat(n->fd, &st) < 0 || !s->ns_name(s->arg, &st, text))
		strcpy(text, "/");
	len = strlen(text);
	if (len >= size)
		return -ERANGE;
	memcpy(buf, text, len + 1);
	return (ssize_t)len;
}

static uint64_t
nsfs_mntns_of(struct node *n)
{
	const struct procfs_source *s = source_of(n->fs);

	return s->ns_mounts ? s->ns_mounts(s->arg, n->key[0], n->key[1]) : 0;
}

/* --- the instance ----------------------------------------------------------- */

static void
nsfs_free(struct fs *fs)
{
	vfs_anon_dev_free(fs->vfs, fs->dev);
}

static const struct fs_ops nsfs_ops = {
	.lookup = nsfs_lookup,
	.open = nsfs_open,
	.open_obj = nsfs_open_obj,
	.identify = fs_obj_identify_fd,
	.stat = nsfs_stat,
	.statx = nsfs_statx,
	.access = nsfs_access,
	.statfs = nsfs_statfs,
	.path_fd = nsfs_path_fd,
	.node_init = nsfs_node_init,
	.node_fini = nsfs_node_fini,
	.node_obj = nsfs_node_obj,
	.node_path = nsfs_node_path,
	.mntns_of = nsfs_mntns_of,
	.free = nsfs_free,
};

static int
nsfs_get_tree(const struct fs_type *t, struct vfs *v, const struct vfs_ctx *c,
	      const char *source, unsigned long sb_flags, const char *data,
	      const void *fs_data, struct fs **out, struct node **root)
{
	const struct nsfs_file *f = fs_data;
	struct fs_obj o = { .fd = f->fd };
	struct fs *fs;
	dev_t dev;
	int err;

	(void)c;
	(void)source;
	(void)data;
	dev = vfs_anon_dev_alloc(v);
	err = fs_new(v, t, &nsfs_ops, dev, sb_flags,
		     (void *)(uintptr_t)f->source, &fs);
	if (err < 0) {
		vfs_anon_dev_free(v, dev);
		return err;
	}
	o.fs = fs;
	err = node_for_obj(&o, &fs->root);
	if (err < 0) {
		fs_put(fs);
		return err;
	}
	*root = node_get(fs->root);
	*out = fs;
	return 0;
}

/* Not to be mounted by name: not registered. */
static const struct fs_type types[2] = {
	{ .name = "nsfs", .flags = FST_NODEV | FST_NS_FILE,
	  .get_tree = nsfs_get_tree },
	{ .name = "nsfs", .flags = FST_NODEV | FST_NS_FILE | FST_MNTNS_FILE,
	  .get_tree = nsfs_get_tree },
};

int
nsfs_mount(struct vfs *v, const struct procfs_source *source, int fd,
	   bool of_mounts, struct mount **out)
{
	const struct nsfs_file f = { source, fd };

	/* as the kernel's own: without relatime */
	return vfs_kern_mount(v, &types[of_mounts], "nsfs", MS_STRICTATIME, &f,
			      out);
}
