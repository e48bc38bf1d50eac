/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that passes over permissions: in a user namespace where our ids
 * alone are mapped, with the two capabilities that this takes.  Whatever is
 * asked of it begins at a descriptor and names one component in it, or goes
 * through openat2(2), beneath it, across no mount and through no link.
 */
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/statvfs.h>

#include "include/auto.h"
#include "include/uapi.h"
#include "supervisor/background.h"
#include "supervisor/log.h"
#include "supervisor/mounthelper_priv.h"
#include "supervisor/override_wire.h"

#define RESOLVE_ALWAYS (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | \
			RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV)

/* A request that was received. */
struct again {
	struct override_request q;
	int fd, fd2;			/* -1: not there */
	const char *name;		/* "" where there is none */
	const void *data;
	void *out;
	size_t out_size;		/* bytes written there */
	int opened;			/* or -1 */
};

/* One plain component? */
static bool
is_component(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") != 0 &&
	    strcmp(name, "..") != 0;
}

/* ------------------------------------------------------------------- opens */

/* What is opened for reading or writing is a file or a directory: their opens
 * neither wait nor do anything. */
static int
check_type(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) ? 0 : -EACCES;
}

static int
again_openat2(struct again *a)
{
	const bool look = a->q.flags & O_PATH;
	struct open_how how = {
		.flags = a->q.flags | O_CLOEXEC | (look ? 0 : O_NONBLOCK),
		.mode = a->q.mode,
		.resolve = a->q.extra | RESOLVE_ALWAYS,
	};
	AUTO_FD fd = host_openat2(a->fd, a->name, &how);
	int err = 0;

	if (fd < 0)
		return fd;
	if (!look) {
		err = check_type(fd);
		if (!err && !(a->q.flags & O_NONBLOCK))
			err = host_setfl(fd, (int)a->q.flags);
	}
	if (err)
		return err;
	a->opened = steal_fd(&fd);
	return 0;
}

static int
again_reopen(struct again *a)
{
	int fd = check_type(a->fd);

	if (!fd)
		fd = host_reopen(a->fd, (int)a->q.flags | O_CLOEXEC,
				 (mode_t)a->q.mode);
	if (fd < 0)
		return fd;
	a->opened = fd;
	return 0;
}

/* The object of calls that take a path. */
static int
find(const struct again *a, bool nofollow)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | (nofollow ? O_NOFOLLOW : 0),
		.resolve = RESOLVE_ALWAYS,
	};

	if (!*a->name)
		return host_dup(a->fd);
	return host_openat2(a->fd, a->name, &how);
}

/* ------------------------------------------------------------------ asking */

static int
again_fstatat(struct again *a)
{
	AUTO_FD fd = is_component(a->name) ? find(a, true) : -EACCES;
	int err = fd < 0 ? fd : host_fstat(fd, a->out);

	a->out_size = err ? 0 : sizeof(struct stat);
	return err;
}

static int
again_statx(struct again *a)
{
	AUTO_FD fd = find(a, a->q.flags & AT_SYMLINK_NOFOLLOW);
	int err = fd < 0 ? fd : host_statx(fd, 0, (unsigned int)a->q.mode,
					   a->out);

	a->out_size = err ? 0 : sizeof(struct statx);
	return err;
}

static int
again_readlink(struct again *a)
{
	AUTO_FD fd = find(a, true);
	ssize_t n = fd < 0 ? fd : host_readlink(fd, a->out, a->q.out_size);

	if (n == -ENOENT && fd >= 0)
		return -EINVAL;		/* no link */
	a->out_size = n < 0 ? 0 : (size_t)n;
	return (int)n;
}

static int
again_access(struct again *a)
{
	AUTO_FD fd = find(a, a->q.flags & AT_SYMLINK_NOFOLLOW);

	return fd < 0 ? fd : host_access(fd, (int)a->q.mode, AT_EACCESS);
}

/* -------------------------------------------------------------- attributes */

