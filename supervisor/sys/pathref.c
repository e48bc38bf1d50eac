/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/sys/pathref.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "supervisor/dirfds.h"

int
pathref_read(struct pathref *r, struct call *c, int slot, uint64_t addr,
	     unsigned int look)
{
	int err;

	r->slot = slot;
	r->at.flags = look;
	r->empty = false;
	if (!addr && (look & LOOK_EMPTY)) {
		c->path[slot][0] = '\0';	/* as since Linux 6.11 */
		r->empty = true;
		return 0;
	}
	err = call_path(c, slot, addr, look);
	if (err < 0)
		return err;
	r->empty = c->path[slot][0] == '\0';
	return 0;
}

int
pathref_base(struct pathref *r, struct call *c, struct vfs_ctx *ctx,
	     int dirfd)
{
	return call_at(c, ctx, dirfd, r->slot, r->at.flags, &r->at, &r->held);
}

int
pathref_init(struct pathref *r, struct call *c, struct vfs_ctx *ctx,
	     int dirfd, uint64_t addr, unsigned int look)
{
	int err = pathref_read(r, c, 0, addr, look);

	if (err < 0)
		return err;
	return pathref_base(r, c, ctx, dirfd);
}

void
pathref_fini(struct pathref *r)
{
	if (r->held.mnt)
		path_put(&r->held);
}

/* A descriptor that the guest could only have got from a place where it may
 * write, or that belongs to no mount at all (pipes, sockets).  `fd`: ours of
 * the guest's `number`. */
static int
descriptor_may_write(struct call *c, struct vfs_ctx *ctx, int number, int fd,
		     int flags)
{
	struct path place;
	struct stat st;
	int err;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISSOCK(st.st_mode) && !(flags & O_PATH))
		return 0;
	if (S_ISREG(st.st_mode) && (flags & O_ACCMODE) != O_RDONLY &&
	    !(flags & O_PATH))
		return 0;
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	err = vfs_path_from_fd(ctx, fd, dirfd_mount(c->task, number, &st),
			       &place);
	if (err == -ESTALE)
		return S_ISFIFO(st.st_mode) ? 0 : -EROFS;
	if (err < 0)
		return err;
	err = vfs_may_write(&place);
	path_put(&place);
	return err;
}

int
writable_dup(struct call *c, struct vfs_ctx *ctx, int fd, bool o_path,
	     int *out)
{
	AUTO_FD dup = -1;
	int flags, err;

	err = call_dup_fd(c, fd, &dup);
	if (err < 0)
		return err;
	flags = fcntl(dup, F_GETFL);
	if (flags < 0)
		return -errno;
	if ((flags & O_PATH) && !o_path)
		return -EBADF;
	err = descriptor_may_write(c, ctx, fd, dup, flags);
	if (err < 0)
		return err;
	*out = steal_fd(&dup);
	return 0;
}

struct fdpath
fdpath(int fd)
{
	struct fdpath p;

	snprintf(p.s, sizeof(p.s), "/proc/self/fd/%d", fd);
	return p;
}
