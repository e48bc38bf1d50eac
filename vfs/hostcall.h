/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostcall.h - every call that the VFS makes to the host's kernel.
 *
 * vfs/ and vfs/fs/ reach the host through these wrappers only.  Each returns
 * what the call returns, or -errno.  A test can make the n-th of them fail
 * (host_fault_arm); outside of tests that costs one predicted branch.
 *
 * Any thread.  close(2) is not here: it has no failure to act upon.
 *
 * Objects are named by a descriptor, often O_PATH, which not every call
 * takes.  Where it does not, the object's magic link under /proc/self/fd
 * stands for it: host_proc() is a descriptor of that directory.
 */
#ifndef VFS_HOSTCALL_H
#define VFS_HOSTCALL_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <linux/openat2.h>
#include <linux/stat.h>

enum host_call {
	HOST_OPENAT2, HOST_REOPEN, HOST_FSTAT, HOST_FSTATAT, HOST_STATX,
	HOST_READLINK, HOST_ACCESS, HOST_CHMOD, HOST_CHOWN, HOST_UTIMENS,
	HOST_TRUNCATE, HOST_GETXATTR, HOST_SETXATTR, HOST_LISTXATTR,
	HOST_REMOVEXATTR, HOST_FSTATFS, HOST_MKDIR, HOST_MKNOD, HOST_SYMLINK,
	HOST_UNLINK, HOST_RENAME, HOST_LINK, HOST_SETFL, HOST_DUP,
	HOST_CALLS
};

/* ------------------------------------------------------- fault injection */

/* Asked before each call when set; a negative value is the call's result.
 * Set it before other threads run. */
extern int (*host_fault)(enum host_call which);

/* Installs a hook that lets `n` calls pass and fails the next with -err.
 * host_fault_count() tells how many were seen since; disarm removes it. */
void host_fault_arm(unsigned long n, int err);
unsigned long host_fault_count(void);
void host_fault_disarm(void);

#define HOST_FAULT(which)						\
	do {								\
		if (__builtin_expect(host_fault != NULL, 0)) {		\
			int fault_ = host_fault(which);			\
			if (fault_ < 0)					\
				return fault_;				\
		}							\
	} while (0)

#define HOST_RESULT(r)	((r) < 0 ? -errno : (r))

/* ------------------------------------------------- passing over permissions */

/*
 * What the caller on whose behalf this thread works may pass over in files
 * that are ours, the embedder says: 0, or HOST_PASS_*.
 */
#define HOST_PASS_READ	0x1	/* as CAP_DAC_READ_SEARCH */
#define HOST_PASS_ALL	0x2	/* as CAP_DAC_OVERRIDE */
extern _Thread_local unsigned int host_passes;

/* A call that failed with EACCES, to be made again by who has that right;
 * which members mean something is the call's business: see below. */
struct host_again {
	enum host_call call;
	int fd, fd2;
	const char *name;
	const void *data;	/* a second name, a text, a value */
	size_t data_size;	/* of the value, or with the NUL */
	uint64_t flags, mode, extra;
	void *out;		/* what the answer is written to */
	size_t out_size;
};

/* Makes it; what the call returns, or -EACCES.  NULL: nobody can. */
extern int (*host_again)(const struct host_again *a);

static inline bool
host_may_again(long r)
{
	return __builtin_expect(r < 0, 0) && errno == EACCES && host_passes &&
	    host_again;
}

#define HOST_AGAIN(r, ...)						\
	(host_may_again(r) ?						\
	 host_again(&(struct host_again){ __VA_ARGS__ }) : HOST_RESULT((int)(r)))

/* ------------------------------------------------------------- /proc */

/* An O_PATH descriptor of this process's /proc/self/fd, or -ENOSYS when no
 * proc filesystem is mounted there.  Opened once; a fork opens its own. */
int host_proc(void);

/* Room for "/proc/self/fd/2147483647". */
struct host_fd_name {
	char text[32];
};

static inline const char *
host_fd_name(struct host_fd_name *n, int fd)
{
	snprintf(n->text, sizeof(n->text), "/proc/self/fd/%d", fd);
	return n->text;
}

/* The last component of that, for calls that start at host_proc(). */
static inline const char *
host_fd_last(struct host_fd_name *n, int fd)
{
	char *p = n->text + sizeof(n->text);
	unsigned int v = (unsigned int)fd;

	*--p = '\0';
	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	return p;
}

/* ------------------------------------------------- finding and opening */

static inline int
host_openat2(int dir, const char *path, const struct open_how *how)
{
	long r;

	HOST_FAULT(HOST_OPENAT2);
	r = syscall(SYS_openat2, dir, path, how, sizeof(*how));
	if (!(how->resolve & RESOLVE_BENEATH))
		return HOST_RESULT((int)r);
	return HOST_AGAIN(r, .call = HOST_OPENAT2, .fd = dir, .name = path,
			  .flags = how->flags, .mode = how->mode,
			  .extra = how->resolve);
}

