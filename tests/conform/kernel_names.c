/* SPDX-License-Identifier: Apache-2.0 */
/* kernel_names.c - a worker makes, removes and changes names. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/conform/kernel.h"

static int
do_mkdir(const struct op *op)
{
	for (int i = 1; i < op->ac; i++)
		if (mkdir(op_string(op, i), 0755) < 0)
			return errno;
	return 0;
}

static int
do_symlink(const struct op *op)
{
	return result_of(symlink(op_string(op, 1), op_string(op, 2)));
}

static int
do_mknod(const struct op *op)
{
	return result_of(mknod(op_string(op, 1), S_IFCHR | 0666,
			       makedev(1, 3)));
}

static int
do_unlink(const struct op *op)
{
	return result_of(unlink(op_string(op, 1)));
}

static int
do_rmdir(const struct op *op)
{
	return result_of(rmdir(op_string(op, 1)));
}

static int
do_rename(const struct op *op)
{
	return result_of(rename(op_string(op, 1), op_string(op, 2)));
}

static int
do_link(const struct op *op)
{
	return result_of(link(op_string(op, 1), op_string(op, 2)));
}

static int
do_chmod(const struct op *op)
{
	return result_of(chmod(op_string(op, 1),
			       (mode_t)strtoul(op_word(op, 2), NULL, 8)));
}

static int
do_truncate(const struct op *op)
{
	return result_of(truncate(op_string(op, 1), (off_t)op_number(op, 2)));
}

static int
do_utimes(const struct op *op)
{
	return result_of(utimes(op_string(op, 1), NULL));
}

static int
do_access(const struct op *op)
{
	static const struct word modes[] = {
		{"r", R_OK}, {"w", W_OK}, {"x", X_OK}, {"rw", R_OK | W_OK},
		{"rx", R_OK | X_OK}, {NULL, 0}
	};

	return result_of(access(op_string(op, 1),
				(int)op_bits(op, 2, modes)));
}

static int
do_exists(const struct op *op)
{
	struct stat st;

	return result_of(lstat(op_string(op, 1), &st));
}

static int
do_chdir(const struct op *op)
{
	return result_of(chdir(op_string(op, 1)));
}

static int
do_fchdir(const struct op *op)
{
	return result_of(fchdir(worker_fd(op_word(op, 1))));
}

static int
do_chroot(const struct op *op)
{
	return result_of(chroot(op_string(op, 1)));
}

/* The raw call: the library would look for another name. */
static int
do_getcwd(const struct op *op)
{
	char path[PATH_MAX];

	(void)op;
	if (syscall(SYS_getcwd, path, sizeof(path)) < 0)
		return errno;
	worker_put_path(path);
	return 0;
}

const struct kernel_op kernel_names[] = {
	{"mkdir", do_mkdir}, {"symlink", do_symlink}, {"mknod", do_mknod},
	{"unlink", do_unlink}, {"rmdir", do_rmdir}, {"rename", do_rename},
	{"link", do_link}, {"chmod", do_chmod}, {"truncate", do_truncate},
	{"utimes", do_utimes}, {"access", do_access}, {"exists", do_exists},
	{"chdir", do_chdir}, {"fchdir", do_fchdir}, {"chroot", do_chroot},
	{"getcwd", do_getcwd}, {NULL, NULL}
};
