/* SPDX-License-Identifier: Apache-2.0 */
/* kernel_questions.c - what a worker can find out about mounts. */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "include/uapi.h"
#include "tests/conform/kernel.h"

static int
ask_statx(const char *path, unsigned int mask, int flags, struct statx *x)
{
	memset(x, 0, sizeof(*x));
	return result_of(statx(AT_FDCWD, path, AT_NO_AUTOMOUNT | flags, mask,
			       x));
}

static int
do_statroot(const struct op *op)
{
	struct statx x;
	int err = ask_statx(op_string(op, 1), STATX_MNT_ID, 0, &x);

	if (!err)
		buf_printf(&worker.value, "%d", !!(x.stx_attributes &
						    STATX_ATTR_MOUNT_ROOT));
	return err;
}

/* samemnt, samefs, samefile: without following links. */
static int
do_same(const struct op *op)
{
	const unsigned int mask = STATX_MNT_ID | STATX_BASIC_STATS;
	struct statx a, b;
	bool same;
	int err = ask_statx(op_string(op, 1), mask, AT_SYMLINK_NOFOLLOW, &a);

	if (!err)
		err = ask_statx(op_string(op, 2), mask, AT_SYMLINK_NOFOLLOW,
				&b);
	if (err)
		return err;
	same = a.stx_dev_major == b.stx_dev_major &&
		a.stx_dev_minor == b.stx_dev_minor;
	if (!strcmp(op->av[0], "samemnt"))
		same = a.stx_mnt_id == b.stx_mnt_id;
	else if (!strcmp(op->av[0], "samefile"))
		same = same && a.stx_ino == b.stx_ino;
	buf_printf(&worker.value, "%d", same);
	return 0;
}

static int
do_statfs(const struct op *op)
{
	struct statfs sf;

	if (statfs(op_string(op, 1), &sf) < 0)
		return errno;
	words_join(words_statfs, (unsigned long)sf.f_flags, &worker.value);
	return 0;
}

/* The unique id of the mount that a path leads to. */
static int
unique_id(const char *path, __u64 *id)
{
	struct statx x;
	int err = ask_statx(path, STATX_MNT_ID_UNIQUE, AT_SYMLINK_NOFOLLOW,
			    &x);

	*id = x.stx_mnt_id;
	return err;
}

union statmount_buffer {
	struct uapi_statmount sm;
	char bytes[8192];
};

static int
ask_statmount(uint64_t id, uint64_t mask, union statmount_buffer *b)
{
	struct uapi_mnt_id_req req = {
		.size = UAPI_MNT_ID_REQ_SIZE_VER0, .mnt_id = id,
		.param = mask,
	};

	return result_of(syscall(__NR_statmount, &req, b, sizeof(*b), 0));
}

static const char *
statmount_string(const struct uapi_statmount *sm, uint64_t bit, uint32_t at)
{
	return sm->mask & bit ? sm->str + at : "?";
}

static int
do_statmount(const struct op *op)
{
	const uint64_t mask = STATMOUNT_SB_BASIC | STATMOUNT_MNT_BASIC |
		STATMOUNT_MNT_ROOT | STATMOUNT_MNT_POINT |
		STATMOUNT_FS_TYPE | STATMOUNT_SB_SOURCE;
	union statmount_buffer b;
	const struct uapi_statmount *sm = &b.sm;
	struct buf *v = &worker.value;
	__u64 id;
	int err = unique_id(op_string(op, 1), &id);

	if (!err)
		err = ask_statmount(id, mask, &b);
	if (err)
		return err;
	buf_printf(v, "type=%s source=%s root=%s point=",
		    statmount_string(sm, STATMOUNT_FS_TYPE, sm->fs_type),
		    statmount_string(sm, STATMOUNT_SB_SOURCE, sm->sb_source),
		    statmount_string(sm, STATMOUNT_MNT_ROOT, sm->mnt_root));
	worker_put_path(statmount_string(sm, STATMOUNT_MNT_POINT,
					 sm->mnt_point));
	buf_puts(v, " attr=");
	words_join(words_attr, sm->mnt_attr, v);
	buf_puts(v, " prop=");
	words_join(words_mount, sm->mnt_propagation, v);
	buf_printf(v, " master=%d", sm->mnt_master != 0);
	return 0;
}

static int
put_mount_point(uint64_t id)
{
	union statmount_buffer b;
	int err = ask_statmount(id, STATMOUNT_MNT_POINT, &b);

	if (err)
		return err;
	if (worker.value.len)
		buf_puts(&worker.value, " ");
	worker_put_path(statmount_string(&b.sm, STATMOUNT_MNT_POINT,
					 b.sm.mnt_point));
	return 0;
}

/* listmount PATH|- [MAX [reverse]] */
static int
do_listmount(const struct op *op)
{
	struct uapi_mnt_id_req req = {
		.size = UAPI_MNT_ID_REQ_SIZE_VER0, .mnt_id = LSMT_ROOT,
	};
	uint64_t ids[1024];
	size_t max = op_string(op, 2) ? op_number(op, 2) : 1024;
	bool reverse = !strcmp(op_word(op, 3), "reverse");
	int err = 0;
	long n;

	if (op_string(op, 1) && (err = unique_id(op_word(op, 1), &req.mnt_id)))
		return err;
	n = syscall(__NR_listmount, &req, ids, max, reverse);
	if (n < 0)
		return errno;
	for (long i = 0; i < n && !err; i++)
		err = put_mount_point(ids[i]);
	return err;
}

/* ------------------------------------------------------------- the table */

static int
do_watch(const struct op *op)
{
	return worker_fd_put(op_word(op, 1),
			     openat(worker.procfs, "self/mountinfo",
				    O_RDONLY | O_CLOEXEC));
}

static int
do_changed(const struct op *op)
{
	const short both = POLLPRI | POLLERR;
	struct pollfd p = { worker_fd(op_word(op, 1)), both, 0 };

	if (poll(&p, 1, 0) < 0)
		return errno;
	buf_printf(&worker.value, "%d", (p.revents & both) == both);
	return 0;
}

static int
do_mountinfo(const struct op *op)
{
	struct buf path = { 0 };
	int err;

	buf_printf(&path, "%s/mountinfo", op->ac > 1 ? op->av[1] : "self");
	err = worker_read(worker.procfs, path.s);
	buf_free(&path);
	return err;
}

static int
do_mounts(const struct op *op)
{
	(void)op;
	return worker_read(worker.procfs, "self/mounts");
}

const struct kernel_op kernel_questions[] = {
	{"statroot", do_statroot}, {"samemnt", do_same}, {"samefs", do_same},
	{"samefile", do_same}, {"statfs", do_statfs},
	{"statmount", do_statmount}, {"listmount", do_listmount},
	{"watch", do_watch}, {"changed", do_changed},
	{"_mountinfo", do_mountinfo}, {"_mounts", do_mounts}, {NULL, NULL}
};
