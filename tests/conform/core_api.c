/* SPDX-License-Identifier: Apache-2.0 */
/* core_api.c - emulated processes mount by descriptor. */
#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#include "include/uapi.h"
#include "tests/conform/core.h"
#include "tests/conform/mountargs.h"

/* ----------------------------------------------------------- descriptors */

/* The context that a name stands for, as fsconfig() and fsmount() look for
 * it: a number must be that of an open descriptor. */
static int
context_of(struct core *k, const struct op *op, int i,
	   struct fs_context **out)
{
	struct core_file *f = core_file_find(k, op_word(op, i));

	if (!f)
		return EBADF;
	if (f->kind == FILE_PATH)
		return EBADF;
	if (f->kind != FILE_CONTEXT)
		return EINVAL;
	*out = f->context;
	return 0;
}

static int
put_place(struct core *k, const char *name, struct path *place, bool detached)
{
	struct core_file *f = core_file_put(k, name, FILE_PATH);

	f->place = *place;
	f->detached = detached;
	return 0;
}

/* --------------------------------------------------------------- contexts */

static int
do_fsopen(struct core *k, const struct op *op)
{
	struct fs_context *fc;
	int err;

	if (!k->ctx.may_mount)
		return EPERM;
	if (op_bits(op, 3, words_clone) & ~1ULL)
		return EINVAL;
	if (!op_string(op, 2))
		return EFAULT;
	err = vfs_fsopen(&k->ctx, op_word(op, 2),
			 (unsigned int)op_bits(op, 3, words_clone), &fc);
	if (err)
		return -err;
	core_file_put(k, op_word(op, 1), FILE_CONTEXT)->context = fc;
	return 0;
}

static int
do_fspick(struct core *k, const struct op *op)
{
	struct fs_context *fc;
	struct vfs_at at;
	int err;

	if (!k->ctx.may_mount)
		return EPERM;
	err = core_at(k, op, 2, 3, LOOK_EMPTY, &at);
	if (!err)
		err = error_of(vfs_fspick(&k->ctx, &at, (unsigned int)
					  op_bits(op, 4, words_fspick), &fc));
	if (!err)
		core_file_put(k, op_word(op, 1), FILE_CONTEXT)->context = fc;
	return err;
}

static int
do_fsconfig(struct core *k, const struct op *op)
{
	struct fs_context *fc;
	struct fsconfig_args a;
	int err;

	if (!fsconfig_args_of(op, &a))
		return EINVAL;
	/* A negative number is none, which comes before all. */
	if (!core_file_find(k, op_word(op, 1)) &&
	    !isdigit((unsigned char)op_word(op, 1)[0]))
		return EINVAL;
	err = vfs_fsconfig_check(a.cmd, a.key, a.value, a.aux);
	if (err)
		return -err;
	err = context_of(k, op, 1, &fc);
	if (err)
		return err;
	return error_of(vfs_fsconfig(&k->ctx, fc, a.cmd, a.key, a.value,
				     a.aux));
}

static int
do_fslog(struct core *k, const struct op *op)
{
	struct fs_context *fc;
	char message[4096];
	ssize_t n;
	int err;

	err = context_of(k, op, 1, &fc);
	if (err)
		return err;
	n = fs_context_log(fc, message, sizeof(message));
	if (n < 0)
		return (int)-n;
	if (n && message[n - 1] == '\n')
		n--;
	buf_add(k->value, message, (size_t)n);
	return 0;
}

static int
do_fsmount(struct core *k, const struct op *op)
{
	unsigned int flags = (unsigned int)op_number(op, 3);
	unsigned int attr = (unsigned int)op_bits(op, 4, words_attr);
	struct fs_context *fc;
	struct path place;
	int err;

	err = error_of(vfs_fsmount_check(&k->ctx, flags, attr));
	if (!err)
		err = context_of(k, op, 2, &fc);
	if (!err)
		err = error_of(vfs_fsmount(&k->ctx, fc, flags, attr, &place));
	return err ? err : put_place(k, op_word(op, 1), &place, true);
}

