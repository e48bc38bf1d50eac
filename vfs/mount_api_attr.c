/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount_api_attr.c - mount_setattr.  As do_mount_setattr() and its helpers in
 * fs/namespace.c, Linux 6.18.
 */
#include <errno.h>
#include <stdlib.h>

#include "vfs/attach.h"
#include "vfs/mntns.h"
#include "vfs/mount_api_priv.h"
#include "vfs/mount_op.h"
#include "vfs/propagate.h"
#include "vfs/walk.h"

static const struct {
	uint64_t attr;
	unsigned long flag;
} attr_flags[] = {
	{ MOUNT_ATTR_RDONLY, MS_RDONLY },
	{ MOUNT_ATTR_NOSUID, MS_NOSUID },
	{ MOUNT_ATTR_NODEV, MS_NODEV },
	{ MOUNT_ATTR_NOEXEC, MS_NOEXEC },
	{ MOUNT_ATTR_NODIRATIME, MS_NODIRATIME },
	{ MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW },
};
#define NR_ATTR_FLAGS	(sizeof(attr_flags) / sizeof(*attr_flags))

/* Without what the atime field says. */
static unsigned long
plain_flags(uint64_t attr)
{
	unsigned long flags = 0;

	for (size_t i = 0; i < NR_ATTR_FLAGS; i++)
		if (attr & attr_flags[i].attr)
			flags |= attr_flags[i].flag;
	return flags;
}

static unsigned long
atime_flags(uint64_t attr)
{
	uint64_t atime = attr & MOUNT_ATTR__ATIME;

	if (atime == MOUNT_ATTR_RELATIME)
		return MS_RELATIME;
	return atime == MOUNT_ATTR_NOATIME ? MS_NOATIME : 0;
}

unsigned long
mount_flags_from_attr(uint64_t attr)
{
	return plain_flags(attr) | atime_flags(attr);
}

uint64_t
mount_attr_from_flags(unsigned long flags)
{
	uint64_t attr = 0;

	for (size_t i = 0; i < NR_ATTR_FLAGS; i++)
		if (flags & attr_flags[i].flag)
			attr |= attr_flags[i].attr;
	if (flags & MS_NOATIME)
		attr |= MOUNT_ATTR_NOATIME;
	else if (!(flags & MS_RELATIME))
		attr |= MOUNT_ATTR_STRICTATIME;
	return attr;
}

/* ---------------------------------------------------------------- checks */

int
vfs_mount_setattr_check(unsigned int flags)
{
	return (flags & ~(unsigned int)(AT_EMPTY_PATH | AT_RECURSIVE |
					AT_SYMLINK_NOFOLLOW |
					AT_NO_AUTOMOUNT)) ? -EINVAL : 0;
}

static bool
is_one_type(uint64_t type)
{
	return type == MS_SHARED || type == MS_PRIVATE || type == MS_SLAVE ||
	       type == MS_UNBINDABLE;
}

/* As wants_mount_setattr() and build_mount_kattr(). */
int
vfs_mount_attr_check(const struct mount_attr *attr, bool clone)
{
	uint64_t atime = attr->attr_set & MOUNT_ATTR__ATIME;

	if (!attr->attr_set && !attr->attr_clr && !attr->propagation)
		return 1;
	if (attr->propagation && !is_one_type(attr->propagation))
		return -EINVAL;
	if ((attr->attr_set | attr->attr_clr) & ~(uint64_t)MOUNT_ATTRS)
		return -EINVAL;
	if (!(attr->attr_clr & MOUNT_ATTR__ATIME)) {
		if (atime)
			return -EINVAL;
	} else if ((attr->attr_clr & MOUNT_ATTR__ATIME) != MOUNT_ATTR__ATIME ||
		   (atime != MOUNT_ATTR_RELATIME &&
		    atime != MOUNT_ATTR_NOATIME &&
		    atime != MOUNT_ATTR_STRICTATIME)) {
		return -EINVAL;
	}
	if ((attr->attr_clr & MOUNT_ATTR_IDMAP) && !clone)
		return -EINVAL;
	return 0;
}

/* ---------------------------------------------------------------- change */

struct change {
	const struct mount_attr *attr;
	bool recursive;
	/* of these mounts the embedder was asked whether they have writers */
	struct mount **asked;		/* counted */
	bool *writers;
	size_t nr, room;
};

/* As recalc_flags(). */
static unsigned long
new_flags(const struct change *ch, const struct mount *m)
{
	unsigned long flags = atomic_load(&m->flags);

	flags &= ~plain_flags(ch->attr->attr_clr);
	flags |= plain_flags(ch->attr->attr_set);
	if (ch->attr->attr_clr & MOUNT_ATTR__ATIME) {
		flags &= ~(unsigned long)(MS_RELATIME | MS_NOATIME);
		flags |= atime_flags(ch->attr->attr_set);
	}
	return flags;
}

