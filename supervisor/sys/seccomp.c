/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp.c - filters of the guest's own.
 *
 * The kernel may read the guest's program itself: whatever it holds can only
 * take rights away.  The strictest verdict of all filters wins, ALLOW never
 * outranks ours, TRACE and USER_NOTIF of a filter without a listener are
 * ENOSYS (trace.c tells the guest's stops from ours).  A listener of the
 * guest's could let calls through that ours stop by TRACE: there is none.  The
 * kernel refuses a second one; where the supervisor has none, we do.
 */
#include <errno.h>
#include <linux/seccomp.h>

#include "supervisor/handlers.h"
#include "supervisor/sandbox.h"
#include "supervisor/trace.h"

int
sys_seccomp(struct call *c)
{
	switch ((unsigned int)c->rq.arg[0]) {
	case SECCOMP_SET_MODE_FILTER:
		if (c->sb->listener < 0 &&
		    (c->rq.arg[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER))
			return -EBUSY;
		return reply_rewrite(c, NULL, NULL);
	case SECCOMP_SET_MODE_STRICT:
	case SECCOMP_GET_ACTION_AVAIL:
	case SECCOMP_GET_NOTIF_SIZES:
		return reply_rewrite(c, NULL, NULL);
	}
	return -EINVAL;
}
