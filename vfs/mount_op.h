/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount_op.h - the operations behind mount(2), for vfs/ only.
 *
 * `where` is the target as it was looked up, borrowed.  No lock is held; all
 * take mount_lock.  Checks in the order of fs/namespace.c, Linux 6.18.
 */
#ifndef VFS_MOUNT_OP_H
#define VFS_MOUNT_OP_H

#include "vfs/mount.h"

/* The flags of one mount that mount(2) asks for (MOUNT_FLAGS).  `old`: the
 * mount's flags so far for a remount, else 0. */
unsigned long mount_flags_from_call(unsigned long call, unsigned long old);
/* The flags of the filesystem that it asks for. */
unsigned long sb_flags_from_call(unsigned long call);

/* A filesystem for a new mount, and its root, both counted: with the type's
 * get_tree(), or another mount's.  Locks: takes fs_lock. */
int fs_make(const struct fs_type *t, struct vfs *v, const struct vfs_ctx *c,
	    const char *source, unsigned long sb_flags, const char *data,
	    const void *fs_data, struct fs **out, struct node **root);

/* As vfs_parse_monolithic_sep(): is each word for the filesystem all right, by
 * itself?  `data`: what mount_data_parse() left, or NULL.  0, -EINVAL. */
int fs_check_options(const struct fs_type *t, const struct vfs_ctx *c,
		     const char *data);

/* What may be changed of a filesystem's flags while it is mounted. */
#define SB_REMOUNT_MASK	(MS_RDONLY | MS_SYNCHRONOUS | MS_MANDLOCK | \
			 MS_I_VERSION | MS_LAZYTIME)
/* As vfs_parse_sb_flag(): changes *sb_flags as the word says, and names what
 * it is about in *mask; false for a word of another kind. */
bool sb_flag_word(const char *word, unsigned long *sb_flags,
		  unsigned long *mask);
/* As reconfigure_super(): the flags under `mask` become those of `sb_flags`.
 * `writers`: fs_in_use() said so.  -EINVAL, -EACCES, -EBUSY, the
 * filesystem's own errors.  Locks: mount_lock. */
int fs_reconfigure_locked(const struct vfs_ctx *c, struct fs *fs,
			  unsigned long sb_flags, unsigned long mask,
			  const char *data, bool writers);

int mount_op_new(const struct vfs_ctx *c, const struct path *where,
		 const char *source, const char *type, unsigned long flags,
		 const char *data);
int mount_op_bind(const struct vfs_ctx *c, const struct path *where,
		  const char *source, bool recursive);
int mount_op_move(const struct vfs_ctx *c, const struct path *where,
		  const char *source);
int mount_op_reflag(const struct vfs_ctx *c, const struct path *where,
		    unsigned long flags);
int mount_op_remount(const struct vfs_ctx *c, const struct path *where,
		     unsigned long flags, const char *data);
int mount_op_type(const struct vfs_ctx *c, const struct path *where,
		  unsigned long flags);

/*
 * The words of `data` that act on every filesystem, and the others.
 * *sb_flags is changed as they say, under *mask for a remount (mask gets the
 * flags that were named).  *rest is malloc'ed: the words for the filesystem,
 * NULL if there is none; *source likewise, for "source=" (NULL: not allowed,
 * -EINVAL).
 */
int mount_data_parse(const char *data, unsigned long *sb_flags,
		     unsigned long *mask, char **source, char **rest);

/* What the embedder's hook says; false without one.  Locks: none may be
 * held. */
bool mount_in_use(struct mount *m, enum vfs_use use);
bool fs_in_use(struct fs *fs, enum vfs_use use);

/* As may_change_propagation(): 0, -EINVAL, -EPERM.  Locks: mount_lock. */
int mount_type_check_locked(const struct vfs_ctx *c, const struct mount *m);

/*
 * May c's caller mount `fs` with these flags, or would that show what is
 * hidden from its user namespace?  0 with *locks for the mount's lock_flags,
 * -EPERM.  Locks: mount_lock.
 */
int mount_check_reveal_locked(const struct vfs_ctx *c, const struct fs *fs,
			      unsigned long flags, unsigned long *locks);

/* -------------------------------------------------------------- bind.c */

/*
 * What stands against a copy of the source of a bind or open_tree(CLONE); then
 * tree_copy_locked() with COPY_NS_FILES.  0, -EINVAL.  Locks: mount_lock.
 */
int bind_check_source_locked(const struct vfs_ctx *c, const struct path *from,
			     bool recursive);
/*
 * What stands against moving `from`, the root of a mount, to `to` (the top of
 * its stack; or the place beneath that), in the order of do_move_mount();
 * between the two come the checks for "beneath".  0, -EINVAL; and -EINVAL,
 * -ELOOP.  Locks: mount_lock.
 */
int move_check_locked(const struct vfs_ctx *c, const struct path *from,
		      const struct path *to);
int move_check_tree_locked(const struct path *from, const struct mount *to);

/* ------------------------------------------------------------ linger.c */

/* Keeps those of `gone` that a process has something open of; the rest stays
 * there.  Locks: none held. */
void linger_keep(struct mount_list *gone);
/* Keeps those of `gone` that may be in use, without asking now. */
void linger_park(struct vfs *v, struct mount_list *gone);
/* Lets go of those kept that are not in use any more, or of `all`. */
void linger_sweep(struct vfs *v, bool all);

#endif
