/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dpath.c - from a place to its path.  As prepend_path() in fs/d_path.c: up
 * from directory to directory and from mount to mount, until the root.
 *
 * The nodes at mount points are in the sparse tree and know their names; for
 * a place outside of it the filesystem is asked, once.
 */
#include "vfs/dpath.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "include/auto.h"
#include "vfs/attach.h"
#include "vfs/node_tree.h"

void
dpath_fini(struct dpath *d)
{
	free(d->buf);
	memset(d, 0, sizeof(*d));
}

void
dpath_reset(struct dpath *d)
{
	d->start = d->size;
}

/* Room for `len` more bytes and a terminator. */
static int
reserve(struct dpath *d, size_t len)
{
	size_t used = d->size - d->start, size = d->size ? d->size : 256;
	char *buf;

	if (d->start > len)
		return 0;
	while (size <= used + len + 1)
		size *= 2;
	buf = malloc(size);
	if (!buf) {
		d->failed = true;
		return -ENOMEM;
	}
	if (used)
		memcpy(buf + size - used, d->buf + d->start, used);
	else
		used = 1;	/* the terminator */
	buf[size - 1] = '\0';
	free(d->buf);
	d->buf = buf;
	d->size = size;
	d->start = size - used;
	return 0;
}

static void
prepend(struct dpath *d, const char *s, size_t len)
{
	if (d->start == d->size && d->size) {
		d->start--;
		d->buf[d->start] = '\0';
	}
	if (reserve(d, len) < 0)
		return;
	d->start -= len;
	memcpy(d->buf + d->start, s, len);
}

const char *
dpath_text(struct dpath *d)
{
	if (!d->buf || d->start >= d->size - 1)
		prepend(d, "/", 1);
	return d->failed ? "/" : d->buf + d->start;
}

/* What an ascent within one mount came to. */
enum climb { CLIMB_MOUNT_ROOT, CLIMB_ROOT, CLIMB_NO_TREE, CLIMB_ESCAPED };

/* Through the sparse tree; nothing is written if `n` is not linked. */
static enum climb
climb_tree(struct dpath *d, const struct path *root, struct mount *m,
	   struct node *n)
{
	struct fs *fs = n->fs;
	enum climb how = CLIMB_ESCAPED;

	if (n != fs->root && n != m->root && !n->name)
		return CLIMB_NO_TREE;
	for (;;) {
		if (m == root->mnt && n == root->node) {
			how = CLIMB_ROOT;
			break;
		}
		if (n == m->root) {
			how = CLIMB_MOUNT_ROOT;
			break;
		}
		if (n == fs->root || !n->name)
			break;
		prepend(d, n->name, strlen(n->name));
		prepend(d, "/", 1);
		n = n->parent;
	}
	return how;
}

/* Is `top` `path` itself or above it?  Then *below gets what follows. */
static bool
path_below(const char *path, const char *top, const char **below)
{
	size_t len = strcmp(top, "/") == 0 ? 0 : strlen(top);

	if (strncmp(path, top, len) != 0 || (path[len] && path[len] != '/'))
		return false;
	*below = strcmp(path, "/") == 0 ? "" : path + len;
	return true;
}

/* By the strings that the filesystem knows. */
static int
climb_text(struct dpath *d, const struct path *root, struct mount *m,
	   struct node *n, bool *gone)
{
	AUTO_FREE char *path = NULL;
	AUTO_FREE char *top = NULL;
	AUTO_FREE char *stop = NULL;
	const char *below;
	bool ignored;
	int err;

	err = node_fs_path(n, &path, gone);
	if (err == 0)
		err = node_fs_path(m->root, &top, &ignored);
	if (err == 0 && m == root->mnt)
		err = node_fs_path(root->node, &stop, &ignored);
	if (err < 0)
		return err;
	if (stop && path_below(path, stop, &below)) {
		prepend(d, below, strlen(below));
		return CLIMB_ROOT;
	}
	if (path_below(path, top, &below)) {
		prepend(d, below, strlen(below));
		return CLIMB_MOUNT_ROOT;
	}
	prepend(d, path, strlen(path));
	return CLIMB_ESCAPED;
}

static int
climb(struct dpath *d, const struct path *root, struct mount *m,
      struct node *n, bool *gone)
{
	int how;

	if (m == root->mnt && node_same(n, root->node))
		return CLIMB_ROOT;
	if (node_same(n, m->root))
		return CLIMB_MOUNT_ROOT;
	pthread_mutex_lock(&n->fs->node_lock);
	how = climb_tree(d, root, m, n);
	pthread_mutex_unlock(&n->fs->node_lock);
	return how == CLIMB_NO_TREE ? climb_text(d, root, m, n, gone) : how;
}

int
dpath_build_locked(struct dpath *d, const struct path *root, struct mount *m,
		   struct node *n, bool *gone)
{
	bool ignored;

	*gone = atomic_load(&n->unlinked);
	for (;;) {
		int how = climb(d, root, m, n, gone);

		if (how < 0)
			return how;
		if (d->failed)
			return -ENOMEM;
		if (how == CLIMB_ROOT)
			return DPATH_AT_ROOT;
		if (how == CLIMB_ESCAPED)
			return DPATH_DETACHED;
		if (!mount_parent_locked(m))
			return m->ns ? DPATH_AT_NS : DPATH_DETACHED;
		n = mount_point_locked(m);
		m = mount_parent_locked(m);
		gone = &ignored;
	}
}

/* The way up does not look at where a mount or the view begins. */
static bool
start_is_gone(const struct vfs_ctx *c, const struct path *p)
{
	return (node_same(p->node, p->mnt->root) ||
		node_same(p->node, c->root.node)) && node_is_gone(p->node);
}

ssize_t
vfs_dpath(const struct vfs_ctx *c, const struct path *p, char *buf,
	  size_t size, unsigned int flags)
{
	struct dpath d = { .buf = NULL };
	bool magic = flags & DPATH_DELETED_OK, gone = false;
	const char *before = "", *after = "", *text;
	ssize_t ret;
	int end;

	vfs_lock(c->vfs);
	end = dpath_build_locked(&d, &c->root, p->mnt, p->node, &gone);
	vfs_unlock(c->vfs);
	if (end < 0) {
		ret = end;
		goto out;
	}
	gone = gone || start_is_gone(c, p);
	ret = -ENOENT;
	if (gone && !magic)
		goto out;
	if (end != DPATH_AT_ROOT && !magic)
		before = "(unreachable)";
	if (gone)
		after = " (deleted)";
	text = dpath_text(&d);
	ret = (ssize_t)(strlen(before) + strlen(text) + strlen(after));
	if ((size_t)ret >= size)
		ret = -ERANGE;
	else
		stpcpy(stpcpy(stpcpy(buf, before), text), after);
out:
	dpath_fini(&d);
	return ret;
}
