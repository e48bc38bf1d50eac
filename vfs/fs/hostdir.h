/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostdir.h - the backend of filesystems whose files are the host's.
 *
 * hostfs (exports) and tmpfs keep a struct hostdir as the first member of
 * what fs->priv points to, and use the operations below as they stand
 * (HOSTDIR_OPS).  Threads as in fs_ops.h.
 *
 * How an object is reached.  Every name of more than one component goes
 * through openat2(2) with HOSTDIR_RESOLVE, from the O_PATH descriptor of a
 * node of the instance; what changes a directory names one component in an
 * O_PATH descriptor that was found that way.  So nothing above the root,
 * behind a symbolic link or on another mount of the host can be named, no
 * matter what is renamed meanwhile.
 *
 * A mount that appears on the host below the root after the world was built
 * is refused with -EACCES: its files are no part of what was exported.  One
 * that was there has a stand-in, which is empty and can be mounted upon.
 *
 * A file is looked at (O_PATH, fstat) before it is opened, and it is that
 * very file which is then opened: no FIFO or device is opened by accident.
 * See hostdir_open.c for where that can be had more cheaply.
 */
#ifndef VFS_FS_HOSTDIR_H
#define VFS_FS_HOSTDIR_H

#include "include/uapi.h"
#include "vfs/fs/hostdir_exec.h"
#include "vfs/fs/hostfs.h"
#include "vfs/hostcall.h"
#include "vfs/node.h"

#define HOSTDIR_RESOLVE (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | \
			 RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV)

/* key[2] of the root, which keeps one key also while it has no inode. */
#define HOSTDIR_ROOT 1

struct hostdir_deny;
struct hostdir_hints;
struct hostdir_links;

/* What a look-up finds where the host has a mount: hostdir_standin.c. */
struct hostdir_standin {
	char *path;		/* below the root */
	int fd;			/* O_PATH of something empty */
	uint64_t dev, ino;	/* of that */
};

struct hostdir {
	_Atomic int root;	/* O_PATH of the root; -1: not made yet */
	mode_t type;		/* [I] of the root: S_IFDIR, or one file */
	uint64_t dev, ino;	/* of the root; valid once `root` is */
	uint64_t mnt_id;	/* of the host's mount; likewise */
	bool whole_mount;	/* the root is the root of that mount */
	bool detached;		/* the host's paths of it begin at the root */
	/*
	 * The mount is detached and bare: no mount is upon it, the kernel
	 * follows no link in it, nothing is denied.  A path without ".." then
	 * leads to nothing but what openat2(2) would find, and the calls that
	 * take a path do in one step.
	 */
	bool may_be_bare;	/* [I] but for the links, which are looked at */
	bool bare;		/* valid once `root` is */
	bool ro;		/* [I] never writable, whatever is remounted */
	bool devices;		/* [I] device nodes may be opened */
	struct hostdir_deny *deny;	/* [I] or NULL */
	struct hostdir_standin *standins;	/* [I] */
	size_t nr_standins;	/* [I] */

	/*
	 * A private tree holds no FIFO or device as long as none was made
	 * through us; then files can be opened without a look first.
	 * `special_lock` is held for reading across such an open.
	 */
	struct hostdir_hints *hints;	/* [I] NULL: no guesses */
	struct hostdir_links *links;	/* [I] NULL: not private */
	bool private;		/* [I] nobody else makes files in it */
	bool special;		/* [special_lock] */
	pthread_rwlock_t special_lock;

	/* hostdir_exec.h */
	const struct noexec_backing *noexec_backing;	/* [I] or NULL */
	pthread_mutex_t exec_lock;
	bool noexec;		/* [exec_lock] we have made the mount so */
	_Atomic int noexec_root;	/* of the clone; -1: not made yet, -2:
					 * not to be had [written: exec_lock] */
	uint64_t noexec_mnt_id;	/* valid with it */

	/* Makes the root when it is needed first; NULL: it is there.
	 * Idempotent, any thread. */
	int (*make_root)(struct fs *fs);	/* [I] */
};

static inline struct hostdir *
hostdir_of(const struct fs *fs)
{
	return fs->priv;
}

/* Prepares *hd without a root; hostdir_set_root() follows, at once or from
 * make_root. */
void hostdir_init(struct hostdir *hd);
/* Takes the descriptor, O_PATH or not, also on failure. */
int hostdir_set_root(struct hostdir *hd, int fd);
void hostdir_fini(struct hostdir *hd);

/* The end of ops->get_tree: gives the new instance its root node, and both,
 * counted, to the caller.  Takes `fs` on failure. */
int hostdir_made(struct fs *fs, struct fs **out, struct node **root);

