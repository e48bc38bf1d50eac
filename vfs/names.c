/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - making and removing names in directories.  Checks in the order
 * of filename_create(), do_unlinkat() and do_rmdir() in fs/namei.c, Linux
 * 6.18.  Rename has its own file.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "vfs/mount_op.h"
#include "vfs/names.h"
#include "vfs/node_tree.h"

int
name_begin_create(struct walk *w, const struct vfs_ctx *c,
		  const struct vfs_at *at, bool want_dir)
{
	bool readonly;
	int ret = walk_parent(w, c, at);

	if (ret < 0)
		return ret;
	if (w->last_type != LAST_NORM)
		return -EEXIST;
	readonly = mount_is_readonly(w->mnt);
	if (!readonly && (want_dir || !w->last_slash))
		return 0;
	ret = walk_has_entry(w, w->last, NULL);
	if (ret != 0)
		return ret < 0 ? ret : -EEXIST;
	if (node_is_gone(w->obj.node))
		return -ENOENT;
	return readonly && (want_dir || !w->last_slash) ? -EROFS : -ENOENT;
}

int
vfs_mkdir(const struct vfs_ctx *c, const struct vfs_at *at, mode_t mode)
{
	AUTO_WALK w = WALK_INIT;
	int err = name_begin_create(&w, c, at, true);

	if (err < 0)
		return err;
	if (!w.obj.fs->ops->mkdir)
		return -EPERM;
	return w.obj.fs->ops->mkdir(&w.obj, c, w.last,
				    mode & ~c->umask & 01777);
}

/* As may_mknod(). */
static int
check_node_type(mode_t *mode)
{
	switch (*mode & S_IFMT) {
	case 0:
		*mode |= S_IFREG;
		return 0;
	case S_IFREG: case S_IFCHR: case S_IFBLK: case S_IFIFO:
	case S_IFSOCK:
		return 0;
	case S_IFDIR:
		return -EPERM;
	}
	return -EINVAL;
}

int
vfs_mknod(const struct vfs_ctx *c, const struct vfs_at *at, mode_t mode,
	  dev_t dev)
{
	AUTO_WALK w = WALK_INIT;
	int err = check_node_type(&mode);

	if (err == 0)
		err = name_begin_create(&w, c, at, false);
	if (err < 0)
		return err;
	if (!w.obj.fs->ops->mknod)
		return -EPERM;
	return w.obj.fs->ops->mknod(&w.obj, c, w.last, mode & ~c->umask, dev);
}

int
vfs_symlink(const struct vfs_ctx *c, const char *target,
	    const struct vfs_at *at)
{
	AUTO_WALK w = WALK_INIT;
	int err;

	if (!*target)
		return -ENOENT;
	err = name_begin_create(&w, c, at, false);
	if (err < 0)
		return err;
	if (!w.obj.fs->ops->symlink)
		return -EPERM;
	return w.obj.fs->ops->symlink(&w.obj, c, w.last, target);
}

int
vfs_link(const struct vfs_ctx *c, const struct vfs_at *from,
	 const struct vfs_at *to)
{
	AUTO_WALK old = WALK_INIT, new = WALK_INIT;
	int err = walk_obj(&old, c, from);

	if (err == 0)
		err = name_begin_create(&new, c, to, false);
	if (err < 0)
		return err;
	if (old.mnt != new.mnt) {
		err = walk_has_entry(&new, new.last, NULL);
		return err < 0 ? err : err ? -EEXIST : -EXDEV;
	}
	if (!new.obj.fs->ops->link)
		return -EPERM;
	return new.obj.fs->ops->link(&old.obj, &new.obj, new.last, c);
}

