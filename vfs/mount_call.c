/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount_call.c - mount(2): flags, and which operation it is.  As path_mount()
 * in fs/namespace.c, Linux 6.18.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "vfs/attach.h"
#include "vfs/mount_op.h"
#include "vfs/propagate.h"
#include "vfs/walk.h"

#define TYPE_FLAGS	(MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)
#define ATIME_ASKED	(MS_NOATIME | MS_NODIRATIME | MS_RELATIME | \
			 MS_STRICTATIME)
#define SB_FLAGS	(MS_RDONLY | MS_SYNCHRONOUS | MS_MANDLOCK |	\
			 MS_DIRSYNC | MS_SILENT | MS_POSIXACL |		\
			 MS_LAZYTIME | MS_I_VERSION)
#define BIT_NOUSER	0x80000000UL
#define MAGIC_MASK	0xffff0000UL
#define MAGIC_VALUE	0xc0ed0000UL

unsigned long
mount_flags_from_call(unsigned long call, unsigned long old)
{
	unsigned long f = call & (MS_RDONLY | MS_NOSUID | MS_NODEV |
				  MS_NOEXEC | MS_NOSYMFOLLOW | MS_NOATIME |
				  MS_NODIRATIME);

	if (!(call & MS_NOATIME))
		f |= MS_RELATIME;
	if (call & MS_STRICTATIME)
		f &= ~(unsigned long)(MS_RELATIME | MS_NOATIME);
	if ((call & MS_REMOUNT) && !(call & ATIME_ASKED))
		f = (f & ~(unsigned long)MOUNT_ATIME) | (old & MOUNT_ATIME);
	return f;
}

unsigned long
sb_flags_from_call(unsigned long call)
{
	return call & SB_FLAGS;
}

static const struct {
	const char *word;
	unsigned long set, clear;
} sb_words[] = {
	{ "ro",		MS_RDONLY, 0 },
	{ "rw",		0, MS_RDONLY },
	{ "sync",	MS_SYNCHRONOUS, 0 },
	{ "async",	0, MS_SYNCHRONOUS },
	{ "dirsync",	MS_DIRSYNC, 0 },
	{ "lazytime",	MS_LAZYTIME, 0 },
	{ "nolazytime",	0, MS_LAZYTIME },
	{ "mand",	MS_MANDLOCK, 0 },
	{ "nomand",	0, MS_MANDLOCK },
};

bool
sb_flag_word(const char *word, unsigned long *sb_flags, unsigned long *mask)
{
	for (size_t i = 0; i < sizeof(sb_words) / sizeof(*sb_words); i++) {
		if (strcmp(word, sb_words[i].word) != 0)
			continue;
		*sb_flags = (*sb_flags | sb_words[i].set) & ~sb_words[i].clear;
		*mask |= sb_words[i].set | sb_words[i].clear;
		return true;
	}
	return false;
}

/* 1: it was one of them, 0: not, -EINVAL: not on a remount. */
static int
sb_word(const char *word, unsigned long *sb_flags, unsigned long *mask)
{
	unsigned long named = 0;

	if (!sb_flag_word(word, sb_flags, &named))
		return 0;
	if (mask && (named & ~(unsigned long)SB_REMOUNT_MASK))
		return -EINVAL;
	if (mask)
		*mask |= named;
	return 1;
}

static int
take_source(const char *word, char **source)
{
	if (!source || *source)
		return -EINVAL;
	*source = strdup(word + strlen("source="));
	return *source ? 0 : -ENOMEM;
}

int
mount_data_parse(const char *data, unsigned long *sb_flags,
		 unsigned long *mask, char **source, char **rest)
{
	AUTO_FREE char *copy = strdup(data ? data : "");
	AUTO_FREE char *left = malloc(strlen(data ? data : "") + 1);
	char *word, *next = copy;
	size_t len = 0;
	int ret;

	if (!copy || !left)
		return -ENOMEM;
	while ((word = strsep(&next, ","))) {
		if (!*word || *word == '=')
			continue;
		ret = sb_word(word, sb_flags, mask);
		if (ret == 0 && strncmp(word, "source=", 7) == 0) {
			ret = take_source(word, source);
			if (ret == 0)
				continue;
		}
		if (ret < 0)
			return ret;
		if (ret == 1)
			continue;
		if (len)
			left[len++] = ',';
		strcpy(left + len, word);
		len += strlen(word);
	}
	*rest = len ? steal_ptr(&left) : NULL;
	return 0;
}

static int
dispatch(const struct vfs_ctx *c, const struct path *where,
	 const char *source, const char *type, unsigned long flags,
	 const char *data)
{
	if ((flags & (MS_REMOUNT | MS_BIND)) == (MS_REMOUNT | MS_BIND))
		return mount_op_reflag(c, where, flags);
	if (flags & MS_REMOUNT)
		return mount_op_remount(c, where, flags, data);
	if (flags & MS_BIND)
		return mount_op_bind(c, where, source, flags & MS_REC);
	if (flags & TYPE_FLAGS)
		return mount_op_type(c, where, flags);
	if (flags & MS_MOVE)
		return mount_op_move(c, where, source);
	return mount_op_new(c, where, source, type, flags, data);
}

int
vfs_mount(const struct vfs_ctx *c, const char *source,
	  const struct vfs_at *target, const char *type, unsigned long flags,
	  const char *data)
{
	AUTO_WALK w = WALK_INIT;
	struct vfs_at at = *target;
	struct path where;
	int err;

	at.flags |= LOOK_FOLLOW;
	err = walk_obj(&w, c, &at);
	if (err == 0)
		err = walk_borrow(&w, &where);
	if (err < 0)
		return err;
	if ((flags & MAGIC_MASK) == MAGIC_VALUE)
		flags &= ~MAGIC_MASK;
	if (flags & BIT_NOUSER)
		return -EINVAL;
	if (!c->may_mount)
		return -EPERM;
	return dispatch(c, &where, source, type, flags, data);
}

int
mount_type_check_locked(const struct vfs_ctx *c, const struct mount *m)
{
	if (!m->ns)
		return -EINVAL;
	return vfs_capable(c, m->ns->owner, CAP_SYS_ADMIN) ? 0 : -EPERM;
}

int
mount_op_type(const struct vfs_ctx *c, const struct path *where,
	      unsigned long flags)
{
	unsigned long type = flags & ~(unsigned long)(MS_REC | MS_SILENT);
	int err;

	if (!path_is_mount_root(where))
		return -EINVAL;
	if (type != MS_SHARED && type != MS_PRIVATE && type != MS_SLAVE &&
	    type != MS_UNBINDABLE)
		return -EINVAL;
	vfs_lock(c->vfs);
	err = mount_type_check_locked(c, where->mnt);
	if (err == 0)
		err = propagate_change_type_locked(where->mnt, type,
						   flags & MS_REC);
	vfs_unlock(c->vfs);
	return err;
}
