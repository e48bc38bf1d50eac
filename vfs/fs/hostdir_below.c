/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostdir: paths below a descriptor that was not looked at.  What is found
 * tells by its mount id whether the descriptor is of this instance: a bare
 * mount (struct hostdir) is entered and left by no path without "..".
 */
#include "vfs/fs/hostdir.h"

#include <fcntl.h>

#include "include/auto.h"

/* Is what statx(2) told of an object of this instance's mount? */
static bool
is_of_mount(const struct hostdir *hd, const struct statx *stx)
{
	return hostdir_is_mount(hd, stx->stx_mnt_id) &&
	       (stx->stx_mask & (STATX_MNT_ID | STATX_MNT_ID_UNIQUE));
}

/* Nothing there: of the mount or elsewhere? */
static int
absent(const struct hostdir *hd, int dir)
{
	struct statx stx;
	int err = host_statx(dir, 0, HOSTDIR_MNT_ID, &stx);

	return err == 0 && is_of_mount(hd, &stx) ? -ENOENT : -EAGAIN;
}

int
hostdir_stat_below(struct fs *fs, int dir, const char *path, unsigned int how,
		   struct stat *st)
{
	const struct hostdir *hd = hostdir_of(fs);
	struct statx stx;
	int err;

	if (!hostdir_takes_path(hd, path))
		return -EAGAIN;
	err = host_statx_at(dir, path, how & FS_NOFOLLOW ?
			    AT_SYMLINK_NOFOLLOW : 0,
			    STATX_BASIC_STATS | HOSTDIR_MNT_ID, &stx);
	if (err)
		return err == -ENOENT ? absent(hd, dir) : -EAGAIN;
	if (!is_of_mount(hd, &stx) ||
	    (S_ISLNK(stx.stx_mode) && !(how & FS_NOFOLLOW)))
		return -EAGAIN;
	hostdir_stat_of(&stx, st);
	return 0;
}

int
hostdir_open_below(struct fs *fs, int dir, const char *path, uint64_t flags,
		   int *fd, struct statx *stx)
{
	const struct hostdir *hd = hostdir_of(fs);
	AUTO_FD found = -1;

	if (!hostdir_takes_path(hd, path))
		return -EAGAIN;
	found = hostdir_openat(dir, path, flags | O_DIRECTORY, 0);
	if (found < 0 ||
	    host_statx(found, 0, STATX_TYPE | STATX_INO | HOSTDIR_MNT_ID,
		       stx) ||
	    !is_of_mount(hd, stx))
		return -EAGAIN;
	*fd = steal_fd(&found);
	return 0;
}
