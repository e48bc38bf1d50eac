/* SPDX-License-Identifier: Apache-2.0 */
/* core_questions.c - what the core says about mounts. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "include/uapi.h"
#include "tests/conform/core.h"

void
core_put_path(struct core *k, const char *path)
{
	const char *at = strstr(path, CORE_SCRATCH);

	if (!at)
		buf_puts(k->value, path);
	else
		buf_printf(k->value, "%.*s@%s", (int)(at - path), path,
			   at + strlen(CORE_SCRATCH));
}

static int
ask_statx(struct core *k, const struct op *op, int i, unsigned int look,
	  unsigned int mask, struct statx *x)
{
	struct vfs_at at;
	int err = core_at(k, op, 0, i, look, &at);

	memset(x, 0, sizeof(*x));
	return err ? err : error_of(vfs_statx(&k->ctx, &at, 0, mask, x));
}

static int
do_statroot(struct core *k, const struct op *op)
{
	struct statx x;
	int err = ask_statx(k, op, 1, LOOK_FOLLOW, STATX_MNT_ID, &x);

	if (!err)
		buf_printf(k->value, "%d", !!(x.stx_attributes &
					      STATX_ATTR_MOUNT_ROOT));
	return err;
}

static int
do_same(struct core *k, const struct op *op)
{
	const unsigned int mask = STATX_MNT_ID | STATX_BASIC_STATS;
	struct statx a, b;
	bool same;
	int err = ask_statx(k, op, 1, 0, mask, &a);

	if (!err)
		err = ask_statx(k, op, 2, 0, mask, &b);
	if (err)
		return err;
	same = a.stx_dev_major == b.stx_dev_major &&
		a.stx_dev_minor == b.stx_dev_minor;
	if (!strcmp(op->av[0], "samemnt"))
		same = a.stx_mnt_id == b.stx_mnt_id;
	else if (!strcmp(op->av[0], "samefile"))
		same = same && a.stx_ino == b.stx_ino;
	buf_printf(k->value, "%d", same);
	return 0;
}

static int
do_statfs(struct core *k, const struct op *op)
{
	struct vfs_at at;
	struct statfs sf;
	int err = core_at(k, op, 0, 1, LOOK_FOLLOW, &at);

	if (!err)
		err = error_of(vfs_statfs(&k->ctx, &at, &sf));
	if (!err)
		words_join(words_statfs, (unsigned long)sf.f_flags, k->value);
	return err;
}

/* ------------------------------------------------------------- the table */

int
core_table(struct core *k, struct core_proc *p, enum mount_table which)
{
	struct vfs_ctx ctx;
	char *text;
	size_t len;
	int err;

	core_ctx(k, p, &ctx);
	err = vfs_mount_table(&ctx, which, &text, &len);
	if (err)
		return -err;
	buf_add(k->value, text, len);
	free(text);
	return 0;
}

static int
do_mountinfo(struct core *k, const struct op *op)
{
	unsigned long n = op_number(op, 1);

	if (op->ac < 2)
		return core_table(k, k->p, TABLE_MOUNTINFO);
	if (n < 1 || n >= EXECUTOR_PROCS || !k->proc[n].alive)
		return ENOENT;
	return core_table(k, &k->proc[n], TABLE_MOUNTINFO);
}

static int
do_mounts(struct core *k, const struct op *op)
{
	(void)op;
	return core_table(k, k->p, TABLE_MOUNTS);
}

static int
do_watch(struct core *k, const struct op *op)
{
	struct core_file *f = core_file_put(k, op_word(op, 1), FILE_WATCH);

	f->ns = mntns_get(k->p->ns);
	f->event = mntns_event(f->ns);
	return 0;
}

static int
do_changed(struct core *k, const struct op *op)
{
	struct core_file *f = core_file_find(k, op_word(op, 1));
	uint64_t now;

	if (!f) {		/* poll(2) passes over what is no descriptor */
		buf_puts(k->value, "0");
		return 0;
	}
	if (f->kind != FILE_WATCH)
		return EBADF;
	now = mntns_event(f->ns);
	buf_printf(k->value, "%d", now != f->event);
	f->event = now;
	return 0;
}

const struct core_op core_questions[] = {
	{"statroot", do_statroot}, {"samemnt", do_same}, {"samefs", do_same},
	{"samefile", do_same}, {"statfs", do_statfs}, {"watch", do_watch},
	{"changed", do_changed}, {"_mountinfo", do_mountinfo},
	{"_mounts", do_mounts}, {NULL, NULL}
};
