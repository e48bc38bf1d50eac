/* SPDX-License-Identifier: Apache-2.0 */
/*
 * procfs.c - keys, the root directory, the type.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/auto.h"
#include "vfs/fs/procfs_priv.h"
#include "vfs/hostcall.h"

/* ------------------------------------------------------------------- keys */

void
proc_key_read(const uint64_t key[3], struct proc_key *k)
{
	k->kind = (enum proc_kind)(key[0] & 0xff);
	k->row = (unsigned int)(key[0] >> 8);
	k->pid = (pid_t)(key[1] >> 32);
	k->tid = (pid_t)(key[1] & 0xffffffff);
	k->nr = (unsigned int)key[2];
}

void
proc_key_make(const struct proc_key *k, uint64_t key[3])
{
	key[0] = (uint64_t)k->kind | ((uint64_t)k->row << 8);
	key[1] = ((uint64_t)(uint32_t)k->pid << 32) | (uint32_t)k->tid;
	key[2] = k->nr;
}

long
proc_number(const char *name)
{
	long n = 0;

	if (!*name || (name[0] == '0' && name[1]))
		return -1;
	for (; *name; name++) {
		if (*name < '0' || *name > '9')
			return -1;
		n = n * 10 + (*name - '0');
		if (n > 0x7fffffff)
			return -1;
	}
	return n;
}

/* ------------------------------------------------------- the host's /proc */

struct proc_path
proc_host_path(const struct proc_key *k, const char *name)
{
	struct proc_path p;
	int n;

	if (k->tid)
		n = snprintf(p.s, sizeof(p.s), "%d/task/%d", k->pid, k->tid);
	else
		n = snprintf(p.s, sizeof(p.s), "%d", k->pid);
	if (name)
		snprintf(p.s + n, sizeof(p.s) - (size_t)n, "/%s", name);
	return p;
}

/*
 * Containers mount parts of proc over themselves, read-only: such a mount is
 * the same proc.  What covers a file with something else stays out of sight.
 */
static int
open_across(struct procfs *p, const char *path, struct open_how how)
{
	struct stat top, st;
	AUTO_FD fd = -1;

	how.resolve &= ~(uint64_t)RESOLVE_NO_XDEV;
	fd = host_openat2(p->source.proc, path, &how);
	if (fd < 0)
		return fd;
	if (host_fstat(p->source.proc, &top) < 0 || host_fstat(fd, &st) < 0 ||
	    st.st_dev != top.st_dev)
		return -EACCES;
	return steal_fd(&fd);
}

int
proc_host_open(struct procfs *p, const char *path, uint64_t flags, int *fd)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	int r;

	if (flags & O_PATH)
		how.flags &= O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC;
	if (how.flags & O_NOFOLLOW)
		how.resolve &= ~(uint64_t)RESOLVE_NO_SYMLINKS;
	r = host_openat2(p->source.proc, path, &how);
	if (r == -EXDEV)
		r = open_across(p, path, how);
	if (r < 0)
		return r;
	*fd = r;
	return 0;
}

int
proc_host_read(struct procfs *p, const char *path, struct synth_text *t)
{
	AUTO_FD fd = -1;
	char buf[8192];
	ssize_t n;
	int err;

	err = proc_host_open(p, path, O_RDONLY, &fd);
	if (err < 0)
		return err;
	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text_add(t, buf, (size_t)n);
	}
	return t->err;
}

