/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount.h - mounts, namespaces and the table of mounts, for vfs/ only.
 *
 * A mount is attached (has a parent and a mount point, and is in the hash),
 * or is the root of a tree.  Being in a namespace counts one reference; so
 * do a child and every path.  Field letters: see vfs.h.
 */
#ifndef VFS_MOUNT_H
#define VFS_MOUNT_H

#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/queue.h>

#include "include/ref.h"
#include "vfs/fs_ops.h"
#include "vfs/idset.h"
#include "vfs/node.h"
#include "vfs/pool.h"

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW	256		/* 5.10 */
#endif

/* The flags that belong to a mount. */
#define MOUNT_FLAGS	(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC |	\
			 MS_NOSYMFOLLOW | MS_NOATIME | MS_NODIRATIME |	\
			 MS_RELATIME)
#define MOUNT_ATIME	(MS_NOATIME | MS_NODIRATIME | MS_RELATIME)

TAILQ_HEAD(mount_list, mount);
LIST_HEAD(fs_list, fs);

struct mount {
	struct ref ref;
	void *pool_link;		/* pool.c, while free or dying */
	struct vfs *vfs;		/* [I] */
	struct fs *fs;			/* [I] counted */
	struct node *root;		/* [I] counted */
	char *source;			/* [I] NULL: "none" */
	int id;				/* [I] */
	uint64_t id_unique;		/* [I] */

	_Atomic(struct mount *) parent;		/* [s] counted */
	_Atomic(struct node *) mountpoint;	/* [s] counted, pinned */
	_Atomic(struct mount *) hash_next;	/* [s] */
	struct mount_list children;	/* [m] in order of attachment */
	TAILQ_ENTRY(mount) child_link;	/* [m] */
	LIST_ENTRY(mount) point_link;	/* [m] in mountpoint->mounted */
	TAILQ_ENTRY(mount) work_link;	/* [m] lists local to an operation */

	_Atomic unsigned long flags;	/* [a] MOUNT_FLAGS; written under [m] */
	_Atomic unsigned int held;	/* [a] paths: they make it busy */
	_Atomic bool expire;		/* [a] MNT_EXPIRE asked once */
	_Atomic bool touched;		/* [a] a place or descriptor of it was
					 * given out: it may be in use */

	/* [m] unmounted, and attached to an unmounted parent all the same: that
	 * has a reference to this one then, and not the reverse */
	bool kept;
	bool keeps;			/* [m] has, or had, such children */
	bool lingers;			/* [m] on the list of linger.c, which has
					 * a reference */
	TAILQ_ENTRY(mount) linger_link;	/* [m] */
	struct mntns *ns;		/* [m] NULL: unmounted, or not yet */
	TAILQ_ENTRY(mount) ns_link;	/* [m] ascending id_unique */

	/* propagation: see peer.h */
	int group;			/* [m] 0: not shared */
	struct mount *peer_next;	/* [m] ring of peers */
	struct mount *peer_prev;	/* [m] */
	struct mount *master;		/* [m] */
	struct mount_list slaves;	/* [m] */
	TAILQ_ENTRY(mount) slave_link;	/* [m] in master->slaves */
	bool unbindable;		/* [m] */

	bool locked;			/* [m] may not be taken away alone */
	/* [m] flags that may not be taken back: MS_RDONLY, MS_NOSUID, MS_NODEV,
	 * MS_NOEXEC, and MS_RELATIME for everything about access times */
	unsigned long lock_flags;

	/* local to one operation, all [m] */
	unsigned int marks;		/* propagate.h */
	struct mount *copy;		/* the last copy made for its group, or
					 * its copy in a new namespace */
	struct path dest;		/* attach.c: where it goes; counted and
					 * pinned */
	struct node *cover;		/* attach.c: where what it slides
					 * beneath goes; pinned */
};

struct mntns {
	struct ref ref;
	struct vfs *vfs;		/* [I] */
	uint64_t owner;			/* [I] user namespace */
	bool anon;			/* [I] of a detached tree: see mntns.h */
	uint64_t origin;		/* [I] anon: id of the namespace that it
					 * was cloned from; 0: none */
	struct mount *root;		/* [m] the hidden one */
	struct mount_list mounts;	/* [m] ascending id_unique */
	unsigned int nr_mounts;		/* [m] */
	unsigned int pending;		/* [m] about to come: attach.c */
	_Atomic uint64_t event;		/* [a] */
	uint64_t id;			/* [I] */
};

#define MOUNT_HASH	16384		/* buckets; chains of 6 at the limit */
#define MOUNT_MAX	100000		/* mounts in a namespace */

/* How a mount is copied: CL_SLAVE and so on in fs/pnode.h. */
#define COPY_SLAVE	0x1	/* a slave of a shared original, not a peer */
#define COPY_SHARED	0x2	/* in a group of its own, if in no other */
#define COPY_UNBINDABLE	0x4	/* unbindable mounts too */
#define COPY_NS_FILES	0x8	/* files of namespaces too */