/* Opens the object behind `fd` anew; `fd` may be O_PATH. */
static inline int
host_reopen(int fd, int flags, mode_t mode)
{
	struct host_fd_name n;
	int proc, r;

	HOST_FAULT(HOST_REOPEN);
	proc = host_proc();
	if (proc < 0)
		return proc;
	r = openat(proc, host_fd_last(&n, fd), flags, mode);
	return HOST_AGAIN(r, .call = HOST_REOPEN, .fd = fd,
			  .flags = (uint64_t)flags, .mode = mode);
}

/* A close-on-exec duplicate. */
static inline int
host_dup(int fd)
{
	int r;

	HOST_FAULT(HOST_DUP);
	r = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return HOST_RESULT(r);
}

static inline int
host_setfl(int fd, int flags)
{
	int r;

	HOST_FAULT(HOST_SETFL);
	r = fcntl(fd, F_SETFL, flags);
	return HOST_RESULT(r);
}

/* ------------------------------------------------------------ asking */

static inline int
host_fstat(int fd, struct stat *st)
{
	int r;

	HOST_FAULT(HOST_FSTAT);
	r = fstat(fd, st);
	return HOST_RESULT(r);
}

/* One component, never followed. */
static inline int
host_fstatat(int dir, const char *name, struct stat *st)
{
	int r;

	HOST_FAULT(HOST_FSTATAT);
	r = fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);
	return HOST_AGAIN(r, .call = HOST_FSTATAT, .fd = dir, .name = name,
			  .out = st, .out_size = sizeof(*st));
}

static inline int
host_statx(int fd, unsigned int at_flags, unsigned int mask,
	   struct statx *stx)
{
	long r;

	HOST_FAULT(HOST_STATX);
	r = syscall(SYS_statx, fd, "", at_flags | AT_EMPTY_PATH, mask, stx);
	return HOST_RESULT((int)r);
}

/* Of a path below `dir`. */
static inline int
host_statx_at(int dir, const char *path, unsigned int at_flags,
	      unsigned int mask, struct statx *stx)
{
	long r;

	HOST_FAULT(HOST_STATX);
	r = syscall(SYS_statx, dir, path, at_flags | AT_NO_AUTOMOUNT, mask,
		    stx);
	return HOST_AGAIN(r, .call = HOST_STATX, .fd = dir, .name = path,
			  .flags = at_flags, .mode = mask, .out = stx,
			  .out_size = sizeof(*stx));
}

/* The text of the link `name` in `dir`. */
static inline ssize_t
host_readlink_at(int dir, const char *name, char *buf, size_t size)
{
	ssize_t r;

	HOST_FAULT(HOST_READLINK);
	r = readlinkat(dir, name, buf, size);
	return HOST_AGAIN(r, .call = HOST_READLINK, .fd = dir, .name = name,
			  .out = buf, .out_size = size);
}

/* The text of a symbolic link held by an O_PATH descriptor. */
static inline ssize_t
host_readlink(int fd, char *buf, size_t size)
{
	ssize_t r;

	HOST_FAULT(HOST_READLINK);
	r = readlinkat(fd, "", buf, size);
	return HOST_RESULT(r);
}

/* Where the kernel says that a descriptor's object is. */
static inline ssize_t
host_fd_path(int fd, char *buf, size_t size)
{
	struct host_fd_name n;
	int proc;
	ssize_t r;

	HOST_FAULT(HOST_READLINK);
	proc = host_proc();
	if (proc < 0)
		return proc;
	r = readlinkat(proc, host_fd_last(&n, fd), buf, size);
	return HOST_RESULT(r);
}

/* By the rights that this process has itself. */
static inline int
host_access_own(int fd, int mode, int at_flags)
{
	long r;

	HOST_FAULT(HOST_ACCESS);
	r = syscall(SYS_faccessat2, fd, "", mode, at_flags | AT_EMPTY_PATH);
	return HOST_RESULT((int)r);
}

static inline int
host_access(int fd, int mode, int at_flags)
{
	int r = host_access_own(fd, mode, at_flags);

	if (r != -EACCES || !host_passes || !host_again)
		return r;
	return host_again(&(struct host_again){
		.call = HOST_ACCESS, .fd = fd, .name = "",
		.flags = (uint64_t)at_flags, .mode = (uint64_t)mode });
}

/* Of a path below `dir`. */
static inline int
host_access_at(int dir, const char *path, int mode, int at_flags)
{
	long r;

	HOST_FAULT(HOST_ACCESS);
	r = syscall(SYS_faccessat2, dir, path, mode, at_flags);
	return HOST_AGAIN(r, .call = HOST_ACCESS, .fd = dir, .name = path,
			  .flags = (uint64_t)at_flags, .mode = (uint64_t)mode);
}

static inline int
host_fstatfs(int fd, struct statfs *sf)
{
	int r;

	HOST_FAULT(HOST_FSTATFS);
	r = fstatfs(fd, sf);
	return HOST_RESULT(r);
}

/* ---------------------------------------------------------- attributes */

