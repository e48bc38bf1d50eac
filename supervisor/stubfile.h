/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stubfile.h - where the loader stub is: the one file that guests execute.
 */
#ifndef SUPERVISOR_STUBFILE_H
#define SUPERVISOR_STUBFILE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Opens the stub for reading: beside our own binary (a build tree), in
 * ../libexec/belljar from there (any prefix), else where it was installed,
 * else what is built into the program; $BELLJAR_STUB comes first, unless we
 * run with more rights than our caller.  *path (owned by the caller) is its
 * absolute name without symbolic links, NULL for the one that is built in.
 * A descriptor, close-on-exec; -ENOENT: $BELLJAR_STUB names nothing; -EACCES:
 * not an executable regular file.
 */
int stub_open(char **path);

/*
 * A sealed copy of the stub in memory, made once: it can be executed where
 * the file cannot (a noexec mount, a path that does not lead to it).  The
 * descriptor belongs to the process; -errno.  Any thread.
 */
int stub_copy(int stub_fd);
/* Is this file that copy?  False as long as there is none.  Any thread. */
bool stub_copy_is(dev_t dev, ino_t ino);

#endif
