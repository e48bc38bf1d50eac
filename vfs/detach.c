/* SPDX-License-Identifier: Apache-2.0 */
/*
 * detach.c - taking trees of mounts off.  As umount_tree() in fs/namespace.c,
 * Linux 6.18.
 */
#include "vfs/attach.h"
#include "vfs/mntns.h"
#include "vfs/peer.h"
#include "vfs/propagate.h"
#include "vfs/tree.h"

void
mount_detach_locked(struct mount *m)
{
	struct mount *parent;
	struct node *point;

	mount_unlink_locked(m, &parent, &point);
	point_unpin_locked(parent, point);
	if (m->kept)
		m->kept = false;	/* the reference to `m` is the caller's */
	else
		mount_put(parent);
}

/* Does `m`, which goes, stay attached to a parent that goes too? */
static bool
stays_attached_locked(const struct mount *m, unsigned int how)
{
	const struct mount *parent = mount_parent_locked(m);

	if ((how & DETACH_AT_ONCE) || !(parent->marks & MARK_GOING))
		return false;
	return (how & DETACH_CONNECTED) || m->locked;
}

/* From now on the parent holds `m`, and not the other way round. */
static void
keep_attached_locked(struct mount *m)
{
	struct mount *parent = mount_parent_locked(m);

	m->kept = true;
	parent->keeps = true;
	mount_put(parent);
}

void
detach_tree_locked(struct mount *top, unsigned int how,
		   struct mount_list *gone)
{
	struct mount_list set = TAILQ_HEAD_INITIALIZER(set);
	struct mount_list kept = TAILQ_HEAD_INITIALIZER(kept);
	struct vfs *v = top->vfs;
	struct mount *m, *next;

	if (how & DETACH_PROPAGATE)
		propagate_unlock_locked(top);
	for (m = top; m; m = mount_next_locked(m, top)) {
		m->marks |= MARK_GOING;
		TAILQ_INSERT_TAIL(&set, m, work_link);
	}
	mount_table_begin(v);
	if (how & DETACH_PROPAGATE)
		propagate_umount_locked(&set);
	peer_leave_all_locked(&set);
	for (m = TAILQ_FIRST(&set); m; m = next) {
		next = TAILQ_NEXT(m, work_link);
		mntns_changed(m->ns);
		mntns_remove_locked(m->ns, m);
		if (!mount_parent_locked(m))
			continue;
		if (stays_attached_locked(m, how)) {
			keep_attached_locked(m);
			TAILQ_REMOVE(&set, m, work_link);
			TAILQ_INSERT_TAIL(&kept, m, work_link);
		} else {
			mount_detach_locked(m);
			m->locked = false;
		}
	}
	mount_table_end(v);
	TAILQ_FOREACH(m, &set, work_link)
		m->marks &= ~(unsigned int)MARK_GOING;
	while ((m = TAILQ_FIRST(&kept))) {
		TAILQ_REMOVE(&kept, m, work_link);
		m->marks &= ~(unsigned int)MARK_GOING;
	}
	TAILQ_CONCAT(gone, &set, work_link);
}

void
detach_mounts_on_locked(struct vfs *v, const struct node *n,
			struct mount_list *gone)
{
	struct mount *m;

	(void)v;
	while ((m = LIST_FIRST(&n->mounted))) {
		if (m->ns) {
			detach_tree_locked(m, DETACH_CONNECTED, gone);
		} else {
			mount_detach_locked(m);
			TAILQ_INSERT_TAIL(gone, m, work_link);
		}
	}
}

void
detach_finish(struct mount_list *gone)
{
	struct mount *m;

	while ((m = TAILQ_FIRST(gone))) {
		TAILQ_REMOVE(gone, m, work_link);
		mount_put(m);
	}
}

void
tree_discard(struct mount *tree)
{
	struct mount_list gone = TAILQ_HEAD_INITIALIZER(gone);
	struct vfs *v = tree->vfs;

	vfs_lock(v);
	tree_discard_locked(tree, &gone);
	vfs_unlock(v);
	detach_finish(&gone);
}
