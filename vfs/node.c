/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node.c - filesystem instances, nodes and their identity.
 */
#include "vfs/node.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "vfs/hostcall.h"
#include "vfs/mount.h"
#include "vfs/node_tree.h"

#define FIRST_HASH 16
/* The kernel gives the lowest minors of major 0 to its own filesystems, which
 * ours must not be taken for. */
#define FIRST_ANON 0x80000u

static struct node_list *
lists_new(unsigned int n)
{
	struct node_list *l = malloc(n * sizeof(*l));

	if (!l)
		return NULL;
	for (unsigned int i = 0; i < n; i++)
		LIST_INIT(&l[i]);
	return l;
}

int
fs_new(struct vfs *v, const struct fs_type *type, const struct fs_ops *ops,
       dev_t dev, unsigned long sb_flags, void *priv, struct fs **out)
{
	struct fs *fs = calloc(1, sizeof(*fs));

	if (!fs)
		return -ENOMEM;
	fs->by_key = lists_new(FIRST_HASH);
	fs->by_name = lists_new(FIRST_HASH);
	if (!fs->by_key || !fs->by_name) {
		free(fs->by_key);
		free(fs->by_name);
		free(fs);
		return -ENOMEM;
	}
	fs->hash_size = FIRST_HASH;
	ref_init(&fs->ref);
	ref_init(&fs->mem);
	fs->type = type;
	fs->ops = ops;
	fs->vfs = v;
	fs->dev = dev;
	atomic_init(&fs->sb_flags, sb_flags);
	fs->priv = priv;
	pthread_mutex_init(&fs->node_lock, NULL);
	pthread_mutex_lock(&v->fs_lock);
	LIST_INSERT_HEAD(&v->all_fs, fs, vfs_link);
	pthread_mutex_unlock(&v->fs_lock);
	*out = fs;
	return 0;
}

void
fs_settle(struct fs *fs, const struct vfs_ctx *c)
{
	struct fs_obj o = { .fd = -1 };
	struct stat st;

	if (!fs->unsettled || fs->ops->node_obj(fs->root, &o) < 0)
		return;
	fs->ops->stat(&o, c, &st);
	fs_obj_fini(&o);
}

/* The last node, and the last user, are gone. */
static void
fs_free(struct fs *fs)
{
	assert(fs->nr_nodes == 0);
	pthread_mutex_lock(&fs->vfs->fs_lock);
	LIST_REMOVE(fs, vfs_link);
	pthread_mutex_unlock(&fs->vfs->fs_lock);
	if (fs->ops->free)
		fs->ops->free(fs);
	pthread_mutex_destroy(&fs->node_lock);
	free(fs->by_key);
	free(fs->by_name);
	free(fs);
}

static void
fs_mem_put(struct fs *fs)
{
	if (ref_put(&fs->mem))
		fs_free(fs);
}

void
fs_set_owner(struct fs *fs, uint64_t owner)
{
	pthread_mutex_lock(&fs->vfs->fs_lock);
	if (!fs->owned)
		fs->owner = owner;
	fs->owned = true;
	pthread_mutex_unlock(&fs->vfs->fs_lock);
}

struct fs *
fs_get(struct fs *fs)
{
	ref_get(&fs->ref);
	return fs;
}

void
fs_put(struct fs *fs)
{
	if (!ref_put(&fs->ref))
		return;
	if (fs->root)
		node_put(fs->root);
	fs_mem_put(fs);
}

dev_t
vfs_anon_dev_alloc(struct vfs *v)
{
	int id = idset_alloc(&v->anon_devs);

	return id < 0 ? 0 : makedev(0, FIRST_ANON + (unsigned int)id);
}

unsigned int
vfs_access_gen(struct vfs *v)
{
	return atomic_load_explicit(&v->access_gen, memory_order_acquire);
}

void
vfs_access_changed(struct vfs *v)
{
	/* stays odd: 0 is what a new node has */
	atomic_fetch_add(&v->access_gen, 2);
}

void
vfs_anon_dev_free(struct vfs *v, dev_t dev)
{
	idset_free(&v->anon_devs, (int)(minor(dev) - FIRST_ANON));
}

/* ----------------------------------------------------------------- nodes */

static uint32_t
key_hash(const uint64_t key[3])
{
	uint64_t h = key[0] * UINT64_C(0x9e3779b97f4a7c15);

	h = (h ^ key[1]) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ key[2] ^ (h >> 29)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(h >> 32);
}

static bool
key_equal(const uint64_t a[3], const uint64_t b[3])
{
	return a[0] == b[0] && a[1] == b[1] && a[2] == b[2];
}

bool
node_same(const struct node *a, const struct node *b)
{
	if (a == b)
		return true;
	return a && b && a->fs == b->fs && a->type == b->type &&
	       !S_ISDIR(a->type) && key_equal(a->key, b->key);
}

