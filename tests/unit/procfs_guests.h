/* SPDX-License-Identifier: Apache-2.0 */
/*
 * procfs_guests.h - the processes that procfs is told of in its unit test:
 * the test program itself, its threads, and a second one when there is one.
 * Included by that program alone.
 */
#ifndef TESTS_UNIT_PROCFS_GUESTS_H
#define TESTS_UNIT_PROCFS_GUESTS_H

#include "tests/unit/synth_world.h"
#include "vfs/fs/procfs.h"

static struct synth_world w;
static struct procfs proc;
static pid_t second;		/* another process of the world, or 0 */

static int
src_caller(void *arg, uint64_t caller, pid_t *pid, pid_t *tid)
{
	(void)arg;
	if (caller)
		return -ESRCH;
	*pid = getpid();
	*tid = gettid();
	return 0;
}

static pid_t
src_tgid(void *arg, pid_t tid)
{
	char path[64];

	(void)arg;
	if (second && tid == second)
		return second;
	snprintf(path, sizeof(path), "/proc/self/task/%d", tid);
	return access(path, F_OK) == 0 ? getpid() : 0;
}

static int
src_list(void *arg, pid_t pid, pid_t **out, size_t *nr)
{
	(void)arg;
	*out = malloc(2 * sizeof(**out));
	(*out)[0] = pid ? pid : getpid();
	*nr = 1;
	if (!pid && second)
		(*out)[(*nr)++] = second;
	return 0;
}

static int
src_place(void *arg, pid_t tid, enum procfs_place which, struct path *out)
{
	struct vfs_at at = { .name = "/file" };

	(void)arg;
	(void)tid;
	if (which == PROCFS_EXE)
		return vfs_lookup(&w.c, &at, out);
	*out = which == PROCFS_CWD ? w.c.cwd : w.c.root;
	path_get(out);
	return 0;
}

static int
src_dup_fd(void *arg, pid_t tid, int n, int *fd)
{
	(void)arg;
	(void)tid;
	*fd = fcntl(n, F_DUPFD_CLOEXEC, 100);
	return *fd < 0 ? -errno : 0;
}

static int
src_creds(void *arg, uint64_t caller, pid_t tid, struct procfs_creds *out)
{
	(void)arg;
	(void)caller;
	if (!src_tgid(NULL, tid))
		return -ESRCH;
	*out = (struct procfs_creds){
		.uid = { 7, 7, 7, 7 }, .gid = { 8, 8, 8, 8 },
		.cap_effective = 0x1234, .emulated = true, .umask = 027,
	};
	return 0;
}

static int
src_groups(void *arg, uint64_t caller, pid_t tid, gid_t **out, size_t *nr)
{
	(void)arg;
	(void)caller;
	(void)tid;
	*out = malloc(2 * sizeof(**out));
	(*out)[0] = 20;
	(*out)[1] = 21;
	*nr = 2;
	return 0;
}

static const struct mount *
src_fd_mount(void *arg, pid_t tid, int n, const struct stat *st)
{
	(void)arg;
	(void)tid;
	(void)n;
	(void)st;
	return NULL;
}

static int
src_map_text(void *arg, uint64_t caller, pid_t tid, enum procfs_map which,
	     struct synth_text *t)
{
	(void)arg;
	(void)caller;
	(void)tid;
	if (which == PROCFS_SETGROUPS)
		text_fmt(t, "deny\n");
	else
		text_fmt(t, "%10u %10u %10u\n", 7, 1000, 1);
	return 0;
}

static int
src_map_open(void *arg, uint64_t caller, pid_t tid, enum procfs_map which,
	     uint64_t flags, int *fd)
{
	(void)arg;
	(void)caller;
	(void)tid;
	(void)which;
	*fd = open("/dev/null", (int)flags | O_CLOEXEC);
	return *fd < 0 ? -errno : 0;
}

static int
src_ns_open(void *arg, uint64_t caller, pid_t tid, const char *name, int *fd)
{
	(void)arg;
	(void)caller;
	(void)tid;
	if (strcmp(name, "mnt") != 0)
		return -EOPNOTSUPP;
	*fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	return 0;
}

static int
src_ns_link(void *arg, uint64_t caller, pid_t tid, const char *name, char *buf)
{
	struct stat st;

	(void)arg;
	(void)caller;
	(void)tid;
	if (strcmp(name, "mnt") != 0)
		return -EOPNOTSUPP;
	stat("/proc/self/exe", &st);
	snprintf(buf, 64, "mnt:[%lu]", (unsigned long)st.st_ino);
	return 0;
}

static bool
src_ns_name(void *arg, const struct stat *st, char *buf)
{
	(void)arg;
	(void)st;
	(void)buf;
	return false;
}

static ino_t hide_ino;

static bool
src_hidden(void *arg, dev_t dev, ino_t ino, const char *name)
{
	(void)arg;
	(void)dev;
	(void)name;
	return ino == hide_ino;
}

static bool
src_net(void *arg, pid_t tid, bool unix_sockets)
{
	(void)arg;
	(void)tid;
	return !unix_sockets;
}

static int
src_view(void *arg, pid_t tid, struct vfs_ctx *out)
{
	(void)arg;
	(void)tid;
	*out = w.c;
	return 0;
}

static void
src_view_put(void *arg, struct vfs_ctx *view)
{
	(void)arg;
	(void)view;
}

static bool
src_stopped(void *arg, pid_t tid)
{
	(void)arg;
	(void)tid;
	return false;
}

static void
src_uts(void *arg, uint64_t caller, bool domain, char *buf, size_t size)
{
	(void)arg;
	(void)caller;
	snprintf(buf, size, "%s", domain ? "(none)" : "inside");
}

#endif
