/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mountfd.c - the mount interface on descriptors: trees.  Contexts are in
 * fsconfig.c of this folder.  They come by trace or trap, so the tracer
 * thread runs them; mountfds.h says what the descriptors are.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <string.h>

#include "include/uapi.h"
#include "supervisor/dirfds.h"
#include "supervisor/handlers.h"
#include "supervisor/mountfds.h"
#include "supervisor/sandbox.h"
#include "supervisor/sys/pathref.h"
#include "vfs/mount_api.h"

#define ATTR_SIZE_MIN	32		/* MOUNT_ATTR_SIZE_VER0 */
#define ATTR_SIZE_MAX	4096

/* The path of a call that takes no null pointer for "". */
static int
tree_ref(struct pathref *r, struct call *c, struct vfs_ctx *ctx, int dirfd,
	 uint64_t addr, bool empty)
{
	if (!addr)
		return -EFAULT;
	return pathref_init(r, c, ctx, dirfd, addr, empty ? LOOK_EMPTY : 0);
}

/* The guest gets a descriptor of `place`, which is dropped. */
static int
reply_place(struct call *c, struct vfs_ctx *ctx, struct path *place, bool tree,
	    bool cloexec)
{
	struct dirfd_note note = { .mnt = NULL };
	int fd, err = mountfds_add_place(c->sb, ctx, place, tree, &fd);

	if (err == 0)
		dirfd_note(fd, place, &note);
	path_put(place);
	if (err < 0)
		return err;
	err = reply_fd(c, fd, cloexec ? O_CLOEXEC : 0);
	c->reply.note = note;
	return err;
}

/* ------------------------------------------------------------- attributes */

/* As copy_struct_from_user(), after the sizes were judged. */
static int
read_attr(struct call *c, uint64_t addr, size_t size, struct mount_attr *attr)
{
	char bytes[ATTR_SIZE_MAX];

	if (guest_read(c->task, bytes, addr, size) < 0)
		return -EFAULT;
	for (size_t i = sizeof(*attr); i < size; i++)
		if (bytes[i])
			return -E2BIG;
	memcpy(attr, bytes, sizeof(*attr));
	return 0;
}

/*
 * MOUNT_ATTR_IDMAP: is there a descriptor that could be one of a user
 * namespace?  None that a guest has gives it rights over the filesystem.
 */
static int
check_idmap(struct call *c, const struct mount_attr *attr)
{
	AUTO_FD fd = -1;
	int err, flags;

	if (!(attr->attr_set & MOUNT_ATTR_IDMAP))
		return 0;
	if (attr->userns_fd > INT_MAX)
		return -EINVAL;
	err = dirfd_dup(c->task, (int)attr->userns_fd, &fd);
	if (err < 0)
		return err;
	flags = fcntl(fd, F_GETFL);
	if (flags >= 0 && (flags & O_PATH))
		return -EBADF;
	return ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWUSER ? -EPERM : -EINVAL;
}

/* As wants_mount_setattr(): 1 (something is wanted), 0 or -errno. */
static int
get_attr(struct call *c, const struct vfs_ctx *ctx, uint64_t addr,
	 uint64_t size, bool clone, struct mount_attr *attr)
{
	int err;

	if (size > ATTR_SIZE_MAX)
		return -E2BIG;
	if (size < ATTR_SIZE_MIN)
		return -EINVAL;
	if (!ctx->may_mount)
		return -EPERM;
	err = read_attr(c, addr, size, attr);
	if (err < 0)
		return err;
	err = vfs_mount_attr_check(attr, clone);
	if (err)
		return err < 0 ? err : 0;
	err = check_idmap(c, attr);
	return err < 0 ? err : 1;
}

int
sys_mount_setattr(struct call *c)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx = { 0 };
	struct mount_attr attr;
	unsigned int flags = (unsigned int)c->rq.arg[2];
	int err = vfs_mount_setattr_check(flags);

	if (err < 0)
		return err;
	call_ctx(c, &ctx);
	err = get_attr(c, &ctx, c->rq.arg[3], c->rq.arg[4], false, &attr);
	if (err <= 0)
		return err;
	mountfds_sweep_for(c->task);
	err = tree_ref(&ref, c, &ctx, (int)c->rq.arg[0], c->rq.arg[1],
		       flags & AT_EMPTY_PATH);
	return err < 0 ? err : vfs_mount_setattr(&ctx, &ref.at, flags, &attr);
}

