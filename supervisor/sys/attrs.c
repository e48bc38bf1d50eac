/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attrs.c - mode, owner, times, length: by path and by descriptor.
 *
 * The forms on descriptors are mediated too: a descriptor opened for reading
 * from a read-only export must not change the file (see writable_dup()).
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>

#include "supervisor/handlers.h"
#include "supervisor/idmap.h"
#include "supervisor/sandbox.h"
#include "supervisor/sigsender.h"
#include "supervisor/sys/pathref.h"

/* "" with AT_EMPTY_PATH on a descriptor, which may be of any kind. */
static bool
means_descriptor(const struct pathref *ref, int dirfd)
{
	return ref->empty && dirfd != AT_FDCWD;
}

/* chmod() of whatever the descriptor is; O_PATH ones have no fchmod(). */
static int
chmod_descriptor(struct call *c, struct vfs_ctx *ctx, int fd, mode_t mode,
		 bool o_path)
{
	AUTO_FD dup = -1;
	int err;

	err = writable_dup(c, ctx, fd, o_path, &dup);
	if (err < 0)
		return err;
	if (o_path)
		err = chmod(fdpath(dup).s, mode) < 0 ? -errno : 0;
	else
		err = fchmod(dup, mode) < 0 ? -errno : 0;
	vfs_access_changed(c->sb->vfs);
	return err;
}

int
sys_fchmod(struct call *c)
{
	AUTO_CTX ctx;

	call_ctx(c, &ctx);
	return chmod_descriptor(c, &ctx, (int)c->rq.arg[0],
				c->rq.arg[1] & 07777, false);
}

int
sys_fchmodat(struct call *c)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx = { 0 };
	int dirfd = (int)c->rq.arg[0], flags = (int)c->rq.arg[3], err;
	mode_t mode = c->rq.arg[2] & 07777;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	call_ctx(c, &ctx);
	err = pathref_read(&ref, c, 0, c->rq.arg[1], look_of(flags));
	if (err < 0)
		return err;
	if (means_descriptor(&ref, dirfd))
		return chmod_descriptor(c, &ctx, dirfd, mode, true);
	err = pathref_base(&ref, c, &ctx, dirfd);
	if (err < 0)
		return err;
	return vfs_chmod(&ctx, &ref.at, mode);
}

static int
chown_descriptor(struct call *c, struct vfs_ctx *ctx, int fd, uid_t uid,
		 gid_t gid, bool o_path)
{
	AUTO_FD dup = -1;
	int err;

	err = writable_dup(c, ctx, fd, o_path, &dup);
	if (err < 0)
		return err;
	err = fchownat(dup, "", uid, gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
	vfs_access_changed(c->sb->vfs);
	return err;
}

int
sys_fchown(struct call *c)
{
	AUTO_CTX ctx;
	uid_t uid = (uid_t)c->rq.arg[1];
	gid_t gid = (gid_t)c->rq.arg[2];

	call_ctx(c, &ctx);
	if (!idmap_uid_in(c->task, &uid) || !idmap_gid_in(c->task, &gid))
		return -EINVAL;
	return chown_descriptor(c, &ctx, (int)c->rq.arg[0], uid, gid, false);
}

int
sys_fchownat(struct call *c)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx = { 0 };
	int dirfd = (int)c->rq.arg[0], flags = (int)c->rq.arg[4], err;
	uid_t uid = (uid_t)c->rq.arg[2];
	gid_t gid = (gid_t)c->rq.arg[3];

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	call_ctx(c, &ctx);
	err = pathref_read(&ref, c, 0, c->rq.arg[1], look_of(flags));
	if (err < 0)
		return err;
	if (!idmap_uid_in(c->task, &uid) || !idmap_gid_in(c->task, &gid))
		return -EINVAL;
	if (means_descriptor(&ref, dirfd))
		return chown_descriptor(c, &ctx, dirfd, uid, gid, true);
	err = pathref_base(&ref, c, &ctx, dirfd);
	if (err < 0)
		return err;
	return vfs_chown(&ctx, &ref.at, uid, gid);
}

/* ------------------------------------------------------------------ times */

static int
utimens_path(struct call *c, int dirfd, uint64_t addr,
	     const struct timespec *ts, int flags)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx;
	int err;

	call_ctx(c, &ctx);
	err = pathref_read(&ref, c, 0, addr, look_of(flags));
	if (err < 0)
		return err;
	if (means_descriptor(&ref, dirfd)) {
		AUTO_FD dup = -1;

		err = writable_dup(c, &ctx, dirfd, true, &dup);
		if (err < 0)
			return err;
		return utimensat(dup, "", ts, AT_EMPTY_PATH) < 0 ? -errno : 0;
	}
	err = pathref_base(&ref, c, &ctx, dirfd);
	if (err < 0)
		return err;
	return vfs_utimens(&ctx, &ref.at, ts);
}

