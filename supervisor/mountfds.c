/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/mountfds.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

struct mountfd {
	LIST_ENTRY(mountfd) link;
	int fd;				/* our duplicate */
	dev_t dev;			/* of what is open */
	ino_t ino;
	uint64_t mnt_id;		/* the kernel's */
	bool tree;			/* holds a detached tree */
	/* counted, but not as a struct path is: that would make it busy */
	struct path place;		/* of a place, or */
	struct fs_context *fc;		/* counted: a context */
	int log;			/* writing end of a pipe, or -1 */
	struct timespec born;
	bool seen;			/* while sweeping: a guest has it */
};

LIST_HEAD(mountfd_list, mountfd);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct mountfd_list all = LIST_HEAD_INITIALIZER(all);	/* [lock] */
static unsigned int nr_all;		/* [a] */
static struct mounthelper *helper;	/* [I] */
static bool exact;			/* [lock] files can be compared */

/* ---------------------------------------------------------------- identity */

/* Are both the same open file?  1, 0, or -1: the kernel does not tell. */
static int
same_file(int a, int b)
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

	return sb->host.pidfd_getfd && dup >= 0 && same_file(fd, dup) == 1;
}

static bool
is_exact_locked(struct sandbox *sb)
{
	static bool known;

	if (!known)
		exact = find_out_exact(sb);
	known = true;
	return exact;
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

/* The youngest that it can be. */
static struct mountfd *
find_locked(int fd)
{
	struct mountfd *m, is = { .fd = fd };
	int flags = exact ? O_PATH : fcntl(fd, F_GETFL);

	if (describe(fd, &is) < 0)
		return NULL;
	LIST_FOREACH(m, &all, link)
		if (m->dev == is.dev && m->ino == is.ino &&
		    m->mnt_id == is.mnt_id && (m->fc || (flags & O_PATH)) &&
		    (!exact || same_file(m->fd, fd) == 1))
			return m;
	return NULL;
}

bool
mountfds_any(void)
{
	return __atomic_load_n(&nr_all, __ATOMIC_ACQUIRE) > 0;
}

bool
mountfds_place(int fd, struct path *out)
{
	struct mountfd *m;
	bool found = false;

	if (!mountfds_any())
		return false;
	pthread_mutex_lock(&lock);
	m = find_locked(fd);
	if (m && !m->fc) {
		*out = m->place;
		path_get(out);
		found = true;
	}
	pthread_mutex_unlock(&lock);
	return found;
}

struct fs_context *
mountfds_context(int fd)
{
	struct fs_context *fc = NULL;
	struct mountfd *m;

	if (!mountfds_any())
		return NULL;
	pthread_mutex_lock(&lock);
	m = find_locked(fd);
	if (m && m->fc)
		fc = fs_context_get(m->fc);
	pthread_mutex_unlock(&lock);
	return fc;
}

/* ---------------------------------------------------------------- life time */

/* Of one that is in no list any more. */
static void
let_go(struct sandbox *sb, struct mountfd *m)
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

/* Enters it, with a duplicate of `fd`. */
static int
enter(struct sandbox *sb, int fd, struct mountfd *m)
{
	int err;

	m->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (m->fd < 0)
		return -errno;
	err = describe(m->fd, m);
	if (err < 0)
		return err;
	clock_gettime(CLOCK_MONOTONIC, &m->born);
	pthread_mutex_lock(&lock);
	is_exact_locked(sb);
	LIST_INSERT_HEAD(&all, m, link);
	__atomic_add_fetch(&nr_all, 1, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&lock);
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
		let_go(sb, m);
		return err;
	}
	*fd = steal_fd(&own);
	return 0;
}

