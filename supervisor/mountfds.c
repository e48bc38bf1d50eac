/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/mountfds_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "include/auto.h"
#include "include/uapi.h"
#include "supervisor/dirfds.h"
#include "supervisor/mounthelper.h"
#include "supervisor/sandbox.h"
#include "supervisor/sys/pathref.h"
#include "vfs/mount_api.h"

struct mountfds mountfds = { .lock = PTHREAD_MUTEX_INITIALIZER };
static struct mounthelper *helper;	/* [I] */

/* ---------------------------------------------------------------- identity */

int
mountfd_same_file(int a, int b)
{
	int ret = fcntl(a, UAPI_F_DUPFD_QUERY, b);

	if (ret >= 0)
		return ret;
	ret = (int)syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, a, b);
	return ret < 0 ? -1 : ret == 0;
}

void
mountfds_init(struct mounthelper *h)
{
	helper = h;
}

/* Can a guest's descriptor be told from another of the same object? */
static bool
find_out_exact(struct sandbox *sb)
{
	AUTO_FD fd = open("/", O_PATH | O_CLOEXEC);
	AUTO_FD dup = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return sb->host.pidfd_getfd && dup >= 0 && mountfd_same_file(fd, dup) == 1;
}

static bool
is_exact_locked(struct sandbox *sb)
{
	static bool known;

	if (!known)
		mountfds.exact = find_out_exact(sb);
	known = true;
	return mountfds.exact;
}

/* What it is that is open; not which open file of it. */
static int
describe(int fd, struct mountfd *m)
{
	struct statx stx;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID |
		  STATX_MNT_ID_UNIQUE, &stx) < 0)
		return -errno;
	m->dev = makedev(stx.stx_dev_major, stx.stx_dev_minor);
	m->ino = stx.stx_ino;
	m->mnt_id = stx.stx_mnt_id;
	return 0;
}

/* The youngest that it can be; `mnt` as for mountfds_place(). */
static struct mountfd *
find_locked(int fd, const struct mount *mnt)
{
	struct mountfd *m, is = { .fd = fd };
	int flags = mountfds.exact ? O_PATH : fcntl(fd, F_GETFL);

	if (describe(fd, &is) < 0)
		return NULL;
	LIST_FOREACH(m, &mountfds.all, link)
		if (m->dev == is.dev && m->ino == is.ino &&
		    m->mnt_id == is.mnt_id && (m->fc || (flags & O_PATH)) &&
		    (mountfds.exact ? mountfd_same_file(m->fd, fd) == 1 :
				      !mnt || m->fc || m->place.mnt == mnt))
			return m;
	return NULL;
}

bool
mountfds_any(void)
{
	return __atomic_load_n(&mountfds.nr, __ATOMIC_ACQUIRE) > 0;
}

bool
mountfds_place(int fd, const struct mount *mnt, struct path *out)
{
	struct mountfd *m;
	bool found = false;

	if (!mountfds_any())
		return false;
	pthread_mutex_lock(&mountfds.lock);
	m = find_locked(fd, mnt);
	if (m && !m->fc) {
		*out = m->place;
		path_get(out);
		found = true;
	}
	pthread_mutex_unlock(&mountfds.lock);
	return found;
}

struct fs_context *
mountfds_context(int fd)
{
	struct fs_context *fc = NULL;
	struct mountfd *m;

	if (!mountfds_any())
		return NULL;
	pthread_mutex_lock(&mountfds.lock);
	m = find_locked(fd, NULL);
	if (m && m->fc)
		fc = fs_context_get(m->fc);
	pthread_mutex_unlock(&mountfds.lock);
	return fc;
}

/* ---------------------------------------------------------------- life time */

void
mountfd_let_go(struct sandbox *sb, struct mountfd *m)
{
	if (m->tree)
		vfs_dissolve(sb->vfs, m->place.mnt);
	if (m->place.node)
		node_put(m->place.node);
	if (m->place.mnt)
		mount_put(m->place.mnt);
	if (m->fc)
		fs_context_put(m->fc);
	if (m->log >= 0)
		close(m->log);
	if (m->fd >= 0)
		close(m->fd);
	free(m);
}

/* Enters it, with a duplicate of `fd`.  -ENFILE: too many. */
static int
enter(struct sandbox *sb, int fd, struct mountfd *m)
{
	int err;

	if (__atomic_load_n(&mountfds.nr, __ATOMIC_RELAXED) >= MOUNTFDS_MAX)
		return -ENFILE;
	m->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (m->fd < 0)
		return -errno;
	err = describe(m->fd, m);
	if (err < 0)
		return err;
	clock_gettime(CLOCK_MONOTONIC, &m->born);
	pthread_mutex_lock(&mountfds.lock);
	is_exact_locked(sb);
	LIST_INSERT_HEAD(&mountfds.all, m, link);
	__atomic_add_fetch(&mountfds.nr, 1, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&mountfds.lock);
	return 0;
}

/* A descriptor of its own: the one that stands for a node is shared. */
static int
open_place(const struct vfs_ctx *ctx, const struct path *place, int *out)
{
	struct vfs_at at = { .base = place, .name = "", .flags = LOOK_EMPTY };
	struct path same;
	AUTO_FD fd = -1;
	int own, err = vfs_lookup_fd(ctx, &at, &same, &fd);

	if (err < 0)
		return err;
	path_put(&same);
	own = open(fdpath(fd).s, O_PATH | O_CLOEXEC);
	if (own < 0)
		return -errno;
	*out = own;
	return 0;
}

