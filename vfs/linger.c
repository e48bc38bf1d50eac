/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linger.c - mounts that were lazily unmounted and have files open.
 *
 * A descriptor of a directory keeps its mount alive without the core being
 * told.  So the embedder is asked when the mount goes, and asked again when
 * another one does: closing the descriptor is no event either.
 */
#include "vfs/attach.h"
#include "vfs/mount_op.h"

/* Moves what is in use from one private list to another. */
static void
pick_used(struct mount_list *from, struct mount_list *used)
{
	struct mount *m, *next;

	for (m = TAILQ_FIRST(from); m; m = next) {
		next = TAILQ_NEXT(m, work_link);
		if (!mount_in_use(m, USE_BUSY))
			continue;
		TAILQ_REMOVE(from, m, work_link);
		TAILQ_INSERT_TAIL(used, m, work_link);
	}
}

static void
keep(struct vfs *v, struct mount_list *used)
{
	vfs_lock(v);
	TAILQ_CONCAT(&v->lingering, used, work_link);
	vfs_unlock(v);
}

void
linger_keep(struct vfs *v, struct mount_list *gone)
{
	struct mount_list used = TAILQ_HEAD_INITIALIZER(used);

	pick_used(gone, &used);
	keep(v, &used);
}

void
linger_sweep(struct vfs *v, bool all)
{
	struct mount_list some = TAILQ_HEAD_INITIALIZER(some);
	struct mount_list used = TAILQ_HEAD_INITIALIZER(used);

	vfs_lock(v);
	TAILQ_CONCAT(&some, &v->lingering, work_link);
	vfs_unlock(v);
	if (TAILQ_EMPTY(&some))
		return;
	if (!all) {
		pick_used(&some, &used);
		keep(v, &used);
	}
	detach_finish(&some);
}
