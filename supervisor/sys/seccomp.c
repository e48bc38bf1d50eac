/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp.c - filters of the guest's own.
 *
 * The kernel may read the guest's program itself: whatever it holds can only
 * take rights away.  The strictest verdict of all filters wins, ALLOW never
 * outranks ours, TRACE and USER_NOTIF of a filter without a listener are
 * ENOSYS (trace.c tells the guest's stops from ours), and a second listener is
 * refused by the kernel.
 */
#include <errno.h>
#include <linux/seccomp.h>

#include "supervisor/handlers.h"
#include "supervisor/trace.h"

int
sys_seccomp(struct call *c)
{
	switch ((unsigned int)c->rq.arg[0]) {
	case SECCOMP_SET_MODE_STRICT:
	case SECCOMP_SET_MODE_FILTER:
	case SECCOMP_GET_ACTION_AVAIL:
	case SECCOMP_GET_NOTIF_SIZES:
		return reply_rewrite(c, NULL, NULL);
	}
	return -EINVAL;
}