/* Doubles both tables; without memory they stay as they are. */
static void
hash_grow_locked(struct fs *fs)
{
	unsigned int size = fs->hash_size * 2;
	struct node_list *by_key = lists_new(size);
	struct node_list *by_name = lists_new(size);
	struct node *n;

	if (!by_key || !by_name) {
		free(by_key);
		free(by_name);
		return;
	}
	for (unsigned int i = 0; i < fs->hash_size; i++) {
		while ((n = LIST_FIRST(&fs->by_key[i]))) {
			LIST_REMOVE(n, key_link);
			LIST_INSERT_HEAD(&by_key[key_hash(n->key) & (size - 1)],
					 n, key_link);
		}
		while ((n = LIST_FIRST(&fs->by_name[i]))) {
			LIST_REMOVE(n, name_link);
			LIST_INSERT_HEAD(&by_name[n->name_hash & (size - 1)],
					 n, name_link);
		}
	}
	free(fs->by_key);
	free(fs->by_name);
	fs->by_key = by_key;
	fs->by_name = by_name;
	fs->hash_size = size;
}

static struct node *
node_find_get_locked(struct fs *fs, const uint64_t key[3])
{
	struct node *n;

	LIST_FOREACH(n, &fs->by_key[key_hash(key) & (fs->hash_size - 1)],
		     key_link)
		if (key_equal(n->key, key) && ref_try_get(&n->ref))
			return n;
	return NULL;
}

/* The count stays 0, so that no stale reader gets hold of it, until the node
 * is complete. */
static struct node *
node_alloc(struct fs *fs, const struct fs_obj *o)
{
	struct node *n = pool_alloc(&fs->vfs->nodes);

	if (!n)
		return NULL;
	n->fs = fs;
	n->type = o->mode & S_IFMT;
	n->fd = -1;
	n->priv = NULL;
	memcpy(n->key, o->key, sizeof(n->key));
	n->parent = NULL;
	n->name = NULL;
	atomic_store(&n->below, 0);
	atomic_store(&n->mounts, 0);
	LIST_INIT(&n->mounted);
	atomic_store(&n->searchable, 0);
	atomic_store(&n->unlinked, false);
	return n;
}

/* node_lock is held, and o's type and key are known. */
static int
node_make_locked(struct fs *fs, struct fs_obj *o, struct node **out)
{
	struct node *n = node_alloc(fs, o);
	int err = 0;

	if (!n)
		return -ENOMEM;
	if (fs->ops->node_init)
		err = fs->ops->node_init(n, o);
	if (err < 0) {
		pool_free(&fs->vfs->nodes, n);
		return err;
	}
	ref_get(&fs->mem);
	fs->nr_nodes++;
	if (S_ISDIR(n->type)) {
		if (fs->nr_nodes > fs->hash_size)
			hash_grow_locked(fs);
		LIST_INSERT_HEAD(&fs->by_key[key_hash(n->key) &
					     (fs->hash_size - 1)], n, key_link);
	}
	atomic_store_explicit(&n->ref.n, 1, memory_order_release);
	*out = n;
	return 0;
}

int
node_for_obj(struct fs_obj *o, struct node **out)
{
	struct fs *fs = o->fs;
	struct node *n = NULL;
	int err = 0;

	if (o->node) {
		*out = node_get(o->node);
		return 0;
	}
	if (!o->mode) {
		err = fs->ops->identify(o);
		if (err < 0)
			return err;
	}
	pthread_mutex_lock(&fs->node_lock);
	if (S_ISDIR(o->mode))
		n = node_find_get_locked(fs, o->key);
	if (!n)
		err = node_make_locked(fs, o, &n);
	pthread_mutex_unlock(&fs->node_lock);
	if (err < 0)
		return err;
	*out = n;
	return 0;
}

struct node *
node_get(struct node *n)
{
	ref_get(&n->ref);
	return n;
}

bool
node_try_get(struct node *n)
{
	return ref_try_get(&n->ref);
}

void
node_put(struct node *n)
{
	struct fs *fs = n->fs;

	if (!ref_put(&n->ref))
		return;
	assert(!n->name);
	pthread_mutex_lock(&fs->node_lock);
	fs->nr_nodes--;
	if (S_ISDIR(n->type))
		LIST_REMOVE(n, key_link);
	pthread_mutex_unlock(&fs->node_lock);
	if (fs->ops->node_fini)
		fs->ops->node_fini(n);
	if (n->fd >= 0)
		close(n->fd);
	pool_free(&fs->vfs->nodes, n);
	fs_mem_put(fs);
}

int
fs_obj_identify_fd(struct fs_obj *o)
{
	struct stat st;
	int err = host_fstat(o->fd, &st);

	if (err < 0)
		return err;
	o->mode = st.st_mode;
	o->key[0] = st.st_dev;
	o->key[1] = st.st_ino;
	return 0;
}

void
fs_obj_fini(struct fs_obj *o)
{
	int saved = errno;

	if (o->fd_owned && o->fd >= 0)
		close(o->fd);
	o->fd = -1;
	o->fd_owned = false;
	if (o->node)
		node_put(o->node);
	o->node = NULL;
	errno = saved;
}
