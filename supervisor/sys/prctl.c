/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prctl.c - the operations that the filter does not leave to the kernel: those
 * on what belljar emulates or must keep for itself.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

#include "supervisor/creds.h"
#include "supervisor/handlers.h"
#include "supervisor/nest.h"
#include "supervisor/task.h"

/*
 * Really clearing it would take the supervisor's view of the guest's memory
 * away; what it stands for (who may look into the process) is ours anyway.
 */
static int
dumpable(struct call *c, int op, uint64_t value)
{
	struct mm *mm = task_mm_get(c->task);
	int r = 0;

	if (op == PR_GET_DUMPABLE)
		r = mm->dumpable;
	else if (value > 1)
		r = -EINVAL;
	else
		mm->dumpable = value;
	mm_put(mm);
	return r;
}

static uint64_t
cap_bit(uint64_t cap)
{
	return cap <= CREDS_CAP_LAST ? 1ULL << cap : 0;
}

/* As cap_prctl_drop(). */
static int
drop_bounding(struct creds *c, uint64_t cap)
{
	if (!creds_has_cap(c, CAP_SETPCAP))
		return -EPERM;
	if (!cap_bit(cap))
		return -EINVAL;
	c->cap_bounding &= ~cap_bit(cap);
	return 0;
}

/* As the PR_SET_SECUREBITS part of cap_task_prctl(). */
static int
set_securebits(struct creds *c, uint64_t bits)
{
	uint64_t locked = c->securebits & SECURE_ALL_LOCKS;

	if ((((c->securebits ^ bits) & (locked >> 1)) != 0) ||
	    (locked & ~bits) ||
	    (bits & ~(uint64_t)(SECURE_ALL_LOCKS | SECURE_ALL_BITS)) ||
	    !creds_has_cap(c, CAP_SETPCAP))
		return -EPERM;
	c->securebits = (unsigned int)bits;
	return 0;
}

static int
set_keepcaps(struct creds *c, uint64_t value)
{
	if (value > 1)
		return -EINVAL;
	if (c->securebits & issecure_mask(SECURE_KEEP_CAPS_LOCKED))
		return -EPERM;
	c->securebits &= ~(unsigned int)issecure_mask(SECURE_KEEP_CAPS);
	if (value)
		c->securebits |= issecure_mask(SECURE_KEEP_CAPS);
	return 0;
}

/* As the PR_CAP_AMBIENT part of cap_task_prctl(). */
static int
ambient(struct creds *c, uint64_t op, uint64_t cap)
{
	uint64_t bit = cap_bit(cap);

	if (op == PR_CAP_AMBIENT_CLEAR_ALL) {
		if (cap)
			return -EINVAL;
		c->cap_ambient = 0;
		return 0;
	}
	if (!bit)
		return -EINVAL;
	switch (op) {
	case PR_CAP_AMBIENT_IS_SET:
		return !!(c->cap_ambient & bit);
	case PR_CAP_AMBIENT_RAISE:
		if (!(c->cap_permitted & bit) ||
		    !(c->cap_inheritable & bit) ||
		    (c->securebits & issecure_mask(SECURE_NO_CAP_AMBIENT_RAISE)))
			return -EPERM;
		c->cap_ambient |= bit;
		return 0;
	case PR_CAP_AMBIENT_LOWER:
		c->cap_ambient &= ~bit;
		return 0;
	}
	return -EINVAL;
}

static int
change_creds(struct creds *c, int op, const uint64_t *arg)
{
	switch (op) {
	case PR_CAPBSET_READ:
		return cap_bit(arg[1]) ?
			!!(c->cap_bounding & cap_bit(arg[1])) : -EINVAL;
	case PR_CAPBSET_DROP:
		return drop_bounding(c, arg[1]);
	case PR_GET_SECUREBITS:
		return (int)c->securebits;
	case PR_SET_SECUREBITS:
		return set_securebits(c, arg[1]);
	case PR_GET_KEEPCAPS:
		return !!(c->securebits & issecure_mask(SECURE_KEEP_CAPS));
	case PR_SET_KEEPCAPS:
		return set_keepcaps(c, arg[1]);
	}
	return ambient(c, arg[1], arg[2]);
}

/* Credentials are immutable: change a copy and put it in place. */
static int
creds_prctl(struct call *c, int op)
{
	struct creds *old = task_creds_get(c->task), *new;
	int r = creds_copy(old, &new);

	creds_put(old);
	if (r < 0)
		return r;
	r = change_creds(new, op, c->rq.arg);
	if (r < 0)
		creds_put(new);
	else
		task_set_creds(c->task, new);
	return r;
}

int
sys_prctl(struct call *c)
{
	int op = (int)c->rq.arg[0];

	switch (op) {
	case PR_GET_DUMPABLE:
	case PR_SET_DUMPABLE:
		return dumpable(c, op, c->rq.arg[1]);
	case PR_CAPBSET_READ:
	case PR_CAPBSET_DROP:
	case PR_GET_SECUREBITS:
	case PR_SET_SECUREBITS:
	case PR_GET_KEEPCAPS:
	case PR_SET_KEEPCAPS:
	case PR_CAP_AMBIENT:
		return creds_prctl(c, op);
	case PR_SET_NO_NEW_PRIVS:
		/* It is set already, and cannot be taken back. */
		return c->rq.arg[1] == 1 && !c->rq.arg[2] && !c->rq.arg[3] &&
		       !c->rq.arg[4] ? 0 : -EINVAL;
	case PR_GET_NO_NEW_PRIVS:
		return c->rq.arg[1] || c->rq.arg[2] ? -EINVAL : 1;
	case PR_GET_SECCOMP:
		return c->task->own_seccomp;
	case PR_BELLJAR_NEST:
		return nest_prctl(c, c->rq.arg[1]);
	case PR_SET_MM:
		return -EPERM;		/* as without CAP_SYS_RESOURCE */
	}
	return -EINVAL;
}
