/* SPDX-License-Identifier: Apache-2.0 */
/*
 * procfs_priv.h - what the files of procfs share among themselves.
 *
 * Keys.  key[0] = kind and row of a table, key[1] = process and thread (0:
 * not below task/), key[2] = a number (descriptor).
 */
#ifndef VFS_FS_PROCFS_PRIV_H
#define VFS_FS_PROCFS_PRIV_H

#include "vfs/fs/procfs.h"

enum proc_kind {
	PROC_ROOT = 0,
	PROC_GLOBAL,			/* row: of the table of globals */
	PROC_PID,			/* /proc/PID, /proc/PID/task/TID */
	PROC_FILE,			/* row: of the table of process files */
	PROC_FD,			/* number: the descriptor */
	PROC_FDINFO,
	PROC_NS,			/* row: of the table of namespaces */
	PROC_NET,			/* row: of the table of net files */
};

/* A key taken apart. */
struct proc_key {
	enum proc_kind kind;
	unsigned int row;
	pid_t pid, tid;			/* tid 0: the process itself */
	unsigned int nr;
};

void proc_key_read(const uint64_t key[3], struct proc_key *k);
void proc_key_make(const struct proc_key *k, uint64_t key[3]);

/* The thread that a key speaks of. */
static inline pid_t
proc_key_tid(const struct proc_key *k)
{
	return k->tid ? k->tid : k->pid;
}

/* Values of hidepid: what who may not look into a process is denied. */
enum proc_hide {
	PROC_HIDE_OFF = 0,
	PROC_HIDE_NOACCESS = 1,		/* its directory's contents: EPERM */
	PROC_HIDE_INVISIBLE = 2,	/* its directory */
	PROC_HIDE_PTRACEABLE = 4,	/* that, whatever group he is in */
};

struct proc_opts {
	gid_t gid;			/* may look into all */
	uint8_t hide;			/* enum proc_hide */
	bool pid_only;			/* subset=pid: there is nothing else */
};

/* One mounted proc: synth->priv. */
struct proc_instance {
	struct procfs *p;
	_Atomic(struct proc_opts) opts;	/* a remount changes them at once */
};

static inline struct proc_instance *
proc_instance_of(const struct fs *fs)
{
	return synth_of(fs)->priv;
}

static inline struct procfs *
procfs_of(const struct fs *fs)
{
	return proc_instance_of(fs)->p;
}

static inline struct proc_opts
proc_opts_of(const struct fs *fs)
{
	return proc_instance_of(fs)->opts;
}

/* procfs_opts.c: as fs_type and synth_ops have them. */
int proc_check_param(const struct fs_type *t, const struct vfs_ctx *c,
		     const struct fs_param *p, struct fs_log *log);
int proc_show_options(struct fs *fs, char *buf, size_t size);
int proc_reconfigure(struct fs *fs, const struct vfs_ctx *c, const char *data);
/* Adds the options of mount(2) to *o: 0, -EINVAL, -ENOMEM. */
int proc_opts_parse(struct proc_opts *o, const char *data);
/* As has_pid_permissions(): is what `min` and more would hide to be seen? */
bool proc_may_look(struct fs *fs, const struct vfs_ctx *c, pid_t tid,
		   enum proc_hide min);

/* A decimal number without sign or leading zeros, or -1. */
long proc_number(const char *name);

/* "PID" or "PID/task/TID", with "/" and `name` (if not NULL): a path below
 * the host's /proc. */
struct proc_path {
	char s[NAME_MAX + 64];
};
struct proc_path proc_host_path(const struct proc_key *k, const char *name);
/* Opens a file below the host's /proc; never a link. */
int proc_host_open(struct procfs *p, const char *path, uint64_t flags,
		   int *fd);
/* All of a file below the host's /proc. */
int proc_host_read(struct procfs *p, const char *path, struct synth_text *t);
/* Is it there? */
bool proc_host_has(struct procfs *p, const char *path);

typedef int proc_text(struct fs *fs, const struct vfs_ctx *c,
		      const struct proc_key *k, struct synth_text *t);

/* --------------------------------------------------------- procfs_table.c */

int proc_global_child(struct fs *fs, unsigned int dir_row, bool top,
		      const char *name, unsigned int *row);
void proc_global_list(struct fs *fs, unsigned int dir_row, bool top,
		      struct synth_names *out);
int proc_global_describe(unsigned int row, struct synth_ent *ent);
/* `*up` is the row of the directory; false: it is the root. */
bool proc_global_parent(unsigned int row, unsigned int *up, const char **name);
const char *proc_global_path(unsigned int row);
/* NULL: it depends on the reader. */
const char *proc_global_link(unsigned int row);
int proc_global_text(struct fs *fs, const struct vfs_ctx *c,
		     const struct proc_key *k, struct synth_text *t);

/* ----------------------------------------------------------- procfs_pid.c */

uint64_t proc_pid_missing(struct procfs *p);
int proc_pid_describe(struct procfs *p, const struct proc_key *k,
		      struct synth_ent *ent);
int proc_pid_child(struct fs *fs, const struct vfs_ctx *c,
		   const struct proc_key *dir, const char *name,
		   struct proc_key *out);
int proc_pid_list(struct fs *fs, const struct vfs_ctx *c,
		  const struct proc_key *dir, struct synth_names *out);
void proc_pid_parent(const struct proc_key *k, struct proc_key *up,
		     char name[NAME_MAX + 1]);
int proc_pid_open(struct fs *fs, const struct vfs_ctx *c,
		  const struct proc_key *k, uint64_t flags, int *fd);
int proc_pid_text(struct fs *fs, const struct vfs_ctx *c,
		  const struct proc_key *k, struct synth_text *t);
/* The name of a PROC_FILE, PROC_NS or PROC_NET. */
const char *proc_row_name(const struct proc_key *k);

/* --------------------------------------------------------- procfs_links.c */

ssize_t proc_link_text(struct fs *fs, const struct vfs_ctx *c,
		       const struct proc_key *k, char *buf, size_t size);
int proc_link_jump(struct fs *fs, const struct vfs_ctx *c,
		   const struct proc_key *k, struct fs_stop *stop);

/* --------------------------------------------- procfs_text.c, _maps.c --- */

proc_text proc_text_status, proc_text_stat, proc_text_cgroup, proc_text_cpuset,
	proc_text_uid_map, proc_text_gid_map, proc_text_projid_map,
	proc_text_setgroups, proc_text_mountinfo, proc_text_mounts,
	proc_text_mountstats, proc_text_fdinfo, proc_text_net,
	proc_text_maps, proc_text_smaps;
proc_text proc_text_cmdline, proc_text_filesystems, proc_text_swaps,
	proc_text_hostname, proc_text_domainname;

/* --------------------------------------------------------- procfs_where.c */

/* Looks for paths in the reader's tree; keeps what it found out. */
struct proc_where {
	const struct vfs_ctx *c;
	char *table;			/* mountinfo, once it was needed */
	/* the last question and its answer */
	ino_t ino;
	char *host, *found;
};

void proc_where_init(struct proc_where *w, const struct vfs_ctx *c);
void proc_where_fini(struct proc_where *w);
/*
 * The path in the reader's tree of the file that the host calls `host` and
 * that has these numbers.  Never fails: a file that the reader cannot see is
 * "(unreachable)/" and its last name.
 */
void proc_where_show(struct proc_where *w, const char *host, dev_t dev,
		     ino_t ino, char *buf, size_t size);
/* Does the kernel's text for a file name a path at all (not a pipe, a memfd,
 * shared anonymous memory...)? */
bool proc_where_is_path(const char *host);

#endif
