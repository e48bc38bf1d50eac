/* SPDX-License-Identifier: Apache-2.0 */
#include "vfs/peer.h"

#include <assert.h>
#include <errno.h>

#include "vfs/propagate.h"

void
peer_init(struct mount *m)
{
	m->group = 0;
	m->peer_next = m;
	m->peer_prev = m;
	m->master = NULL;
	TAILQ_INIT(&m->slaves);
	m->unbindable = false;
}

static void
ring_insert_after(struct mount *at, struct mount *m)
{
	m->peer_next = at->peer_next;
	m->peer_prev = at;
	at->peer_next->peer_prev = m;
	at->peer_next = m;
}

static void
ring_remove(struct mount *m)
{
	m->peer_prev->peer_next = m->peer_next;
	m->peer_next->peer_prev = m->peer_prev;
	m->peer_next = m;
	m->peer_prev = m;
}

void
peer_join_locked(struct mount *old, struct mount *m)
{
	if (old->group) {
		m->group = old->group;
		ring_insert_after(old, m);
	}
	if (old->master) {
		m->master = old->master;
		TAILQ_INSERT_AFTER(&old->master->slaves, old, m, slave_link);
	}
}

int
peer_clone_locked(struct mount *old, struct mount *m, unsigned int how)
{
	bool joins = old->group && !(how & COPY_SLAVE);
	int err;

	if ((how & COPY_SHARED) && !joins) {
		err = peer_group_new_locked(m);
		if (err < 0)
			return err;
	}
	if (old->group && !joins) {
		m->master = old;
		TAILQ_INSERT_HEAD(&old->slaves, m, slave_link);
	} else {
		peer_join_locked(old, m);
	}
	return 0;
}

int
peer_group_new_locked(struct mount *m)
{
	int id = idset_alloc(&m->vfs->group_ids);

	if (id < 0)
		return id;
	m->group = id;
	return 0;
}

void
peer_group_undo_locked(struct mount *m)
{
	assert(m->group && m->peer_next == m && TAILQ_EMPTY(&m->slaves));
	idset_free(&m->vfs->group_ids, m->group);
	m->group = 0;
}

/* Hands the slaves of `m` to `to`, at the head of its list in their order;
 * without `to` they have no master any more. */
static void
hand_slaves(struct mount *m, struct mount *to)
{
	struct mount *s;

	while ((s = TAILQ_LAST(&m->slaves, mount_list))) {
		TAILQ_REMOVE(&m->slaves, s, slave_link);
		s->master = to;
		if (to)
			TAILQ_INSERT_HEAD(&to->slaves, s, slave_link);
	}
}

/* Leaves the group.  Returns who comes next: a former peer, else the old
 * master, else NULL; m->master is left NULL. */
static struct mount *
leave_group(struct mount *m)
{
	struct mount *peer = m->peer_next != m ? m->peer_next : NULL;
	struct mount *to = peer ? peer : m->master;

	if (m->group && !peer)
		idset_free(&m->vfs->group_ids, m->group);
	m->group = 0;
	ring_remove(m);
	if (m->master)
		TAILQ_REMOVE(&m->master->slaves, m, slave_link);
	m->master = NULL;
	hand_slaves(m, to);
	return to;
}

void
peer_leave_locked(struct mount *m)
{
	leave_group(m);
	m->unbindable = false;
}

/*
 * `m` goes, and with it whoever would come next and goes too: each leaves its
 * group and its master's list.  Returns the first who stays, or NULL.  In
 * between m->master says how it went on from m; MARK_SEEN: it has left.
 */
static struct mount *
leave_until_survivor(struct mount *m)
{
	struct mount *next;

	for (;;) {
		next = m->peer_next != m ? m->peer_next : m->master;
		if (m->group && m->peer_next == m)
			idset_free(&m->vfs->group_ids, m->group);
		m->group = 0;
		ring_remove(m);
		if (m->master)
			TAILQ_REMOVE(&m->master->slaves, m, slave_link);
		m->master = next;
		m->unbindable = false;
		m->marks |= MARK_SEEN;
		if (!next || !(next->marks & MARK_GOING))
			return next;
		if (next->marks & MARK_SEEN)
			return next->master;
		m = next;
	}
}

