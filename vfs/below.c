/* SPDX-License-Identifier: Apache-2.0 */
/*
 * below.c - calls by a path below a descriptor, without finding out first
 * where that leads.  A file system upon which nothing is mounted, and which
 * one mount alone shows, answers them without the core.
 */
#include <errno.h>
#include <fcntl.h>

#include "vfs/fs_ops.h"
#include "vfs/mount.h"

/* The file system that `m` shows, if it is such a one; `m` is counted then. */
static struct fs *
fs_of_sole_mount(struct mount *m)
{
	struct fs *fs;

	if (!mount_try_get(m))
		return NULL;
	fs = m->fs;
	if (atomic_load(&fs->nr_mounts) == 1 &&
	    !atomic_load_explicit(&fs->root->below, memory_order_acquire))
		return fs;
	mount_put(m);
	return NULL;
}

/* Who looks at a mount unmarks it, as mntput() does. */
static void
mount_seen(struct mount *m)
{
	atomic_store_explicit(&m->expire, false, memory_order_relaxed);
	mount_put(m);
}

int
vfs_stat_below(struct mount *m, int dir, const char *path, unsigned int look,
	       struct stat *st)
{
	struct fs *fs = fs_of_sole_mount(m);
	int err = -EAGAIN;

	if (!fs)
		return -EAGAIN;
	if (fs->ops->stat_below)
		err = fs->ops->stat_below(fs, dir, path,
					  look & LOOK_FOLLOW ? 0 : FS_NOFOLLOW,
					  st);
	mount_seen(m);
	return err;
}

int
vfs_open_below(struct mount *m, int dir, const char *path, uint64_t flags,
	       int *fd, struct statx *stx)
{
	struct fs *fs = fs_of_sole_mount(m);
	int err = -EAGAIN;

	if (!fs)
		return -EAGAIN;
	if (fs->ops->open_below)
		err = fs->ops->open_below(fs, dir, path, flags, fd, stx);
	if (err == 0)
		mount_touch(m);
	mount_seen(m);
	return err;
}
