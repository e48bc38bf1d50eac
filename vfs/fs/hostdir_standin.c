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

int
hostdir_standins_set(struct hostdir *hd, const struct hostfs_standin *list,
		     size_t nr)
{
	struct hostdir_standin *s;
	struct stat st;
	size_t i;
	int err = 0;

	if (nr == 0)
		return 0;
	hd->standins = calloc(nr, sizeof(*hd->standins));
	if (!hd->standins)
		return -ENOMEM;
	for (i = 0; i < nr && !err; i++) {
		s = &hd->standins[i];
		s->fd = host_reopen(list[i].fd, O_PATH | O_CLOEXEC, 0);
		if (s->fd < 0)
			return s->fd;
		hd->nr_standins++;
		s->path = strdup(list[i].path);
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
