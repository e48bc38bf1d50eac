/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fs_ops.h - THE contract between the core and a filesystem.
 *
 * The resolution contract: a filesystem is given a base node and a relative
 * string, and consumes as many components as it can in one go.  The core
 * has seen to it that the string
 *   - holds no leading or trailing slash, no empty component, and "." at
 *     most as the very last one ("." or "a/."), where it means, as for the
 *     kernel: a directory that the caller may search,
 *   - has no ".." that climbs above the base, and crosses no mount point
 *     (it compares the string with the sparse tree of nodes first),
 *   - "" means the base itself (which may be a file, then).
 * ".." may stand inside ("lib/gcc/../x"), and the filesystem must give it
 * the kernel's meaning: what stands before must exist and be a directory.
 * What a filesystem may meet is a symbolic link: it never follows one, it
 * stops and says where (FS_LINK), and the core follows it.  A magic link
 * (/proc/self/exe) is answered with the place it jumps to (FS_JUMP).
 *
 * A host-backed filesystem does the common case in ONE openat2(2).
 *
 * Threads: every operation may be called from several threads at once, with
 * no core lock held unless said otherwise.  Errors are -errno; results are
 * untouched on failure.
 *
 * Policy (read-only, deny rules) is a property of the instance: a filesystem
 * must refuse with -EROFS/-EACCES by itself, whatever the mount says.  The
 * core checks the per-mount flags.
 */
#ifndef VFS_FS_OPS_H
#define VFS_FS_OPS_H

#include "vfs/fs_param.h"
#include "vfs/vfs.h"

/* How far lookup/open got; 0 is "done". */
#define FS_LINK	1	/* stopped at a symbolic link: see struct fs_stop */
#define FS_JUMP	2	/* stopped at a magic link: stop->jump */
#define FS_BLOCK 3	/* open would block; asked with FS_OPEN_NOBLOCK */

/* How a lookup is meant. */
#define FS_NOFOLLOW	0x1	/* a final symbolic link is the object */
#define FS_DIRECTORY	0x2	/* the object must be a directory: -ENOTDIR;
				 * a final link is FS_LINK.  Never comes
				 * together with FS_NOFOLLOW */

struct fs_stop {
	size_t consumed;	/* bytes of `rest` up to the end of the link's
				 * name, the slash after it not included */
	size_t dir_len;		/* FS_LINK: bytes of `rest` before the link's
				 * name (its directory, without final slash) */
	char *target;		/* FS_LINK: malloc'ed text */
	struct path jump;	/* FS_JUMP: place to go on from, counted with
				 * mount_get() and node_get(); or */
	int jump_fd;		/* FS_JUMP to something without a node: a
				 * descriptor (not O_PATH where that is to be
				 * had), else -1.  jump.mnt may then be set:
				 * the mount it was opened through */
	mode_t mode;		/* open, on success: type bits of the object
				 * if known, else 0 */
};

/*
 * An object that was found.  By value; fs_obj_fini() when done.
 * Host-backed: `fd` is an O_PATH descriptor (fd_owned: close it).
 * Synthetic: fd is -1 and `key` says which object.
 *
 * `mode` 0 means that a look-up did not have to know the type: neither
 * `mode` nor `key` is valid then until ops->identify() has filled them.
 */
struct fs_obj {
	struct fs *fs;
	int fd;
	bool fd_owned;
	mode_t mode;		/* file type bits at least, or 0 */
	uint64_t key[3];	/* identity in this fs (host: dev, ino, 0) */
	/* counted, when the object is the base node itself; else NULL */
	struct node *node;
};
void fs_obj_fini(struct fs_obj *o);
/* An `identify` of ours for objects that are what `fd` refers to. */
int fs_obj_identify_fd(struct fs_obj *o);

/* Arguments of open beyond the path. */
struct fs_open {
	uint64_t flags;		/* O_*, without O_NOFOLLOW/O_CLOEXEC/O_PATH */
	mode_t mode;		/* umask applied already */
	bool nofollow;		/* a final link: fail -ELOOP instead of FS_LINK
				 * (-EEXIST with O_CREAT|O_EXCL) */
	bool ro;		/* the mount is read-only: -EROFS for writers of
				 * files, directories and links (not devices,
				 * FIFOs).  O_CREAT never comes with it: the
				 * core asks without and judges */
	bool nodev;		/* -EACCES for device nodes */
	bool noexec;		/* what is opened is not to be mapped for
				 * execution */
	bool noblock;		/* FS_BLOCK instead of opening a FIFO etc. */
};

