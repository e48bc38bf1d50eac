/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/nsproxy.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "supervisor/creds.h"
#include "supervisor/filter.h"
#include "supervisor/log.h"
#include "supervisor/sandbox.h"
#include "supervisor/userns.h"

static const struct {
	const char *name;
	int flag;
} kinds[NS_KINDS] = {
	[NS_MNT] = { "mnt", CLONE_NEWNS },
	[NS_USER] = { "user", CLONE_NEWUSER },
	[NS_UTS] = { "uts", CLONE_NEWUTS },
	[NS_IPC] = { "ipc", CLONE_NEWIPC },
	[NS_NET] = { "net", CLONE_NEWNET },
	[NS_CGROUP] = { "cgroup", CLONE_NEWCGROUP },
	[NS_PID] = { "pid", CLONE_NEWPID },
	[NS_TIME] = { "time", 0x80 },	/* CLONE_NEWTIME */
};

const char *
ns_kind_name(enum ns_kind kind)
{
	return kinds[kind].name;
}

int
ns_kind_flag(enum ns_kind kind)
{
	return kinds[kind].flag;
}

enum ns_kind
ns_kind_find(const char *name)
{
	if (strcmp(name, "pid_for_children") == 0)
		return NS_PID;
	if (strcmp(name, "time_for_children") == 0)
		return NS_TIME;
	for (enum ns_kind k = 0; k < NS_KINDS; k++)
		if (strcmp(kinds[k].name, name) == 0)
			return k;
	return NS_KINDS;
}

bool
ns_kind_is_emulated(const struct sandbox *sb, enum ns_kind kind)
{
	const struct filter_config *f = sb->filter;

	switch (kind) {
	case NS_MNT:
	case NS_USER:
	case NS_UTS:
	case NS_CGROUP:
	case NS_IPC:
		return true;
	case NS_NET:
		return !f || !f->share_net;
	case NS_PID:
	case NS_TIME:
	case NS_KINDS:
		break;
	}
	return false;
}

/* --- plain ones ----------------------------------------------------------- */

static int
plain_ns_new(enum ns_kind kind, struct user_ns *owner,
	     const struct plain_ns *names, struct plain_ns **out)
{
	static _Atomic uint64_t next_id = 1;
	struct plain_ns *ns = calloc(1, sizeof(*ns));

	if (!ns)
		return -ENOMEM;
	ref_init(&ns->ref);
	pthread_mutex_init(&ns->lock, NULL);
	ns->kind = kind;
	ns->id = atomic_fetch_add(&next_id, 1);
	ns->owner = userns_get(owner);
	if (names) {
		memcpy(ns->nodename, names->nodename, sizeof(ns->nodename));
		memcpy(ns->domainname, names->domainname,
		       sizeof(ns->domainname));
	}
	*out = ns;
	return 0;
}

struct plain_ns *
plain_ns_get(struct plain_ns *ns)
{
	ref_get(&ns->ref);
	return ns;
}

void
plain_ns_put(struct plain_ns *ns)
{
	if (!ns || !ref_put(&ns->ref))
		return;
	userns_put(ns->owner);
	pthread_mutex_destroy(&ns->lock);
	free(ns);
}

/* --- a task's ------------------------------------------------------------- */

static struct nsproxy *
nsproxy_new(void)
{
	struct nsproxy *p = calloc(1, sizeof(*p));

	if (p)
		ref_init(&p->ref);
	return p;
}

int
nsproxy_first(struct sandbox *sb, struct nsproxy **out)
{
	struct nsproxy *p = nsproxy_new();
	struct utsname u = { .nodename = "" };
	int err = p ? 0 : -ENOMEM;

	for (enum ns_kind k = NS_FIRST_PLAIN; k < NS_KINDS && err == 0; k++)
		err = plain_ns_new(k, sb->first_userns, NULL, &p->of[k]);
	if (err < 0) {
		nsproxy_put(p);
		return err;
	}
	uname(&u);
	if (sb->cfg->hostname)
		strncpy(p->of[NS_UTS]->nodename, sb->cfg->hostname, UTS_LEN);
	else
		memcpy(p->of[NS_UTS]->nodename, u.nodename, UTS_LEN);
	memcpy(p->of[NS_UTS]->domainname, u.domainname, UTS_LEN);
	*out = p;
	return 0;
}

