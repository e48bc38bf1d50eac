/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statmount.c - statmount and listmount.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "include/uapi.h"
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

/* The namespace that is asked about.  Others than the caller's cannot be
 * named. */
static int
check_ns(const struct vfs_ctx *ctx, const struct uapi_mnt_id_req *req)
{
	if (req->mnt_ns_fd)
		return -EBADF;
	return !req->mnt_ns_id || req->mnt_ns_id == mntns_id(ctx->ns) ?
	       0 : -ENOENT;
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
	ssize_t n;
	int err;

	if (c->rq.arg[3])
		return -EINVAL;
	err = read_req(c, c->rq.arg[0], &req);
	if (err < 0)
		return err;
	call_ctx(c, &ctx);
	err = check_ns(&ctx, &req);
	if (err < 0)
		return err;
	buf = malloc(size + 1);
	if (!buf)
		return -ENOMEM;
	n = vfs_statmount(&ctx, NULL, req.mnt_id, req.param, buf, size);
	if (n < 0)
		return (int)n;
	return guest_write(c->task, c->rq.arg[1], buf, (size_t)n);
}

/* One look after the other: each goes on where the last has ended. */
static int
list(struct call *c, const struct vfs_ctx *ctx, struct uapi_mnt_id_req *req,
     size_t most, unsigned int flags)
{
	uint64_t ids[LIST_CHUNK], at = c->rq.arg[1];
	size_t total = 0;

	while (total < most) {
		size_t room = most - total < LIST_CHUNK ? most - total :
							  LIST_CHUNK;
		ssize_t n = vfs_listmount(ctx, NULL, req->mnt_id, req->param,
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
	err = check_ns(&ctx, &req);
	if (err < 0)
		return err;
	if (!c->rq.arg[2])
		return (int)vfs_listmount(&ctx, NULL, req.mnt_id, req.param,
					  NULL, 0, flags);
	return list(c, &ctx, &req, c->rq.arg[2], flags);
}
