/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mntns.c - mount namespaces.
 *
 * The root mount of a namespace is hidden: an empty directory that nobody is
 * in.  The visible root is mounted on it, so that it has a parent, and
 * pivot_root can put another in its place.
 */
#include "vfs/mntns.h"

#include <errno.h>
#include <stdlib.h>

#include "vfs/anon.h"
#include "vfs/attach.h"

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
	detach_tree_locked(ns->root, true, &gone);
	vfs_unlock(ns->vfs);
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

	if (!atomic_load(&n->mounts))
		return false;
	TAILQ_FOREACH(m, &ns->mounts, ns_link)
		if (mount_point_locked(m) == n)
			return true;
	return false;
}

int
vfs_new_ns(struct vfs *v, struct mount *root, struct mntns **out)
{
	struct mntns *ns = calloc(1, sizeof(*ns));
	struct path where;
	int err;

	err = ns ? mount_new(v, v->anon_fs, v->anon_fs->root, "rootfs", 0,
			     &ns->root) : -ENOMEM;
	if (err < 0) {
		tree_discard(root);
		free(ns);
		return err;
	}
	ref_init(&ns->ref);
	ns->vfs = v;
	ns->id = atomic_fetch_add(&v->next_ns, 1);
	TAILQ_INIT(&ns->mounts);
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

/* The first mount whose filesystem knows the descriptor, among those with
 * the same device number, or with another. */
static struct mount *
find_owner_locked(struct mntns *ns, int fd, const struct stat *st,
		  bool same_dev)
{
	struct fs *asked = NULL;
	struct mount *m;

	TAILQ_FOREACH(m, &ns->mounts, ns_link) {
		if (m->fs == asked || !m->fs->ops->owns_fd ||
		    (m->fs->dev == st->st_dev) != same_dev)
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
	struct mount *m;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return NULL;
	vfs_lock(ns->vfs);
	m = find_owner_locked(ns, fd, &st, true);
	if (!m)
		m = find_owner_locked(ns, fd, &st, false);
	if (m)
		mount_get(m);
	vfs_unlock(ns->vfs);
	return m;
}
