/* SPDX-License-Identifier: Apache-2.0 */
/*
 * testfs_priv.h - what the files of testfs share.
 */
#ifndef TESTS_UNIT_LIB_TESTFS_PRIV_H
#define TESTS_UNIT_LIB_TESTFS_PRIV_H

#include <sys/queue.h>

#include "vfs/node.h"

struct tnode {
	TAILQ_ENTRY(tnode) all, sibling;
	TAILQ_HEAD(, tnode) children;
	struct tnode *parent;		/* NULL: root */
	char *name;
	mode_t mode;
	uint64_t ino;
	char *target;			/* link */
	const struct path *jump;	/* magic link */
	int jump_fd;
	int fd;				/* memfd */
	bool gone;
};

struct testfs {
	pthread_mutex_t lock;
	TAILQ_HEAD(, tnode) all;
	struct tnode *root;
};

/* Operations on names, in testfs_names.c. */
int testfs_mkdir(struct fs_obj *dir, const struct vfs_ctx *c,
		 const char *name, mode_t mode);
int testfs_mknod(struct fs_obj *dir, const struct vfs_ctx *c,
		 const char *name, mode_t mode, dev_t dev);
int testfs_symlink(struct fs_obj *dir, const struct vfs_ctx *c,
		   const char *name, const char *target);
int testfs_unlink(struct fs_obj *dir, const struct vfs_ctx *c,
		  const char *name, int flags);
int testfs_rename(struct fs_obj *from, const char *from_name,
		  struct fs_obj *to, const char *to_name,
		  const struct vfs_ctx *c, unsigned int flags);
int testfs_link(struct fs_obj *o, struct fs_obj *dir, const char *name,
		const struct vfs_ctx *c);

struct tnode *tnode_new(struct testfs *t, struct tnode *parent,
			const char *name, mode_t mode);
struct tnode *tnode_child(struct tnode *dir, const char *name, size_t len);
struct tnode *tnode_of(const struct fs_obj *o);
/* The instance, locked. */
struct testfs *testfs_lock(struct fs *fs);

#endif
