/* SPDX-License-Identifier: Apache-2.0 */
/* core_mounts.c - emulated processes mount, by mount(2) and its kin. */
#include <string.h>
#include <sys/mount.h>

#include "tests/conform/core.h"

static int
call_mount(struct core *k, const struct op *op, const char *source,
	   int target, const char *type, unsigned long flags,
	   const char *data)
{
	struct vfs_at at;
	int err = core_at(k, op, 0, target, LOOK_FOLLOW, &at);

	return err ? err : error_of(vfs_mount(&k->ctx, source, &at, type,
					      flags, data));
}

static int
do_mount(struct core *k, const struct op *op)
{
	return call_mount(k, op, op_string(op, 2), 3, op_string(op, 1),
			  op_bits(op, 4, words_mount), op_string(op, 5));
}

static int
do_rawmount(struct core *k, const struct op *op)
{
	return call_mount(k, op, op_string(op, 1), 2, op_string(op, 3),
			  op_bits(op, 4, words_mount), op_string(op, 5));
}

static int
do_bind(struct core *k, const struct op *op)
{
	return call_mount(k, op, op_string(op, 1), 2, NULL,
			  op_bind_flags(op->av[0]), NULL);
}

static int
do_make(struct core *k, const struct op *op)
{
	return call_mount(k, op, NULL, 2, NULL, op_make_flags(op_word(op, 1)),
			  NULL);
}

static int
do_remount(struct core *k, const struct op *op)
{
	return call_mount(k, op, NULL, 1, NULL,
			  MS_REMOUNT | op_bits(op, 2, words_mount),
			  op_string(op, 3));
}

static int
do_umount(struct core *k, const struct op *op)
{
	int flags = (int)op_bits(op, 2, words_umount), err;
	struct vfs_at at;

	if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
		return EINVAL;
	err = core_at(k, op, 0, 1,
		      (flags & UMOUNT_NOFOLLOW) ? 0 : LOOK_FOLLOW, &at);
	return err ? err : error_of(vfs_umount(&k->ctx, &at, flags));
}

static int
do_pivot(struct core *k, const struct op *op)
{
	const unsigned int look = LOOK_FOLLOW | LOOK_DIRECTORY;
	struct vfs_at new_root, put_old;
	int err;

	if (!k->ctx.may_mount)
		return EPERM;
	err = core_at(k, op, 0, 1, look, &new_root);
	if (!err)
		err = core_at(k, op, 0, 2, look, &put_old);
	return err ? err : error_of(vfs_pivot_root(&k->ctx, &new_root,
						   &put_old));
}

const struct core_op core_mounts[] = {
	{"mount", do_mount}, {"rawmount", do_rawmount}, {"bind", do_bind},
	{"rbind", do_bind}, {"move", do_bind}, {"make", do_make},
	{"remount", do_remount}, {"umount", do_umount}, {"pivot", do_pivot},
	{NULL, NULL}
};
