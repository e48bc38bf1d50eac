/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ids.c - user and group ids and capabilities as the guest sees them; only
 * when they are emulated (-0, --uid, --gid), but for capget and capset.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "include/auto.h"
#include "supervisor/creds.h"
#include "supervisor/handlers.h"
#include "supervisor/nest.h"
#include "supervisor/sandbox.h"
#include "supervisor/task.h"
#include "supervisor/userns.h"

#define KEEP	((uid_t)-1)
#define NGROUPS	65536

static int
write_three(struct call *c, const uint32_t v[3])
{
	for (int i = 0; i < 3; i++)
		if (guest_write(c->task, c->rq.arg[i], &v[i],
				sizeof(v[i])) < 0)
			return -EFAULT;
	return 0;
}

static int
get_groups(struct call *c, const struct creds *cr)
{
	AUTO_FREE gid_t *named = NULL;
	int room = (int)c->rq.arg[0];

	if (room < 0)
		return -EINVAL;
	if (room == 0)
		return cr->nr_groups;
	if (cr->nr_groups > room)
		return -EINVAL;
	if (!cr->nr_groups)
		return 0;
	named = calloc((size_t)cr->nr_groups, sizeof(*named));
	if (!named)
		return -ENOMEM;
	for (int i = 0; i < cr->nr_groups; i++)
		named[i] = userns_gid_out(cr->user_ns, cr->groups[i]);
	if (guest_write(c->task, c->rq.arg[1], named,
			(size_t)cr->nr_groups * sizeof(gid_t)) < 0)
		return -EFAULT;
	return cr->nr_groups;
}

int
sys_getids(struct call *c)
{
	struct creds *cr = task_creds_get(c->task);
	const struct user_ns *ns = cr->user_ns;
	const uint32_t uids[3] = {
		userns_uid_out(ns, cr->uid), userns_uid_out(ns, cr->euid),
		userns_uid_out(ns, cr->suid),
	};
	const uint32_t gids[3] = {
		userns_gid_out(ns, cr->gid), userns_gid_out(ns, cr->egid),
		userns_gid_out(ns, cr->sgid),
	};
	int r = -ENOSYS;

	if (c->rq.sc == SC_getuid)
		r = (int)uids[0];
	else if (c->rq.sc == SC_geteuid)
		r = (int)uids[1];
	else if (c->rq.sc == SC_getgid)
		r = (int)gids[0];
	else if (c->rq.sc == SC_getegid)
		r = (int)gids[1];
	else if (c->rq.sc == SC_getresuid)
		r = write_three(c, uids);
	else if (c->rq.sc == SC_getresgid)
		r = write_three(c, gids);
	else if (c->rq.sc == SC_getgroups)
		r = get_groups(c, cr);
	creds_put(cr);
	return r;
}

/* ---------------------------------------------------------------- setting */

/* Is `id` one of the three that a process may take without the capability? */
static bool
is_one_of(uint32_t id, uint32_t a, uint32_t b, uint32_t d)
{
	return id == KEEP || id == a || id == b || id == d;
}

/* The three ids that a set call asks for, KEEP where it says nothing. */
struct wanted {
	uint32_t real, effective, saved;
	bool ok;			/* allowed without the capability */
};

/* The arguments as ids of the host.  False: one has none. */
static bool
read_ids(struct call *c, const struct user_ns *ns, bool is_gid, uint32_t id[3])
{
	const unsigned int nr = c->rq.sc == SC_setuid || c->rq.sc == SC_setgid ?
		1 : c->rq.sc == SC_setreuid || c->rq.sc == SC_setregid ? 2 : 3;

	for (unsigned int i = 0; i < nr; i++) {
		id[i] = (uint32_t)c->rq.arg[i];
		if (is_gid ? !userns_gid_in(ns, &id[i]) :
			     !userns_uid_in(ns, &id[i]))
			return false;
	}
	return true;
}

static struct wanted
wanted_ids(struct call *c, bool is_gid, bool cap, const uint32_t id[3],
	   const uint32_t have[3])
{
	const uint32_t x = id[0], y = id[1], z = id[2];
	const uint32_t r = have[0], e = have[1], s = have[2];
	struct wanted w = { KEEP, KEEP, KEEP, false };

	if (c->rq.sc == (is_gid ? SC_setgid : SC_setuid)) {
		w.effective = x;
		if (cap)
			w.real = w.saved = x;
		w.ok = x == r || x == s;
	} else if (c->rq.sc == (is_gid ? SC_setregid : SC_setreuid)) {
		w.real = x;
		w.effective = y;
		w.ok = is_one_of(x, r, e, r) && is_one_of(y, r, e, s);
		if (x != KEEP || (y != KEEP && y != r))
			w.saved = y != KEEP ? y : e;
	} else {
		w.real = x;
		w.effective = y;
		w.saved = z;
		w.ok = is_one_of(x, r, e, s) && is_one_of(y, r, e, s) &&
		       is_one_of(z, r, e, s);
	}
	return w;
}

