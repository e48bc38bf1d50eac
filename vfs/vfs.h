/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfs.h - the VFS core: mounts, namespaces and path walk, in user space.
 *
 * Read this first.  The core knows no guest: it is given a caller's view
 * (struct vfs_ctx), paths as byte strings, and answers with objects or a
 * negative errno exactly as Linux would.  It never logs, exits or touches
 * another process.
 *
 * Objects and who holds references to them
 *
 *   vfs ──owns──► fs_type registry, mount table, id allocators
 *   mntns ──► its root mount; every mount of it is on its list
 *   mount ──► fs, root node, (mountpoint node, parent mount) while attached
 *   node  ──► fs, and its parent node while it is part of the sparse tree
 *   path  =  a counted mount + a counted node.  Held by: fs-contexts (root,
 *            cwd), walks in progress, descriptors of detached trees.
 *
 * An unmounted tree that stays in one piece is held the other way round: the
 * parent holds its children (see docs/propagation.md).
 *
 * The tree of nodes is sparse: a node exists only while something is mounted
 * on it or below it, or while somebody holds it.
 *
 * Locks, outermost first
 *
 *   vfs->mount_lock            topology: attach, detach, ids, lists   [m]
 *     fs->node_lock            a filesystem's node hash and tree      [n]
 *       (filesystem-private locks)
 *
 * Look-ups take no lock above node_lock: the mount hash is validated by a
 * sequence count and references are taken with a try-get; mounts and nodes
 * live in type-stable memory, so a stale pointer can be read, never used.
 *
 * Threads.  Any number of them may call anything but vfs_new(), vfs_free() and
 * vfs_set_*() at once, on one namespace too.  A caller's struct vfs_ctx is
 * only read; a struct path or struct fs_context of its own is one thread's at
 * a time.  A look-up that meets a change of the mounts on its way begins that
 * step again, and so sees the tree before or after it, never half of it.  It
 * waits for nobody: a thread that holds mount_lock stops other changes, not
 * look-ups.  Hooks and filesystems are called by the thread that came in, and
 * with mount_lock held where their contract says so.
 *
 * Field letters: [I] immutable after creation, [a] atomic, [m] mount_lock,
 * [n] node_lock of the fs, [s] sequence-count readers + mount_lock writers.
 */
#ifndef VFS_VFS_H
#define VFS_VFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/types.h>
#include <linux/openat2.h>
#include <linux/stat.h>

struct vfs;
struct mntns;
struct mount;
struct node;
struct fs;
struct fs_type;
struct fs_obj;
struct fs_op;

/*
 * A place in a mount tree.  Copying the struct does not take references.
 *
 * Who holds a path keeps its mount *busy* (umount: EBUSY).  Who only wants to
 * remember a mount, without that effect, takes mount_get() of it alone.
 * Either member may be NULL: path_get() and path_put() pass over it.
 */
struct path {
	struct mount *mnt;
	struct node *node;
};

void path_get(const struct path *p);		/* takes both references */
void path_put(struct path *p);			/* drops both, clears *p */
bool path_equal(const struct path *a, const struct path *b);

/*
 * Who asks.  Borrowed for the length of one vfs_ call.
 *
 * `may_mount`: CAP_SYS_ADMIN over the namespace's owner; `cap_chroot`: what
 * the name says, in the emulated credentials.  User namespaces are the
 * embedder's: the core knows them by a number, 0 is the host's initial one.
 */
struct vfs_ctx {
	struct vfs *vfs;
	struct mntns *ns;
	struct path root;		/* borrowed from the fs-context */
	struct path cwd;
	mode_t umask;
	uid_t uid;			/* as files are owned on the host */
	gid_t gid;
	uint64_t user_ns;		/* the caller's */
	bool may_mount;
	bool cap_chroot;
	bool effective_ids;		/* access(): check with effective ids */
	uint64_t caller;		/* opaque: handed to procfs & co */
};

/*
 * Where a walk starts and how it ends.  `base` is used for relative names
 * (NULL: cwd).  `resolve` takes the RESOLVE_* bits of openat2(2).
 */
struct vfs_at {
	const struct path *base;
	const char *name;		/* bytes as copied from the caller */
	unsigned int resolve;
	unsigned int flags;		/* LOOK_* */
};

#define LOOK_FOLLOW	0x01	/* follow a final symbolic link */
#define LOOK_EMPTY	0x02	/* "" names the base itself (AT_EMPTY_PATH) */
#define LOOK_DIRECTORY	0x04	/* must be a directory: else ENOTDIR */
#define LOOK_PARENT	0x08	/* (internal) stop before the last component */
#define LOOK_NO_XMOUNT	0x10	/* last component: do not enter a mount on it */

