/* SPDX-License-Identifier: Apache-2.0 */
/* core_processes.c - emulated processes: capabilities and namespaces. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/conform/core.h"

/* As cap_capable() in security/commoncap.c; everybody has the same uid. */
bool
core_capable(const struct core *k, const struct core_proc *p,
	     uint64_t user_ns)
{
	for (uint64_t ns = user_ns; ; ns = k->user_parent[ns]) {
		if (ns == p->user_ns)
			return p->caps;
		if (ns == 0)
			return false;
		if (k->user_parent[ns] == p->user_ns)
			return true;
	}
}

void
core_ctx(struct core *k, struct core_proc *p, struct vfs_ctx *ctx)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->vfs = k->vfs;
	ctx->ns = p->ns;
	ctx->root = p->root;
	ctx->cwd = p->cwd;
	ctx->umask = 022;
	ctx->uid = geteuid();
	ctx->gid = getegid();
	ctx->user_ns = p->user_ns;
	ctx->may_mount = core_capable(k, p, mntns_owner(p->ns));
	ctx->cap_chroot = p->caps;
	ctx->caller = (uint64_t)(p - k->proc);
}

void
core_proc_end(struct core *k, struct core_proc *p)
{
	if (!p->alive)
		return;
	p->alive = false;
	for (int i = 0; i < CORE_NAMES; i++) {
		if (p->names[i].file)
			core_file_drop(k, p->names[i].file);
		p->names[i].file = NULL;
	}
	path_put(&p->root);
	path_put(&p->cwd);
	mntns_put(p->ns);
	p->ns = NULL;
}

static int
do_spawn(struct core *k, const struct op *op)
{
	unsigned long n = op_number(op, 1);
	struct core_proc *p;

	if (n < 1 || n >= EXECUTOR_PROCS || k->proc[n].alive)
		return EINVAL;
	p = &k->proc[n];
	*p = *k->p;
	mntns_get(p->ns);
	path_get(&p->root);
	path_get(&p->cwd);
	for (int i = 0; i < CORE_NAMES; i++)
		if (p->names[i].file)
			p->names[i].file->refs++;
	return 0;
}

static int
do_quit(struct core *k, const struct op *op)
{
	unsigned long n = op_number(op, 1);

	if (n < 1 || n >= EXECUTOR_PROCS || !k->proc[n].alive)
		return ECHILD;
	core_proc_end(k, &k->proc[n]);
	return 0;
}

static int
do_dropcaps(struct core *k, const struct op *op)
{
	(void)op;
	k->p->caps = false;
	return 0;
}

/* ------------------------------------------------------------ namespaces */

/* As current_chrooted(). */
static bool
is_chrooted(const struct core_proc *p)
{
	struct path root;
	bool equal;

	mntns_root(p->ns, &root);
	equal = path_equal(&root, &p->root);
	path_put(&root);
	return !equal;
}

static int
new_user_ns(struct core *k, uint64_t *id)
{
	if (is_chrooted(k->p))
		return EPERM;
	if (k->nr_user_ns == CORE_USER_NS)
		return ENOSPC;
	*id = k->nr_user_ns++;
	k->user_parent[*id] = k->p->user_ns;
	return 0;
}

static int
do_unshare(struct core *k, const struct op *op)
{
	uint64_t flags = op_bits(op, 1, words_clone);
	uint64_t user_ns = k->p->user_ns;
	struct mntns *ns;
	int err;

	if (flags & CLONE_NEWUSER) {
		err = new_user_ns(k, &user_ns);
		if (err)
			return err;
	} else if ((flags & CLONE_NEWNS) && !k->p->caps) {
		return EPERM;
	}
	if (flags & CLONE_NEWNS) {
		err = vfs_copy_ns(&k->ctx, user_ns, &k->p->root, &k->p->cwd,
				  &ns);
		if (err)
			return -err;
		mntns_put(k->p->ns);
		k->p->ns = ns;
	}
	if (flags & CLONE_NEWUSER) {
		k->p->user_ns = user_ns;
		k->p->caps = true;
	}
	return 0;
}

/* As mntns_install(). */
static int
do_setns(struct core *k, const struct op *op)
{
	struct core_file *f = core_file_find(k, op_word(op, 1));
	struct path root;
	struct mntns *old = k->p->ns;

	if (!f)
		return EBADF;
	if (f->kind != FILE_NS)
		return EINVAL;
	if (!core_capable(k, k->p, mntns_owner(f->ns)) || !k->p->caps)
		return EPERM;
	mntns_root(f->ns, &root);
	k->p->ns = mntns_get(f->ns);
	path_put(&k->p->root);
	path_put(&k->p->cwd);
	k->p->root = k->p->cwd = root;
	path_get(&root);
	mntns_put(old);
	return 0;
}

/* As __ptrace_may_access(): all have one uid and are dumpable. */
static bool
may_look_into(const struct core *k, const struct core_proc *p,
	      const struct core_proc *other)
{
	if (p == other || (p->user_ns == other->user_ns &&
			   (p->caps || !other->caps)))
		return true;
	return core_capable(k, p, other->user_ns);
}

static int
do_nsopen(struct core *k, const struct op *op)
{
	unsigned long n = op_number(op, 2);
	struct core_file *f;

	if (n < 1 || n >= EXECUTOR_PROCS || !k->proc[n].alive)
		return ENOENT;
	if (!may_look_into(k, k->p, &k->proc[n]))
		return EACCES;
	f = core_file_put(k, op_word(op, 1), FILE_NS);
	f->ns = mntns_get(k->proc[n].ns);
	return 0;
}

const struct core_op core_processes[] = {
	{"spawn", do_spawn}, {"quit", do_quit}, {"dropcaps", do_dropcaps},
	{"unshare", do_unshare}, {"setns", do_setns}, {"nsopen", do_nsopen},
	{NULL, NULL}
};
