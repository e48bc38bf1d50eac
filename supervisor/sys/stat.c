/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stat.c - newfstatat, fstat, statx, faccessat, readlinkat, statfs, fstatfs.
 *
 * A descriptor handed out is a real one, so what is asked of a descriptor is
 * asked of the supervisor's own duplicate; what is asked of a path goes to
 * the VFS.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "include/uapi.h"
#include "supervisor/dirfds.h"
#include "supervisor/handlers.h"
#include "supervisor/idmap.h"
#include "supervisor/override.h"
#include "supervisor/sandbox.h"
#include "supervisor/sys/pathref.h"
#include "vfs/hostcall.h"

#define STAT_FLAGS							\
	(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH |	\
	 AT_STATX_SYNC_TYPE)

static int
answer_stat(struct call *c, struct stat *st, uint64_t addr)
{
	st->st_uid = idmap_uid_out(c->task, st->st_uid);
	st->st_gid = idmap_gid_out(c->task, st->st_gid);
	return guest_write(c->task, addr, st, sizeof(*st));
}

static int
stat_descriptor(struct call *c, int fd, unsigned int flags, uint64_t addr)
{
	AUTO_FD dup = -1;
	struct stat st;
	int err;

	err = call_dup_fd(c, fd, &dup);
	if (err < 0)
		return err;
	if (fstatat(dup, "", &st, (int)flags) < 0)
		return -errno;
	return answer_stat(c, &st, addr);
}

int
sys_fstat(struct call *c)
{
	return stat_descriptor(c, (int)c->rq.arg[0], AT_EMPTY_PATH,
			       c->rq.arg[1]);
}

int
sys_newfstatat(struct call *c)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx = { 0 };
	int dirfd = (int)c->rq.arg[0];
	unsigned int flags = (unsigned int)c->rq.arg[3];
	struct stat st;
	int err;

	err = pathref_read(&ref, c, 0, c->rq.arg[1], look_of(flags));
	/* What flags a descriptor may be asked with the kernel knows. */
	if (err == 0 && ref.empty && dirfd >= 0)
		return stat_descriptor(c, dirfd, flags, c->rq.arg[2]);
	if (flags & ~STAT_FLAGS)
		return -EINVAL;
	if (err < 0)
		return err;
	err = -EAGAIN;
	if (dirfd >= 0 && c->path[0][0] != '/')
		err = dirfd_stat_below(c->task, dirfd, c->path[0],
				       ref.at.flags, &st);
	if (err == -EAGAIN) {
		call_ctx(c, &ctx);
		err = pathref_base(&ref, c, &ctx, dirfd);
		if (err == 0)
			err = vfs_stat(&ctx, &ref.at, &st);
	}
	return err < 0 ? err : answer_stat(c, &st, c->rq.arg[2]);
}

/* The kernel would name its own mount; the guest knows only ours. */
static void
statx_mount_id(struct vfs_ctx *ctx, int fd, unsigned int mask,
	       struct statx *stx)
{
	const unsigned int ids = STATX_MNT_ID | STATX_MNT_ID_UNIQUE;
	struct path place;
	int dup;

	stx->stx_mask &= ~ids;
	stx->stx_mnt_id = 0;
	if (!(mask & ids))
		return;
	dup = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (dup < 0 || vfs_path_from_fd(ctx, dup, NULL, &place) < 0)
		return;
	if (mask & STATX_MNT_ID_UNIQUE) {
		stx->stx_mnt_id = mount_id_unique(place.mnt);
		stx->stx_mask |= STATX_MNT_ID_UNIQUE;
	} else {
		stx->stx_mnt_id = mount_id(place.mnt);
		stx->stx_mask |= STATX_MNT_ID;
	}
	path_put(&place);
}

static int
statx_descriptor(struct call *c, struct vfs_ctx *ctx, int fd,
		 unsigned int flags, unsigned int mask, struct statx *stx)
{
	AUTO_FD dup = -1;
	int err = call_dup_fd(c, fd, &dup);

	if (err < 0)
		return err;
	if (statx(dup, "", (int)(flags | AT_EMPTY_PATH), mask, stx) < 0)
		return -errno;
	statx_mount_id(ctx, dup, mask, stx);
	return 0;
}

