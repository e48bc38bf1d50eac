/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories that are not empty are moved up into the top directory instead
 * of being descended into, so nothing ever is deeper than two levels.
 */
#include "supervisor/rmtree.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "include/auto.h"
#include "include/uapi.h"

struct rmtree {
	int top;
	dev_t dev;
	unsigned long hoisted;	/* names given so far */
	int err;		/* first failure */
	bool progress;
};

/*
 * Opens a directory for reading and makes it ours to change.  -EXDEV: on
 * another filesystem.
 */
static int
open_dir(int parent, const char *name, dev_t dev)
{
	AUTO_FD path = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW |
			      O_CLOEXEC);
	char link[32];
	struct stat st;
	int fd;

	if (path < 0 || fstat(path, &st) < 0)
		return -errno;
	if (st.st_dev != dev)
		return -EXDEV;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", path);
	if ((st.st_mode & 0700) != 0700 && chmod(link, 0700) < 0)
		return -errno;
	fd = open(link, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Takes `fd` in every case. */
static DIR *
dir_of(int fd)
{
	DIR *d = fdopendir(fd);

	if (!d)
		close(fd);
	return d;
}

static struct dirent *
next_entry(DIR *d)
{
	struct dirent *e;

	do {
		e = readdir(d);
	} while (e && (strcmp(e->d_name, ".") == 0 ||
		       strcmp(e->d_name, "..") == 0));
	return e;
}

/* Removes what is no directory, or an empty one.  -ENOTEMPTY. */
static int
remove_simple(struct rmtree *t, int dir, const char *name)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT) {
		t->progress = true;
		return 0;
	}
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0) {
		t->progress = true;
		return 0;
	}
	return errno == EEXIST ? -ENOTEMPTY : -errno;
}

/* Moves a directory up to the top, under a name not in use. */
static int
hoist(struct rmtree *t, int dir, const char *name)
{
	AUTO_FD fd = open_dir(dir, name, t->dev);	/* for its mode */
	char fresh[32];

	if (fd < 0)
		return fd;
	do {
		snprintf(fresh, sizeof(fresh), "up.%lu", t->hoisted++);
		if (syscall(SYS_renameat2, dir, name, t->top, fresh,
			    RENAME_NOREPLACE) == 0) {
			t->progress = true;
			return 0;
		}
	} while (errno == EEXIST);
	return -errno;
}

static void
note_error(struct rmtree *t, int err)
{
	if (err && !t->err)
		t->err = err;
}

/* Empties one directory of the top. */
static int
flatten(struct rmtree *t, const char *name)
{
	int fd = open_dir(t->top, name, t->dev);
	struct dirent *e;
	AUTO_DIR DIR *d = NULL;

	if (fd < 0)
		return fd;
	d = dir_of(fd);
	if (!d)
		return -ENOMEM;
	while ((e = next_entry(d))) {
		int err = remove_simple(t, dirfd(d), e->d_name);

		if (err == -ENOTEMPTY)
			err = hoist(t, dirfd(d), e->d_name);
		note_error(t, err);
	}
	return 0;
}

/* Goes over the top directory once; false when it is empty. */
static bool
pass(struct rmtree *t)
{
	int fd = openat(t->top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_DIR DIR *d = fd >= 0 ? dir_of(fd) : NULL;
	struct dirent *e;
	bool any = false;

	if (!d) {
		note_error(t, -ENOMEM);
		return false;
	}
	t->progress = false;
	while ((e = next_entry(d))) {
		int err = remove_simple(t, t->top, e->d_name);

		any = true;
		if (err == -ENOTEMPTY)
			err = flatten(t, e->d_name);
		note_error(t, err);
	}
	return any;
}

int
rmtree_at(int parent, const char *name, const struct stat *id)
{
	struct rmtree t = { 0 };
	AUTO_FD top = -1;
	struct stat st;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (id && (st.st_dev != id->st_dev || st.st_ino != id->st_ino))
		return -ESTALE;
	top = open_dir(parent, name, st.st_dev);
	if (top < 0)
		return top;
	if (fstat(top, &st) < 0)
		return -errno;
	if (id && (st.st_dev != id->st_dev || st.st_ino != id->st_ino))
		return -ESTALE;
	t.top = top;
	t.dev = st.st_dev;
	/* Until a pass finds nothing, or can do nothing. */
	while (pass(&t) && t.progress)
		t.err = 0;
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return t.err ? t.err : -errno;
	return 0;
}
