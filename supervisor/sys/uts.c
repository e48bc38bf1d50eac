/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uts.c - uname, sethostname, setdomainname: the names of the caller's UTS
 * namespace.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/utsname.h>

#include "supervisor/creds.h"
#include "supervisor/handlers.h"
#include "supervisor/nsproxy.h"
#include "supervisor/sandbox.h"
#include "supervisor/userns.h"

int
sys_uname(struct call *c)
{
	char name[UTS_LEN + 1];
	struct utsname u;

	if (uname(&u) < 0)
		return -errno;
	uts_name_get(c->task, false, name);
	memcpy(u.nodename, name, sizeof(name));
	uts_name_get(c->task, true, name);
	memcpy(u.domainname, name, sizeof(name));
	return guest_write(c->task, c->rq.arg[0], &u, sizeof(u));
}

/* CAP_SYS_ADMIN over the namespace's owner. */
static bool
may_set(struct call *c)
{
	struct creds *cr = task_creds_get(c->task);
	struct nsproxy *p = task_nsproxy_get(c->task);
	bool may = userns_capable(cr, p->of[NS_UTS]->owner, CAP_SYS_ADMIN);

	nsproxy_put(p);
	creds_put(cr);
	return may;
}

int
sys_sethostname(struct call *c)
{
	int len = (int)c->rq.arg[1];
	char name[UTS_LEN];

	if (!may_set(c))
		return -EPERM;
	if (len < 0 || len > UTS_LEN)
		return -EINVAL;
	if (len && guest_read(c->task, name, c->rq.arg[0], (size_t)len) < 0)
		return -EFAULT;
	uts_name_set(c->task, c->rq.sc == SC_setdomainname, name, (size_t)len);
	return 0;
}
