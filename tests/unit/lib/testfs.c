/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/lib/testfs.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/lib/testfs_priv.h"

_Atomic unsigned long testfs_calls;
_Thread_local char testfs_last_rest[256];

static _Atomic uint64_t next_ino = 100;

/* ------------------------------------------------------------- the tree */

struct tnode *
tnode_new(struct testfs *t, struct tnode *parent, const char *name,
	  mode_t mode)
{
	struct tnode *n = calloc(1, sizeof(*n));

	assert(n);
	TAILQ_INIT(&n->children);
	n->parent = parent;
	n->name = strdup(name);
	n->mode = mode;
	n->ino = atomic_fetch_add(&next_ino, 1);
	n->jump_fd = -1;
	n->fd = -1;
	TAILQ_INSERT_TAIL(&t->all, n, all);
	if (parent)
		TAILQ_INSERT_TAIL(&parent->children, n, sibling);
	return n;
}

struct tnode *
tnode_child(struct tnode *dir, const char *name, size_t len)
{
	struct tnode *n;

	TAILQ_FOREACH(n, &dir->children, sibling)
		if (strlen(n->name) == len && !memcmp(n->name, name, len))
			return n;
	return NULL;
}

static struct tnode *
make_path(struct testfs *t, const char *path, mode_t mode)
{
	struct tnode *dir = t->root, *n = dir;

	while (*path) {
		size_t len = strcspn(path, "/");
		char name[256];

		memcpy(name, path, len);
		name[len] = '\0';
		path += len;
		while (*path == '/')
			path++;
		n = tnode_child(dir, name, len);
		if (!n)
			n = tnode_new(t, dir, name,
				      *path ? S_IFDIR | 0755 : mode);
		dir = n;
	}
	return n;
}

static void
make_line(struct testfs *t, char *line)
{
	static const struct { char c; mode_t mode; } types[] = {
		{ 'd', S_IFDIR | 0755 }, { 'f', S_IFREG | 0644 },
		{ 'p', S_IFIFO | 0644 }, { 'c', S_IFCHR | 0644 },
		{ 'l', S_IFLNK | 0777 },
	};
	char *path = line + 2, *arg = strchr(path, ' ');
	struct tnode *n;

	if (arg)
		*arg++ = '\0';
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (line[0] != types[i].c)
			continue;
		n = make_path(t, path, types[i].mode);
		if (line[0] == 'l')
			n->target = strdup(arg);
		else if (arg)
			n->mode = (n->mode & S_IFMT) |
				  (mode_t)strtoul(arg, NULL, 8);
	}
}

static void
make_tree(struct testfs *t, const char *contents)
{
	char *copy = strdup(contents), *next = copy, *line;

	while ((line = strsep(&next, ";"))) {
		while (*line == ' ')
			line++;
		if (*line)
			make_line(t, line);
	}
	free(copy);
}

/* ------------------------------------------------------------ operations */

struct tnode *
tnode_of(const struct fs_obj *o)
{
	return (struct tnode *)(uintptr_t)o->key[1];
}

static void
obj_of(struct fs *fs, struct tnode *n, struct fs_obj *o)
{
	memset(o, 0, sizeof(*o));
	o->fs = fs;
	o->fd = -1;
	o->mode = n->mode & S_IFMT;
	o->key[0] = n->ino;
	o->key[1] = (uintptr_t)n;
}

static int
stop_at(struct tnode *n, const char *rest, const char *p, size_t len,
	struct fs_stop *stop)
{
	stop->consumed = (size_t)(p - rest) + len;
	stop->dir_len = p > rest ? (size_t)(p - rest) - 1 : 0;
	if (n->target) {
		stop->target = strdup(n->target);
		return FS_LINK;
	}
	if (n->jump) {
		stop->jump.mnt = mount_get(n->jump->mnt);
		stop->jump.node = node_get(n->jump->node);
	} else {
		stop->jump_fd = fcntl(n->jump_fd, F_DUPFD_CLOEXEC, 3);
	}
	return FS_JUMP;
}

/* 0 with *out, FS_LINK, FS_JUMP, -errno; *dir and *name of the last step. */
static int
find(struct tnode *n, const char *rest, bool nofollow, struct tnode **out,
     struct fs_stop *stop, struct tnode **dir, const char **name)
{
	const char *p = rest;

