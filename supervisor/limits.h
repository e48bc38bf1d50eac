/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.h - what the supervisor takes for itself, and what it gives up.
 */
#ifndef SUPERVISOR_LIMITS_H
#define SUPERVISOR_LIMITS_H

#include <stdbool.h>
#include <sys/resource.h>

/* Raises our own RLIMIT_NOFILE to the hard limit; *before is what the guest
 * shall have. */
void limits_raise(struct rlimit *before);

/* Every capability of this thread and of the threads it makes, for ever; with
 * no_new_privs.  `but_ptrace`: CAP_SYS_PTRACE is kept, if held.  0 or -errno. */
int limits_drop_capabilities(bool but_ptrace);

#endif
