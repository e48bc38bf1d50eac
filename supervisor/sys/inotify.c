/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inotify.c - watches are set on the guest's own inotify descriptor, by the
 * supervisor, on the object that the guest's path names.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>

#include "supervisor/exec_image.h"
#include "supervisor/handlers.h"
#include "supervisor/sandbox.h"
#include "supervisor/sys/pathref.h"

int
sys_inotify_add_watch(struct call *c)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx = { 0 };
	AUTO_FD inotify = -1;
	AUTO_FD object = -1;
	struct path place;
	uint32_t mask = (uint32_t)c->rq.arg[2];
	unsigned int look = (mask & IN_DONT_FOLLOW) ? 0 : LOOK_FOLLOW;
	int err, wd;

	if (!(mask & (IN_ALL_EVENTS | IN_UNMOUNT | IN_Q_OVERFLOW |
		      IN_IGNORED)))
		return -EINVAL;
	err = call_take_fd(c, (int)c->rq.arg[0], &inotify);
	if (err < 0)
		return err;
	if ((mask & IN_MASK_ADD) && (mask & IN_MASK_CREATE))
		return -EINVAL;
	if (mask & IN_ONLYDIR)
		look |= LOOK_DIRECTORY;
	call_ctx(c, &ctx);
	err = pathref_init(&ref, c, &ctx, AT_FDCWD, c->rq.arg[1], look);
	if (err < 0)
		return err;
	err = vfs_lookup_fd(&ctx, &ref.at, &place, &object);
	if (err < 0)
		return err;
	path_put(&place);
	/* The magic link leads to the object itself, even if that is a
	 * symbolic link, but only if it is followed. */
	c->sb->watched = true;
	exec_image_keep_none();
	wd = inotify_add_watch(inotify, fdpath(object).s,
			       mask & ~(uint32_t)IN_DONT_FOLLOW);
	return wd < 0 ? -errno : wd;
}