	atomic_fetch_add(&testfs_calls, 1);
	snprintf(testfs_last_rest, sizeof(testfs_last_rest), "%s", rest);
	while (*p) {
		size_t len = strcspn(p, "/");
		struct tnode *next;

		assert(len > 0 && !(len == 1 && *p == '.' && p[1]));
		if (!S_ISDIR(n->mode))
			return -ENOTDIR;
		if (!(n->mode & 0111))
			return -EACCES;
		if (len > 255)
			return -ENAMETOOLONG;
		if (dir)
			*dir = n;
		if (name)
			*name = p;
		if (len == 1 && *p == '.')
			next = n;
		else if (len == 2 && !memcmp(p, "..", 2))
			next = n->parent ? n->parent : n;
		else
			next = tnode_child(n, p, len);
		if (!next)
			return -ENOENT;
		if (S_ISLNK(next->mode) && (p[len] || !nofollow))
			return stop_at(next, rest, p, len, stop);
		n = next;
		p += len;
		if (*p == '/')
			p++;
	}
	*out = n;
	return 0;
}

struct testfs *
testfs_lock(struct fs *fs)
{
	struct testfs *t = fs->priv;

	pthread_mutex_lock(&t->lock);
	return t;
}

static int
t_lookup(struct fs *fs, const struct vfs_ctx *c, struct node *base,
	 const char *rest, unsigned int how, struct fs_obj *out,
	 struct fs_stop *stop)
{
	struct testfs *t = testfs_lock(fs);
	struct tnode *n = NULL;
	int ret = find(base->priv, rest, how & FS_NOFOLLOW, &n, stop, NULL,
		       NULL);

	(void)c;
	if (ret == 0 && (how & FS_DIRECTORY) && !S_ISDIR(n->mode))
		ret = -ENOTDIR;
	if (ret == 0)
		obj_of(fs, n, out);
	pthread_mutex_unlock(&t->lock);
	return ret;
}

static int
tnode_fd(struct tnode *n)
{
	if (n->fd < 0)
		n->fd = memfd_create("testfs", MFD_CLOEXEC);
	return fcntl(n->fd, F_DUPFD_CLOEXEC, 3);
}

static int
open_tnode(struct tnode *n, const struct fs_open *how, int *fd)
{
	uint64_t acc = how->flags & O_ACCMODE;
	bool writes = acc != O_RDONLY;

	if (S_ISLNK(n->mode))
		return -ELOOP;
	if (S_ISDIR(n->mode) && (writes || (how->flags & O_CREAT)))
		return -EISDIR;
	if (!S_ISDIR(n->mode) && (how->flags & O_DIRECTORY))
		return -ENOTDIR;
	if (S_ISCHR(n->mode) && how->nodev)
		return -EACCES;
	if (S_ISFIFO(n->mode) && how->noblock)
		return FS_BLOCK;
	if (how->ro && S_ISREG(n->mode) && (writes || (how->flags & O_TRUNC)))
		return -EROFS;
	*fd = tnode_fd(n);
	return *fd < 0 ? -errno : 0;
}

static int
t_open(struct fs *fs, const struct vfs_ctx *c, struct node *base,
       const char *rest, const struct fs_open *how, int *fd,
       struct fs_stop *stop)
{
	struct testfs *t = testfs_lock(fs);
	struct tnode *n = NULL, *dir = NULL;
	const char *name = NULL;
	int ret = find(base->priv, rest, how->nofollow, &n, stop, &dir,
		       &name);

	(void)c;
	assert(!(how->ro && (how->flags & O_CREAT)));
	if (ret == 0 && (how->flags & O_CREAT) && (how->flags & O_EXCL))
		ret = -EEXIST;
	if (ret == -ENOENT && (how->flags & O_CREAT) && !strchr(name, '/')) {
		n = tnode_new(t, dir, name, S_IFREG | how->mode);
		ret = 0;
	}
	if (ret == 0)
		ret = open_tnode(n, how, fd);
	if (ret == 0)
		stop->mode = n->mode;
	pthread_mutex_unlock(&t->lock);
	return ret;
}

static int
t_open_obj(struct fs_obj *o, const struct vfs_ctx *c,
	   const struct fs_open *how, int *fd)
{
	(void)c;
	return open_tnode(tnode_of(o), how, fd);
}

