/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostdir: changing directories.  One component in an O_PATH descriptor; no
 * call here follows a link in it.
 */
#include "vfs/fs/hostdir.h"

#include <string.h>

#include "include/auto.h"
#include "include/uapi.h"
#include "vfs/fs/hostdir_deny.h"
#include "vfs/fs/hostdir_hint.h"
#include "vfs/fs/hostdir_link.h"

/* The core gives one plain component.  Nothing else may get to the host. */
static int
check_name(struct fs_obj *dir, const char *name)
{
	int fd = hostdir_fd(dir);

	if (fd < 0)
		return fd;
	if (!*name || strchr(name, '/') || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		return -EINVAL;
	return 0;
}

/* May this name be touched, as far as the deny rules say? */
static int
check_denied(struct fs_obj *dir, const char *name)
{
	struct hostdir_deny *deny = hostdir_of(dir->fs)->deny;
	struct stat st, child;
	int err;

	if (!deny)
		return 0;
	err = host_fstat(dir->fd, &st);
	if (err)
		return err;
	err = host_fstatat(dir->fd, name, &child);
	if (err && err != -ENOENT)
		return err;
	return hostdir_deny_step(deny, &st, name, err ? NULL : &child) ?
	    -EACCES : 0;
}

/* Before a name is made: it must not exist (-EEXIST even on a read-only
 * filesystem), as filename_create() in fs/namei.c. */
static int
check_create(struct fs_obj *dir, const char *name)
{
	struct stat st;
	int err = check_name(dir, name);

	if (!err)
		err = check_denied(dir, name);
	if (err || !hostdir_is_ro(dir->fs))
		return err;
	err = host_fstatat(dir->fd, name, &st);
	if (err == -ENOENT)
		return -EROFS;
	return err ? err : -EEXIST;
}

/* Before a name is taken away. */
static int
check_remove(struct fs_obj *dir, const char *name)
{
	int err = check_name(dir, name);

	if (!err && hostdir_is_ro(dir->fs))
		err = -EROFS;
	return err ? err : check_denied(dir, name);
}

int
hostdir_mkdir(struct fs_obj *dir, const struct vfs_ctx *c, const char *name,
	      mode_t mode)
{
	int err = check_create(dir, name);

	(void)c;
	return err ? err : host_mkdir(dir->fd, name, mode & 07777);
}

/* From now on files of this tree have to be looked at before an open; the
 * opens under way without a look end first. */
static void
note_special(struct fs *fs)
{
	struct hostdir *hd = hostdir_of(fs);

	if (!hd->private)
		return;
	pthread_rwlock_wrlock(&hd->special_lock);
	hd->special = true;
	pthread_rwlock_unlock(&hd->special_lock);
}

int
hostdir_mknod(struct fs_obj *dir, const struct vfs_ctx *c, const char *name,
	      mode_t mode, dev_t dev)
{
	mode_t type = mode & S_IFMT;
	int err = check_create(dir, name);

	(void)c;
	if (err)
		return err;
	if (S_ISFIFO(type) || S_ISCHR(type) || S_ISBLK(type))
		note_special(dir->fs);
	return host_mknod(dir->fd, name, mode, dev);
}

int
hostdir_symlink(struct fs_obj *dir, const struct vfs_ctx *c,
		const char *name, const char *target)
{
	int err = check_create(dir, name);

	(void)c;
	return err ? err : host_symlink(target, dir->fd, name);
}

int
hostdir_unlink(struct fs_obj *dir, const struct vfs_ctx *c, const char *name,
	       int flags)
{
	struct hostdir_hints *hints = hostdir_of(dir->fs)->hints;
	int err = check_remove(dir, name);

	(void)c;
	if (err)
		return err;
	/* A directory that is kept open would live on: inotify tells. */
	if (hints && (flags & AT_REMOVEDIR))
		hostdir_hint_forget(hints);
	err = host_unlink(dir->fd, name, flags & AT_REMOVEDIR);
	hostdir_links_forget(hostdir_of(dir->fs)->links);
	return err;
}

/* A directory that moved takes the paths below it along. */
static void
note_moved(struct fs_obj *dir, const char *name)
{
	struct hostdir_hints *hints = hostdir_of(dir->fs)->hints;
	struct stat st;

	if (hints && (host_fstatat(dir->fd, name, &st) < 0 ||
		      S_ISDIR(st.st_mode)))
		hostdir_hint_forget(hints);
}

int
hostdir_rename(struct fs_obj *from, const char *from_name, struct fs_obj *to,
	       const char *to_name, const struct vfs_ctx *c,
	       unsigned int flags)
{
	int err = check_remove(from, from_name);

	(void)c;
	if (!err)
		err = check_remove(to, to_name);
	if (err)
		return err;
	if (flags & RENAME_WHITEOUT)
		note_special(from->fs);
	err = host_rename(from->fd, from_name, to->fd, to_name, flags);
	hostdir_links_forget(hostdir_of(from->fs)->links);
	if (err)
		return err;
	note_moved(to, to_name);
	if (flags & RENAME_EXCHANGE)
		note_moved(from, from_name);
	return 0;
}

int
hostdir_link(struct fs_obj *o, struct fs_obj *dir, const char *name,
	     const struct vfs_ctx *c)
{
	int err = check_create(dir, name);

	(void)c;
	if (!err && hostdir_fd(o) < 0)
		err = hostdir_fd(o);
	return err ? err : host_link(o->fd, dir->fd, name);
}
