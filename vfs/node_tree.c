/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_tree.c - the sparse tree: where mount points are, by name.
 */
#include "vfs/node_tree.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "include/auto.h"
#include "vfs/mount.h"

static uint32_t
name_hash(const struct node *parent, const char *name, size_t len)
{
	uint64_t h = (uintptr_t)parent * UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * UINT64_C(0x100000001b3);
	return (uint32_t)(h ^ (h >> 32));
}

/* ------------------------------------------------------------- finding */

static struct node *
child_locked(struct node *dir, const char *name, size_t len)
{
	struct fs *fs = dir->fs;
	uint32_t h = name_hash(dir, name, len);
	struct node *n;

	LIST_FOREACH(n, &fs->by_name[h & (fs->hash_size - 1)], name_link)
		if (n->name_hash == h && n->parent == dir &&
		    strncmp(n->name, name, len) == 0 && !n->name[len])
			return n;
	return NULL;
}

int
node_step(struct node *dir, const struct vfs_ctx *c, const char *name,
	  size_t len, struct node **out)
{
	const struct fs_ops *ops = dir->fs->ops;
	struct node *n;
	int ret = 0;

	pthread_mutex_lock(&dir->fs->node_lock);
	n = child_locked(dir, name, len);
	if (n && ops->may_search)
		ret = ops->may_search(dir, c);
	if (n && ret == 0) {
		*out = node_get(n);
		ret = 1;
	}
	pthread_mutex_unlock(&dir->fs->node_lock);
	return ret;
}

int
node_may_search(struct node *dir, const struct vfs_ctx *c)
{
	int ret;

	if (!dir->fs->ops->may_search)
		return 0;
	pthread_mutex_lock(&dir->fs->node_lock);
	ret = dir->fs->ops->may_search(dir, c);
	pthread_mutex_unlock(&dir->fs->node_lock);
	return ret;
}

struct node *
node_child_get(struct node *dir, const char *name, size_t len)
{
	struct node *n;

	pthread_mutex_lock(&dir->fs->node_lock);
	n = child_locked(dir, name, len);
	if (n)
		node_get(n);
	pthread_mutex_unlock(&dir->fs->node_lock);
	return n;
}

struct node *
node_tree_parent_get(struct node *n)
{
	struct node *parent;

	pthread_mutex_lock(&n->fs->node_lock);
	parent = n->parent ? node_get(n->parent) : NULL;
	pthread_mutex_unlock(&n->fs->node_lock);
	return parent;
}

/* ------------------------------------------------------------- linking */

/* Takes the string `name`, and a reference to each of `n` and `parent`. */
static void
link_locked(struct node *n, struct node *parent, char *name)
{
	struct fs *fs = n->fs;

	n->parent = node_get(parent);
	n->name = name;
	n->name_hash = name_hash(parent, name, strlen(name));
	LIST_INSERT_HEAD(&fs->by_name[n->name_hash & (fs->hash_size - 1)], n,
			 name_link);
	node_get(n);
}

/* The references to the parent (returned) and of the tree to `n` are the
 * caller's to drop, after node_lock. */
static struct node *
unlink_locked(struct node *n)
{
	struct node *parent = n->parent;

	LIST_REMOVE(n, name_link);
	free(n->name);
	n->name = NULL;
	n->parent = NULL;
	return parent;
}

/* Adds k mounts to `n` and all its ancestors. */
static void
count_up_locked(struct node *n, unsigned int k)
{
	for (; n; n = n->parent)
		atomic_fetch_add(&n->below, k);
}

/*
 * Takes k mounts off `n` and its ancestors, unlinking who has none left.
 * One node_lock hold per node, so that dropped references can go in between;
 * a rename in between moves what is counted with what it moves.
 */
static void
count_down(struct node *n, unsigned int k)
{
	struct fs *fs = n->fs;

	node_get(n);
	while (n) {
		struct node *parent, *gone = NULL;

		pthread_mutex_lock(&fs->node_lock);
		if (atomic_fetch_sub(&n->below, k) == k && n->name) {
			parent = unlink_locked(n);
			gone = n;
		} else {
			parent = n->parent ? node_get(n->parent) : NULL;
		}
		pthread_mutex_unlock(&fs->node_lock);
		if (gone)
			node_put(gone);
		node_put(n);
		n = parent;
	}
}

/* Drops links that carry nothing, from `n` upwards. */
static void
trim(struct node *n)
{
	count_down(n, 0);
}

static bool
is_linked(struct node *n)
{
	bool yes;

	pthread_mutex_lock(&n->fs->node_lock);
	yes = n == n->fs->root || n->name;
	pthread_mutex_unlock(&n->fs->node_lock);
	return yes;
}

/*
 * The node for component `name` of `dir`, linked; `last` (may be NULL) is
 * what it is known to be.  *out counted.
 */
