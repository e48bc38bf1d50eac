/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - calls that make and unmake names: mkdirat, mknodat, unlinkat,
 * renameat2, linkat, symlinkat.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/dirfds.h"
#include "supervisor/exec_image.h"
#include "supervisor/handlers.h"
#include "supervisor/sys/pathref.h"

int
sys_mkdirat(struct call *c)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx;
	int err;

	call_ctx(c, &ctx);
	err = pathref_init(&ref, c, &ctx, (int)c->rq.arg[0], c->rq.arg[1], 0);
	if (err < 0)
		return err;
	return vfs_mkdir(&ctx, &ref.at, c->rq.arg[2] & 07777);
}

/* As may_mknod() and do_mknodat(): the type is looked at first. */
static int
check_mknod_type(mode_t mode)
{
	switch (mode & S_IFMT) {
	case 0:
	case S_IFREG:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return 0;
	case S_IFDIR:
		return -EPERM;
	}
	return -EINVAL;
}

int
sys_mknodat(struct call *c)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx = { 0 };
	mode_t mode = (mode_t)c->rq.arg[2];
	int err;

	err = check_mknod_type(mode);
	if (err < 0)
		return err;
	call_ctx(c, &ctx);
	err = pathref_init(&ref, c, &ctx, (int)c->rq.arg[0], c->rq.arg[1], 0);
	if (err < 0)
		return err;
	return vfs_mknod(&ctx, &ref.at, mode, (dev_t)c->rq.arg[3]);
}

int
sys_unlinkat(struct call *c)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx = { 0 };
	int flags = (int)c->rq.arg[2], err;

	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	call_ctx(c, &ctx);
	err = pathref_init(&ref, c, &ctx, (int)c->rq.arg[0], c->rq.arg[1], 0);
	if (err < 0)
		return err;
	err = vfs_unlink(&ctx, &ref.at, flags);
	if (err == 0)
		exec_image_forget();
	return err;
}

int
sys_renameat2(struct call *c)
{
	AUTO_PATHREF from = PATHREF_INIT;
	AUTO_PATHREF to = PATHREF_INIT;
	AUTO_CTX ctx;
	unsigned int flags = (unsigned int)c->rq.arg[4];
	int err;

	call_ctx(c, &ctx);
	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	if ((flags & (RENAME_NOREPLACE | RENAME_WHITEOUT)) &&
	    (flags & RENAME_EXCHANGE))
		return -EINVAL;
	err = pathref_read(&from, c, 0, c->rq.arg[1], 0);
	if (err == 0)
		err = pathref_read(&to, c, 1, c->rq.arg[3], 0);
	if (err < 0)
		return err;
	err = pathref_base(&from, c, &ctx, (int)c->rq.arg[0]);
	if (err == 0)
		err = pathref_base(&to, c, &ctx, (int)c->rq.arg[2]);
	if (err < 0)
		return err;
	err = vfs_rename(&ctx, &from.at, &to.at, flags);
	if (err == 0)
		exec_image_forget();
	return err;
}

/*
 * linkat(fd, "", ..., AT_EMPTY_PATH) on a file that has a place in the tree
 * is a link of that place; the core judges it.  O_TMPFILE files get their
 * name this way or through /proc/self/fd.
 */
static int
link_descriptor(struct call *c, struct vfs_ctx *ctx, struct pathref *from,
		int fd)
{
	AUTO_FD dup = -1;
	int err;

	err = call_dup_fd(c, fd, &dup);
	if (err < 0)
		return err;
	err = vfs_path_from_fd(ctx, steal_fd(&dup), NULL, &from->held);
	if (err < 0)
		return err == -ESTALE ? -EXDEV : err;
	from->at.base = &from->held;
	from->at.name = "";
	return 0;
}

int
sys_linkat(struct call *c)
{
	AUTO_PATHREF from = PATHREF_INIT;
	AUTO_PATHREF to = PATHREF_INIT;
	AUTO_CTX ctx = { 0 };
	int flags = (int)c->rq.arg[4], fromfd = (int)c->rq.arg[0], err;
	unsigned int look = (flags & AT_EMPTY_PATH) ? LOOK_EMPTY : 0;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_SYMLINK_FOLLOW)
		look |= LOOK_FOLLOW;
	call_ctx(c, &ctx);
	err = pathref_read(&from, c, 0, c->rq.arg[1], look);
	if (err == 0)
		err = pathref_read(&to, c, 1, c->rq.arg[3], 0);
	if (err < 0)
		return err;
	if (from.empty && fromfd != AT_FDCWD)
		err = link_descriptor(c, &ctx, &from, fromfd);
	else
		err = pathref_base(&from, c, &ctx, fromfd);
	if (err == 0)
		err = pathref_base(&to, c, &ctx, (int)c->rq.arg[2]);
	if (err < 0)
		return err;
	return vfs_link(&ctx, &from.at, &to.at);
}

int
sys_symlinkat(struct call *c)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx;
	int err;

	call_ctx(c, &ctx);
	err = call_path(c, 1, c->rq.arg[0], 0);
	if (err < 0)
		return err;
	err = pathref_init(&ref, c, &ctx, (int)c->rq.arg[1], c->rq.arg[2], 0);
	if (err < 0)
		return err;
	return vfs_symlink(&ctx, c->path[1], &ref.at);
}
