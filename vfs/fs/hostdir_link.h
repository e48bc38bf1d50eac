/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostdir_link.h - links in a path, found cheaply.
 *
 * Most links that a path meets are its first component, in the root: /bin, /lib
 * and /lib64 of a merged /usr; or its last, in an export: libraries, programs
 * with alternatives.  One readlinkat(2) tells; and in a private tree, where a
 * name changes through us only, what it told is remembered.
 *
 * Any thread.
 */
#ifndef VFS_FS_HOSTDIR_LINK_H
#define VFS_FS_HOSTDIR_LINK_H

#include "vfs/fs_ops.h"

struct hostdir_links;

/* NULL without memory: nothing is remembered then. */
struct hostdir_links *hostdir_links_new(void);
void hostdir_links_free(struct hostdir_links *l);

/* Is the first of several components of `rest` remembered as a link?  1 with
 * *stop filled (if not NULL), 0, or -errno: the base may not be searched. */
int hostdir_link_known(struct node *base, const char *rest,
		       struct fs_stop *stop);

/* The same by asking, of a path in which a link is known to be: the first of
 * several components, or (elsewhere than in a private tree) the last, unless
 * `how` is FS_NOFOLLOW.  `at` is the descriptor of `base`.  0: by single steps. */
int hostdir_link_ask(struct node *base, int at, const char *rest,
		     unsigned int how, struct fs_stop *stop);

/* A name was removed or replaced: to be called afterwards. */
void hostdir_links_forget(struct hostdir_links *l);

#endif
