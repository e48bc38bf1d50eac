/* SPDX-License-Identifier: Apache-2.0 */
/*
 * testfs_names.c - making, removing and moving names in testfs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <linux/fs.h>

#include "tests/unit/lib/testfs_priv.h"

static int
add_name(struct fs_obj *dir, const char *name, mode_t mode,
	 struct tnode **out)
{
	struct tnode *d = tnode_of(dir);
	struct testfs *t;
	int ret = 0;

	if (!S_ISDIR(d->mode))
		return -ENOTDIR;
	t = testfs_lock(dir->fs);
	if (tnode_child(d, name, strlen(name)))
		ret = -EEXIST;
	else if (!(d->mode & 0222))
		ret = -EACCES;
	else
		*out = tnode_new(t, d, name, mode);
	pthread_mutex_unlock(&t->lock);
	return ret;
}

int
testfs_mkdir(struct fs_obj *dir, const struct vfs_ctx *c, const char *name,
	mode_t mode)
{
	struct tnode *n;

	(void)c;
	return add_name(dir, name, S_IFDIR | mode, &n);
}

int
testfs_mknod(struct fs_obj *dir, const struct vfs_ctx *c, const char *name,
	mode_t mode, dev_t dev)
{
	struct tnode *n;

	(void)c;
	(void)dev;
	return add_name(dir, name, mode, &n);
}

int
testfs_symlink(struct fs_obj *dir, const struct vfs_ctx *c, const char *name,
	  const char *target)
{
	struct tnode *n;
	int ret = add_name(dir, name, S_IFLNK | 0777, &n);

	(void)c;
	if (ret == 0)
		n->target = strdup(target);
	return ret;
}

static void
drop(struct tnode *n)
{
	TAILQ_REMOVE(&n->parent->children, n, sibling);
	n->gone = true;
}

int
testfs_unlink(struct fs_obj *dir, const struct vfs_ctx *c, const char *name,
	 int flags)
{
	struct testfs *t = testfs_lock(dir->fs);
	struct tnode *n = tnode_child(tnode_of(dir), name, strlen(name));
	bool rmdir = flags & AT_REMOVEDIR;
	int ret = 0;

	(void)c;
	if (!n)
		ret = -ENOENT;
	else if (rmdir && !S_ISDIR(n->mode))
		ret = -ENOTDIR;
	else if (!rmdir && S_ISDIR(n->mode))
		ret = -EISDIR;
	else if (!TAILQ_EMPTY(&n->children))
		ret = -ENOTEMPTY;
	else
		drop(n);
	pthread_mutex_unlock(&t->lock);
	return ret;
}

int
testfs_rename(struct fs_obj *from, const char *from_name, struct fs_obj *to,
	 const char *to_name, const struct vfs_ctx *c, unsigned int flags)
{
	struct tnode *a, *b, *from_dir = tnode_of(from), *to_dir = tnode_of(to);
	struct testfs *t = testfs_lock(from->fs);
	int ret = 0;

	(void)c;
	a = tnode_child(from_dir, from_name, strlen(from_name));
	b = tnode_child(to_dir, to_name, strlen(to_name));
	if (!a || ((flags & RENAME_EXCHANGE) && !b)) {
		ret = -ENOENT;
		goto out;
	}
	TAILQ_REMOVE(&from_dir->children, a, sibling);
	if (b && (flags & RENAME_EXCHANGE)) {
		TAILQ_REMOVE(&to_dir->children, b, sibling);
		free(b->name);
		b->name = strdup(from_name);
		b->parent = from_dir;
		TAILQ_INSERT_TAIL(&from_dir->children, b, sibling);
	} else if (b) {
		drop(b);
	}
	free(a->name);
	a->name = strdup(to_name);
	a->parent = to_dir;
	TAILQ_INSERT_TAIL(&to_dir->children, a, sibling);
out:
	pthread_mutex_unlock(&t->lock);
	return ret;
}

int
testfs_link(struct fs_obj *o, struct fs_obj *dir, const char *name,
       const struct vfs_ctx *c)
{
	struct tnode *n;

	(void)c;
	if (S_ISDIR(tnode_of(o)->mode))
		return -EPERM;
	return add_name(dir, name, tnode_of(o)->mode, &n);
}