static int
link_component(struct node *dir, const struct vfs_ctx *c, const char *name,
	       struct node *last, struct node **out)
{
	struct fs *fs = dir->fs;
	struct fs_stop stop = { .jump_fd = -1 };
	struct fs_obj o = { .fs = fs, .fd = -1 };
	struct node *n;
	char *copy;
	int err;

	*out = node_child_get(dir, name, strlen(name));
	if (*out)
		return 0;
	if (last) {
		n = node_get(last);
	} else {
		err = fs->ops->lookup(fs, c, dir, name,
				      FS_NOFOLLOW | FS_DIRECTORY, &o, &stop);
		if (err)
			return err < 0 ? err : -ENOENT;
		err = node_for_obj(&o, &n);
		fs_obj_fini(&o);
		if (err < 0)
			return err;
	}
	copy = strdup(name);
	if (!copy) {
		node_put(n);
		return -ENOMEM;
	}
	pthread_mutex_lock(&fs->node_lock);
	if (n->name || n == fs->root) {
		/* linked under another name: moved behind our back */
		pthread_mutex_unlock(&fs->node_lock);
		free(copy);
		node_put(n);
		return -ESTALE;
	}
	link_locked(n, dir, copy);
	pthread_mutex_unlock(&fs->node_lock);
	*out = n;
	return 0;
}

/* Links every component of `path` from the root down; *out counted. */
static int
link_path(struct node *n, const struct vfs_ctx *c, char *path,
	  struct node **out)
{
	struct node *dir = node_get(n->fs->root);
	char *name, *save = NULL;
	int err;

	for (name = strtok_r(path, "/", &save); name; ) {
		char *next = strtok_r(NULL, "/", &save);
		struct node *child = NULL;

		err = link_component(dir, c, name, next ? NULL : n, &child);
		if (err < 0) {
			trim(dir);
			node_put(dir);
			return err;
		}
		node_put(dir);
		dir = child;
		name = next;
	}
	if (dir != n && (S_ISDIR(n->type) || !node_same(dir, n))) {
		trim(dir);
		node_put(dir);
		return -ESTALE;
	}
	*out = dir;
	return 0;
}

int
node_pin(struct node *n, const struct vfs_ctx *c, struct node **point)
{
	AUTO_FREE char *path = NULL;
	struct node *found;
	bool deleted = false;
	int err;

	if (atomic_load(&n->unlinked))
		return -ENOENT;
	if (is_linked(n)) {
		found = node_get(n);
	} else {
		err = node_fs_path(n, &path, &deleted);
		if (err < 0)
			return err;
		if (deleted)
			return -ENOENT;
		err = link_path(n, c, path, &found);
		if (err < 0)
			return err;
	}
	pthread_mutex_lock(&n->fs->node_lock);
	count_up_locked(found, 1);
	pthread_mutex_unlock(&n->fs->node_lock);
	*point = found;
	return 0;
}

void
node_unpin(struct node *n)
{
	count_down(n, 1);
	node_put(n);
}

/* -------------------------------------------------------------- renames */

/* Moves linked `n` (borrowed) below `to`, which is linked and pinned. */
static void
move_node(struct node *n, struct node *to, char *name)
{
	struct fs *fs = n->fs;
	struct node *old;
	unsigned int k;

	pthread_mutex_lock(&fs->node_lock);
	k = atomic_load(&n->below);
	old = unlink_locked(n);
	link_locked(n, to, name);
	count_up_locked(to, k);
	pthread_mutex_unlock(&fs->node_lock);
	node_put(n);			/* the old link's */
	count_down(old, k);
	node_put(old);
}

/* What is linked at (dir, name) has been removed: its mounts stay attached
 * to a node without a name. */
static void
forget_node(struct node *n)
{
	struct fs *fs = n->fs;
	struct node *old = NULL;
	unsigned int k = 0;

	atomic_store(&n->unlinked, true);
	pthread_mutex_lock(&fs->node_lock);
	if (n->name) {
		k = atomic_load(&n->below);
		old = unlink_locked(n);
	}
	pthread_mutex_unlock(&fs->node_lock);
	if (old) {
		count_down(old, k);
		node_put(old);
		node_put(n);
	}
}