int
mountfds_add_place(struct sandbox *sb, const struct vfs_ctx *ctx,
		   const struct path *place, bool tree, int *fd)
{
	struct mountfd *m = calloc(1, sizeof(*m));
	AUTO_FD own = -1;
	int err = m ? open_place(ctx, place, &own) : -ENOMEM;

	if (err < 0) {
		if (tree)
			vfs_dissolve(sb->vfs, place->mnt);
		free(m);
		return err;
	}
	m->fd = m->log = -1;
	m->tree = tree;
	m->place.mnt = mount_get(place->mnt);
	m->place.node = node_get(place->node);
	err = enter(sb, own, m);
	if (err < 0) {
		mountfd_let_go(sb, m);
		return err;
	}
	*fd = steal_fd(&own);
	return 0;
}

/* What these are told has no effect: none looks at a path. */
static bool
may_mirror(const char *type)
{
	static const char *const types[] = {
		"cgroup2", "devpts", "mqueue", "proc", "ramfs", "sysfs",
		"tmpfs",
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i], type) == 0)
			return true;
	return false;
}

/* The kernel's own context: what is mirrored there can be read from it. */
static int
real_context(struct sandbox *sb, struct fs_context *fc, int *fd)
{
	bool known;

	pthread_mutex_lock(&mountfds.lock);
	known = is_exact_locked(sb);
	pthread_mutex_unlock(&mountfds.lock);
	if (!helper || !known || !may_mirror(fs_context_type(fc)))
		return -EOPNOTSUPP;
	return mounthelper_fsopen(helper, fs_context_type(fc), fd);
}

/* Each write is a message, and an empty pipe says EAGAIN. */
static int
pipe_context(int *fd, int *log)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK | O_DIRECT) < 0)
		return -errno;
	*fd = p[0];
	*log = p[1];
	return 0;
}

int
mountfds_add_context(struct task *t, struct fs_context *fc, int *fd)
{
	struct sandbox *sb = t->sb;
	struct mountfd *m = calloc(1, sizeof(*m));
	AUTO_FD own = -1;
	int err;

	if (!m) {
		fs_context_put(fc);
		return -ENOMEM;
	}
	m->fd = m->log = -1;
	m->fc = fc;
	m->tid = t->tid;
	err = real_context(sb, fc, &own);
	if (err < 0)
		err = pipe_context(&own, &m->log);
	if (err == 0)
		err = enter(sb, own, m);
	if (err < 0) {
		mountfd_let_go(sb, m);
		return err;
	}
	*fd = steal_fd(&own);
	return 0;
}

/* --------------------------------------------------------------- messages */

/*
 * Has the kernel's context say what ours said: what is wrong with an option
 * is wrong with it there too.  A second "source" needs a first.  An option
 * that we do not know goes without its value: who knows what the kernel would
 * do with that.
 */
static void
mirror(int fd, unsigned int cmd, const char *key, const char *value,
       bool unknown)
{
	int aux = 0;

	if (unknown) {
		cmd = FSCONFIG_SET_FLAG;
		value = NULL;
	}
	switch (cmd) {
	case FSCONFIG_SET_BINARY:
		value = "x";
		aux = 1;
		break;
	case FSCONFIG_SET_PATH:
	case FSCONFIG_SET_PATH_EMPTY:
		value = "/";
		aux = AT_FDCWD;
		break;
	case FSCONFIG_SET_FD:
		aux = fd;
		break;
	default:
		break;
	}
	for (int i = 0; i < 2; i++)
		if (syscall(SYS_fsconfig, fd, cmd, key, value, aux) < 0)
			return;
}

/* As the kernel's log: no more than so many are kept, the oldest goes. */
static void
pipe_put_locked(struct mountfd *m, const char *msg, size_t len)
{
	size_t sum = 0;
	char old[1024];
	int left = 0;

	for (size_t i = 0; i < FS_LOG_MAX; i++)
		sum += m->said[i];
	if (m->said[FS_LOG_MAX - 1] && ioctl(m->fd, FIONREAD, &left) == 0 &&
	    (size_t)left >= sum && read(m->fd, old, sizeof(old)) < 0)
		return;
	if (write(m->log, msg, len) < 0)
		return;
	memmove(m->said + 1, m->said, sizeof(m->said) - sizeof(m->said[0]));
	m->said[0] = len;
}

void
mountfds_log(int fd, struct fs_context *fc, unsigned int cmd,
	     const char *key, const char *value)
{
	char msg[1024];
	bool real = false, unknown = false;
	struct mountfd *m;
	ssize_t n;

	while ((n = fs_context_log(fc, msg, sizeof(msg))) > 0) {
		msg[n - 1] = '\0';
		unknown = strstr(msg, ": Unknown parameter '");
		msg[n - 1] = '\n';
		pthread_mutex_lock(&mountfds.lock);
		m = find_locked(fd, NULL);
		real = m && m->log < 0;
		if (m && !real)
			pipe_put_locked(m, msg, (size_t)n);
		pthread_mutex_unlock(&mountfds.lock);
	}
	if (real && key)
		mirror(fd, cmd, key, value, unknown);
}

void
mountfds_fini(struct sandbox *sb)
{
	struct mountfd *m;

	while ((m = LIST_FIRST(&mountfds.all))) {
		LIST_REMOVE(m, link);
		mountfd_let_go(sb, m);
	}
	mountfds.nr = 0;
}
