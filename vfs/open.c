/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open.c - vfs_open().
 */
#include <errno.h>
#include <fcntl.h>

#include "vfs/walk.h"

/*
 * The descriptor's mount, for who has to know where it came from: that of a
 * file is of interest if it could have come through another.
 */
static int
tell_where(struct walk *w, bool o_path, struct path *where)
{
	struct path p = { .mnt = w->mnt };
	bool always = o_path || w->mnt->fs->nr_mounts > 1;
	struct stat st;

	*where = (struct path){ NULL, NULL };
	if (!always && !w->fd_mode) {
		if (fstat(w->fd, &st) < 0)
			return -errno;
		w->fd_mode = st.st_mode;
	}
	if (always || S_ISDIR(w->fd_mode)) {
		path_get(&p);
		*where = p;
	}
	return 0;
}

static int
open_path(struct walk *w, const struct vfs_ctx *c, const struct vfs_at *at,
	  uint64_t flags)
{
	struct vfs_at look = *at;
	int err;

	look.flags &= LOOK_EMPTY | LOOK_DIRECTORY;
	if (!(flags & O_NOFOLLOW))
		look.flags |= LOOK_FOLLOW;
	if (flags & O_DIRECTORY)
		look.flags |= LOOK_DIRECTORY;
	err = walk_obj(w, c, &look);
	if (err < 0)
		return err;
	if (!w->obj.fs->ops->path_fd)
		return -EOPNOTSUPP;
	return w->obj.fs->ops->path_fd(&w->obj, c, &w->fd);
}

static int
open_file(struct walk *w, const struct vfs_ctx *c, const struct vfs_at *at,
	  const struct open_how *how, bool nonblock)
{
	struct vfs_at look = *at;
	struct fs_open o = {
		.flags = how->flags & ~(uint64_t)(O_NOFOLLOW | O_CLOEXEC),
		.mode = how->mode & ~(uint64_t)c->umask,
		.nofollow = how->flags & O_NOFOLLOW,
		.noblock = nonblock,
	};

	if ((how->flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		o.nofollow = true;
	look.flags &= LOOK_EMPTY | LOOK_DIRECTORY;
	if (!o.nofollow)
		look.flags |= LOOK_FOLLOW;
	if (how->flags & O_DIRECTORY)
		look.flags |= LOOK_DIRECTORY;
	return walk_open(w, c, &look, &o);
}

int
vfs_open(const struct vfs_ctx *c, const struct vfs_at *at,
	 const struct open_how *how, bool nonblock, int *fd,
	 struct path *where)
{
	bool o_path = how->flags & O_PATH;
	AUTO_WALK w = WALK_INIT;
	struct vfs_at both = *at;
	int err;

	both.resolve |= (unsigned int)how->resolve;
	if (o_path)
		err = open_path(&w, c, &both, how->flags);
	else
		err = open_file(&w, c, &both, how, nonblock);
	w.open = NULL;
	if (err == 0 && where)
		err = tell_where(&w, o_path, where);
	if (err < 0)
		return err;
	if (w.mnt)
		mount_touch(w.mnt);
	*fd = steal_fd(&w.fd);
	return 0;
}