static bool
becomes_readonly(const struct change *ch, const struct mount *m)
{
	return (ch->attr->attr_set & MOUNT_ATTR_RDONLY) &&
	       !(atomic_load(&m->flags) & MS_RDONLY);
}

static struct mount *
next_locked(const struct change *ch, struct mount *m, struct mount *top)
{
	return ch->recursive ? mount_next_locked(m, top) : NULL;
}

/* Which mounts it is that must have no writers.  -ENOMEM. */
static int
collect_locked(struct change *ch, struct mount *top)
{
	for (struct mount *m = top; m; m = next_locked(ch, m, top)) {
		if (!becomes_readonly(ch, m))
			continue;
		if (ch->nr == ch->room) {
			size_t room = ch->room ? 2 * ch->room : 16;
			struct mount **asked = reallocarray(ch->asked, room,
							    sizeof(*asked));

			if (!asked)
				return -ENOMEM;
			ch->asked = asked;
			ch->room = room;
		}
		ch->asked[ch->nr++] = mount_get(m);
	}
	return 0;
}

/* Asks, with no lock held. */
static int
ask_writers(struct change *ch)
{
	ch->writers = calloc(ch->nr + 1, sizeof(*ch->writers));
	if (!ch->writers)
		return -ENOMEM;
	for (size_t i = 0; i < ch->nr; i++)
		ch->writers[i] = mount_in_use(ch->asked[i], USE_WRITERS);
	return 0;
}

static void
change_fini(struct change *ch)
{
	for (size_t i = 0; i < ch->nr; i++)
		mount_put(ch->asked[i]);
	free(ch->asked);
	free(ch->writers);
}

static bool
has_writers(const struct change *ch, const struct mount *m)
{
	for (size_t i = 0; i < ch->nr; i++)
		if (ch->asked[i] == m)
			return ch->writers[i];
	return false;
}

/* As mount_setattr_prepare(). */
static int
prepare_locked(const struct change *ch, struct mount *top)
{
	struct mount *m;

	for (m = top; m; m = next_locked(ch, m, top)) {
		if (!mount_may_reflag_locked(m, new_flags(ch, m)))
			return -EPERM;
		if (ch->attr->attr_set & MOUNT_ATTR_IDMAP)
			return -EPERM;
		if (becomes_readonly(ch, m) && has_writers(ch, m))
			return -EBUSY;
	}
	return 0;
}

static int
change_locked(const struct vfs_ctx *c, const struct change *ch,
	      struct mount *top)
{
	unsigned long type = ch->attr->propagation;
	struct mount *m;
	int err;

	if (!mntns_is_anon_root_locked(top) && top->ns != c->ns)
		return -EINVAL;
	err = prepare_locked(ch, top);
	if (err == 0 && type)
		err = propagate_change_type_locked(top, type, ch->recursive);
	if (err < 0)
		return err;
	for (m = top; m; m = next_locked(ch, m, top))
		mount_set_flags_locked(m, new_flags(ch, m));
	mntns_changed(top->ns);
	return 0;
}

static int
set_attr(const struct vfs_ctx *c, struct mount *top, struct change *ch)
{
	int err;

	vfs_lock(c->vfs);
	err = collect_locked(ch, top);
	vfs_unlock(c->vfs);
	if (err == 0)
		err = ask_writers(ch);
	if (err < 0)
		return err;
	vfs_lock(c->vfs);
	err = change_locked(c, ch, top);
	vfs_unlock(c->vfs);
	return err;
}

int
vfs_mount_setattr(const struct vfs_ctx *c, const struct vfs_at *at,
		  unsigned int flags, const struct mount_attr *attr)
{
	AUTO_WALK w = WALK_INIT;
	struct change ch = {
		.attr = attr, .recursive = flags & AT_RECURSIVE,
	};
	struct vfs_at from = *at;
	struct path where;
	int err = vfs_mount_setattr_check(flags);

	if (err < 0)
		return err;
	if (!c->may_mount)
		return -EPERM;
	err = vfs_mount_attr_check(attr, false);
	if (err)
		return err < 0 ? err : 0;
	from.flags = ((flags & AT_SYMLINK_NOFOLLOW) ? 0 : LOOK_FOLLOW) |
		     ((flags & AT_EMPTY_PATH) ? LOOK_EMPTY : 0);
	err = walk_obj(&w, c, &from);
	if (err == 0)
		err = walk_borrow(&w, &where);
	if (err == 0 && !path_is_mount_root(&where))
		err = -EINVAL;
	if (err < 0)
		return err;
	err = set_attr(c, where.mnt, &ch);
	change_fini(&ch);
	return err;
}
