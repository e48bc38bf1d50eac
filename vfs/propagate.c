/* SPDX-License-Identifier: Apache-2.0 */
#include "vfs/propagate.h"

#include <errno.h>

#include "vfs/node_tree.h"
#include "vfs/peer.h"

/*
 * Does an attachment at (parent, point) have to be copied?  Mounts that do
 * not show `point`, or that are in no namespace yet, receive nothing; as
 * propagate_one() in fs/pnode.c.
 */
static bool
has_receivers_locked(struct mount *parent, struct node *point)
{
	struct mount *q = parent;

	while ((q = peer_next_receiver_locked(q, parent)))
		if (q->ns && node_is_below(point, q->root))
			return true;
	return false;
}

int
propagate_attach_locked(struct mount *parent, struct node *point,
			struct mount *tree)
{
	struct mount_list fresh = TAILQ_HEAD_INITIALIZER(fresh);
	struct mount *m;
	int err;

	if (!mount_is_shared(parent))
		return 0;
	if (has_receivers_locked(parent, point))
		return -EOPNOTSUPP;
	for (m = tree; m; m = mount_next_locked(m, tree)) {
		if (!m->group)
			TAILQ_INSERT_TAIL(&fresh, m, work_link);
		err = peer_change_locked(m, MS_SHARED);
		if (err < 0)
			goto undo;
	}
	return 0;
undo:
	/* a slave keeps its master when it leaves a group of its own */
	TAILQ_FOREACH(m, &fresh, work_link)
		if (m->group)
			peer_change_locked(m, m->master ? MS_SLAVE :
						MS_PRIVATE);
	return err;
}

static int
umount_one_locked(struct mount *m)
{
	struct mount *parent = mount_parent_locked(m), *q;

	if (!parent || !mount_is_shared(parent))
		return 0;
	for (q = parent; q; q = peer_next_receiver_locked(q, parent))
		if (q != parent &&
		    mount_find_locked(m->vfs, q, mount_point_locked(m)))
			return -EOPNOTSUPP;
	return 0;
}

int
propagate_umount_locked(struct mount *m, bool all)
{
	struct mount *p = m;
	int err;

	do {
		err = umount_one_locked(p);
		if (err < 0)
			return err;
		p = all ? mount_next_locked(p, m) : NULL;
	} while (p);
	return 0;
}

int
propagate_change_type_locked(struct mount *m, unsigned long type,
			     bool recursive)
{
	struct mount *p = m;
	int err;

	do {
		err = peer_change_locked(p, type);
		if (err < 0)
			return err;
		p = recursive ? mount_next_locked(p, m) : NULL;
	} while (p);
	return 0;
}

/* A member of the group of `master` in this namespace that is visible. */
static bool
group_is_visible(const struct mount *master, const struct mntns *ns,
		 bool (*visible)(const struct mount *, void *), void *arg)
{
	const struct mount *m = master;

	do {
		if (m->ns == ns && visible(m, arg))
			return true;
		m = m->peer_next;
	} while (m != master);
	return false;
}

int
propagate_from_locked(const struct mount *m,
		      bool (*visible)(const struct mount *, void *), void *arg)
{
	const struct mount *master;

	for (master = m->master; master; master = master->master)
		if (group_is_visible(master, m->ns, visible, arg))
			return master->group;
	return 0;
}
