/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second wall: a Landlock domain around all guests.
 *
 * It denies every kind of access to the file system that the running kernel
 * can, but for executing and reading the loader stub; from ABI 6 on guests can
 * neither signal nor reach abstract sockets outside the domain (the supervisor,
 * which is outside, may still signal them).  It is not a complete wall:
 * docs/security.md lists what passes it.  Descriptors that the supervisor opens
 * and passes in keep the rights they were opened with.
 */
#ifndef BELLJAR_SUPERVISOR_LANDLOCK_H
#define BELLJAR_SUPERVISOR_LANDLOCK_H

#include <stdbool.h>

/*
 * Returns the running kernel's Landlock ABI, 0 when it has none (or it is
 * switched off).  Async-signal-safe.
 */
int landlock_abi(void);

/*
 * Restricts the calling thread and what it forks, for ever.  stub_fd is a
 * descriptor (O_PATH will do) of the loader stub, or -1 when it is not executed
 * by name.  Preconditions: PR_SET_NO_NEW_PRIVS.  Async-signal-safe: runs in the
 * forked child.
 * Returns the ABI in force, 0 when the kernel has no Landlock, -errno when it
 * has but refused.
 */
int landlock_restrict(int stub_fd, bool share_net);

#endif
