/* SPDX-License-Identifier: Apache-2.0 */
/* hostdir: finding.  One openat2(2), and single steps where that stops. */
#include "vfs/fs/hostdir.h"

#include <limits.h>
#include <sched.h>
#include <string.h>

#include "include/auto.h"
#include "vfs/fs/hostdir_deny.h"
#include "vfs/fs/hostdir_link.h"

/* RESOLVE_BENEATH with ".." says EAGAIN whenever something was renamed or
 * mounted anywhere meanwhile. */
#define EAGAIN_TRIES 1000

int
hostdir_openat(int base, const char *rest, uint64_t flags, mode_t mode)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.mode = mode,
		.resolve = HOSTDIR_RESOLVE,
	};
	int r;

	if (!(flags & O_PATH))
		how.flags |= O_NOCTTY;
	r = host_openat2(base, *rest ? rest : ".", &how);
	for (int i = 0; r == -EAGAIN && i < EAGAIN_TRIES; i++) {
		sched_yield();
		r = host_openat2(base, *rest ? rest : ".", &how);
	}
	return r == -EXDEV ? -EACCES : r;
}

int
hostdir_link_text(int fd, char **text)
{
	AUTO_FREE char *buf = malloc(PATH_MAX);
	ssize_t n;

	if (!buf)
		return -ENOMEM;
	n = host_readlink(fd, buf, PATH_MAX);
	if (n < 0)
		return (int)n;
	if (n == PATH_MAX)
		return -ENAMETOOLONG;
	buf[n] = '\0';
	*text = steal_ptr(&buf);
	return 0;
}

int
hostdir_split(const char *rest, char **dir, const char **name)
{
	const char *slash = strrchr(rest, '/');
	char *d = strndup(rest, slash ? (size_t)(slash - rest) : 0);

	if (!d)
		return -ENOMEM;
	*dir = d;
	*name = slash ? slash + 1 : rest;
	return 0;
}

/* Where a walk by single steps is. */
struct walk {
	struct fs *fs;
	int base;
	int fd;			/* the object reached: O_PATH */
	bool owned;		/* fd is ours, not the base */
	struct stat st;		/* of it */
	char *done;		/* its path from the base, without ".." */
	size_t len;
};

static void
walk_set(struct walk *w, int fd, bool owned)
{
	if (w->owned)
		close(w->fd);
	w->fd = fd;
	w->owned = owned;
}

/* As may_lookup() in fs/namei.c: a directory that we may search? */
static int
walk_may_search(struct walk *w)
{
	if (!S_ISDIR(w->st.st_mode))
		return -ENOTDIR;
	return host_access(w->fd, X_OK, AT_EACCESS);
}

/* "..": where it leads is found again from the base, so that it is beneath
 * it whatever is renamed. */
static int
walk_up(struct walk *w)
{
	char *slash;
	int fd, err;

	err = walk_may_search(w);
	if (err)
		return err;
	if (w->len == 0)
		return -EACCES;	/* the core never asks for that */
	w->done[w->len] = '\0';
	slash = strrchr(w->done, '/');
	w->len = slash ? (size_t)(slash - w->done) : 0;
	w->done[w->len] = '\0';
	if (w->len == 0) {
		walk_set(w, w->base, false);
		return host_fstat(w->fd, &w->st);
	}
	fd = hostdir_openat(w->base, w->done, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;
	walk_set(w, fd, true);
	return host_fstat(fd, &w->st);
}

/* One name. */
static int
walk_down(struct walk *w, const char *comp, size_t len)
{
	struct hostdir_deny *deny = hostdir_of(w->fs)->deny;
	char name[NAME_MAX + 1];
	struct stat st;
	int fd, err;

	if (!S_ISDIR(w->st.st_mode))
		return -ENOTDIR;
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, comp, len);
	name[len] = '\0';

	fd = hostdir_openat(w->fd, name, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0) {
		if (fd == -ENOENT && deny &&
		    hostdir_deny_step(deny, &w->st, name, NULL))
			return -EACCES;
		return fd;
	}
	err = host_fstat(fd, &st);
	if (!err && deny && hostdir_deny_step(deny, &w->st, name, &st))
		err = -EACCES;
	if (err) {
		close(fd);
		return err;
	}
	walk_set(w, fd, true);
	w->st = st;
	if (w->len)
		w->done[w->len++] = '/';
	memcpy(w->done + w->len, name, len + 1);
	w->len += len;
	return 0;
}

