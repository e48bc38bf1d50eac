/* SPDX-License-Identifier: Apache-2.0 */
/* kernel_processes.c - descriptors, processes and namespaces of a worker. */
#include <ctype.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/capability.h>

#include "include/auto.h"
#include "tests/conform/kernel.h"
#include "tests/conform/payload.h"

#define NR_FDS 64

static struct {
	char name[32];
	int fd;
} fds[NR_FDS];

/* The index of a name, or of a free slot for it. */
static int
slot_of(const char *name, bool create)
{
	for (int i = 0; i < NR_FDS; i++)
		if (!strcmp(fds[i].name, name))
			return i;
	for (int i = 0; create && i < NR_FDS; i++) {
		if (fds[i].name[0])
			continue;
		strncpy(fds[i].name, name, sizeof(fds[i].name) - 1);
		fds[i].fd = -1;
		return i;
	}
	return -1;
}

int
worker_fd(const char *name)
{
	int i;

	if (!strcmp(name, "-") || !strcmp(name, "cwd"))
		return AT_FDCWD;
	if (isdigit((unsigned char)*name) || *name == '-')
		return atoi(name);
	i = slot_of(name, false);
	return i < 0 ? -1 : fds[i].fd;
}

int
worker_fd_put(const char *name, long fd)
{
	int i;

	if (fd < 0)
		return errno;
	i = slot_of(name, true);
	if (i < 0)
		die("too many descriptors");
	if (fds[i].fd >= 0)
		close(fds[i].fd);
	fds[i].fd = (int)fd;
	return 0;
}

int
worker_fd_close(const char *name)
{
	int i = slot_of(name, false), err;

	if (i < 0)
		return EBADF;
	err = result_of(close(fds[i].fd));
	fds[i].name[0] = '\0';
	fds[i].fd = -1;
	return err;
}

/* ------------------------------------------------------------- processes */

static int
do_spawn(const struct op *op)
{
	int n = atoi(op_word(op, 1));
	pid_t pid;

	if (n < 1 || n >= EXECUTOR_PROCS)
		return EINVAL;
	pid = fork();
	if (pid < 0)
		return errno;
	if (!pid)
		worker_loop(n);
	buf_printf(&worker.value, "%d", pid);
	return 0;
}

/* Ends without an answer but for the code, which the reader waits for. */
static int
do_quit(const struct op *op)
{
	uint32_t head[2] = { 0, 0 };

	(void)op;
	if (write(worker.channel[worker.n], head, sizeof(head)) < 0)
		_exit(1);
	_exit(0);
}

static int
do_wait(const struct op *op)
{
	return result_of(waitpid((pid_t)op_number(op, 1), NULL, 0));
}

/* Executes a file; the errno of the attempt comes back through a pipe. */
static int
do_exec(const struct op *op)
{
	int ends[2], status, err = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return errno;
	pid = fork();
	if (!pid) {
		char name[] = "x", *argv[] = { name, NULL }, *env[] = { NULL };

		execve(op_string(op, 1), argv, env);
		err = errno;
		if (write(ends[1], &err, sizeof(err)) < 0)
			_exit(2);
		_exit(1);
	}
	close(ends[1]);
	if (read(ends[0], &err, sizeof(err)) <= 0)
		err = 0;
	close(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return errno;
	return !err && status ? ENOEXEC : err;
}

static int
do_dropcaps(const struct op *op)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	(void)op;
	memset(data, 0, sizeof(data));
	return result_of(syscall(SYS_capset, &head, data));
}

/* ------------------------------------------------------------ namespaces */

static int
write_proc(const char *path, const char *text)
{
	AUTO_FD fd = openat(worker.procfs, path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return errno;
	return 0;
}

static int
do_unshare(const struct op *op)
{
	int flags = (int)op_bits(op, 1, words_clone), err;

	if (unshare(flags) < 0)
		return errno;
	if (!(flags & CLONE_NEWUSER))
		return 0;
	write_proc("self/setgroups", "deny");
	err = write_proc("self/uid_map", "0 0 1");
	return err ? err : write_proc("self/gid_map", "0 0 1");
}

static int
do_setns(const struct op *op)
{
	return result_of(setns(worker_fd(op_word(op, 1)),
			       (int)op_bits(op, 2, words_clone)));
}

static int
do_nsopen(const struct op *op)
{
	struct buf path = { 0 };
	int err;

	buf_printf(&path, "%s/ns/mnt", op_word(op, 2));
	err = worker_fd_put(op_word(op, 1),
			    openat(worker.procfs, path.s,
				   O_RDONLY | O_CLOEXEC));
	buf_free(&path);
	return err;
}

const struct kernel_op kernel_processes[] = {
	{"spawn", do_spawn}, {"_quit", do_quit}, {"_wait", do_wait},
	{"exec", do_exec}, {"dropcaps", do_dropcaps},
	{"unshare", do_unshare}, {"setns", do_setns}, {"nsopen", do_nsopen},
	{NULL, NULL}
};