/* utimensat(fd, NULL, ts, 0) and futimesat(fd, NULL, tv). */
static int
utimens_descriptor(struct call *c, int fd, const struct timespec *ts)
{
	AUTO_CTX ctx;
	AUTO_FD dup = -1;
	int err;

	call_ctx(c, &ctx);
	err = writable_dup(c, &ctx, fd, false, &dup);
	if (err < 0)
		return err;
	return futimens(dup, ts) < 0 ? -errno : 0;
}

static bool
nsec_valid(long nsec)
{
	return nsec == UTIME_NOW || nsec == UTIME_OMIT ||
	       (nsec >= 0 && nsec < 1000000000);
}

int
sys_utimensat(struct call *c)
{
	int dirfd = (int)c->rq.arg[0], flags = (int)c->rq.arg[3];
	struct timespec ts[2], *times = NULL;

	if (c->rq.arg[2]) {
		if (guest_read(c->task, ts, c->rq.arg[2], sizeof(ts)) < 0)
			return -EFAULT;
		if (ts[0].tv_nsec == UTIME_OMIT && ts[1].tv_nsec == UTIME_OMIT)
			return 0;	/* the kernel looks at nothing else */
		times = ts;
	}
	if (times && !(nsec_valid(ts[0].tv_nsec) && nsec_valid(ts[1].tv_nsec)))
		return -EINVAL;
	if (!c->rq.arg[1] && dirfd != AT_FDCWD) {
		if (flags)
			return -EINVAL;
		return utimens_descriptor(c, dirfd, times);
	}
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return utimens_path(c, dirfd, c->rq.arg[1], times, flags);
}

/* struct timeval[2] of the guest into ts.  0, -EFAULT, -EINVAL. */
static int
read_timevals(struct call *c, uint64_t addr, struct timespec ts[2])
{
	struct timeval tv[2];

	if (guest_read(c->task, tv, addr, sizeof(tv)) < 0)
		return -EFAULT;
	for (int i = 0; i < 2; i++) {
		if (tv[i].tv_usec < 0 || tv[i].tv_usec >= 1000000)
			return -EINVAL;
		ts[i].tv_sec = tv[i].tv_sec;
		ts[i].tv_nsec = tv[i].tv_usec * 1000;
	}
	return 0;
}

static int
futimesat_common(struct call *c, int dirfd, uint64_t path, uint64_t tv)
{
	struct timespec ts[2], *times = NULL;
	int err;

	if (tv) {
		err = read_timevals(c, tv, ts);
		if (err < 0)
			return err;
		times = ts;
	}
	if (!path && dirfd != AT_FDCWD)
		return utimens_descriptor(c, dirfd, times);
	return utimens_path(c, dirfd, path, times, 0);
}

int
sys_futimesat(struct call *c)
{
	return futimesat_common(c, (int)c->rq.arg[0], c->rq.arg[1],
				c->rq.arg[2]);
}

int
sys_utimes(struct call *c)
{
	return futimesat_common(c, AT_FDCWD, c->rq.arg[0], c->rq.arg[1]);
}

int
sys_utime(struct call *c)
{
	struct timespec ts[2] = { { 0 } }, *times = NULL;
	struct utimbuf t;

	if (c->rq.arg[1]) {
		if (guest_read(c->task, &t, c->rq.arg[1], sizeof(t)) < 0)
			return -EFAULT;
		ts[0].tv_sec = t.actime;
		ts[1].tv_sec = t.modtime;
		times = ts;
	}
	return utimens_path(c, AT_FDCWD, c->rq.arg[0], times, 0);
}

/*
 * As inode_newsize_ok(): the limit is the guest's, and the supervisor, which
 * truncates, has none.  Permission comes first.
 */
static int
check_size_limit(struct call *c, struct vfs_ctx *ctx, const struct vfs_at *at,
		 off_t length)
{
	struct rlimit64 limit;
	struct stat st;

	if (syscall(SYS_prlimit64, c->task->tid, RLIMIT_FSIZE, NULL,
		    &limit) < 0 || (uint64_t)length <= limit.rlim_cur)
		return 0;
	if (vfs_stat(ctx, at, &st) < 0 || !S_ISREG(st.st_mode) ||
	    length <= st.st_size)
		return 0;
	ctx->effective_ids = true;
	if (vfs_access(ctx, at, W_OK) < 0)
		return 0;
	sigsender_note(c->task->tgid, SIGXFSZ, c->task->tgid);
	syscall(SYS_tgkill, c->task->tgid, c->task->tid, SIGXFSZ);
	return -EFBIG;
}

int
sys_truncate(struct call *c)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx = { 0 };
	off_t length = (off_t)c->rq.arg[1];
	int err;

	if (length < 0)
		return -EINVAL;
	call_ctx(c, &ctx);
	err = pathref_init(&ref, c, &ctx, AT_FDCWD, c->rq.arg[0], LOOK_FOLLOW);
	if (err < 0)
		return err;
	err = check_size_limit(c, &ctx, &ref.at, length);
	if (err < 0)
		return err;
	return vfs_truncate(&ctx, &ref.at, length);
}
