/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount_api.h - mounts by descriptor: fsopen, fsconfig, fsmount, fspick,
 * open_tree, move_mount, mount_setattr, statmount and listmount.
 *
 * For the embedder, next to vfs.h.  The core knows no descriptors: contexts
 * are objects, detached trees are places.  What a system call checks before
 * it looks at the mount table is done here too (flags, rights, in Linux's
 * order), but for what needs the caller's memory or descriptors.  "As the
 * kernel" means fs/namespace.c, fs/fsopen.c and fs/fs_context.c, Linux 6.18.
 *
 * Detached trees.  vfs_fsmount() and vfs_open_tree(OPEN_TREE_CLONE) give a
 * counted place in an anonymous namespace, which lives until vfs_dissolve()
 * is called with its mount: what the last close of the descriptor does.  The
 * references of the place keep the mount object, not the tree.
 */
#ifndef VFS_MOUNT_API_H
#define VFS_MOUNT_API_H

#include "include/uapi.h"
#include "vfs/vfs.h"

struct fs_context;

/* --------------------------------------------------- filesystem contexts */

/*
 * A context that makes a filesystem; one reference.  Errors in order: -EPERM,
 * -EINVAL (flags other than FSOPEN_CLOEXEC), -ENODEV.
 */
int vfs_fsopen(const struct vfs_ctx *c, const char *type, unsigned int flags,
	       struct fs_context **out);
/*
 * A context that reconfigures the filesystem of a mount.  `flags` as fspick()
 * takes them; at->flags are set from them.  -EPERM, -EINVAL (flags), errors
 * of the look-up, -EINVAL (not the root of a mount).
 */
int vfs_fspick(const struct vfs_ctx *c, const struct vfs_at *at,
	       unsigned int flags, struct fs_context **out);
struct fs_context *fs_context_get(struct fs_context *fc);
void fs_context_put(struct fs_context *fc);
/* The name of its filesystem type. */
const char *fs_context_type(const struct fs_context *fc);

/*
 * Are these arguments of fsconfig() in order?  As far as can be said before
 * the context is known: which of key, value and aux are there.  0, -EINVAL,
 * -EOPNOTSUPP (no such command).
 */
int vfs_fsconfig_check(unsigned int cmd, bool key, bool value, int aux);
/*
 * fsconfig().  `key` and `value` are strings, copied in (at most 255 bytes,
 * else -EINVAL); for FSCONFIG_SET_BINARY `value` has `aux` bytes.  For
 * FSCONFIG_SET_PATH and SET_FD the descriptor in `aux` has been seen to be
 * open.  Repeats vfs_fsconfig_check().  What goes wrong is in the log.
 */
int vfs_fsconfig(const struct vfs_ctx *c, struct fs_context *fc,
		 unsigned int cmd, const char *key, const void *value,
		 int aux);
/*
 * Takes the oldest message, as read() of the descriptor does: "e tmpfs: ..."
 * with the newline.  Returns its length, -ENODATA, -EMSGSIZE (it stays).
 */
ssize_t fs_context_log(struct fs_context *fc, char *buf, size_t size);

/*
 * fsmount(): `attr` are MOUNT_ATTR_*.  *out as said above.  Errors in order:
 * vfs_fsmount_check()'s; -EINVAL, -EPERM, -EBUSY.
 */
int vfs_fsmount(const struct vfs_ctx *c, struct fs_context *fc,
		unsigned int flags, unsigned int attr, struct path *out);
/* What is wrong with the arguments, before the descriptor is looked at:
 * -EPERM, -EINVAL. */
int vfs_fsmount_check(const struct vfs_ctx *c, unsigned int flags,
		      unsigned int attr);

/* ----------------------------------------------------------------- trees */

/*
 * open_tree(): OPEN_TREE_CLONE, OPEN_TREE_CLOEXEC, AT_RECURSIVE,
 * AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, AT_NO_AUTOMOUNT; at->flags are set from
 * them.  Without CLONE *out is the place itself.  `attr` (may be NULL): as
 * open_tree_attr(), MOUNT_ATTR_IDMAP judged by the caller.
 */
int vfs_open_tree(const struct vfs_ctx *c, const struct vfs_at *at,
		  unsigned int flags, struct path *out);
int vfs_open_tree_attr(const struct vfs_ctx *c, const struct vfs_at *at,
		       unsigned int flags, const struct mount_attr *attr,
		       struct path *out);
/* What is wrong with open_tree()'s flags: -EINVAL, -EPERM. */
int vfs_open_tree_check(const struct vfs_ctx *c, unsigned int flags);

/* move_mount(): `flags` are MOVE_MOUNT_*; both at->flags are set from them. */
int vfs_move_mount(const struct vfs_ctx *c, const struct vfs_at *from,
		   const struct vfs_at *to, unsigned int flags);
/* -EPERM, -EINVAL, before either path is looked at. */
int vfs_move_mount_check(const struct vfs_ctx *c, unsigned int flags);

/*
 * The last descriptor that made a detached tree was closed: takes the tree
 * apart if `m` is still the root of one (dissolve_on_fput()).  The caller
 * keeps its reference.  Locks: none held.
 */
void vfs_dissolve(struct vfs *v, struct mount *m);

/* mount_setattr(): `flags` are AT_*; at->flags are set from them.
 * MOUNT_ATTR_IDMAP in attr_set: its descriptor has been judged; refused as
 * from a caller without rights over the filesystem. */
int vfs_mount_setattr(const struct vfs_ctx *c, const struct vfs_at *at,
		      unsigned int flags, const struct mount_attr *attr);
/* -EINVAL for flags; the rest of the struct: 1 (there is nothing to do), 0 or
 * -EINVAL.  `clone`: the attributes are for a fresh clone. */
int vfs_mount_setattr_check(unsigned int flags);
int vfs_mount_attr_check(const struct mount_attr *attr, bool clone);

/* ------------------------------------------------------------- questions */

/*
 * statmount() of the mount with the unique id `id` in `ns` (NULL: the
 * caller's).  Fills `buf`, the fixed part (as much as fits into `size`)
 * and the strings.  Returns the number of bytes used, -EOVERFLOW, -ENOENT,
 * -EPERM.
 */
ssize_t vfs_statmount(const struct vfs_ctx *c, struct mntns *ns, uint64_t id,
		      uint64_t mask, void *buf, size_t size);
/*
 * listmount() below the mount `id` (LSMT_ROOT: everything), after the id
 * `last`.  Returns how many were put into `ids`; -EINVAL, -ENOENT, -EPERM.
 */
ssize_t vfs_listmount(const struct vfs_ctx *c, struct mntns *ns, uint64_t id,
		      uint64_t last, uint64_t *ids, size_t n,
		      unsigned int flags);
/* What is wrong with a request: -EINVAL, -E2BIG. */
int vfs_mnt_id_req_check(const struct uapi_mnt_id_req *req);

#endif
