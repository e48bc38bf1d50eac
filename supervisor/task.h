/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task.h - the guest's threads and what they share.
 *
 * A task is born in the tracer thread (fork, clone, vfork events: the child
 * is stopped until its state exists), changes its identity in exec, and is
 * removed by the tracer when the kernel has reaped it for us; until then its
 * tid cannot be reused.  Other threads find it with task_find_get().
 *
 * Letters: [I] immutable, [a] atomic, [k] sandbox->task_lock, [t] tracer
 * thread only, [f] fscontext->lock.
 */
#ifndef SUPERVISOR_TASK_H
#define SUPERVISOR_TASK_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "arch/arch.h"
#include "include/ref.h"
#include "vfs/vfs.h"

struct sandbox;
struct exec_state;

/* Root, cwd and umask: shared by CLONE_FS. */
struct fscontext {
	struct ref ref;
	pthread_mutex_t lock;
	struct path root, cwd;		/* [f] counted */
	mode_t umask;			/* [f] */
};

int fscontext_new(const struct path *root, const struct path *cwd,
		  mode_t umask, struct fscontext **out);
int fscontext_copy(struct fscontext *from, struct fscontext **out);
struct fscontext *fscontext_get(struct fscontext *fs);
void fscontext_put(struct fscontext *fs);

/* An address space: shared by CLONE_VM, replaced by exec. */
struct mm {
	struct ref ref;
	int mem_fd;			/* /proc/PID/mem, or -1 */
	struct path exe;		/* [k] counted: /proc/PID/exe */
	bool dumpable;			/* virtual PR_SET_DUMPABLE [a] */
};

/* Emulated credentials and namespaces; copied on write. */
struct creds {
	struct ref ref;
	uid_t uid, euid, suid, fsuid;	/* [I] as the guest sees them */
	gid_t gid, egid, sgid, fsgid;	/* [I] */
	uint64_t cap_effective, cap_permitted, cap_inheritable, cap_ambient,
		 cap_bounding;		/* [I] emulated */
	bool emulated;			/* ids differ from the real ones */
};

struct task {
	struct ref ref;
	struct sandbox *sb;		/* [I] */
	pid_t tid;			/* [k] changes in exec of a non-leader */
	pid_t tgid;			/* [I] */
	struct task *parent;		/* [k] weak: who forked it */
	LIST_ENTRY(task) hash_link;	/* [k] */

	struct fscontext *fs;		/* [k] counted */
	struct mm *mm;			/* [k] counted */
	struct creds *creds;		/* [k] counted */
	struct mntns *mntns;		/* [k] counted */

	/* tracer state */
	bool started;			/* [t] seen its first stop */
	bool stopped;			/* [t] in a ptrace stop now */
	struct exec_state *exec;	/* [t] an exec in progress; exec.c */
	_Atomic bool stub_waits;	/* the stub may ask for its plan */
	/* A deferred or restarted reply is under way: see notify.c */
	_Atomic bool restart_asked;
	_Atomic bool dying;
};

/* Counted, or NULL. */
struct task *task_find_get(struct sandbox *sb, pid_t tid);
struct task *task_get(struct task *t);
void task_put(struct task *t);
/* Is `pid` (a tgid, tid or process group) one of the sandbox's? */
bool task_pid_is_guest(struct sandbox *sb, pid_t pid);
bool task_pgrp_is_guest(struct sandbox *sb, pid_t pgid);

/* Calls fn for every thread-group leader / every task, under task_lock;
 * fn must not block.  Stops when fn returns true. */
bool task_for_each(struct sandbox *sb, bool (*fn)(struct task *, void *),
		   void *arg);

/* Snapshots of the shared things, counted. */
struct fscontext *task_fs_get(struct task *t);
struct mm *task_mm_get(struct task *t);
struct creds *task_creds_get(struct task *t);
struct mntns *task_mntns_get(struct task *t);

#endif
