/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links: self, thread-self, and the magic ones of a process.
 *
 * A descriptor of a directory jumps to its place in the guest's tree.  Any
 * other descriptor is passed on as it is, and the core finds the filesystem
 * that it is of, so that it is opened again under that one's policy; what no
 * filesystem knows can be opened again only for what it is open for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/auto.h"
#include "vfs/fs/procfs_ns.h"
#include "vfs/fs/procfs_priv.h"
#include "vfs/hostcall.h"

/* As readlink(2): cut off without a word. */
static ssize_t
give_text(const char *s, char *buf, size_t size)
{
	size_t len = strlen(s);

	if (len > size)
		len = size;
	memcpy(buf, s, len);
	return (ssize_t)len;
}

/* The host's text of a link of the process, into buf[PATH_MAX]. */
static int
read_host_link(struct procfs *p, const struct proc_key *k, const char *name,
	  char *buf)
{
	ssize_t n = readlinkat(p->source.proc, proc_host_path(k, name).s, buf,
			       PATH_MAX - 1);

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return 0;
}

/* ----------------------------------------------------------------- texts */

static ssize_t
self_text(struct procfs *p, const struct vfs_ctx *c, const struct proc_key *k,
	  char *buf, size_t size)
{
	const char *text = proc_global_link(k->row);
	char path[64];
	pid_t pid, tid;

	if (text)
		return give_text(text, buf, size);
	if (p->source.caller(p->source.arg, c->caller, &pid, &tid) < 0)
		return -ENOENT;
	if (strcmp(proc_global_path(k->row), "self") == 0)
		snprintf(path, sizeof(path), "%d", pid);
	else
		snprintf(path, sizeof(path), "%d/task/%d", pid, tid);
	return give_text(path, buf, size);
}

/* "exe", "cwd" or "root": which place is it? */
static int
link_place(struct procfs *p, const struct proc_key *k, struct path *out)
{
	const char *name = proc_row_name(k);
	enum procfs_place which = strcmp(name, "cwd") == 0 ? PROCFS_CWD :
				  strcmp(name, "root") == 0 ? PROCFS_ROOT :
							      PROCFS_EXE;

	return p->source.place(p->source.arg, proc_key_tid(k), which, out);
}

static ssize_t
path_text(const struct vfs_ctx *c, struct path *where, char *buf, size_t size)
{
	char text[PATH_MAX];
	ssize_t n;

	n = vfs_dpath(c, where, text, sizeof(text), DPATH_DELETED_OK);
	path_put(where);
	if (n < 0)
		return n == -ERANGE ? -ENAMETOOLONG : n;
	return give_text(text, buf, size);
}

static const struct mount *
fd_mount(struct procfs *p, const struct proc_key *k, const struct stat *st)
{
	return p->source.fd_mount(p->source.arg, proc_key_tid(k), (int)k->nr,
				  st);
}

/* The text of fd/N as the host has it, put into the reader's terms. */
static ssize_t
fd_text(struct fs *fs, const struct vfs_ctx *c, const struct proc_key *k,
	char *buf, size_t size)
{
	struct procfs *p = procfs_of(fs);
	char host[PATH_MAX], shown[PATH_MAX], name[32];
	struct proc_where w;
	struct path where;
	struct stat st;
	int err, fd;

	snprintf(name, sizeof(name), "fd/%u", k->nr);
	err = read_host_link(p, k, name, host);
	if (err < 0)
		return err;
	if (!proc_where_is_path(host)) {
		if (fstatat(p->source.proc, proc_host_path(k, name).s, &st,
			    0) == 0 &&
		    p->source.ns_name(p->source.arg, &st, shown))
			return give_text(shown, buf, size);
		return give_text(host, buf, size);
	}
	err = p->source.dup_fd(p->source.arg, proc_key_tid(k), (int)k->nr,
			       &fd);
	if (err < 0)
		return err == -EBADF || err == -ESRCH ? -ENOENT : err;
	err = host_fstat(fd, &st);
	if (err < 0) {
		close(fd);
		return err;
	}
	if (vfs_path_from_fd(c, fd, fd_mount(p, k, &st), &where) == 0)
		return path_text(c, &where, buf, size);
	proc_where_init(&w, c);
	proc_where_show(&w, host, st.st_dev, st.st_ino, shown, sizeof(shown));
	proc_where_fini(&w);
	return give_text(shown, buf, size);
}

