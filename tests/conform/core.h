/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core.h - inside the executor that asks the VFS core: processes, directories,
 * descriptors and user namespaces are ours, mounts are the core's.  For
 * core_*.c only.  One thread.
 */
#ifndef TESTS_CONFORM_CORE_H
#define TESTS_CONFORM_CORE_H

#include <errno.h>

#include "tests/conform/executor.h"
#include "tests/conform/words.h"
#include "vfs/mount_api.h"
#include "vfs/vfs.h"

/* The hidden directory that is the root of a case. */
#define CORE_SCRATCH "/scratch-of-the-case"

/* An open file description. */
struct core_file {
	int refs;
	enum { FILE_OPEN, FILE_PATH, FILE_CONTEXT, FILE_NS, FILE_WATCH } kind;
	int fd;			/* FILE_OPEN: a real one; else -1 */
	int flags;		/* FILE_OPEN: as opened */
	struct path place;	/* counted: what it was opened through */
	bool detached;		/* made the detached tree at `place` */
	struct fs_context *context;
	struct mntns *ns;
	uint64_t event;		/* FILE_WATCH: seen last */
};

#define CORE_NAMES 64

struct core_name {
	char name[32];
	struct core_file *file;	/* NULL: a free slot */
};

struct core_proc {
	bool alive;
	struct mntns *ns;
	struct path root, cwd;
	uint64_t user_ns;
	bool caps;		/* has all of them over user_ns, or none */
	struct core_name names[CORE_NAMES];
};

#define CORE_USER_NS 16

struct core {
	struct executor x;
	struct vfs *vfs;
	struct core_proc proc[EXECUTOR_PROCS];
	uint64_t user_parent[CORE_USER_NS];	/* by number; [0] unused */
	unsigned int nr_user_ns;
	bool weak;		/* our own capabilities are put aside */
	struct buf *value;
	/* of the operation at work */
	struct core_proc *p;
	struct vfs_ctx ctx;
};

struct core_op {
	const char *name;	/* NULL ends a table */
	int (*run)(struct core *k, const struct op *op);
};
extern const struct core_op core_files[], core_names[], core_mounts[],
	core_api[], core_processes[], core_questions[];

/* ------------------------------------------------------------ core_fs.c */

/* Registers tmpfs and what stands for other types. */
int core_fs_register(struct vfs *v);
/* Lets go of what the types keep; and, with the vfs gone, ends them. */
void core_fs_release(void);
void core_fs_end(void);
/* May this process make filesystems?  0 or -errno. */
int core_fs_probe(void);
/* Puts our own capabilities aside, so that the kernel judges like one
 * without, or takes them back. */
void core_weaken(struct core *k, bool weak);

/* --------------------------------------------------------- core_files.c */

/* A new description under a name. */
struct core_file *core_file_put(struct core *k, const char *name, int kind);
struct core_file *core_file_find(struct core *k, const char *name);
int core_file_close(struct core *k, const char *name);
void core_file_drop(struct core *k, struct core_file *f);

/*
 * Fills *at for the name in word `i` and the directory in word `dir` (0: the
 * working directory).  0, EFAULT, EBADF.
 */
int core_at(struct core *k, const struct op *op, int dir, int i,
	    unsigned int look, struct vfs_at *at);

/* -errno and counts as an errno. */
static inline int
error_of(long ret)
{
	return ret < 0 ? (int)-ret : 0;
}

/* ----------------------------------------------------- core_processes.c */

/* What the core may know of a process. */
void core_ctx(struct core *k, struct core_proc *p, struct vfs_ctx *ctx);
bool core_capable(const struct core *k, const struct core_proc *p,
		  uint64_t user_ns);
void core_proc_end(struct core *k, struct core_proc *p);

/* ----------------------------------------------------- core_questions.c */

/* Appends a path, with @ for the hidden directory. */
void core_put_path(struct core *k, const char *path);
int core_table(struct core *k, struct core_proc *p, enum mount_table which);

#endif
