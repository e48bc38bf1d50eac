/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctty.h - /dev/tty: the controlling terminal of whoever opens it.
 *
 * The supervisor opens files for the guests, and its own terminal is not
 * always theirs: a guest may have started a session, on a pseudo terminal that
 * it has made.
 *
 * Threads: any.
 */
#ifndef SUPERVISOR_CTTY_H
#define SUPERVISOR_CTTY_H

#include <stdbool.h>
#include <stdint.h>

struct task;

/* Is this descriptor one of /dev/tty? */
bool ctty_is(int fd);

/*
 * Puts the task's controlling terminal, opened with `flags` (open(2)'s), in
 * place of *fd, which is closed; *fd may be -1.  0, -ENXIO: it has none.
 */
int ctty_open(struct task *t, uint64_t flags, int *fd);

#endif
