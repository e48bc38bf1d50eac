/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nschange.h - new namespaces for a task: made first, taken on when nothing can
 * fail any more.
 *
 * Tracer thread: it alone changes namespaces, and births happen there.
 */
#ifndef SUPERVISOR_NSCHANGE_H
#define SUPERVISOR_NSCHANGE_H

#include <stdbool.h>
#include <stdint.h>

struct call;
struct creds;
struct fscontext;
struct mntns;
struct nsproxy;
struct task;

/* All namespaces that unshare(2) knows; 0x80 is CLONE_NEWTIME, which clone(2)
 * cannot say. */
#define NS_ALL								\
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |	\
	 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | 0x80)

/* What is to be replaced; NULL: it stays. */
struct nschange {
	struct creds *creds;		/* counted; as the rest */
	struct fscontext *fs;
	struct mntns *mntns;
	struct nsproxy *nsproxy;
};

#define NSCHANGE_INIT	{ .creds = NULL }

/*
 * Makes the namespaces of `flags` for a caller, with a root and working
 * directory of their own for CLONE_NEWNS or CLONE_FS.  As create_user_ns()
 * and create_new_namespaces(): -EPERM, -ENOSPC, -ENOMEM.
 */
int nschange_make(struct call *c, uint64_t flags, struct nschange *n);
/* `t` takes them on; `n` is empty afterwards.  Ids that differ from the real
 * ones are up to the caller: idfilter.h. */
void nschange_take(struct nschange *n, struct task *t);
void nschange_fini(struct nschange *n);

/* Is it the only thread of its process that runs? */
bool task_is_alone(struct task *t);
/* Has another task the same root and working directory? */
bool task_shares_fs(struct task *t);

#endif