/* The root's descriptor (borrowed), made if need be. */
static inline int
hostdir_root(struct fs *fs)
{
	struct hostdir *hd = hostdir_of(fs);
	int err;

	if (hd->root >= 0)
		return hd->root;
	err = hd->make_root ? hd->make_root(fs) : -ESTALE;
	return err ? err : hd->root;
}

/* The descriptor that look-ups from a node start at (borrowed). */
static inline int
hostdir_base(struct node *n)
{
	return n->fd >= 0 ? n->fd : hostdir_root(n->fs);
}

/* The object's descriptor (borrowed).  An object that stands for a root that
 * was not made yet has none until it is asked for here. */
static inline int
hostdir_fd(struct fs_obj *o)
{
	int fd = o->fd;

	if (fd < 0) {
		if (o->key[2] != HOSTDIR_ROOT)
			return -ESTALE;
		fd = hostdir_root(o->fs);
		if (fd >= 0)
			o->fd = fd;
	}
	return fd;
}

/* May calls that take a path be given this one, from a node of this instance?
 * See `bare`. */
bool hostdir_takes_path(const struct hostdir *hd, const char *rest);

/* What statx(2) said, as stat(2) says it. */
void hostdir_stat_of(const struct statx *x, struct stat *st);

/* To be asked of statx(2): the kernel answers with one of the two. */
#define HOSTDIR_MNT_ID	(STATX_MNT_ID | STATX_MNT_ID_UNIQUE)

/* Is that the id of the instance's mount, or of its clone? */
static inline bool
hostdir_is_mount(const struct hostdir *hd, uint64_t id)
{
	return hd->root >= 0 &&
	    (id == hd->mnt_id ||
	     (hd->noexec_root >= 0 && id == hd->noexec_mnt_id));
}

/*
 * Where `fd` is below the root: "a/b", malloc'ed.  -ENOENT: no longer below
 * it.  A hint: who acts on it checks what he finds there.
 */
int hostdir_below_root(struct fs *fs, int fd, char **rel);

/* Is writing refused by the instance? */
bool hostdir_is_ro(const struct fs *fs);

/*
 * openat2(2) beneath `base` ("" is the base itself).  -EACCES where another
 * mount of the host would be entered, -ELOOP at any symbolic link except a
 * final one with O_NOFOLLOW.
 */
int hostdir_openat(int base, const char *rest, uint64_t flags, mode_t mode);

/*
 * The same by single steps, which tells where a link is and obeys the deny
 * rules.  `how`: FS_NOFOLLOW, FS_DIRECTORY.  0 with an O_PATH descriptor
 * that the caller closes, and in *st at least type and identity; FS_LINK with
 * *stop filled, or -errno.
 */
int hostdir_walk(struct fs *fs, int base, const char *rest, unsigned int how,
		 int *fd, struct stat *st, struct fs_stop *stop);

/* O_PATH descriptor of a directory, by whichever way is right. */
int hostdir_find_dir(struct fs *fs, int base, const char *rest, int *fd);

/* The text of the link `fd`, malloc'ed. */
int hostdir_link_text(int fd, char **text);

/* Splits a non-empty path at its last slash: *dir is malloc'ed ("" for
 * none), *name points into rest. */
int hostdir_split(const char *rest, char **dir, const char **name);

/* Copies the list, without those at or below denied places; hostdir_fini()
 * frees it.  -ENOMEM, -EMFILE. */
int hostdir_standins_set(struct hostdir *hd, const struct hostfs_export *ex);
void hostdir_standins_free(struct hostdir *hd);
/* The stand-in at `rest` from `base`, as an O_PATH descriptor that the caller
 * closes; -EACCES if there is none. */
int hostdir_standin_find(struct node *base, const char *rest, int *fd);
/* The place of a node that is a stand-in, below the root; else NULL. */
const char *hostdir_standin_path(const struct node *n);

int hostdir_lookup(struct fs *fs, const struct vfs_ctx *c, struct node *base,
		   const char *rest, unsigned int how, struct fs_obj *out,
		   struct fs_stop *stop);
int hostdir_open(struct fs *fs, const struct vfs_ctx *c, struct node *base,
		 const char *rest, const struct fs_open *how, int *fd,
		 struct fs_stop *stop);
int hostdir_open_obj(struct fs_obj *o, const struct vfs_ctx *c,
		     const struct fs_open *how, int *fd);
int hostdir_may_search(struct node *n, const struct vfs_ctx *c);

int hostdir_identify(struct fs_obj *o);
int hostdir_stat(struct fs_obj *o, const struct vfs_ctx *c, struct stat *st);
int hostdir_stat_name(struct node *base, const char *name, unsigned int how,
		      struct stat *st);
int hostdir_stat_below(struct fs *fs, int dir, const char *path,
		       unsigned int how, struct stat *st);
int hostdir_open_below(struct fs *fs, int dir, const char *path,
		       uint64_t flags, int *fd, struct statx *stx);
