/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostdir_hint.h - guessing what kind of file a path names.
 *
 * Looking before an open costs as much again as the open.  A few directories
 * are kept open instead, and one fstatat(2) of the last component there says
 * what is most likely at the end of the path.  It is a guess: the directory
 * may have been moved.  Who opens on the strength of it must not be able to
 * block, and must look at what he got.
 */
#ifndef VFS_FS_HOSTDIR_HINT_H
#define VFS_FS_HOSTDIR_HINT_H

#include <stdbool.h>

struct hostdir_hints;
struct node;

/* NULL without memory: there are no guesses then. */
struct hostdir_hints *hostdir_hints_new(void);
void hostdir_hints_free(struct hostdir_hints *h);

/* Is it a regular file?  False: no, or no idea.  `at`: the descriptor of
 * `base`.  Never waits for another thread. */
bool hostdir_hint_regular(struct hostdir_hints *h, struct node *base, int at,
			  const char *rest);

/* The path was found to name a regular file: its directory is worth keeping
 * when that happens again. */
void hostdir_hint_learn(struct hostdir_hints *h, struct node *base, int at,
			const char *rest);

/* A directory was renamed, or is to be removed: all guesses are worthless. */
void hostdir_hint_forget(struct hostdir_hints *h);

#endif
