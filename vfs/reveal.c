/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reveal.c - may a user namespace mount a filesystem that shows what others
 * have hidden from it?  As mount_too_revealing() in fs/namespace.c, Linux
 * 6.18.
 */
#include <errno.h>

#include "vfs/mount_op.h"

static bool
has_locked_child(const struct mount *m)
{
	const struct mount *child;

	TAILQ_FOREACH(child, &m->children, child_link)
		if (child->locked)
			return true;
	return false;
}

/* Is all of the filesystem seen through `m`, no more restricted than a mount
 * with `flags` would be?  *locks: what it has locked. */
static bool
is_fully_visible(const struct mount *m, unsigned long flags,
		 unsigned long *locks)
{
	unsigned long l = m->lock_flags & (MS_RDONLY | MS_RELATIME);

	if (m->root != m->fs->root)
		return false;
	if (atomic_load(&m->fs->sb_flags) & MS_RDONLY)
		l |= MS_RDONLY;
	if ((l & MS_RDONLY) && !(flags & MS_RDONLY))
		return false;
	if ((l & MS_RELATIME) &&
	    ((atomic_load(&m->flags) ^ flags) & MOUNT_ATIME))
		return false;
	*locks = l;
	return !has_locked_child(m);
}

int
mount_check_reveal_locked(const struct vfs_ctx *c, const struct fs *fs,
			  unsigned long flags, unsigned long *locks)
{
	const struct mount *m;

	*locks = 0;
	if (!c->ns->owner || !(fs->type->flags & FST_VISIBLE))
		return 0;
	TAILQ_FOREACH(m, &c->ns->mounts, ns_link)
		if (m->fs->type == fs->type &&
		    is_fully_visible(m, flags, locks))
			return 0;
	*locks = 0;
	return -EPERM;
}
