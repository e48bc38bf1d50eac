/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in an image when it is handed out: the entries of a directory, the
 * text of a file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "include/auto.h"
#include "vfs/fs/synth_priv.h"

/*
 * A listing that was handed out so short a time ago may not have been read
 * yet: entries are put in and taken out one by one.  Later it is made anew, in
 * the right order.
 */
#define QUIET_NS	20000000

/* ------------------------------------------------------------ directories */

static uint64_t
names_hash(const struct synth_names *names)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < names->nr; i++) {
		const char *p = names->v[i].name;

		do
			h = (h ^ (unsigned char)*p) * 0x100000001b3ULL;
		while (*p++);
		h = (h ^ names->v[i].type) * 0x100000001b3ULL;
	}
	return h ? h : 1;
}

static const struct synth_name *
names_find(const struct synth_names *names, const char *name)
{
	for (size_t i = 0; i < names->nr; i++)
		if (strcmp(names->v[i].name, name) == 0)
			return &names->v[i];
	return NULL;
}

/* An empty thing of that type.  Device nodes are made as 0:0, which needs no
 * privilege (Linux 5.8); where that fails the type is wrong. */
static int
make_entry(int dir, const struct synth_name *n)
{
	int err;

	if (S_ISDIR(n->type))
		return host_mkdir(dir, n->name, 0);
	if (S_ISLNK(n->type))
		return host_symlink("?", dir, n->name);
	if (S_ISCHR(n->type)) {
		err = host_mknod(dir, n->name, S_IFCHR, 0);
		if (err != -EPERM)
			return err;
	}
	return host_mknod(dir, n->name, S_IFREG, 0);
}

/* Takes out what is not in `names`; NULL: everything. */
static int
remove_others(int dir, const struct synth_names *names)
{
	AUTO_FD fd = synth_open_beneath(dir, ".", O_RDONLY | O_DIRECTORY, 0);
	AUTO_DIR DIR *d = NULL;
	struct dirent *e;

	if (fd < 0)
		return fd;
	d = fdopendir(fd);
	if (!d)
		return -errno;
	steal_fd(&fd);
	while ((e = readdir(d)) != NULL)
		if (!is_dot(e->d_name) &&
		    !(names && names_find(names, e->d_name)))
			remove_entry(dir, e->d_name);
	return 0;
}

static int
update_dir(struct synth *sy, struct synth_image *im, int dir,
	   const struct synth_names *names, int64_t now)
{
	bool keep = im->listed && now - im->handed < QUIET_NS;
	int err;

	err = host_chmod(dir, 0700);
	if (err == 0)
		err = remove_others(dir, keep ? names : NULL);
	for (size_t i = 0; i < names->nr && err == 0; i++) {
		size_t n = sy->scratch->newest_first ? names->nr - 1 - i : i;

		err = make_entry(dir, &names->v[n]);
		if (err == -EEXIST)
			err = 0;
	}
	host_chmod(dir, im->mode & 07777);
	return err;
}

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

int
synth_image_dir(struct fs *fs, const struct synth_ent *ent,
		const struct synth_names *names, int *out)
{
	struct synth *sy = synth_of(fs);
	uint64_t hash = names_hash(names);
	int64_t now = now_ns();
	struct synth_image *im;
	AUTO_FD fd = -1;
	int err;

	synth_sweep(fs);
	pthread_mutex_lock(&sy->lock);
	err = image_get(fs, ent, &im);
	if (err == 0) {
		fd = synth_open_beneath(sy->dir, image_name(im).s,
				  O_RDONLY | O_DIRECTORY, 0);
		err = fd < 0 ? fd : 0;
	}
	if (err == 0 && im->listed != hash) {
		err = update_dir(sy, im, fd, names, now);
		im->listed = err == 0 ? hash : 1;
	}
	if (err == 0)
		im->handed = now;
	pthread_mutex_unlock(&sy->lock);
	if (err == 0)
		*out = steal_fd(&fd);
	return err;
}

/* ------------------------------------------------------------------ files */

static int
write_text(int fd, const struct synth_text *text)
{
	size_t done = 0;

	while (done < text->len) {
		ssize_t n = pwrite(fd, text->s + done, text->len - done,
				   (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return ftruncate(fd, (off_t)text->len) < 0 ? -errno : 0;
}

/* Nobody else has it open: only then the kernel grants a write lease. */
static bool
nobody_reads(int fd)
{
	if (fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
		return false;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return true;
}

/* Locks: synth->lock, so that no open comes between.  -EBUSY: in use. */
static int
open_own_file(struct synth *sy, const struct synth_image *im,
	      const struct synth_text *text, int *out)
{
	struct image_name n = image_name(im);
	AUTO_FD path = -1;
	AUTO_FD fd = -1;
	int err;

	path = synth_open_beneath(sy->dir, n.s, O_PATH | O_NOFOLLOW, 0);
	if (path < 0)
		return path;
	err = host_chmod(path, 0600);
	if (err == 0) {
		fd = host_reopen(path, O_RDWR | O_CLOEXEC, 0);
		err = fd < 0 ? fd : nobody_reads(fd) ? 0 : -EBUSY;
	}
	if (err == 0)
		err = write_text(fd, text);
	if (err == 0) {
		*out = host_reopen(path, O_RDONLY | O_CLOEXEC, 0);
		err = *out < 0 ? *out : 0;
	}
	host_chmod(path, im->mode & 07777);
	return err;
}

/* A copy without a name. */
static int
open_copy(struct synth *sy, mode_t mode, const struct synth_text *text,
	  int *out)
{
	AUTO_FD fd = synth_open_beneath(sy->dir, ".", O_TMPFILE | O_RDWR, 0600);
	int err;

	if (fd < 0)
		return fd;
	err = write_text(fd, text);
	if (err < 0)
		return err;
	*out = host_reopen(fd, O_RDONLY | O_CLOEXEC, 0);
	if (*out < 0)
		return *out;
	host_chmod(fd, mode & 07777);
	return 0;
}

int
synth_image_file(struct fs *fs, const struct synth_ent *ent,
		 const struct synth_text *text, int *out)
{
	struct synth *sy = synth_of(fs);
	struct synth_image *im;
	int fd = -1, err;

	if (text->err < 0)
		return text->err;
	synth_sweep(fs);
	pthread_mutex_lock(&sy->lock);
	err = image_get(fs, ent, &im);
	if (err == 0) {
		err = open_own_file(sy, im, text, &fd);
		if (err == -EBUSY)
			err = open_copy(sy, im->mode, text, &fd);
	}
	pthread_mutex_unlock(&sy->lock);
	if (err == 0)
		*out = fd;
	return err;
}

int
synth_image_link(struct fs *fs, const char *target, int *out)
{
	struct synth *sy = synth_of(fs);
	int err, fd = -1;

	pthread_mutex_lock(&sy->lock);
	err = host_symlink(target, sy->dir, "link");
	if (err == 0) {
		struct open_how how = {
			.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
			.resolve = RESOLVE_BENEATH,
		};

		fd = host_openat2(sy->dir, "link", &how);
		err = fd < 0 ? fd : 0;
		host_unlink(sy->dir, "link", 0);
	}
	pthread_mutex_unlock(&sy->lock);
	if (err == 0)
		*out = fd;
	return err;
}
