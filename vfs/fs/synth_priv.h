/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synth_priv.h - what the files of synth share among themselves.
 */
#ifndef VFS_FS_SYNTH_PRIV_H
#define VFS_FS_SYNTH_PRIV_H

#include <fcntl.h>
#include <stdio.h>

#include "vfs/fs/synth.h"
#include "vfs/hostcall.h"

/* --------------------------------------------- objects (synth_attr.c) --- */

int synth_describe(struct fs *fs, const uint64_t key[3],
		   struct synth_ent *ent);
/* The same for an object, which is identified first if need be. */
int synth_describe_obj(struct fs_obj *o, struct synth_ent *ent);
int synth_identify(struct fs_obj *o);
int synth_stat(struct fs_obj *o, const struct vfs_ctx *c, struct stat *st);
int synth_statx(struct fs_obj *o, const struct vfs_ctx *c,
		unsigned int at_flags, unsigned int mask, struct statx *stx);
int synth_access(struct fs_obj *o, const struct vfs_ctx *c, int mode);
ssize_t synth_readlink(struct fs_obj *o, const struct vfs_ctx *c, char *buf,
		       size_t size);
int synth_chmod(struct fs_obj *o, const struct vfs_ctx *c, mode_t mode);
int synth_chown(struct fs_obj *o, const struct vfs_ctx *c, uid_t uid,
		gid_t gid);
int synth_utimens(struct fs_obj *o, const struct vfs_ctx *c,
		  const struct timespec *ts);
int synth_truncate(struct fs_obj *o, const struct vfs_ctx *c, off_t len);
ssize_t synth_listxattr(struct fs_obj *o, const struct vfs_ctx *c, char *list,
			size_t size);
int synth_statfs(struct fs_obj *o, const struct vfs_ctx *c,
		 struct statfs *sf);
int synth_path_fd(struct fs_obj *o, const struct vfs_ctx *c, int *fd);

static inline bool
synth_is_link(const struct synth_ent *ent)
{
	return ent->kind == SYNTH_LINK || ent->kind == SYNTH_MAGIC;
}

/* ------------------------------------------------------------- images --- */

struct synth_image {
	LIST_ENTRY(synth_image) key_link;	/* [l] */
	LIST_ENTRY(synth_image) ino_link;	/* [l] */
	uint64_t key[3];		/* [I] */
	ino_t ino;			/* [I] */
	unsigned int id;		/* [I] its name */
	mode_t mode;			/* [I] */
	uint64_t listed;		/* [l] hash of what it lists, or 0 */
	int64_t handed;			/* [l] last open, ns */
};

struct image_name {
	char s[16];
};

static inline struct image_name
image_name(const struct synth_image *im)
{
	struct image_name n;

	snprintf(n.s, sizeof(n.s), "i%u", im->id);
	return n;
}

static inline int
synth_open_beneath(int dir, const char *name, uint64_t flags, mode_t mode)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};

	return host_openat2(dir, name, &how);
}

/* "." or ".." */
static inline bool
is_dot(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Unlinks a file or removes an empty directory. */
static inline int
remove_entry(int dir, const char *name)
{
	int err = host_unlink(dir, name, 0);

	if (err == -EISDIR || err == -EPERM)
		err = host_unlink(dir, name, AT_REMOVEDIR);
	return err;
}

/* Drops the images of objects that are gone, when there are many. */
void synth_sweep(struct fs *fs);
/* Found or made.  Locks: synth->lock. */
int image_get(struct fs *fs, const struct synth_ent *ent,
	      struct synth_image **out);

#endif
