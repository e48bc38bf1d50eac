/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open.c - openat, openat2; open and creat arrive as openat.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/ctty.h"
#include "supervisor/dirfds.h"
#include "supervisor/handlers.h"
#include "supervisor/mapfile.h"
#include "supervisor/sys/pathref.h"
#include "supervisor/tablefile.h"

/* The flags that open(2) looks at: VALID_OPEN_FLAGS in linux/fcntl.h. */
#define OPEN_FLAGS							\
	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND |	\
	 O_NONBLOCK | O_SYNC | O_DSYNC | O_ASYNC | O_DIRECT |		\
	 O_LARGEFILE_KERNEL | O_DIRECTORY | O_NOFOLLOW | O_NOATIME |	\
	 O_CLOEXEC | O_PATH | O_TMPFILE)
#define O_PATH_FLAGS	(O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC)
#ifdef __x86_64__
#define O_LARGEFILE_KERNEL 0100000
#else
#define O_LARGEFILE_KERNEL 0400000
#endif

static int open_may_wait(struct call *c);

/* RESOLVE_IN_ROOT: absolute names start at the descriptor as well. */
static int
base_as_root(struct pathref *ref, struct call *c, struct vfs_ctx *ctx,
	     int dirfd)
{
	int err;

	if (dirfd == AT_FDCWD)
		return 0;
	err = dirfd_place(c->task, ctx, dirfd, true, &ref->held);
	if (err < 0)
		return err == -ESTALE ? -EACCES : err;
	ref->at.base = &ref->held;
	return 0;
}

/*
 * After an open, which brought `err`: /dev/tty was opened as the supervisor's
 * terminal, or was not because it has none; the guest means its own.
 */
static int
own_terminal(struct call *c, struct vfs_ctx *ctx, const struct vfs_at *at,
	     const struct open_how *how, int err, int *fd)
{
	AUTO_FD object = -1;
	struct path place;

	if (err == 0)
		return ctty_is(*fd) ? ctty_open(c->task, how->flags, fd) : 0;
	if (err != -ENXIO || vfs_lookup_fd(ctx, at, &place, &object) < 0)
		return err;
	path_put(&place);
	return ctty_is(object) ? ctty_open(c->task, how->flags, fd) : err;
}

/* openat(dirfd, "name", O_DIRECTORY), as directories are walked. */
static bool
opens_directory_below(int dirfd, const char *path, const struct open_how *how)
{
	const uint64_t plain = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC |
			       O_NONBLOCK | O_LARGEFILE_KERNEL | O_NOCTTY;

	return dirfd >= 0 && path[0] != '/' && (how->flags & O_DIRECTORY) &&
	       !(how->flags & ~plain) && !how->resolve;
}

/* The answer: the descriptor, which is taken over. */
static int
give(struct call *c, int fd, const struct open_how *how,
     const struct dirfd_note *note)
{
	int err = reply_fd(c, fd, how->flags & O_CLOEXEC);

	c->reply.note = *note;
	c->reply.fd_readonly = (how->flags & O_ACCMODE) == O_RDONLY;
	return err;
}

/*
 * Opens what c->path[0] names.  `nonblock`: on the notify thread, where an
 * open that may block is handed to a helper thread instead.
 */
static int
open_path(struct call *c, int dirfd, const struct open_how *how,
	  bool nonblock)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx = { 0 };
	struct path where = { NULL, NULL };
	struct dirfd_note note = { .mnt = NULL };
	AUTO_FD fd = -1;
	int err;

	if (opens_directory_below(dirfd, c->path[0], how) &&
	    dirfd_open_below(c->task, dirfd, c->path[0], how->flags, &fd,
			     &note) == 0)
		return give(c, steal_fd(&fd), how, &note);
	call_ctx(c, &ctx);
	ref.slot = 0;
	ref.at.flags = (how->flags & O_NOFOLLOW) ? 0 : LOOK_FOLLOW;
	err = pathref_base(&ref, c, &ctx, dirfd);
	if (err == 0 && (how->resolve & RESOLVE_IN_ROOT) && !ref.at.base)
		err = base_as_root(&ref, c, &ctx, dirfd);
	if (err < 0)
		return err;
	ref.at.resolve = how->resolve;
	err = vfs_open(&ctx, &ref.at, how, nonblock, &fd, &where);
	if (err == -EWOULDBLOCK && nonblock) {
		c->priv = malloc(sizeof(*how));
		if (!c->priv)
			return -ENOMEM;
		memcpy(c->priv, how, sizeof(*how));
		return reply_defer(c, open_may_wait);
	}
	if (!nonblock)
		err = own_terminal(c, &ctx, &ref.at, how, err, &fd);
	if (err < 0)
		return err;
	if (where.mnt) {
		dirfd_record(fd, &where, &note);
		path_put(&where);
	}
	if (mapfile_is_new(c))
		return mapfile_reply(c, steal_fd(&fd), how->flags & O_CLOEXEC);
	if (tablefile_is_new(c))
		return tablefile_reply(c, steal_fd(&fd),
				       how->flags & O_CLOEXEC);
	return give(c, steal_fd(&fd), how, &note);
}

