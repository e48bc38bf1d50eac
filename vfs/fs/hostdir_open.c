/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostdir: opening.
 *
 * The rule: look (O_PATH), judge, and open the very object that was looked
 * at, through its magic link.  It is not needed for
 *   - a directory asked for as such, and a file that must be new;
 *   - a tree that nobody but us puts files in and that has never had a FIFO
 *     or device (struct hostdir, `private`);
 *   - what is most likely a regular file (hostdir_hint.h), opened so that it
 *     cannot block, and kept only if it is one.
 */
#include "vfs/fs/hostdir.h"

#include <linux/major.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "include/auto.h"
#include "vfs/fs/hostdir_deny.h"
#include "vfs/fs/hostdir_hint.h"
#include "vfs/fs/hostdir_link.h"

/* How often a name may appear and vanish again before we give up. */
#define CREATE_TRIES 64

/* What openat2(2) takes of open(2)'s flags. */
#define OPEN_FLAGS (O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | \
		    O_NONBLOCK | O_SYNC | O_DSYNC | O_ASYNC | O_DIRECT | \
		    O_DIRECTORY | O_NOATIME | O_TMPFILE)

/* What F_SETFL can change: all of it has to be said again. */
#define SETFL_FLAGS (O_APPEND | O_ASYNC | O_DIRECT | O_NOATIME | O_NONBLOCK)

static bool
wants_write(const struct fs_open *how)
{
	return (how->flags & O_ACCMODE) != O_RDONLY;
}

static bool
wants_tmpfile(const struct fs_open *how)
{
	return (how->flags & O_TMPFILE) == O_TMPFILE;
}

