/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/scratch.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>
#include <sys/statvfs.h>

#include "include/auto.h"
#include "supervisor/janitor.h"
#include "supervisor/log.h"
#include "supervisor/mounthelper.h"
#include "supervisor/noexec.h"
#include "supervisor/rmtree.h"
#include "vfs/fs/tmpfs.h"
#include "vfs/hostcall.h"

struct scratch {
	struct mounthelper *helper;	/* [I] NULL: none that works */
	struct janitor *janitor;	/* [I] or NULL */
	int base;			/* [I] where `name` is, or -1 */
	char name[32];			/* [I] */
	pthread_mutex_t lock;
	_Atomic int dir;		/* -1: not made yet [written: lock] */
	_Atomic uint64_t next_id;
	struct tmpfs_backing backing;
};

/* ------------------------------------------------- a directory on the host */

/* Twelve letters that nobody else has. */
static int
random_name(char *name, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char r[12];
	char tail[13];

	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return -EIO;
	for (size_t i = 0; i < sizeof(r); i++)
		tail[i] = letters[r[i] % 32];
	tail[12] = '\0';
	snprintf(name, size, "belljar-%s", tail);
	return 0;
}

/* Can we make directories here, and (unless `any`) map programs? */
static int
open_base(const char *path, bool any)
{
	AUTO_FD fd = -1;
	struct statvfs sv;

	if (!path || path[0] != '/')
		return -ENOENT;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0 ||
	    fstatvfs(fd, &sv) < 0)
		return -errno;
	if (sv.f_flag & ST_RDONLY)
		return -EROFS;
	if (!any && (sv.f_flag & ST_NOEXEC))
		return -EACCES;
	return steal_fd(&fd);
}

/* The first place that will do; one that is noexec only if all are. */
static int
find_base(void)
{
	const char *const places[] = {
		getenv("XDG_RUNTIME_DIR"), "/dev/shm", getenv("TMPDIR"),
		"/tmp", "/var/tmp",
	};
	int fd = -ENOENT;

	for (int any = 0; any <= 1; any++) {
		for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
			fd = open_base(places[i], any);
			if (fd >= 0)
				return fd;
		}
	}
	return fd;
}

