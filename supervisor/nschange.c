/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/nschange.h"
#include "supervisor/nest.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "include/auto.h"
#include "supervisor/creds.h"
#include "supervisor/dispatch.h"
#include "supervisor/log.h"
#include "supervisor/nsproxy.h"
#include "supervisor/sandbox.h"
#include "supervisor/tablefile.h"
#include "supervisor/userns.h"

#define NEWTIME	0x80		/* CLONE_NEWTIME */

/* --- who else ------------------------------------------------------------ */

struct others {
	struct task *t;
	struct fscontext *fs;
};

/* A thread that has ended, and only waits for the tracer to see it, is not
 * there any more. */
static bool
has_ended(const struct task *t)
{
	char name[64], line[512], *end = NULL;
	AUTO_FILE FILE *f = NULL;

	snprintf(name, sizeof(name), "/proc/%d/task/%d/stat", t->tgid, t->tid);
	f = fopen(name, "re");
	if (f && fgets(line, sizeof(line), f))
		end = strrchr(line, ')');
	return !end || end[2] == 'Z' || end[2] == 'X';
}

static bool
is_sibling(struct task *t, void *arg)
{
	const struct others *o = arg;

	return t != o->t && t->tgid == o->t->tgid && !t->dying &&
	       !has_ended(t);
}

bool
task_is_alone(struct task *t)
{
	struct others o = { .t = t };

	return !task_for_each(t->sb, is_sibling, &o);
}

static bool
has_fs(struct task *t, void *arg)
{
	const struct others *o = arg;

	return t != o->t && t->fs == o->fs && !t->dying && !has_ended(t);
}

bool
task_shares_fs(struct task *t)
{
	struct others o = { .t = t, .fs = task_fs_get(t) };
	bool shares = task_for_each(t->sb, has_fs, &o);

	fscontext_put(o.fs);
	return shares;
}

/* As current_chrooted(): is the caller's root not the namespace's? */
static bool
is_chrooted(const struct vfs_ctx *ctx)
{
	struct path top;
	bool same;

	mntns_root(ctx->ns, &top);
	same = path_equal(&top, &ctx->root);
	path_put(&top);
	return !same;
}

/* --- making -------------------------------------------------------------- */

static int
make_userns(struct call *c, const struct vfs_ctx *ctx, const struct creds *old,
	    struct nschange *n)
{
	struct user_ns *ns;
	int err;

	if (c->sb->cfg->no_userns || nest_refuses_userns(c->task)) {
		log_info("a user namespace is refused: --disable-userns");
		return -ENOSPC;
	}
	if (old->user_ns->level > USERNS_MAX_LEVEL)
		return -ENOSPC;
	if (is_chrooted(ctx))
		return -EPERM;
	err = userns_new(old, &ns);
	if (err < 0)
		return err;
	ns->of_nest = nest_is_first(c->task);
	err = creds_copy(old, &n->creds);
	if (err == 0) {
		creds_enter_userns(n->creds, ns);
		c->sb->ids_mapped = true;
	}
	userns_put(ns);
	return err;
}

/* As a kernel whose limit for them (/proc/sys/user/max_*_namespaces) is 0. */
static int
refuse(const char *kind)
{
	log_info("a new %s namespace is refused: belljar has only the one",
		 kind);
	return -ENOSPC;
}

static int
make_plain(struct call *c, const struct creds *cr, uint64_t flags,
	   struct nschange *n)
{
	struct nsproxy *old;
	int err;

	if (flags & CLONE_NEWPID)
		return refuse("pid");
	if (flags & NEWTIME)
		return refuse("time");
	if (!(flags & (CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET |
		       CLONE_NEWCGROUP)))
		return 0;
	old = task_nsproxy_get(c->task);
	err = nsproxy_copy(c->sb, old, flags, cr->user_ns, &n->nsproxy);
	nsproxy_put(old);
	return err == -ENOSPC ? refuse("network or ipc") : err;
}

static int
make_mntns(const struct vfs_ctx *ctx, const struct creds *cr,
	   struct nschange *n)
{
	struct user_ns *owner = cr->user_ns;

	/* Mounts may outlive who owns them. */
	owner->owns = true;
	return vfs_copy_ns(ctx, owner->id, &n->fs->root, &n->fs->cwd,
			   &n->mntns);
}

static int
make_all(struct call *c, const struct vfs_ctx *ctx, const struct creds *old,
	 uint64_t flags, struct nschange *n)
{
	const uint64_t kinds = NS_ALL & ~(uint64_t)CLONE_NEWUSER;
	const struct creds *cr;
	struct fscontext *fs;
	int err = 0;

	if (flags & (CLONE_FS | CLONE_NEWNS)) {
		fs = task_fs_get(c->task);
		err = fscontext_copy(fs, &n->fs);
		fscontext_put(fs);
	}
	if (err == 0 && (flags & CLONE_NEWUSER))
		err = make_userns(c, ctx, old, n);
	if (err == 0 && (flags & kinds) && !n->creds &&
	    !creds_has_cap(old, CAP_SYS_ADMIN))
		err = -EPERM;
	cr = n->creds ? n->creds : old;
	if (err == 0)
		err = make_plain(c, cr, flags, n);
	if (err == 0 && (flags & CLONE_NEWNS))
		err = make_mntns(ctx, cr, n);
	return err;
}

int
nschange_make(struct call *c, uint64_t flags, struct nschange *n)
{
	struct creds *old = task_creds_get(c->task);
	struct vfs_ctx ctx;
	int err;

	call_ctx(c, &ctx);
	err = make_all(c, &ctx, old, flags, n);
	call_ctx_put(&ctx);
	creds_put(old);
	if (err < 0)
		nschange_fini(n);
	return err;
}

void
nschange_take(struct nschange *n, struct task *t)
{
	if (n->creds)
		task_set_creds(t, n->creds);
	if (n->fs)
		task_set_fs(t, n->fs);
	if (n->mntns) {
		struct mntns *left = task_mntns_get(t);

		task_set_mntns(t, n->mntns);
		tablefile_left(t->sb, left);
		mntns_put(left);
	}
	if (n->nsproxy)
		task_set_nsproxy(t, n->nsproxy);
	*n = (struct nschange)NSCHANGE_INIT;
}

void
nschange_fini(struct nschange *n)
{
	if (n->creds)
		creds_put(n->creds);
	if (n->fs)
		fscontext_put(n->fs);
	if (n->mntns)
		mntns_put(n->mntns);
	nsproxy_put(n->nsproxy);
	*n = (struct nschange)NSCHANGE_INIT;
}