int
sys_statx(struct call *c)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx = { 0 };
	int dirfd = (int)c->rq.arg[0];
	unsigned int flags = (unsigned int)c->rq.arg[2];
	unsigned int mask = (unsigned int)c->rq.arg[3];
	struct statx stx = { 0 };
	bool of_fd;
	int err;

	if (mask & STATX__RESERVED)
		return -EINVAL;
	if ((flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	err = pathref_read(&ref, c, 0, c->rq.arg[1], look_of(flags));
	of_fd = err == 0 && ref.empty && dirfd >= 0;
	if (!of_fd && (flags & ~STAT_FLAGS))
		return -EINVAL;
	if (err < 0)
		return err;
	call_ctx(c, &ctx);
	if (of_fd) {
		err = statx_descriptor(c, &ctx, dirfd, flags, mask, &stx);
	} else {
		err = pathref_base(&ref, c, &ctx, dirfd);
		if (err == 0)
			err = vfs_statx(&ctx, &ref.at, flags, mask, &stx);
	}
	if (err < 0)
		return err;
	stx.stx_uid = idmap_uid_out(c->task, stx.stx_uid);
	stx.stx_gid = idmap_gid_out(c->task, stx.stx_gid);
	return guest_write(c->task, c->rq.arg[4], &stx, sizeof(stx));
}

int
sys_faccessat(struct call *c)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx = { 0 };
	int dirfd = (int)c->rq.arg[0], mode = (int)c->rq.arg[2];
	unsigned int flags = (unsigned int)c->rq.arg[3];
	int err;

	if (mode & ~(R_OK | W_OK | X_OK))
		return -EINVAL;
	if (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	err = pathref_read(&ref, c, 0, c->rq.arg[1], look_of(flags));
	if (err < 0)
		return err;
	if (ref.empty && dirfd != AT_FDCWD) {
		AUTO_FD dup = -1;

		err = call_dup_fd(c, dirfd, &dup);
		if (err < 0)
			return err;
		call_ctx(c, &ctx);
		if (!(flags & AT_EACCESS))
			override_for_access();
		return host_access(dup, mode, 0);
	}
	call_ctx(c, &ctx);
	ctx.effective_ids = flags & AT_EACCESS;
	err = pathref_base(&ref, c, &ctx, dirfd);
	if (err < 0)
		return err;
	if (!(flags & AT_EACCESS))
		override_for_access();
	return vfs_access(&ctx, &ref.at, mode);
}

int
sys_readlinkat(struct call *c)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx;
	int dirfd = (int)c->rq.arg[0], size = (int)c->rq.arg[3];
	ssize_t n;
	int err;

	call_ctx(c, &ctx);
	if (size <= 0)
		return -EINVAL;
	/* "" asks an O_PATH descriptor of a link for its text. */
	err = pathref_read(&ref, c, 0, c->rq.arg[1], LOOK_EMPTY);
	if (err < 0)
		return err;
	if (ref.empty && dirfd == AT_FDCWD)
		return -ENOENT;
	if (ref.empty) {
		AUTO_FD dup = -1;

		err = call_dup_fd(c, dirfd, &dup);
		if (err < 0)
			return err;
		n = readlinkat(dup, "", c->path[1], PATH_MAX);
		if (n < 0)
			return errno == ENOTDIR ? -ENOENT : -errno;
	} else {
		err = pathref_base(&ref, c, &ctx, dirfd);
		if (err < 0)
			return err;
		n = vfs_readlink(&ctx, &ref.at, c->path[1], PATH_MAX);
		if (n < 0)
			return (int)n;
	}
	if (n > size)
		n = size;
	err = guest_write(c->task, c->rq.arg[2], c->path[1], (size_t)n);
	return err < 0 ? err : (int)n;
}

int
sys_statfs(struct call *c)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx;
	struct statfs sf;
	int err;

	call_ctx(c, &ctx);
	err = pathref_init(&ref, c, &ctx, AT_FDCWD, c->rq.arg[0], LOOK_FOLLOW);
	if (err < 0)
		return err;
	err = vfs_statfs(&ctx, &ref.at, &sf);
	if (err < 0)
		return err;
	return guest_write(c->task, c->rq.arg[1], &sf, sizeof(sf));
}

int
sys_fstatfs(struct call *c)
{
	AUTO_CTX ctx;
	AUTO_FD fd = -1;
	struct path place;
	struct vfs_at at = { .name = "", .flags = LOOK_EMPTY };
	struct statfs sf;
	int dup, err;

	call_ctx(c, &ctx);
	err = call_dup_fd(c, (int)c->rq.arg[0], &fd);
	if (err < 0)
		return err;
	dup = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (dup >= 0 && vfs_path_from_fd(&ctx, dup, NULL, &place) == 0) {
		at.base = &place;
		err = vfs_statfs(&ctx, &at, &sf);
		path_put(&place);
	} else {
		err = fstatfs(fd, &sf) < 0 ? -errno : 0;
	}
	if (err < 0)
		return err;
	return guest_write(c->task, c->rq.arg[1], &sf, sizeof(sf));
}
