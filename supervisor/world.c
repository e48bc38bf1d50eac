/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/config.h"
#include "supervisor/log.h"
#include "supervisor/stage.h"
#include "supervisor/world_priv.h"

static const char *
kind_option(enum world_kind kind)
{
	switch (kind) {
	case WORLD_BIND:
		return "bind";
	case WORLD_RO_BIND:
		return "ro-bind";
	case WORLD_DEV_BIND:
		return "dev-bind";
	case WORLD_TMPFS:
		return "tmpfs";
	case WORLD_PROC:
		return "proc";
	case WORLD_DEV:
		return "dev";
	case WORLD_MQUEUE:
		return "mqueue";
	case WORLD_DIR:
		return "dir";
	case WORLD_FILE:
		return "file";
	case WORLD_BIND_DATA:
		return "bind-data";
	case WORLD_RO_BIND_DATA:
		return "ro-bind-data";
	case WORLD_SYMLINK:
		return "symlink";
	case WORLD_CHMOD:
		return "chmod";
	case WORLD_REMOUNT_RO:
		return "remount-ro";
	case WORLD_LOCK_FILE:
		return "lock-file";
	}
	return "?";
}

/* --- single operations ---------------------------------------------------- */

static int
op_bind(struct builder *b, const struct world_op *op)
{
	struct export e = {
		.src = op->src, .fd = -1, .ro = op->kind == WORLD_RO_BIND,
		.devices = op->kind == WORLD_DEV_BIND,
	};

	if (op->try && access(op->src, F_OK) < 0 && errno == ENOENT)
		return 0;
	return world_export(b, &e, op->dst);
}

