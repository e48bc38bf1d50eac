/* SPDX-License-Identifier: Apache-2.0 */
/*
 * propagate_umount.c - which mounts go together with those that are
 * unmounted.  As propagate_umount() in fs/pnode.c, Linux 6.18; the terms are
 * explained in docs/propagation.md.
 *
 * A candidate is what is mounted where an umount is received.  It may go
 * unless that would leave something behind that hangs from it (the set must
 * be closed), or uncover what a lock covers.
 */
#include "vfs/attach.h"
#include "vfs/peer.h"
#include "vfs/propagate.h"

#define DECIDED	(MARK_CANDIDATE | MARK_SEEN)

static bool
is_candidate(const struct mount *m)
{
	return m->marks & MARK_CANDIDATE;
}

static bool
is_going(const struct mount *m)
{
	return m->marks & MARK_GOING;
}

/* Appends to `candidates` what is mounted where umounts of `m` are received. */
static void
add_candidates_locked(struct mount *m, struct mount_list *candidates)
{
	struct mount *parent = mount_parent_locked(m), *q, *child;

	if (!parent)
		return;
	q = peer_next_receiver_locked(parent, parent);
	while (q) {
		child = propagate_peer_of_locked(q, mount_point_locked(m));
		if (child && is_candidate(child)) {
			/* met before, and so was all that receives from q */
			q = peer_skip_receivers_locked(q, parent);
			continue;
		}
		if (child) {
			child->marks |= MARK_CANDIDATE;
			if (!is_going(child))
				TAILQ_INSERT_HEAD(candidates, child,
						  work_link);
		}
		q = peer_next_receiver_locked(q, parent);
	}
}

static void
gather_locked(struct mount_list *set, struct mount_list *candidates)
{
	struct mount *m;

	TAILQ_FOREACH(m, set, work_link) {
		if (is_candidate(m))
			continue;
		m->marks |= MARK_CANDIDATE;
		add_candidates_locked(m, candidates);
	}
	TAILQ_FOREACH(m, set, work_link)
		m->marks &= ~(unsigned int)MARK_CANDIDATE;
}

static void
strike(struct mount *m, struct mount_list *candidates)
{
	TAILQ_REMOVE(candidates, m, work_link);
	m->marks &= ~(unsigned int)DECIDED;
}

static void
let_go(struct mount *m, struct mount_list *going)
{
	m->marks |= MARK_GOING;
	TAILQ_INSERT_TAIL(going, m, work_link);
}

/*
 * Something below candidate `m` stays.  Where the line down to it is not one
 * of covers, the mount above cannot go either.
 */
static void
strike_ancestors_locked(struct mount *m)
{
	struct mount *parent = mount_parent_locked(m);

	while (parent && is_candidate(parent)) {
		if (m->marks & MARK_SEEN)
			return;		/* been here: only covers follow */
		m->marks |= MARK_SEEN;
		if (m != mount_cover_locked(parent))
			parent->marks &= ~(unsigned int)MARK_CANDIDATE;
		m = parent;
		parent = mount_parent_locked(m);
	}
}

/*
 * Strikes `m` if what stays below it forbids that it goes.  Commits to its
 * going if that is certain by now.  Else it stays on the list.
 */
static void
weigh_locked(struct mount *m, struct mount_list *candidates,
	     struct mount_list *going)
{
	bool stays_below = false, holds = false, empty = true;
	struct mount *child, *cover = mount_cover_locked(m);

	if (!is_candidate(m)) {
		strike(m, candidates);
		return;
	}
	TAILQ_FOREACH(child, &m->children, child_link) {
		if (is_going(child))
			continue;
		empty = false;
		if (is_candidate(child))
			continue;
		stays_below = true;
		if (child != cover) {
			holds = true;
			break;
		}
	}
	if (stays_below)
		strike_ancestors_locked(m);
	if (holds) {
		strike(m, candidates);
	} else if (!stays_below && empty && !m->locked) {
		strike(m, candidates);
		let_go(m, going);
	}
}

/*
 * What is left is closed, but for locks: a locked mount may go only with the
 * mount that it is on.  Decides about `m` and the candidates above it.
 */
static void
weigh_locks_locked(struct mount *m, struct mount_list *candidates,
		   struct mount_list *going)
{
	struct mount *stop = m, *p = m;

	if (!is_candidate(m)) {
		strike(m, candidates);
		return;
	}
	while (p && is_candidate(p)) {
		strike(p, candidates);
		if (!p->locked)
			stop = mount_parent_locked(p);
		p = mount_parent_locked(p);
	}
	if (p && is_going(p))
		stop = p;
	while (m != stop) {
		let_go(m, going);
		m = mount_parent_locked(m);
	}
}

/*
 * `m` stays and covers a stack of mounts that go: down to where the lowest of
 * them is.  Two mounts are in one place then, until that one is taken off.
 */
static void
slide_down_locked(struct mount *m)
{
	struct mount *parent = m;
	struct node *point;

	do {
		point = mount_point_locked(parent);
		parent = mount_parent_locked(parent);
	} while (is_going(parent));
	mount_move_locked(m, parent, point);
}

void
propagate_umount_locked(struct mount_list *set)
{
	struct mount_list candidates = TAILQ_HEAD_INITIALIZER(candidates);
	struct mount_list going = TAILQ_HEAD_INITIALIZER(going);
	struct mount *m, *next;

	gather_locked(set, &candidates);
	for (m = TAILQ_FIRST(&candidates); m; m = next) {
		next = TAILQ_NEXT(m, work_link);
		weigh_locked(m, &candidates, &going);
	}
	while ((m = TAILQ_FIRST(&candidates)))
		weigh_locks_locked(m, &candidates, &going);
	TAILQ_FOREACH(m, &going, work_link) {
		struct mount *cover = mount_cover_locked(m);

		if (cover && !is_going(cover))
			slide_down_locked(cover);
	}
	TAILQ_CONCAT(set, &going, work_link);
}

void
propagate_unlock_locked(struct mount *m)
{
	struct mount *parent = mount_parent_locked(m), *q = parent, *child;

	while (q && (q = peer_next_receiver_locked(q, parent))) {
		child = propagate_peer_of_locked(q, mount_point_locked(m));
		if (child)
			child->locked = false;
	}
}
