/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory of a process, or of a thread below task/.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/auto.h"
#include "vfs/fs/procfs_priv.h"
#include "vfs/hostcall.h"

struct proc_row {
	const char *name;
	enum synth_kind kind;
	mode_t mode;
	proc_text *text;		/* SYNTH_TEXT */
	unsigned int flags;
};

#define ROW_PROCESS	0x1		/* not below task/ */
#define ROW_THREAD	0x2		/* only below task/ */
#define ROW_WRITABLE	0x4
#define ROW_OWN		0x8		/* only of the reader's own process */

#define DIR_ROW(n, perm, f)	{ n, SYNTH_DIR, S_IFDIR | perm, NULL, f }
#define HOST(n, perm, f)	{ n, SYNTH_REAL, S_IFREG | perm, NULL, f }
#define TEXT(n, perm, fn)	{ n, SYNTH_TEXT, S_IFREG | perm, fn, 0 }
#define MAP(n, fn)		{ n, SYNTH_TEXT, S_IFREG | 0644, fn, ROW_WRITABLE }
#define MAGIC(n)		{ n, SYNTH_MAGIC, S_IFLNK | 0777, NULL, 0 }

/* In the order in which Linux lists them.  A row's index is in its key, and
 * in procfs->missing: 64 rows at most. */
static const struct proc_row rows[] = {
	DIR_ROW("task", 0555, ROW_PROCESS),
	DIR_ROW("fd", 0500, 0),
	DIR_ROW("fdinfo", 0555, 0),
	DIR_ROW("ns", 0511, 0),
	DIR_ROW("net", 0555, 0),
	HOST("environ", 0400, 0),
	HOST("auxv", 0400, 0),
	TEXT("status", 0444, proc_text_status),
	HOST("personality", 0400, 0),
	HOST("limits", 0444, 0),
	HOST("sched", 0444, 0),
	HOST("comm", 0644, ROW_WRITABLE),
	HOST("cmdline", 0444, 0),
	TEXT("stat", 0444, proc_text_stat),
	HOST("statm", 0444, 0),
	TEXT("maps", 0444, proc_text_maps),
	HOST("children", 0444, ROW_THREAD),
	HOST("mem", 0600, ROW_WRITABLE | ROW_OWN),
	MAGIC("cwd"),
	MAGIC("root"),
	MAGIC("exe"),
	TEXT("mounts", 0444, proc_text_mounts),
	TEXT("mountinfo", 0444, proc_text_mountinfo),
	TEXT("mountstats", 0400, proc_text_mountstats),
	TEXT("smaps", 0444, proc_text_smaps),
	HOST("smaps_rollup", 0444, 0),
	HOST("wchan", 0444, 0),
	HOST("schedstat", 0444, 0),
	TEXT("cpuset", 0444, proc_text_cpuset),
	TEXT("cgroup", 0444, proc_text_cgroup),
	HOST("oom_score", 0444, 0),
	HOST("oom_adj", 0644, ROW_WRITABLE),
	HOST("oom_score_adj", 0644, ROW_WRITABLE),
	HOST("loginuid", 0444, 0),
	HOST("sessionid", 0444, 0),
	HOST("coredump_filter", 0644, ROW_WRITABLE | ROW_PROCESS),
	HOST("io", 0400, 0),
	MAP("uid_map", proc_text_uid_map),
	MAP("gid_map", proc_text_gid_map),
	MAP("projid_map", proc_text_projid_map),
	MAP("setgroups", proc_text_setgroups),
	HOST("timerslack_ns", 0666, ROW_PROCESS | ROW_WRITABLE),
	HOST("arch_status", 0444, 0),
};
#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))
_Static_assert(NR_ROWS <= 64, "procfs->missing has a bit for each");

static const char *const namespaces[] = {
	"cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time",
	"time_for_children", "user", "uts",
};
#define NR_NAMESPACES (sizeof(namespaces) / sizeof(namespaces[0]))

/* "unix" comes first: it has a permission of its own. */
static const char *const net_files[] = {
	"unix", "arp", "dev", "dev_mcast", "fib_trie", "icmp", "icmp6",
	"if_inet6", "igmp", "igmp6", "ipv6_route", "netlink", "netstat",
	"packet", "protocols", "raw", "raw6", "route", "snmp", "snmp6",
	"sockstat", "sockstat6", "tcp", "tcp6", "udp", "udp6", "udplite",
	"udplite6",
};
#define NR_NET (sizeof(net_files) / sizeof(net_files[0]))