struct fs_ops {
	/* --- finding ------------------------------------------------- */
	/* `how`: FS_NOFOLLOW, FS_DIRECTORY. */
	int (*lookup)(struct fs *fs, const struct vfs_ctx *c,
		      struct node *base, const char *rest, unsigned int how,
		      struct fs_obj *out, struct fs_stop *stop);
	/* Finds and opens; *fd is a real descriptor, O_CLOEXEC. */
	int (*open)(struct fs *fs, const struct vfs_ctx *c, struct node *base,
		    const char *rest, const struct fs_open *how, int *fd,
		    struct fs_stop *stop);
	/* Reopens an object found before (O_EMPTY-like; /proc/self/fd/N). */
	int (*open_obj)(struct fs_obj *o, const struct vfs_ctx *c,
			const struct fs_open *how, int *fd);

	/* May the caller look up names in this directory?  Asked when the
	 * core steps through the sparse tree by itself, for each directory
	 * stepped from, so keep it cheap.  0, -EACCES.  NULL: yes.
	 * Locks: node_lock is held. */
	int (*may_search)(struct node *n, const struct vfs_ctx *c);

	/* --- the object ---------------------------------------------- */
	/* Fills o->mode (type bits) and o->key.  Needed if look-ups may
	 * leave them out. */
	int (*identify)(struct fs_obj *o);
	int (*stat)(struct fs_obj *o, const struct vfs_ctx *c,
		    struct stat *st);
	/* stat(), access() and readlink() of a path below `base`, not "", in
	 * a single step; `how` as for lookup, where FS_NOFOLLOW and
	 * FS_DIRECTORY may come together (readlink: FS_NOFOLLOW is meant).
	 * -EAGAIN: it must be looked up.  NULL: always. */
	int (*stat_name)(struct node *base, const char *rest, unsigned int how,
			 struct stat *st);
	int (*access_name)(struct node *base, const char *rest,
			   unsigned int how, const struct vfs_ctx *c,
			   int mode);
	ssize_t (*readlink_name)(struct node *base, const char *rest,
				 char *buf, size_t size);
	/*
	 * The same, and the opening of a directory (O_RDONLY; `flags` of
	 * open(2)), by a path that begins at `dir`: an open directory of
	 * which nobody has looked yet what it is.  Nothing is mounted in this
	 * instance.  `stx` gets type, identity and mount id of what was
	 * opened.  -EAGAIN: `dir` is not of this instance, or it must be
	 * looked up.  NULL: always.
	 */
	int (*stat_below)(struct fs *fs, int dir, const char *path,
			  unsigned int how, struct stat *st);
	int (*open_below)(struct fs *fs, int dir, const char *path,
			  uint64_t flags, int *fd, struct statx *stx);
	int (*statx)(struct fs_obj *o, const struct vfs_ctx *c,
		     unsigned int at_flags, unsigned int mask,
		     struct statx *stx);
	int (*access)(struct fs_obj *o, const struct vfs_ctx *c, int mode);
	ssize_t (*readlink)(struct fs_obj *o, const struct vfs_ctx *c,
			    char *buf, size_t size);
	int (*chmod)(struct fs_obj *o, const struct vfs_ctx *c, mode_t mode);
	int (*chown)(struct fs_obj *o, const struct vfs_ctx *c, uid_t uid,
		     gid_t gid);
	int (*utimens)(struct fs_obj *o, const struct vfs_ctx *c,
		       const struct timespec *ts);
	int (*truncate)(struct fs_obj *o, const struct vfs_ctx *c, off_t len);
	ssize_t (*getxattr)(struct fs_obj *o, const struct vfs_ctx *c,
			    const char *name, void *value, size_t size);
	int (*setxattr)(struct fs_obj *o, const struct vfs_ctx *c,
			const char *name, const void *value, size_t size,
			int flags);
	ssize_t (*listxattr)(struct fs_obj *o, const struct vfs_ctx *c,
			     char *list, size_t size);
	int (*removexattr)(struct fs_obj *o, const struct vfs_ctx *c,
			   const char *name);
	int (*statfs)(struct fs_obj *o, const struct vfs_ctx *c,
		      struct statfs *sf);
	/* A new O_PATH descriptor of the object; -EOPNOTSUPP if none. */
	int (*path_fd)(struct fs_obj *o, const struct vfs_ctx *c, int *fd);

	/* --- names in a directory `dir`; `name` is one component ------ */
	/* The core has checked the mount's flags, mount points and "."/"..".
	 * A missing operation answers -EPERM (create) as Linux does. */
	int (*mkdir)(struct fs_obj *dir, const struct vfs_ctx *c,
		     const char *name, mode_t mode);
	int (*mknod)(struct fs_obj *dir, const struct vfs_ctx *c,
		     const char *name, mode_t mode, dev_t dev);
	int (*symlink)(struct fs_obj *dir, const struct vfs_ctx *c,
		       const char *name, const char *target);
	int (*unlink)(struct fs_obj *dir, const struct vfs_ctx *c,
		      const char *name, int flags);
	int (*rename)(struct fs_obj *from, const char *from_name,
		      struct fs_obj *to, const char *to_name,
		      const struct vfs_ctx *c, unsigned int flags);
	int (*link)(struct fs_obj *o, struct fs_obj *dir, const char *name,
		    const struct vfs_ctx *c);