static uint32_t
pick(uint32_t want, uint32_t have)
{
	return want == KEEP ? have : want;
}

static int
set_uids(struct call *c, struct creds *cr)
{
	const uint32_t have[3] = { cr->uid, cr->euid, cr->suid };
	bool cap = creds_has_cap(cr, CAP_SETUID);
	uint32_t id[3] = { KEEP, KEEP, KEEP };
	struct creds old = *cr;
	struct wanted w;

	if (!read_ids(c, cr->user_ns, false, id) ||
	    (c->rq.sc == SC_setuid && id[0] == KEEP))
		return -EINVAL;
	w = wanted_ids(c, false, cap, id, have);
	if (!cap && !w.ok)
		return -EPERM;
	cr->uid = pick(w.real, cr->uid);
	cr->euid = cr->fsuid = pick(w.effective, cr->euid);
	cr->suid = pick(w.saved, cr->suid);
	creds_fix_setuid(cr, &old);
	return 0;
}

static int
set_gids(struct call *c, struct creds *cr)
{
	const uint32_t have[3] = { cr->gid, cr->egid, cr->sgid };
	bool cap = creds_has_cap(cr, CAP_SETGID);
	uint32_t id[3] = { KEEP, KEEP, KEEP };
	struct wanted w;

	if (!read_ids(c, cr->user_ns, true, id) ||
	    (c->rq.sc == SC_setgid && id[0] == KEEP))
		return -EINVAL;
	w = wanted_ids(c, true, cap, id, have);
	if (!cap && !w.ok)
		return -EPERM;
	cr->gid = pick(w.real, cr->gid);
	cr->egid = cr->fsgid = pick(w.effective, cr->egid);
	cr->sgid = pick(w.saved, cr->sgid);
	return 0;
}

/* Both answer with the old id, whether or not it was changed. */
static int
set_fsid(struct call *c, struct creds *cr)
{
	const struct user_ns *ns = cr->user_ns;
	uint32_t id = (uint32_t)c->rq.arg[0];
	struct creds old = *cr;

	if (c->rq.sc == SC_setfsuid) {
		if (id != KEEP && userns_uid_in(ns, &id) &&
		    (is_one_of(id, cr->uid, cr->euid, cr->suid) ||
		     id == cr->fsuid || creds_has_cap(cr, CAP_SETUID))) {
			cr->fsuid = id;
			creds_fix_setuid(cr, &old);
		}
		return (int)userns_uid_out(ns, old.fsuid);
	}
	if (id != KEEP && userns_gid_in(ns, &id) &&
	    (is_one_of(id, cr->gid, cr->egid, cr->sgid) ||
	     id == cr->fsgid || creds_has_cap(cr, CAP_SETGID)))
		cr->fsgid = id;
	return (int)userns_gid_out(ns, old.fsgid);
}

static int
set_groups(struct call *c, struct creds *cr)
{
	uint32_t n = (uint32_t)c->rq.arg[0];
	gid_t *groups = NULL;

	if (!creds_has_cap(cr, CAP_SETGID) ||
	    !userns_may_setgroups(cr->user_ns))
		return -EPERM;
	if (n > NGROUPS)
		return -EINVAL;
	if (n) {
		groups = calloc(n, sizeof(*groups));
		if (!groups)
			return -ENOMEM;
		if (guest_read(c->task, groups, c->rq.arg[1],
			       n * sizeof(*groups)) < 0) {
			free(groups);
			return -EFAULT;
		}
	}
	for (uint32_t i = 0; i < n; i++) {
		if (groups[i] == KEEP ||
		    !userns_gid_in(cr->user_ns, &groups[i])) {
			free(groups);
			return -EINVAL;
		}
	}
	free(cr->groups);
	cr->groups = groups;
	cr->nr_groups = (int)n;
	return 0;
}