static int
t_may_search(struct node *n, const struct vfs_ctx *c)
{
	struct tnode *t = n->priv;

	(void)c;
	return (t->mode & 0111) ? 0 : -EACCES;
}

static int
t_identify(struct fs_obj *o)
{
	struct testfs *t = testfs_lock(o->fs);
	struct stat st, of;
	struct tnode *n;
	int ret = -ESTALE;

	fstat(o->fd, &st);
	TAILQ_FOREACH(n, &t->all, all) {
		if (n->fd >= 0 && fstat(n->fd, &of) == 0 &&
		    of.st_ino == st.st_ino && of.st_dev == st.st_dev) {
			o->mode = n->mode & S_IFMT;
			o->key[0] = n->ino;
			o->key[1] = (uintptr_t)n;
			ret = 0;
		}
	}
	pthread_mutex_unlock(&t->lock);
	return ret;
}

static bool
t_owns_fd(struct fs *fs, int fd, const struct stat *st)
{
	struct fs_obj o = { .fs = fs, .fd = fd };

	(void)st;
	return t_identify(&o) == 0;
}

static int
t_stat(struct fs_obj *o, const struct vfs_ctx *c, struct stat *st)
{
	(void)c;
	memset(st, 0, sizeof(*st));
	st->st_dev = o->fs->dev;
	st->st_ino = tnode_of(o)->ino;
	st->st_mode = tnode_of(o)->mode;
	return 0;
}

static int
t_statx(struct fs_obj *o, const struct vfs_ctx *c, unsigned int at_flags,
	unsigned int mask, struct statx *stx)
{
	(void)c;
	(void)at_flags;
	(void)mask;
	memset(stx, 0, sizeof(*stx));
	stx->stx_mask = STATX_TYPE | STATX_INO;
	stx->stx_ino = tnode_of(o)->ino;
	stx->stx_mode = (uint16_t)tnode_of(o)->mode;
	return 0;
}

static int
t_access(struct fs_obj *o, const struct vfs_ctx *c, int mode)
{
	mode_t have = tnode_of(o)->mode;

	(void)c;
	if (((mode & R_OK) && !(have & 0444)) ||
	    ((mode & W_OK) && !(have & 0222)) ||
	    ((mode & X_OK) && !(have & 0111)))
		return -EACCES;
	return 0;
}

static ssize_t
t_readlink(struct fs_obj *o, const struct vfs_ctx *c, char *buf, size_t size)
{
	const char *target = tnode_of(o)->target;
	size_t len;

	(void)c;
	if (!target)
		return -EINVAL;
	len = strlen(target);
	memcpy(buf, target, len < size ? len : size);
	return (ssize_t)(len < size ? len : size);
}

static int
t_chmod(struct fs_obj *o, const struct vfs_ctx *c, mode_t mode)
{
	struct tnode *n = tnode_of(o);

	(void)c;
	n->mode = (n->mode & S_IFMT) | mode;
	return 0;
}

static int
t_statfs(struct fs_obj *o, const struct vfs_ctx *c, struct statfs *sf)
{
	(void)o;
	(void)c;
	memset(sf, 0, sizeof(*sf));
	return 0;
}

static int
t_path_fd(struct fs_obj *o, const struct vfs_ctx *c, int *fd)
{
	(void)c;
	*fd = tnode_fd(tnode_of(o));
	return *fd < 0 ? -errno : 0;
}

/* ----------------------------------------------------------------- nodes */

static int
t_node_init(struct node *n, struct fs_obj *o)
{
	n->priv = tnode_of(o);
	return 0;
}

static int
t_node_obj(struct node *n, struct fs_obj *out)
{
	obj_of(n->fs, n->priv, out);
	return 0;
}

static ssize_t
t_node_path(struct node *n, char *buf, size_t size, bool *deleted)
{
	struct testfs *t = testfs_lock(n->fs);
	struct tnode *p = n->priv;
	char text[1024], *s = text + sizeof(text);
	size_t len;

	*deleted = p->gone;
	for (; p->parent; p = p->parent) {
		len = strlen(p->name);
		s -= len + 1;
		*s = '/';
		memcpy(s + 1, p->name, len);
	}
	pthread_mutex_unlock(&t->lock);
	len = (size_t)(text + sizeof(text) - s);
	if (len == 0) {
		*--s = '/';
		len = 1;
	}
	if (len > size)
		return -ERANGE;
	memcpy(buf, s, len);
	return (ssize_t)len;
}

