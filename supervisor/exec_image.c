/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/exec_image.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "arch/arch.h"
#include "include/auto.h"
#include "vfs/hostcall.h"

#define KEPT_MAX	32
/* Two changes within one tick of the kernel's clock bear the same time. */
#define SETTLED_NS	INT64_C(100000000)

static struct {
	pthread_mutex_t lock;
	struct exec_image *image[KEPT_MAX];	/* counted; oldest first */
	size_t nr;
	bool none;
} kept = { .lock = PTHREAD_MUTEX_INITIALIZER };
/* How many of them are not lasting: looked at without the lock. */
static _Atomic unsigned int nr_fleeting;

void
exec_image_put(struct exec_image *img)
{
	if (!img || !ref_put(&img->ref))
		return;
	if (img->fd >= 0)
		close(img->fd);
	elf_fini(&img->program);
	elf_fini(&img->interp);
	free(img);
}

/* ------------------------------------------------------------ what is kept */

static void
fill_key(struct exec_image_key *k, const struct statx *st)
{
	memset(k, 0, sizeof(*k));
	k->dev = (uint64_t)st->stx_dev_major << 32 | st->stx_dev_minor;
	k->ino = st->stx_ino;
	k->mnt = st->stx_mnt_id;
	k->size = st->stx_size;
	k->ctime.tv_sec = st->stx_ctime.tv_sec;
	k->ctime.tv_nsec = st->stx_ctime.tv_nsec;
	k->mtime.tv_sec = st->stx_mtime.tv_sec;
	k->mtime.tv_nsec = st->stx_mtime.tv_nsec;
}

/* Will its next change show?  Some filesystems know whole seconds only, and
 * pairs of them. */
static bool
is_settled(const struct statx *st)
{
	struct timespec now;
	int64_t age;

	clock_gettime(CLOCK_REALTIME, &now);
	age = now.tv_sec - st->stx_ctime.tv_sec;
	if (age < 0 || age > 2 || st->stx_ctime.tv_nsec == 0)
		return age > 2;
	return age * 1000000000 + now.tv_nsec - st->stx_ctime.tv_nsec >
	       SETTLED_NS;
}

static bool
may_be_kept(const struct statx *st)
{
	return (st->stx_mask & STATX_MNT_ID) && st->stx_nlink == 1;
}

static void
drop_locked(size_t i)
{
	struct exec_image *img = kept.image[i];

	kept.nr--;
	memmove(&kept.image[i], &kept.image[i + 1],
		(kept.nr - i) * sizeof(kept.image[0]));
	if (!img->lasting)
		nr_fleeting--;
	exec_image_put(img);
}

/* Counted, or NULL; the last used goes to the end. */
static struct exec_image *
find_kept(const struct exec_image_key *key)
{
	struct exec_image *img = NULL;
	size_t i;

	pthread_mutex_lock(&kept.lock);
	for (i = kept.nr; i-- > 0; ) {
		img = kept.image[i];
		if (img->key.ino == key->ino && img->key.dev == key->dev)
			break;
		img = NULL;
	}
	if (img && memcmp(&img->key, key, sizeof(*key)) != 0) {
		drop_locked(i);
		img = NULL;
	}
	if (img) {
		memmove(&kept.image[i], &kept.image[i + 1],
			(kept.nr - 1 - i) * sizeof(kept.image[0]));
		kept.image[kept.nr - 1] = img;
		ref_get(&img->ref);
	}
	pthread_mutex_unlock(&kept.lock);
	return img;
}

static void
keep(struct exec_image *img)
{
	pthread_mutex_lock(&kept.lock);
	if (!kept.none) {
		if (kept.nr == KEPT_MAX)
			drop_locked(0);
		ref_get(&img->ref);
		kept.image[kept.nr++] = img;
		if (!img->lasting)
			nr_fleeting++;
	}
	pthread_mutex_unlock(&kept.lock);
}

void
exec_image_forget(void)
{
	if (!nr_fleeting)
		return;
	pthread_mutex_lock(&kept.lock);
	for (size_t i = kept.nr; i-- > 0; )
		if (!kept.image[i]->lasting)
			drop_locked(i);
	pthread_mutex_unlock(&kept.lock);
}

void
exec_image_keep_none(void)
{
	pthread_mutex_lock(&kept.lock);
	kept.none = true;
	while (kept.nr > 0)
		drop_locked(kept.nr - 1);
	pthread_mutex_unlock(&kept.lock);
}

