/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images: real directories and files in the scratch directory that stand for
 * synthetic objects.
 *
 * All images of an instance lie flat in its directory, under names that mean
 * nothing ("i42"); struct synth_image says which object one is for.  The
 * entries inside a directory's image are empty things of the right type.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "include/auto.h"
#include "vfs/fs/synth_priv.h"

#define SWEEP_MIN	256

/* ------------------------------------------------------------ the scratch */

/* In which order does this filesystem list?  tmpfs: the newest first. */
static int
probe_order(struct synth_scratch *s)
{
	AUTO_FD fd = -1;
	AUTO_DIR DIR *d = NULL;
	struct dirent *e;
	int err;

	fd = synth_open_beneath(s->dir, ".", O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;
	err = host_mknod(s->dir, "old", S_IFREG | 0600, 0);
	if (err == 0)
		err = host_mknod(s->dir, "new", S_IFREG | 0600, 0);
	if (err < 0)
		return err;
	d = fdopendir(fd);
	if (!d)
		return -errno;
	steal_fd(&fd);
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, "new") == 0) {
			s->newest_first = true;
			break;
		}
		if (strcmp(e->d_name, "old") == 0)
			break;
	}
	host_unlink(s->dir, "old", 0);
	host_unlink(s->dir, "new", 0);
	return 0;
}

int
synth_scratch_init(struct synth_scratch *s, int dir)
{
	struct stat st;
	int err;

	memset(s, 0, sizeof(*s));
	s->dir = dir;
	err = host_fstat(dir, &st);
	if (err == 0) {
		s->dev = st.st_dev;
		err = probe_order(s);
	}
	if (err < 0)
		synth_scratch_fini(s);
	return err;
}

void
synth_scratch_fini(struct synth_scratch *s)
{
	if (s->dir >= 0)
		close(s->dir);
	s->dir = -1;
}

/* --------------------------------------------------------------- removing */

/* Removes all that is in a directory of directories of empty things, and no
 * deeper.  The modes of images deny writing. */
static void
empty_dir(int dir, int depth)
{
	AUTO_DIR DIR *d = NULL;
	struct dirent *e;
	int fd;

	host_chmod(dir, 0700);
	fd = synth_open_beneath(dir, ".", O_RDONLY | O_DIRECTORY, 0);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((e = readdir(d)) != NULL) {
		AUTO_FD sub = -1;

		if (is_dot(e->d_name) || remove_entry(dir, e->d_name) == 0 ||
		    depth == 0)
			continue;
		sub = synth_open_beneath(dir, e->d_name, O_PATH | O_DIRECTORY, 0);
		if (sub < 0)
			continue;
		empty_dir(sub, depth - 1);
		host_unlink(dir, e->d_name, AT_REMOVEDIR);
	}
}

static void
image_remove(struct synth *sy, struct synth_image *im)
{
	struct image_name n = image_name(im);

	if (remove_entry(sy->dir, n.s) == -ENOTEMPTY) {
		AUTO_FD fd = synth_open_beneath(sy->dir, n.s, O_PATH | O_DIRECTORY,
					  0);

		if (fd >= 0)
			empty_dir(fd, 0);
		host_unlink(sy->dir, n.s, AT_REMOVEDIR);
	}
	LIST_REMOVE(im, key_link);
	LIST_REMOVE(im, ino_link);
	sy->nr_images--;
	free(im);
}

int
synth_images_init(struct synth *sy)
{
	struct synth_scratch *s = sy->scratch;
	int err;

	snprintf(sy->name, sizeof(sy->name), "s%u",
		 atomic_fetch_add(&s->next, 1));
	err = host_mkdir(s->dir, sy->name, 0700);
	if (err < 0)
		return err;
	sy->dir = synth_open_beneath(s->dir, sy->name, O_RDONLY | O_DIRECTORY, 0);
	if (sy->dir < 0) {
		err = sy->dir;
		host_unlink(s->dir, sy->name, AT_REMOVEDIR);
		return err;
	}
	sy->sweep_at = SWEEP_MIN;
	return 0;
}

void
synth_images_fini(struct synth *sy)
{
	for (size_t i = 0; i < SYNTH_HASH; i++)
		while (!LIST_EMPTY(&sy->by_key[i]))
			image_remove(sy, LIST_FIRST(&sy->by_key[i]));
	empty_dir(sy->dir, 1);
	close(sy->dir);
	host_unlink(sy->scratch->dir, sy->name, AT_REMOVEDIR);
}

/* ----------------------------------------------------- finding and making */

static size_t
key_bucket(const uint64_t key[3])
{
	uint64_t h = key[0] * 0x9e3779b97f4a7c15ULL;

	h = (h ^ key[1]) * 0x9e3779b97f4a7c15ULL;
	h = (h ^ key[2]) * 0x9e3779b97f4a7c15ULL;
	return h >> 56;
}

