/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk.h - from a path string to an object, for vfs/ only.
 *
 * A walk is a position (mount, node) and what is left of the string.  While
 * the position is in the sparse tree the core steps by itself, component by
 * component, through mount points and ".."; then the filesystem gets all that
 * is left in one call.  It answers with the object, or stops at a link, and
 * the walk goes on.
 *
 *	AUTO_WALK w = WALK_INIT;
 *	err = walk_obj(&w, c, at, flags);
 *	... w.obj, w.mnt ...
 */
#ifndef VFS_WALK_H
#define VFS_WALK_H

#include "include/auto.h"
#include "vfs/fs_ops.h"
#include "vfs/mount.h"
#include "vfs/pathstr.h"

#define WALK_MAX_LINKS	40

/* What the last component of a walk_parent() is. */
enum walk_last { LAST_NORM, LAST_DOT, LAST_DOTDOT, LAST_ROOT };

struct walk {
	const struct vfs_ctx *c;
	struct path root;	/* borrowed: where ".." stops */
	bool root_met;		/* by a slash or ".." that came along */
	struct mount *mnt;	/* counted: the position */
	struct node *node;	/* counted; NULL once there is no node */
	struct pathstr str;	/* what is left */
	unsigned int resolve;	/* RESOLVE_* */
	unsigned int flags;	/* LOOK_* */
	unsigned int links;	/* followed so far */

	/* walk_open() */
	struct fs_open *open;	/* NULL: look up only */
	int fd;
	mode_t fd_mode;		/* type bits if known, else 0 */

	/* walk_parent() */
	struct pathstr whole;	/* keeps the bytes of `last` */
	const char *last;	/* one component */
	enum walk_last last_type;
	bool last_slash;	/* a slash followed it */

	/* vfs_stat(), vfs_access(), vfs_readlink(): what is asked, answered
	 * without an object if `answered` */
	struct stat *stat;
	const int *access;	/* its mode */
	char *link;
	size_t link_size;
	ssize_t link_len;	/* the answer */
	bool answered;

	struct fs_obj obj;	/* the result; obj.fs NULL: none */
	bool keep_mark;		/* walk_fini() leaves MNT_EXPIRE's mark */
};

#define WALK_INIT	{ .obj = { .fd = -1 }, .fd = -1 }
#define AUTO_WALK	AUTO_CLEANUP(walk_fini) struct walk

/*
 * Each: 0 or -errno; on success w->mnt is the mount of the result.  To be
 * ended with walk_fini() in every case.
 *
 * walk_obj: the object itself in w->obj.
 * walk_open: opens it as `how` says; the descriptor in w->fd.  -EWOULDBLOCK
 *   as vfs_open().
 * walk_parent: the directory of the last component in w->obj.
 */
int walk_obj(struct walk *w, const struct vfs_ctx *c,
	     const struct vfs_at *at);
int walk_open(struct walk *w, const struct vfs_ctx *c,
	      const struct vfs_at *at, struct fs_open *how);
int walk_parent(struct walk *w, const struct vfs_ctx *c,
		const struct vfs_at *at);
void walk_fini(struct walk *w);

/* Type of w->obj, asked for if it is not known: 0 or -errno. */
int walk_identify(struct walk *w);
/* w->obj as a place: counted with path_get(). */
int walk_place(struct walk *w, struct path *out);
/* The same, borrowed from the walk: does not make the mount busy. */
int walk_borrow(struct walk *w, struct path *out);
/* Does the directory w->obj have this entry?  1, 0 or -errno; *mode (may be
 * NULL) gets its type. */
int walk_has_entry(struct walk *w, const char *name, mode_t *mode);

/* ---------------------------------------------------- walk_mount.c */

/* The position to another place: takes over both references. */
void walk_move(struct walk *w, struct mount *mnt, struct node *node);
/* Enters what is mounted on the position.  0, -EXDEV. */
int walk_cross(struct walk *w);
/* "..".  0, -EXDEV, -EACCES, -ENOENT. */
int walk_dotdot(struct walk *w);

/* ----------------------------------------------------- walk_link.c */

/* Goes on from a stop (FS_LINK or FS_JUMP) in w->str.text. */
int walk_stop(struct walk *w, int what, struct fs_stop *stop);
/* The position is the root of a mount on the next component (`len` bytes) of
 * (mnt, dir), and a link: follows it from there.  Takes over both. */
int walk_root_link(struct walk *w, struct mount *mnt, struct node *dir,
		   size_t len);
/* Nothing left to walk, and the position has no node: a descriptor. */
int walk_jump_fd(struct walk *w, struct fs_stop *stop);
void walk_stop_fini(struct fs_stop *stop);

/* ----------------------------------------------------- walk_open.c */

/* The last step of walk_open(): `rest` below the position.  As ops->open. */
int walk_end_open(struct walk *w, const char *rest, struct fs_stop *stop);
/* Opens w->obj, which the walk has reached by a jump to a descriptor. */
int walk_end_open_obj(struct walk *w);

#endif