static int
t_node_parent(struct node *n, const struct vfs_ctx *c, struct fs_obj *out)
{
	struct testfs *t = testfs_lock(n->fs);
	struct tnode *p = n->priv;
	int ret = 0;

	(void)c;
	if (!(p->mode & 0111))
		ret = -EACCES;
	else if (!p->parent)
		ret = -ENOENT;
	else
		obj_of(n->fs, p->parent, out);
	pthread_mutex_unlock(&t->lock);
	return ret;
}

static void
t_free(struct fs *fs)
{
	struct testfs *t = fs->priv;
	struct tnode *n;

	while ((n = TAILQ_FIRST(&t->all))) {
		TAILQ_REMOVE(&t->all, n, all);
		if (n->fd >= 0)
			close(n->fd);
		free(n->name);
		free(n->target);
		free(n);
	}
	vfs_anon_dev_free(fs->vfs, fs->dev);
	free(t);
}

static const struct fs_ops t_ops = {
	.lookup = t_lookup, .open = t_open, .open_obj = t_open_obj,
	.may_search = t_may_search, .identify = t_identify, .stat = t_stat,
	.statx = t_statx, .access = t_access, .readlink = t_readlink,
	.chmod = t_chmod, .statfs = t_statfs, .path_fd = t_path_fd,
	.mkdir = testfs_mkdir, .mknod = testfs_mknod,
	.symlink = testfs_symlink, .unlink = testfs_unlink,
	.rename = testfs_rename, .link = testfs_link,
	.node_init = t_node_init, .node_obj = t_node_obj,
	.node_path = t_node_path, .node_parent = t_node_parent,
	.owns_fd = t_owns_fd, .free = t_free,
};

static int
t_get_tree(const struct fs_type *type, struct vfs *v, const struct vfs_ctx *c,
	   const char *source, unsigned long sb_flags, const char *data,
	   const void *fs_data, struct fs **out, struct node **root)
{
	struct testfs *t;
	struct fs_obj o;
	int err;

	(void)c;
	(void)source;
	if (data && strcmp(data, "ok") != 0)
		return -EINVAL;
	t = calloc(1, sizeof(*t));
	pthread_mutex_init(&t->lock, NULL);
	TAILQ_INIT(&t->all);
	t->root = tnode_new(t, NULL, "", S_IFDIR | 0755);
	if (fs_data)
		make_tree(t, fs_data);
	err = fs_new(v, type, &t_ops, vfs_anon_dev_alloc(v), sb_flags, t, out);
	assert(err == 0);
	obj_of(*out, t->root, &o);
	err = node_for_obj(&o, &(*out)->root);
	assert(err == 0);
	*root = node_get((*out)->root);
	return 0;
}

static int
t_check_param(const struct fs_type *type, const struct vfs_ctx *c,
	      const struct fs_param *p, struct fs_log *log)
{
	static const struct fs_spec specs[] = {
		{ "ok", FS_TAKES_NOTHING }, { NULL, FS_TAKES_NOTHING },
	};

	(void)type;
	(void)c;
	return fs_param_check(specs, p, log);
}

const struct fs_type testfs_type = {
	.name = "testfs", .flags = FST_NODEV | FST_USERNS,
	.get_tree = t_get_tree, .check_param = t_check_param,
};

const struct fs_type testfs2_type = {
	.name = "testfs2", .flags = FST_NODEV, .get_tree = t_get_tree,
};

/* -------------------------------------------------------------- magic */

static struct tnode *
magic_new(struct world *w, const char *path)
{
	struct fs *fs = w->root.mnt->fs;
	struct testfs *t = testfs_lock(fs);
	struct tnode *n = make_path(t, path, S_IFLNK | 0777);

	pthread_mutex_unlock(&t->lock);
	return n;
}

void
world_magic(struct world *w, const char *path, const struct path *place)
{
	magic_new(w, path)->jump = place;
}

void
world_magic_fd(struct world *w, const char *path, int fd)
{
	magic_new(w, path)->jump_fd = fd;
}
