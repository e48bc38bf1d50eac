/* SPDX-License-Identifier: Apache-2.0 */
/* kernel_files.c - a worker opens, reads, writes and lists files. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "include/auto.h"
#include "include/uapi.h"
#include "tests/conform/kernel.h"
#include "tests/conform/payload.h"

#define MAX_READ (1 << 20)

int
worker_read(int dir, const char *path)
{
	AUTO_FD fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	char chunk[16384];
	ssize_t n;

	if (fd < 0)
		return errno;
	/* Linux 6.18.15 tells of a namespace that has nothing but rootfs in
	 * a mountinfo without end. */
	while ((n = read(fd, chunk, sizeof(chunk))) > 0 &&
	       worker.value.len < MAX_READ)
		buf_add(&worker.value, chunk, (size_t)n);
	return n < 0 ? errno : 0;
}

void
worker_put_path(const char *path)
{
	const char *at = strstr(path, worker.scratch);

	if (!at)
		buf_puts(&worker.value, path);
	else
		buf_printf(&worker.value, "%.*s@%s", (int)(at - path), path,
			    at + strlen(worker.scratch));
}

static int
do_touch(const struct op *op)
{
	for (int i = 1; i < op->ac; i++) {
		int fd = open(op_string(op, i),
			      O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

		if (fd < 0)
			return errno;
		close(fd);
	}
	return 0;
}

static int
store(const char *path, const void *bytes, size_t size, mode_t mode)
{
	AUTO_FD fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			  mode);

	if (fd < 0)
		return errno;
	return result_of(write(fd, bytes, size));
}

static int
do_write(const struct op *op)
{
	const char *s = op_word(op, 2);

	return store(op_string(op, 1), s, strlen(s), 0644);
}

static int
do_cpself(const struct op *op)
{
	size_t size;
	const void *bytes = payload_bytes(&size);

	return store(op_string(op, 1), bytes, size, 0755);
}

static int
do_cat(const struct op *op)
{
	return worker_read(AT_FDCWD, op_string(op, 1));
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
do_ls(const struct op *op)
{
	AUTO_DIR DIR *d = opendir(op_string(op, 1));
	struct dirent *de;
	char *names[512];
	size_t n = 0;

	if (!d)
		return errno;
	while ((de = readdir(d)) && n < 512)
		if (strcmp(de->d_name, ".") && strcmp(de->d_name, ".."))
			names[n++] = string_copy(de->d_name);
	qsort(names, n, sizeof(*names), compare_names);
	for (size_t i = 0; i < n; i++) {
		buf_printf(&worker.value, "%s%s", i ? " " : "", names[i]);
		free(names[i]);
	}
	return 0;
}

static int
do_open(const struct op *op)
{
	int flags = (int)op_bits(op, 3, words_open) | O_CLOEXEC;

	return worker_fd_put(op_word(op, 1),
			     open(op_string(op, 2), flags, 0644));
}

static int
do_openat(const struct op *op)
{
	int flags = (int)op_bits(op, 4, words_open) | O_CLOEXEC;

	return worker_fd_put(op_word(op, 1),
			     openat(worker_fd(op_word(op, 2)),
				    op_string(op, 3), flags, 0644));
}

static int
do_openat2(const struct op *op)
{
	struct open_how how = {
		.flags = op_bits(op, 4, words_open),
		.resolve = op_bits(op, 5, words_resolve),
	};

	return worker_fd_put(op_word(op, 1),
			     syscall(SYS_openat2, worker_fd(op_word(op, 2)),
				     op_string(op, 3), &how, sizeof(how)));
}

static int
do_close(const struct op *op)
{
	return worker_fd_close(op_word(op, 1));
}

static int
do_fdpath(const struct op *op)
{
	struct buf link = { 0 };
	char path[PATH_MAX];
	ssize_t n;

	buf_printf(&link, "self/fd/%d", worker_fd(op_word(op, 1)));
	n = readlinkat(worker.procfs, link.s, path, sizeof(path) - 1);
	buf_free(&link);
	if (n < 0)
		return errno;
	path[n] = '\0';
	worker_put_path(path);
	return 0;
}

static int
do_mmapx(const struct op *op)
{
	void *m = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE,
		       worker_fd(op_word(op, 1)), 0);

	if (m == MAP_FAILED)
		return errno;
	munmap(m, 4096);
	return 0;
}

const struct kernel_op kernel_files[] = {
	{"touch", do_touch}, {"write", do_write}, {"cpself", do_cpself},
	{"cat", do_cat}, {"ls", do_ls}, {"open", do_open},
	{"openat", do_openat}, {"openat2", do_openat2}, {"close", do_close},
	{"fdpath", do_fdpath}, {"mmapx", do_mmapx}, {NULL, NULL}
};
