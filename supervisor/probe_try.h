/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_try.h - the single attempts behind probe.h, one function each.
 *
 * Each returns 0 when the mechanism works and -errno when it does not; none
 * changes the calling process for longer than the call.  Called from one
 * thread of a process that has no other.
 */
#ifndef SUPERVISOR_PROBE_TRY_H
#define SUPERVISOR_PROBE_TRY_H

#include <stdbool.h>
#include <stddef.h>

/* What a child that holds a listener found out, each 0 or -errno. */
struct probe_notify {
	int seccomp;		/* a filter can be installed at all */
	int listener;		/* ... with a listener */
	int wait_killable;
	int sync_wake_up;
	int receive;		/* a call was received and answered */
	int addfd;
	int addfd_send;
	int mount_trace;	/* RET_TRACE reaches the mount family */
	int trace_route;	/* nobody outside lets other calls go on */
	int userns;		/* try_notify_quick() only: as try_userns() */
};

/* Receives and answers real calls of a grandchild. */
void try_notify(struct probe_notify *out);

/* Asks the kernel for the same facts by arguments that it can only refuse:
 * one child and no switch back and forth; the same child first tries a user
 * namespace.  `receive` follows `listener`. */
void try_notify_quick_start(void);
/* Starts the child if it was not, and waits for it; one at a time. */
void try_notify_quick(struct probe_notify *out);

int try_ptrace(void);
int try_landlock(void);
int try_userns(void);
int try_pidfd_getfd(void);
int try_process_vm(void);
int try_set_mm_map(void);
int try_openat2(void);
int try_memfd_exec(void);
int try_mount_ids(void);
int try_mount_setattr(void);
int try_procmap_query(void);

/* try_userns() without a child of its own: the caller is left in the new
 * namespaces.  For a throw-away child. */
int try_userns_here(void);

/* Yama's ptrace_scope, or -1 where there is no Yama. */
int try_yama_scope(void);

/* Whether this process holds CAP_SYS_ADMIN. */
bool try_privileged(void);

#endif
