/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core.c - the executor that asks the VFS core: no guest, no supervisor.
 * Files are real ones, on a tmpfs of the host for each emulated one.
 */
#include "tests/conform/core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

/* ----------------------------------------------------------------- hooks */

static bool
file_uses(const struct core_file *f, enum vfs_use use, const struct fs *fs,
	  const struct mount *m)
{
	struct stat st;

	if (f->kind != FILE_OPEN || !f->place.mnt)
		return false;
	if (m && f->place.mnt != m)
		return false;
	if (!m && mount_fs(f->place.mnt) != fs)
		return false;
	if (use == USE_BUSY || (f->flags & O_ACCMODE) != O_RDONLY)
		return true;
	/* A superblock cannot go read-only with a nameless file open. */
	return !m && fstat(f->fd, &st) == 0 && st.st_nlink == 0;
}

static bool
hook_in_use(void *arg, enum vfs_use use, const struct fs *fs,
	    const struct mount *m)
{
	struct core *k = arg;

	for (int i = 1; i < EXECUTOR_PROCS; i++) {
		const struct core_proc *p = &k->proc[i];

		for (int n = 0; p->alive && n < CORE_NAMES; n++)
			if (p->names[n].file &&
			    file_uses(p->names[n].file, use, fs, m))
				return true;
	}
	return false;
}

static void
move_place(struct path *p, const struct path *from, const struct path *to)
{
	if (!path_equal(p, from))
		return;
	path_get(to);
	path_put(p);
	*p = *to;
}

static void
hook_switch_root(void *arg, const struct path *from, const struct path *to)
{
	struct core *k = arg;

	for (int i = 1; i < EXECUTOR_PROCS; i++) {
		if (!k->proc[i].alive)
			continue;
		move_place(&k->proc[i].root, from, to);
		move_place(&k->proc[i].cwd, from, to);
	}
}

static bool
hook_capable(void *arg, const struct vfs_ctx *c, uint64_t user_ns, int cap)
{
	struct core *k = arg;

	(void)cap;
	return core_capable(k, &k->proc[c->caller], user_ns);
}

/* ------------------------------------------------------------ operations */

static const struct core_op *const tables[] = {
	core_files, core_names, core_mounts, core_api, core_processes,
	core_questions,
};

static int
core_run(struct executor *x, int who, const char *line, struct buf *value)
{
	struct core *k = (struct core *)x;
	char *copy = string_copy(line);
	struct op op;
	int err = -1;

	if (!k->proc[who].alive) {
		free(copy);
		return -1;
	}
	op_split(&op, copy);
	k->value = value;
	k->p = &k->proc[who];
	core_ctx(k, k->p, &k->ctx);
	core_weaken(k, !k->p->caps);
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (const struct core_op *o = tables[i]; o->name; o++)
			if (!strcmp(o->name, op.av[0]))
				err = o->run(k, &op);
	if (err < 0)
		die("unknown operation '%s'", op.av[0]);
	core_weaken(k, false);
	free(copy);
	return err;
}

static int
core_pid(struct executor *x, int who)
{
	(void)x;
	return who;
}

static void
core_end(struct executor *x)
{
	struct core *k = (struct core *)x;
	unsigned long left;

	for (int i = 1; i < EXECUTOR_PROCS; i++)
		core_proc_end(k, &k->proc[i]);
	core_fs_release();
	left = vfs_free(k->vfs);
	if (left) {
		printf("    %lu mounts and nodes are left over\n", left);
		fflush(stdout);
		_exit(1);
	}
	core_fs_end();
	free(k);
}

static const struct executor_ops core_executor = {
	.run = core_run, .pid = core_pid, .end = core_end,
};

/* ---------------------------------------------------------------- set-up */

static int
ask(struct core *k, const char *line)
{
	struct buf none = { 0 };
	int err = core_run(&k->x, 1, line, &none);

	buf_free(&none);
	return -err;
}

/* What kernel.c's make_root() does. */
static int
make_root(struct core *k, bool pivot)
{
	int err = ask(k, "mkdir " CORE_SCRATCH);

	if (!err)
		err = ask(k, "mount tmpfs root " CORE_SCRATCH);
	if (!err)
		err = ask(k, "chdir " CORE_SCRATCH);
	if (!err && !pivot)
		return ask(k, "chroot .");
	if (!err)
		err = ask(k, "pivot . .");
	if (!err)
		err = ask(k, "umount . detach");
	return err ? err : ask(k, "chdir /");
}

static int
make_world(struct core *k)
{
	const struct vfs_hooks hooks = {
		.in_use = hook_in_use, .switch_root = hook_switch_root,
		.ns_capable = hook_capable, .arg = k,
	};
	struct core_proc *p = &k->proc[1];
	struct mount *root;
	int err = vfs_new(&k->vfs);

	if (err)
		return err;
	err = core_fs_register(k->vfs);
	if (err)
		return err;
	vfs_set_hooks(k->vfs, &hooks);
	err = vfs_kern_mount(k->vfs, vfs_find_type(k->vfs, "tmpfs"), "base",
			     0, NULL, &root);
	if (err)
		return err;
	err = vfs_new_ns(k->vfs, root, &p->ns);
	if (err)
		return err;
	mntns_root(p->ns, &p->root);
	p->cwd = p->root;
	path_get(&p->cwd);
	p->alive = p->caps = true;
	return 0;
}

struct executor *
executor_core(const struct executor_setup *s, struct buf *why)
{
	struct core *k = calloc(1, sizeof(*k));
	struct rlimit files;
	int err;

	if (!k)
		die("out of memory");
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	umask(0);
	k->x.ops = &core_executor;
	k->nr_user_ns = 1;
	err = core_fs_probe();
	if (err) {
		buf_printf(why, "a tmpfs cannot be made: %s",
			   strerror(-err));
		free(k);
		return NULL;
	}
	err = make_world(k);
	if (!err && s->mount_max)
		vfs_set_mount_max(k->vfs, s->mount_max);
	if (!err)
		err = make_root(k, s->pivot);
	if (err)
		die("the core's world: %s", strerror(-err));
	return &k->x;
}