void
node_tree_rename(struct node *from, const char *from_name, struct node *to,
		 const char *to_name, bool swap, const struct vfs_ctx *c)
{
	struct node *a, *b, *pin_to = NULL, *pin_from = NULL;
	char *name_a = strdup(to_name), *name_b = strdup(from_name);

	a = from ? node_child_get(from, from_name, strlen(from_name)) : NULL;
	b = to ? node_child_get(to, to_name, strlen(to_name)) : NULL;
	if (!name_a || !name_b || a == b)
		goto out;
	if ((a && (!to || node_pin(to, c, &pin_to) < 0)) ||
	    (b && swap && (!from || node_pin(from, c, &pin_from) < 0)))
		goto out;
	if (b && !swap)
		forget_node(b);
	if (b && swap)
		move_node(b, pin_from, steal_ptr(&name_b));
	if (a)
		move_node(a, pin_to, steal_ptr(&name_a));
out:
	if (pin_to)
		node_unpin(pin_to);
	if (pin_from)
		node_unpin(pin_from);
	if (a)
		node_put(a);
	if (b)
		node_put(b);
	free(name_a);
	free(name_b);
}

/* ---------------------------------------------------------------- paths */

/* Length of the linked path of `n`, or -1 if it is not linked up to the
 * root.  With `end`, writes it backwards from there. */
static ssize_t
tree_path_locked(struct node *n, char *end)
{
	ssize_t len = 0;

	for (; n != n->fs->root; n = n->parent) {
		size_t l;

		if (!n->name)
			return -1;
		l = strlen(n->name);
		if (end) {
			end -= l + 1;
			end[0] = '/';
			memcpy(end + 1, n->name, l);
		}
		len += (ssize_t)l + 1;
	}
	return len;
}

static int
path_by_tree(struct node *n, char **text)
{
	char *s = NULL;
	ssize_t len;

	pthread_mutex_lock(&n->fs->node_lock);
	len = tree_path_locked(n, NULL);
	if (len >= 0) {
		s = malloc((size_t)len + 2);
		if (s) {
			strcpy(s, "/");
			tree_path_locked(n, s + len);
			if (len)
				s[len] = '\0';
		}
	}
	pthread_mutex_unlock(&n->fs->node_lock);
	if (len < 0)
		return -ENOENT;
	if (!s)
		return -ENOMEM;
	*text = s;
	return 0;
}

int
node_fs_path(struct node *n, char **text, bool *deleted)
{
	size_t size = 512;
	int err;

	*deleted = atomic_load(&n->unlinked);
	/* of those even the root has a name */
	err = n->fs->type->flags & FST_NS_FILE ? -ENOENT :
						 path_by_tree(n, text);
	if (err != -ENOENT)
		return err;
	if (!n->fs->ops->node_path)
		return -ENOENT;
	for (;;) {
		char *buf = malloc(size);
		ssize_t len;

		if (!buf)
			return -ENOMEM;
		len = n->fs->ops->node_path(n, buf, size - 1, deleted);
		if (len >= 0) {
			buf[len] = '\0';
			*text = buf;
			return 0;
		}
		free(buf);
		if (len != -ERANGE || size > 64 * PATH_MAX)
			return (int)len;
		size *= 4;
	}
}

bool
node_is_gone(struct node *n)
{
	AUTO_FREE char *path = NULL;
	bool deleted = false;

	return n != n->fs->root &&
	       (node_fs_path(n, &path, &deleted) < 0 || deleted);
}

bool
fs_holds_removed(struct fs *fs)
{
	struct node **held, *n;
	unsigned int nr = 0;
	bool gone = false;

	pthread_mutex_lock(&fs->node_lock);
	held = calloc(fs->nr_nodes + 1, sizeof(struct node *));
	for (unsigned int i = 0; held && i < fs->hash_size; i++)
		LIST_FOREACH(n, &fs->by_key[i], key_link)
			if (ref_try_get(&n->ref))
				held[nr++] = n;
	pthread_mutex_unlock(&fs->node_lock);
	while (nr) {
		n = held[--nr];
		gone = gone || node_is_gone(n);
		node_put(n);
	}
	free(held);
	return gone;
}

/* -1: cannot tell from the tree. */
static int
below_by_tree(struct node *n, struct node *top)
{
	struct node *root = n->fs->root;
	int yes = 0;

	pthread_mutex_lock(&n->fs->node_lock);
	while (n != top && n != root && n->name)
		n = n->parent;
	if (n == top)
		yes = 1;
	else if (n != root)
		yes = -1;
	pthread_mutex_unlock(&n->fs->node_lock);
	return yes;
}

bool
node_is_below(struct node *n, struct node *top)
{
	AUTO_FREE char *a = NULL;
	AUTO_FREE char *b = NULL;
	bool deleted;
	size_t len;
	int yes;

	if (n->fs != top->fs)
		return false;
	if (node_same(n, top) || top == top->fs->root)
		return true;
	yes = below_by_tree(n, top);
	if (yes >= 0)
		return yes;
	if (node_fs_path(n, &a, &deleted) < 0 ||
	    node_fs_path(top, &b, &deleted) < 0)
		return false;
	len = strlen(b);
	return strncmp(a, b, len) == 0 && (a[len] == '/' || !a[len]);
}