int
nsproxy_copy(struct sandbox *sb, const struct nsproxy *from, uint64_t flags,
	     struct user_ns *owner, struct nsproxy **out)
{
	struct nsproxy *p = nsproxy_new();
	int err = p ? 0 : -ENOMEM;

	for (enum ns_kind k = NS_FIRST_PLAIN; k < NS_KINDS && err == 0; k++) {
		if (!(flags & (uint64_t)kinds[k].flag))
			p->of[k] = plain_ns_get(from->of[k]);
		else if (ns_kind_is_emulated(sb, k))
			err = plain_ns_new(k, owner, from->of[k], &p->of[k]);
		else
			err = -ENOSPC;
	}
	if (err < 0) {
		nsproxy_put(p);
		return err;
	}
	*out = p;
	return 0;
}

int
nsproxy_replace(const struct nsproxy *from, struct plain_ns *ns,
		struct nsproxy **out)
{
	struct nsproxy *p = nsproxy_new();

	if (!p)
		return -ENOMEM;
	for (enum ns_kind k = NS_FIRST_PLAIN; k < NS_KINDS; k++)
		p->of[k] = plain_ns_get(k == ns->kind ? ns : from->of[k]);
	*out = p;
	return 0;
}

struct nsproxy *
nsproxy_get(struct nsproxy *p)
{
	if (p)
		ref_get(&p->ref);
	return p;
}

void
nsproxy_put(struct nsproxy *p)
{
	if (!p || !ref_put(&p->ref))
		return;
	for (enum ns_kind k = NS_FIRST_PLAIN; k < NS_KINDS; k++)
		plain_ns_put(p->of[k]);
	free(p);
}

/* --- UTS names ------------------------------------------------------------ */

void
uts_name_get(struct task *t, bool domain, char buf[UTS_LEN + 1])
{
	struct nsproxy *p = task_nsproxy_get(t);
	struct plain_ns *ns = p->of[NS_UTS];

	pthread_mutex_lock(&ns->lock);
	memcpy(buf, domain ? ns->domainname : ns->nodename, UTS_LEN + 1);
	pthread_mutex_unlock(&ns->lock);
	nsproxy_put(p);
}

void
uts_name_set(struct task *t, bool domain, const char *name, size_t len)
{
	struct nsproxy *p = task_nsproxy_get(t);
	struct plain_ns *ns = p->of[NS_UTS];
	char *to = domain ? ns->domainname : ns->nodename;

	pthread_mutex_lock(&ns->lock);
	memset(to, 0, UTS_LEN + 1);
	memcpy(to, name, len);
	pthread_mutex_unlock(&ns->lock);
	nsproxy_put(p);
}

/* --- any kind ------------------------------------------------------------- */

void
nsref_of_task(struct task *t, enum ns_kind kind, struct nsref *out)
{
	struct nsproxy *p;
	struct creds *cr;

	out->kind = kind;
	if (kind == NS_MNT) {
		out->mnt = task_mntns_get(t);
	} else if (kind == NS_USER) {
		cr = task_creds_get(t);
		out->user = userns_get(cr->user_ns);
		creds_put(cr);
	} else {
		p = task_nsproxy_get(t);
		out->plain = plain_ns_get(p->of[kind]);
		nsproxy_put(p);
	}
}

void
nsref_put(struct nsref *r)
{
	if (r->kind == NS_MNT)
		mntns_put(r->mnt);
	else if (r->kind == NS_USER)
		userns_put(r->user);
	else
		plain_ns_put(r->plain);
}

uint64_t
nsref_id(const struct nsref *r)
{
	return r->kind == NS_MNT ? mntns_id(r->mnt) :
	       r->kind == NS_USER ? r->user->id : r->plain->id;
}

bool
nsref_owner(const struct nsref *r, uint64_t *id)
{
	if (r->kind == NS_MNT) {
		*id = mntns_owner(r->mnt);
	} else if (r->kind == NS_USER) {
		if (!r->user->parent)
			return false;
		*id = r->user->parent->id;
	} else {
		*id = r->plain->owner->id;
	}
	return true;
}