void
peer_leave_all_locked(struct mount_list *set)
{
	struct mount *m, *p, *next, *heir;

	TAILQ_FOREACH(m, set, work_link) {
		if (m->marks & MARK_SEEN)
			continue;
		heir = leave_until_survivor(m);
		for (p = m; (next = p->master) != heir; p = next)
			p->master = heir;
	}
	TAILQ_FOREACH(m, set, work_link) {
		heir = m->master;
		m->master = NULL;
		m->marks &= ~(unsigned int)MARK_SEEN;
		hand_slaves(m, heir);
	}
}

static int
make_shared(struct mount *m)
{
	int err = m->group ? 0 : peer_group_new_locked(m);

	if (err == 0)
		m->unbindable = false;
	return err;
}

/* One that is a slave already only comes to the head of the list. */
static void
make_slave(struct mount *m)
{
	struct mount *to = m->master;

	if (m->group)
		to = leave_group(m);
	else if (to)
		TAILQ_REMOVE(&to->slaves, m, slave_link);
	m->master = to;
	if (to)
		TAILQ_INSERT_HEAD(&to->slaves, m, slave_link);
}

int
peer_change_locked(struct mount *m, unsigned long type)
{
	switch (type) {
	case MS_SHARED:
		return make_shared(m);
	case MS_SLAVE:
		make_slave(m);
		return 0;
	case MS_PRIVATE:
	case MS_UNBINDABLE:
		leave_group(m);
		m->unbindable = type == MS_UNBINDABLE;
		return 0;
	}
	return -EINVAL;
}

/* The receiver after `at` and what receives through it alone. */
static struct mount *
next_beside(struct mount *at, struct mount *m)
{
	for (;;) {
		struct mount *master = at->master;

		if (master == m->master) {
			struct mount *next = at->peer_next;

			return next == m ? NULL : next;
		}
		if (TAILQ_NEXT(at, slave_link))
			return TAILQ_NEXT(at, slave_link);
		at = master;
	}
}

/*
 * Depth first: the slaves of each member of the group, then the next member.
 * As propagation_next() in fs/pnode.c, Linux 6.18.
 */
struct mount *
peer_next_receiver_locked(struct mount *at, struct mount *m)
{
	if (!TAILQ_EMPTY(&at->slaves))
		return TAILQ_FIRST(&at->slaves);
	return next_beside(at, m);
}

struct mount *
peer_skip_receivers_locked(struct mount *at, struct mount *m)
{
	struct mount *next = next_beside(at, m);

	while (next && at->group && next->group == at->group)
		next = next_beside(next, m);
	return next;
}

/*
 * Was the group of `at` entered with the next peer?  The group of `origin`
 * is entered there; another with its first member in the master's list, in
 * which peers stand side by side.
 */
static bool
is_last_peer(const struct mount *at, const struct mount *origin)
{
	if (at->group == origin->group)
		return at->peer_next == origin;
	return TAILQ_NEXT(at, slave_link) != at->peer_next;
}

/* As next_group() in fs/pnode.c: groups of slaves before the next peer's. */
struct mount *
peer_next_group_locked(struct mount *at, struct mount *m)
{
	for (;;) {
		if (at->ns && !TAILQ_EMPTY(&at->slaves))
			return TAILQ_FIRST(&at->slaves);
		while (is_last_peer(at, m)) {
			if (at->group == m->group)
				return NULL;
			if (TAILQ_NEXT(at, slave_link))
				return TAILQ_NEXT(at, slave_link);
			at = at->master;	/* its slaves are done */
		}
		at = at->peer_next;
	}
}
