/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nsioctl.c - what ioctl(2) tells of a namespace's file: as ns_ioctl() in
 * fs/nsfs.c, Linux 6.18.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sys/stat.h>

#include "supervisor/creds.h"
#include "supervisor/handlers.h"
#include "supervisor/nsfile.h"
#include "supervisor/nsproxy.h"
#include "supervisor/sandbox.h"
#include "supervisor/sys/nsioctl.h"
#include "supervisor/userns.h"

#ifndef NS_GET_MNTNS_ID
#define NS_GET_MNTNS_ID _IOR(NSIO, 0x5, uint64_t)	/* Linux 6.11 */
#endif

/* A descriptor of a user namespace; -EPERM unless it is the caller's own, or
 * lies below. */
static int
give_userns(struct call *c, uint64_t id, const struct user_ns *callers)
{
	struct nsref ref = { .kind = NS_USER };
	int err, fd;

	ref.user = userns_find_get(c->sb, id);
	if (!ref.user)
		return -EPERM;
	err = userns_is_below(ref.user, callers) ?
		nsfile_open(c->sb, &ref, c->task->tid, &fd) : -EPERM;
	nsref_put(&ref);
	return err < 0 ? err : reply_fd(c, fd, O_CLOEXEC);
}

static int
answer(struct call *c, const struct nsref *ns, const struct user_ns *callers)
{
	uint64_t id;
	uid_t uid;

	switch ((uint32_t)c->rq.arg[1]) {
	case NS_GET_USERNS:
		return nsref_owner(ns, &id) ? give_userns(c, id, callers) :
					      -EPERM;
	case NS_GET_PARENT:
		if (ns->kind == NS_PID)
			return -EPERM;	/* outside */
		if (ns->kind != NS_USER)
			return -EINVAL;
		return nsref_owner(ns, &id) ? give_userns(c, id, callers) :
					      -EPERM;
	case NS_GET_NSTYPE:
		return ns_kind_flag(ns->kind);
	case NS_GET_OWNER_UID:
		if (ns->kind != NS_USER)
			return -EINVAL;
		uid = userns_uid_out(callers, ns->user->owner);
		return guest_write(c->task, c->rq.arg[2], &uid, sizeof(uid));
	case NS_GET_MNTNS_ID:
		if (ns->kind != NS_MNT)
			return -EINVAL;
		id = mntns_id(ns->mnt);
		return guest_write(c->task, c->rq.arg[2], &id, sizeof(id));
	}
	return -ENOTTY;
}

int
ns_ioctl(struct call *c, int fd)
{
	struct creds *cr;
	struct nsref ns;
	struct stat st;
	int ret;

	if (fstat(fd, &st) < 0 || !nsfile_find(c->sb, &st, &ns))
		return -ENOTTY;
	cr = task_creds_get(c->task);
	ret = answer(c, &ns, cr->user_ns);
	creds_put(cr);
	nsref_put(&ns);
	return ret;
}
