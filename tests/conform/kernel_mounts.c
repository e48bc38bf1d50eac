/* SPDX-License-Identifier: Apache-2.0 */
/* kernel_mounts.c - a worker mounts, by both interfaces. */
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "include/uapi.h"
#include "tests/conform/kernel.h"
#include "tests/conform/mountargs.h"

/* ------------------------------------------------------------- mount(2) */

static int
do_mount(const struct op *op)
{
	return result_of(syscall(SYS_mount, op_string(op, 2),
				 op_string(op, 3), op_string(op, 1),
				 op_bits(op, 4, words_mount),
				 op_string(op, 5)));
}

static int
do_rawmount(const struct op *op)
{
	return result_of(syscall(SYS_mount, op_string(op, 1),
				 op_string(op, 2), op_string(op, 3),
				 op_bits(op, 4, words_mount),
				 op_string(op, 5)));
}

static int
do_bind(const struct op *op)
{
	return result_of(syscall(SYS_mount, op_string(op, 1),
				 op_string(op, 2), NULL,
				 op_bind_flags(op->av[0]), NULL));
}

static int
do_make(const struct op *op)
{
	return result_of(syscall(SYS_mount, NULL, op_string(op, 2), NULL,
				 op_make_flags(op_word(op, 1)), NULL));
}

static int
do_remount(const struct op *op)
{
	return result_of(syscall(SYS_mount, NULL, op_string(op, 1), NULL,
				 MS_REMOUNT | op_bits(op, 2, words_mount),
				 op_string(op, 3)));
}

static int
do_umount(const struct op *op)
{
	return result_of(umount2(op_string(op, 1),
				 (int)op_bits(op, 2, words_umount)));
}

static int
do_pivot(const struct op *op)
{
	return result_of(syscall(SYS_pivot_root, op_string(op, 1),
				 op_string(op, 2)));
}

/* --------------------------------------------------- mounts by descriptor */

static int
do_open_tree(const struct op *op)
{
	return worker_fd_put(op_word(op, 1),
			     syscall(SYS_open_tree, worker_fd(op_word(op, 2)),
				     op_string(op, 3),
				     op_bits(op, 4, words_at)));
}

static int
do_move_mount(const struct op *op)
{
	return result_of(syscall(SYS_move_mount, worker_fd(op_word(op, 1)),
				 op_string(op, 2), worker_fd(op_word(op, 3)),
				 op_string(op, 4),
				 op_bits(op, 5, words_move)));
}

static int
do_fsopen(const struct op *op)
{
	return worker_fd_put(op_word(op, 1),
			     syscall(SYS_fsopen, op_string(op, 2),
				     op_bits(op, 3, words_clone)));
}

static int
do_fspick(const struct op *op)
{
	return worker_fd_put(op_word(op, 1),
			     syscall(SYS_fspick, worker_fd(op_word(op, 2)),
				     op_string(op, 3),
				     op_bits(op, 4, words_fspick)));
}

static int
do_fsconfig(const struct op *op)
{
	struct fsconfig_args a;

	if (!fsconfig_args_of(op, &a))
		return EINVAL;
	return result_of(syscall(SYS_fsconfig, worker_fd(op_word(op, 1)),
				 a.cmd, a.key, a.value, a.aux));
}

/* One message of the context's log. */
static int
do_fslog(const struct op *op)
{
	char message[4096];
	ssize_t n = read(worker_fd(op_word(op, 1)), message,
			 sizeof(message));

	if (n < 0)
		return errno;
	if (n && message[n - 1] == '\n')
		n--;
	buf_add(&worker.value, message, (size_t)n);
	return 0;
}

static int
do_fsmount(const struct op *op)
{
	return worker_fd_put(op_word(op, 1),
			     syscall(SYS_fsmount, worker_fd(op_word(op, 2)),
				     op_number(op, 3),
				     op_bits(op, 4, words_attr)));
}

static int
do_mount_setattr(const struct op *op)
{
	struct setattr_args a;

	if (!setattr_args_of(op, 4, worker_fd, &a))
		return EINVAL;
	return result_of(syscall(SYS_mount_setattr, worker_fd(op_word(op, 1)),
				 op_string(op, 2), op_bits(op, 3, words_at),
				 &a, a.size));
}

static int
do_open_tree_attr(const struct op *op)
{
	struct setattr_args a;

	if (!setattr_args_of(op, 5, worker_fd, &a))
		return EINVAL;
	return worker_fd_put(op_word(op, 1),
			     syscall(__NR_open_tree_attr,
				     worker_fd(op_word(op, 2)),
				     op_string(op, 3),
				     op_bits(op, 4, words_at), &a, a.size));
}

const struct kernel_op kernel_mounts[] = {
	{"mount", do_mount}, {"rawmount", do_rawmount}, {"bind", do_bind},
	{"rbind", do_bind}, {"move", do_bind}, {"make", do_make},
	{"remount", do_remount}, {"umount", do_umount}, {"pivot", do_pivot},
	{"open_tree", do_open_tree}, {"move_mount", do_move_mount},
	{"fsopen", do_fsopen}, {"fspick", do_fspick},
	{"fsconfig", do_fsconfig}, {"fslog", do_fslog},
	{"fsmount", do_fsmount}, {"mount_setattr", do_mount_setattr},
	{"open_tree_attr", do_open_tree_attr}, {NULL, NULL}
};
