/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostdir_deny.h - what of an exported tree nobody may touch.
 *
 * A rule is a path below the root.  It denies
 *   - the place: that name in that directory, whether it exists or not; and
 *   - the object: every file that was seen at that place keeps being denied
 *     under any other name (device and inode), with all that is below it,
 *     since nothing below can be reached but through it.
 * The directories on the way to the place are known by device and inode as
 * well, and what a walk meets is remembered, so that renaming them does not
 * lose the rule.
 *
 * Any thread.
 */
#ifndef VFS_FS_HOSTDIR_DENY_H
#define VFS_FS_HOSTDIR_DENY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct hostdir_deny;

/*
 * `paths`: relative, without "." and ".." (-EINVAL); "" denies nothing and
 * is -EINVAL too.  At the first step, what exists of them is looked up beneath
 * `root` (duplicated) and its inodes are held, so that their numbers are not
 * reused.
 */
int hostdir_deny_new(int root, const char *const *paths, size_t nr,
		     struct hostdir_deny **out);
void hostdir_deny_free(struct hostdir_deny *d);

/*
 * `name` was (or is about to be) looked up in the directory `dir`; `child`
 * is what was found, or NULL.  Returns true when it is denied.
 */
bool hostdir_deny_step(struct hostdir_deny *d, const struct stat *dir,
		       const char *name, const struct stat *child);

#endif
