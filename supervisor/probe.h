/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h - what this host lets belljar do, found by trying it.
 *
 * Nothing is concluded from a kernel version: each mechanism is exercised,
 * in a throw-away child where it would change the caller.  `belljar check`
 * runs all of it; `run` uses probe_quick(), which asks only what it needs.
 * One thread, before the sandbox starts.
 */
#ifndef SUPERVISOR_PROBE_H
#define SUPERVISOR_PROBE_H

#include <stdbool.h>
#include <stddef.h>

struct host;

/* One bit each; --require takes their names (feature_table in probe.c). */
enum feature {
	FEATURE_SECCOMP = 1 << 0,	/* a filter can be installed */
	FEATURE_NOTIFY = 1 << 1,	/* SECCOMP_RET_USER_NOTIF, a free slot */
	FEATURE_WAIT_KILLABLE = 1 << 2,
	FEATURE_SYNC_WAKE_UP = 1 << 3,
	FEATURE_ADDFD = 1 << 4,
	FEATURE_ADDFD_SEND = 1 << 5,
	FEATURE_PTRACE = 1 << 6,
	FEATURE_LANDLOCK = 1 << 7,
	FEATURE_LANDLOCK_SCOPE = 1 << 8,	/* ABI 6: signals, sockets */
	FEATURE_USERNS = 1 << 9,	/* user + mount namespace, mounts */
	FEATURE_PIDFD_GETFD = 1 << 10,
	FEATURE_PROCESS_VM = 1 << 11,
	FEATURE_SET_MM_MAP = 1 << 12,
	FEATURE_OPENAT2 = 1 << 13,
	FEATURE_MEMFD_EXEC = 1 << 14,
	FEATURE_MOUNT_TRACE = 1 << 15,	/* no outer filter on mount & co */
	FEATURE_MOUNT_IDS = 1 << 16,	/* of descriptors, by statx() */
	FEATURE_MOUNT_SETATTR = 1 << 17,
	FEATURE_PROCMAP_QUERY = 1 << 18,
	FEATURE_TRACE_ROUTE = 1 << 19,	/* nothing outranks RET_TRACE */
};

/* What was found out about one feature. */
struct finding {
	bool tried;
	int err;		/* 0: present; else why not, as -errno */
	int number;		/* Landlock ABI, Yama scope; else 0 */
};

#define PROBE_FEATURES 20

struct probe {
	struct finding found[PROBE_FEATURES];	/* by bit number */
	int landlock_abi;
	int yama_scope;		/* -1: no Yama */
	bool privileged;	/* this process holds CAP_SYS_ADMIN */
	int nested;		/* how many belljars serve it already */
};

/* Tries everything.  0, or -errno when not even a child can be made. */
int probe_all(struct probe *p);

/*
 * Fills `host` with the facts that `run` needs, the cheap way (well under a
 * millisecond, at most one child), and whatever `require` (enum feature
 * bits) names beyond that.  Returns 0, or -EOPNOTSUPP after telling the user
 * which required feature is missing and why.
 */
int probe_quick(struct host *host, unsigned int require);
/* Before that, if there is something else to do: starts the child. */
void probe_quick_start(void);

/* `belljar check`: prints the table, or JSON.  The exit status: 0 when the
 * sandbox can run here, 1 when it cannot, 125 when that cannot be told. */
int probe_main(int argc, char **argv);

/* The bit of a feature's name, or 0. */
unsigned int probe_feature_bit(const char *name);

/* Its name, or NULL; `i` from 0: also for listing them. */
const char *probe_feature_name(size_t i);

#endif
