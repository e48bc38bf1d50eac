/* SPDX-License-Identifier: Apache-2.0 */
#include "vfs/fs/sysfs.h"

#include <linux/magic.h>
#include <stdlib.h>
#include <sys/mount.h>

#include "include/auto.h"
#include "vfs/fs/hostdir.h"
#include "vfs/fs/hostdir_deny.h"

/* Mounts below /sys (cgroup, debugfs, securityfs, ...) are not entered by
 * hostdir in any case. */
static const char *const denied[] = {
	"class/net",
	"devices/virtual/net",
	"devices/virtual/dmi",
	"class/dmi",
	"firmware",
	"fs/bpf",
	"fs/cgroup",
	"fs/fuse",
	"fs/pstore",
	"fs/selinux",
	"hypervisor",
	"kernel/boot_params",
	"kernel/btf",
	"kernel/config",
	"kernel/debug",
	"kernel/kexec_crash_size",
	"kernel/notes",
	"kernel/security",
	"kernel/slab",
	"kernel/tracing",
	"kernel/uevent_helper",
	"kernel/vmcoreinfo",
	"module",
	"power",
};

static int
sysfs_show_options(struct fs *fs, char *buf, size_t size)
{
	(void)fs;
	if (size)
		*buf = '\0';
	return 0;
}

static int
sysfs_reconfigure(struct fs *fs, const struct vfs_ctx *c, const char *data)
{
	(void)fs;
	(void)c;
	(void)data;
	return 0;
}

static void
sysfs_free(struct fs *fs)
{
	struct hostdir *hd = hostdir_of(fs);

	hostdir_fini(hd);
	free(hd);
}

static const struct fs_ops sysfs_ops = {
	HOSTDIR_OPS,
	.statfs = hostdir_statfs,
	.show_options = sysfs_show_options,
	.reconfigure = sysfs_reconfigure,
	.free = sysfs_free,
};

/* Opens the host's, and nothing else that may lie there. */
static int
open_host(struct hostdir *hd)
{
	AUTO_FD fd = open("/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs sf;
	int err;

	if (fd < 0 || host_fstatfs(fd, &sf) < 0 ||
	    sf.f_type != SYSFS_MAGIC)
		return -ENODEV;
	err = hostdir_set_root(hd, steal_fd(&fd));
	if (err < 0)
		return err;
	return hostdir_deny_new(hd->root, denied,
				sizeof(denied) / sizeof(denied[0]),
				&hd->deny);
}

static int
sysfs_get_tree(const struct fs_type *t, struct vfs *v,
	       const struct vfs_ctx *c, const char *source,
	       unsigned long sb_flags, const char *data, const void *fs_data,
	       struct fs **out, struct node **root)
{
	struct hostdir *hd = calloc(1, sizeof(*hd));
	struct fs *fs;
	int err;

	(void)c;
	(void)source;
	(void)data;
	(void)fs_data;
	if (!hd)
		return -ENOMEM;
	hostdir_init(hd);
	hd->ro = true;
	err = open_host(hd);
	if (err == 0)
		err = fs_new(v, t, &sysfs_ops, hd->dev, sb_flags, hd, &fs);
	if (err < 0) {
		hostdir_fini(hd);
		free(hd);
		return err;
	}
	err = hostdir_root_node(fs, &fs->root);
	if (err < 0) {
		fs_put(fs);
		return err;
	}
	*root = node_get(fs->root);
	*out = fs;
	return 0;
}

static const struct fs_type sysfs_type = {
	.name = "sysfs",
	.flags = FST_NODEV | FST_USERNS,
	.get_tree = sysfs_get_tree,
};

int
sysfs_register(struct vfs *v)
{
	return vfs_register_type(v, &sysfs_type);
}
