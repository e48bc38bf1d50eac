/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world_priv.h - what the files that build the first mount tree share.
 *
 *	world.c		the operations of the command line, in their order
 *	world_base.c	the trees they start from, and /dev
 *	world_export.c	directories and files of the host, submounts included
 *	world_path.c	making directories, files and links; mounting
 *
 * Everything goes through the VFS's public interface, seen from the root of
 * the tree that is being built; in a belljar that runs inside another one,
 * through system calls that the other one serves (stage.h).  Main thread only.
 */
#ifndef SUPERVISOR_WORLD_PRIV_H
#define SUPERVISOR_WORLD_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/types.h>

#include "vfs/vfs.h"

struct config;
struct mounthelper;
struct stage;

/* The mount flags of proc, sysfs and their like. */
#define KERNEL_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

struct builder {
	struct vfs *vfs;
	const struct config *cfg;
	struct mounthelper *helper;	/* one that works, or NULL */
	struct mntns *ns;		/* counted, once there is a root */
	struct vfs_ctx ctx;		/* of the ns's root, counted */
	char *host_mounts;		/* the host's mountinfo, once read */
	char step[256];			/* what is being done, for the error */
	bool said;			/* the error was explained already */
	bool attached;			/* a host directory is no clone */
	struct stage *stage;		/* nested: the tree is made there, by
					 * system calls; vfs, ns and ctx are
					 * not used */
};

/* Notes what is being done; printf-like. */
void world_step(struct builder *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Explains why the current step failed; returns `err`. */
int world_fail(struct builder *b, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* --- world_path.c --------------------------------------------------------- */

/* The name as the VFS takes it, followed to its end. */
struct vfs_at world_at(const char *name);

/* A directory at `path` and all above it: those made on the way with 0755,
 * the last with `mode`.  One that is there already is no error. */
int world_mkdir(struct builder *b, const char *path, mode_t mode);
/* The directories above `path`. */
int world_mkparents(struct builder *b, const char *path);
/* A symbolic link; one that says the same already is no error. */
int world_symlink(struct builder *b, const char *target, const char *path);
/* A file with what `fd` holds from its position on; `fd` may be -1. */
int world_file(struct builder *b, int fd, const char *path, mode_t mode);

/* What the name leads to. */
int world_stat(struct builder *b, const char *path, struct stat *st);
/* Something to mount upon at `dst`: a directory or a file. */
int world_make_place(struct builder *b, const char *dst, bool is_dir);
/* Attaches `m` (the reference is consumed) at `dst`, making there what can
 * be mounted upon: a directory, or an empty file if `is_dir` is false. */
int world_attach(struct builder *b, struct mount *m, const char *dst,
	bool is_dir);
/* A new instance of the file system type `name`. */
int world_new_mount(struct builder *b, const char *type, const char *source,
	unsigned long flags, const void *fs_data, struct mount **out);

int world_tmpfs(struct builder *b, const char *dst, mode_t mode, uint64_t size);
/* ... as the root, first of all. */
int world_tmpfs_root(struct builder *b);
/* A tmpfs that is not attached yet. */
int world_new_tmpfs(struct builder *b, mode_t mode, uint64_t size,
	struct mount **out);
/* "proc", "sysfs", "devpts"...: nothing but the type to say. */
int world_plain(struct builder *b, const char *type, const char *dst,
	unsigned long flags);

/* --- world_export.c ------------------------------------------------------- */

struct export {
	const char *src;	/* on the host; NULL: `fd` */
	int fd;			/* a descriptor of it, borrowed */
	bool ro;		/* the instance can never be written */
	bool devices;		/* device nodes can be opened */
	const char *const *deny;	/* relative paths, NULL-terminated */
};

/*
 * Mounts the host's `e->src`, with everything mounted below it on the host,
 * at `dst`; "/" as the first mount makes it the root.  Kernel file systems
 * that would show the host (proc, sysfs, cgroup, ...) are replaced by
 * belljar's own or left out.
 */
int world_export(struct builder *b, const struct export *e, const char *dst);

/* Makes `m` (consumed) the root of the tree; first of all. */
int world_set_root(struct builder *b, struct mount *m);

/* --- world_base.c --------------------------------------------------------- */

int world_base(struct builder *b);
/* A whole /dev at `dst`. */
int world_dev(struct builder *b, const char *dst);

#endif