static int
again_truncate(struct again *a)
{
	struct stat st;

	if (fstat(a->fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -EACCES;
	return host_truncate(a->fd, (off_t)a->q.extra);
}

static int
again_getxattr(struct again *a)
{
	ssize_t n = host_getxattr(a->fd, a->name, a->out, a->q.out_size);

	a->out_size = n < 0 || !a->q.out_size ? 0 : (size_t)n;
	return (int)n;
}

static int
again_setxattr(struct again *a)
{
	return host_setxattr(a->fd, a->name, a->data, a->q.data_size,
			     (int)a->q.flags);
}

static int
again_removexattr(struct again *a)
{
	return host_removexattr(a->fd, a->name);
}

/* ------------------------------------------------------------------- names */

static int
again_mkdir(struct again *a)
{
	return is_component(a->name) ?
	    host_mkdir(a->fd, a->name, (mode_t)a->q.mode) : -EACCES;
}

static int
again_mknod(struct again *a)
{
	if (!is_component(a->name) || S_ISCHR(a->q.mode) ||
	    S_ISBLK(a->q.mode))
		return -EACCES;
	return host_mknod(a->fd, a->name, (mode_t)a->q.mode, a->q.extra);
}

static int
again_symlink(struct again *a)
{
	return is_component(a->name) ?
	    host_symlink(a->data, a->fd, a->name) : -EACCES;
}

static int
again_unlink(struct again *a)
{
	return is_component(a->name) ?
	    host_unlink(a->fd, a->name, (int)a->q.flags & AT_REMOVEDIR) :
	    -EACCES;
}

static int
again_rename(struct again *a)
{
	if (a->fd2 < 0 || !is_component(a->name) || !is_component(a->data))
		return -EACCES;
	return host_rename(a->fd, a->name, a->fd2, a->data,
			   (unsigned int)a->q.flags);
}

static int
again_link(struct again *a)
{
	return a->fd2 >= 0 && is_component(a->name) ?
	    host_link(a->fd, a->fd2, a->name) : -EACCES;
}

/* What may be asked; everything else is refused. */
static const struct {
	int (*fn)(struct again *a);
	bool text;			/* the data is a string */
	size_t out_size;		/* what is written at least */
} calls[HOST_CALLS] = {
	[HOST_OPENAT2] = { again_openat2, false, 0 },
	[HOST_REOPEN] = { again_reopen, false, 0 },
	[HOST_FSTATAT] = { again_fstatat, false, sizeof(struct stat) },
	[HOST_STATX] = { again_statx, false, sizeof(struct statx) },
	[HOST_READLINK] = { again_readlink, false, 1 },
	[HOST_ACCESS] = { again_access, false, 0 },
	[HOST_TRUNCATE] = { again_truncate, false, 0 },
	[HOST_GETXATTR] = { again_getxattr, false, 0 },
	[HOST_SETXATTR] = { again_setxattr, false, 0 },
	[HOST_REMOVEXATTR] = { again_removexattr, false, 0 },
	[HOST_MKDIR] = { again_mkdir, false, 0 },
	[HOST_MKNOD] = { again_mknod, false, 0 },
	[HOST_SYMLINK] = { again_symlink, true, 0 },
	[HOST_UNLINK] = { again_unlink, false, 0 },
	[HOST_RENAME] = { again_rename, true, 0 },
	[HOST_LINK] = { again_link, false, 0 },
};

/* ----------------------------------------------------------------- serving */

/* The capabilities that the call is to be made with. */
static bool
set_effective(uint32_t passes)
{
	static uint32_t now;
	const cap_value_t list[] = { CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE };
	cap_t caps;
	bool ok;

	passes &= HOST_PASS_READ | HOST_PASS_ALL;
	if (passes == now)
		return true;
	caps = cap_get_proc();
	ok = caps && cap_clear_flag(caps, CAP_EFFECTIVE) == 0 &&
	    (!passes || cap_set_flag(caps, CAP_EFFECTIVE,
				     passes & HOST_PASS_ALL ? 2 : 1, list,
				     CAP_SET) == 0) &&
	    cap_set_proc(caps) == 0;
	if (caps)
		cap_free(caps);
	if (ok)
		now = passes;
	return ok;
}

/* Root of the host is given nothing in what is shown read-only: there it could
 * not have changed the bits either. */
static bool
is_kept_from_root(int fd)
{
	struct statvfs sv;

	return geteuid() == 0 &&
	    (fstatvfs(fd, &sv) < 0 || (sv.f_flag & ST_RDONLY));
}

/* The sizes, strings and descriptors of a request as they must be? */
static bool
is_sound(const struct again *a, const char *text, size_t size)
{
	const struct override_request *q = &a->q;

	if (q->call < 0 || q->call >= HOST_CALLS || !calls[q->call].fn ||
	    a->fd < 0 || q->name_size > PATH_MAX ||
	    q->data_size > OVERRIDE_DATA_MAX ||
	    q->out_size > OVERRIDE_DATA_MAX ||
	    q->out_size < calls[q->call].out_size ||
	    size != sizeof(*q) + q->name_size + q->data_size)
		return false;
	if (q->name_size && strnlen(text, q->name_size) != q->name_size - 1)
		return false;
	text += q->name_size;
	return !calls[q->call].text ||
	    (q->data_size && q->data_size <= PATH_MAX &&
	     strnlen(text, q->data_size) == q->data_size - 1);
}

static bool
serve_one(int sock)
{
	static char text[PATH_MAX + OVERRIDE_DATA_MAX];
	static char out[OVERRIDE_DATA_MAX];
	struct again a = { .opened = -1, .name = "", .out = out };
	struct iovec in[] = { { &a.q, sizeof(a.q) }, { text, sizeof(text) } };
	struct override_reply reply = { .ret = -EACCES };
	struct iovec answer[] = { { &reply, sizeof(reply) }, { out, 0 } };
	AUTO_FD opened = -1;
	int fds[2];
	ssize_t n = override_recv(sock, in, 2, fds);
	AUTO_FD first = fds[0];
	AUTO_FD second = fds[1];

	if (n < (ssize_t)sizeof(a.q))
		return false;
	a.fd = first;
	a.fd2 = second;
	if (is_sound(&a, text, (size_t)n) && !is_kept_from_root(a.fd) &&
	    set_effective(a.q.passes)) {
		if (a.q.name_size)
			a.name = text;
		a.data = text + a.q.name_size;
		reply.ret = calls[a.q.call].fn(&a);
		opened = a.opened;
	}
	reply.out_size = (uint32_t)a.out_size;
	answer[1].iov_len = a.out_size;
	return override_send(sock, answer, 2, &opened, opened >= 0) == 0;
}

void
override_serve(int sock)
{
	const uint64_t caps = UINT64_C(1) << CAP_DAC_OVERRIDE |
			      UINT64_C(1) << CAP_DAC_READ_SEARCH;
	struct override_reply hello = { 0 };
	struct iovec iov = { &hello, sizeof(hello) };

	background_enter("belljar-override", &sock, 1);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);	/* our own /proc/self */
	hello.ret = helper_enter_userns(0);
	background_drop_caps(caps);
	set_effective(0);
	umask(0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!hello.ret)
		hello.ret = getpid();
	if (override_send(sock, &iov, 1, NULL, 0) || hello.ret < 0)
		_exit(0);
	while (serve_one(sock))
		;
	_exit(0);
}
