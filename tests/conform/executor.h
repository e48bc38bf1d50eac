/* SPDX-License-Identifier: Apache-2.0 */
/*
 * executor.h - who carries out the operations of a case: the kernel that we
 * run on (natively or in a sandbox), or the VFS core by itself.
 *
 * Processes are numbered 1 to EXECUTOR_PROCS - 1; process 1 is there from the
 * start, the others come by "spawn N".
 */
#ifndef TESTS_CONFORM_EXECUTOR_H
#define TESTS_CONFORM_EXECUTOR_H

#include <stdbool.h>

#include "tests/conform/buf.h"

#define EXECUTOR_PROCS 6

struct executor;

struct executor_ops {
	/*
	 * Process `who` does what a line says.  Returns an errno, 0, or -1
	 * when the process is gone.  What it produces goes to `value`, which
	 * comes empty.  Besides the operations of the vectors:
	 *	_mountinfo [PID]	the text of its own or PID's mountinfo
	 *	_mounts			/proc/self/mounts
	 */
	int (*run)(struct executor *x, int who, const char *line,
		   struct buf *value);
	/* What %N stands for. */
	int (*pid)(struct executor *x, int who);
	void (*end)(struct executor *x);
};

struct executor {
	const struct executor_ops *ops;
};

struct executor_setup {
	bool pivot;		/* pivot_root(2) instead of chroot(2) */
	bool no_unshare;	/* the sandbox is private to the case already */
	const char *scratch;	/* the directory to work in, "/tmp" */
	unsigned int mount_max;	/* of the core's world; 0: as usual */
};

/* Each starts process 1 as the heading of the vectors says.  NULL: cannot,
 * and `why` says what is missing. */
struct executor *executor_kernel(const struct executor_setup *s,
				 struct buf *why);
struct executor *executor_core(const struct executor_setup *s,
			       struct buf *why);

#endif
