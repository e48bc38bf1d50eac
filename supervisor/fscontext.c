/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fscontext.c - root, working directory and umask, shared by CLONE_FS.
 */
#include <errno.h>
#include <stdlib.h>

#include "supervisor/task.h"

int
fscontext_new(const struct path *root, const struct path *cwd, mode_t umask,
	      struct fscontext **out)
{
	struct fscontext *fs = calloc(1, sizeof(*fs));

	if (!fs)
		return -ENOMEM;
	ref_init(&fs->ref);
	pthread_mutex_init(&fs->lock, NULL);
	fs->root = *root;
	fs->cwd = *cwd;
	path_get(&fs->root);
	path_get(&fs->cwd);
	fs->umask = umask;
	*out = fs;
	return 0;
}

int
fscontext_copy(struct fscontext *from, struct fscontext **out)
{
	int err;

	pthread_mutex_lock(&from->lock);
	err = fscontext_new(&from->root, &from->cwd, from->umask, out);
	pthread_mutex_unlock(&from->lock);
	return err;
}

struct fscontext *
fscontext_get(struct fscontext *fs)
{
	ref_get(&fs->ref);
	return fs;
}

void
fscontext_put(struct fscontext *fs)
{
	if (!ref_put(&fs->ref))
		return;
	path_put(&fs->root);
	path_put(&fs->cwd);
	pthread_mutex_destroy(&fs->lock);
	free(fs);
}