uint64_t
proc_pid_missing(struct procfs *p)
{
	struct proc_key k = { .kind = PROC_PID, .pid = getpid() };
	uint64_t missing = 0;

	for (size_t i = 0; i < NR_ROWS; i++) {
		struct proc_key at = k;

		if (rows[i].kind != SYNTH_REAL)
			continue;
		if (rows[i].flags & ROW_THREAD)
			at.tid = at.pid;
		if (!proc_host_has(p, proc_host_path(&at, rows[i].name).s))
			missing |= 1ULL << i;
	}
	return missing;
}

static bool
row_applies(struct procfs *p, const struct proc_key *k, size_t i)
{
	if ((rows[i].flags & ROW_PROCESS) && k->tid)
		return false;
	if ((rows[i].flags & ROW_THREAD) && !k->tid)
		return false;
	return !(p->missing & (1ULL << i));
}

const char *
proc_row_name(const struct proc_key *k)
{
	switch (k->kind) {
	case PROC_FILE:
		return rows[k->row].name;
	case PROC_NS:
		return namespaces[k->row];
	case PROC_NET:
		return net_files[k->row];
	case PROC_ROOT:
	case PROC_GLOBAL:
	case PROC_PID:
	case PROC_FD:
	case PROC_FDINFO:
		break;
	}
	return "";
}

/* A table of the network: the host's, where it may be seen. */
static bool
net_is_real(const struct procfs *p, const struct proc_key *k)
{
	return p->source.net(p->source.arg, proc_key_tid(k), k->row == 0);
}

int
proc_pid_describe(struct procfs *p, const struct proc_key *k,
		  struct synth_ent *ent)
{
	ent->kind = SYNTH_DIR;
	ent->mode = S_IFDIR | 0555;
	switch (k->kind) {
	case PROC_FILE:
		if (k->row >= NR_ROWS)
			return -ENOENT;
		ent->kind = rows[k->row].kind;
		ent->mode = rows[k->row].mode;
		ent->writable = rows[k->row].flags & ROW_WRITABLE;
		break;
	case PROC_FD:
	case PROC_NS:
		ent->kind = SYNTH_MAGIC;
		ent->mode = S_IFLNK | 0777;
		break;
	case PROC_FDINFO:
		ent->kind = SYNTH_TEXT;
		ent->mode = S_IFREG | 0444;
		break;
	case PROC_NET:
		ent->kind = net_is_real(p, k) ? SYNTH_REAL : SYNTH_TEXT;
		ent->mode = S_IFREG | 0444;
		break;
	case PROC_ROOT:
	case PROC_GLOBAL:
	case PROC_PID:
		break;
	}
	return 0;
}

/* --------------------------------------------------------------- children */

/* An entry of /proc/PID. */
static int
row_child(struct procfs *p, const struct proc_key *dir, const char *name,
	  struct proc_key *out)
{
	for (unsigned int i = 0; i < NR_ROWS; i++) {
		if (strcmp(rows[i].name, name) == 0 &&
		    row_applies(p, dir, i)) {
			out->kind = PROC_FILE;
			out->row = i;
			return 0;
		}
	}
	return -ENOENT;
}

static int
task_child(struct procfs *p, const struct proc_key *dir, const char *name,
	   struct proc_key *out)
{
	long n = proc_number(name);
	pid_t tgid;

	if (n <= 0)
		return -ENOENT;
	tgid = p->source.tgid(p->source.arg, (pid_t)n);
	if (!tgid || tgid != p->source.tgid(p->source.arg, dir->pid))
		return -ENOENT;
	out->kind = PROC_PID;
	out->tid = (pid_t)n;
	return 0;
}

static int
fd_child(struct procfs *p, const struct proc_key *dir, const char *name,
	 enum proc_kind kind, struct proc_key *out)
{
	char path[32];
	long n = proc_number(name);

	if (n < 0)
		return -ENOENT;
	snprintf(path, sizeof(path), "fd/%ld", n);
	if (!proc_host_has(p, proc_host_path(dir, path).s))
		return -ENOENT;
	out->kind = kind;
	out->nr = (unsigned int)n;
	return 0;
}

static int
list_child(struct procfs *p, const struct proc_key *dir,
	   const char *const *names, size_t nr, const char *name,
	   struct proc_key *out)
{
	char path[64];

	for (unsigned int i = 0; i < nr; i++) {
		if (strcmp(names[i], name) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s",
			 out->kind == PROC_NS ? "ns" : "net", name);
		if (!proc_host_has(p, proc_host_path(dir, path).s))
			return -ENOENT;
		out->row = i;
		return 0;
	}
	return -ENOENT;
}

