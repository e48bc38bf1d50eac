/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mountfds.h - the descriptors of the mount interface that guests hold: of
 * places (open_tree, fsmount) and of filesystem contexts (fsopen, fspick).
 *
 * A guest's are real: an O_PATH descriptor of the place; for a context what
 * the kernel's own fsopen() gives, where the mount helper can call it, which
 * is read natively, else a pipe.  We keep a duplicate of each and recognise it
 * by that when it comes back, after dup(), fork() or SCM_RIGHTS too.
 *
 * close() tells us nothing.  Who is to know whether a tree is still held (or
 * adds another descriptor) calls mountfds_sweep(): the guests' tables are
 * looked through, and what nobody has any more is let go.
 *
 * Any thread.
 */
#ifndef SUPERVISOR_MOUNTFDS_H
#define SUPERVISOR_MOUNTFDS_H

#include <stdbool.h>

#include "vfs/vfs.h"

struct fs_context;
struct mounthelper;
struct sandbox;
struct task;

/* Before there are guests.  `helper` may be NULL. */
void mountfds_init(struct mounthelper *helper);

/*
 * A descriptor for a place that a guest gets; `tree`: it holds the detached
 * tree of which this is the root.  *fd is new.  0 or -errno.
 */
int mountfds_add_place(struct sandbox *sb, const struct vfs_ctx *ctx,
		       const struct path *place, bool tree, int *fd);
/* The same for a context, which goes to `t`; takes over the reference, on
 * failure too. */
int mountfds_add_context(struct task *t, struct fs_context *fc, int *fd);

/* Are there any?  No lock: cheap. */
bool mountfds_any(void);
/*
 * The place that `fd` (of ours) is a descriptor of, counted; false if it is
 * none of these.  `mnt` (may be gone, may be NULL: not known) is what the
 * guest got under the number that it names: all that tells descriptors of one
 * directory apart where the kernel does not.
 */
bool mountfds_place(int fd, const struct mount *mnt, struct path *out);
/* The context, counted, or NULL. */
struct fs_context *mountfds_context(int fd);

/* What fsconfig() had to say goes to who reads the descriptor.  `cmd`, `key`
 * and `value` are what was asked for. */
void mountfds_log(int fd, struct fs_context *fc, unsigned int cmd,
		  const char *key, const char *value);

/* Lets go of what no guest holds.  _for: `t`, whose call it is, has got what
 * it was given before. */
void mountfds_sweep(struct sandbox *sb);
void mountfds_sweep_for(struct task *t);
/* At the end, before the vfs goes: of everything.  One thread. */
void mountfds_fini(struct sandbox *sb);

#endif
