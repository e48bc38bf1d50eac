/* SPDX-License-Identifier: Apache-2.0 */
/* hostfs: the export as a filesystem instance. */
#include "vfs/fs/hostfs.h"

#include <sys/mount.h>

#include "include/auto.h"
#include "vfs/fs/hostdir.h"
#include "vfs/fs/hostdir_deny.h"

static int
hostfs_show_options(struct fs *fs, char *buf, size_t size)
{
	(void)fs;
	if (size == 0)
		return -ERANGE;
	buf[0] = '\0';
	return 0;
}

/* No options.  Read-only exports stay so: that is not a superblock flag. */
static int
hostfs_reconfigure(struct fs *fs, const struct vfs_ctx *c, const char *data)
{
	(void)fs;
	(void)c;
	return data && *data ? -EINVAL : 0;
}

static void
hostfs_free(struct fs *fs)
{
	struct hostdir *hd = hostdir_of(fs);

	hostdir_fini(hd);
	free(hd);
}

static const struct fs_ops hostfs_ops = {
	HOSTDIR_OPS,
	.statfs = hostdir_statfs,
	.show_options = hostfs_show_options,
	.reconfigure = hostfs_reconfigure,
	.free = hostfs_free,
};

/* A detached mount is one as long as the descriptor lives that it came with. */
static int
open_root(const struct hostfs_export *ex)
{
	if (ex->cloned && (fcntl(ex->clone, F_GETFL) & O_PATH))
		return host_dup(ex->clone);
	return host_reopen(ex->cloned ? ex->clone : ex->fd,
			   O_PATH | O_CLOEXEC, 0);
}

static int
hostfs_open_export(const struct hostfs_export *ex, struct hostdir *hd)
{
	int fd = open_root(ex);
	int err;

	if (fd < 0)
		return fd;
	hd->may_be_bare = ex->cloned && !ex->nr_deny && !ex->nr_standins;
	err = hostdir_set_root(hd, fd);
	if (err)
		return err;
	err = hostdir_standins_set(hd, ex);
	if (err || ex->nr_deny == 0)
		return err;
	return hostdir_deny_new(ex->fd, ex->deny, ex->nr_deny, &hd->deny);
}

static int
hostfs_get_tree(const struct fs_type *t, struct vfs *v,
		const struct vfs_ctx *c, const char *source,
		unsigned long sb_flags, const char *data, const void *fs_data,
		struct fs **out, struct node **root)
{
	const struct hostfs_export *ex = fs_data;
	struct hostdir *hd;
	struct fs *fs;
	int err;

	(void)c;
	(void)source;
	if (!ex)
		return -ENODEV;
	if (data && *data)
		return -EINVAL;
	hd = calloc(1, sizeof(*hd));
	if (!hd)
		return -ENOMEM;
	hostdir_init(hd);
	hd->ro = ex->ro;
	hd->devices = ex->devices;
	hd->noexec_backing = ex->cloned ? ex->noexec : NULL;
	err = hostfs_open_export(ex, hd);
	if (!err)
		err = fs_new(v, t, &hostfs_ops, hd->dev,
			     sb_flags | (ex->ro ? MS_RDONLY : 0), hd, &fs);
	if (err) {
		hostdir_fini(hd);
		free(hd);
		return err;
	}
	return hostdir_made(fs, out, root);
}

const struct fs_type hostfs_type = {
	.name = "hostfs",
	.flags = FST_NODEV,
	.get_tree = hostfs_get_tree,
};
