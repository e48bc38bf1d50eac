/* SPDX-License-Identifier: Apache-2.0 */
#include "vfs/peer.h"

#include <errno.h>

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
peer_clone_locked(struct mount *old, struct mount *m)
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

static int
make_shared(struct mount *m)
{
	if (!m->group) {
		int id = idset_alloc(&m->vfs->group_ids);

		if (id < 0)
			return id;
		m->group = id;
	}
	m->unbindable = false;
	return 0;
}

static void
make_slave(struct mount *m)
{
	struct mount *to;

	if (!m->group)
		return;
	to = leave_group(m);
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

/*
 * Depth first: the slaves of each member of the group, then the next member.
 * As propagation_next() in fs/pnode.c, Linux 6.18.
 */
struct mount *
peer_next_receiver_locked(struct mount *at, struct mount *m)
{
	if (!TAILQ_EMPTY(&at->slaves))
		return TAILQ_FIRST(&at->slaves);
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