/* A file of its own, mounted: a sealed memfd is exported. */
static int
op_bind_data(struct builder *b, const struct world_op *op)
{
	AUTO_FD data = -1;
	struct export e = {.ro = op->kind == WORLD_RO_BIND_DATA};
	char buf[16384];
	ssize_t n;

	if (b->stage)
		stage_data(b->stage, &data);
	else
		data = memfd_create("belljar-data", MFD_CLOEXEC);
	if (data < 0)
		return -errno;
	e.fd = data;
	while ((n = read(op->fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && write(data, buf, n) != n)
			return -ENOSPC;
	}
	if (fchmod(data, op->perms < 0 ? 0600 : op->perms) < 0)
		return -errno;
	return world_export(b, &e, op->dst);
}

static int
op_chmod(struct builder *b, const struct world_op *op)
{
	struct vfs_at at = world_at(op->dst);

	return b->stage ? stage_chmod(b->stage, op->dst, (mode_t)op->perms) :
		vfs_chmod(&b->ctx, &at, op->perms);
}

static int
op_remount_ro(struct builder *b, const struct world_op *op)
{
	struct vfs_at at = world_at(op->dst);
	unsigned long flags;
	struct path where;
	int err;

	if (b->stage)
		return stage_remount_ro(b->stage, op->dst);
	err = vfs_lookup(&b->ctx, &at, &where);
	if (err)
		return err;
	flags = vfs_mount_flags(&where);
	path_put(&where);
	return vfs_mount(&b->ctx, NULL, &at, NULL,
		flags | MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

/*
 * The lock ends with this process, which keeps the descriptor.  It belongs to
 * the open file: a lock of the process would go with any close of that file.
 */
static int
op_lock_file(struct builder *b, const struct world_op *op)
{
	const struct open_how how = {.flags = O_RDONLY | O_CLOEXEC};
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	struct vfs_at at = world_at(op->dst);
	AUTO_FD fd = -1;
	int err;

	if (b->stage)
		return world_fail(b, -EOPNOTSUPP, "not inside another belljar: "
			"the lock would end when the program starts");
	err = vfs_open(&b->ctx, &at, &how, true, &fd, NULL);
	if (err)
		return err;
	if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
		return errno == EAGAIN || errno == EACCES ?
			world_fail(b, -EAGAIN, "somebody else holds a lock on "
				"it for writing") : -errno;
	steal_fd(&fd);
	return 0;
}

static int
apply(struct builder *b, const struct world_op *op)
{
	int perms = op->perms;

	switch (op->kind) {
	case WORLD_BIND:
	case WORLD_RO_BIND:
	case WORLD_DEV_BIND:
		return op_bind(b, op);
	case WORLD_TMPFS:
		return world_tmpfs(b, op->dst, perms < 0 ? 0755 : perms,
			op->size);
	case WORLD_PROC:
		return world_plain(b, "proc", op->dst,
			KERNEL_FLAGS);
	case WORLD_DEV:
		return world_dev(b, op->dst);
	case WORLD_MQUEUE:
		return world_plain(b, "mqueue", op->dst,
			KERNEL_FLAGS);
	case WORLD_DIR:
		return world_mkdir(b, op->dst, perms < 0 ? 0755 : perms);
	case WORLD_FILE:
		return world_file(b, op->fd, op->dst,
			perms < 0 ? 0666 : perms);
	case WORLD_BIND_DATA:
	case WORLD_RO_BIND_DATA:
		return op_bind_data(b, op);
	case WORLD_SYMLINK:
		return world_symlink(b, op->src, op->dst);
	case WORLD_CHMOD:
		return op_chmod(b, op);
	case WORLD_REMOUNT_RO:
		return op_remount_ro(b, op);
	case WORLD_LOCK_FILE:
		return op_lock_file(b, op);
	}
	return -EINVAL;
}

/* --- where the program starts --------------------------------------------- */

static int
is_staged_dir(struct builder *b, const char *name)
{
	struct stat st;
	int err = world_stat(b, name, &st);

	return err || S_ISDIR(st.st_mode) ? err : -ENOTDIR;
}

static int
try_start(struct builder *b, const char *name, struct world *out)
{
	struct vfs_at at = {.name = name, .flags = LOOK_FOLLOW | LOOK_DIRECTORY};
	int err;

	if (!name || name[0] != '/')
		return -ENOENT;
	err = b->stage ? is_staged_dir(b, name) :
		vfs_lookup(&b->ctx, &at, &out->cwd);
	if (err)
		return err;
	out->cwd_name = strdup(name);
	if (out->cwd_name)
		return 0;
	if (!b->stage)
		path_put(&out->cwd);
	return -ENOMEM;
}

static int
find_start(struct builder *b, struct world *out)
{
	AUTO_FREE char *here = getcwd(NULL, 0);
	AUTO_FREE char *full = NULL;
	const char *dir = b->cfg->chdir;
	int err;

	if (dir) {
		world_step(b, "--chdir %s", dir);
		if (dir[0] != '/' && asprintf(&full, "/%s", dir) < 0)
			return -ENOMEM;
		err = try_start(b, full ? full : dir, out);
		return err == -ENOENT ? world_fail(b, err, "the sandbox has no "
			"such directory. Show it with --bind, or make it with "
			"--dir") : err;
	}
	world_step(b, "finding a directory to start in");
	if (!try_start(b, here, out))
		return 0;
	if (!try_start(b, getenv("HOME"), out))
		return 0;
	return try_start(b, "/", out);
}

/* --- the whole ------------------------------------------------------------ */

int
world_set_root(struct builder *b, struct mount *m)
{
	int err = vfs_new_ns(b->vfs, m, &b->ns);

	if (err)
		return err;
	b->ctx = (struct vfs_ctx){
		.vfs = b->vfs, .ns = b->ns, .uid = geteuid(), .gid = getegid(),
		.may_mount = true, .cap_chroot = true,
	};
	mntns_root(b->ns, &b->ctx.root);
	b->ctx.cwd = b->ctx.root;	/* borrowed from root */
	return 0;
}

static void
builder_fini(struct builder *b)
{
	if (b->ns) {
		path_put(&b->ctx.root);
		mntns_put(b->ns);
	}
	free(b->host_mounts);
}

/* The operations of the command line: first all others, or the locks. */
static int
apply_all(struct builder *b, bool locks)
{
	size_t i;
	int err = 0;

	for (i = 0; i < b->cfg->nr_ops && !err; i++) {
		const struct world_op *op = &b->cfg->ops[i];

		if ((op->kind == WORLD_LOCK_FILE) != locks)
			continue;
		world_step(b, "--%s %s%s%s", kind_option(op->kind),
			op->src ? op->src : "", op->src ? " " : "", op->dst);
		if (op->size && !b->helper && !b->stage)
			log_warn("%s: --size is shown, but not enforced: this "
				"host lends belljar no tmpfs of the kernel's. "
				"'belljar check' says why", b->step);
		err = apply(b, op);
	}
	return err;
}

static int
build(struct builder *b, struct world *out)
{
	int err;

	err = world_base(b);
	if (!err)
		err = apply_all(b, false);
	if (!err)
		err = apply_all(b, true);
	if (!err)
		err = find_start(b, out);
	if (err || b->stage)
		return err;
	mntns_root(b->ns, &out->root);
	out->ns = mntns_get(b->ns);
	out->detached = !b->attached;
	return 0;
}

int
world_build_staged(struct stage *s, const struct config *cfg, char **cwd_name)
{
	struct builder b = {.cfg = cfg, .stage = s};
	struct world w = {0};
	int err = build(&b, &w);

	if (err && !b.said)
		log_error("%s: %s", b.step, log_errno(err));
	builder_fini(&b);
	*cwd_name = w.cwd_name;
	return err;
}

int
world_build(struct vfs *v, const struct config *cfg,
	struct mounthelper *helper, struct world *out)
{
	struct builder b = {.vfs = v, .cfg = cfg, .helper = helper};
	int err;

	memset(out, 0, sizeof(*out));
	err = build(&b, out);
	if (err && !b.said)
		log_error("%s: %s", b.step, log_errno(err));
	builder_fini(&b);
	return err;
}

void
world_fini(struct world *w)
{
	path_put(&w->cwd);
	path_put(&w->root);
	if (w->ns)
		mntns_put(w->ns);
	free(w->cwd_name);
	memset(w, 0, sizeof(*w));
}