/* The janitor first: a directory is never there without one. */
static int
make_on_host(struct scratch *s)
{
	AUTO_FD fd = -1;
	struct stat st;
	int err;

	s->base = find_base();
	if (s->base < 0)
		return s->base;
	err = random_name(s->name, sizeof(s->name));
	if (!err)
		err = janitor_start(s->base, s->name, &s->janitor);
	if (err)
		return err;
	if (mkdirat(s->base, s->name, 0700) < 0)
		return -errno;
	fd = openat(s->base, s->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		    O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	err = janitor_armed(s->janitor, &st);
	if (err)
		return err;
	s->dir = steal_fd(&fd);
	return 0;
}

/* ------------------------------------------------------------ directories */

/* Takes the O_PATH descriptor of a directory, gives one that lists. */
static int
open_readable(int fd, _Atomic int *out)
{
	AUTO_FD path = fd;
	int r = openat(path, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (r < 0)
		return -errno;
	*out = r;
	return 0;
}

int
scratch_dir(struct scratch *s)
{
	struct tmpfs_opts o;
	int fd, err = 0;

	if (s->dir >= 0)
		return s->dir;
	pthread_mutex_lock(&s->lock);
	if (s->dir < 0) {
		tmpfs_opts_init(&o, geteuid(), getegid());
		o.mode = 0700;
		err = mounthelper_tmpfs(s->helper, &o, &fd);
		if (!err)
			err = open_readable(fd, &s->dir);
	}
	pthread_mutex_unlock(&s->lock);
	return err ? err : s->dir;
}

static void
id_name(char *name, size_t size, uint64_t id)
{
	snprintf(name, size, "d%llu", (unsigned long long)id);
}

int
scratch_mkdir(struct scratch *s, mode_t mode, int *fd, uint64_t *id)
{
	int dir = scratch_dir(s);
	uint64_t n = atomic_fetch_add(&s->next_id, 1);
	char name[24];
	int new, err;

	if (dir < 0)
		return dir;
	id_name(name, sizeof(name), n);
	if (mkdirat(dir, name, 0700) < 0)
		return -errno;
	new = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		     O_CLOEXEC);
	if (new < 0 || fchmod(new, mode & 07777) < 0) {
		err = -errno;
		if (new >= 0)
			close(new);
		unlinkat(dir, name, AT_REMOVEDIR);
		return err;
	}
	*fd = new;
	*id = n;
	return 0;
}

void
scratch_rmdir(struct scratch *s, uint64_t id)
{
	char name[24];
	int err;

	id_name(name, sizeof(name), id);
	err = rmtree_at(s->dir, name, NULL);
	if (err)
		log_warn("remove %s from the scratch directory: %s", name,
			 log_errno(err));
}

/* ------------------------------------------------------------------ tmpfs */

/* As the mount helper's: a guest that asks for an O_PATH descriptor of the root
 * of the mount gets a copy of this one. */
static int
open_path_only(int *fd)
{
	int r = host_reopen(*fd, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);

	if (r < 0)
		return r;
	close(*fd);
	*fd = r;
	return 0;
}

/* Cookie 0 is a mount of its own: nothing is left once it is closed. */
static int
backing_make(void *arg, const struct tmpfs_opts *o, int *fd, uint64_t *cookie)
{
	struct scratch *s = arg;
	uint64_t id;
	int err = mounthelper_tmpfs(s->helper, o, fd);

	if (!err) {
		*cookie = 0;
		return 0;
	}
	if (s->helper)
		log_debug("a tmpfs of its own: %s. Using a directory",
			  log_errno(err));
	err = scratch_mkdir(s, o->mode, fd, &id);
	if (err)
		return err;
	if ((o->uid != geteuid() || o->gid != getegid()) &&
	    fchown(*fd, o->uid, o->gid) < 0)
		log_debug("tmpfs owned by %u:%u: %s", o->uid, o->gid,
			  log_errno(errno));
	err = open_path_only(fd);
	if (err) {
		close(*fd);
		scratch_rmdir(s, id);
		return err;
	}
	*cookie = id;
	return 0;
}

static int
backing_resize(void *arg, int fd, const struct tmpfs_opts *o)
{
	struct scratch *s = arg;

	return mounthelper_resize(s->helper, fd, o);
}

static void
backing_drop(void *arg, uint64_t cookie)
{
	if (cookie)
		scratch_rmdir(arg, cookie);
}

struct tmpfs_backing *
scratch_backing(struct scratch *s)
{
	return &s->backing;
}

/* -------------------------------------------------------------- life time */

int
scratch_new(struct mounthelper *helper, struct scratch **out)
{
	struct scratch *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	pthread_mutex_init(&s->lock, NULL);
	s->base = -1;
	s->dir = -1;
	s->next_id = 1;
	s->backing = (struct tmpfs_backing){
		.make = backing_make, .resize = backing_resize,
		.drop = backing_drop, .arg = s,
	};
	if (mounthelper_ready(helper) == 0) {
		s->helper = helper;
		s->backing.noexec = noexec_backing(helper);
		*out = s;
		return 0;
	}
	err = make_on_host(s);
	if (err) {
		scratch_free(s);
		return err;
	}
	*out = s;
	return 0;
}

bool
scratch_is_on_host(const struct scratch *s)
{
	return s->base >= 0;
}

void
scratch_free(struct scratch *s)
{
	struct stat st;

	if (!s)
		return;
	janitor_finish(s->janitor);
	/* Should the janitor have been killed. */
	if (s->janitor && s->dir >= 0 && fstat(s->dir, &st) == 0)
		rmtree_at(s->base, s->name, &st);
	if (s->dir >= 0)
		close(s->dir);
	if (s->base >= 0)
		close(s->base);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
