/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mntns.c - mount namespaces.
 *
 * The root mount of a namespace is hidden: an empty directory that nobody is
 * in.  The visible root is mounted on it, so that it has a parent, and
 * pivot_root can put another in its place.
 */
#include "vfs/mntns.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "vfs/anon.h"
#include "vfs/attach.h"
#include "vfs/mount_op.h"
#include "vfs/tree.h"

struct mntns *
mntns_get(struct mntns *ns)
{
	ref_get(&ns->ref);
	return ns;
}

void
mntns_put(struct mntns *ns)
{
	struct mount_list gone = TAILQ_HEAD_INITIALIZER(gone);

	if (!ref_put(&ns->ref))
		return;
	vfs_lock(ns->vfs);
	detach_tree_locked(ns->root, 0, &gone);
	vfs_unlock(ns->vfs);
	linger_park(ns->vfs, &gone);
	detach_finish(&gone);
	free(ns);
}

void
mntns_add_locked(struct mntns *ns, struct mount *m)
{
	struct mount *at = TAILQ_LAST(&ns->mounts, mount_list);

	while (at && at->id_unique > m->id_unique)
		at = TAILQ_PREV(at, mount_list, ns_link);
	if (at)
		TAILQ_INSERT_AFTER(&ns->mounts, at, m, ns_link);
	else
		TAILQ_INSERT_HEAD(&ns->mounts, m, ns_link);
	m->ns = ns;
	ns->nr_mounts++;
}

void
mntns_remove_locked(struct mntns *ns, struct mount *m)
{
	TAILQ_REMOVE(&ns->mounts, m, ns_link);
	m->ns = NULL;
	ns->nr_mounts--;
}

void
mntns_changed(struct mntns *ns)
{
	atomic_fetch_add(&ns->event, 1);
	if (ns->vfs->hooks.ns_changed)
		ns->vfs->hooks.ns_changed(ns->vfs->hooks.arg, ns);
}

uint64_t
mntns_event(const struct mntns *ns)
{
	return atomic_load(&ns->event);
}

uint64_t
mntns_id(const struct mntns *ns)
{
	return ns->id;
}

uint64_t
mntns_owner(const struct mntns *ns)
{
	return ns->owner;
}

bool
mntns_is_anon(const struct mntns *ns)
{
	return ns->anon;
}

bool
mntns_mounts_on_locked(const struct mntns *ns, const struct node *n)
{
	struct mount *m;

	LIST_FOREACH(m, &n->mounted, point_link)
		if (m->ns == ns)
			return true;
	return false;
}

int
mntns_reserve_locked(struct mntns *ns, unsigned int n)
{
	unsigned int used = ns->nr_mounts + ns->pending;

	if (used >= ns->vfs->mount_max || n > ns->vfs->mount_max - used)
		return -ENOSPC;
	ns->pending += n;
	return 0;
}

/* Without mounts. */
static struct mntns *
mntns_alloc(struct vfs *v, uint64_t owner)
{
	struct mntns *ns = calloc(1, sizeof(*ns));

	if (!ns)
		return NULL;
	ref_init(&ns->ref);
	ns->vfs = v;
	ns->owner = owner;
	ns->id = atomic_fetch_add(&v->next_ns, 1);
	TAILQ_INIT(&ns->mounts);
	return ns;
}

int
vfs_new_ns_for(struct vfs *v, struct mount *root, uint64_t owner,
	       struct mntns **out)
{
	struct mntns *ns = mntns_alloc(v, owner);
	struct path where;
	int err;

	err = ns ? mount_new(v, v->anon_fs, v->anon_fs->root, "rootfs", 0,
			     &ns->root) : -ENOMEM;
	if (err < 0) {
		tree_discard(root);
		free(ns);
		return err;
	}
	vfs_lock(v);
	mntns_add_locked(ns, ns->root);
	where = (struct path){ ns->root, ns->root->root };
	err = attach_tree_locked(NULL, root, &where);
	vfs_unlock(v);
	if (err < 0) {
		tree_discard(root);
		mntns_put(ns);
		return err;
	}
	*out = ns;
	return 0;
}

int
vfs_new_ns(struct vfs *v, struct mount *root, struct mntns **out)
{
	return vfs_new_ns_for(v, root, 0, out);
}

/* ---------------------------------------------------------------- copies */

/* Each mount of `tree` is in the namespace from now on; the originals
 * remember their copies. */
static void
adopt_copies_locked(struct mntns *ns, struct mount *old, struct mount *tree)
{
	struct mount *p = old, *q = tree;

	while (q) {
		mntns_add_locked(ns, q);
		p->copy = q;
		p = mount_next_locked(p, old);
		q = mount_next_locked(q, tree);
		/* what was left out has nothing below it */
		while (q && p && p->root != q->root)
			p = mount_next_locked(p, old);
	}
}

