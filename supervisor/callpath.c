/* SPDX-License-Identifier: Apache-2.0 */
/*
 * callpath.c - what nearly every handler needs: the caller's view of the
 * tree, its path strings, its descriptors.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/limits.h>
#include <unistd.h>

#include "supervisor/channel.h"
#include "supervisor/creds.h"
#include "supervisor/dirfds.h"
#include "supervisor/dispatch.h"
#include "supervisor/override.h"
#include "supervisor/sandbox.h"
#include "supervisor/userns.h"

void
call_ctx(struct call *c, struct vfs_ctx *ctx)
{
	struct task *t = c->task;
	const struct creds *cr;
	struct fscontext *fs;

	pthread_mutex_lock(&c->sb->task_lock);
	fs = t->zombie ? c->fs : t->fs;
	cr = t->creds;
	override_for(c->sb, cr);
	*ctx = (struct vfs_ctx){
		.vfs = c->sb->vfs,
		.ns = t->mntns,
		.uid = c->sb->uid,
		.gid = c->sb->gid,
		.user_ns = cr->user_ns->id,
		.may_mount = userns_id_capable(c->sb, cr, mntns_owner(t->mntns),
					       CAP_SYS_ADMIN),
		.cap_chroot = creds_has_cap(cr, CAP_SYS_CHROOT),
		.caller = (uint64_t)(uintptr_t)t,
	};
	pthread_mutex_lock(&fs->lock);
	ctx->root = fs->root;
	ctx->cwd = fs->cwd;
	ctx->umask = fs->umask;
	path_get(&ctx->root);
	path_get(&ctx->cwd);
	pthread_mutex_unlock(&fs->lock);
	pthread_mutex_unlock(&c->sb->task_lock);
}

void
call_ctx_put(struct vfs_ctx *ctx)
{
	if (!ctx->vfs)
		return;
	path_put(&ctx->root);
	path_put(&ctx->cwd);
}

int
call_path(struct call *c, int slot, uint64_t addr, unsigned int look)
{
	ssize_t n = guest_read_str(c->task, c->path[slot], PATH_MAX, addr);

	if (n < 0)
		return (int)n;
	if (n == 0 && !(look & LOOK_EMPTY))
		return -ENOENT;
	return 0;
}

int
call_at(struct call *c, struct vfs_ctx *ctx, int dirfd, int slot,
	unsigned int look, struct vfs_at *at, struct path *held)
{
	const char *name = c->path[slot];
	int err;

	*at = (struct vfs_at){ .name = name, .flags = look };
	if (dirfd == AT_FDCWD || name[0] == '/')
		return 0;
	err = dirfd_place(c->task, ctx, dirfd, name[0] != '\0', held);
	/* A directory from outside: there is no way down from it. */
	if (err == -ESTALE)
		return -EACCES;
	if (err < 0)
		return err;
	at->base = held;
	return 0;
}

int
call_dup_fd(struct call *c, int fd, int *out)
{
	struct vfs_ctx ctx;
	struct vfs_at at = { .name = "", .flags = LOOK_EMPTY };
	struct path place;
	int err;

	if (fd != AT_FDCWD)
		return dirfd_dup(c->task, fd, out);
	call_ctx(c, &ctx);
	err = vfs_lookup_fd(&ctx, &at, &place, out);
	if (err == 0)
		path_put(&place);
	call_ctx_put(&ctx);
	return err;
}

int
call_take_fd(struct call *c, int fd, int *out)
{
	if (c->sb->host.pidfd_getfd || c->via == VIA_NOTIFY)
		return dirfd_dup(c->task, fd, out);
	return trace_take_fd(c->task, fd, out);
}