int hostdir_access_name(struct node *base, const char *name, unsigned int how,
			const struct vfs_ctx *c, int mode);
ssize_t hostdir_readlink_name(struct node *base, const char *name, char *buf,
			      size_t size);
int hostdir_statx(struct fs_obj *o, const struct vfs_ctx *c,
		  unsigned int at_flags, unsigned int mask,
		  struct statx *stx);
int hostdir_access(struct fs_obj *o, const struct vfs_ctx *c, int mode);
ssize_t hostdir_readlink(struct fs_obj *o, const struct vfs_ctx *c, char *buf,
			 size_t size);
int hostdir_chmod(struct fs_obj *o, const struct vfs_ctx *c, mode_t mode);
int hostdir_chown(struct fs_obj *o, const struct vfs_ctx *c, uid_t uid,
		  gid_t gid);
int hostdir_utimens(struct fs_obj *o, const struct vfs_ctx *c,
		    const struct timespec *ts);
int hostdir_truncate(struct fs_obj *o, const struct vfs_ctx *c, off_t len);
ssize_t hostdir_getxattr(struct fs_obj *o, const struct vfs_ctx *c,
			 const char *name, void *value, size_t size);
int hostdir_setxattr(struct fs_obj *o, const struct vfs_ctx *c,
		     const char *name, const void *value, size_t size,
		     int flags);
ssize_t hostdir_listxattr(struct fs_obj *o, const struct vfs_ctx *c,
			  char *list, size_t size);
int hostdir_removexattr(struct fs_obj *o, const struct vfs_ctx *c,
			const char *name);
int hostdir_statfs(struct fs_obj *o, const struct vfs_ctx *c,
		   struct statfs *sf);
int hostdir_path_fd(struct fs_obj *o, const struct vfs_ctx *c, int *fd);

int hostdir_mkdir(struct fs_obj *dir, const struct vfs_ctx *c,
		  const char *name, mode_t mode);
int hostdir_mknod(struct fs_obj *dir, const struct vfs_ctx *c,
		  const char *name, mode_t mode, dev_t dev);
int hostdir_symlink(struct fs_obj *dir, const struct vfs_ctx *c,
		    const char *name, const char *target);
int hostdir_unlink(struct fs_obj *dir, const struct vfs_ctx *c,
		   const char *name, int flags);
int hostdir_rename(struct fs_obj *from, const char *from_name,
		   struct fs_obj *to, const char *to_name,
		   const struct vfs_ctx *c, unsigned int flags);
int hostdir_link(struct fs_obj *o, struct fs_obj *dir, const char *name,
		 const struct vfs_ctx *c);

int hostdir_node_init(struct node *n, struct fs_obj *o);
int hostdir_node_obj(struct node *n, struct fs_obj *out);
ssize_t hostdir_node_path(struct node *n, char *buf, size_t size,
			  bool *deleted);
int hostdir_node_parent(struct node *n, const struct vfs_ctx *c,
			struct fs_obj *out);
bool hostdir_recognise(struct fs *fs, const struct statx *stx,
		       struct fs_obj *o);
bool hostdir_owns_fd(struct fs *fs, int fd, const struct stat *st);

/* All but statfs, show_options, reconfigure and free. */
#define HOSTDIR_OPS							\
	.lookup = hostdir_lookup, .open = hostdir_open,			\
	.open_obj = hostdir_open_obj, .may_search = hostdir_may_search,	\
	.identify = hostdir_identify, .stat = hostdir_stat,		\
	.stat_name = hostdir_stat_name,					\
	.access_name = hostdir_access_name,				\
	.readlink_name = hostdir_readlink_name,				\
	.stat_below = hostdir_stat_below,				\
	.open_below = hostdir_open_below,				\
	.statx = hostdir_statx, .access = hostdir_access,		\
	.readlink = hostdir_readlink, .chmod = hostdir_chmod,		\
	.chown = hostdir_chown, .utimens = hostdir_utimens,		\
	.truncate = hostdir_truncate, .getxattr = hostdir_getxattr,	\
	.setxattr = hostdir_setxattr, .listxattr = hostdir_listxattr,	\
	.removexattr = hostdir_removexattr, .path_fd = hostdir_path_fd,	\
	.mkdir = hostdir_mkdir, .mknod = hostdir_mknod,			\
	.symlink = hostdir_symlink, .unlink = hostdir_unlink,		\
	.rename = hostdir_rename, .link = hostdir_link,			\
	.node_init = hostdir_node_init, .node_obj = hostdir_node_obj,	\
	.node_path = hostdir_node_path,					\
	.node_parent = hostdir_node_parent,				\
	.exec_changed = hostdir_exec_changed,				\
	.recognise = hostdir_recognise, .owns_fd = hostdir_owns_fd

#endif