static bool
wants_new(const struct fs_open *how)
{
	return (how->flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
}

/* Devices whose open neither waits nor does anything. */
static bool
device_is_harmless(dev_t rdev)
{
	switch (major(rdev)) {
	case MEM_MAJOR:		/* null zero full random urandom kmsg */
		return true;
	case TTYAUX_MAJOR:	/* ptmx; not console; tty means ours: slowly */
		return minor(rdev) == 2;
	default:
		return false;
	}
}

/* As may_open() in fs/namei.c for device nodes and FIFOs. */
static int
judge_special(const struct fs *fs, int fd, mode_t type,
	      const struct fs_open *how)
{
	struct stat st;
	int err;

	if (S_ISFIFO(type)) {
		bool waits = how->noblock && !(how->flags & O_NONBLOCK) &&
		    (how->flags & O_ACCMODE) != O_RDWR;

		return waits ? FS_BLOCK : 0;
	}
	if (how->nodev || !hostdir_of(fs)->devices)
		return -EACCES;
	if (!how->noblock)
		return 0;
	err = host_fstat(fd, &st);
	if (err)
		return err;
	return device_is_harmless(st.st_rdev) ? 0 : FS_BLOCK;
}

/*
 * Regular files on something read-only.  The instance refuses before the
 * mode is looked at, a mount after it, O_TRUNC always before.
 */
static int
judge_write(const struct fs *fs, int fd, const struct fs_open *how)
{
	bool fs_ro = hostdir_is_ro(fs);
	int err;

	if (!fs_ro && !how->ro)
		return 0;
	if (how->flags & O_TRUNC)
		return -EROFS;
	if (!wants_write(how))
		return 0;
	if (fs_ro)
		return -EROFS;
	err = host_access(fd, (how->flags & O_ACCMODE) == O_WRONLY ? W_OK :
			      R_OK | W_OK, AT_EACCESS);
	return err ? err : -EROFS;
}

static int
open_tmpfile(struct fs *fs, int dir, const struct fs_open *how, int *out)
{
	int r;

	if (hostdir_is_ro(fs) || how->ro)
		return -EROFS;
	r = host_reopen(dir, (int)(how->flags & OPEN_FLAGS) | O_CLOEXEC,
			how->mode & 07777);
	if (r < 0)
		return r;
	*out = r;
	return 0;
}

/* Opens the object that the O_PATH descriptor `fd` holds. */
static int
open_found(struct fs *fs, int fd, mode_t type, const struct fs_open *how,
	   int *out)
{
	int r = 0;

	if (wants_new(how))
		return -EEXIST;
	if ((how->flags & O_DIRECTORY) && !S_ISDIR(type))
		return -ENOTDIR;
	switch (type & S_IFMT) {
	case S_IFLNK:
		return -ELOOP;
	case S_IFDIR:
		if (wants_tmpfile(how))
			return open_tmpfile(fs, fd, how, out);
		if (wants_write(how) || (how->flags & O_CREAT))
			return -EISDIR;
		break;
	case S_IFREG:
		r = judge_write(fs, fd, how);
		break;
	case S_IFBLK:
	case S_IFCHR:
	case S_IFIFO:
		r = judge_special(fs, fd, type, how);
		break;
	default:
		break;		/* a socket: the kernel says ENXIO */
	}
	if (r)
		return r;
	r = host_reopen(fd, (int)(how->flags & ~(uint64_t)(O_CREAT | O_EXCL)) |
			O_CLOEXEC | O_NOCTTY, 0);
	if (r < 0)
		return r;
	*out = r;
	return 0;
}

int
hostdir_open_obj(struct fs_obj *o, const struct vfs_ctx *c,
		 const struct fs_open *how, int *fd)
{
	int at = hostdir_fd(o);
	int err = at < 0 ? at : o->mode ? 0 : hostdir_identify(o);
	AUTO_FD own = -1;

	(void)c;
	if (!err && how->noexec && (S_ISREG(o->mode) || wants_tmpfile(how)))
		at = hostdir_exec_fd(o->fs, at, &own);
	return err ? err : open_found(o->fs, at, o->mode, how, fd);
}

/* The object at the end of the path, a final link included. */
static int
find(struct fs *fs, int base, const char *rest, int *fd, struct stat *st,
     struct fs_stop *stop)
{
	int r, err;

	if (hostdir_of(fs)->deny)
		return hostdir_walk(fs, base, rest, FS_NOFOLLOW, fd, st, stop);
	r = hostdir_openat(base, rest, O_PATH | O_NOFOLLOW, 0);
	if (r == -ELOOP)
		return hostdir_walk(fs, base, rest, FS_NOFOLLOW, fd, st, stop);
	if (r < 0)
		return r;
	err = host_fstat(r, st);
	if (err) {
		close(r);
		return err;
	}
	*fd = r;
	return 0;
}

/* A final link stops the open, unless it must not be followed. */
static int
stop_at_final(int fd, const char *rest, struct fs_stop *stop)
{
	const char *name;
	char *dir, *text;
	int err = hostdir_link_text(fd, &text);

	if (err)
		return err;
	err = hostdir_split(rest, &dir, &name);
	if (err) {
		free(text);
		return err;
	}
	stop->target = text;
	stop->dir_len = strlen(dir);
	stop->consumed = strlen(rest);
	free(dir);
	return FS_LINK;
}

/* Opens what exists.  -ENOENT: it, or something before it, does not. */
static int
open_existing(struct fs *fs, int base, const char *rest,
	      const struct fs_open *how, int *out, struct fs_stop *stop)
{
	AUTO_FD fd = -1;
	struct stat st;
	int r = find(fs, base, rest, &fd, &st, stop);

	if (r)
		return r;
	if (S_ISLNK(st.st_mode) && !how->nofollow && !wants_new(how))
		return stop_at_final(fd, rest, stop);
	r = open_found(fs, fd, st.st_mode, how, out);
	if (!r)
		stop->mode = st.st_mode & S_IFMT;
	return r;
}

/* openat2(2) by the caller's own flags.  -ELOOP: a link is in the way. */
static int
open_direct(int base, const char *rest, const struct fs_open *how, int *out)
{
	uint64_t flags = how->flags & OPEN_FLAGS;
	mode_t mode = flags & (O_CREAT | O_TMPFILE) & ~O_DIRECTORY ?
	    how->mode & 07777 : 0;
	int r;

	if (how->nofollow)
		flags |= O_NOFOLLOW;
	r = hostdir_openat(base, rest, flags, mode);
	if (r < 0)
		return r;
	*out = r;
	return 0;
}

/* Makes the file, which must not exist: no other's is opened. */
static int
open_created(struct fs *fs, int base, const char *rest,
	     const struct fs_open *how, int *out)
{
	struct fs_open excl = *how;
	AUTO_FREE char *dir = NULL;
	AUTO_FD at = -1;
	struct stat st;
	const char *name;
	int r;

	excl.flags |= O_EXCL;
	if (!hostdir_of(fs)->deny && !hostdir_is_ro(fs))
		return open_direct(base, rest, &excl, out);

	r = hostdir_split(rest, &dir, &name);
	if (!r)
		r = hostdir_find_dir(fs, base, dir, &at);
	if (r)
		return r;
	if (hostdir_is_ro(fs))
		return -EROFS;
	r = host_fstat(at, &st);
	if (r)
		return r;
	if (hostdir_deny_step(hostdir_of(fs)->deny, &st, name, NULL))
		return -EACCES;
	return open_direct(at, name, &excl, out);
}

static int
open_or_create(struct fs *fs, int base, const char *rest,
	       const struct fs_open *how, int *out, struct fs_stop *stop)
{
	for (int i = 0; i < CREATE_TRIES; i++) {
		int r = open_existing(fs, base, rest, how, out, stop);

		if (r != -ENOENT)
			return r;
		r = open_created(fs, base, rest, how, out);
		if (!r)
			stop->mode = S_IFREG;
		if (r != -EEXIST && r != -ELOOP)
			return r;
	}
	return -EAGAIN;
}

/* Opens what was a regular file a moment ago, so that it cannot block. */
static int
open_regular(int at, const char *rest, const struct fs_open *how, int *out)
{
	struct fs_open quick = *how;
	AUTO_FD fd = -1;
	int r;

	quick.flags &= ~(uint64_t)O_CREAT;
	quick.flags |= O_NONBLOCK;
	r = open_direct(at, rest, &quick, &fd);
	if (!r && !(how->flags & O_NONBLOCK))
		r = host_setfl(fd, (int)(how->flags & SETFL_FLAGS));
	if (r)
		return r;
	*out = steal_fd(&fd);
	return 0;
}

/*
 * A look by one statx(2), which a bare instance allows.  What another process
 * of the host puts there in the moment between can be no device, whose open
 * might do something (the mount is nodev), and a FIFO does not make us wait.
 * -EAGAIN: to be done otherwise; -ELOOP: a link is in the way.
 */
static int
open_looked(struct node *base, int at, const char *rest,
	    const struct fs_open *how, int *out, struct fs_stop *stop)
{
	struct hostdir *hd = hostdir_of(base->fs);
	bool changes = wants_write(how) || (how->flags & (O_CREAT | O_TRUNC));
	struct statx stx;
	int r;

	if (hd->devices || wants_tmpfile(how) || !hostdir_takes_path(hd, rest))
		return -EAGAIN;
	r = host_statx_at(at, rest, how->nofollow ? AT_SYMLINK_NOFOLLOW : 0,
			  STATX_TYPE, &stx);
	if (r)
		return r == -ENOENT && (how->flags & O_CREAT) ? -EAGAIN : r;
	if (S_ISREG(stx.stx_mode) && !(how->flags & O_DIRECTORY))
		r = open_regular(at, rest, how, out);
	else if (S_ISDIR(stx.stx_mode) && !changes)
		r = open_direct(at, rest, how, out);
	else
		return -EAGAIN;
	if (!r)
		stop->mode = stx.stx_mode & S_IFMT;
	return r;
}

/*
 * On the guess that it is a regular file.  -EAGAIN: it is not, or was not.
 */
static int
open_guessed(struct node *base, int at, const char *rest,
	     const struct fs_open *how, int *out)
{
	AUTO_FD fd = -1;
	struct stat st;
	int r;

	if (!hostdir_hint_regular(hostdir_of(base->fs)->hints, base, at, rest))
		return -EAGAIN;
	r = open_regular(at, rest, how, &fd);
	if (r)
		return r == -EACCES || r == -ELOOP ? r : -EAGAIN;
	r = host_fstat(fd, &st);
	if (!r && !S_ISREG(st.st_mode))
		r = -EAGAIN;
	if (r)
		return r;
	*out = steal_fd(&fd);
	return 0;
}

/*
 * Without a look first.  -EAGAIN: not to be done like that here.
 */
static int
open_at_once(struct node *base, int at, const char *rest,
	     const struct fs_open *how, int *out, struct fs_stop *stop)
{
	struct hostdir *hd = hostdir_of(base->fs);
	bool changes = wants_write(how) || (how->flags & (O_CREAT | O_TRUNC));
	int r = -EAGAIN;

	if (hd->deny || (changes && (how->ro || hostdir_is_ro(base->fs))))
		return -EAGAIN;
	if ((how->flags & O_DIRECTORY) && !changes) {
		r = open_direct(at, rest, how, out);
		if (!r)
			stop->mode = S_IFDIR;
		return r;
	}
	if (wants_new(how))
		return open_direct(at, rest, how, out);
	if (hd->private) {
		pthread_rwlock_rdlock(&hd->special_lock);
		if (!hd->special)
			r = open_direct(at, rest, how, out);
		pthread_rwlock_unlock(&hd->special_lock);
	}
	if (r == -EAGAIN)
		r = open_looked(base, at, rest, how, out, stop);
	if (r == -EAGAIN && how->noblock && !(how->flags & O_TRUNC)) {
		r = open_guessed(base, at, rest, how, out);
		if (!r)
			stop->mode = S_IFREG;
	}
	return r;
}

/* open_at_once() met a link.  Says where, or what that means. */
static int
open_stopped(struct node *base, int at, const char *rest,
	     const struct fs_open *how, struct fs_stop *stop)
{
	unsigned int follow = how->nofollow || wants_new(how) ?
	    FS_NOFOLLOW : 0;
	struct stat st;
	int fd, r;

	r = hostdir_link_ask(base, at, rest, follow, stop);
	if (r)
		return r;
	r = hostdir_walk(base->fs, at, rest, follow, &fd, &st, stop);
	if (r)
		return r;
	close(fd);
	if (follow && S_ISLNK(st.st_mode))
		return how->flags & O_DIRECTORY ? -ENOTDIR : -ELOOP;
	return -EAGAIN;		/* the link is gone again */
}

int
hostdir_open(struct fs *fs, const struct vfs_ctx *c, struct node *base,
	     const char *rest, const struct fs_open *how, int *fd,
	     struct fs_stop *stop)
{
	int at = hostdir_base(base);
	AUTO_FD own = -1;
	int r;

	(void)c;
	if (how->noexec && (!(how->flags & O_DIRECTORY) || wants_tmpfile(how)))
		at = hostdir_exec_fd(fs, at, &own);
	if (at < 0)
		return at;
	if (!*rest) {
		r = open_found(fs, at, base->type, how, fd);
		if (!r)
			stop->mode = base->type;
		return r;
	}
	r = hostdir_link_known(base, rest, stop);
	if (r)
		return r;
	r = open_at_once(base, at, rest, how, fd, stop);
	if (r == -ELOOP)
		r = open_stopped(base, at, rest, how, stop);
	if (r != -EAGAIN)
		return r;
	r = how->flags & O_CREAT ?
	    open_or_create(fs, at, rest, how, fd, stop) :
	    open_existing(fs, at, rest, how, fd, stop);
	if (!r && S_ISREG(stop->mode) && !hostdir_of(fs)->deny)
		hostdir_hint_learn(hostdir_of(fs)->hints, base, at, rest);
	return r;
}