/* ------------------------------------------------------------- life time */

int vfs_new(struct vfs **out);
/* Requires: no namespace, walk or path outstanding.  Returns the number of
 * mounts and nodes that somebody holds all the same, 0 for a clean end. */
unsigned long vfs_free(struct vfs *v);

/* The mounts that a namespace may have, as /proc/sys/fs/mount-max; 100000
 * before.  While no other thread uses `v`. */
void vfs_set_mount_max(struct vfs *v, unsigned int max);

/* Registers a filesystem type under its name.  Returns 0, -EEXIST. */
int vfs_register_type(struct vfs *v, const struct fs_type *t);
/* Borrowed; NULL when there is none of that name. */
const struct fs_type *vfs_find_type(struct vfs *v, const char *name);

/* ------------------------------------------------- files and directories */
/* Each: 0 (or a descriptor, or a count) or -errno in Linux's checking order.
 * Descriptors returned are real, O_CLOEXEC, and owned by the caller. */

/*
 * As do_sys_openat2(), after build_open_flags() (the caller has judged the
 * flags; at->resolve and how->resolve are taken together).  On success *fd
 * is a real descriptor and, when `where` is not NULL, where->mnt is the
 * mount that it names, for directories, O_PATH and files of a filesystem that
 * several mounts show (NULL otherwise; end with path_put()).  where->node may be NULL: vfs_path_from_fd() finds it from
 * the descriptor, with the mount as hint.
 * -EWOULDBLOCK with `nonblock` set: the object is one whose open may block
 * (a FIFO, a device with such an open); call again without from a thread
 * that may wait; nothing was opened.
 */
int vfs_open(const struct vfs_ctx *c, const struct vfs_at *at,
	     const struct open_how *how, bool nonblock, int *fd,
	     struct path *where);
int vfs_statx(const struct vfs_ctx *c, const struct vfs_at *at,
	      unsigned int at_flags, unsigned int mask, struct statx *stx);
int vfs_stat(const struct vfs_ctx *c, const struct vfs_at *at,
	     struct stat *st);
int vfs_access(const struct vfs_ctx *c, const struct vfs_at *at, int mode);
/* Returns the number of bytes placed in buf, not terminated. */
ssize_t vfs_readlink(const struct vfs_ctx *c, const struct vfs_at *at,
		     char *buf, size_t size);
int vfs_statfs(const struct vfs_ctx *c, const struct vfs_at *at,
	       struct statfs *sf);
int vfs_mkdir(const struct vfs_ctx *c, const struct vfs_at *at, mode_t mode);
int vfs_mknod(const struct vfs_ctx *c, const struct vfs_at *at, mode_t mode,
	      dev_t dev);
int vfs_symlink(const struct vfs_ctx *c, const char *target,
		const struct vfs_at *at);
/* AT_REMOVEDIR or 0. */
int vfs_unlink(const struct vfs_ctx *c, const struct vfs_at *at, int flags);
/* RENAME_* flags. */
int vfs_rename(const struct vfs_ctx *c, const struct vfs_at *from,
	       const struct vfs_at *to, unsigned int flags);
/* `from` with LOOK_FOLLOW for AT_SYMLINK_FOLLOW, LOOK_EMPTY likewise. */
int vfs_link(const struct vfs_ctx *c, const struct vfs_at *from,
	     const struct vfs_at *to);
int vfs_chmod(const struct vfs_ctx *c, const struct vfs_at *at, mode_t mode);
int vfs_chown(const struct vfs_ctx *c, const struct vfs_at *at, uid_t uid,
	      gid_t gid);
/* `ts` as utimensat(2), NULL for "now". */
int vfs_utimens(const struct vfs_ctx *c, const struct vfs_at *at,
		const struct timespec ts[2]);
int vfs_truncate(const struct vfs_ctx *c, const struct vfs_at *at,
		 off_t length);
ssize_t vfs_getxattr(const struct vfs_ctx *c, const struct vfs_at *at,
		     const char *name, void *value, size_t size);
int vfs_setxattr(const struct vfs_ctx *c, const struct vfs_at *at,
		 const char *name, const void *value, size_t size, int flags);
ssize_t vfs_listxattr(const struct vfs_ctx *c, const struct vfs_at *at,
		      char *list, size_t size);
int vfs_removexattr(const struct vfs_ctx *c, const struct vfs_at *at,
		    const char *name);

