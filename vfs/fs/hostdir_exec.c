/* SPDX-License-Identifier: Apache-2.0 */
#include "vfs/fs/hostdir_exec.h"

#include "include/auto.h"
#include "vfs/fs/hostdir.h"

#define CLONE_IMPOSSIBLE (-2)

/* In f_flags; include/linux/statfs.h. */
#define ST_NOEXEC_FLAG 0x0008

static bool
can_change(const struct hostdir *hd)
{
	return hd->noexec_backing && hd->root >= 0 && hd->detached;
}

/* What the host has mounted noexec stays so. */
static bool
is_noexec_anyway(const struct hostdir *hd)
{
	struct statfs sf;

	return host_fstatfs(hd->root, &sf) < 0 || (sf.f_flags & ST_NOEXEC_FLAG);
}

void
hostdir_exec_changed(struct fs *fs)
{
	struct hostdir *hd = hostdir_of(fs);
	const struct noexec_backing *b = hd->noexec_backing;
	bool want;

	if (!can_change(hd))
		return;
	pthread_mutex_lock(&hd->exec_lock);
	want = atomic_load(&fs->nr_mounts) && !atomic_load(&fs->nr_exec);
	if (want != hd->noexec && (!want || !is_noexec_anyway(hd)) &&
	    b->set(b->arg, hd->root, want) == 0)
		hd->noexec = want;
	pthread_mutex_unlock(&hd->exec_lock);
}

static int
clone_root(struct hostdir *hd)
{
	const struct noexec_backing *b = hd->noexec_backing;
	struct statx stx;
	int fd;

	if (hd->noexec_root != -1)
		return hd->noexec_root;
	pthread_mutex_lock(&hd->exec_lock);
	if (hd->noexec_root == -1) {
		AUTO_FD new = -1;

		fd = CLONE_IMPOSSIBLE;
		if (!is_noexec_anyway(hd) &&
		    b->clone(b->arg, hd->root, &new) == 0 &&
		    host_statx(new, 0, HOSTDIR_MNT_ID, &stx) == 0) {
			hd->noexec_mnt_id = stx.stx_mnt_id;
			fd = steal_fd(&new);
		}
		hd->noexec_root = fd;
	}
	pthread_mutex_unlock(&hd->exec_lock);
	return hd->noexec_root;
}

/* The object of `fd`, in the clone; negative if it is not at its name. */
static int
find_again(struct fs *fs, int root, int fd)
{
	AUTO_FREE char *rel = NULL;
	AUTO_FD found = -1;
	struct stat a, b;
	int err = hostdir_below_root(fs, fd, &rel);

	if (!err)
		found = hostdir_openat(root, rel, O_PATH | O_NOFOLLOW, 0);
	if (err || found < 0)
		return -ENOENT;
	if (host_fstat(fd, &a) || host_fstat(found, &b) ||
	    a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return -ENOENT;
	return steal_fd(&found);
}

int
hostdir_exec_fd(struct fs *fs, int fd, int *own)
{
	struct hostdir *hd = hostdir_of(fs);
	int root, found;

	*own = -1;
	if (fd < 0 || !can_change(hd) || !atomic_load(&fs->nr_exec))
		return fd;
	root = clone_root(hd);
	if (root < 0)
		return fd;
	if (fd == hd->root)
		return root;
	found = find_again(fs, root, fd);
	if (found < 0)
		return fd;
	*own = found;
	return found;
}