int
vfs_lookup_parent_fd(const struct vfs_ctx *c, const struct vfs_at *at,
		     bool create, int *dirfd, const char **last)
{
	AUTO_WALK w = WALK_INIT;
	const char *end;
	int err;

	if (create)
		err = name_begin_create(&w, c, at, false);
	else
		err = walk_parent(&w, c, at);
	if (err < 0)
		return err;
	if (!w.obj.fs->ops->path_fd)
		return -EOPNOTSUPP;
	err = w.obj.fs->ops->path_fd(&w.obj, c, dirfd);
	if (err < 0)
		return err;
	mount_touch(w.mnt);
	/* the caller's bytes: w.last lies in a copy */
	end = at->name + strlen(at->name);
	while (end > at->name && end[-1] == '/')
		end--;
	while (end > at->name && end[-1] != '/')
		end--;
	*last = end;
	return 0;
}

/* -------------------------------------------------------------- removing */

/* The linked node of a name in w->obj, counted, or NULL: only one that is in
 * the sparse tree can have something mounted on it. */
struct node *
name_node_get(struct walk *w)
{
	if (!w->obj.node || !atomic_load(&w->obj.node->below))
		return NULL;
	return node_child_get(w->obj.node, w->last, strlen(w->last));
}

bool
name_is_mountpoint(const struct vfs_ctx *c, struct node *n)
{
	bool yes;

	if (!n || !atomic_load(&n->mounts))
		return false;
	vfs_lock(c->vfs);
	yes = mntns_mounts_on_locked(c->ns, n);
	vfs_unlock(c->vfs);
	return yes;
}

/* May the caller change names in w->obj?  As may_delete(), but for what only
 * the filesystem knows. */
static int
may_delete(struct walk *w)
{
	struct vfs_ctx eff = *w->c;

	eff.effective_ids = true;
	return w->obj.fs->ops->access(&w->obj, &eff, W_OK | X_OK);
}

static int
refuse_mountpoint(struct walk *w, const struct node *n, bool rmdir)
{
	int err = may_delete(w);

	if (err < 0)
		return err;
	if (rmdir && !S_ISDIR(n->type))
		return -ENOTDIR;
	if (!rmdir && S_ISDIR(n->type))
		return -EISDIR;
	return -EBUSY;
}

/* The name is gone: mounts on it in other namespaces go as well. */
void
name_removed(const struct vfs_ctx *c, struct node *n)
{
	struct mount_list gone = TAILQ_HEAD_INITIALIZER(gone);

	if (!n)
		return;
	vfs_lock(c->vfs);
	atomic_store(&n->unlinked, true);
	detach_mounts_on_locked(c->vfs, n, &gone);
	vfs_unlock(c->vfs);
	linger_keep(&gone);
	detach_finish(&gone);
}

static int
check_last_unlink(struct walk *w)
{
	mode_t mode;
	int ret;

	if (w->last_type != LAST_NORM)
		return -EISDIR;
	if (mount_is_readonly(w->mnt))
		return -EROFS;
	if (!w->last_slash)
		return 0;
	ret = walk_has_entry(w, w->last, &mode);
	if (ret <= 0)
		return ret < 0 ? ret : -ENOENT;
	return S_ISDIR(mode) ? -EISDIR : -ENOTDIR;
}

static int
check_last_rmdir(struct walk *w)
{
	switch (w->last_type) {
	case LAST_DOTDOT:
		return -ENOTEMPTY;
	case LAST_DOT:
		return -EINVAL;
	case LAST_ROOT:
		return -EBUSY;
	case LAST_NORM:
		break;
	}
	return mount_is_readonly(w->mnt) ? -EROFS : 0;
}

int
vfs_unlink(const struct vfs_ctx *c, const struct vfs_at *at, int flags)
{
	AUTO_WALK w = WALK_INIT;
	bool rmdir = flags & AT_REMOVEDIR;
	struct node *n;
	int err;

	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	err = walk_parent(&w, c, at);
	if (err == 0)
		err = rmdir ? check_last_rmdir(&w) : check_last_unlink(&w);
	if (err < 0)
		return err;
	n = name_node_get(&w);
	if (name_is_mountpoint(c, n))
		err = refuse_mountpoint(&w, n, rmdir);
	else if (!w.obj.fs->ops->unlink)
		err = -EPERM;
	else
		err = w.obj.fs->ops->unlink(&w.obj, c, w.last, flags);
	if (err == 0)
		name_removed(c, n);
	if (n)
		node_put(n);
	return err;
}