/* To be called after modes, owners or ACLs were changed otherwise than by the
 * calls above, or the process has lost capabilities. */
void vfs_access_changed(struct vfs *v);

/* A counted place (path_put() it), for chdir, chroot and friends. */
int vfs_lookup(const struct vfs_ctx *c, const struct vfs_at *at,
	       struct path *out);
/* As vfs_lookup, with a real O_PATH descriptor of the object as well, for
 * callers that act on it themselves (inotify, AF_UNIX connect).  Fails with
 * -EOPNOTSUPP for objects that no descriptor can stand for. */
int vfs_lookup_fd(const struct vfs_ctx *c, const struct vfs_at *at,
		  struct path *out, int *fd);
/* Opens the parent of the last component: *dirfd is an O_PATH descriptor,
 * *last points into at->name.  Refuses a read-only place with -EROFS when
 * `create`.  For AF_UNIX bind. */
int vfs_lookup_parent_fd(const struct vfs_ctx *c, const struct vfs_at *at,
			 bool create, int *dirfd, const char **last);

/*
 * The same operations on a descriptor that the caller holds and that was
 * handed out by the core earlier (fchmod, fsetxattr, ...): tells whether
 * the place may be modified through it.  0 or -EROFS.
 */
int vfs_may_write(const struct path *p);

/*
 * The place that a real directory (or O_PATH) descriptor stands for.  Takes
 * ownership of `fd` in every case.  `hint` (may be NULL): the mount recorded
 * when it was handed out.  -ESTALE: not below any mount of this namespace
 * (a descriptor from outside).
 */
int vfs_path_from_fd(const struct vfs_ctx *c, int fd,
		     const struct mount *hint, struct path *out);

/*
 * The same, cheaply, for a directory of which it is certain that it was
 * handed out through `m`: `stx` has its type, inode and mount id (the unique
 * one if the kernel knows it).  `m` may be a mount that is gone meanwhile.
 * Takes `fd` on success only.  -ESTALE: vfs_path_from_fd() must find out.
 */
int vfs_path_from_record(struct mount *m, int fd, const struct statx *stx,
			 struct path *out);
/* The same for a mount that was only seen with the directory's inode: -ESTALE
 * too if another mount shows its file system. */
int vfs_path_from_sole(struct mount *m, int fd, const struct statx *stx,
		       struct path *out);

/*
 * stat() of a path, and the opening of a directory for reading, that begin at
 * a descriptor of which nobody has asked yet where it leads: `m`, which may be
 * gone meanwhile, is the mount that it most likely was handed out through.
 * Only for worlds where the kernel's own look-up from a guest's descriptor
 * leads nowhere else (docs/security.md, "Descriptors").  -EAGAIN: find the
 * place and do it from there; so it is whenever something is mounted upon
 * the file system, or it is shown twice.
 */
int vfs_stat_below(struct mount *m, int dir, const char *path,
		   unsigned int look, struct stat *st);
int vfs_open_below(struct mount *m, int dir, const char *path, uint64_t flags,
		   int *fd, struct statx *stx);

/*
 * The path string as getcwd(2) and /proc magic links print it, relative to
 * c->root: "/a/b", "/a/b (deleted)" (when `deleted` is allowed), or prefixed
 * "(unreachable)".  Returns the length without the NUL, -ERANGE, -ENOENT
 * (deleted, for getcwd).
 */
#define DPATH_DELETED_OK	0x1
ssize_t vfs_dpath(const struct vfs_ctx *c, const struct path *p, char *buf,
		  size_t size, unsigned int flags);

/* MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC ... of a place: the mount's
 * flags together with the filesystem's. */
unsigned long vfs_mount_flags(const struct path *p);

/* --------------------------------------------------------------- mounts */

/*
 * mount(2) after the strings were copied in (NULL stays NULL).  Checks in
 * the order of do_mount() in fs/namespace.c, Linux 6.18.
 */
int vfs_mount(const struct vfs_ctx *c, const char *source,
	      const struct vfs_at *target, const char *type,
	      unsigned long flags, const char *data);
int vfs_umount(const struct vfs_ctx *c, const struct vfs_at *target,
	       int flags);
int vfs_pivot_root(const struct vfs_ctx *c, const struct vfs_at *new_root,
		   const struct vfs_at *put_old);

/*
 * For building a world from outside, before a guest runs: attach a new
 * instance / an existing one, without permission checks.
 */
int vfs_kern_mount(struct vfs *v, const struct fs_type *t, const char *source,
		   unsigned long flags, const void *fs_data,
		   struct mount **out);