/* ----------------------------------------------------------------- trees */

/* As copy_struct_from_user() with struct mount_attr. */
static int
attr_size(const struct setattr_args *a)
{
	if (a->size < sizeof(a->attr))
		return EINVAL;
	if (a->size > 4096)
		return E2BIG;
	for (size_t i = 0; sizeof(a->attr) + i * 8 < a->size && i < 4; i++)
		if (a->pad[i])
			return E2BIG;
	return 0;
}

static int
core_open_tree(struct core *k, const struct op *op, const struct mount_attr *attr)
{
	unsigned int flags = (unsigned int)op_bits(op, 4, words_at);
	struct path place;
	struct vfs_at at;
	int err;

	err = error_of(vfs_open_tree_check(&k->ctx, flags));
	if (!err)
		err = core_at(k, op, 2, 3, (flags & AT_EMPTY_PATH) ?
			      LOOK_EMPTY : 0, &at);
	if (!err && attr)
		err = error_of(vfs_open_tree_attr(&k->ctx, &at, flags, attr,
						  &place));
	else if (!err)
		err = error_of(vfs_open_tree(&k->ctx, &at, flags, &place));
	return err ? err : put_place(k, op_word(op, 1), &place,
				     flags & OPEN_TREE_CLONE);
}

static int
do_open_tree(struct core *k, const struct op *op)
{
	return core_open_tree(k, op, NULL);
}

static int
no_fd(const char *name)
{
	(void)name;
	return -1;
}

/* There are no descriptors of user namespaces here: as of any other file. */
static int
attr_error(const struct setattr_args *a)
{
	int err = attr_size(a);

	if (!err && (a->attr.attr_set & MOUNT_ATTR_IDMAP))
		err = EINVAL;
	return err;
}

static int
do_open_tree_attr(struct core *k, const struct op *op)
{
	struct setattr_args a;
	int err;

	if (!setattr_args_of(op, 5, no_fd, &a))
		return EINVAL;
	err = attr_error(&a);
	return err ? err : core_open_tree(k, op, &a.attr);
}

static int
do_mount_setattr(struct core *k, const struct op *op)
{
	unsigned int flags = (unsigned int)op_bits(op, 3, words_at);
	struct setattr_args a;
	struct vfs_at at;
	int err;

	if (!setattr_args_of(op, 4, no_fd, &a))
		return EINVAL;
	err = error_of(vfs_mount_setattr_check(flags));
	if (!err)
		err = attr_size(&a);
	if (err)
		return err;
	if (!k->ctx.may_mount)
		return EPERM;
	err = vfs_mount_attr_check(&a.attr, false);
	if (err)
		return err > 0 ? 0 : -err;
	err = attr_error(&a);
	if (err)
		return err;
	err = core_at(k, op, 1, 2, (flags & AT_EMPTY_PATH) ? LOOK_EMPTY : 0,
		      &at);
	return err ? err : error_of(vfs_mount_setattr(&k->ctx, &at, flags,
						      &a.attr));
}

static int
do_move_mount(struct core *k, const struct op *op)
{
	unsigned int flags = (unsigned int)op_bits(op, 5, words_move);
	struct vfs_at from, to;
	struct path place;
	int err;

	err = error_of(vfs_move_mount_check(&k->ctx, flags));
	if (!err)
		err = core_at(k, op, 3, 4, (flags & MOVE_MOUNT_T_EMPTY_PATH) ?
			      LOOK_EMPTY : 0, &to);
	if (err)
		return err;
	err = core_at(k, op, 1, 2, (flags & MOVE_MOUNT_F_EMPTY_PATH) ?
		      LOOK_EMPTY : 0, &from);
	/* The kernel looks for the target first. */
	if (err && !vfs_lookup(&k->ctx, &to, &place)) {
		path_put(&place);
		return err;
	}
	return error_of(vfs_move_mount(&k->ctx, &from, &to, flags));
}

