/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.c - places: looked up by name, or found from a descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "vfs/attach.h"
#include "vfs/node_tree.h"
#include "vfs/walk.h"

int
vfs_lookup(const struct vfs_ctx *c, const struct vfs_at *at, struct path *out)
{
	AUTO_WALK w = WALK_INIT;
	int err = walk_obj(&w, c, at);

	return err < 0 ? err : walk_place(&w, out);
}

int
vfs_lookup_fd(const struct vfs_ctx *c, const struct vfs_at *at,
	      struct path *out, int *fd)
{
	AUTO_WALK w = WALK_INIT;
	struct path where;
	int err = walk_obj(&w, c, at);

	if (err < 0)
		return err;
	if (!w.obj.fs->ops->path_fd)
		return -EOPNOTSUPP;
	/* The node first: path_fd may take the object's descriptor away. */
	err = walk_place(&w, &where);
	if (err < 0)
		return err;
	err = w.obj.fs->ops->path_fd(&w.obj, c, &w.fd);
	if (err < 0) {
		path_put(&where);
		return err;
	}
	*out = where;
	*fd = steal_fd(&w.fd);
	return 0;
}

/*
 * The mount that shows `n` of `fs`: the one remembered, else the first of the
 * namespace in whose part of the filesystem it lies.  Counted, or NULL.
 */
static struct mount *
find_mount_get(const struct vfs_ctx *c, const struct mount *hint,
	       struct node *n)
{
	struct mount *m, *found = NULL;

	vfs_lock(c->vfs);
	TAILQ_FOREACH(m, &c->ns->mounts, ns_link) {
		if (m->fs != n->fs || !node_is_below(n, m->root))
			continue;
		if (!found || m == hint)
			found = m;
		if (m == hint || !hint)
			break;
	}
	if (found)
		mount_get(found);
	vfs_unlock(c->vfs);
	return found;
}

/* Which filesystem of the namespace, counted, or of the hint; NULL: none. */
static struct fs *
find_fs_get(const struct vfs_ctx *c, int fd, const struct stat *st,
	    const struct mount *hint)
{
	struct mount *m;
	struct fs *fs = NULL;

	if (hint && hint->fs->ops->owns_fd &&
	    hint->fs->ops->owns_fd(hint->fs, fd, st))
		return fs_get(hint->fs);
	m = mount_for_fd_get(c->ns, fd);
	if (m) {
		fs = fs_get(m->fs);
		mount_put(m);
	}
	return fs;
}

/* A mount that the namespace has lost (lazily unmounted) is still the place
 * of what was opened through it. */
static struct mount *
mount_for_node_get(const struct vfs_ctx *c, const struct mount *hint,
		   struct node *n)
{
	if (hint && hint->fs == n->fs && node_is_below(n, hint->root))
		return mount_get((struct mount *)(uintptr_t)hint);
	return find_mount_get(c, hint, n);
}

/*
 * How many mounts of the filesystem of `m` the namespace has.  One of them, a
 * read-only one if there is any, takes the place of `m`.
 */
static unsigned int
count_mounts(const struct vfs_ctx *c, struct mount **m)
{
	struct mount *other, *strict = *m;
	unsigned int n = 0;

	vfs_lock(c->vfs);
	TAILQ_FOREACH(other, &c->ns->mounts, ns_link) {
		if (other->fs != (*m)->fs)
			continue;
		n++;
		if (mount_is_readonly(other))
			strict = other;
	}
	mount_get(strict);
	vfs_unlock(c->vfs);
	mount_put(*m);
	*m = strict;
	return n;
}

struct mount *
place_mount_get(const struct vfs_ctx *c, int fd)
{
	struct mount *m = mount_for_fd_get(c->ns, fd);
	struct path where;
	int dup;

	if (!m || count_mounts(c, &m) < 2)
		return m;
	dup = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (dup >= 0 && vfs_path_from_fd(c, dup, NULL, &where) == 0) {
		mount_put(m);
		m = mount_get(where.mnt);
		path_put(&where);
	}
	return m;
}

static int
path_from_mount(struct mount *m, int fd, const struct statx *stx, bool sole,
		struct path *out)
{
	struct fs_obj o = { .fd = fd, .fd_owned = true };
	struct path p = { .mnt = m };
	int err = -ESTALE;

	if (!mount_try_get(m))
		return -ESTALE;
	o.fs = m->fs;
	if ((!sole || atomic_load(&o.fs->nr_mounts) == 1) &&
	    S_ISDIR(stx->stx_mode) && o.fs->ops->recognise &&
	    o.fs->ops->recognise(o.fs, stx, &o))
		err = node_for_obj(&o, &p.node);
	if (err == 0) {
		fs_obj_fini(&o);
		path_get(&p);
		node_put(p.node);
		*out = p;
	}
	mount_put(m);
	return err;
}

int
vfs_path_from_record(struct mount *m, int fd, const struct statx *stx,
		     struct path *out)
{
	return path_from_mount(m, fd, stx, false, out);
}

int
vfs_path_from_sole(struct mount *m, int fd, const struct statx *stx,
		   struct path *out)
{
	return path_from_mount(m, fd, stx, true, out);
}

int
vfs_path_from_fd(const struct vfs_ctx *c, int fd, const struct mount *hint,
		 struct path *out)
{
	AUTO_FD owned = fd;
	struct fs_obj o = { .fd = fd };
	const struct vfs_hooks *h = &c->vfs->hooks;
	struct path p = { NULL, NULL };
	struct mount *held = (struct mount *)(uintptr_t)hint;
	struct stat st;
	struct fs *fs;
	int err;

	if (h->fd_place && h->fd_place(h->arg, fd, hint, out))
		return 0;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (held && !mount_try_get(held))
		hint = held = NULL;
	fs = find_fs_get(c, fd, &st, hint);
	if (!fs) {
		if (held)
			mount_put(held);
		return -ESTALE;
	}
	o.fs = fs;
	o.fd_owned = true;
	steal_fd(&owned);
	err = node_for_obj(&o, &p.node);
	fs_obj_fini(&o);
	if (err == 0) {
		p.mnt = mount_for_node_get(c, hint, p.node);
		if (p.mnt) {
			path_get(&p);
			*out = p;
			mount_put(p.mnt);
		} else {
			err = -ESTALE;
		}
		node_put(p.node);
	}
	fs_put(fs);
	if (held)
		mount_put(held);
	return err;
}
