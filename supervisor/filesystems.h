/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filesystems.h - the filesystem types of a sandbox, and what they rest on:
 * the mount helper, the scratch space, the host's /proc and terminals.
 */
#ifndef SUPERVISOR_FILESYSTEMS_H
#define SUPERVISOR_FILESYSTEMS_H

struct filesystems;
struct mounthelper;
struct sandbox;

/*
 * Starts the helper processes and registers all types with sb->vfs.  Main
 * thread, before there are others.  0, or -errno after saying why on stderr.
 */
int filesystems_new(struct sandbox *sb, struct filesystems *f);
/* Before that: starts the mount helper, which works while we do something
 * else.  0, -ENOMEM. */
int filesystems_start(struct filesystems **out);

/* The mount helper if it works, else NULL; borrowed. */
struct mounthelper *filesystems_helper(const struct filesystems *f);

/* The one-letter names of the stub in the guests' real root. */
#define STUB_NAMES "abcdefghijklmnopqrstuvwxyz0123456789"

/*
 * Makes a directory that holds nothing but a copy of the loader stub, to be
 * the guests' real root: *dir is the directory, *stub the copy (both the
 * caller's).  Besides "stub" the copy has a name for each of STUB_NAMES: the
 * last byte of whatever path a guest gives to execve() then names it, and no
 * memory of the guest has to be written.  0 or -errno.
 */
int filesystems_stub_root(struct filesystems *f, int stub_fd, int *dir,
			  int *stub);

/* After the vfs is gone: removes everything from the host. */
void filesystems_free(struct filesystems *f);
/* The same for a process that ends now, and leaves its memory and descriptors
 * to the kernel. */
void filesystems_leave(struct filesystems *f);

#endif
