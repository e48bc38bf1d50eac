/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox.h - one running sandbox: what the supervisor's threads share.
 *
 * Lock order: task_lock, then fscontext->lock, then the locks of vfs.h.
 * Nothing that may block is done under task_lock: signals are sent there,
 * references taken, links made.
 */
#ifndef SUPERVISOR_SANDBOX_H
#define SUPERVISOR_SANDBOX_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "supervisor/config.h"
#include "supervisor/task.h"
#include "vfs/vfs.h"

#define TASK_HASH 1024

LIST_HEAD(task_list, task);
TAILQ_HEAD(zombie_list, task);

struct tracer;
struct notify;
struct helpers;
struct dirfd_table;
struct filter_config;
struct idfilter;
struct nsproxy;
struct user_ns;
struct userns_table;

/* Facts found at start: what this host lets us do (probe.h fills it). */
struct host {
	bool notify;			/* seccomp user notification */
	bool addfd_send;		/* ADDFD with SEND (5.14) */
	bool wait_killable;		/* WAIT_KILLABLE_RECV */
	bool sync_wake_up;
	bool pidfd_getfd;
	bool process_vm;
	bool set_mm_map;
	bool userns;			/* the mount helper works */
	bool mount_by_trap;		/* an outer filter refuses mount & co */
	bool trace_sure;		/* no filter outside can have a listener,
					 * which would outrank RET_TRACE */
	int landlock_abi;
	bool privileged;		/* started with CAP_SYS_ADMIN */
};

struct sandbox {
	const struct config *cfg;	/* [I] */
	struct host host;		/* [I] */
	struct vfs *vfs;		/* [I] */
	struct mntns *init_ns;		/* [I] counted */
	struct userns_table *userns;	/* userns.c */
	struct user_ns *first_userns;	/* [I] counted */
	struct nsproxy *first_nsproxy;	/* [I] counted */
	_Atomic bool ids_mapped;	/* [a] some guest's ids have other names
					 * than on the host */

	pid_t supervisor;		/* [I] our own pid */
	uid_t uid;			/* [I] who the guests really are */
	gid_t gid;			/* [I] */
	pid_t init;			/* [I] the first guest process */
	int init_status;		/* [t] wait status, -1: it runs */
	bool init_ran;			/* [t] it has executed its program */
	int listener;			/* [I] seccomp listener, or -1 */
	char *stub_path;		/* [I] as the guest's kernel sees it */
	int stub_fd;			/* [I] */
	dev_t stub_dev;			/* [I] */
	ino_t stub_ino;			/* [I] */
	_Atomic bool watched;		/* [a] a guest has used inotify */
	bool entry_stops;		/* [I] each call stops at its entry */
	bool empty_root;		/* [I] guest's real root is empty */
	bool confined_fds;		/* [I] nor does a descriptor lead out */
	_Atomic bool nested;		/* [a] there has been a nest: nest.h */

	pthread_mutex_t task_lock;
	struct task_list tasks[TASK_HASH];	/* [k] */
	struct zombie_list zombies;	/* [k] also in `tasks` */
	_Atomic unsigned int nr_tasks;	/* [a] without zombies */
	_Atomic bool ending;

	struct tracer *tracer;		/* trace.c */
	struct notify *notify;		/* notify.c */
	struct helpers *helpers;	/* helper.c */
	struct dirfd_table *dirfds;	/* dirfds.c */
	struct filter_config *filter;	/* [I] what the filter was made for */
	struct idfilter *idfilter;	/* [t] idfilter.c */
	struct idfilter *tablefilter;	/* [t] the same */
};

#endif
