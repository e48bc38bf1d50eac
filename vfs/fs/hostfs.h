/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostfs.h - an exported directory or single file of the host.
 *
 * Not registered: no guest can mount it by name.  The world builder gives
 * &hostfs_type and a struct hostfs_export to vfs_kern_mount().  What the
 * export forbids is the instance's, below every mount of it.
 */
#ifndef VFS_FS_HOSTFS_H
#define VFS_FS_HOSTFS_H

#include "vfs/fs_ops.h"

struct noexec_backing;

extern const struct fs_type hostfs_type;

/* For a place below the root where the host has a mount: something empty to
 * be found there instead, and mounted upon. */
struct hostfs_standin {
	const char *path;	/* relative to the export's root */
	int fd;			/* an empty directory or file; duplicated */
};

struct hostfs_export {
	int fd;			/* the root, O_PATH or not; duplicated */
	/* What is used in its place: a mount of the same directory that leads
	 * nowhere else, in which denied places are covered; duplicated. */
	bool cloned;
	int clone;
	bool ro;		/* nothing in it can be changed */
	bool devices;		/* device nodes can be opened */
	/* Paths below the root that nobody may touch: hostdir_deny.h. */
	const char *const *deny;
	size_t nr_deny;
	const struct hostfs_standin *standins;
	size_t nr_standins;
	/* Outlives the instance; NULL: a noexec mount of it is so to those
	 * alone who execute (hostdir_exec.h). */
	const struct noexec_backing *noexec;
};

/* A mount of the host below an exported directory. */
struct hostfs_submount {
	char *path;		/* relative to the export's root */
	unsigned long flags;	/* MS_RDONLY, NOSUID, NODEV, NOEXEC */
	char *fstype;
	char *source;
};

/* The text of this process's mountinfo, malloc'ed. */
int hostfs_mount_table(char **table);
/*
 * The mounts that `table` has below the directory `fd`, parents before
 * children; where several are stacked, the top one.  To be exported each as
 * an instance of its own, on its path.  *list is malloc'ed.
 */
int hostfs_submounts(int fd, const char *table, struct hostfs_submount **list,
		     size_t *nr);
void hostfs_submounts_free(struct hostfs_submount *list, size_t nr);

#endif