static int
set_some(struct call *c, struct creds *cr)
{
	switch ((int)c->rq.sc) {
	case SC_setuid:
	case SC_setreuid:
	case SC_setresuid:
		return set_uids(c, cr);
	case SC_setgid:
	case SC_setregid:
	case SC_setresgid:
		return set_gids(c, cr);
	case SC_setfsuid:
	case SC_setfsgid:
		return set_fsid(c, cr);
	case SC_setgroups:
		return set_groups(c, cr);
	}
	return -ENOSYS;
}

/* Changes a copy of the caller's credentials and puts it in place. */
static int
change_creds(struct call *c, int (*change)(struct call *, struct creds *))
{
	struct creds *old = task_creds_get(c->task), *new;
	int r = creds_copy(old, &new);

	creds_put(old);
	if (r < 0)
		return r;
	r = change(c, new);
	if (r < 0)
		creds_put(new);
	else
		task_set_creds(c->task, new);
	return r;
}

int
sys_setids(struct call *c)
{
	return change_creds(c, set_some);
}

/* ----------------------------------------------------------- capabilities */

/* As cap_validate_magic(): the number of 32-bit words per set. */
static int
cap_words(struct call *c, struct __user_cap_header_struct *h)
{
	uint32_t version = _LINUX_CAPABILITY_VERSION_3;

	if (guest_read(c->task, h, c->rq.arg[0], sizeof(*h)) < 0)
		return -EFAULT;
	switch (h->version) {
	case _LINUX_CAPABILITY_VERSION_1:
		return _LINUX_CAPABILITY_U32S_1;
	case _LINUX_CAPABILITY_VERSION_2:
	case _LINUX_CAPABILITY_VERSION_3:
		return _LINUX_CAPABILITY_U32S_3;
	}
	/* The kernel tells which version it would have liked. */
	if (guest_write(c->task, c->rq.arg[0], &version, sizeof(version)) < 0)
		return -EFAULT;
	return -EINVAL;
}

int
sys_capget(struct call *c)
{
	struct __user_cap_header_struct h;
	struct __user_cap_data_struct d[2] = { { 0 } };
	struct task *t;
	struct creds *cr;
	int words = cap_words(c, &h);

	if (words == -EINVAL && !c->rq.arg[1])
		return 0;		/* only asked for the version */
	if (words < 0)
		return words;
	if (h.pid < 0)
		return -EINVAL;
	t = h.pid ? nest_find_get(c->task, h.pid) : task_get(c->task);
	if (!t)
		return -ESRCH;
	cr = task_creds_get(t);
	for (int i = 0; i < words; i++) {
		d[i].effective = (uint32_t)(cr->cap_effective >> (32 * i));
		d[i].permitted = (uint32_t)(cr->cap_permitted >> (32 * i));
		d[i].inheritable = (uint32_t)(cr->cap_inheritable >> (32 * i));
	}
	creds_put(cr);
	task_put(t);
	if (!c->rq.arg[1])
		return 0;
	return guest_write(c->task, c->rq.arg[1], d,
			   (size_t)words * sizeof(d[0]));
}

/* As cap_capset(). */
static int
set_caps(struct call *c, struct creds *cr)
{
	struct __user_cap_header_struct h;
	struct __user_cap_data_struct d[2] = { { 0 } };
	uint64_t e = 0, p = 0, i = 0;
	int words = cap_words(c, &h);

	if (words < 0)
		return words;
	if (h.pid && h.pid != c->task->tid)
		return -EPERM;
	if (guest_read(c->task, d, c->rq.arg[1],
		       (size_t)words * sizeof(d[0])) < 0)
		return -EFAULT;
	for (int n = 0; n < words; n++) {
		e |= (uint64_t)d[n].effective << (32 * n);
		p |= (uint64_t)d[n].permitted << (32 * n);
		i |= (uint64_t)d[n].inheritable << (32 * n);
	}
	e &= CREDS_CAP_ALL;
	p &= CREDS_CAP_ALL;
	i &= CREDS_CAP_ALL;
	if (!creds_has_cap(cr, CAP_SETPCAP) &&
	    (i & ~(cr->cap_inheritable | cr->cap_permitted)))
		return -EPERM;
	if (i & ~(cr->cap_inheritable | cr->cap_bounding))
		return -EPERM;
	if ((p & ~cr->cap_permitted) || (e & ~p))
		return -EPERM;
	cr->cap_effective = e;
	cr->cap_permitted = p;
	cr->cap_inheritable = i;
	cr->cap_ambient &= p & i;
	return 0;
}

int
sys_capset(struct call *c)
{
	return change_creds(c, set_caps);
}
