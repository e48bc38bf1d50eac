/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statmount.c - statmount and listmount.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "include/uapi.h"
#include "supervisor/dirfds.h"
#include "supervisor/handlers.h"
#include "supervisor/sandbox.h"
#include "supervisor/sys/pathref.h"
#include "vfs/mount_api.h"

#define REQ_SIZE_MAX	4096
#define LIST_MAX	1000000
#define LIST_CHUNK	512

/* As copy_mnt_id_req(). */
static int
read_req(struct call *c, uint64_t addr, struct uapi_mnt_id_req *req)
{
	char bytes[REQ_SIZE_MAX];
	uint32_t size;

	if (guest_read(c->task, &size, addr, sizeof(size)) < 0)
		return -EFAULT;
	if (size > REQ_SIZE_MAX)
		return -E2BIG;
	if (size < UAPI_MNT_ID_REQ_SIZE_VER0)
		return -EINVAL;
	if (guest_read(c->task, bytes, addr, size) < 0)
		return -EFAULT;
	for (size_t i = sizeof(*req); i < size; i++)
		if (bytes[i])
			return -E2BIG;
	memset(req, 0, sizeof(*req));
	memcpy(req, bytes, size < sizeof(*req) ? size : sizeof(*req));
	return vfs_mnt_id_req_check(req);
}

struct search {
	uint64_t id;
	struct mntns *found;		/* counted */
};

static bool
is_in_ns(struct task *t, void *arg)
{
	struct search *s = arg;

	if (!t->mntns || mntns_id(t->mntns) != s->id)
		return false;
	s->found = mntns_get(t->mntns);
	return true;
}

/* By descriptor: none that a guest has is a mount namespace's. */
static int
check_ns_fd(struct call *c, int fd)
{
	AUTO_FD dup = -1;
	int flags, err = dirfd_dup(c->task, fd, &dup);

	if (err < 0)
		return err;
	flags = fcntl(dup, F_GETFL);
	return flags >= 0 && (flags & O_PATH) ? -EBADF : -EINVAL;
}

/*
 * The namespace that is asked about, counted.  One that no process is in is
 * not found, and one that the caller has no rights over neither.
 */
static int
get_ns(struct call *c, const struct vfs_ctx *ctx,
       const struct uapi_mnt_id_req *req, struct mntns **out)
{
	struct search s = { .id = req->mnt_ns_id };

	if (req->mnt_ns_fd)
		return check_ns_fd(c, (int)req->mnt_ns_fd);
	if (!s.id || s.id == mntns_id(ctx->ns)) {
		*out = mntns_get(ctx->ns);
		return 0;
	}
	if (!task_for_each(c->sb, is_in_ns, &s))
		return -ENOENT;
	if (!vfs_capable(ctx, mntns_owner(s.found), CAP_SYS_ADMIN)) {
		mntns_put(s.found);
		return -ENOENT;
	}
	*out = s.found;
	return 0;
}

/* The kernel makes room as it needs it: 64 KiB of strings are enough. */
static size_t
room_for(uint64_t size)
{
	const size_t most = 1 << 17;

	return size < most ? (size_t)size : most;
}

int
sys_statmount(struct call *c)
{
	AUTO_CTX ctx = { 0 };
	struct uapi_mnt_id_req req;
	size_t size = room_for(c->rq.arg[2]);
	AUTO_FREE char *buf = NULL;
	struct mntns *ns;
	ssize_t n;
	int err;

	if (c->rq.arg[3])
		return -EINVAL;
	err = read_req(c, c->rq.arg[0], &req);
	if (err < 0)
		return err;
	call_ctx(c, &ctx);
	buf = malloc(size + 1);
	if (!buf)
		return -ENOMEM;
	err = get_ns(c, &ctx, &req, &ns);
	if (err < 0)
		return err;
	n = vfs_statmount(&ctx, ns, req.mnt_id, req.param, buf, size);
	mntns_put(ns);
	if (n < 0)
		return (int)n;
	return guest_write(c->task, c->rq.arg[1], buf, (size_t)n);
}

/* One look after the other: each goes on where the last has ended. */
static int
list(struct call *c, const struct vfs_ctx *ctx, struct mntns *ns,
     struct uapi_mnt_id_req *req, unsigned int flags)
{
	uint64_t ids[LIST_CHUNK], at = c->rq.arg[1];
	size_t most = c->rq.arg[2], total = 0;

	if (!most)
		return (int)vfs_listmount(ctx, ns, req->mnt_id, req->param,
					  NULL, 0, flags);
	while (total < most) {
		size_t room = most - total < LIST_CHUNK ? most - total :
							  LIST_CHUNK;
		ssize_t n = vfs_listmount(ctx, ns, req->mnt_id, req->param,
					  ids, room, flags);

		if (n <= 0)
			return total ? (int)total : (int)n;
		if (guest_write(c->task, at, ids, (size_t)n * sizeof(*ids)))
			return -EFAULT;
		total += (size_t)n;
		at += (size_t)n * sizeof(*ids);
		req->param = ids[n - 1];
		if ((size_t)n < room)
			break;
	}
	return (int)total;
}

int
sys_listmount(struct call *c)
{
	AUTO_CTX ctx = { 0 };
	struct uapi_mnt_id_req req;
	unsigned int flags = (unsigned int)c->rq.arg[3];
	struct mntns *ns;
	int err;

	if (flags & ~(unsigned int)LISTMOUNT_REVERSE)
		return -EINVAL;
	if (c->rq.arg[2] > LIST_MAX)
		return -EOVERFLOW;
	err = read_req(c, c->rq.arg[0], &req);
	if (err < 0)
		return err;
	call_ctx(c, &ctx);
	if (req.param && req.param <= (UINT64_C(1) << 31))
		return -EINVAL;
	err = get_ns(c, &ctx, &req, &ns);
	if (err < 0)
		return err;
	err = list(c, &ctx, ns, &req, flags);
	mntns_put(ns);
	return err;
}
