/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount.c - mount, umount2, pivot_root.  Everything that Linux checks is
 * checked by the core.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "supervisor/exec_image.h"
#include "supervisor/handlers.h"
#include "supervisor/mountfds.h"
#include "supervisor/sys/pathref.h"
#include "supervisor/tablefile.h"
#include "supervisor/trace.h"

#define MOUNT_PAGE	4096	/* what copy_mount_options() takes at most */

/* As copy_mount_string(): NULL stays NULL, over-long is EINVAL. */
static int
read_mount_string(struct call *c, uint64_t addr, char **out)
{
	ssize_t n;
	char *s;

	*out = NULL;
	if (!addr)
		return 0;
	s = malloc(PATH_MAX);
	if (!s)
		return -ENOMEM;
	n = guest_read_str(c->task, s, PATH_MAX, addr);
	if (n < 0) {
		free(s);
		return n == -ENAMETOOLONG ? -EINVAL : (int)n;
	}
	*out = s;
	return 0;
}

/* As copy_mount_options(): as much of a page as can be read. */
static int
read_mount_data(struct call *c, uint64_t addr, char **out)
{
	char *s;

	*out = NULL;
	if (!addr)
		return 0;
	s = calloc(1, MOUNT_PAGE);
	if (!s)
		return -ENOMEM;
	if (guest_read_some(c->task, s, addr, MOUNT_PAGE) <= 0) {
		free(s);
		return -EFAULT;
	}
	s[MOUNT_PAGE - 1] = '\0';
	*out = s;
	return 0;
}

static void
sweep(struct sandbox *sb, void *arg)
{
	(void)arg;
	mountfds_sweep(sb);
}

/* Lets go of trees that no guest holds any more.  Only the tracer knows that
 * none is on its way to one: it is who hands them out. */
static void
forget_unheld(struct call *c)
{
	if (c->via != VIA_NOTIFY)
		mountfds_sweep(c->sb);
	else if (mountfds_any())
		tracer_call(c->sb, sweep, NULL);
}

int
sys_mount(struct call *c)
{
	AUTO_PATHREF target = PATHREF_INIT;
	AUTO_CTX ctx;
	AUTO_FREE char *type = NULL;
	AUTO_FREE char *source = NULL;
	AUTO_FREE char *data = NULL;
	int err;

	call_ctx(c, &ctx);
	err = read_mount_string(c, c->rq.arg[2], &type);
	if (err == 0)
		err = read_mount_string(c, c->rq.arg[0], &source);
	if (err == 0)
		err = read_mount_data(c, c->rq.arg[4], &data);
	if (err == 0)
		err = pathref_init(&target, c, &ctx, AT_FDCWD, c->rq.arg[1],
				   LOOK_FOLLOW);
	if (err < 0)
		return err;
	forget_unheld(c);
	return vfs_mount(&ctx, source, &target.at, type, c->rq.arg[3], data);
}

int
sys_umount2(struct call *c)
{
	AUTO_PATHREF target = PATHREF_INIT;
	AUTO_CTX ctx = { 0 };
	int flags = (int)c->rq.arg[1], err;

	if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
		return -EINVAL;
	call_ctx(c, &ctx);
	err = pathref_init(&target, c, &ctx, AT_FDCWD, c->rq.arg[0],
			   (flags & UMOUNT_NOFOLLOW) ? 0 : LOOK_FOLLOW);
	if (err < 0)
		return err;
	forget_unheld(c);
	exec_image_forget();
	return vfs_umount(&ctx, &target.at, flags);
}

/* `err` is what comes next, unless the name does not lead anywhere. */
static int
fails_first(const struct vfs_ctx *ctx, const struct vfs_at *at, int err)
{
	struct path where;
	int first = vfs_lookup(ctx, at, &where);

	if (first < 0)
		return first;
	path_put(&where);
	return err;
}

int
sys_pivot_root(struct call *c)
{
	AUTO_PATHREF new_root = PATHREF_INIT;
	AUTO_PATHREF put_old = PATHREF_INIT;
	AUTO_CTX ctx;
	int err;

	call_ctx(c, &ctx);
	if (!ctx.may_mount)
		return -EPERM;
	err = pathref_read(&new_root, c, 0, c->rq.arg[0],
			   LOOK_FOLLOW | LOOK_DIRECTORY);
	if (err == 0)
		err = pathref_base(&new_root, c, &ctx, AT_FDCWD);
	if (err < 0)
		return err;
	err = pathref_read(&put_old, c, 1, c->rq.arg[1],
			   LOOK_FOLLOW | LOOK_DIRECTORY);
	/* the kernel has looked for the first before it reads the second */
	if (err < 0)
		return fails_first(&ctx, &new_root.at, err);
	err = pathref_base(&put_old, c, &ctx, AT_FDCWD);
	if (err < 0)
		return err;
	return vfs_pivot_root(&ctx, &new_root.at, &put_old.at);
}
