/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filesystem operations of synthetic filesystems, on top of what a struct
 * synth_ops says about its objects.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/auto.h"
#include "vfs/fs/synth_priv.h"

/* ---------------------------------------------------------------- walking */

/* A walk in progress: the object reached, and how much of `rest` led there. */
struct synth_walk {
	struct synth_ent at;
	const char *rest;
	size_t pos;			/* end of the component just taken */
	size_t start;			/* where it began */
	bool last;			/* nothing follows */
	bool dot;			/* it was "." */
};

/* Goes on by one component.  0, or -errno. */
static int
walk_component(struct fs *fs, const struct vfs_ctx *c, struct synth_walk *w)
{
	const char *s = w->rest + (w->pos ? w->pos + 1 : 0);
	size_t len = strcspn(s, "/");
	char name[NAME_MAX + 1];
	struct synth_ent next;
	uint64_t up[3];
	int err;

	w->start = (size_t)(s - w->rest);
	w->pos = w->start + len;
	w->last = s[len] == '\0';
	w->dot = len == 1 && s[0] == '.';
	if (w->at.kind != SYNTH_DIR)
		return -ENOTDIR;
	if (w->dot)
		return 0;
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, s, len);
	name[len] = '\0';
	memset(&next, 0, sizeof(next));
	if (strcmp(name, "..") == 0) {
		err = synth_of(fs)->ops->parent(fs, w->at.key, up, name);
		if (err == 0)
			err = synth_describe(fs, up, &next);
	} else {
		err = synth_of(fs)->ops->child(fs, c, &w->at, name, &next);
		if (err == 0)
			err = synth_of(fs)->ops->describe(fs, &next);
	}
	if (err == 0)
		w->at = next;
	return err;
}

/* Stops at the link that w->at is. */
static int
walk_stop(struct fs *fs, const struct vfs_ctx *c, struct synth_walk *w,
	  struct fs_stop *stop)
{
	char buf[PATH_MAX];
	ssize_t n;
	int err;

	stop->consumed = w->pos;
	stop->dir_len = w->start ? w->start - 1 : 0;
	stop->jump_fd = -1;
	stop->jump = (struct path){ NULL, NULL };
	if (w->at.kind == SYNTH_MAGIC) {
		err = synth_of(fs)->ops->jump(fs, c, &w->at, stop);
		return err < 0 ? err : FS_JUMP;
	}
	n = synth_of(fs)->ops->readlink(fs, c, &w->at, buf, sizeof(buf) - 1);
	if (n < 0)
		return (int)n;
	buf[n] = '\0';
	stop->target = strdup(buf);
	return stop->target ? FS_LINK : -ENOMEM;
}

/* Walks `rest` from `base`.  0: w->at is the object; FS_LINK, FS_JUMP;
 * -errno. */
static int
walk(struct fs *fs, const struct vfs_ctx *c, struct node *base,
     const char *rest, unsigned int how, struct synth_walk *w,
     struct fs_stop *stop)
{
	bool follow;
	int err;

	memset(w, 0, sizeof(*w));
	w->rest = rest;
	w->last = *rest == '\0';
	err = synth_describe(fs, base->key, &w->at);
	while (err == 0 && !w->last) {
		err = walk_component(fs, c, w);
		if (err < 0)
			return err;
		follow = !w->last || !(how & FS_NOFOLLOW);
		if (synth_is_link(&w->at) && !w->dot && follow)
			return walk_stop(fs, c, w, stop);
	}
	if (err == 0 && (how & FS_DIRECTORY) && w->at.kind != SYNTH_DIR)
		err = -ENOTDIR;
	return err;
}

static void
make_obj(struct fs *fs, const struct synth_ent *ent, struct fs_obj *o)
{
	memset(o, 0, sizeof(*o));
	o->fs = fs;
	o->fd = -1;
	o->mode = ent->mode;
	memcpy(o->key, ent->key, sizeof(o->key));
}

static int
synth_lookup(struct fs *fs, const struct vfs_ctx *c, struct node *base,
	     const char *rest, unsigned int how, struct fs_obj *out,
	     struct fs_stop *stop)
{
	struct synth_walk w;
	int err;

