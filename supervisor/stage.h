/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stage.h - the tree that a nested belljar builds with system calls, as
 * bubblewrap does, in a mount namespace of its own that the belljar outside
 * emulates.
 *
 * Each function works in the new tree: it makes that the root of the process
 * meanwhile.  What `src` and descriptors name is the tree outside.  One
 * thread; the process must hold every capability over its mount namespace.
 */
#ifndef SUPERVISOR_STAGE_H
#define SUPERVISOR_STAGE_H

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct builder;
struct export;

struct stage {
	int outside, cwd;	/* where the process was: root and cwd */
	int root;		/* of the new tree, or -1 */
	int scratch;		/* a tmpfs that is mounted nowhere, or -1 */
	int data;		/* the latest file in it, or -1 */
	char name[16];		/* ... and its name */
};

/* -errno. */
int stage_init(struct stage *s);
/* Makes the new tree the root of the mount namespace and lets go of the old
 * one.  The process stands in its root then. */
int stage_finish(struct stage *s);

int stage_mkdir(struct stage *s, const char *path, mode_t mode);
int stage_stat(struct stage *s, const char *path, struct stat *st);
int stage_symlink(struct stage *s, const char *target, const char *path);
ssize_t stage_readlink(struct stage *s, const char *path, char *buf,
		       size_t size);
int stage_open(struct stage *s, const char *path, const struct open_how *how,
	       int *fd);
int stage_mknod(struct stage *s, const char *path, mode_t mode);
int stage_chmod(struct stage *s, const char *path, mode_t mode);
/* The mount at `path` alone. */
int stage_remount_ro(struct stage *s, const char *path);

/* A tmpfs, or another type without options, as the root of the tree (once) or
 * upon `dst`, which exists.  attrs: MOUNT_ATTR_*. */
int stage_mount(struct stage *s, const char *type, const char *mode,
		uint64_t size, uint64_t attrs, const char *dst);
/* The tree at `src`, or `fd`, upon `dst`, which exists; for the root: NULL. */
int stage_bind(struct stage *s, const struct export *e, const char *dst);
/* An empty file that is nowhere to be seen, for stage_bind(). */
int stage_data(struct stage *s, int *fd);

#endif