static ssize_t
ns_text(struct procfs *p, const struct vfs_ctx *c, const struct proc_key *k,
	char *buf, size_t size)
{
	char text[PATH_MAX], name[64];
	int err;

	err = p->source.ns_link(p->source.arg, c->caller, proc_key_tid(k),
				proc_row_name(k), text);
	if (err == -EOPNOTSUPP) {
		snprintf(name, sizeof(name), "ns/%s", proc_row_name(k));
		err = read_host_link(p, k, name, text);
	}
	return err < 0 ? err : give_text(text, buf, size);
}

ssize_t
proc_link_text(struct fs *fs, const struct vfs_ctx *c,
	       const struct proc_key *k, char *buf, size_t size)
{
	struct procfs *p = procfs_of(fs);
	struct path where;
	int err;

	if (k->kind == PROC_GLOBAL)
		return self_text(p, c, k, buf, size);
	if (k->kind == PROC_FD)
		return fd_text(fs, c, k, buf, size);
	if (k->kind == PROC_NS)
		return ns_text(p, c, k, buf, size);
	err = link_place(p, k, &where);
	if (err < 0)
		return err == -ESRCH ? -ENOENT : err;
	return path_text(c, &where, buf, size);
}

/* ----------------------------------------------------------------- jumps */

/* The place of a descriptor of a directory; consumes it. */
static int
jump_to_dir(const struct vfs_ctx *c, int fd, const struct mount *mnt,
	    struct fs_stop *stop)
{
	struct path where;
	int err = vfs_path_from_fd(c, fd, mnt, &where);

	if (err < 0)
		return err == -ESTALE ? -EACCES : err;
	/* The walk takes plain references. */
	stop->jump.mnt = mount_get(where.mnt);
	stop->jump.node = node_get(where.node);
	path_put(&where);
	return 0;
}

/* Through which of several mounts a file was opened, if that is known. */
static struct mount *
mount_of_file(const struct vfs_ctx *c, int fd, const struct mount *hint)
{
	struct path where;
	struct mount *m;
	int dup = hint ? host_dup(fd) : -1;

	if (dup < 0 || vfs_path_from_fd(c, dup, hint, &where) < 0)
		return NULL;
	m = mount_get(where.mnt);
	path_put(&where);
	return m;
}

static int
jump_fd(struct procfs *p, const struct vfs_ctx *c, const struct proc_key *k,
	struct fs_stop *stop)
{
	struct stat st;
	int err, fd;

	err = p->source.dup_fd(p->source.arg, proc_key_tid(k), (int)k->nr,
			       &fd);
	if (err < 0)
		return err == -EBADF ? -ENOENT : err;
	err = host_fstat(fd, &st);
	if (err < 0) {
		close(fd);
		return err;
	}
	if (S_ISDIR(st.st_mode))
		return jump_to_dir(c, fd, fd_mount(p, k, &st), stop);
	if (S_ISREG(st.st_mode))
		stop->jump.mnt = mount_of_file(c, fd, fd_mount(p, k, &st));
	stop->jump_fd = fd;
	return 0;
}

static int
jump_ns(struct fs *fs, const struct vfs_ctx *c, const struct proc_key *k,
	struct fs_stop *stop)
{
	struct procfs *p = procfs_of(fs);
	char name[64];
	int err, fd;

	err = p->source.ns_open(p->source.arg, c->caller, proc_key_tid(k),
				proc_row_name(k), &stop->jump_fd);
	if (err == 0)
		return nsfs_mount(c->vfs, &p->source, stop->jump_fd,
				  strcmp(proc_row_name(k), "mnt") == 0,
				  &stop->jump.mnt);
	if (err != -EOPNOTSUPP)
		return err;
	snprintf(name, sizeof(name), "ns/%s", proc_row_name(k));
	fd = openat(p->source.proc, proc_host_path(k, name).s,
		    O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	stop->jump_fd = fd;
	return 0;
}

int
proc_link_jump(struct fs *fs, const struct vfs_ctx *c,
	       const struct proc_key *k, struct fs_stop *stop)
{
	struct procfs *p = procfs_of(fs);
	struct path where;
	int err;

	if (k->kind == PROC_FD)
		return jump_fd(p, c, k, stop);
	if (k->kind == PROC_NS)
		return jump_ns(fs, c, k, stop);
	err = link_place(p, k, &where);
	if (err < 0)
		return err;
	stop->jump.mnt = mount_get(where.mnt);
	stop->jump.node = node_get(where.node);
	path_put(&where);
	return 0;
}
