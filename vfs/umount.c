/* SPDX-License-Identifier: Apache-2.0 */
/*
 * umount.c - umount2(2).  As path_umount() and do_umount() in
 * fs/namespace.c, Linux 6.18.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/mount.h>

#include "vfs/attach.h"
#include "vfs/mount_op.h"
#include "vfs/propagate.h"
#include "vfs/walk.h"

#define UMOUNT_FLAGS (MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW)

/*
 * What the embedder says about a mount that may have to go.  It is asked with
 * no lock held, so that things may have changed when the answers are used:
 * then it is asked again.
 */
struct answer {
	struct mount *mnt;	/* counted */
	bool used;
};

struct answers {
	struct answer *a;	/* the mount itself comes first */
	unsigned int n, size;
	bool writers;		/* its filesystem has some */
	bool failed;		/* no memory */
	bool incomplete;	/* a mount that was not asked about has come */
};

static struct answer *
find_answer(const struct answers *all, const struct mount *m)
{
	for (unsigned int i = 0; i < all->n; i++)
		if (all->a[i].mnt == m)
			return &all->a[i];
	return NULL;
}

static bool
is_used_locked(struct mount *m, struct answers *all)
{
	struct answer *a;

	if (atomic_load(&m->held) > 0)
		return true;
	a = find_answer(all, m);
	if (!a)
		all->incomplete = true;
	return !a || a->used;
}

static bool
is_used_visit(struct mount *m, void *arg)
{
	return is_used_locked(m, arg);
}

static int
check_expire_locked(const struct vfs_ctx *c, struct mount *m, int flags,
		    struct answers *all)
{
	if (m == c->root.mnt || (flags & (MNT_FORCE | MNT_DETACH)))
		return -EINVAL;
	if (!TAILQ_EMPTY(&m->children) || is_used_locked(m, all))
		return -EBUSY;
	return atomic_exchange(&m->expire, true) ? 0 : -EAGAIN;
}

/* "umount /" makes the root filesystem read-only; do_umount_root(). */
static int
umount_root_locked(const struct vfs_ctx *c, struct mount *m,
		   const struct answers *all)
{
	if (!vfs_capable(c, m->fs->owner, CAP_SYS_ADMIN))
		return -EPERM;
	if (atomic_load(&m->fs->sb_flags) & MS_RDONLY)
		return 0;
	if (all->writers)
		return -EBUSY;
	atomic_fetch_or(&m->fs->sb_flags, (unsigned long)MS_RDONLY);
	return 0;
}

static int
umount_locked(const struct vfs_ctx *c, const struct path *p, int flags,
	      struct answers *all, struct mount_list *gone)
{
	struct mount *m = p->mnt;
	int err;

	if (!path_is_mount_root(p) || m->ns != c->ns || m->locked)
		return -EINVAL;
	if ((flags & MNT_FORCE) &&
	    !vfs_capable(c, m->fs->owner, CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & MNT_EXPIRE) {
		err = check_expire_locked(c, m, flags, all);
		if (err < 0)
			return err;
	}
	if (m == c->root.mnt && !(flags & MNT_DETACH))
		return umount_root_locked(c, m, all);
	if (!mount_parent_locked(m))
		return -EINVAL;
	if (flags & MNT_DETACH) {
		detach_tree_locked(m, DETACH_PROPAGATE, gone);
		return 0;
	}
	if (!TAILQ_EMPTY(&m->children) || is_used_locked(m, all) ||
	    propagate_busy_locked(m, is_used_visit, all))
		return -EBUSY;
	detach_tree_locked(m, DETACH_PROPAGATE | DETACH_AT_ONCE, gone);
	return 0;
}

/* ---------------------------------------------------------------- asking */

static bool
note_locked(struct mount *m, void *arg)
{
	struct answers *all = arg;
	struct answer *a = all->a;

	if (all->n == all->size) {
		all->size = all->size ? all->size * 2 : 8;
		a = realloc(a, all->size * sizeof(*a));
		if (!a) {
			all->failed = true;
			return true;
		}
		all->a = a;
	}
	a[all->n++] = (struct answer){ mount_get(m), false };
	return false;
}

static void
forget(struct answers *all)
{
	for (unsigned int i = 0; i < all->n; i++)
		mount_put(all->a[i].mnt);
	all->n = 0;
}

/* With mounts that are held already there is nothing to ask. */
static int
ask(const struct vfs_ctx *c, const struct path *p, int flags,
    struct answers *all)
{
	struct mount *m = p->mnt;
	bool used = false, unused = false;
	const struct fs *fs = NULL;

	forget(all);
	all->incomplete = false;
	if ((flags & MNT_DETACH) || !path_is_mount_root(p))
		return 0;
	vfs_lock(c->vfs);
	note_locked(m, all);
	if (m->ns == c->ns && TAILQ_EMPTY(&m->children))
		propagate_busy_locked(m, note_locked, all);
	vfs_unlock(c->vfs);
	if (all->failed)
		return -ENOMEM;
	/* one in use is enough to say no; copies are often of one filesystem */
	for (unsigned int i = 0; i < all->n; i++) {
		struct mount *q = all->a[i].mnt;

		if (!atomic_load(&q->touched))
			continue;
		if (q->fs != fs)
			unused = all->n > 1 && !fs_in_use(q->fs, USE_BUSY);
		fs = q->fs;
		used = used || (!unused && mount_in_use(q, USE_BUSY));
		all->a[i].used = used;
	}
	if (m == c->root.mnt)
		all->writers = fs_in_use(m->fs, USE_WRITERS);
	return 0;
}

static int
try_umount(const struct vfs_ctx *c, const struct path *p, int flags,
	   struct answers *all, struct mount_list *gone)
{
	struct path now;
	int err;

	do {
		err = ask(c, p, flags, all);
		if (err < 0)
			return err;
		vfs_lock(c->vfs);
		now = *p;
		path_top_locked(&now);
		/* covered meanwhile: it has a child */
		if (now.mnt != p->mnt && !(flags & MNT_DETACH))
			err = -EBUSY;
		else
			err = umount_locked(c, p, flags, all, gone);
		vfs_unlock(c->vfs);
	} while (err == -EBUSY && all->incomplete);
	return err;
}

int
vfs_umount(const struct vfs_ctx *c, const struct vfs_at *target, int flags)
{
	struct mount_list gone = TAILQ_HEAD_INITIALIZER(gone);
	struct answers all = { .a = NULL };
	AUTO_WALK w = WALK_INIT;
	struct vfs_at at = *target;
	struct path p;
	int err;

	if (flags & ~UMOUNT_FLAGS)
		return -EINVAL;
	at.flags = (flags & UMOUNT_NOFOLLOW) ? 0 : LOOK_FOLLOW;
	err = walk_obj(&w, c, &at);
	if (err == 0)
		err = walk_borrow(&w, &p);
	if (err < 0)
		return err;
	if (!c->may_mount)
		return -EPERM;
	vfs_lock(c->vfs);
	path_top_locked(&p);
	mount_get(p.mnt);
	vfs_unlock(c->vfs);
	err = try_umount(c, &p, flags, &all, &gone);
	forget(&all);
	free(all.a);
	linger_sweep(c->vfs, false);
	if (flags & MNT_DETACH)
		linger_keep(&gone);
	detach_finish(&gone);
	mount_put(p.mnt);
	/* other walks unmark the mount that they end in */
	w.keep_mark = true;
	return err;
}