bool
proc_host_has(struct procfs *p, const char *path)
{
	return faccessat(p->source.proc, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* ---------------------------------------------------------------- objects */

static int
proc_describe(struct fs *fs, struct synth_ent *ent)
{
	struct proc_key k;

	proc_key_read(ent->key, &k);
	switch (k.kind) {
	case PROC_ROOT:
		ent->kind = SYNTH_DIR;
		ent->mode = S_IFDIR | 0555;
		return 0;
	case PROC_GLOBAL:
		return proc_global_describe(k.row, ent);
	case PROC_PID:
	case PROC_FILE:
	case PROC_FD:
	case PROC_FDINFO:
	case PROC_NS:
	case PROC_NET:
		return proc_pid_describe(procfs_of(fs), &k, ent);
	}
	return -ENOENT;
}

/* May the caller know of it? */
static bool
proc_sees(const struct procfs *p, const struct vfs_ctx *c, pid_t tid)
{
	return !p->source.sees || !c ||
	       p->source.sees(p->source.arg, c->caller, tid);
}

/* subset=pid: only processes, and what leads to the reader's. */
static bool
is_left_out(const struct fs *fs, const char *name)
{
	return proc_opts_of(fs).pid_only &&
	       strcmp(name, "self") != 0 && strcmp(name, "thread-self") != 0;
}

/* As proc_pid_permission(). */
static int
proc_permission(struct fs *fs, const struct vfs_ctx *c,
		const struct synth_ent *dir)
{
	struct proc_key k;

	proc_key_read(dir->key, &k);
	if (k.kind != PROC_PID ||
	    proc_may_look(fs, c, k.pid, PROC_HIDE_NOACCESS))
		return 0;
	return proc_opts_of(fs).hide == PROC_HIDE_INVISIBLE ? -ENOENT : -EPERM;
}

static int
proc_child(struct fs *fs, const struct vfs_ctx *c,
	   const struct synth_ent *dir, const char *name,
	   struct synth_ent *out)
{
	struct procfs *p = procfs_of(fs);
	struct proc_key k, child = { .kind = PROC_GLOBAL };
	long n;
	int err;

	proc_key_read(dir->key, &k);
	if (k.kind == PROC_ROOT) {
		n = proc_number(name);
		if (n > 0) {
			if (!p->source.tgid(p->source.arg, (pid_t)n) ||
			    !proc_sees(p, c, (pid_t)n) ||
			    !proc_may_look(fs, c, (pid_t)n,
					   PROC_HIDE_INVISIBLE))
				return -ENOENT;
			child.kind = PROC_PID;
			child.pid = (pid_t)n;
			err = 0;
		} else if (is_left_out(fs, name)) {
			err = -ENOENT;
		} else {
			err = proc_global_child(fs, 0, true, name,
						&child.row);
		}
	} else if (k.kind == PROC_GLOBAL) {
		err = proc_global_child(fs, k.row, false, name, &child.row);
	} else {
		err = proc_permission(fs, c, dir);
		if (err == 0)
			err = proc_pid_child(fs, c, &k, name, &child);
	}
	if (err == 0)
		proc_key_make(&child, out->key);
	return err;
}

static int
proc_parent(struct fs *fs, const uint64_t key[3], uint64_t dir[3],
	    char name[NAME_MAX + 1])
{
	struct proc_key k, up = { .kind = PROC_ROOT };
	const char *last;

	(void)fs;
	proc_key_read(key, &k);
	switch (k.kind) {
	case PROC_ROOT:
		return -ENOENT;
	case PROC_GLOBAL:
		if (proc_global_parent(k.row, &up.row, &last))
			up.kind = PROC_GLOBAL;
		snprintf(name, NAME_MAX + 1, "%s", last);
		break;
	case PROC_PID:
	case PROC_FILE:
	case PROC_FD:
	case PROC_FDINFO:
	case PROC_NS:
	case PROC_NET:
		proc_pid_parent(&k, &up, name);
		break;
	}
	proc_key_make(&up, dir);
	return 0;
}

static int
compare_pids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return x < y ? -1 : x > y;
}

/* Adds the numbers of `pid`'s threads, or of all processes, in order. */
static int
list_pids(struct fs *fs, const struct vfs_ctx *c, pid_t pid,
	  struct synth_names *out)
{
	struct procfs *p = procfs_of(fs);
	AUTO_FREE pid_t *v = NULL;
	char name[16];
	size_t n;
	int err;

	err = p->source.list(p->source.arg, pid, &v, &n);
	if (err < 0)
		return err == -ESRCH ? -ENOENT : err;
	qsort(v, n, sizeof(*v), compare_pids);
	for (size_t i = 0; i < n; i++) {
		if (!proc_sees(p, c, v[i]) ||
		    (!pid && !proc_may_look(fs, c, v[i], PROC_HIDE_INVISIBLE)))
			continue;
		snprintf(name, sizeof(name), "%d", v[i]);
		names_add(out, name, S_IFDIR);
	}
	return 0;
}

static int
proc_list(struct fs *fs, const struct vfs_ctx *c, const struct synth_ent *dir,
	  struct synth_names *out)
{
	struct proc_key k;
	int err;

	proc_key_read(dir->key, &k);
	if (k.kind == PROC_ROOT) {
		if (proc_opts_of(fs).pid_only) {
			names_add(out, "self", S_IFLNK);
			names_add(out, "thread-self", S_IFLNK);
		} else {
			proc_global_list(fs, 0, true, out);
		}
		return list_pids(fs, c, 0, out);
	}
	err = proc_permission(fs, c, dir);
	if (err < 0)
		return err;
	if (k.kind == PROC_GLOBAL) {
		proc_global_list(fs, k.row, false, out);
		return 0;
	}
	if (k.kind == PROC_FILE && strcmp(proc_row_name(&k), "task") == 0)
		return list_pids(fs, c, k.pid, out);
	return proc_pid_list(fs, c, &k, out);
}

static bool
proc_alive(struct fs *fs, const uint64_t key[3])
{
	struct procfs *p = procfs_of(fs);
	struct proc_key k;

	proc_key_read(key, &k);
	return k.pid == 0 ||
	       p->source.tgid(p->source.arg, proc_key_tid(&k)) != 0;
}

static int
proc_text_of(struct fs *fs, const struct vfs_ctx *c,
	     const struct synth_ent *ent, struct synth_text *t)
{
	struct proc_key k;
	int err;

	proc_key_read(ent->key, &k);
	if (k.kind == PROC_GLOBAL)
		return proc_global_text(fs, c, &k, t);
	if (!proc_alive(fs, ent->key))
		return -ENOENT;
	err = proc_pid_text(fs, c, &k, t);
	return err == -ESRCH ? -ENOENT : err;
}

static int
proc_open(struct fs *fs, const struct vfs_ctx *c, const struct synth_ent *ent,
	  uint64_t flags, int *out)
{
	struct procfs *p = procfs_of(fs);
	AUTO_FD fd = -1;
	struct proc_key k;
	int err;

	proc_key_read(ent->key, &k);
	if (k.kind == PROC_GLOBAL)
		return proc_host_open(p, proc_global_path(k.row), flags, out);
	if (!proc_alive(fs, ent->key))
		return -ENOENT;
	err = proc_pid_open(fs, c, &k, flags, &fd);
	/* The number was this process's before and is after: it was its file. */
	if (err == 0 && !proc_alive(fs, ent->key))
		err = -ENOENT;
	if (err == 0)
		*out = steal_fd(&fd);
	return err;
}

static ssize_t
proc_readlink(struct fs *fs, const struct vfs_ctx *c,
	      const struct synth_ent *ent, char *buf, size_t size)
{
	struct proc_key k;

	proc_key_read(ent->key, &k);
	return proc_link_text(fs, c, &k, buf, size);
}

static int
proc_jump(struct fs *fs, const struct vfs_ctx *c, const struct synth_ent *ent,
	  struct fs_stop *stop)
{
	struct proc_key k;
	int err;

	proc_key_read(ent->key, &k);
	err = proc_link_jump(fs, c, &k, stop);
	return err == -ESRCH ? -ENOENT : err;
}

/* The inodes of a process's directory are immutable, which is asked first; of
 * the others only root learns that there is no such operation. */
static int
proc_refuse(struct fs *fs, const struct vfs_ctx *c,
	    const struct synth_ent *dir)
{
	struct proc_key k;

	(void)fs;
	proc_key_read(dir->key, &k);
	if (k.kind == PROC_PID ||
	    (k.kind == PROC_FILE && strcmp(proc_row_name(&k), "fd") == 0))
		return -EPERM;
	return c->uid == 0 || c->may_mount ? -EPERM : -EACCES;
}

static void
proc_free(struct fs *fs)
{
	free(synth_of(fs)->priv);
}

static const struct synth_ops proc_ops = {
	.magic = PROC_SUPER_MAGIC,
	.flags = SYNTH_CREATE_ENOENT,
	.describe = proc_describe,
	.child = proc_child,
	.parent = proc_parent,
	.list = proc_list,
	.permission = proc_permission,
	.alive = proc_alive,
	.text = proc_text_of,
	.open = proc_open,
	.readlink = proc_readlink,
	.jump = proc_jump,
	.refuse = proc_refuse,
	.show_options = proc_show_options,
	.reconfigure = proc_reconfigure,
	.free = proc_free,
};

/* --------------------------------------------------------------- the type */

static int
proc_get_tree(const struct fs_type *t, struct vfs *v, const struct vfs_ctx *c,
	      const char *source, unsigned long sb_flags, const char *data,
	      const void *fs_data, struct fs **out, struct node **root)
{
	struct procfs *p = (struct procfs *)((char *)(uintptr_t)t -
					     offsetof(struct procfs, type));
	struct proc_instance *in = calloc(1, sizeof(*in));
	struct proc_opts opts = { 0 };
	int err;

	(void)c;
	(void)source;
	(void)fs_data;
	if (!in)
		return -ENOMEM;
	in->p = p;
	err = proc_opts_parse(&opts, data);
	in->opts = opts;
	if (err == 0)
		err = synth_fs_new(v, t, &proc_ops, p->scratch, sb_flags, in,
				   out, root);
	if (err < 0)
		free(in);
	return err;
}

int
procfs_register(struct procfs *p, struct vfs *v, struct synth_scratch *s,
		const struct procfs_source *source)
{
	memset(p, 0, sizeof(*p));
	p->type.name = "proc";
	p->type.flags = FST_NODEV | FST_USERNS | FST_VISIBLE;
	p->type.get_tree = proc_get_tree;
	p->type.check_param = proc_check_param;
	p->source = *source;
	p->scratch = s;
	p->missing = proc_pid_missing(p);
	return vfs_register_type(v, &p->type);
}