static int
open_may_wait(struct call *c)
{
	const struct open_how *how = c->priv;

	/* Who waits at the other end must not see one that nobody wants. */
	if (*c->interrupted)
		return -EINTR;
	return open_path(c, (int)c->rq.arg[0], how, false);
}

/* As build_open_flags(). */
static int
check_open_how(const struct open_how *how)
{
	uint64_t f = how->flags;
	bool makes = (f & O_CREAT) || (f & O_TMPFILE) == O_TMPFILE;

	if (f & ~(uint64_t)OPEN_FLAGS)
		return -EINVAL;
	if (how->resolve & ~(uint64_t)(RESOLVE_NO_XDEV |
				       RESOLVE_NO_MAGICLINKS |
				       RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH |
				       RESOLVE_IN_ROOT | RESOLVE_CACHED))
		return -EINVAL;
	if ((how->resolve & RESOLVE_BENEATH) &&
	    (how->resolve & RESOLVE_IN_ROOT))
		return -EINVAL;
	if (makes ? (how->mode & ~(uint64_t)07777) : how->mode)
		return -EINVAL;
	if ((f & (O_DIRECTORY | O_CREAT)) == (O_DIRECTORY | O_CREAT))
		return -EINVAL;
	if ((f & (O_TMPFILE & ~O_DIRECTORY)) &&
	    ((f & O_TMPFILE) != O_TMPFILE || (f & O_ACCMODE) == O_RDONLY))
		return -EINVAL;
	if ((f & O_PATH) && (f & ~(uint64_t)O_PATH_FLAGS))
		return -EINVAL;
	if ((how->resolve & RESOLVE_CACHED) &&
	    ((f & (O_TRUNC | O_CREAT)) || (f & O_TMPFILE) == O_TMPFILE))
		return -EAGAIN;
	return 0;
}

/* As build_open_how() in fs/open.c: what open(2) makes of its arguments. */
int
sys_openat(struct call *c)
{
	struct open_how how = {
		.flags = (uint32_t)c->rq.arg[2] & OPEN_FLAGS,
		.mode = c->rq.arg[3] & 07777,
	};
	int err;

	if (how.flags & O_PATH)
		how.flags &= O_PATH_FLAGS;
	if (!(how.flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))))
		how.mode = 0;
	err = check_open_how(&how);
	if (err < 0)
		return err;
	err = call_path(c, 0, c->rq.arg[1], 0);
	if (err < 0)
		return err;
	return open_path(c, (int)c->rq.arg[0], &how, true);
}

/* As copy_struct_from_user(): a newer caller's extra bytes must be zero. */
static int
read_open_how(struct call *c, struct open_how *how)
{
	uint64_t addr = c->rq.arg[2];
	size_t size = c->rq.arg[3], done;
	char rest[256];

	if (size < sizeof(*how))
		return -EINVAL;
	if (size > 4096)
		return -E2BIG;
	for (done = sizeof(*how); done < size; ) {
		size_t n = size - done < sizeof(rest) ? size - done :
							sizeof(rest);

		if (guest_read(c->task, rest, addr + done, n) < 0)
			return -EFAULT;
		for (size_t i = 0; i < n; i++)
			if (rest[i])
				return -E2BIG;
		done += n;
	}
	return guest_read(c->task, how, addr, sizeof(*how)) < 0 ? -EFAULT : 0;
}

int
sys_openat2(struct call *c)
{
	struct open_how how;
	int err;

	err = read_open_how(c, &how);
	if (err < 0)
		return err;
	err = check_open_how(&how);
	if (err < 0)
		return err;
	err = call_path(c, 0, c->rq.arg[1], 0);
	if (err < 0)
		return err;
	return open_path(c, (int)c->rq.arg[0], &how, true);
}
