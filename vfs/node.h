/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node.h - filesystem instances and nodes, as the core and the filesystems
 * see them.  Embedders use vfs.h only.
 */
#ifndef VFS_NODE_H
#define VFS_NODE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "include/ref.h"
#include "vfs/fs_ops.h"

LIST_HEAD(node_list, node);

/* A filesystem instance: a superblock. */
struct fs {
	struct ref ref;			/* mounts and other users */
	struct ref mem;			/* nodes, and one for all of `ref` */
	const struct fs_type *type;	/* [I] */
	const struct fs_ops *ops;	/* [I] */
	struct vfs *vfs;		/* [I] */
	dev_t dev;			/* [a] st_dev of its files */
	_Atomic bool unsettled;		/* [a] `dev` stands in for the one that
					 * the first look at a file brings */
	_Atomic unsigned long sb_flags;	/* MS_RDONLY, MS_SYNCHRONOUS... [m] */
	unsigned long sb_forced;	/* [I] of these, MS_RDONLY: no remount
					 * may clear them (-EACCES) */
	uint64_t owner;			/* [I] once set: its user namespace */
	bool owned;			/* vfs->fs_lock: `owner` is set */
	_Atomic bool inner;		/* [a] it lies in a directory that others
					 * may show as well: asked first */
	bool shared;			/* vfs->fs_lock: others may mount it */
	struct node *root;		/* [I] counted; the fs root */
	_Atomic unsigned int nr_mounts;	/* [a] mounts that show it */
	_Atomic unsigned int nr_exec;	/* [a] of them, those not noexec */
	pthread_mutex_t node_lock;
	struct node_list *by_key;	/* [n] directories */
	struct node_list *by_name;	/* [n] the sparse tree */
	unsigned int hash_size;		/* [n] of both, a power of two */
	unsigned int nr_nodes;		/* [n] */
	LIST_ENTRY(fs) vfs_link;	/* vfs->fs_lock */
	void *priv;			/* the filesystem's own */
};

/*
 * A file that is or may become a mount root, a mount point, a cwd, a root.
 * Directories are unique per key while they live.  Every look-up of another
 * file makes a node of its own (two names of an inode are two places): they
 * are compared with node_same().
 */
struct node {
	struct ref ref;
	void *pool_link;		/* pool.c, while free */
	struct fs *fs;			/* [I] counted (fs->mem) */
	mode_t type;			/* [I] S_IFDIR, S_IFREG, S_IFLNK... */
	int fd;				/* [I] O_PATH descriptor, or -1 */
	void *priv;			/* [I] the filesystem's own */
	uint64_t key[3];		/* [I] as fs_obj.key (host: dev, ino) */

	LIST_ENTRY(node) key_link;	/* [n] directories */

	/* The sparse tree: set while something is mounted at or below. */
	struct node *parent;		/* [n] counted */
	char *name;			/* [n] in parent; NULL: not linked */
	uint32_t name_hash;		/* [n] of parent and name */
	LIST_ENTRY(node) name_link;	/* [n] */
	_Atomic unsigned int below;	/* [a] mounts at or below this node in
					 * the tree of this fs; 0: nothing of
					 * the sparse tree to look at */
	_Atomic unsigned int mounts;	/* [a] mounts attached exactly here */
	LIST_HEAD(, mount) mounted;	/* mount_lock: those */
	_Atomic unsigned int searchable; /* [a] the filesystem's: see
					 * vfs_access_gen() */
	_Atomic bool unlinked;		/* [a] removed through the core while
					 * in the sparse tree */
};

/* Filesystem side: create an instance (counted). */
int fs_new(struct vfs *v, const struct fs_type *type,
	   const struct fs_ops *ops, dev_t dev, unsigned long sb_flags,
	   void *priv, struct fs **out);
/* The user namespace that it belongs to, unless that is known already: the
 * one of whoever made it.  Locks: takes vfs->fs_lock. */
void fs_set_owner(struct fs *fs, uint64_t owner);
struct fs *fs_get(struct fs *fs);
void fs_put(struct fs *fs);
/* Looks at the root if `dev` is not settled yet.  Locks: none is held. */
void fs_settle(struct fs *fs, const struct vfs_ctx *c);
/* Changes with every vfs_access_changed(): an answer about permissions that
 * only guests can change holds for as long as this stays the same. */
unsigned int vfs_access_gen(struct vfs *v);
/* An anonymous device number 0:N, smallest free one; and back. */
dev_t vfs_anon_dev_alloc(struct vfs *v);
void vfs_anon_dev_free(struct vfs *v, dev_t dev);

/*
 * The node for an object, found or made; counted.  Errors: of ops->identify
 * and ops->node_init.  Locks: takes node_lock.
 */
int node_for_obj(struct fs_obj *o, struct node **out);
/* Do both stand for the same file? */
bool node_same(const struct node *a, const struct node *b);

#endif