int
proc_pid_child(struct fs *fs, const struct vfs_ctx *c,
	       const struct proc_key *dir, const char *name,
	       struct proc_key *out)
{
	struct procfs *p = procfs_of(fs);
	const char *self = proc_row_name(dir);

	(void)c;
	out->pid = dir->pid;
	out->tid = dir->tid;
	if (!p->source.tgid(p->source.arg, proc_key_tid(dir)))
		return -ENOENT;
	if (dir->kind == PROC_PID)
		return row_child(p, dir, name, out);
	if (strcmp(self, "task") == 0)
		return task_child(p, dir, name, out);
	if (strcmp(self, "fd") == 0)
		return fd_child(p, dir, name, PROC_FD, out);
	if (strcmp(self, "fdinfo") == 0)
		return fd_child(p, dir, name, PROC_FDINFO, out);
	if (strcmp(self, "ns") == 0) {
		out->kind = PROC_NS;
		return list_child(p, dir, namespaces, NR_NAMESPACES, name,
				  out);
	}
	out->kind = PROC_NET;
	return list_child(p, dir, net_files, NR_NET, name, out);
}

void
proc_pid_parent(const struct proc_key *k, struct proc_key *up,
		char name[NAME_MAX + 1])
{
	const char *dir = NULL;

	*up = (struct proc_key){ .kind = PROC_PID, .pid = k->pid,
				 .tid = k->tid };
	snprintf(name, NAME_MAX + 1, "%s", proc_row_name(k));
	switch (k->kind) {
	case PROC_PID:
		snprintf(name, NAME_MAX + 1, "%d", proc_key_tid(k));
		up->kind = PROC_ROOT;
		up->pid = up->tid = 0;
		if (!k->tid)
			return;
		up->pid = k->pid;
		dir = "task";
		break;
	case PROC_FD:
	case PROC_FDINFO:
		snprintf(name, NAME_MAX + 1, "%u", k->nr);
		dir = k->kind == PROC_FD ? "fd" : "fdinfo";
		break;
	case PROC_NS:
		dir = "ns";
		break;
	case PROC_NET:
		dir = "net";
		break;
	case PROC_ROOT:
	case PROC_GLOBAL:
	case PROC_FILE:
		return;
	}
	up->kind = PROC_FILE;
	for (up->row = 0; strcmp(rows[up->row].name, dir) != 0; up->row++)
		;
}

/* ---------------------------------------------------------------- listing */

static void
list_rows(struct procfs *p, const struct proc_key *k, struct synth_names *out)
{
	for (size_t i = 0; i < NR_ROWS; i++)
		if (row_applies(p, k, i))
			names_add(out, rows[i].name, rows[i].mode);
}

static void
list_table(struct procfs *p, const struct proc_key *k, const char *dir,
	   const char *const *names, size_t nr, mode_t type,
	   struct synth_names *out)
{
	char path[64];

	for (size_t i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (proc_host_has(p, proc_host_path(k, path).s))
			names_add(out, names[i], type);
	}
}

static int
compare_numbers(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return x < y ? -1 : x > y;
}

/* The descriptors of a process at this moment; *out is malloc'ed. */
static int
read_fds(struct procfs *p, const struct proc_key *k, int **out, size_t *nr)
{
	AUTO_FD fd = -1;
	AUTO_DIR DIR *d = NULL;
	struct dirent *e;
	size_t n = 0, size = 64;
	int err, *v;

	err = proc_host_open(p, proc_host_path(k, "fd").s,
			     O_RDONLY | O_DIRECTORY, &fd);
	if (err < 0)
		return err;
	d = fdopendir(fd);
	v = malloc(size * sizeof(*v));
	if (!d || !v) {
		free(v);
		return -ENOMEM;
	}
	steal_fd(&fd);
	while ((e = readdir(d)) != NULL) {
		if (proc_number(e->d_name) < 0 ||
		    (p->source.fd_is_hidden &&
		     p->source.fd_is_hidden(p->source.arg, proc_key_tid(k),
					    (int)proc_number(e->d_name))))
			continue;
		if (n + 1 >= size) {
			int *more = reallocarray(v, size *= 2, sizeof(*v));

			if (!more) {
				free(v);
				return -ENOMEM;
			}
			v = more;
		}
		v[n++] = (int)proc_number(e->d_name);
	}
	qsort(v, n, sizeof(*v), compare_numbers);
	*out = v;
	*nr = n;
	return 0;
}

