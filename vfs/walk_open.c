/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk_open.c - the last step of an open: O_CREAT, read-only mounts and what
 * the last component may be.  As do_open() and open_last_lookups() in
 * fs/namei.c, Linux 6.18.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "vfs/node_tree.h"
#include "vfs/walk.h"

/* Is `rest` there, as `how` wants it?  0, what stopped the search, or
 * -errno. */
static int
find(struct walk *w, const char *rest, unsigned int how,
     struct fs_stop *stop)
{
	struct fs *fs = w->node->fs;
	struct fs_obj o = { .fs = fs, .fd = -1 };
	int ret = fs->ops->lookup(fs, w->c, w->node, rest, how, &o, stop);

	if (ret == 0)
		fs_obj_fini(&o);
	return ret;
}

/* Is the directory part of `rest` there, to be searched? */
static int
find_dir(struct walk *w, const char *rest, struct fs_stop *stop)
{
	const char *slash = strrchr(rest, '/');
	AUTO_FREE char *dir = NULL;
	size_t len;

	if (!slash)
		return node_may_search(w->node, w->c);
	len = (size_t)(slash - rest);
	dir = strndup(rest, len + 2);
	if (!dir)
		return -ENOMEM;
	strcpy(dir + len, "/.");
	return find(w, dir, FS_DIRECTORY, stop);
}

/* The open itself; mount flags are those of the position. */
static int
open_there(struct walk *w, const char *rest, const struct fs_open *how,
	   struct fs_stop *stop)
{
	struct fs *fs = w->node->fs;
	int fd = -1, ret;

	ret = fs->ops->open(fs, w->c, w->node, rest, how, &fd, stop);
	if (ret == FS_BLOCK)
		return -EWOULDBLOCK;
	if (ret == 0) {
		w->fd = fd;
		w->fd_mode = stop->mode;
	}
	return ret;
}

/* O_CREAT of something that is there: not of a directory. */
static int
refuse_directory(struct walk *w)
{
	struct stat st;

	if (!w->fd_mode) {
		if (fstat(w->fd, &st) < 0)
			return -errno;
		w->fd_mode = st.st_mode;
	}
	return S_ISDIR(w->fd_mode) ? -EISDIR : 0;
}

/* O_CREAT where nothing can be made: opens what exists, or says why not. */
static int
create_readonly(struct walk *w, const char *rest, const struct fs_open *how,
		struct fs_stop *stop)
{
	struct fs_open plain = *how;
	int ret;

	plain.flags &= ~(uint64_t)(O_CREAT | O_EXCL);
	if (how->flags & O_EXCL) {
		ret = find(w, rest, FS_NOFOLLOW, stop);
		if (ret == 0)
			return -EEXIST;
	} else {
		ret = open_there(w, rest, &plain, stop);
		if (ret == 0)
			return refuse_directory(w);
	}
	if (ret != -ENOENT)
		return ret;
	ret = find_dir(w, rest, stop);
	if (ret == 0)
		/* in a directory that was removed nothing is looked for */
		ret = !strchr(rest, '/') && node_is_gone(w->node) ? -ENOENT :
			-EROFS;
	return ret;
}

/* O_CREAT where the last component is no name: nothing can be made. */
static int
create_no_name(struct walk *w, const char *rest, const struct fs_open *how,
	       struct fs_stop *stop)
{
	struct fs_open plain = *how;
	int ret;

	if (!*rest && !S_ISDIR(w->node->type)) {
		/* a file that is a mount root or mount point */
		if (how->flags & O_EXCL)
			return -EEXIST;
		plain.flags &= ~(uint64_t)O_CREAT;
		return open_there(w, rest, &plain, stop);
	}
	if (*rest) {
		ret = find(w, rest, FS_DIRECTORY, stop);
		if (ret)
			return ret;
	}
	return (how->flags & O_EXCL) ? -EEXIST : -EISDIR;
}

static bool
ends_in_dots(const char *rest)
{
	const char *slash = strrchr(rest, '/');
	const char *last = slash ? slash + 1 : rest;

	return !*last || strcmp(last, ".") == 0 || strcmp(last, "..") == 0;
}

/* The flags of this step: those of the call and of the mount reached. */
static void
apply_mount(const struct walk *w, struct fs_open *how)
{
	unsigned long flags = atomic_load(&w->mnt->flags);

	how->ro = mount_is_readonly(w->mnt);
	how->nodev = flags & MS_NODEV;
	how->noexec = flags & MS_NOEXEC;
	if (w->str.slash) {
		how->nofollow = false;
		how->flags |= O_DIRECTORY;
	}
}

int
walk_end_open(struct walk *w, const char *rest, struct fs_stop *stop)
{
	struct fs_open how = *w->open;
	int ret;

	apply_mount(w, &how);
	if (!(how.flags & O_CREAT)) {
		if (how.ro && (how.flags & O_TMPFILE) == O_TMPFILE) {
			ret = *rest ? find(w, rest, FS_DIRECTORY, stop) : 0;
			return ret == 0 ? -EROFS : ret;
		}
		return open_there(w, rest, &how, stop);
	}
	if (ends_in_dots(rest))
		return create_no_name(w, rest, &how, stop);
	if (w->str.slash) {
		ret = find_dir(w, rest, stop);
		return ret == 0 ? -EISDIR : ret;
	}
	if (how.ro)
		return create_readonly(w, rest, &how, stop);
	return open_there(w, rest, &how, stop);
}

int
walk_end_open_obj(struct walk *w)
{
	struct fs_open how = *w->open;
	int err;

	apply_mount(w, &how);
	if (!w->obj.fs->ops->open_obj)
		return -EACCES;
	if ((how.flags & O_CREAT) && (how.flags & O_EXCL))
		return -EEXIST;
	how.flags &= ~(uint64_t)O_CREAT;
	err = walk_identify(w);
	if (err < 0)
		return err;
	if (how.nodev && (S_ISCHR(w->obj.mode) || S_ISBLK(w->obj.mode)))
		return -EACCES;
	w->fd_mode = w->obj.mode;
	err = w->obj.fs->ops->open_obj(&w->obj, w->c, &how, &w->fd);
	return err == FS_BLOCK ? -EWOULDBLOCK : err;
}
