/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cwd.c - the fs-context: chdir, fchdir, chroot, getcwd, umask.  The kernel's
 * own working directory and root of the guest never move.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <unistd.h>

#include "supervisor/dirfds.h"
#include "supervisor/handlers.h"
#include "supervisor/sys/pathref.h"
#include "supervisor/task.h"

/* Puts a counted place where another was; *to becomes the old one's owner. */
static void
exchange_place(struct fscontext *fs, struct path *where, struct path *to)
{
	struct path old;

	pthread_mutex_lock(&fs->lock);
	old = *where;
	*where = *to;
	pthread_mutex_unlock(&fs->lock);
	*to = old;
}

/* Consumes `place`. */
static int
set_cwd(struct call *c, struct path *place)
{
	struct fscontext *fs = task_fs_get(c->task);

	exchange_place(fs, &fs->cwd, place);
	path_put(place);
	fscontext_put(fs);
	return 0;
}

/* The directory must be searchable: as path_permission(MAY_CHDIR). */
static int
may_enter(const struct vfs_ctx *ctx, const struct path *place)
{
	struct vfs_at at = { .base = place, .name = "", .flags = LOOK_EMPTY };
	struct vfs_ctx as = *ctx;

	as.effective_ids = true;
	return vfs_access(&as, &at, X_OK);
}

static int
lookup_directory(struct call *c, struct vfs_ctx *ctx, struct path *out)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	int err;

	err = pathref_init(&ref, c, ctx, AT_FDCWD, c->rq.arg[0],
			   LOOK_FOLLOW | LOOK_DIRECTORY);
	if (err < 0)
		return err;
	err = vfs_lookup(ctx, &ref.at, out);
	if (err < 0)
		return err;
	err = may_enter(ctx, out);
	if (err < 0)
		path_put(out);
	return err;
}

int
sys_chdir(struct call *c)
{
	AUTO_CTX ctx;
	struct path place;
	int err;

	call_ctx(c, &ctx);
	err = lookup_directory(c, &ctx, &place);
	return err < 0 ? err : set_cwd(c, &place);
}

int
sys_fchdir(struct call *c)
{
	AUTO_CTX ctx;
	struct path place;
	int err;

	call_ctx(c, &ctx);
	err = dirfd_place(c->task, &ctx, (int)c->rq.arg[0], true, &place);
	if (err < 0)
		return err;
	err = may_enter(&ctx, &place);
	if (err < 0) {
		path_put(&place);
		return err;
	}
	return set_cwd(c, &place);
}

int
sys_chroot(struct call *c)
{
	AUTO_CTX ctx;
	struct fscontext *fs;
	struct path place;
	int err;

	call_ctx(c, &ctx);
	err = lookup_directory(c, &ctx, &place);
	if (err < 0)
		return err;
	if (!ctx.cap_chroot) {
		path_put(&place);
		return -EPERM;
	}
	fs = task_fs_get(c->task);
	exchange_place(fs, &fs->root, &place);
	path_put(&place);
	fscontext_put(fs);
	return 0;
}

/* Returns the length with the NUL, as the system call does. */
int
sys_getcwd(struct call *c)
{
	AUTO_CTX ctx;
	size_t size = c->rq.arg[1];
	ssize_t n;
	int err;

	call_ctx(c, &ctx);
	n = vfs_dpath(&ctx, &ctx.cwd, c->path[0], PATH_MAX, 0);
	if (n < 0)
		return n == -ERANGE ? -ENAMETOOLONG : (int)n;
	if ((size_t)n + 1 > size)
		return -ERANGE;
	err = guest_write(c->task, c->rq.arg[0], c->path[0], (size_t)n + 1);
	return err < 0 ? err : (int)n + 1;
}

int
sys_umask(struct call *c)
{
	struct fscontext *fs = task_fs_get(c->task);
	int old;

	pthread_mutex_lock(&fs->lock);
	old = (int)fs->umask;
	fs->umask = c->rq.arg[0] & 0777;
	pthread_mutex_unlock(&fs->lock);
	fscontext_put(fs);
	return old;
}
