/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core_fs.c - the filesystem types of the core's world.  tmpfs is the real
 * one; proc, sysfs and devpts are empty directories that only mount like
 * those.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>
#include <linux/securebits.h>

#include "include/auto.h"
#include "include/uapi.h"
#include "tests/conform/core.h"
#include "vfs/fs/tmpfs.h"
#include "vfs/node.h"

/* --------------------------------------------------------- capabilities */

static bool is_weak;

static void
set_effective(bool on)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct d[2];

	if (syscall(SYS_capget, &head, d) < 0)
		die("capget: %s", strerror(errno));
	for (int i = 0; i < 2; i++)
		d[i].effective = on ? d[i].permitted : 0;
	if (syscall(SYS_capset, &head, d) < 0)
		die("capset: %s", strerror(errno));
}

void
core_weaken(struct core *k, bool weak)
{
	if (k->weak == weak)
		return;
	k->weak = is_weak = weak;
	if (!weak)
		set_effective(true);
	/* Else access(2) takes the permitted ones of who has uid 0. */
	prctl(PR_SET_SECUREBITS, weak ? SECBIT_NO_SETUID_FIXUP : 0);
	if (weak)
		set_effective(false);
	vfs_access_changed(k->vfs);
}

/* --------------------------------------------------------------- backing */

static int
config(int fd, const char *key, unsigned long value, const char *format)
{
	char text[32];

	snprintf(text, sizeof(text), format[0] == 'o' ? "%lo" : "%lu", value);
	if (syscall(SYS_fsconfig, fd, FSCONFIG_SET_STRING, key, text, 0) < 0)
		return -errno;
	return 0;
}

static int
backing_make(void *arg, const struct tmpfs_opts *o, int *fd, uint64_t *cookie)
{
	bool *weak = arg;
	AUTO_FD context = -1;
	int err = 0;

	if (*weak)
		set_effective(true);
	context = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
	if (context < 0)
		err = -errno;
	if (!err)
		err = config(context, "mode", o->mode, "o");
	if (!err && (o->seen & TMPFS_SEEN_BLOCKS))
		err = config(context, "nr_blocks", o->blocks, "u");
	if (!err && (o->seen & TMPFS_SEEN_INODES))
		err = config(context, "nr_inodes", o->inodes, "u");
	if (!err && (o->seen & TMPFS_SEEN_UID))
		err = config(context, "uid", o->uid, "u");
	if (!err && (o->seen & TMPFS_SEEN_GID))
		err = config(context, "gid", o->gid, "u");
	if (!err && syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL,
			    NULL, 0) < 0)
		err = -errno;
	if (!err) {
		*fd = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
		err = *fd < 0 ? -errno : 0;
	}
	*cookie = 0;
	if (*weak)
		set_effective(false);
	return err;
}

static int
backing_resize(void *arg, int fd, const struct tmpfs_opts *o)
{
	AUTO_FD context = (int)syscall(SYS_fspick, fd, "",
				       FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	int err;

	(void)arg;
	if (context < 0)
		return -errno;
	err = config(context, "nr_blocks", o->blocks, "u");
	if (!err)
		err = config(context, "nr_inodes", o->inodes, "u");
	if (!err && syscall(SYS_fsconfig, context, FSCONFIG_CMD_RECONFIGURE,
			    NULL, NULL, 0) < 0)
		err = -errno;
	return err;
}

static void
backing_drop(void *arg, uint64_t cookie)
{
	(void)arg;
	(void)cookie;
}

static const struct tmpfs_backing backing = {
	.make = backing_make, .resize = backing_resize,
	.drop = backing_drop, .arg = &is_weak,
};

int
core_fs_probe(void)
{
	struct tmpfs_opts o;
	uint64_t cookie;
	int fd, err;

	tmpfs_opts_init(&o, geteuid(), getegid());
	err = backing_make(backing.arg, &o, &fd, &cookie);
	if (!err)
		close(fd);
	return err;
}

/* ----------------------------------------------------------------- types */

/* One instance that every mount shows, as proc of one pid namespace. */
struct single {
	struct tmpfs_type t;	/* first */
	struct fs *fs;		/* counted */
};

static struct tmpfs_type tmpfs, ramfs, devpts;
static struct single proc, sysfs;

static int
single_get_tree(const struct fs_type *type, struct vfs *v,
		const struct vfs_ctx *c, const char *source,
		unsigned long sb_flags, const char *data, const void *fs_data,
		struct fs **out, struct node **root)
{
	struct single *s = (struct single *)(uintptr_t)type;
	int err = 0;

	if (!s->fs) {
		err = ramfs.type.get_tree(type, v, c, source, sb_flags, data,
					  fs_data, out, root);
		if (!err)
			s->fs = fs_get(*out);
		return err;
	}
	*out = fs_get(s->fs);
	*root = node_get(s->fs->root);
	return 0;
}

static int
register_like_ramfs(struct vfs *v, struct tmpfs_type *t, const char *name,
		    bool single)
{
	ramfs_type_init(t, &backing);
	t->type.name = name;
	if (single)
		t->type.get_tree = single_get_tree;
	return vfs_register_type(v, &t->type);
}

int
core_fs_register(struct vfs *v)
{
	int err;

	proc.fs = sysfs.fs = NULL;
	tmpfs_type_init(&tmpfs, &backing);
	err = vfs_register_type(v, &tmpfs.type);
	if (!err)
		err = register_like_ramfs(v, &ramfs, "ramfs", false);
	if (!err)
		err = register_like_ramfs(v, &devpts, "devpts", false);
	if (!err)
		err = register_like_ramfs(v, &proc.t, "proc", true);
	if (!err)
		err = register_like_ramfs(v, &sysfs.t, "sysfs", true);
	return err;
}

void
core_fs_release(void)
{
	if (proc.fs)
		fs_put(proc.fs);
	if (sysfs.fs)
		fs_put(sysfs.fs);
	proc.fs = sysfs.fs = NULL;
}
