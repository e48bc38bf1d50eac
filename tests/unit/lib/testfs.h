/* SPDX-License-Identifier: Apache-2.0 */
/*
 * testfs.h - a filesystem in memory, and a world made of it, so that the VFS
 * core is tested without any file of the host.
 *
 * Contents are given as lines:
 *	"d a/b"			a directory (its parents are made)
 *	"d a/b 0"		with mode bits (octal); no x: no search
 *	"f a/file"		a regular file
 *	"p a/fifo"		a FIFO
 *	"c a/dev"		a device
 *	"l a/link target"	a symbolic link
 * Every regular file is backed by a memfd, so that descriptors are real.
 * Directories open as memfds as well, marked by their type in the answer.
 */
#ifndef TESTS_UNIT_LIB_TESTFS_H
#define TESTS_UNIT_LIB_TESTFS_H

#include <stdio.h>

#include "vfs/mount.h"
#include "vfs/vfs.h"

/* "testfs" takes the option "ok"; "testfs2" is another name for it. */
extern const struct fs_type testfs_type, testfs2_type;

/* Calls of ops->lookup and ops->open so far; the last string they got. */
extern _Atomic unsigned long testfs_calls;
extern _Thread_local char testfs_last_rest[256];

struct world {
	struct vfs *vfs;
	struct mntns *ns;
	struct path root, cwd;
	struct vfs_ctx ctx;
};

/* A namespace whose root is a testfs with these contents ("; "-separated
 * lines); root and cwd are its root; may do everything. */
void world_new(struct world *w, const char *contents);
/* Asserts that nothing has leaked. */
void world_free(struct world *w);

/* mount(2) of a testfs with contents at a path, from outside. */
int world_mount(struct world *w, const char *contents, const char *where);
/* Makes a magic link `path` in the root filesystem that jumps to `place`
 * (which must outlive it). */
void world_magic(struct world *w, const char *path, const struct path *place);
/* The same to a descriptor, which stays the caller's. */
void world_magic_fd(struct world *w, const char *path, int fd);

/* Shorthands; names are relative to the world's cwd. */
struct vfs_at at(const char *name);
struct vfs_at at_flags(const char *name, unsigned int flags);
int w_lookup(struct world *w, const char *name, struct path *out);
/* 0 or the error of a look-up that follows links. */
int w_err(struct world *w, const char *name);
int w_open(struct world *w, const char *name, uint64_t flags);
int w_mount(struct world *w, const char *src, const char *dst,
	    const char *type, unsigned long flags, const char *data);
int w_umount(struct world *w, const char *name, int flags);
int w_mkdir(struct world *w, const char *name);
int w_chdir(struct world *w, const char *name);
int w_chroot(struct world *w, const char *name);
/* mountinfo without ids and numbers: "ROOT POINT FLAGS TAGS;" per line. */
void w_table(struct world *w, char *buf, size_t size);
/* The path of a place as getcwd(2) gives it; NULL on failure.  Overwritten
 * by the next call. */
const char *w_path(struct world *w, const struct path *p);

#endif
