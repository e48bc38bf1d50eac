/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqueue and cgroup2: there is nothing in them.  POSIX message queues are not
 * offered, and a guest has no control groups to arrange.
 */
#include "vfs/fs/synth_empty.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>

#include "include/auto.h"

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

/* In the order in which they are shown, as cgroup_show_options(). */
static const struct fs_spec cgroup2_specs[] = {
	{ "nsdelegate", FS_TAKES_NOTHING },
	{ "favordynmods", FS_TAKES_NOTHING },
	{ "memory_localevents", FS_TAKES_NOTHING },
	{ "memory_recursiveprot", FS_TAKES_NOTHING },
	{ "memory_hugetlb_accounting", FS_TAKES_NOTHING },
	{ "pids_localevents", FS_TAKES_NOTHING },
	{ NULL, FS_TAKES_NOTHING },
};

static int
cgroup2_check_param(const struct fs_type *t, const struct vfs_ctx *c,
		    const struct fs_param *p, struct fs_log *log)
{
	(void)t;
	(void)c;
	return fs_param_check(cgroup2_specs, p, log);
}

/* As apply_cgroup_root_flags(): what is not named is off. */
static int
cgroup2_parse(const char *data, unsigned int *out)
{
	AUTO_FREE char *copy = strdup(data ? data : "");
	char *rest = copy, *word;

	*out = 0;
	if (!copy)
		return -ENOMEM;
	while ((word = strsep(&rest, ",")) != NULL) {
		unsigned int i = 0;

		if (!*word)
			continue;
		while (cgroup2_specs[i].name &&
		       strcmp(word, cgroup2_specs[i].name) != 0)
			i++;
		if (!cgroup2_specs[i].name)
			return -EINVAL;
		*out |= 1u << i;
	}
	return 0;
}

static int
cgroup2_reconfigure(struct fs *fs, const struct vfs_ctx *c, const char *data)
{
	struct synth_empty *e = synth_of(fs)->priv;
	unsigned int options;
	int err = cgroup2_parse(data, &options);

	(void)c;
	if (err == 0)
		e->options = options;
	return err;
}

static int
cgroup2_show_options(struct fs *fs, char *buf, size_t size)
{
	const struct synth_empty *e = synth_of(fs)->priv;
	size_t at = 0;

	*buf = '\0';
	for (unsigned int i = 0; cgroup2_specs[i].name; i++) {
		if (!(e->options & 1u << i))
			continue;
		at += (size_t)snprintf(buf + at, size - at, ",%s",
				       cgroup2_specs[i].name);
		if (at >= size)
			return -ERANGE;
	}
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
	.reconfigure = cgroup2_reconfigure,
	.show_options = cgroup2_show_options,
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

	unsigned int options = 0;
	int err = 0;

	(void)c;
	(void)source;
	(void)fs_data;
	if (t->check_param)
		err = cgroup2_parse(data, &options);
	else if (data && *data)
		err = -EINVAL;
	if (err < 0)
		return err;
	e->options = options;
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
	int err = empty_register(e, v, s, "cgroup2", 0555, &cgroup2_ops);

	e->type.check_param = cgroup2_check_param;
	return err;
}