	err = walk(fs, c, base, rest, how, &w, stop);
	if (err != 0)
		return err;
	make_obj(fs, &w.at, out);
	if (!*rest)
		out->node = node_get(base);
	return 0;
}

/* ---------------------------------------------------------------- opening */

static int
open_dir(struct fs *fs, const struct vfs_ctx *c, const struct synth_ent *ent,
	 const struct fs_open *how, int *fd)
{
	struct synth_names names = { 0 };
	int err;

	if ((how->flags & O_ACCMODE) != O_RDONLY ||
	    (how->flags & (O_CREAT | O_TRUNC)))
		return -EISDIR;
	err = synth_of(fs)->ops->list(fs, c, ent, &names);
	if (err == 0)
		err = names.err;
	if (err == 0)
		err = synth_image_dir(fs, ent, &names, fd);
	names_fini(&names);
	return err;
}

static int
open_text(struct fs *fs, const struct vfs_ctx *c, const struct synth_ent *ent,
	  int *fd)
{
	struct synth_text text = { 0 };
	int err;

	err = synth_of(fs)->ops->text(fs, c, ent, &text);
	if (err == 0)
		err = synth_image_file(fs, ent, &text, fd);
	text_fini(&text);
	return err;
}

static int
open_ent(struct fs *fs, const struct vfs_ctx *c, const struct synth_ent *ent,
	 const struct fs_open *how, int *fd)
{
	const uint64_t keep = O_ACCMODE | O_NONBLOCK | O_APPEND | O_TRUNC;
	bool writes = (how->flags & O_ACCMODE) != O_RDONLY ||
		      (how->flags & O_TRUNC);

	if ((how->flags & O_TMPFILE) == O_TMPFILE)
		return ent->kind == SYNTH_DIR ? -EOPNOTSUPP : -ENOTDIR;
	if ((how->flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return -EEXIST;
	if (synth_is_link(ent))
		return -ELOOP;
	if (ent->kind == SYNTH_DIR)
		return open_dir(fs, c, ent, how, fd);
	if (how->flags & O_DIRECTORY)
		return -ENOTDIR;
	if (S_ISCHR(ent->mode) && how->nodev)
		return -EACCES;
	if (writes && how->ro && !S_ISCHR(ent->mode))
		return -EROFS;
	if (writes && !ent->writable)
		return -EACCES;
	if (ent->kind == SYNTH_TEXT && !writes)
		return open_text(fs, c, ent, fd);
	return synth_of(fs)->ops->open(fs, c, ent,
				       (how->flags & keep) | O_NOCTTY, fd);
}

static int
synth_open(struct fs *fs, const struct vfs_ctx *c, struct node *base,
	   const char *rest, const struct fs_open *how, int *fd,
	   struct fs_stop *stop)
{
	bool excl = (how->flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
	bool creates = (how->flags & O_CREAT) &&
		       !(synth_of(fs)->ops->flags & SYNTH_CREATE_ENOENT);
	struct synth_walk w;
	int err;

	err = walk(fs, c, base, rest,
		   how->nofollow || excl ? FS_NOFOLLOW : 0, &w, stop);
	if (err == -ENOENT && creates && w.last)
		return -EACCES;
	if (err != 0)
		return err;
	stop->mode = w.at.mode & S_IFMT;
	if (w.dot && (how->flags & O_CREAT))
		return -EISDIR;
	return open_ent(fs, c, &w.at, how, fd);
}

static int
synth_open_obj(struct fs_obj *o, const struct vfs_ctx *c,
	       const struct fs_open *how, int *fd)
{
	struct synth_ent ent;
	int err = synth_describe_obj(o, &ent);

	return err < 0 ? err : open_ent(o->fs, c, &ent, how, fd);
}

/* ------------------------------------------------------------------ names */

static int
cannot_make(const struct fs_obj *dir)
{
	return synth_of(dir->fs)->ops->flags & SYNTH_CREATE_ENOENT ? -ENOENT :
								     -EPERM;
}

static int
synth_mkdir(struct fs_obj *dir, const struct vfs_ctx *c, const char *name,
	    mode_t mode)
{
	(void)c;
	(void)name;
	(void)mode;
	return cannot_make(dir);
}

static int
synth_mknod(struct fs_obj *dir, const struct vfs_ctx *c, const char *name,
	    mode_t mode, dev_t dev)
{
	(void)c;
	(void)name;
	(void)mode;
	(void)dev;
	return cannot_make(dir);
}

static int
synth_symlink(struct fs_obj *dir, const struct vfs_ctx *c, const char *name,
	      const char *target)
{
	(void)c;
	(void)name;
	(void)target;
	return cannot_make(dir);
}

/* Removing and renaming. */
static int
cannot_change(struct fs_obj *dir, const struct vfs_ctx *c)
{
	const struct synth_ops *ops = synth_of(dir->fs)->ops;
	struct synth_ent ent;
	int err;

	if (!ops->refuse)
		return -EPERM;
	err = synth_describe_obj(dir, &ent);
	return err < 0 ? err : ops->refuse(dir->fs, c, &ent);
}

static int
synth_unlink(struct fs_obj *dir, const struct vfs_ctx *c, const char *name,
	     int flags)
{
	(void)name;
	(void)flags;
	return cannot_change(dir, c);
}

static int
synth_rename(struct fs_obj *from, const char *from_name, struct fs_obj *to,
	     const char *to_name, const struct vfs_ctx *c, unsigned int flags)
{
	struct synth_ent dir, ent = { .mode = 0 };
	int err = synth_describe_obj(to, &dir);

	(void)from_name;
	(void)flags;
	if (err == 0 && (synth_of(to->fs)->ops->flags & SYNTH_CREATE_ENOENT))
		err = synth_of(to->fs)->ops->child(to->fs, c, &dir, to_name,
						   &ent);
	return err < 0 ? err : cannot_change(from, c);
}

static int
synth_link(struct fs_obj *o, struct fs_obj *dir, const char *name,
	   const struct vfs_ctx *c)
{
	(void)o;
	(void)name;
	(void)c;
	return cannot_make(dir);
}

/* ------------------------------------------------------------------ nodes */

static int
key_of_stat(struct fs *fs, const struct stat *st, uint64_t key[3])
{
	int err = synth_image_key(fs, st, key);

	if (err == -ESTALE && synth_of(fs)->ops->find)
		err = synth_of(fs)->ops->find(fs, st, key);
	return err;
}

/* A descriptor came from outside: what is it of? */
int
synth_identify(struct fs_obj *o)
{
	struct synth_ent ent;
	struct stat st;
	int err;

	if (o->fd < 0)
		return -ESTALE;
	err = host_fstat(o->fd, &st);
	if (err == 0)
		err = key_of_stat(o->fs, &st, o->key);
	if (err == 0)
		err = synth_describe(o->fs, o->key, &ent);
	if (err == 0)
		o->mode = ent.mode;
	return err;
}

static int
synth_node_obj(struct node *n, struct fs_obj *out)
{
	struct synth_ent ent;
	int err = synth_describe(n->fs, n->key, &ent);

	if (err == 0)
		make_obj(n->fs, &ent, out);
	return err;
}

ssize_t
synth_key_path(struct fs *fs, const uint64_t key[3], char *buf, size_t size)
{
	static const uint64_t root[3];
	uint64_t at[3], up[3];
	char name[NAME_MAX + 1];
	size_t start = size, len;
	int err;

	memcpy(at, key, sizeof(at));
	while (!synth_key_equal(at, root)) {
		err = synth_of(fs)->ops->parent(fs, at, up, name);
		if (err < 0)
			return err;
		len = strlen(name);
		if (start < len + 2)
			return -ERANGE;
		start -= len;
		memcpy(buf + start, name, len);
		buf[--start] = '/';
		memcpy(at, up, sizeof(at));
	}
	if (start == size) {
		if (size < 2)
			return -ERANGE;
		buf[--start] = '/';
	}
	len = size - start;
	memmove(buf, buf + start, len);
	if (len == size)
		return -ERANGE;
	buf[len] = '\0';
	return (ssize_t)len;
}

static ssize_t
synth_node_path(struct node *n, char *buf, size_t size, bool *deleted)
{
	const struct synth_ops *ops = synth_of(n->fs)->ops;
	ssize_t len = synth_key_path(n->fs, n->key, buf, size);

	if (len >= 0)
		*deleted = ops->alive && !ops->alive(n->fs, n->key);
	return len;
}

static int
synth_node_parent(struct node *n, const struct vfs_ctx *c, struct fs_obj *out)
{
	char name[NAME_MAX + 1];
	struct synth_ent ent;
	uint64_t up[3];
	int err;

	(void)c;
	err = synth_of(n->fs)->ops->parent(n->fs, n->key, up, name);
	if (err == 0)
		err = synth_describe(n->fs, up, &ent);
	if (err == 0)
		make_obj(n->fs, &ent, out);
	return err;
}

static bool
synth_owns_fd(struct fs *fs, int fd, const struct stat *st)
{
	uint64_t key[3];

	(void)fd;
	return key_of_stat(fs, st, key) == 0;
}

/* ----------------------------------------------------------- the instance */

static int
synth_show_options(struct fs *fs, char *buf, size_t size)
{
	if (synth_of(fs)->ops->show_options)
		return synth_of(fs)->ops->show_options(fs, buf, size);
	if (size)
		*buf = '\0';
	return 0;
}

static int
synth_reconfigure(struct fs *fs, const struct vfs_ctx *c, const char *data)
{
	if (synth_of(fs)->ops->reconfigure)
		return synth_of(fs)->ops->reconfigure(fs, c, data);
	return data && *data ? -EINVAL : 0;	/* there are no options */
}

static void
synth_free(struct fs *fs)
{
	struct synth *sy = synth_of(fs);

	if (sy->ops->free)
		sy->ops->free(fs);
	synth_images_fini(sy);
	pthread_mutex_destroy(&sy->lock);
	free(sy);
}

const struct fs_ops synth_fs_ops = {
	.lookup = synth_lookup,
	.open = synth_open,
	.open_obj = synth_open_obj,
	.identify = synth_identify,
	.stat = synth_stat,
	.statx = synth_statx,
	.access = synth_access,
	.readlink = synth_readlink,
	.chmod = synth_chmod,
	.chown = synth_chown,
	.utimens = synth_utimens,
	.truncate = synth_truncate,
	.listxattr = synth_listxattr,
	.statfs = synth_statfs,
	.path_fd = synth_path_fd,
	.mkdir = synth_mkdir,
	.mknod = synth_mknod,
	.symlink = synth_symlink,
	.unlink = synth_unlink,
	.rename = synth_rename,
	.link = synth_link,
	.node_obj = synth_node_obj,
	.node_path = synth_node_path,
	.node_parent = synth_node_parent,
	.owns_fd = synth_owns_fd,
	.show_options = synth_show_options,
	.reconfigure = synth_reconfigure,
	.free = synth_free,
};

static int
make_root(struct fs *fs, struct node **root)
{
	static const uint64_t key[3];
	struct synth_ent ent;
	struct fs_obj o;
	int err = synth_describe(fs, key, &ent);

	if (err < 0)
		return err;
	make_obj(fs, &ent, &o);
	err = node_for_obj(&o, &fs->root);
	if (err == 0)
		*root = node_get(fs->root);
	return err;
}

int
synth_fs_new(struct vfs *v, const struct fs_type *type,
	     const struct synth_ops *ops, struct synth_scratch *s,
	     unsigned long sb_flags, void *priv, struct fs **out,
	     struct node **root)
{
	struct synth *sy = calloc(1, sizeof(*sy));
	struct fs *fs;
	int err;

	if (!sy)
		return -ENOMEM;
	sy->ops = ops;
	sy->scratch = s;
	sy->uid = geteuid();
	sy->gid = getegid();
	pthread_mutex_init(&sy->lock, NULL);
	err = synth_images_init(sy);
	if (err < 0)
		goto free_synth;
	err = fs_new(v, type, &synth_fs_ops, s->dev, sb_flags, sy, &fs);
	if (err < 0)
		goto fini_images;
	sy->priv = priv;
	err = make_root(fs, root);
	if (err < 0) {
		sy->priv = NULL;
		fs_put(fs);		/* ops->free() sees no priv */
		return err;
	}
	*out = fs;
	return 0;

fini_images:
	synth_images_fini(sy);
free_synth:
	pthread_mutex_destroy(&sy->lock);
	free(sy);
	return err;
}
