/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pathref.h - a (dirfd, path) pair of a guest's call, on its way to the VFS.
 *
 * For the handlers in this folder.  Life of one: pathref_read() copies the
 * string in, pathref_base() finds where it starts, the handler gives ref.at
 * to a vfs_ function, pathref_fini() lets go (AUTO_PATHREF does it).  Calls
 * with two paths read both before they look for either base, as the kernel
 * does.
 */
#ifndef SUPERVISOR_SYS_PATHREF_H
#define SUPERVISOR_SYS_PATHREF_H

#include <fcntl.h>

#include "include/auto.h"
#include "supervisor/dispatch.h"

struct pathref {
	struct vfs_at at;
	struct path held;		/* the place of dirfd, if one was needed */
	int slot;
	bool empty;			/* "" (or NULL) with LOOK_EMPTY */
};

#define AUTO_PATHREF	AUTO_CLEANUP(pathref_fini) struct pathref
#define AUTO_CTX	AUTO_CLEANUP(call_ctx_put) struct vfs_ctx

#define PATHREF_INIT	{ .held = { NULL, NULL } }

/* AT_ flags to LOOK_ flags for calls that follow unless told otherwise. */
static inline unsigned int
look_of(unsigned int at_flags)
{
	return ((at_flags & AT_SYMLINK_NOFOLLOW) ? 0 : LOOK_FOLLOW) |
	       ((at_flags & AT_EMPTY_PATH) ? LOOK_EMPTY : 0);
}

/* Copies the string at `addr` into the call's buffer `slot`.
 * 0, -EFAULT, -ENOENT (empty), -ENAMETOOLONG. */
int pathref_read(struct pathref *r, struct call *c, int slot, uint64_t addr,
		 unsigned int look);
/* Finds the base for `dirfd`.  0, -EBADF, -ENOTDIR. */
int pathref_base(struct pathref *r, struct call *c, struct vfs_ctx *ctx,
		 int dirfd);
/* Both, for calls with one path (slot 0). */
int pathref_init(struct pathref *r, struct call *c, struct vfs_ctx *ctx,
		 int dirfd, uint64_t addr, unsigned int look);
void pathref_fini(struct pathref *r);

/*
 * For calls that change a file through a descriptor (fchmod, fsetxattr, ...):
 * a duplicate of the guest's descriptor, if the place it came from may be
 * modified at all - a descriptor opened for reading from a read-only export
 * must not be a way to change the file.  `o_path`: accept O_PATH ones.
 * 0, -EBADF, -EROFS.  *out is the caller's to close.
 */
int writable_dup(struct call *c, struct vfs_ctx *ctx, int fd, bool o_path,
		 int *out);

/* "/proc/self/fd/N": for calls that have no form for O_PATH descriptors. */
struct fdpath {
	char s[32];
};
struct fdpath fdpath(int fd);

#endif
