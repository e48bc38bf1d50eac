/* SPDX-License-Identifier: Apache-2.0 */
#include "vfs/propagate.h"

#include <errno.h>

#include "vfs/attach.h"
#include "vfs/mntns.h"
#include "vfs/node_tree.h"
#include "vfs/peer.h"
#include "vfs/tree.h"

/* One tree on its way to all who receive it. */
struct spread {
	struct mount *parent;
	struct node *point;
	struct mount *tree;
	struct mount_list *copies;
};

/*
 * Mounts of a tree that is being attached (no namespace), detached trees, and
 * those that do not show the place receive nothing; as need_secondary().
 */
static bool
is_receiver_locked(const struct mount *m, struct node *point)
{
	return m->ns && !m->ns->anon && node_is_below(point, m->root);
}

/* A copy of the tree `*last` for `m`; it becomes *last. */
static int
copy_for_locked(struct spread *s, struct mount *m, unsigned int how,
		struct mount **last)
{
	struct mount *copy;
	struct node *point;
	int err = point_pin_locked(NULL, m, s->point, &point);

	if (err < 0)
		return err;
	err = tree_copy_locked(*last, (*last)->root, true, how, &copy);
	if (err < 0) {
		point_unpin_locked(m, point);
		return err;
	}
	copy->dest = (struct path){ mount_get(m), point };
	copy->cover = NULL;
	TAILQ_INSERT_HEAD(s->copies, copy, work_link);
	*last = copy;
	return mntns_reserve_locked(m->ns, tree_count_locked(copy));
}

/*
 * Copies for the members of a group.  The first is a slave of the last copy
 * that was made for the group above, those that follow are its peers; in the
 * parent's own group they are peers of the tree itself.
 */
static int
copy_for_group_locked(struct spread *s, struct mount *first)
{
	bool own = first == s->parent;
	unsigned int how = COPY_SHARED;
	struct mount *last = own ? s->tree : first->master->copy;
	struct mount *m = first;
	int err;

	if (!own) {
		how = COPY_SLAVE;
		/* a member of the tree is not shared yet, as others see it */
		if (first->group && !(first->marks & MARK_FRESH))
			how |= COPY_SHARED;
	}
	do {
		if (m == s->parent || !is_receiver_locked(m, s->point))
			continue;
		err = copy_for_locked(s, m, how, &last);
		if (err < 0)
			return err;
		how = COPY_SHARED;
	} while ((m = m->peer_next) != first);
	do
		m->copy = last;
	while ((m = m->peer_next) != first);
	return 0;
}

int
propagate_attach_locked(struct mount *parent, struct node *point,
			struct mount *tree, struct mount_list *copies)
{
	struct spread s = { parent, point, tree, copies };
	struct mount *m;
	int err = 0;

	for (m = tree; m && err == 0; m = mount_next_locked(m, tree)) {
		if (m->group)
			continue;
		err = peer_group_new_locked(m);
		if (err == 0)
			m->marks |= MARK_FRESH;
	}
	for (m = parent; m && err == 0; m = peer_next_group_locked(m, parent))
		err = copy_for_group_locked(&s, m);
	return err;
}

void
propagate_settle_locked(struct mount *tree, bool keep)
{
	for (struct mount *m = tree; m; m = mount_next_locked(m, tree)) {
		if (!keep && (m->marks & MARK_FRESH))
			peer_group_undo_locked(m);
		m->marks &= ~(unsigned int)MARK_FRESH;
		if (m->group)
			m->unbindable = false;
	}
}

bool
propagate_would_cover_locked(const struct mount *from, const struct mount *to,
			     const struct node *point)
{
	if (!from->group || !node_same(to->root, point))
		return false;
	for (const struct mount *m = to; m; m = m->master)
		if (m->group == from->group)
			return true;
	return false;
}

struct mount *
propagate_peer_of_locked(struct mount *parent, struct node *point)
{
	struct mount *m;

	if (S_ISDIR(point->type))
		return mount_find_locked(parent->vfs, parent, point);
	if (node_same(point, parent->root))
		point = parent->root;
	m = mount_find_locked(parent->vfs, parent, point);
	if (m || point->name)
		return m;
	/* the root of a mount of a file: no name leads to it from there */
	TAILQ_FOREACH(m, &parent->children, child_link)
		if (node_same(mount_point_locked(m), point))
			return m;
	return NULL;
}

/* Would nothing but a cover of its root be left behind? */
static bool
is_alone_locked(const struct mount *m)
{
	struct mount *first = TAILQ_FIRST(&m->children);

	return !first || (!TAILQ_NEXT(first, child_link) &&
			  first == mount_cover_locked(m));
}

bool
propagate_busy_locked(struct mount *m, bool (*visit)(struct mount *, void *),
		      void *arg)
{
	struct mount *parent = mount_parent_locked(m), *q = parent, *child;

	if (!parent)
		return false;
	while ((q = peer_next_receiver_locked(q, parent))) {
		child = propagate_peer_of_locked(q, mount_point_locked(m));
		if (child && is_alone_locked(child) && visit(child, arg))
			return true;
	}
	return false;
}

int
propagate_change_type_locked(struct mount *m, unsigned long type,
			     bool recursive)
{
	struct mount *p = m;
	int err = 0;

	/* the numbers first: what can fail */
	while (type == MS_SHARED && p && err == 0) {
		if (!p->group) {
			err = peer_group_new_locked(p);
			if (err == 0)
				p->marks |= MARK_FRESH;
		}
		p = recursive ? mount_next_locked(p, m) : NULL;
	}
	for (p = m; p; p = recursive ? mount_next_locked(p, m) : NULL) {
		if (err < 0 && (p->marks & MARK_FRESH))
			peer_group_undo_locked(p);
		p->marks &= ~(unsigned int)MARK_FRESH;
		if (err == 0)
			err = peer_change_locked(p, type);
	}
	return err;
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
