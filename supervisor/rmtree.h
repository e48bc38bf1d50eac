/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rmtree.h - removing a directory tree that a guest has filled.
 *
 * However deep it is and whatever modes its directories have: it takes a
 * handful of descriptors and no recursion.  It goes by descriptors, follows
 * no link and stays on the directory's filesystem.
 */
#ifndef SUPERVISOR_RMTREE_H
#define SUPERVISOR_RMTREE_H

#include <sys/stat.h>

/*
 * Removes the directory `name` of `parent` with all that is in it, if it is
 * `id` (device and inode; NULL: whatever stands there).  0 also when there is
 * none of that name.  -ESTALE: another file has the name; -errno of what could
 * not be removed, after removing all the rest.
 */
int rmtree_at(int parent, const char *name, const struct stat *id);

#endif
