/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guests' seccomp filter, generated from include/syscalls.def.
 *
 * An allow-list: a number that the table does not have, a foreign architecture
 * and x32 get ENOSYS.  filter_build() runs once in the supervisor; the result
 * is installed by the child that becomes the first guest, and every descendant
 * inherits it.
 */
#ifndef BELLJAR_SUPERVISOR_FILTER_H
#define BELLJAR_SUPERVISOR_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#include "arch/sysreq.h"

/* What the filter depends on.  All false is the most careful filter. */
struct filter_config {
	/*
	 * The guests' real root and working directory are an empty directory,
	 * and every directory descriptor that they are given belongs to a
	 * detached mount: stat by AT_EMPTY_PATH cannot reach a host path.
	 */
	bool empty_root;
	bool emulate_ids;	/* ids or capabilities differ from the real ones */
	bool share_net;		/* AF_INET, AF_INET6 as the host has them */
	bool own_user;		/* guests live in a user namespace, where few
				 * ids are mapped */
	bool emulate_uname;	/* host name or release differs from the real one */
	bool dev_ioctl;		/* real devices were exported: any ioctl but bad ones */
	bool mount_by_trap;	/* MOUNT routes: SIGSYS instead */
	bool no_getfd;		/* descriptors are sent by the guest, at a stop */
	bool mount_tables;	/* poll and friends of who has a mountinfo open */
	bool ptrace_backend;	/* no listener: NOTIFY becomes TRACE */
	/*
	 * A filter to be put on top of another: calls that are decided as they
	 * are under this configuration pass.
	 */
	const struct filter_config *over;
};

/*
 * SECCOMP_RET_DATA of our own stops: the event message of a TRACE stop and
 * si_errno of a TRAP.  A guest's own filter may return the same, so this is a
 * hint and never a proof.
 */
#define FILTER_DATA 0x0be1

/*
 * Builds the filter.  out->filter is malloc()ed: filter_free() it.
 * Returns 0, -ENOMEM.
 */
int filter_build(const struct filter_config *cfg, struct sock_fprog *out);
void filter_free(struct sock_fprog *prog);

/* As filter_build(), for the other column of the table; for tests and tools. */
int filter_build_for(const struct filter_config *cfg, unsigned int arch_index,
		     struct sock_fprog *out);

/*
 * Installs the filter on the calling thread, after PR_SET_NO_NEW_PRIVS.
 * flags: FILTER_LISTENER, FILTER_KILLABLE.  Flags that the kernel lacks are
 * left out, and *flags says what was used.  Async-signal-safe (runs in the
 * forked child).
 * Returns the listener's descriptor (close-on-exec), 0 without
 * FILTER_LISTENER, or -errno: EBUSY when an outer listener holds the only slot,
 * EACCES without no_new_privs.
 */
#define FILTER_LISTENER	(1U << 0)	/* notifications */
#define FILTER_KILLABLE	(1U << 1)	/* WAIT_KILLABLE_RECV, Linux 5.19 */
int filter_install(const struct sock_fprog *prog, unsigned int *flags);

/*
 * Says which route the filter gives a call (sc as asked, raw registers): the
 * same rules as the BPF, evaluated in C.  For tests and diagnostics.
 */
enum sc_route filter_route(const struct filter_config *cfg, enum sc sc,
			   const uint64_t args[SC_ARGS]);

#endif
