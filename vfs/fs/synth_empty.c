/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqueue and cgroup2: there is nothing in them.  POSIX message queues are not
 * offered, and a guest has no control groups to arrange.
 */
#include "vfs/fs/synth_empty.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>

#define MQUEUE_MAGIC	0x19800202

static int
empty_describe(struct fs *fs, struct synth_ent *ent)
{
	const struct synth_empty *e = synth_of(fs)->priv;

	ent->kind = SYNTH_DIR;
	ent->mode = S_IFDIR | e->mode;
	return 0;
}

static int
empty_child(struct fs *fs, const struct vfs_ctx *c,
	    const struct synth_ent *dir, const char *name,
	    struct synth_ent *out)
{
	(void)fs;
	(void)c;
	(void)dir;
	(void)name;
	(void)out;
	return -ENOENT;
}

static int
empty_parent(struct fs *fs, const uint64_t key[3], uint64_t dir[3],
	     char name[NAME_MAX + 1])
{
	(void)fs;
	(void)key;
	(void)dir;
	(void)name;
	return -ENOENT;
}

static int
empty_list(struct fs *fs, const struct vfs_ctx *c,
	   const struct synth_ent *dir, struct synth_names *out)
{
	(void)fs;
	(void)c;
	(void)dir;
	(void)out;
	return 0;
}

#define EMPTY_OPS							\
	.describe = empty_describe, .child = empty_child,		\
	.parent = empty_parent, .list = empty_list

static const struct synth_ops mqueue_ops = {
	.magic = MQUEUE_MAGIC, EMPTY_OPS,
};
static const struct synth_ops cgroup2_ops = {
	.magic = CGROUP2_SUPER_MAGIC, EMPTY_OPS,
};

static int
empty_get_tree(const struct fs_type *t, struct vfs *v,
	       const struct vfs_ctx *c, const char *source,
	       unsigned long sb_flags, const char *data, const void *fs_data,
	       struct fs **out, struct node **root)
{
	struct synth_empty *e =
		(struct synth_empty *)((char *)(uintptr_t)t -
				       offsetof(struct synth_empty, type));

	(void)c;
	(void)source;
	(void)fs_data;
	if (data && *data)
		return -EINVAL;
	return synth_fs_new(v, t, e->ops, e->scratch, sb_flags, e, out, root);
}

static int
empty_register(struct synth_empty *e, struct vfs *v, struct synth_scratch *s,
	       const char *name, mode_t mode, const struct synth_ops *ops)
{
	memset(e, 0, sizeof(*e));
	e->type.name = name;
	e->type.flags = FST_NODEV | FST_USERNS | FST_SHARED;
	e->type.get_tree = empty_get_tree;
	e->scratch = s;
	e->mode = mode;
	e->ops = ops;
	return vfs_register_type(v, &e->type);
}

int
mqueue_register(struct synth_empty *e, struct vfs *v, struct synth_scratch *s)
{
	return empty_register(e, v, s, "mqueue", 01777, &mqueue_ops);
}

int
cgroup2_register(struct synth_empty *e, struct vfs *v,
		 struct synth_scratch *s)
{
	return empty_register(e, v, s, "cgroup2", 0555, &cgroup2_ops);
}
