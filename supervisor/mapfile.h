/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mapfile.h - /proc/PID/uid_map, gid_map and setgroups, open for writing.
 *
 * write(2) is native, and what is written to these files must be judged before
 * it returns.  So the process that has one open is stopped by the tracer at
 * each of its calls, until it has written or closed it: a few calls, as a
 * rule.  The descriptor is a sealed memfd: a write that nobody watches (by
 * another process, to whom it was passed) fails with EPERM.
 */
#ifndef SUPERVISOR_MAPFILE_H
#define SUPERVISOR_MAPFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "supervisor/userns.h"

struct call;
struct sandbox;
struct task;

/* A descriptor for `by`, and its threads are to be watched: see
 * mapfile_watch().  -EACCES, -ENOMEM. */
int mapfile_open(struct task *by, struct user_ns *ns, enum userns_file which,
		 uint64_t flags, int *fd);
/*
 * Has an open just now brought the caller such a file?  Then the tracer must
 * watch it before it gets the descriptor, `fd` (consumed): the answer, as
 * reply_fd().
 */
bool mapfile_is_new(struct call *c);
int mapfile_reply(struct call *c, int fd, unsigned int fd_flags);

/* --- tracer thread -------------------------------------------------------- */

/* The watched task stands at a system call stop: true if it was resumed, or
 * has been given something to do. */
bool mapfile_stop(struct task *t);
/* The process has ended. */
void mapfile_forget(struct task *t);

#endif
