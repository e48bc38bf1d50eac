/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core_fs.c - the filesystem types of the core's world.  All are the real ones
 * but proc, which needs an embedder with processes: an empty directory that
 * only mounts like it.
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
#include "vfs/fs/devpts.h"
#include "vfs/fs/sysfs.h"
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

static struct tmpfs_type tmpfs, ramfs;
static struct single proc;
static struct sysfs_type sysfs;
static struct devpts devpts;
static struct synth_scratch scratch;

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

/* As the embedder is asked to, but for the covers: nobody looks inside. */
static int
clone_sysfs(void *arg, int fd, const char *const *cover, int *out)
{
	const unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
		AT_EMPTY_PATH;
	bool *weak = arg;

	(void)cover;
	if (*weak)
		set_effective(true);
	*out = (int)syscall(SYS_open_tree, fd, "", flags);
	/* What is mounted below may be locked. */
	if (*out < 0 && errno == EINVAL)
		*out = (int)syscall(SYS_open_tree, fd, "",
				    flags | AT_RECURSIVE);
	if (*weak)
		set_effective(false);
	return *out < 0 ? -errno : 0;
}

/* On a directory that goes with its last descriptor. */
static int
register_devpts(struct vfs *v)
{
	struct tmpfs_opts o;
	AUTO_FD top = -1;
	uint64_t cookie;
	int fd, err;

	tmpfs_opts_init(&o, geteuid(), getegid());
	err = backing_make(backing.arg, &o, &top, &cookie);
	if (err)
		return err;
	fd = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = synth_scratch_init(&scratch, fd);
	return err ? err : devpts_register(&devpts, v, &scratch, -1, -1);
}

int
core_fs_register(struct vfs *v)
{
	int err;

	proc.fs = NULL;
	sysfs = (struct sysfs_type){ .clone = clone_sysfs, .arg = &is_weak };
	tmpfs_type_init(&tmpfs, &backing);
	ramfs_type_init(&ramfs, &backing);
	ramfs_type_init(&proc.t, &backing);
	proc.t.type.name = "proc";
	proc.t.type.get_tree = single_get_tree;
	err = vfs_register_type(v, &tmpfs.type);
	if (!err)
		err = vfs_register_type(v, &ramfs.type);
	if (!err)
		err = vfs_register_type(v, &proc.t.type);
	if (!err)
		err = sysfs_register(&sysfs, v);
	return err ? err : register_devpts(v);
}

void
core_fs_release(void)
{
	if (proc.fs)
		fs_put(proc.fs);
	proc.fs = NULL;
}

void
core_fs_end(void)
{
	devpts_fini(&devpts);
	synth_scratch_fini(&scratch);
}
