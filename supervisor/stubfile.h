/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stubfile.h - where the loader stub is: the one file that guests execute.
 */
#ifndef SUPERVISOR_STUBFILE_H
#define SUPERVISOR_STUBFILE_H

/*
 * Opens the stub for reading: beside our own binary (a build tree), else
 * where it was installed; $BELLJAR_STUB comes first, unless we run with more
 * rights than our caller.  *path (owned by the caller) is its absolute name
 * without symbolic links.  A descriptor, close-on-exec; -ENOENT; -EACCES:
 * not an executable regular file.
 */
int stub_open(char **path);

#endif