/* ------------------------------------------------------------- questions */

static int
unique_id(struct core *k, const struct op *op, int i, uint64_t *id)
{
	struct vfs_at at;
	struct statx x;
	int err = core_at(k, op, 0, i, 0, &at);

	if (!err)
		err = error_of(vfs_statx(&k->ctx, &at, 0, STATX_MNT_ID_UNIQUE,
					 &x));
	*id = x.stx_mnt_id;
	return err;
}

union statmount_buffer {
	struct uapi_statmount sm;
	char bytes[8192];
};

static int
ask_statmount(struct core *k, uint64_t id, uint64_t mask,
	      union statmount_buffer *b)
{
	return error_of(vfs_statmount(&k->ctx, NULL, id, mask, b,
				      sizeof(*b)));
}

static const char *
statmount_string(const struct uapi_statmount *sm, uint64_t bit, uint32_t at)
{
	return sm->mask & bit ? sm->str + at : "?";
}

static int
do_statmount(struct core *k, const struct op *op)
{
	const uint64_t mask = STATMOUNT_SB_BASIC | STATMOUNT_MNT_BASIC |
		STATMOUNT_MNT_ROOT | STATMOUNT_MNT_POINT |
		STATMOUNT_FS_TYPE | STATMOUNT_SB_SOURCE;
	union statmount_buffer b;
	const struct uapi_statmount *sm = &b.sm;
	uint64_t id;
	int err;

	err = unique_id(k, op, 1, &id);
	if (!err)
		err = ask_statmount(k, id, mask, &b);
	if (err)
		return err;
	buf_printf(k->value, "type=%s source=%s root=%s point=%s attr=",
		   statmount_string(sm, STATMOUNT_FS_TYPE, sm->fs_type),
		   statmount_string(sm, STATMOUNT_SB_SOURCE, sm->sb_source),
		   statmount_string(sm, STATMOUNT_MNT_ROOT, sm->mnt_root),
		   statmount_string(sm, STATMOUNT_MNT_POINT, sm->mnt_point));
	words_join(words_attr, sm->mnt_attr, k->value);
	buf_puts(k->value, " prop=");
	words_join(words_mount, sm->mnt_propagation, k->value);
	buf_printf(k->value, " master=%d", sm->mnt_master != 0);
	return 0;
}

static int
do_listmount(struct core *k, const struct op *op)
{
	size_t max = op_string(op, 2) ? op_number(op, 2) : 1024;
	bool reverse = !strcmp(op_word(op, 3), "reverse");
	uint64_t ids[1024], id = LSMT_ROOT;
	union statmount_buffer b;
	int err = 0;
	ssize_t n;

	if (op_string(op, 1) && (err = unique_id(k, op, 1, &id)))
		return err;
	n = vfs_listmount(&k->ctx, NULL, id, 0, ids, max, reverse);
	for (ssize_t i = 0; i < n && !err; i++) {
		err = ask_statmount(k, ids[i], STATMOUNT_MNT_POINT, &b);
		buf_printf(k->value, "%s%s", i ? " " : "",
			   statmount_string(&b.sm, STATMOUNT_MNT_POINT,
					    b.sm.mnt_point));
	}
	return n < 0 ? (int)-n : err;
}

const struct core_op core_api[] = {
	{"fsopen", do_fsopen}, {"fspick", do_fspick},
	{"fsconfig", do_fsconfig}, {"fslog", do_fslog},
	{"fsmount", do_fsmount}, {"open_tree", do_open_tree},
	{"open_tree_attr", do_open_tree_attr},
	{"mount_setattr", do_mount_setattr}, {"move_mount", do_move_mount},
	{"statmount", do_statmount}, {"listmount", do_listmount},
	{NULL, NULL}
};
