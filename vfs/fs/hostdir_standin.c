/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostdir: what stands where the host has a mount.
 *
 * A look-up never enters a mount of the host below the root.  But something
 * must be there to mount upon, as a recursive bind would.  The embedder gives
 * an empty directory or file of its own for each such place; a look-up that
 * ends at the place finds that instead.  What is mounted there hides it.
 */
#include "vfs/fs/hostdir.h"

#include <limits.h>
#include <string.h>

#include "include/auto.h"

void
hostdir_standins_free(struct hostdir *hd)
{
	size_t i;

	for (i = 0; i < hd->nr_standins; i++) {
		close(hd->standins[i].fd);
		free(hd->standins[i].path);
	}
	free(hd->standins);
	hd->standins = NULL;
	hd->nr_standins = 0;
}

/* At or below a denied place nothing is to be found, nor mounted. */
static bool
is_denied(const struct hostfs_export *ex, const char *path)
{
	for (size_t i = 0; i < ex->nr_deny; i++) {
		size_t len = strlen(ex->deny[i]);

		while (len && ex->deny[i][len - 1] == '/')
			len--;
		if (strncmp(path, ex->deny[i], len) == 0 &&
		    (!path[len] || path[len] == '/'))
			return true;
	}
	return false;
}

int
hostdir_standins_set(struct hostdir *hd, const struct hostfs_export *ex)
{
	struct hostdir_standin *s;
	struct stat st;
	int err = 0;

	if (ex->nr_standins == 0)
		return 0;
	hd->standins = calloc(ex->nr_standins, sizeof(*hd->standins));
	if (!hd->standins)
		return -ENOMEM;
	for (size_t i = 0; i < ex->nr_standins && !err; i++) {
		const struct hostfs_standin *given = &ex->standins[i];

		if (is_denied(ex, given->path))
			continue;
		s = &hd->standins[hd->nr_standins];
		s->fd = host_reopen(given->fd, O_PATH | O_CLOEXEC, 0);
		if (s->fd < 0)
			return s->fd;
		hd->nr_standins++;
		s->path = strdup(given->path);
		err = s->path ? host_fstat(s->fd, &st) : -ENOMEM;
		if (!err) {
			s->dev = st.st_dev;
			s->ino = st.st_ino;
		}
	}
	return err;
}

/* The path of `rest`, which starts at the node `base`, from the root. */
static int
path_from_root(struct node *base, const char *rest, char **out)
{
	AUTO_FREE char *dir = malloc(PATH_MAX);
	bool deleted = false;
	ssize_t n;

	if (!dir)
		return -ENOMEM;
	n = hostdir_node_path(base, dir, PATH_MAX, &deleted);
	if (n < 0 || deleted)
		return n < 0 ? (int)n : -ENOENT;
	return asprintf(out, "%s%s%s", dir + 1, n > 1 ? "/" : "", rest) < 0 ?
		-ENOMEM : 0;
}

int
hostdir_standin_find(struct node *base, const char *rest, int *fd)
{
	const struct hostdir *hd = hostdir_of(base->fs);
	AUTO_FREE char *path = NULL;
	size_t i;
	int err;

	if (!hd->nr_standins)
		return -EACCES;
	err = path_from_root(base, rest, &path);
	for (i = 0; i < hd->nr_standins && !err; i++) {
		if (strcmp(hd->standins[i].path, path) != 0)
			continue;
		*fd = host_dup(hd->standins[i].fd);
		return *fd < 0 ? *fd : 0;
	}
	return -EACCES;
}

const char *
hostdir_standin_path(const struct node *n)
{
	const struct hostdir *hd = hostdir_of(n->fs);
	size_t i;

	for (i = 0; i < hd->nr_standins; i++)
		if (hd->standins[i].dev == n->key[0] &&
		    hd->standins[i].ino == n->key[1])
			return hd->standins[i].path;
	return NULL;
}
