/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remount.c - changing the flags of a mount, or of its filesystem.  As
 * do_reconfigure_mnt() and do_remount() in fs/namespace.c.
 */
#include <errno.h>
#include <linux/capability.h>

#include "include/auto.h"
#include "vfs/attach.h"
#include "vfs/mntns.h"
#include "vfs/mount_op.h"

static int
check_locked(const struct vfs_ctx *c, const struct path *where)
{
	if (where->mnt->ns != c->ns || !path_is_mount_root(where))
		return -EINVAL;
	return 0;
}

/* As can_change_locked_flags(). */
bool
mount_may_reflag_locked(const struct mount *m, unsigned long flags)
{
	unsigned long kept = m->lock_flags & (MS_RDONLY | MS_NODEV |
					      MS_NOSUID | MS_NOEXEC);

	if (kept & ~flags)
		return false;
	return !(m->lock_flags & MS_RELATIME) ||
	       !((flags ^ atomic_load(&m->flags)) & MOUNT_ATIME);
}

static void
set_flags_locked(struct mount *m, unsigned long flags)
{
	mount_set_flags_locked(m, flags);
	mntns_changed(m->ns);
}

int
mount_op_reflag(const struct vfs_ctx *c, const struct path *where,
		unsigned long flags)
{
	struct mount *m = where->mnt;
	bool writers = false;
	unsigned long new;
	int err;

	if ((flags & MS_RDONLY) && !mount_is_readonly(m))
		writers = mount_in_use(m, USE_WRITERS);
	vfs_lock(c->vfs);
	new = mount_flags_from_call(flags, atomic_load(&m->flags));
	err = check_locked(c, where);
	if (err == 0 && !mount_may_reflag_locked(m, new))
		err = -EPERM;
	if (err == 0 && writers)
		err = -EBUSY;
	if (err == 0)
		set_flags_locked(m, new);
	vfs_unlock(c->vfs);
	return err;
}

int
fs_reconfigure_locked(const struct vfs_ctx *c, struct fs *fs,
		      unsigned long sb_flags, unsigned long mask,
		      const char *data, bool writers)
{
	unsigned long old = atomic_load(&fs->sb_flags);
	int err = 0;

	if (mask & ~(unsigned long)SB_REMOUNT_MASK)
		return -EINVAL;
	sb_flags = (old & ~mask) | (sb_flags & mask);
	if ((fs->sb_forced & MS_RDONLY) && !(sb_flags & MS_RDONLY))
		return -EACCES;
	if ((sb_flags & MS_RDONLY) && !(old & MS_RDONLY) && writers)
		return -EBUSY;
	if (fs->ops->reconfigure)
		err = fs->ops->reconfigure(fs, c, data);
	else if (data)
		err = -EINVAL;
	if (err < 0)
		return err;
	atomic_store(&fs->sb_flags, sb_flags | fs->sb_forced);
	return 0;
}

int
mount_op_remount(const struct vfs_ctx *c, const struct path *where,
		 unsigned long flags, const char *data)
{
	unsigned long sb_flags = sb_flags_from_call(flags), named = 0;
	struct mount *m = where->mnt;
	unsigned long new;
	AUTO_FREE char *other = NULL;
	AUTO_FREE char *source = NULL;
	bool writers;
	int err;

	writers = fs_in_use(m->fs, USE_WRITERS);
	vfs_lock(c->vfs);
	new = mount_flags_from_call(flags, atomic_load(&m->flags));
	err = check_locked(c, where);
	if (err == 0 && !mount_may_reflag_locked(m, new))
		err = -EPERM;
	if (err == 0)
		err = mount_data_parse(data, &sb_flags, &named, &source,
				       &other);
	if (err == 0)
		err = fs_check_options(m->fs->type, c, other);
	if (err == 0 && !vfs_capable(c, m->fs->owner, CAP_SYS_ADMIN))
		err = -EPERM;
	if (err == 0)
		err = fs_reconfigure_locked(c, m->fs, sb_flags,
					    SB_REMOUNT_MASK, other, writers);
	if (err == 0)
		set_flags_locked(m, new);
	vfs_unlock(c->vfs);
	return err;
}
