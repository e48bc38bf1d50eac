/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - mount tables that can be compared.
 *
 * /proc/PID/mountinfo, normalised: mount ids renumbered in order of
 * appearance (a parent that is not listed is 0), devices written s1, s2, ...
 * and group numbers 1, 2, ... in order of appearance, "seclabel" and
 * "inode64" left out.
 */
#ifndef TESTS_CONFORM_TABLE_H
#define TESTS_CONFORM_TABLE_H

#include <stdbool.h>

#include "tests/conform/buf.h"

/*
 * Leaves out the uid= and gid= of the mount "tmpfs root" from now on: of
 * every tmpfs, where root is not uid 0 outside of its user namespace.
 */
void table_learn_owner(const char *raw);
/* Takes such words, and what kernels with CONFIG_TMPFS_INODE64 show of every
 * tmpfs, out of a line of options, in place. */
void table_drop_owner(char *line);

/* Appends the table to *out.  `raw` is taken apart. */
void table_normalise(char *raw, struct buf *out);
/* The number of mounts. */
int table_count(const char *raw);
/* Are two normalised tables equal?  Without `devices`, whatever is said
 * about devices. */
bool table_equal(const char *a, const char *b, bool devices);

#endif
