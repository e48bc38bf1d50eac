/* SPDX-License-Identifier: Apache-2.0 */
/* core_names.c - emulated processes make, remove and change names. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/conform/core.h"

static int
do_mkdir(struct core *k, const struct op *op)
{
	for (int i = 1; i < op->ac; i++) {
		struct vfs_at at;
		int err = core_at(k, op, 0, i, 0, &at);

		if (!err)
			err = error_of(vfs_mkdir(&k->ctx, &at, 0755));
		if (err)
			return err;
	}
	return 0;
}

static int
do_symlink(struct core *k, const struct op *op)
{
	struct vfs_at at;
	int err = core_at(k, op, 0, 2, 0, &at);

	return err ? err : error_of(vfs_symlink(&k->ctx, op_word(op, 1), &at));
}

static int
do_mknod(struct core *k, const struct op *op)
{
	struct vfs_at at;
	int err = core_at(k, op, 0, 1, 0, &at);

	return err ? err : error_of(vfs_mknod(&k->ctx, &at, S_IFCHR | 0644,
					      makedev(1, 3)));
}

static int
remove_name(struct core *k, const struct op *op, int flags)
{
	struct vfs_at at;
	int err = core_at(k, op, 0, 1, 0, &at);

	return err ? err : error_of(vfs_unlink(&k->ctx, &at, flags));
}

static int
do_unlink(struct core *k, const struct op *op)
{
	return remove_name(k, op, 0);
}

static int
do_rmdir(struct core *k, const struct op *op)
{
	return remove_name(k, op, AT_REMOVEDIR);
}

static int
do_rename(struct core *k, const struct op *op)
{
	struct vfs_at from, to;
	int err = core_at(k, op, 0, 1, 0, &from);

	if (!err)
		err = core_at(k, op, 0, 2, 0, &to);
	return err ? err : error_of(vfs_rename(&k->ctx, &from, &to, 0));
}

static int
do_link(struct core *k, const struct op *op)
{
	struct vfs_at from, to;
	int err = core_at(k, op, 0, 1, 0, &from);

	if (!err)
		err = core_at(k, op, 0, 2, 0, &to);
	return err ? err : error_of(vfs_link(&k->ctx, &from, &to));
}

static int
do_chmod(struct core *k, const struct op *op)
{
	struct vfs_at at;
	int err = core_at(k, op, 0, 1, LOOK_FOLLOW, &at);

	if (err)
		return err;
	err = error_of(vfs_chmod(&k->ctx, &at,
				 (mode_t)strtoul(op_word(op, 2), NULL, 8)));
	vfs_access_changed(k->vfs);
	return err;
}

static int
do_truncate(struct core *k, const struct op *op)
{
	struct vfs_at at;
	int err = core_at(k, op, 0, 1, LOOK_FOLLOW, &at);

	return err ? err : error_of(vfs_truncate(&k->ctx, &at,
						 (off_t)op_number(op, 2)));
}

static int
do_utimes(struct core *k, const struct op *op)
{
	struct vfs_at at;
	int err = core_at(k, op, 0, 1, LOOK_FOLLOW, &at);

	return err ? err : error_of(vfs_utimens(&k->ctx, &at, NULL));
}

static int
do_access(struct core *k, const struct op *op)
{
	static const struct word modes[] = {
		{"r", R_OK}, {"w", W_OK}, {"x", X_OK}, {"rw", R_OK | W_OK},
		{"rx", R_OK | X_OK}, {NULL, 0}
	};
	struct vfs_at at;
	int err = core_at(k, op, 0, 1, LOOK_FOLLOW, &at);

	return err ? err : error_of(vfs_access(&k->ctx, &at,
					       (int)op_bits(op, 2, modes)));
}

static int
do_exists(struct core *k, const struct op *op)
{
	struct vfs_at at;
	struct stat st;
	int err = core_at(k, op, 0, 1, 0, &at);

	return err ? err : error_of(vfs_stat(&k->ctx, &at, &st));
}

/* ------------------------------------------------------------ fs-context */

/* Consumes `place` in either case. */
static int
enter(struct core *k, struct path *where, struct path *place)
{
	struct vfs_at here = { .base = place, .name = "",
			       .flags = LOOK_EMPTY };
	struct vfs_ctx as = k->ctx;
	int err;

	as.effective_ids = true;
	err = vfs_access(&as, &here, X_OK);
	if (err) {
		path_put(place);
		return -err;
	}
	path_put(where);
	*where = *place;
	return 0;
}

static int
lookup_directory(struct core *k, const struct op *op, struct path *place)
{
	struct vfs_at at;
	int err = core_at(k, op, 0, 1, LOOK_FOLLOW | LOOK_DIRECTORY, &at);

	return err ? err : error_of(vfs_lookup(&k->ctx, &at, place));
}

static int
do_chdir(struct core *k, const struct op *op)
{
	struct path place;
	int err = lookup_directory(k, op, &place);

	return err ? err : enter(k, &k->p->cwd, &place);
}

static int
do_fchdir(struct core *k, const struct op *op)
{
	struct core_file *f = core_file_find(k, op_word(op, 1));
	struct vfs_at at = { .name = "",
			     .flags = LOOK_EMPTY | LOOK_DIRECTORY };
	struct path place;
	int err;

	if (!f)
		return EBADF;
	if (!f->place.mnt)
		return ENOTDIR;
	at.base = &f->place;
	err = vfs_lookup(&k->ctx, &at, &place);
	return err ? -err : enter(k, &k->p->cwd, &place);
}

static int
do_chroot(struct core *k, const struct op *op)
{
	struct path place;
	int err = lookup_directory(k, op, &place);

	if (err)
		return err;
	if (!k->ctx.cap_chroot) {
		path_put(&place);
		return EPERM;
	}
	return enter(k, &k->p->root, &place);
}

static int
do_getcwd(struct core *k, const struct op *op)
{
	char path[4096];
	ssize_t n = vfs_dpath(&k->ctx, &k->ctx.cwd, path, sizeof(path) - 1,
			      0);

	(void)op;
	if (n < 0)
		return (int)-n;
	path[n] = '\0';
	core_put_path(k, path);
	return 0;
}

static int
do_fdpath(struct core *k, const struct op *op)
{
	struct core_file *f = core_file_find(k, op_word(op, 1));
	char path[4096];
	ssize_t n;

	if (!f || !f->place.mnt)
		return ENOENT;
	n = vfs_dpath(&k->ctx, &f->place, path, sizeof(path) - 1,
		      DPATH_DELETED_OK);
	if (n < 0)
		return (int)-n;
	path[n] = '\0';
	core_put_path(k, path);
	return 0;
}

const struct core_op core_names[] = {
	{"mkdir", do_mkdir}, {"symlink", do_symlink}, {"mknod", do_mknod},
	{"unlink", do_unlink}, {"rmdir", do_rmdir}, {"rename", do_rename},
	{"link", do_link}, {"chmod", do_chmod}, {"truncate", do_truncate},
	{"utimes", do_utimes}, {"access", do_access}, {"exists", do_exists},
	{"chdir", do_chdir}, {"fchdir", do_fchdir}, {"chroot", do_chroot},
	{"getcwd", do_getcwd}, {"fdpath", do_fdpath}, {NULL, NULL}
};
