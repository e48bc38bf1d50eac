/* SPDX-License-Identifier: Apache-2.0 */
#include "vfs/fs/sysfs.h"

#include <linux/magic.h>
#include <pthread.h>
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
	NULL,
};

#define NR_DENIED (sizeof(denied) / sizeof(denied[0]) - 1)

struct sysfs {
	struct hostdir hd;	/* first */
	const struct sysfs_type *type;	/* [I] */
	pthread_mutex_t lock;	/* taken to make the root */
	int host;		/* [I] O_PATH of the host's */
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
sysfs_destroy(struct sysfs *s)
{
	hostdir_fini(&s->hd);
	if (s->host >= 0)
		close(s->host);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static void
sysfs_free(struct fs *fs)
{
	sysfs_destroy(fs->priv);
}

static const struct fs_ops sysfs_ops = {
	HOSTDIR_OPS,
	.statfs = hostdir_statfs,
	.show_options = sysfs_show_options,
	.reconfigure = sysfs_reconfigure,
	.free = sysfs_free,
};

static int
make_root_locked(struct sysfs *s)
{
	AUTO_FD fd = -1;
	int err;

	if (s->hd.root >= 0)
		return 0;
	err = s->type->clone ? s->type->clone(s->type->arg, s->host, denied,
					      &fd) : -EOPNOTSUPP;
	if (err < 0)		/* then only we keep the guests from the rest */
		err = fd = host_dup(s->host);
	return err < 0 ? err : hostdir_set_root(&s->hd, steal_fd(&fd));
}

/* Most programs never look into it: a clone is made for the first that does. */
static int
sysfs_make_root(struct fs *fs)
{
	struct sysfs *s = fs->priv;
	int err;

	pthread_mutex_lock(&s->lock);
	err = make_root_locked(s);
	pthread_mutex_unlock(&s->lock);
	return err;
}

/* Opens the host's, and nothing else that may lie there. */
static int
open_host(struct sysfs *s, struct stat *st)
{
	AUTO_FD fd = open("/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs sf;

	if (fd < 0 || host_fstatfs(fd, &sf) < 0 ||
	    sf.f_type != SYSFS_MAGIC || host_fstat(fd, st) < 0)
		return -ENODEV;
	s->host = steal_fd(&fd);
	return hostdir_deny_new(s->host, denied, NR_DENIED, &s->hd.deny);
}

static int
sysfs_get_tree(const struct fs_type *t, struct vfs *v,
	       const struct vfs_ctx *c, const char *source,
	       unsigned long sb_flags, const char *data, const void *fs_data,
	       struct fs **out, struct node **root)
{
	struct sysfs *s = calloc(1, sizeof(*s));
	struct stat st;
	struct fs *fs;
	int err;

	(void)c;
	(void)source;
	(void)data;
	(void)fs_data;
	if (!s)
		return -ENOMEM;
	hostdir_init(&s->hd);
	pthread_mutex_init(&s->lock, NULL);
	s->hd.type = S_IFDIR;
	s->hd.ro = true;
	s->hd.make_root = sysfs_make_root;
	s->type = (const struct sysfs_type *)(const void *)t;
	s->host = -1;
	err = open_host(s, &st);
	if (err == 0)
		err = fs_new(v, t, &sysfs_ops, st.st_dev, sb_flags, s, &fs);
	if (err < 0) {
		sysfs_destroy(s);
		return err;
	}
	return hostdir_made(fs, out, root);
}

int
sysfs_register(struct sysfs_type *t, struct vfs *v)
{
	t->type = (struct fs_type){
		.name = "sysfs",
		.flags = FST_NODEV | FST_USERNS | FST_VISIBLE |
			 FST_SHARED,
		.get_tree = sysfs_get_tree,
	};
	return vfs_register_type(v, &t->type);
}
