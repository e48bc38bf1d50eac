/* SPDX-License-Identifier: Apache-2.0 */
/*
 * umount.c - umount2(2).  As path_umount() and do_umount() in
 * fs/namespace.c, Linux 6.18.
 */
#include <errno.h>
#include <linux/capability.h>
#include <sys/mount.h>

#include "vfs/attach.h"
#include "vfs/mount_op.h"
#include "vfs/propagate.h"
#include "vfs/walk.h"

#define UMOUNT_FLAGS (MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW)

/* What was asked of the embedder before the lock was taken. */
struct answers {
	bool used;		/* the mount is in use */
	bool writers;		/* its filesystem has writers */
};

static bool
is_used_locked(struct mount *m, const struct answers *a)
{
	return atomic_load(&m->held) > 0 || a->used;
}

static int
check_expire_locked(const struct vfs_ctx *c, struct mount *m, int flags,
		    const struct answers *a)
{
	if (m == c->root.mnt || (flags & (MNT_FORCE | MNT_DETACH)))
		return -EINVAL;
	if (!TAILQ_EMPTY(&m->children) || is_used_locked(m, a))
		return -EBUSY;
	return atomic_exchange(&m->expire, true) ? 0 : -EAGAIN;
}

/* "umount /" makes the root filesystem read-only; do_umount_root(). */
static int
umount_root_locked(const struct vfs_ctx *c, struct mount *m,
		   const struct answers *a)
{
	if (!vfs_capable(c, m->fs->owner, CAP_SYS_ADMIN))
		return -EPERM;
	if (atomic_load(&m->fs->sb_flags) & MS_RDONLY)
		return 0;
	if (a->writers)
		return -EBUSY;
	atomic_fetch_or(&m->fs->sb_flags, (unsigned long)MS_RDONLY);
	return 0;
}

static int
umount_locked(const struct vfs_ctx *c, const struct path *p, int flags,
	      const struct answers *a, struct mount_list *gone)
{
	struct mount *m = p->mnt;
	bool all = flags & MNT_DETACH;
	int err;

	if (!path_is_mount_root(p) || m->ns != c->ns || m->locked)
		return -EINVAL;
	if ((flags & MNT_FORCE) &&
	    !vfs_capable(c, m->fs->owner, CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & MNT_EXPIRE) {
		err = check_expire_locked(c, m, flags, a);
		if (err < 0)
			return err;
	}
	if (m == c->root.mnt && !all)
		return umount_root_locked(c, m, a);
	if (!mount_parent_locked(m))
		return -EINVAL;
	if (!all && (!TAILQ_EMPTY(&m->children) || is_used_locked(m, a)))
		return -EBUSY;
	err = propagate_umount_locked(m, all);
	if (err < 0)
		return err;
	detach_tree_locked(m, all, gone);
	return 0;
}

/* The embedder looks at its processes, with no lock of ours held. */
static void
ask(const struct vfs_ctx *c, const struct path *p, int flags,
    struct answers *a)
{
	struct mount *m = p->mnt;

	if ((flags & MNT_DETACH) || !path_is_mount_root(p))
		return;
	a->used = mount_in_use(m, USE_BUSY);
	if (m == c->root.mnt)
		a->writers = fs_in_use(m->fs, USE_WRITERS);
}

int
vfs_umount(const struct vfs_ctx *c, const struct vfs_at *target, int flags)
{
	struct mount_list gone = TAILQ_HEAD_INITIALIZER(gone);
	struct answers a = { false, false };
	AUTO_WALK w = WALK_INIT;
	struct vfs_at at = *target;
	struct path p, now;
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
	ask(c, &p, flags, &a);
	vfs_lock(c->vfs);
	now = p;
	path_top_locked(&now);
	/* covered meanwhile: it has a child */
	if (now.mnt != p.mnt && !(flags & MNT_DETACH))
		err = -EBUSY;
	else
		err = umount_locked(c, &p, flags, &a, &gone);
	vfs_unlock(c->vfs);
	linger_sweep(c->vfs, false);
	if (flags & MNT_DETACH)
		linger_keep(c->vfs, &gone);
	detach_finish(&gone);
	mount_put(p.mnt);
	/* other walks unmark the mount that they end in */
	w.keep_mark = true;
	return err;
}
