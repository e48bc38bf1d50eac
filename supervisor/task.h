/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task.h - the guest's threads and what they share.
 *
 * A task is born in the tracer thread (fork, clone, vfork events: the child
 * is stopped until its state exists), changes its identity in exec, and is
 * removed by the tracer when it has ended; until then its tid cannot be
 * reused.  Other threads find it with task_find_get().
 *
 * A process that has ended stays on the table as a zombie, with an empty
 * fs-context and address space, until its parent has reaped it: its pid and
 * its process group exist that long.  A descriptor of the process tells.
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
struct channel;
struct exec_state;
struct nest;
struct nschange;
struct nsproxy;
struct table_wait;
struct tablefile;
struct trace_state;

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
	_Atomic int mem_fd;		/* [a] /proc/PID/mem, or -1 */
	_Atomic int maps_fd;		/* [a] /proc/PID/maps, or -1 */
	struct path exe;		/* [k] counted: /proc/PID/exe */
	_Atomic bool dumpable;		/* [a] virtual PR_SET_DUMPABLE */
};

/* Emulated credentials: creds.h. */
struct creds;

struct task {
	struct ref ref;
	struct sandbox *sb;		/* [I] */
	pid_t tid;			/* [k] changes in exec of a non-leader */
	pid_t tgid;			/* [I] */
	pid_t ptgid;			/* [I] who forked it */
	LIST_ENTRY(task) hash_link;	/* [k] */
	TAILQ_ENTRY(task) zombie_link;	/* [k] */
	bool zombie;			/* [k] */
	_Atomic bool threaded;		/* [a] of a process that has had threads */

	struct fscontext *fs;		/* [k] counted */
	struct mm *mm;			/* [k] counted */
	struct creds *creds;		/* [k] counted; see task.c */
	struct mntns *mntns;		/* [k] counted */
	struct nsproxy *nsproxy;	/* [k] counted: nsproxy.h */
	struct nest *_Atomic nest;	/* [a] counted, or NULL: nest.h */

	_Atomic int pidfd;		/* [a] made when first needed, or -1 */
	int stale_pidfd;		/* [t] from before an exec, or -1 */

	/* tracer state */
	bool started;			/* [t] seen its first stop */
	bool stopped;			/* [t] in a ptrace stop now */
	bool group_stopped;		/* [t] of job control: listening */
	struct trace_state *trace;	/* [t] at a system call stop; trace.c */
	struct exec_state *exec;	/* [t] an exec in progress; exec.c */
	struct channel *chan;		/* [t] counted: of its descriptor table */
	bool chan_copied;		/* [t] ... of which it has a copy */
	_Atomic int chan_number;	/* [a] where the guest holds it, or -1 */
	_Atomic bool map_opened;	/* mapfile.c: until the open's answer */
	bool watched;			/* [t] stop at every call: mapfile.c */
	long watch_nr;			/* [t] the call at hand */
	/* What it has asked of seccomp: the mode, and how many filters. */
	_Atomic int own_seccomp;	/* [a] */
	_Atomic unsigned int own_filters;	/* [a] */
	bool id_filtered;		/* [t] calls about ids are traced */
	_Atomic bool table_filtered;	/* [a] written [t]: poll and friends are */
	bool table_due;			/* [t] ... from the next stop on */
	struct tablefile *_Atomic table_new;	/* [a] tablefile.c: owned, until
						 * the open's answer */
	struct table_wait *table_wait;	/* [t] owned: waits for a mount table */
	struct nschange *birth;		/* [t] owned: what the child of the
					 * clone() in progress is to have */
	uint64_t birth_arg0;		/* [t] of a child: argument 0 of the
					 * clone() that made it, if changed */
	/* Set while the stub may ask for its plan; who takes it out owns it. */
	struct exec_state *_Atomic stub_waits;	/* [a] exec.c */
	/*
	 * The answer of a deferred call was "interrupted by a signal": the
	 * kernel decides about EINTR and SA_RESTART (see trace_signal.c).
	 */
	_Atomic bool restart_asked;
	_Atomic bool dying;
	/* A descriptor that the next magic call installs (reply.c), or -1. */
	_Atomic int give_fd;
	_Atomic unsigned int give_flags;
};

/* Adds the first guest process.  Consumes nothing; *out is borrowed. */
int task_add_first(struct sandbox *sb, pid_t tid, struct fscontext *fs,
		   struct creds *creds, struct mntns *ns, struct task **out);
/*
 * A child of `parent` that clone() made with these flags: shares or copies
 * what they say.  Tracer thread, before the child runs.
 */
int task_add_child(struct task *parent, pid_t tid, uint64_t clone_flags,
		   struct task **out);
/* It has ended: becomes a zombie, or leaves the table, which drops its
 * reference.  Tracer thread. */
void task_end(struct task *t);
/* Leaves the table at once.  Tracer thread. */
void task_remove(struct task *t);
/* Forgets all zombies: at the end of the sandbox. */
void task_remove_zombies(struct sandbox *sb);
/* Exec by a thread other than the leader: `t` takes the leader's place. */
void task_become_leader(struct task *t);

/* Replaces a shared thing of this task alone; takes over the reference. */
void task_set_fs(struct task *t, struct fscontext *fs);
void task_set_mm(struct task *t, struct mm *mm);
void task_set_creds(struct task *t, struct creds *creds);
void task_set_mntns(struct task *t, struct mntns *ns);
void task_set_nsproxy(struct task *t, struct nsproxy *p);

/* A fresh address space, of nothing yet. */
struct mm *mm_new(void);
void mm_put(struct mm *mm);

/* Counted, or NULL. */
struct task *task_find_get(struct sandbox *sb, pid_t tid);
/* The same for one who makes a call now, with its fs-context, counted as well.
 * NULL if it has ended. */
struct task *task_find_caller(struct sandbox *sb, pid_t tid,
			      struct fscontext **fs);
/* Borrowed, or NULL.  Locks: task_lock, or the tracer thread. */
struct task *task_find(struct sandbox *sb, pid_t tid);
struct task *task_get(struct task *t);
void task_put(struct task *t);
/* Is `pid` (a tgid, tid or process group) one of the sandbox's? */
bool task_pid_is_guest(struct sandbox *sb, pid_t pid);
bool task_pgrp_is_guest(struct sandbox *sb, pid_t pgid);

/* Calls fn for every task (a process is the one with tid == tgid), under
 * task_lock; fn must not block.  Stops when fn returns true, and says so. */
bool task_for_each(struct sandbox *sb, bool (*fn)(struct task *, void *),
		   void *arg);

/* Snapshots of the shared things, counted. */
struct fscontext *task_fs_get(struct task *t);
struct mm *task_mm_get(struct task *t);
struct creds *task_creds_get(struct task *t);
struct mntns *task_mntns_get(struct task *t);
struct nsproxy *task_nsproxy_get(struct task *t);

#endif