/* ------------------------------------------------------------------ trees */

static int
find_tree(struct call *c, struct vfs_ctx *ctx, unsigned int flags,
	  struct path *place)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	int err = vfs_open_tree_check(ctx, flags);

	if (err < 0)
		return err;
	mountfds_sweep_for(c->task);
	err = tree_ref(&ref, c, ctx, (int)c->rq.arg[0], c->rq.arg[1],
		       flags & AT_EMPTY_PATH);
	return err < 0 ? err : vfs_open_tree(ctx, &ref.at, flags, place);
}

int
sys_open_tree(struct call *c)
{
	AUTO_CTX ctx = { 0 };
	unsigned int flags = (unsigned int)c->rq.arg[2];
	struct path place;
	int err;

	call_ctx(c, &ctx);
	err = find_tree(c, &ctx, flags, &place);
	return err < 0 ? err : reply_place(c, &ctx, &place,
					   flags & OPEN_TREE_CLONE,
					   flags & OPEN_TREE_CLOEXEC);
}

static int
attr_of_tree(struct call *c, struct vfs_ctx *ctx, unsigned int flags,
	     const struct path *place)
{
	struct vfs_at self = { .base = place, .name = "" };
	struct mount_attr attr;
	int err;

	if (!c->rq.arg[3])
		return 0;
	err = get_attr(c, ctx, c->rq.arg[3], c->rq.arg[4],
		       flags & OPEN_TREE_CLONE, &attr);
	if (err <= 0)
		return err;
	return vfs_mount_setattr(ctx, &self,
				 AT_EMPTY_PATH | (flags & AT_RECURSIVE),
				 &attr);
}

int
sys_open_tree_attr(struct call *c)
{
	AUTO_CTX ctx = { 0 };
	unsigned int flags = (unsigned int)c->rq.arg[2];
	struct path place;
	int err;

	if (!c->rq.arg[3] && c->rq.arg[4])
		return -EINVAL;
	call_ctx(c, &ctx);
	err = find_tree(c, &ctx, flags, &place);
	if (err < 0)
		return err;
	err = attr_of_tree(c, &ctx, flags, &place);
	if (err < 0) {
		if (flags & OPEN_TREE_CLONE)
			vfs_dissolve(c->sb->vfs, place.mnt);
		path_put(&place);
		return err;
	}
	return reply_place(c, &ctx, &place, flags & OPEN_TREE_CLONE,
			   flags & OPEN_TREE_CLOEXEC);
}

/* The path of move_mount() in `slot`: a null pointer is "" if that may be. */
static int
move_ref(struct pathref *r, struct call *c, struct vfs_ctx *ctx, int slot,
	 int arg, bool empty)
{
	int err = pathref_read(r, c, slot, c->rq.arg[arg + 1],
			       empty ? LOOK_EMPTY : 0);

	return err < 0 ? err : pathref_base(r, c, ctx, (int)c->rq.arg[arg]);
}

int
sys_move_mount(struct call *c)
{
	AUTO_PATHREF from = PATHREF_INIT;
	AUTO_PATHREF to = PATHREF_INIT;
	AUTO_CTX ctx = { 0 };
	unsigned int flags = (unsigned int)c->rq.arg[4];
	struct path place;
	int err, first;

	call_ctx(c, &ctx);
	err = vfs_move_mount_check(&ctx, flags);
	if (err < 0)
		return err;
	mountfds_sweep_for(c->task);
	err = move_ref(&to, c, &ctx, 1, 2, flags & MOVE_MOUNT_T_EMPTY_PATH);
	if (err < 0)
		return err;
	err = move_ref(&from, c, &ctx, 0, 0, flags & MOVE_MOUNT_F_EMPTY_PATH);
	if (err == 0)
		return vfs_move_mount(&ctx, &from.at, &to.at, flags);
	/* what is wrong with the target comes first */
	if (flags & MOVE_MOUNT_T_SYMLINKS)
		to.at.flags |= LOOK_FOLLOW;
	first = vfs_lookup(&ctx, &to.at, &place);
	if (first == 0)
		path_put(&place);
	return first < 0 ? first : err;
}