/* ----------------------------------------------------------------- opening */

/* Do changes through a mapping leave the times as they are? */
static bool
is_memory(const struct statfs *fs)
{
	unsigned long type = (unsigned long)fs->f_type;

	return type == TMPFS_MAGIC || type == RAMFS_MAGIC ||
	       type == HUGETLBFS_MAGIC;
}

static int
open_image(int fd, const struct statx *st, struct exec_image **out)
{
	struct exec_image *img;
	const unsigned int passes = host_passes;
	struct statfs fs;
	int err;

	img = calloc(1, sizeof(*img));
	if (!img)
		return -ENOMEM;
	ref_init(&img->ref);
	fill_key(&img->key, st);
	/* Who may execute it was found out; it is for us that it is read. */
	host_passes |= HOST_PASS_READ;
	img->fd = host_reopen(fd, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
			      0);
	host_passes = passes;
	err = img->fd < 0 ? img->fd : 0;
	if (err == 0 && fstatfs(img->fd, &fs) == 0) {
		img->lasting = fs.f_flags & ST_RDONLY;
		img->traceless = is_memory(&fs);
		/* The stub could not map the file. */
		if (fs.f_flags & ST_NOEXEC)
			err = -EACCES;
	}
	if (err < 0) {
		exec_image_put(img);
		return err;
	}
	/* For the instant that a lease is held its signal must be a harmless
	 * one. */
	img->leasable = st->stx_uid == geteuid() &&
			fcntl(img->fd, F_SETSIG, SIGURG) == 0;
	*out = img;
	return 0;
}

int
exec_image_get(int fd, const struct statx *st, bool may_keep,
	       struct exec_image **out)
{
	struct exec_image_key key;
	struct exec_image *img;
	int err;

	may_keep = may_keep && may_be_kept(st);
	if (may_keep) {
		fill_key(&key, st);
		img = find_kept(&key);
		if (img) {
			*out = img;
			return 0;
		}
	}
	err = open_image(fd, st, &img);
	if (err < 0)
		return err;
	if (may_keep && !img->traceless && is_settled(st))
		keep(img);
	*out = img;
	return 0;
}

/*
 * A read lease can only be had when nobody has the file open for writing; the
 * kernel grants leases to a file's owner, and nobody but owners (and root)
 * leaves programs open for writing.
 */
bool
exec_image_is_written(const struct exec_image *img)
{
	long wait = 50000;		/* ns; 12 ms in all */

	if (!img->leasable)
		return false;
	while (fcntl(img->fd, F_SETLEASE, F_RDLCK) < 0) {
		if (errno != EAGAIN)
			return false;
		/* It may be the notify thread, about to close what it has
		 * just handed to the guest. */
		if (wait > 10000000)
			return true;
		nanosleep(&(struct timespec){ .tv_nsec = wait }, NULL);
		wait *= 2;
	}
	fcntl(img->fd, F_SETLEASE, F_UNLCK);
	return false;
}

/* ----------------------------------------------------------------- reading */

/* As prepare_binprm(). */
int
exec_image_read_head(struct exec_image *img)
{
	size_t done = 0;
	ssize_t n;

	if (img->has_head)
		return 0;
	memset(img->head, 0, sizeof(img->head));
	while (done < sizeof(img->head)) {
		n = pread(img->fd, img->head + done, sizeof(img->head) - done,
			  (off_t)done);
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	img->has_head = true;
	return 0;
}

int
exec_image_read_program(struct exec_image *img)
{
	int err;

	if (img->has_program)
		return 0;
	err = elf_read_program(img->fd, img->head, ARCH_ELF_MACHINE,
			       &img->program);
	if (err < 0)
		return err;
	if (!img->program.interp)
		err = elf_read_properties(img->fd, &img->program);
	if (err < 0)
		elf_fini(&img->program);
	else
		img->has_program = true;
	return err;
}

int
exec_image_read_interp(struct exec_image *img)
{
	int err;

	if (img->has_interp)
		return 0;
	err = elf_read_interp(img->fd, ARCH_ELF_MACHINE, &img->interp);
	if (err < 0)
		return err;
	err = elf_read_properties(img->fd, &img->interp);
	if (err < 0)
		elf_fini(&img->interp);
	else
		img->has_interp = true;
	return err;
}
