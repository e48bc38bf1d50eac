/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fs_make.c - a filesystem for a new mount: made, or the one that there is.
 * As vfs_get_tree() and sget_fc() in fs/super.c.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "include/auto.h"
#include "vfs/mount_op.h"

/* One of the type and the owner that is in use, counted; NULL: none. */
static struct fs *
find_get(struct vfs *v, const struct fs_type *t, uint64_t owner)
{
	struct fs *fs;

	pthread_mutex_lock(&v->fs_lock);
	LIST_FOREACH(fs, &v->all_fs, vfs_link)
		if (fs->type == t && fs->shared && fs->owner == owner &&
		    ref_try_get(&fs->ref))
			break;
	pthread_mutex_unlock(&v->fs_lock);
	return fs;
}

/* A mount of one that is shared says its options anew. */
static int
again(const struct fs_type *t, struct fs *fs, const struct vfs_ctx *c,
      const char *data)
{
	if (t->check_param && fs->ops->reconfigure)
		return fs->ops->reconfigure(fs, c, data);
	return data && *data ? -EINVAL : 0;
}

int
fs_make(const struct fs_type *t, struct vfs *v, const struct vfs_ctx *c,
	const char *source, unsigned long sb_flags, const char *data,
	const void *fs_data, struct fs **out, struct node **root)
{
	struct fs *fs = NULL;
	int err;

	if (c && (t->flags & FST_SHARED)) {
		if (data && *data && !t->check_param)
			return -EINVAL;
		fs = find_get(v, t, c->user_ns);
	}
	if (fs) {
		err = again(t, fs, c, data);
		if (err < 0) {
			fs_put(fs);
			return err;
		}
		*root = node_get(fs->root);
		*out = fs;
		return 0;
	}
	err = t->get_tree(t, v, c, source, sb_flags, data, fs_data, &fs, root);
	if (err < 0)
		return err;
	fs_set_owner(fs, c ? c->user_ns : 0);
	/* what the embedder has mounted is his, with flags of its own */
	pthread_mutex_lock(&v->fs_lock);
	fs->shared = c && (t->flags & FST_SHARED);
	pthread_mutex_unlock(&v->fs_lock);
	*out = fs;
	return 0;
}

/* Ends the first option and returns the next, or NULL.  As shmem_next_opt(): a
 * comma before a digit belongs to a list. */
static char *
next_option(char *s)
{
	while ((s = strchr(s, ',')) && isdigit((unsigned char)s[1]))
		s++;
	if (s)
		*s++ = '\0';
	return s;
}

int
fs_check_options(const struct fs_type *t, const struct vfs_ctx *c,
		 const char *data)
{
	AUTO_FREE char *copy = NULL;

	if (!data || !t->check_param)
		return 0;
	copy = strdup(data);
	if (!copy)
		return -ENOMEM;
	for (char *word = copy, *next; word; word = next) {
		struct fs_param p = { .key = word };
		char *value;

		next = next_option(word);
		value = strchr(word, '=');
		if (!*word || value == word)
			continue;
		if (value) {
			*value++ = '\0';
			p.type = FS_PARAM_STRING;
			p.string = value;
		}
		if (t->check_param(t, c, &p, NULL))
			return -EINVAL;
	}
	return 0;
}