/* The walk stands on a link whose name is the component at `at`. */
static int
walk_stop(struct walk *w, size_t at, size_t len, struct fs_stop *stop)
{
	char *text;
	int err = hostdir_link_text(w->fd, &text);

	if (err)
		return err;
	stop->target = text;
	stop->dir_len = at ? at - 1 : 0;
	stop->consumed = at + len;
	return FS_LINK;
}

static int
walk_all(struct walk *w, const char *rest, unsigned int how,
	 struct fs_stop *stop)
{
	size_t at = 0;
	int err = 0;

	while (rest[at] && !err) {
		size_t len = strcspn(rest + at, "/");
		const char *comp = rest + at;
		bool last = !comp[len];

		if (len == 1 && comp[0] == '.')
			err = walk_may_search(w);
		else if (len == 2 && comp[0] == '.' && comp[1] == '.')
			err = walk_up(w);
		else
			err = walk_down(w, comp, len);
		if (!err && S_ISLNK(w->st.st_mode) &&
		    (!last || how != FS_NOFOLLOW))
			return walk_stop(w, at, len, stop);
		at += last ? len : len + 1;
	}
	if (!err && (how & FS_DIRECTORY) && !S_ISDIR(w->st.st_mode))
		err = -ENOTDIR;
	return err;
}

/* Type and identity of where a walk starts; those of the root are known. */
static int
stat_base(const struct hostdir *hd, int base, struct stat *st)
{
	if (base != hd->root)
		return host_fstat(base, st);
	memset(st, 0, sizeof(*st));
	st->st_mode = hd->type;
	st->st_dev = hd->dev;
	st->st_ino = hd->ino;
	return 0;
}

int
hostdir_walk(struct fs *fs, int base, const char *rest, unsigned int how,
	     int *fd, struct stat *st, struct fs_stop *stop)
{
	AUTO_FREE char *done = malloc(strlen(rest) + 2);
	struct walk w = { .fs = fs, .base = base, .fd = base, .done = done };
	int r;

	if (!done)
		return -ENOMEM;
	done[0] = '\0';
	r = stat_base(hostdir_of(fs), base, &w.st);
	if (!r)
		r = walk_all(&w, rest, how, stop);
	if (!r && !w.owned) {
		r = host_dup(base);
		if (r >= 0) {
			w.fd = r;
			w.owned = true;
			r = 0;
		}
	}
	if (r) {
		walk_set(&w, -1, false);
		return r;
	}
	*fd = w.fd;
	*st = w.st;
	return 0;
}

int
hostdir_find_dir(struct fs *fs, int base, const char *rest, int *fd)
{
	struct fs_stop stop = { .jump_fd = -1 };
	struct stat st;
	int r;

	if (!hostdir_of(fs)->deny || !*rest) {
		r = hostdir_openat(base, rest, O_PATH | O_DIRECTORY, 0);
		if (r < 0)
			return r;
		*fd = r;
		return 0;
	}
	r = hostdir_walk(fs, base, rest, FS_DIRECTORY, fd, &st, &stop);
	if (r == FS_LINK) {
		free(stop.target);
		return -ELOOP;
	}
	return r;
}

int
hostdir_lookup(struct fs *fs, const struct vfs_ctx *c, struct node *base,
	       const char *rest, unsigned int how, struct fs_obj *out,
	       struct fs_stop *stop)
{
	uint64_t flags = O_PATH;
	struct stat st = { 0 };
	int at, r, fd;

	(void)c;
	if (!*rest) {
		if ((how & FS_DIRECTORY) && !S_ISDIR(base->type))
			return -ENOTDIR;
		return hostdir_node_obj(base, out);
	}
	at = hostdir_base(base);
	if (at < 0)
		return at;
	r = hostdir_link_known(base, rest, stop);
	if (r)
		return r;
	if (how & FS_DIRECTORY)
		flags |= O_DIRECTORY;
	else if (how & FS_NOFOLLOW)
		flags |= O_NOFOLLOW;

	r = hostdir_of(fs)->deny ? -ELOOP : hostdir_openat(at, rest, flags, 0);
	if (r == -ELOOP) {
		r = hostdir_link_ask(base, at, rest, how, stop);
		if (r)
			return r;
		r = -ELOOP;
	}
	if (r == -ELOOP)
		r = hostdir_walk(fs, at, rest, how, &fd, &st, stop);
	else if (r >= 0)
		fd = r, r = 0;
	if (r == -EACCES)
		r = hostdir_standin_find(base, rest, &fd);
	if (r)
		return r;
	*out = (struct fs_obj){ .fs = fs, .fd = fd, .fd_owned = true };
	return 0;
}