struct vfs {
	pthread_mutex_t mount_lock;
	_Atomic unsigned int seq;	/* odd: a writer is at work */
	unsigned int writing;		/* [m] nesting of that */
	_Atomic(struct mount *) *hash;	/* [s] MOUNT_HASH of them */
	struct pool mounts, nodes;
	struct idset mount_ids, group_ids, anon_devs;
	_Atomic unsigned int access_gen;	/* [a] odd: never 0 */
	_Atomic uint64_t next_unique;	/* [a] */
	_Atomic uint64_t next_ns;	/* [a] */
	struct vfs_hooks hooks;		/* [I] once guests run */
	pthread_mutex_t fs_lock;	/* innermost */
	struct fs_list all_fs;		/* fs_lock */
	const struct fs_type **types;	/* fs_lock */
	unsigned int nr_types;		/* fs_lock */
	struct fs *anon_fs;		/* [I] see anon.h */
	struct mount *anon_mnt;		/* [I] where descriptors without a
					 * place live */
	struct mount_list lingering;	/* [m] see linger.c */
	_Atomic(struct mount *) dying;	/* no reference left, by pool_link */
	unsigned int mount_max;		/* [I] */
};

/* ------------------------------------------------------------- mount.c */

/*
 * A mount of `root`, which belongs to nothing yet.  Takes references of its
 * own.  -ENOMEM.  Locks: none needed.
 */
int mount_new(struct vfs *v, struct fs *fs, struct node *root,
	      const char *source, unsigned long flags, struct mount **out);
/* As clone_mnt(): flags, source and propagation type are those of `old`;
 * `how`: COPY_*.  -ENOMEM.  Locks: mount_lock. */
int mount_clone_locked(struct mount *old, struct node *root,
		       unsigned int how, struct mount **out);
/* The flags become these; who changes them all at once tells of it himself
 * (mntns_changed()).  Locks: mount_lock. */
void mount_set_flags_locked(struct mount *m, unsigned long flags);
/* Lets go of mounts that have died while the lock was held.  Locks: none
 * held (vfs_unlock() calls it). */
void mount_reap(struct vfs *v);
/* Something of it goes to the embedder.  Locks: any. */
void mount_touch(struct mount *m);
/* The effective read-only state: of the mount or its filesystem. */
bool mount_is_readonly(const struct mount *m);
bool mount_is_shared(const struct mount *m);
/* `m` or a mount above it.  Locks: mount_lock. */
bool mount_is_below_locked(const struct mount *m, const struct mount *top);
/* Next of the tree `top` in tree order: parents before children.  NULL at
 * the end.  Locks: mount_lock. */
struct mount *mount_next_locked(struct mount *m, struct mount *top);
/* A mount of `ns` whose filesystem says that `fd` is its own; counted, or
 * NULL.  Locks: takes mount_lock, then fs_lock. */
struct mount *mount_for_fd_get(struct mntns *ns, int fd);
/* The same, of several mounts of the filesystem one that shows the file; where
 * that cannot be told, a read-only one. */
struct mount *place_mount_get(const struct vfs_ctx *c, int fd);
/* Is (m, n) at or below `root`, through mount points?  As
 * is_path_reachable().  Locks: mount_lock. */
bool mount_is_reachable_locked(const struct mount *m, struct node *n,
			       const struct path *root);
/* What covers the whole of `m`; the topmost of that stack, or `m`.  Locks:
 * mount_lock. */
struct mount *mount_cover_locked(const struct mount *m);
struct mount *mount_top_locked(struct mount *m);
/* Do the locks of `m` allow that its flags become these?  remount.c.
 * Locks: mount_lock. */
bool mount_may_reflag_locked(const struct mount *m, unsigned long flags);
/* Is this place the root of its mount? */
bool path_is_mount_root(const struct path *p);

/* ------------------------------------------------------- mount_table.c */

/*
 * What is mounted on (parent, node); counted, or NULL.  Locks: any; takes
 * none.
 */
struct mount *mount_find_get(struct vfs *v, struct mount *parent,
			     struct node *node);
/* The same, borrowed.  Locks: mount_lock. */
struct mount *mount_find_locked(struct vfs *v, const struct mount *parent,
				const struct node *node);
/* Where `m` is attached, both counted; false for the root of a tree.
 * Locks: any; takes none. */
bool mount_up_get(struct mount *m, struct mount **parent,
		  struct node **mountpoint);
/* Borrowed; NULL for the root of a tree.  Locks: mount_lock. */
struct mount *mount_parent_locked(const struct mount *m);
struct node *mount_point_locked(const struct mount *m);

/*
 * What is linked and unlinked in between looks to readers like one change.
 * May be nested.  Nothing that looks up or waits may happen in between.
 * Locks: mount_lock.
 */
void mount_table_begin(struct vfs *v);
void mount_table_end(struct vfs *v);
/*
 * Enter into the hash / take out.  _link takes over a pinned, counted
 * `mountpoint` and a reference to `parent`; _unlink gives both back to the
 * caller.  Locks: mount_lock.
 */
void mount_link_locked(struct mount *m, struct mount *parent,
		       struct node *mountpoint);
void mount_unlink_locked(struct mount *m, struct mount **parent,
			 struct node **mountpoint);
/* From one place to another in one step, so that no look-up sees it gone:
 * gives the old place back as _unlink does. */
void mount_relink_locked(struct mount *m, struct mount *parent,
			 struct node *mountpoint, struct mount **old_parent,
			 struct node **old_point);

#endif