/* The kernel's own context: what is mirrored there can be read from it. */
static int
real_context(struct sandbox *sb, struct fs_context *fc, int *fd)
{
	bool known;

	pthread_mutex_lock(&lock);
	known = is_exact_locked(sb);
	pthread_mutex_unlock(&lock);
	if (!helper || !known)
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
mountfds_add_context(struct sandbox *sb, struct fs_context *fc, int *fd)
{
	struct mountfd *m = calloc(1, sizeof(*m));
	AUTO_FD own = -1;
	int err;

	if (!m) {
		fs_context_put(fc);
		return -ENOMEM;
	}
	m->fd = m->log = -1;
	m->fc = fc;
	err = real_context(sb, fc, &own);
	if (err < 0)
		err = pipe_context(&own, &m->log);
	if (err == 0)
		err = enter(sb, own, m);
	if (err < 0) {
		let_go(sb, m);
		return err;
	}
	*fd = steal_fd(&own);
	return 0;
}

/* --------------------------------------------------------------- messages */

/*
 * Has the kernel's context say what ours said: what is wrong with an option
 * is wrong with it there too.  A second "source" needs a first.
 */
static void
mirror(int fd, unsigned int cmd, const char *key, const char *value)
{
	int aux = 0;

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

void
mountfds_log(int fd, struct fs_context *fc, unsigned int cmd,
	     const char *key, const char *value)
{
	char msg[1024];
	struct mountfd *m;
	bool said = false;
	ssize_t n;
	int log = -1;

	pthread_mutex_lock(&lock);
	m = find_locked(fd);
	if (m && m->log >= 0)
		log = fcntl(m->log, F_DUPFD_CLOEXEC, 0);
	pthread_mutex_unlock(&lock);
	while ((n = fs_context_log(fc, msg, sizeof(msg))) > 0) {
		said = true;
		/* a reader who does not read has lost it */
		if (log >= 0 && write(log, msg, (size_t)n) < 0)
			break;
	}
	if (log >= 0)
		close(log);
	else if (said && key)
		mirror(fd, cmd, key, value);
}

/* --------------------------------------------------------------- sweeping */

/* Marks those that can be this one. */
static void
look_at_locked(struct task *t, int dir, const char *name)
{
	AUTO_FD dup = -1;
	struct mountfd *m;
	struct stat st;

	if (fstatat(dir, name, &st, 0) < 0)
		return;
	LIST_FOREACH(m, &all, link) {
		if (m->seen || m->dev != st.st_dev || m->ino != st.st_ino)
			continue;
		if (!exact) {
			m->seen = true;
			continue;
		}
		if (dup < 0 && dirfd_dup(t, atoi(name), &dup) < 0)
			return;
		m->seen = same_file(m->fd, dup) == 1;
	}
}

/* Descriptors that are under way in a socket of the guest's are held too; it
 * is not told which. */
static bool
has_some_in_flight(pid_t tid, int dir, const char *name)
{
	char path[64], line[64];
	AUTO_FILE FILE *f = NULL;
	unsigned int n;
	struct stat st;

	if (fstatat(dir, name, &st, 0) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.16s", tid, name);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "scm_fds: %u", &n) == 1 && n > 0)
			return true;
	return false;
}

struct tasks {
	struct task **v;		/* counted */
	size_t nr, room;
};

static bool
collect(struct task *t, void *arg)
{
	struct tasks *l = arg;

	if (l->nr == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		struct task **v = reallocarray(l->v, room, sizeof(*v));

		if (!v)
			return true;
		l->v = v;
		l->room = room;
	}
	l->v[l->nr++] = task_get(t);
	return false;
}

/* Goes through the descriptors of a task; true: some are in flight. */
static bool
look_through_locked(struct task *t, bool in_flight)
{
	char path[32];
	AUTO_DIR DIR *d = NULL;
	struct dirent *e;

	snprintf(path, sizeof(path), "/proc/%d/fd", t->tid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		if (!in_flight)
			look_at_locked(t, dirfd(d), e->d_name);
		else if (has_some_in_flight(t->tid, dirfd(d), e->d_name))
			return true;
	}
	return false;
}

/* One that a guest is about to get: that is not done at once. */
static bool
is_young(const struct mountfd *m)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return m->fc && now.tv_sec - m->born.tv_sec < 2;
}

/* Moves those that nobody has to `gone`. */
static void
pick_locked(const struct tasks *l, struct mountfd_list *gone)
{
	struct mountfd *m, *next;
	bool unseen = false, in_flight = false;

	LIST_FOREACH(m, &all, link)
		m->seen = is_young(m);
	for (size_t i = 0; i < l->nr; i++)
		look_through_locked(l->v[i], false);
	LIST_FOREACH(m, &all, link)
		unseen |= !m->seen;
	for (size_t i = 0; unseen && !in_flight && i < l->nr; i++)
		in_flight = look_through_locked(l->v[i], true);
	for (m = LIST_FIRST(&all); m && !in_flight; m = next) {
		next = LIST_NEXT(m, link);
		if (m->seen)
			continue;
		LIST_REMOVE(m, link);
		__atomic_sub_fetch(&nr_all, 1, __ATOMIC_RELEASE);
		LIST_INSERT_HEAD(gone, m, link);
	}
}

void
mountfds_sweep(struct sandbox *sb)
{
	struct mountfd_list gone = LIST_HEAD_INITIALIZER(gone);
	struct tasks l = { .v = NULL };
	struct mountfd *m;
	bool cut;

	if (!mountfds_any())
		return;
	cut = task_for_each(sb, collect, &l);
	if (!cut) {
		pthread_mutex_lock(&lock);
		pick_locked(&l, &gone);
		pthread_mutex_unlock(&lock);
	}
	for (size_t i = 0; i < l.nr; i++)
		task_put(l.v[i]);
	free(l.v);
	while ((m = LIST_FIRST(&gone))) {
		LIST_REMOVE(m, link);
		let_go(sb, m);
	}
}

void
mountfds_fini(struct sandbox *sb)
{
	struct mountfd *m;

	while ((m = LIST_FIRST(&all))) {
		LIST_REMOVE(m, link);
		let_go(sb, m);
	}
	nr_all = 0;
}
