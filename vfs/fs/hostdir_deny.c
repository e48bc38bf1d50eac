/* SPDX-License-Identifier: Apache-2.0 */
/* The rules as a tree of names, each with the identities seen there. */
#include "vfs/fs/hostdir_deny.h"

#include <pthread.h>
#include <string.h>

#include "include/auto.h"
#include "vfs/fs/hostdir.h"

/* More identities than this for one name, and the name matches everywhere:
 * nobody gets rid of a rule by making directories until it is forgotten. */
#define DENY_MAX_IDS 256

struct deny_id {
	dev_t dev;
	ino_t ino;
};

struct deny_name {
	size_t parent;		/* index of the directory it is in */
	char *name;		/* NULL for the root, index 0 */
	bool denied;		/* a rule ends here; else on the way to one */
	bool anywhere;		/* in whichever directory */
	int pin;		/* keeps the first object's inode, or -1 */
	size_t nr_ids;
	struct deny_id *ids;
};

struct hostdir_deny {
	pthread_mutex_t lock;
	int root;		/* [I] where it looks */
	bool seen;		/* [lock] what there is has been noted */
	size_t nr;
	struct deny_name *names;
};

static bool
name_has_id(const struct deny_name *n, const struct stat *st)
{
	for (size_t i = 0; i < n->nr_ids; i++)
		if (n->ids[i].ino == st->st_ino && n->ids[i].dev == st->st_dev)
			return true;
	return false;
}

static void
name_add_id(struct deny_name *n, const struct stat *st)
{
	struct deny_id *ids;

	if (name_has_id(n, st))
		return;
	ids = n->nr_ids < DENY_MAX_IDS ?
	    reallocarray(n->ids, n->nr_ids + 1, sizeof(*ids)) : NULL;
	if (!ids) {
		n->anywhere = true;
		return;
	}
	ids[n->nr_ids].dev = st->st_dev;
	ids[n->nr_ids].ino = st->st_ino;
	n->ids = ids;
	n->nr_ids++;
}

/* The directory that `n` is in may have been forgotten: then any is it. */
static bool
name_matches(const struct hostdir_deny *d, const struct deny_name *n,
	     const struct stat *dir, const char *name)
{
	const struct deny_name *parent = &d->names[n->parent];

	if (strcmp(n->name, name) != 0)
		return false;
	return n->anywhere || parent->anywhere || name_has_id(parent, dir);
}

/* Notes what is at `path` now, if that can be told (it may be a mount). */
static int
deny_see(struct deny_name *n, int root, const char *path)
{
	AUTO_FD fd = hostdir_openat(root, path, O_PATH | O_NOFOLLOW, 0);
	struct stat st;
	int err;

	if (fd == -ENOENT || fd == -ENOTDIR || fd == -EACCES)
		return 0;
	if (fd < 0)
		return fd;
	err = host_fstat(fd, &st);
	if (err)
		return err;
	name_add_id(n, &st);
	n->pin = steal_fd(&fd);
	return 0;
}

/* The path of name number `i`, malloc'ed. */
static char *
deny_path(const struct hostdir_deny *d, size_t i)
{
	const struct deny_name *n = &d->names[i];
	AUTO_FREE char *dir = NULL;
	char *path;

	if (n->parent == 0)
		return strdup(n->name);
	dir = deny_path(d, n->parent);
	return dir && asprintf(&path, "%s/%s", dir, n->name) >= 0 ? path :
	    NULL;
}

/* Where a directory is not there, nothing below it is. */
static int
deny_see_all_locked(struct hostdir_deny *d)
{
	for (size_t i = 1; i < d->nr; i++) {
		AUTO_FREE char *path = NULL;
		int err;

		if (d->names[d->names[i].parent].nr_ids == 0 ||
		    d->names[i].pin >= 0)
			continue;
		path = deny_path(d, i);
		err = path ? deny_see(&d->names[i], d->root, path) : -ENOMEM;
		if (err)
			return err;
	}
	d->seen = true;
	return 0;
}

bool
hostdir_deny_step(struct hostdir_deny *d, const struct stat *dir,
		  const char *name, const struct stat *child)
{
	bool denied = false;

	pthread_mutex_lock(&d->lock);
	if (!d->seen && deny_see_all_locked(d) < 0)
		denied = true;
	for (size_t i = 1; i < d->nr; i++) {
		struct deny_name *n = &d->names[i];

		if (name_matches(d, n, dir, name)) {
			if (child)
				name_add_id(n, child);
			denied = denied || n->denied;
		}
		if (n->denied && child && name_has_id(n, child))
			denied = true;
	}
	pthread_mutex_unlock(&d->lock);
	return denied;
}

/* The entry for `name` in entry `parent`, found or added; 0 on no memory. */
static size_t
deny_add_name(struct hostdir_deny *d, size_t parent, const char *name,
	      size_t len)
{
	struct deny_name *names;
	char *copy;

	for (size_t i = 1; i < d->nr; i++)
		if (d->names[i].parent == parent &&
		    strlen(d->names[i].name) == len &&
		    memcmp(d->names[i].name, name, len) == 0)
			return i;
	names = reallocarray(d->names, d->nr + 1, sizeof(*names));
	if (!names)
		return 0;
	d->names = names;
	copy = strndup(name, len);
	if (!copy)
		return 0;
	names[d->nr] = (struct deny_name){
		.parent = parent, .name = copy, .pin = -1,
	};
	return d->nr++;
}

static int
deny_add_path(struct hostdir_deny *d, const char *path)
{
	const char *p = path;
	size_t at = 0;

	if (!*path)
		return -EINVAL;
	while (*p) {
		size_t len = strcspn(p, "/");
		const char *end = p + len;

		if (len == 0 || (len == 1 && p[0] == '.') ||
		    (len == 2 && p[0] == '.' && p[1] == '.'))
			return -EINVAL;
		at = deny_add_name(d, at, p, len);
		if (at == 0)
			return -ENOMEM;
		p = *end ? end + 1 : end;
	}
	d->names[at].denied = true;
	return 0;
}

int
hostdir_deny_new(int root, const char *const *paths, size_t nr,
		 struct hostdir_deny **out)
{
	struct hostdir_deny *d = calloc(1, sizeof(*d));
	struct stat st;
	int err;

	if (!d)
		return -ENOMEM;
	pthread_mutex_init(&d->lock, NULL);
	d->root = host_dup(root);
	err = d->root < 0 ? d->root : 0;
	if (!err)
		d->names = calloc(1, sizeof(*d->names));
	if (!err && !d->names)
		err = -ENOMEM;
	if (err)
		goto fail;
	d->names[0].pin = -1;
	d->nr = 1;
	err = host_fstat(root, &st);
	if (err)
		goto fail;
	name_add_id(&d->names[0], &st);
	for (size_t i = 0; i < nr; i++) {
		err = deny_add_path(d, paths[i]);
		if (err)
			goto fail;
	}
	*out = d;
	return 0;
fail:
	hostdir_deny_free(d);
	return err;
}

void
hostdir_deny_free(struct hostdir_deny *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->nr; i++) {
		if (d->names[i].pin >= 0)
			close(d->names[i].pin);
		free(d->names[i].ids);
		free(d->names[i].name);
	}
	if (d->root >= 0)
		close(d->root);
	free(d->names);
	pthread_mutex_destroy(&d->lock);
	free(d);
}