	/* --- nodes ---------------------------------------------------- */
	/* Called for a new node with node_lock held; type and key are set
	 * from the object (directories with equal keys are the same node).
	 * Fills n->fd (a duplicate, or steals o->fd: then clears
	 * o->fd_owned) and n->priv.  NULL: nothing to fill. */
	int (*node_init)(struct node *n, struct fs_obj *o);
	/* Before the node's memory goes; the core closes n->fd itself. */
	void (*node_fini)(struct node *n);
	/* node -> object (borrowing the node's descriptor). */
	int (*node_obj)(struct node *n, struct fs_obj *out);
	/* Path of the node inside the filesystem, "/a/b" ("/" = fs root);
	 * *deleted set when it has no name any more.  Length or -ERANGE. */
	ssize_t (*node_path)(struct node *n, char *buf, size_t size,
			     bool *deleted);
	/* The parent directory, as ".." finds it: -EACCES without search
	 * permission on `n`; the last one when unlinked; -ENOENT when no
	 * longer inside.
	 * Never called for the fs root. */
	int (*node_parent)(struct node *n, const struct vfs_ctx *c,
			   struct fs_obj *out);
	/* Is the directory that `stx` tells of, which was handed out from
	 * this instance earlier, still what a look-up would find?  Fills
	 * o->mode and o->key then.  NULL: cannot tell. */
	bool (*recognise)(struct fs *fs, const struct statx *stx,
			  struct fs_obj *o);
	/* FST_MNTNS_FILE: the id of the namespace whose file it is; 0: it has
	 * ended. */
	uint64_t (*mntns_of)(struct node *n);
	/* Is this real descriptor something of this instance? */
	bool (*owns_fd)(struct fs *fs, int fd, const struct stat *st);

	/* --- the instance --------------------------------------------- */
	/* fs->nr_exec has become, or is no longer, 0: how files are handed
	 * out, and those that were, may have to change.  NULL: nothing does.
	 * Locks: mount_lock may be held. */
	void (*exec_changed)(struct fs *fs);
	/* Superblock options as mountinfo prints them after the flags:
	 * ",size=4k,mode=700" or "". */
	int (*show_options)(struct fs *fs, char *buf, size_t size);
	/* Remount: `data` parsed as Linux does. */
	int (*reconfigure)(struct fs *fs, const struct vfs_ctx *c,
			   const char *data);
	void (*free)(struct fs *fs);
};

/* A filesystem type as /proc/filesystems lists it. */
struct fs_type {
	const char *name;
	unsigned int flags;
#define FST_NODEV	0x1
#define FST_USERNS	0x2	/* may be mounted by a user-namespace root */
#define FST_MNTNS_FILE	0x4	/* its objects are files of mount namespaces:
				 * a copied namespace does not get them */
#define FST_NS_FILE	0x20	/* its objects are files of namespaces: may be
				 * bound from outside of the tree */
#define FST_VISIBLE	0x8	/* as SB_I_USERNS_VISIBLE: a user namespace
				 * may mount it only if it sees one already */
#define FST_SHARED	0x10	/* one instance for all mounts of a user namespace:
				 * the options of the last hold for all */
	/*
	 * Makes (or finds) an instance for mount(2): `data` is the option
	 * string without the words the core has taken (ro, rw, sync...; they
	 * are in sb_flags); NULL when there is none.  `fs_data` is given by
	 * vfs_kern_mount() instead (`c` is NULL then).  *out is counted;
	 * *root is a counted node of the place to show.  Makes the root node
	 * with node_for_obj() and stores it in fs->root before returning
	 * (that reference belongs to the fs).
	 */
	int (*get_tree)(const struct fs_type *t, struct vfs *v,
			const struct vfs_ctx *c, const char *source,
			unsigned long sb_flags, const char *data,
			const void *fs_data, struct fs **out,
			struct node **root);
	/*
	 * Is this option all right, by itself?  Asked for each one that
	 * fsconfig(2) gives, before all of them go to get_tree() or
	 * reconfigure() in one string.  0, FS_PARAM_UNKNOWN, or -EINVAL with
	 * the reason in `log`.  NULL: the type has no options.
	 */
	int (*check_param)(const struct fs_type *t, const struct vfs_ctx *c,
			   const struct fs_param *p, struct fs_log *log);
};

#endif