static bool
is_own(struct procfs *p, const struct vfs_ctx *c, const struct proc_key *k)
{
	pid_t pid, tid;

	return p->source.caller(p->source.arg, c->caller, &pid, &tid) == 0 &&
	       pid == p->source.tgid(p->source.arg, k->pid);
}

/*
 * Numbers of descriptors.  Who lists its own sees the one it lists with: the
 * kernel will give it the lowest number that is free.
 */
static int
list_fds(struct procfs *p, const struct vfs_ctx *c, const struct proc_key *k,
	 mode_t type, struct synth_names *out)
{
	AUTO_FREE int *v = NULL;
	bool own, added = false;
	char name[16];
	size_t n;
	int err;

	err = read_fds(p, k, &v, &n);
	if (err < 0)
		return err;
	own = is_own(p, c, k);
	for (size_t i = 0; i <= n; i++) {
		if (own && !added && (i == n || v[i] != (int)i)) {
			snprintf(name, sizeof(name), "%zu", i);
			names_add(out, name, type);
			added = true;
		}
		if (i < n) {
			snprintf(name, sizeof(name), "%d", v[i]);
			names_add(out, name, type);
		}
	}
	return 0;
}

int
proc_pid_list(struct fs *fs, const struct vfs_ctx *c,
	      const struct proc_key *dir, struct synth_names *out)
{
	struct procfs *p = procfs_of(fs);
	const char *self = proc_row_name(dir);

	if (!p->source.tgid(p->source.arg, proc_key_tid(dir)))
		return -ENOENT;
	if (dir->kind == PROC_PID)
		list_rows(p, dir, out);
	else if (strcmp(self, "fd") == 0)
		return list_fds(p, c, dir, S_IFLNK, out);
	else if (strcmp(self, "fdinfo") == 0)
		return list_fds(p, c, dir, S_IFREG, out);
	else if (strcmp(self, "ns") == 0)
		list_table(p, dir, "ns", namespaces, NR_NAMESPACES, S_IFLNK,
			   out);
	else
		list_table(p, dir, "net", net_files, NR_NET, S_IFREG, out);
	return 0;
}

/* --------------------------------------------------------------- contents */

/* uid_map and its like, for writing. */
static int
open_map(struct procfs *p, const struct vfs_ctx *c, const struct proc_key *k,
	 uint64_t flags, int *fd)
{
	static const char *const names[] = {
		[PROCFS_UID_MAP] = "uid_map", [PROCFS_GID_MAP] = "gid_map",
		[PROCFS_PROJID_MAP] = "projid_map",
		[PROCFS_SETGROUPS] = "setgroups",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], rows[k->row].name) == 0)
			return p->source.map_open(p->source.arg, c->caller,
						  proc_key_tid(k),
						  (enum procfs_map)i, flags,
						  fd);
	return -EACCES;
}

/* Links: lstat() shows the host's own. */
int
proc_pid_open(struct fs *fs, const struct vfs_ctx *c,
	      const struct proc_key *k, uint64_t flags, int *fd)
{
	struct procfs *p = procfs_of(fs);
	char path[64];

	switch (k->kind) {
	case PROC_FILE:
		if (rows[k->row].kind == SYNTH_TEXT)
			return open_map(p, c, k, flags, fd);
		if ((rows[k->row].flags & ROW_OWN) && !(flags & O_PATH) &&
		    !is_own(p, c, k))
			return -EACCES;
		snprintf(path, sizeof(path), "%s", proc_row_name(k));
		break;
	case PROC_NET:
		snprintf(path, sizeof(path), "net/%s", proc_row_name(k));
		break;
	case PROC_NS:
		snprintf(path, sizeof(path), "ns/%s", proc_row_name(k));
		break;
	case PROC_FD:
		snprintf(path, sizeof(path), "fd/%u", k->nr);
		break;
	case PROC_ROOT:
	case PROC_GLOBAL:
	case PROC_PID:
	case PROC_FDINFO:
		return -EOPNOTSUPP;
	}
	return proc_host_open(p, proc_host_path(k, path).s, flags, fd);
}

int
proc_pid_text(struct fs *fs, const struct vfs_ctx *c, const struct proc_key *k,
	      struct synth_text *t)
{
	if (k->kind == PROC_FDINFO)
		return proc_text_fdinfo(fs, c, k, t);
	if (k->kind == PROC_NET)
		return proc_text_net(fs, c, k, t);
	return rows[k->row].text(fs, c, k, t);
}
