/* SPDX-License-Identifier: Apache-2.0 */
/*
 * creds.h - emulated credentials: ids as the guest sees them, capabilities.
 *
 * Immutable once it is some task's; a change is creds_copy(), the change,
 * task_set_creds().  Ids are the host's: what they are called is the user
 * namespace's business (userns.h).
 */
#ifndef SUPERVISOR_CREDS_H
#define SUPERVISOR_CREDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "include/ref.h"

struct sandbox;
struct user_ns;

#define CREDS_CAP_LAST	40		/* CAP_CHECKPOINT_RESTORE */
#define CREDS_CAP_ALL	((1ULL << (CREDS_CAP_LAST + 1)) - 1)

struct creds {
	struct ref ref;
	uid_t uid, euid, suid, fsuid;
	gid_t gid, egid, sgid, fsgid;
	uint64_t cap_effective, cap_permitted, cap_inheritable, cap_ambient,
		 cap_bounding;
	unsigned int securebits;
	struct user_ns *user_ns;	/* counted */
	gid_t *groups;			/* owned */
	int nr_groups;
};

/* What the first process has, by the configuration; needs userns_start().
 * -ENOMEM. */
int creds_first(const struct sandbox *sb, struct creds **out);
int creds_copy(const struct creds *from, struct creds **out);
struct creds *creds_get(struct creds *c);
void creds_put(struct creds *c);

/* Are its ids called otherwise than on the host? */
bool creds_is_mapped(const struct creds *c);
/* As set_cred_user_ns(): every capability, over `ns` alone. */
void creds_enter_userns(struct creds *c, struct user_ns *ns);

/* CAP_* of linux/capability.h in the effective set. */
bool creds_has_cap(const struct creds *c, int cap);
bool creds_in_group(const struct creds *c, gid_t gid);

/*
 * As __ptrace_may_access() and cap_ptrace_access_check(): may who holds `by`
 * look into a process that holds `target`?  `fs`: PTRACE_MODE_FSCREDS.  Ids
 * are the same for all guests of a sandbox.
 */
bool creds_may_ptrace(const struct creds *by, const struct creds *target,
		      bool fs);

/*
 * As cap_bprm_creds_from_file() for a program without file capabilities:
 * the sets that a program starts with.  -ENOMEM.
 */
int creds_exec(const struct creds *from, struct creds **out);

/* As cap_emulate_setxuid() and the fsuid rule: capabilities after a change of
 * the user ids from `old` to those in `c`. */
void creds_fix_setuid(struct creds *c, const struct creds *old);

#endif
