/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uts.c - uname, sethostname, setdomainname: names of the sandbox's own when
 * --hostname gave one.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/utsname.h>

#include "supervisor/handlers.h"
#include "supervisor/sandbox.h"

int
sys_uname(struct call *c)
{
	struct utsname u;

	if (uname(&u) < 0)
		return -errno;
	if (c->sb->cfg->hostname) {
		memset(u.nodename, 0, sizeof(u.nodename));
		strncpy(u.nodename, c->sb->cfg->hostname,
			sizeof(u.nodename) - 1);
	}
	return guest_write(c->task, c->rq.arg[0], &u, sizeof(u));
}

/* Would need CAP_SYS_ADMIN over a UTS namespace of the sandbox's own. */
int
sys_sethostname(struct call *c)
{
	(void)c;
	return -EPERM;
}