/* Consumes the reference to `m`, on failure too. */
int vfs_attach(const struct vfs_ctx *c, struct mount *m,
	       const struct path *where);
/* A new namespace whose visible root is `root` (attached on a hidden parent
 * mount, so that pivot_root works), owned by user namespace 0.  Consumes the
 * reference to `root`, on failure too. */
int vfs_new_ns(struct vfs *v, struct mount *root, struct mntns **out);
/* The same for another owner. */
int vfs_new_ns_for(struct vfs *v, struct mount *root, uint64_t owner,
		   struct mntns **out);

/*
 * A copy of c->ns for the user namespace `owner`, as copy_mnt_ns().  If that
 * is not the owner of c->ns, shared mounts become slaves of the originals,
 * and flags and mounts are locked.  *root and *cwd (counted, the caller's;
 * either may be NULL) move to their copies if they are on a mount of c->ns.
 * -ENOMEM; nothing has changed on failure.
 */
int vfs_copy_ns(const struct vfs_ctx *c, uint64_t owner, struct path *root,
		struct path *cwd, struct mntns **out);

struct mntns *mntns_get(struct mntns *ns);
/* The last one takes the tree apart, as put_mnt_ns(). */
void mntns_put(struct mntns *ns);
/* What /proc/PID/ns/mnt shows (the number in "mnt:[N]"); grows with age. */
uint64_t mntns_id(const struct mntns *ns);
/* The user namespace that owns it. */
uint64_t mntns_owner(const struct mntns *ns);
/* A detached tree's: see mount_api.h. */
bool mntns_is_anon(const struct mntns *ns);
/* The root place of a namespace as a new process gets it; counted. */
void mntns_root(struct mntns *ns, struct path *out);
/* Goes up by one with every change of the table: for poll(). */
uint64_t mntns_event(const struct mntns *ns);

struct mount *mount_get(struct mount *m);
void mount_put(struct mount *m);
/* A reference to what may be gone meanwhile, or be another mount: false
 * without one. */
bool mount_try_get(struct mount *m);
struct node *node_get(struct node *n);
void node_put(struct node *n);

/* Text of /proc/PID/{mountinfo,mounts,mountstats} as seen from c->root.
 * *text is malloc'ed. */
enum mount_table { TABLE_MOUNTINFO, TABLE_MOUNTS, TABLE_MOUNTSTATS };
int vfs_mount_table(const struct vfs_ctx *c, enum mount_table which,
		    char **text, size_t *len);

/*
 * Asked when an operation must know who uses a filesystem or mount: umount
 * (-EBUSY), remount read-only, MNT_EXPIRE.  The embedder looks at its
 * processes at that moment.  Called with no lock of the core held; not for a
 * mount of which no place and no descriptor was ever given out.
 */
enum vfs_use { USE_BUSY, USE_WRITERS };
struct vfs_hooks {
	/* true if a process holds `m` by something else than a struct path
	 * (the core counts those itself): a descriptor, a mapping
	 * (USE_BUSY); or has something of it open for writing (USE_WRITERS;
	 * m == NULL: anywhere on fs). */
	bool (*in_use)(void *arg, enum vfs_use use, const struct fs *fs,
		       const struct mount *m);
	/* pivot_root: move every root and cwd that is `from` to `to`. */
	void (*switch_root)(void *arg, const struct path *from,
			    const struct path *to);
	/*
	 * Has the caller this capability (CAP_*) over a user namespace?  May be
	 * called with mount_lock held.  Without the hook c->may_mount is the
	 * answer.
	 */
	bool (*ns_capable)(void *arg, const struct vfs_ctx *c,
			   uint64_t user_ns, int cap);
	/*
	 * Does the embedder know for certain what place this descriptor is
	 * of?  Then true, with *out counted.  For vfs_path_from_fd(), whose
	 * hint it is given.
	 */
	bool (*fd_place)(void *arg, int fd, const struct mount *hint,
			 struct path *out);
	/* The table of a namespace has changed (mntns_event()).  With mount_lock
	 * held: no more than taking a note. */
	void (*ns_changed)(void *arg, const struct mntns *ns);
	void *arg;
};
void vfs_set_hooks(struct vfs *v, const struct vfs_hooks *hooks);
/* What the hook ns_capable says. */
bool vfs_capable(const struct vfs_ctx *c, uint64_t user_ns, int cap);

/* Facts about a mount.  Locks: any. */
uint64_t mount_id(const struct mount *m);
uint64_t mount_id_unique(const struct mount *m);
struct fs *mount_fs(const struct mount *m);

#endif