/* A place on a mount of `old` to the same on its copy; *was is to be put. */
static void
move_place_locked(const struct mntns *old, struct path *p, struct path *was)
{
	if (!p || !p->mnt || p->mnt->ns != old)
		return;
	*was = *p;
	p->mnt = was->mnt->copy;
	path_get(p);
}

int
vfs_copy_ns(const struct vfs_ctx *c, uint64_t owner, struct path *root,
	    struct path *cwd, struct mntns **out)
{
	struct mntns *old = c->ns, *ns = mntns_alloc(c->vfs, owner);
	struct path old_root = { NULL, NULL }, old_cwd = { NULL, NULL };
	unsigned int how = COPY_UNBINDABLE;
	int err;

	if (!ns)
		return -ENOMEM;
	if (owner != old->owner)
		how |= COPY_SLAVE;
	vfs_lock(c->vfs);
	err = tree_copy_locked(old->root, old->root->root, true, how,
			       &ns->root);
	if (err == 0) {
		if (owner != old->owner)
			tree_lock_locked(ns->root);
		adopt_copies_locked(ns, old->root, ns->root);
		move_place_locked(old, root, &old_root);
		move_place_locked(old, cwd, &old_cwd);
	}
	vfs_unlock(c->vfs);
	if (err < 0) {
		free(ns);
		return err;
	}
	path_put(&old_root);
	path_put(&old_cwd);
	*out = ns;
	return 0;
}

/* -------------------------------------------------------- detached trees */

int
mntns_new_anon_locked(struct vfs *v, uint64_t owner, struct mount *tree,
		      struct mntns **out)
{
	struct mntns *ns = mntns_alloc(v, owner);

	if (!ns)
		return -ENOMEM;
	ns->anon = true;
	ns->root = tree;
	for (struct mount *m = tree; m; m = mount_next_locked(m, tree))
		mntns_add_locked(ns, m);
	*out = ns;
	return 0;
}

bool
mntns_is_anon_root_locked(const struct mount *m)
{
	return m->ns && m->ns->anon && m->ns->root == m;
}

bool
mntns_is_usable_locked(const struct vfs_ctx *c, const struct mount *m)
{
	if (!m->ns || m->ns == c->ns)
		return m->ns;
	return m->ns->anon && (!m->ns->origin || m->ns->origin == c->ns->id);
}

void
mntns_free_anon(struct mntns *ns)
{
	assert(ns->anon && ns->nr_mounts == 0);
	free(ns);
}

void
mntns_dissolve_locked(struct mount *m, struct mount_list *gone)
{
	struct mntns *ns = m->ns;

	assert(mntns_is_anon_root_locked(m));
	detach_tree_locked(m, DETACH_CONNECTED, gone);
	mntns_free_anon(ns);
}

void
mntns_root(struct mntns *ns, struct path *out)
{
	struct path p = { ns->root, ns->root->root };

	vfs_lock(ns->vfs);
	path_top_locked(&p);
	path_get(&p);
	vfs_unlock(ns->vfs);
	*out = p;
}

enum owners { OWNERS_INNER, OWNERS_SAME_DEV, OWNERS_OTHER_DEV, OWNERS };

static bool
is_among(const struct fs *fs, const struct stat *st, enum owners which)
{
	if (fs->inner || which == OWNERS_INNER)
		return fs->inner && which == OWNERS_INNER;
	return (fs->dev == st->st_dev) == (which == OWNERS_SAME_DEV);
}

/* The first mount among those whose filesystem knows the descriptor. */
static struct mount *
find_owner_locked(struct mntns *ns, int fd, const struct stat *st,
		  enum owners which)
{
	struct fs *asked = NULL;
	struct mount *m;

	TAILQ_FOREACH(m, &ns->mounts, ns_link) {
		if (m->fs == asked || !m->fs->ops->owns_fd ||
		    !is_among(m->fs, st, which))
			continue;
		asked = m->fs;
		if (m->fs->ops->owns_fd(m->fs, fd, st))
			return m;
	}
	return NULL;
}

struct mount *
mount_for_fd_get(struct mntns *ns, int fd)
{
	struct mount *m = NULL;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return NULL;
	vfs_lock(ns->vfs);
	for (int which = 0; which < OWNERS && !m; which++)
		m = find_owner_locked(ns, fd, &st, (enum owners)which);
	if (m)
		mount_get(m);
	vfs_unlock(ns->vfs);
	return m;
}
