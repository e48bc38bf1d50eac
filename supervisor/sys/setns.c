/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setns.c - setns(2): through the file of a namespace, or the pidfd of a
 * process.  It comes by trace or trap, so the tracer thread runs it.
 */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "include/auto.h"
#include "supervisor/creds.h"
#include "supervisor/dirfds.h"
#include "supervisor/handlers.h"
#include "supervisor/nest.h"
#include "supervisor/idfilter.h"
#include "supervisor/nschange.h"
#include "supervisor/nsfile.h"
#include "supervisor/nsproxy.h"
#include "supervisor/sandbox.h"
#include "supervisor/userns.h"

/* What is being put together, as struct nsset of the kernel. */
struct nsset {
	struct call *c;
	uint64_t flags;
	struct creds *creds;		/* counted: those so far */
	struct nschange n;
};

static bool
capable(const struct nsset *s, uint64_t user_ns, int cap)
{
	return userns_id_capable(s->c->sb, s->creds, user_ns, cap);
}

/* As userns_install(). */
static int
enter_user(struct nsset *s, struct user_ns *ns)
{
	struct creds *cr;
	int err;

	if (ns == s->creds->user_ns || !task_is_alone(s->c->task) ||
	    task_shares_fs(s->c->task))
		return -EINVAL;
	if (!userns_capable(s->creds, ns, CAP_SYS_ADMIN))
		return -EPERM;
	err = creds_copy(s->creds, &cr);
	if (err < 0)
		return err;
	creds_enter_userns(cr, ns);
	creds_put(s->creds);
	s->creds = creds_get(cr);
	if (s->n.creds)
		creds_put(s->n.creds);
	s->n.creds = cr;
	return 0;
}

/* As mntns_install(): root and working directory become the top of it. */
static int
enter_mnt(struct nsset *s, struct mntns *ns)
{
	struct fscontext *old;
	struct path root;
	int err;

	if (!capable(s, mntns_owner(ns), CAP_SYS_ADMIN) ||
	    !creds_has_cap(s->creds, CAP_SYS_CHROOT) ||
	    !creds_has_cap(s->creds, CAP_SYS_ADMIN))
		return -EPERM;
	if (mntns_is_anon(ns))
		return -EINVAL;
	if (s->flags == CLONE_NEWNS && task_shares_fs(s->c->task))
		return -EINVAL;
	mntns_root(ns, &root);
	old = task_fs_get(s->c->task);
	err = fscontext_new(&root, &root, old->umask, &s->n.fs);
	fscontext_put(old);
	path_put(&root);
	if (err == 0)
		s->n.mntns = mntns_get(ns);
	return err;
}

static int
enter_plain(struct nsset *s, struct plain_ns *ns)
{
	struct nsproxy *old, *p;
	int err;

	if (!capable(s, ns->owner->id, CAP_SYS_ADMIN) ||
	    !creds_has_cap(s->creds, CAP_SYS_ADMIN))
		return -EPERM;
	old = s->n.nsproxy ? nsproxy_get(s->n.nsproxy) :
			     task_nsproxy_get(s->c->task);
	err = nsproxy_replace(old, ns, &p);
	nsproxy_put(old);
	if (err < 0)
		return err;
	nsproxy_put(s->n.nsproxy);
	s->n.nsproxy = p;
	return 0;
}

static int
enter(struct nsset *s, const struct nsref *ns)
{
	if (ns->kind == NS_USER)
		return enter_user(s, ns->user);
	if (ns->kind == NS_MNT)
		return enter_mnt(s, ns->mnt);
	return enter_plain(s, ns->plain);
}

/* Those of a process, as validate_nsset(): users first, for what they give. */
static int
enter_process(struct nsset *s, struct task *target)
{
	static const enum ns_kind order[] = {
		NS_USER, NS_MNT, NS_UTS, NS_IPC, NS_PID, NS_CGROUP, NS_NET,
		NS_TIME,
	};
	struct creds *cr = task_creds_get(target);
	bool may = creds_may_ptrace(s->creds, cr, false);
	struct nsref ns;
	int err = 0;

	creds_put(cr);
	if (!may)
		return -EPERM;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (err < 0 || !(s->flags & (uint64_t)ns_kind_flag(order[i])))
			continue;
		nsref_of_task(target, order[i], &ns);
		err = enter(s, &ns);
		nsref_put(&ns);
	}
	return err;
}

/* --- what the descriptor is ------------------------------------------------ */

/* The process of a pidfd.  -EINVAL: it is none; -ESRCH. */
static int
process_of(struct call *c, int fd, struct task **out)
{
	char name[64], line[128];
	AUTO_FILE FILE *f = NULL;
	int pid = 0;

	snprintf(name, sizeof(name), "/proc/%d/fdinfo/%d", c->task->tid, fd);
	f = fopen(name, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	if (!pid)
		return -EINVAL;
	*out = pid > 0 ? nest_find_get(c->task, pid) : NULL;
	return *out ? 0 : -ESRCH;
}

static int
enter_by_pidfd(struct nsset *s, int fd)
{
	struct task *target;
	int err = process_of(s->c, fd, &target);

	if (err == -EINVAL)
		return err;
	if (!s->flags || (s->flags & ~(uint64_t)NS_ALL)) {
		if (err == 0)
			task_put(target);
		return -EINVAL;
	}
	if (err < 0)
		return err;
	err = enter_process(s, target);
	task_put(target);
	return err;
}

static int
enter_by_fd(struct nsset *s, int fd)
{
	char name[64];
	struct nsref ns;
	struct stat st;
	int err;

	snprintf(name, sizeof(name), "/proc/%d/fd/%d", s->c->task->tid, fd);
	if (fd < 0 || stat(name, &st) < 0)
		return -EBADF;
	if (!nsfile_find(s->c->sb, &st, &ns))
		return enter_by_pidfd(s, fd);
	if (s->flags && s->flags != (uint64_t)ns_kind_flag(ns.kind)) {
		err = -EINVAL;
	} else {
		s->flags = (uint64_t)ns_kind_flag(ns.kind);
		err = enter(s, &ns);
	}
	nsref_put(&ns);
	return err;
}

int
sys_setns(struct call *c)
{
	struct nsset s = {
		.c = c, .flags = (uint32_t)c->rq.arg[1],
		.creds = task_creds_get(c->task), .n = NSCHANGE_INIT,
	};
	int err = enter_by_fd(&s, (int)c->rq.arg[0]);

	if (err == 0) {
		nschange_take(&s.n, c->task);
		if (s.flags & (CLONE_NEWUSER | CLONE_NEWUTS))
			idfilter_install(c->task);
	}
	nschange_fini(&s.n);
	creds_put(s.creds);
	return err;
}