static int
make_image(struct synth *sy, struct synth_image *im)
{
	struct image_name n = image_name(im);
	struct stat st;
	int err;

	if (S_ISDIR(im->mode))
		err = host_mkdir(sy->dir, n.s, im->mode & 07777);
	else
		err = host_mknod(sy->dir, n.s, S_IFREG | (im->mode & 07777),
				 0);
	if (err < 0)
		return err;
	err = host_fstatat(sy->dir, n.s, &st);
	if (err < 0)
		remove_entry(sy->dir, n.s);
	else
		im->ino = st.st_ino;
	return err;
}

static struct synth_image *
image_find(struct synth *sy, const uint64_t key[3])
{
	struct synth_image *im;

	LIST_FOREACH(im, &sy->by_key[key_bucket(key)], key_link)
		if (synth_key_equal(im->key, key))
			return im;
	return NULL;
}

int
image_get(struct fs *fs, const struct synth_ent *ent,
	  struct synth_image **out)
{
	struct synth *sy = synth_of(fs);
	size_t b = key_bucket(ent->key);
	struct synth_image *im;
	int err;

	im = image_find(sy, ent->key);
	if (im) {
		*out = im;
		return 0;
	}
	im = calloc(1, sizeof(*im));
	if (!im)
		return -ENOMEM;
	memcpy(im->key, ent->key, sizeof(im->key));
	im->id = sy->next_image++;
	im->mode = ent->mode;
	err = make_image(sy, im);
	if (err < 0) {
		free(im);
		return err;
	}
	LIST_INSERT_HEAD(&sy->by_key[b], im, key_link);
	LIST_INSERT_HEAD(&sy->by_ino[im->ino % SYNTH_HASH], im, ino_link);
	sy->nr_images++;
	*out = im;
	return 0;
}

/* All keys at this moment, malloc'ed; their number. */
static size_t
copy_keys(struct synth *sy, uint64_t (**out)[3])
{
	struct synth_image *im;
	size_t n = 0;

	*out = NULL;
	pthread_mutex_lock(&sy->lock);
	if (sy->nr_images >= sy->sweep_at)
		*out = calloc(sy->nr_images, sizeof(**out));
	for (size_t i = 0; *out && i < SYNTH_HASH; i++)
		LIST_FOREACH(im, &sy->by_key[i], key_link)
			memcpy((*out)[n++], im->key, sizeof(im->key));
	pthread_mutex_unlock(&sy->lock);
	return n;
}

/* alive() is asked without the lock. */
void
synth_sweep(struct fs *fs)
{
	struct synth *sy = synth_of(fs);
	uint64_t (*keys)[3];
	size_t n;

	if (!sy->ops->alive)
		return;
	n = copy_keys(sy, &keys);
	if (!keys)
		return;
	for (size_t i = 0; i < n; i++) {
		struct synth_image *im;

		if (sy->ops->alive(fs, keys[i]))
			continue;
		pthread_mutex_lock(&sy->lock);
		im = image_find(sy, keys[i]);
		if (im)
			image_remove(sy, im);
		pthread_mutex_unlock(&sy->lock);
	}
	free(keys);
	pthread_mutex_lock(&sy->lock);
	sy->sweep_at = 2 * sy->nr_images;
	if (sy->sweep_at < SWEEP_MIN)
		sy->sweep_at = SWEEP_MIN;
	pthread_mutex_unlock(&sy->lock);
}

int
synth_image_stat(struct fs *fs, const struct synth_ent *ent, struct stat *st)
{
	struct synth *sy = synth_of(fs);
	struct synth_image *im;
	int err;

	synth_sweep(fs);
	pthread_mutex_lock(&sy->lock);
	err = image_get(fs, ent, &im);
	if (err == 0)
		err = host_fstatat(sy->dir, image_name(im).s, st);
	pthread_mutex_unlock(&sy->lock);
	return err;
}

int
synth_image_path(struct fs *fs, const struct synth_ent *ent, int *fd)
{
	struct synth *sy = synth_of(fs);
	struct synth_image *im;
	int err;

	synth_sweep(fs);
	pthread_mutex_lock(&sy->lock);
	err = image_get(fs, ent, &im);
	if (err == 0) {
		err = synth_open_beneath(sy->dir, image_name(im).s,
				   O_PATH | O_NOFOLLOW, 0);
		if (err >= 0) {
			*fd = err;
			err = 0;
		}
	}
	pthread_mutex_unlock(&sy->lock);
	return err;
}

int
synth_image_key(struct fs *fs, const struct stat *st, uint64_t key[3])
{
	struct synth *sy = synth_of(fs);
	struct synth_image *im;
	int err = -ESTALE;

	if (st->st_dev != sy->scratch->dev)
		return -ESTALE;
	pthread_mutex_lock(&sy->lock);
	LIST_FOREACH(im, &sy->by_ino[st->st_ino % SYNTH_HASH], ino_link) {
		if (im->ino == st->st_ino) {
			memcpy(key, im->key, sizeof(im->key));
			err = 0;
			break;
		}
	}
	pthread_mutex_unlock(&sy->lock);
	return err;
}