static inline int
host_chmod(int fd, mode_t mode)
{
	struct host_fd_name n;
	int proc, r;

	HOST_FAULT(HOST_CHMOD);
	proc = host_proc();
	if (proc < 0)
		return proc;
	r = fchmodat(proc, host_fd_last(&n, fd), mode, 0);
	return HOST_RESULT(r);
}

static inline int
host_chown(int fd, uid_t uid, gid_t gid)
{
	int r;

	HOST_FAULT(HOST_CHOWN);
	r = fchownat(fd, "", uid, gid, AT_EMPTY_PATH);
	return HOST_RESULT(r);
}

static inline int
host_utimens(int fd, const struct timespec *ts)
{
	long r;

	HOST_FAULT(HOST_UTIMENS);
	r = syscall(SYS_utimensat, fd, "", ts, AT_EMPTY_PATH);
	return HOST_RESULT((int)r);
}

static inline int
host_truncate(int fd, off_t len)
{
	struct host_fd_name n;
	int r;

	HOST_FAULT(HOST_TRUNCATE);
	r = truncate(host_fd_name(&n, fd), len);
	return HOST_AGAIN(r, .call = HOST_TRUNCATE, .fd = fd,
			  .extra = (uint64_t)len);
}

static inline ssize_t
host_getxattr(int fd, const char *name, void *value, size_t size)
{
	struct host_fd_name n;
	ssize_t r;

	HOST_FAULT(HOST_GETXATTR);
	r = getxattr(host_fd_name(&n, fd), name, value, size);
	return HOST_AGAIN(r, .call = HOST_GETXATTR, .fd = fd, .name = name,
			  .out = value, .out_size = size);
}

static inline int
host_setxattr(int fd, const char *name, const void *value, size_t size,
	      int flags)
{
	struct host_fd_name n;
	int r;

	HOST_FAULT(HOST_SETXATTR);
	r = setxattr(host_fd_name(&n, fd), name, value, size, flags);
	return HOST_AGAIN(r, .call = HOST_SETXATTR, .fd = fd, .name = name,
			  .data = value, .data_size = size,
			  .flags = (uint64_t)flags);
}

static inline ssize_t
host_listxattr(int fd, char *list, size_t size)
{
	struct host_fd_name n;
	ssize_t r;

	HOST_FAULT(HOST_LISTXATTR);
	r = listxattr(host_fd_name(&n, fd), list, size);
	return HOST_RESULT(r);
}

static inline int
host_removexattr(int fd, const char *name)
{
	struct host_fd_name n;
	int r;

	HOST_FAULT(HOST_REMOVEXATTR);
	r = removexattr(host_fd_name(&n, fd), name);
	return HOST_AGAIN(r, .call = HOST_REMOVEXATTR, .fd = fd, .name = name);
}

/* ------------------------------- names: one component in a directory */

static inline int
host_mkdir(int dir, const char *name, mode_t mode)
{
	int r;

	HOST_FAULT(HOST_MKDIR);
	r = mkdirat(dir, name, mode);
	return HOST_AGAIN(r, .call = HOST_MKDIR, .fd = dir, .name = name,
			  .mode = mode);
}

static inline int
host_mknod(int dir, const char *name, mode_t mode, dev_t dev)
{
	int r;

	HOST_FAULT(HOST_MKNOD);
	r = mknodat(dir, name, mode, dev);
	return HOST_AGAIN(r, .call = HOST_MKNOD, .fd = dir, .name = name,
			  .mode = mode, .extra = dev);
}

static inline int
host_symlink(const char *target, int dir, const char *name)
{
	int r;

	HOST_FAULT(HOST_SYMLINK);
	r = symlinkat(target, dir, name);
	return HOST_AGAIN(r, .call = HOST_SYMLINK, .fd = dir, .name = name,
			  .data = target, .data_size = strlen(target) + 1);
}

static inline int
host_unlink(int dir, const char *name, int flags)
{
	int r;

	HOST_FAULT(HOST_UNLINK);
	r = unlinkat(dir, name, flags);
	return HOST_AGAIN(r, .call = HOST_UNLINK, .fd = dir, .name = name,
			  .flags = (uint64_t)flags);
}

static inline int
host_rename(int from, const char *from_name, int to, const char *to_name,
	    unsigned int flags)
{
	long r;

	HOST_FAULT(HOST_RENAME);
	r = syscall(SYS_renameat2, from, from_name, to, to_name, flags);
	return HOST_AGAIN(r, .call = HOST_RENAME, .fd = from, .fd2 = to,
			  .name = from_name, .data = to_name,
			  .data_size = strlen(to_name) + 1, .flags = flags);
}

/* A new name for the object behind `fd`, which may be O_PATH. */
static inline int
host_link(int fd, int dir, const char *name)
{
	struct host_fd_name n;
	int proc, r;

	HOST_FAULT(HOST_LINK);
	proc = host_proc();
	if (proc < 0)
		return proc;
	r = linkat(proc, host_fd_last(&n, fd), dir, name, AT_SYMLINK_FOLLOW);
	return HOST_AGAIN(r, .call = HOST_LINK, .fd = fd, .fd2 = dir,
			  .name = name);
}

#endif
