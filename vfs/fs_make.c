/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fs_make.c - a filesystem for a new mount: made, or the one that there is.
 * As vfs_get_tree() and sget_fc() in fs/super.c.
 */
#include <errno.h>

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

int
fs_make(const struct fs_type *t, struct vfs *v, const struct vfs_ctx *c,
	const char *source, unsigned long sb_flags, const char *data,
	const void *fs_data, struct fs **out, struct node **root)
{
	struct fs *fs = NULL;
	int err;

	if (c && (t->flags & FST_SHARED)) {
		if (data && *data)
			return -EINVAL;
		fs = find_get(v, t, c->user_ns);
	}
	if (fs) {
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
