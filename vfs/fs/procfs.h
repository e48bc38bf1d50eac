/* SPDX-License-Identifier: Apache-2.0 */
/*
 * procfs.h - /proc as the guest sees it.
 *
 * Only the processes of the embedder exist.  Of what Linux shows for each,
 * the host's own file is handed out where what it says is right and safe;
 * what would name host paths, host mounts or the real credentials is
 * generated.  Global files come from an allow-list (procfs_table.c); there is
 * nothing else.
 *
 * Symbolic links into the guest's world (cwd, root, exe, fd/N) are magic: a
 * walk that meets one gets the place itself (FS_JUMP).
 *
 *	procfs.c	keys, the type, the instance
 *	procfs_opts.c	mount options: who sees which process
 *	procfs_table.c	what exists outside of processes
 *	procfs_pid.c	what exists in a process's directory
 *	procfs_links.c	magic links
 *	procfs_ns.c	files of namespaces, as what can be bound
 *	procfs_text.c	generated files: credentials, mounts, ids
 *	procfs_maps.c	generated files: maps, smaps
 *	procfs_where.c	from a file of the host to its path in the guest
 */
#ifndef VFS_FS_PROCFS_H
#define VFS_FS_PROCFS_H

#include "vfs/fs/synth.h"

/* Ids as the reader sees them. */
struct procfs_creds {
	uint32_t uid[4], gid[4];	/* real, effective, saved, fs */
	uint64_t cap_inheritable, cap_permitted, cap_effective, cap_bounding,
		 cap_ambient;
	bool emulated;			/* uid, gid differ from the real ones */
	bool no_new_privs;
	int seccomp;			/* mode, and filters of its own */
	unsigned int seccomp_filters;
	mode_t umask;
};

/* Files of the process's user namespace. */
enum procfs_map {
	PROCFS_UID_MAP, PROCFS_GID_MAP, PROCFS_PROJID_MAP, PROCFS_SETGROUPS,
};

enum procfs_place { PROCFS_CWD, PROCFS_ROOT, PROCFS_EXE };

/*
 * Where the facts come from.  Ids are those of the host.  A process that is
 * not (or no longer) the embedder's is -ESRCH; 0 otherwise unless said.
 * Called without locks of this layer; any thread.
 */
struct procfs_source {
	void *arg;
	int proc;			/* the host's /proc, O_PATH; borrowed */

	/* Whose call this is: vfs_ctx.caller taken apart. */
	int (*caller)(void *arg, uint64_t caller, pid_t *pid, pid_t *tid);
	/* May the caller know of the thread?  NULL: of all. */
	bool (*sees)(void *arg, uint64_t caller, pid_t tid);
	/* Is the caller in `group` ((gid_t)-1: no), or may he trace the thread
	 * as who looks into /proc (PTRACE_MODE_READ_FSCREDS)?  NULL: yes. */
	bool (*may_look)(void *arg, uint64_t caller, pid_t tid, gid_t group);
	/* The process of a thread, or 0. */
	pid_t (*tgid)(void *arg, pid_t tid);
	/* The threads of `pid`, or (0) all processes; malloc'ed. */
	int (*list)(void *arg, pid_t pid, pid_t **out, size_t *nr);
	/* Counted.  -ENOENT: has none (a zombie). */
	int (*place)(void *arg, pid_t tid, enum procfs_place which,
		     struct path *out);
	/* A duplicate of a descriptor of the process.  -EBADF. */
	int (*dup_fd)(void *arg, pid_t tid, int n, int *fd);
	/* Is it a descriptor that the process knows nothing of?  NULL: no. */
	bool (*fd_is_hidden)(void *arg, pid_t tid, int n);
	/* The mount through which the process was given it, or NULL: for
	 * vfs_path_from_fd(). */
	const struct mount *(*fd_mount)(void *arg, pid_t tid, int n,
					const struct stat *st);
	int (*creds)(void *arg, uint64_t caller, pid_t tid,
		     struct procfs_creds *out);
	/* The supplementary groups, malloc'ed; asked if the ids are emulated. */
	int (*groups)(void *arg, uint64_t caller, pid_t tid, gid_t **out,
		      size_t *nr);
	int (*map_text)(void *arg, uint64_t caller, pid_t tid,
			enum procfs_map which, struct synth_text *t);
	/* A descriptor, open for writing: what comes of writes is the
	 * embedder's business. */
	int (*map_open)(void *arg, uint64_t caller, pid_t tid,
			enum procfs_map which, uint64_t flags, int *fd);
	/*
	 * A namespace of the process, "mnt" ...: what its link says ("mnt:[1]"),
	 * into a buffer of 64 bytes, and a descriptor of its file.  -EACCES;
	 * -EOPNOTSUPP: the host's is right.
	 */
	int (*ns_link)(void *arg, uint64_t caller, pid_t tid, const char *name,
		       char *buf);
	int (*ns_open)(void *arg, uint64_t caller, pid_t tid,
		       const char *name, int *fd);
	/* The same text, if a file with these numbers is a namespace's. */
	bool (*ns_name)(void *arg, const struct stat *st, char *buf);
	/* So many more (fewer) mounts show that file: it must live on. */
	void (*ns_hold)(void *arg, dev_t dev, ino_t ino, int by);
	/* The mount namespace's id, if it is one's; or 0.  Both may be NULL:
	 * files of namespaces of mounts cannot be bound then. */
	uint64_t (*ns_mounts)(void *arg, dev_t dev, ino_t ino);
	/* How the process sees the tree; to be ended with view_put(). */
	int (*view)(void *arg, pid_t tid, struct vfs_ctx *out);
	void (*view_put)(void *arg, struct vfs_ctx *view);
	/* `caller` opens a table of mounts, as this view shows it: whether it
	 * is told of changes is the embedder's business.  NULL: it is not. */
	void (*table_opened)(void *arg, uint64_t caller,
			     const struct vfs_ctx *view,
			     enum mount_table which);
	/* uname(2)'s nodename or domainname. */
	void (*uts)(void *arg, uint64_t caller, bool domain, char *buf,
		    size_t size);

	/* Is it stopped by job control?  (The host only sees it traced.) */
	bool (*stopped)(void *arg, pid_t tid);
	/* Is this a file that is mapped in guests and must not be seen?
	 * `name` as /proc/PID/maps has it. */
	bool (*hidden)(void *arg, dev_t dev, ino_t ino, const char *name);
	/* The process's network: may /proc/PID/net tell of it (it is the
	 * guests' own, or shared on purpose); the table of UNIX sockets? */
	bool (*net)(void *arg, pid_t tid, bool unix_sockets);
};

struct procfs {
	struct fs_type type;		/* "proc" */
	struct procfs_source source;
	struct synth_scratch *scratch;
	uint64_t missing;		/* rows of the table of process files
					 * that this kernel does not have */
};

/* Registers "proc".  `p` is the caller's and outlives `v`, as does `s`. */
int procfs_register(struct procfs *p, struct vfs *v, struct synth_scratch *s,
		    const struct procfs_source *source);

#endif
