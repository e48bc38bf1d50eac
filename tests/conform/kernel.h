/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel.h - inside a worker: one process of a case that runs on the kernel.
 * For kernel_*.c only.
 *
 * A worker is single-threaded and reads its orders from a channel; "spawn"
 * forks another one, which inherits directory, root, namespaces and
 * descriptors.
 */
#ifndef TESTS_CONFORM_KERNEL_H
#define TESTS_CONFORM_KERNEL_H

#include <errno.h>
#include <stdint.h>

#include "tests/conform/executor.h"
#include "tests/conform/words.h"

struct worker {
	int n;			/* which process this is */
	int procfs;		/* O_PATH of /proc as it was at the start */
	const char *scratch;	/* hidden path of the case's root */
	int channel[EXECUTOR_PROCS];
	struct buf value;	/* what the operation produces */
};
extern struct worker worker;

/* Names an operation and does it: 0 or an errno. */
struct kernel_op {
	const char *name;	/* NULL ends a table */
	int (*run)(const struct op *op);
};
extern const struct kernel_op kernel_files[], kernel_names[],
	kernel_mounts[], kernel_processes[], kernel_questions[];

/* Serves orders until the channel ends; does not return. */
void worker_loop(int n) __attribute__((noreturn));

/* The descriptor that a word means: a name, a number, "-" for the cwd. */
int worker_fd(const char *name);
/* Gives the result of a call that opens a name, or returns its error. */
int worker_fd_put(const char *name, long fd);
int worker_fd_close(const char *name);
/* Appends a file's text to worker.value. */
int worker_read(int dir, const char *path);
/* A path as a case should see it: @ stands for the scratch directory. */
void worker_put_path(const char *path);

static inline int
result_of(long ret)
{
	return ret < 0 ? errno : 0;
}

#endif
