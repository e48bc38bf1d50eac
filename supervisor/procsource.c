/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/procsource.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/creds.h"
#include "supervisor/dirfds.h"
#include "supervisor/userns.h"
#include "supervisor/nest.h"
#include "supervisor/nsproxy.h"
#include "supervisor/nssource.h"
#include "supervisor/sandbox.h"
#include "supervisor/stubfile.h"
#include "supervisor/tablefile.h"
#include "vfs/fs/procfs.h"

static int
source_caller(void *arg, uint64_t caller, pid_t *pid, pid_t *tid)
{
	const struct task *t = (const struct task *)(uintptr_t)caller;

	(void)arg;
	if (!t)
		return -ESRCH;
	*pid = t->tgid;
	*tid = t->tid;
	return 0;
}

static bool
source_sees(void *arg, uint64_t caller, pid_t tid)
{
	struct task *by = (struct task *)(uintptr_t)caller;

	(void)arg;
	return !by || nest_pid_is_seen(by, tid);
}

static bool
source_may_look(void *arg, uint64_t caller, pid_t tid, gid_t group)
{
	struct task *by = (struct task *)(uintptr_t)caller, *t;
	struct creds *ours, *theirs;
	bool may;

	if (!by)
		return true;
	t = task_find_get(arg, tid);
	if (!t)
		return false;
	ours = task_creds_get(by);
	theirs = task_creds_get(t);
	may = by->tgid == t->tgid ||
	      (group != (gid_t)-1 && creds_in_group(ours, group)) ||
	      creds_may_ptrace(ours, theirs, true);
	creds_put(ours);
	creds_put(theirs);
	task_put(t);
	return may;
}

static pid_t
source_tgid(void *arg, pid_t tid)
{
	struct task *t = task_find_get(arg, tid);
	pid_t tgid = t ? t->tgid : 0;

	task_put(t);
	return tgid;
}

/* ------------------------------------------------------------------ lists */

struct listing {
	pid_t of;			/* 0: processes */
	pid_t *v;
	size_t nr, size;
	bool failed;
};

/* Locks: task_lock is held. */
static bool
list_task(struct task *t, void *arg)
{
	struct listing *l = arg;
	pid_t *v;

	if (l->of ? t->tgid != l->of : t->tid != t->tgid)
		return false;
	if (l->nr == l->size) {
		l->size = l->size ? 2 * l->size : 64;
		v = reallocarray(l->v, l->size, sizeof(*v));
		if (!v) {
			l->failed = true;
			return true;
		}
		l->v = v;
	}
	l->v[l->nr++] = t->tid;
	return false;
}

static int
source_list(void *arg, pid_t pid, pid_t **out, size_t *nr)
{
	struct listing l = { .of = pid ? source_tgid(arg, pid) : 0 };

	if (pid && !l.of)
		return -ESRCH;
	task_for_each(arg, list_task, &l);
	if (l.failed) {
		free(l.v);
		return -ENOMEM;
	}
	*out = l.v;
	*nr = l.nr;
	return 0;
}

/* ----------------------------------------------------------------- places */

static void
get_place_locked(struct task *t, enum procfs_place which, struct path *out)
{
	if (which == PROCFS_EXE) {
		*out = t->mm->exe;
		path_get(out);
		return;
	}
	pthread_mutex_lock(&t->fs->lock);
	*out = which == PROCFS_CWD ? t->fs->cwd : t->fs->root;
	path_get(out);
	pthread_mutex_unlock(&t->fs->lock);
}

/*
 * A zombie has neither directories nor a program.  The end of a process is
 * told to the tracer before it is told to any guest; but that of a thread
 * which has others is told when they have ended, too.
 */
static bool
is_zombie(const struct task *t)
{
	char name[32], buf[512], *end;
	FILE *f;
	bool zombie = false;

	if (t->dying || t->zombie)
		return true;
	if (!t->threaded)
		return false;
	snprintf(name, sizeof(name), "/proc/%d/stat", t->tid);
	f = fopen(name, "re");
	if (!f)
		return true;
	if (fgets(buf, sizeof(buf), f)) {
		end = strrchr(buf, ')');
		zombie = end && (end[2] == 'Z' || end[2] == 'X');
	}
	fclose(f);
	return zombie;
}

static int
source_place(void *arg, pid_t tid, enum procfs_place which, struct path *out)
{
	struct sandbox *sb = arg;
	struct task *t = task_find_get(sb, tid);

	if (!t)
		return -ESRCH;
	if (is_zombie(t)) {
		task_put(t);
		return -ENOENT;
	}
	pthread_mutex_lock(&sb->task_lock);
	get_place_locked(t, which, out);
	pthread_mutex_unlock(&sb->task_lock);
	task_put(t);
	return out->mnt ? 0 : -ENOENT;
}

static int
source_dup_fd(void *arg, pid_t tid, int n, int *fd)
{
	struct task *t = task_find_get(arg, tid);
	int err = !t ? -ESRCH : t->chan_number == n ? -EBADF :
		  dirfd_dup(t, n, fd);

	task_put(t);
	return err;
}

static bool
source_fd_is_hidden(void *arg, pid_t tid, int n)
{
	struct task *t = task_find_get(arg, tid);
	bool hidden = t && t->chan_number == n;

	task_put(t);
	return hidden;
}

static const struct mount *
source_fd_mount(void *arg, pid_t tid, int n, const struct stat *st)
{
	struct task *t = task_find_get(arg, tid);
	const struct mount *m = t ? dirfd_mount(t, n, st) : NULL;

	task_put(t);
	return m;
}

static int
source_view(void *arg, pid_t tid, struct vfs_ctx *out)
{
	struct sandbox *sb = arg;
	struct task *t = task_find_get(sb, tid);

	if (!t)
		return -ESRCH;
	if (is_zombie(t)) {
		task_put(t);
		return -EINVAL;
	}
	*out = (struct vfs_ctx){
		.vfs = sb->vfs,
		.ns = task_mntns_get(t),
		.caller = (uint64_t)(uintptr_t)t,
	};
	pthread_mutex_lock(&sb->task_lock);
	get_place_locked(t, PROCFS_ROOT, &out->root);
	pthread_mutex_unlock(&sb->task_lock);
	out->cwd = out->root;
	return 0;
}

static void
source_view_put(void *arg, struct vfs_ctx *view)
{
	struct task *t = (struct task *)(uintptr_t)view->caller;

	(void)arg;
	path_put(&view->root);
	mntns_put(view->ns);
	task_put(t);
}

/* ------------------------------------------------------------ credentials */

/* The user namespace in whose terms ids are told: the reader's.  Counted. */
static struct user_ns *
reader_userns(uint64_t caller, struct task *t)
{
	struct task *reader = (struct task *)(uintptr_t)caller;
	struct creds *cr = task_creds_get(reader ? reader : t);
	struct user_ns *ns = userns_get(cr->user_ns);

	creds_put(cr);
	return ns;
}

static int
source_creds(void *arg, uint64_t caller, pid_t tid, struct procfs_creds *out)
{
	struct sandbox *sb = arg;
	struct task *t = task_find_get(sb, tid);
	struct user_ns *ns;
	struct fscontext *fs;
	struct creds *cr;

	if (!t)
		return -ESRCH;
	cr = task_creds_get(t);
	fs = task_fs_get(t);
	ns = reader_userns(caller, t);
	*out = (struct procfs_creds){
		.uid = { userns_uid_out(ns, cr->uid),
			 userns_uid_out(ns, cr->euid),
			 userns_uid_out(ns, cr->suid),
			 userns_uid_out(ns, cr->fsuid) },
		.gid = { userns_gid_out(ns, cr->gid),
			 userns_gid_out(ns, cr->egid),
			 userns_gid_out(ns, cr->sgid),
			 userns_gid_out(ns, cr->fsgid) },
		.cap_inheritable = cr->cap_inheritable,
		.cap_permitted = cr->cap_permitted,
		.cap_effective = cr->cap_effective,
		.cap_bounding = cr->cap_bounding,
		.cap_ambient = cr->cap_ambient,
		.emulated = sb->ids_mapped,
		.no_new_privs = true,
		.seccomp = t->own_seccomp,
		.seccomp_filters = t->own_filters,
		.umask = fs->umask,
	};
	userns_put(ns);
	fscontext_put(fs);
	creds_put(cr);
	task_put(t);
	return 0;
}

static int
source_groups(void *arg, uint64_t caller, pid_t tid, gid_t **out, size_t *nr)
{
	struct task *t = task_find_get(arg, tid);
	struct user_ns *ns;
	struct creds *cr;
	size_t n;

	if (!t)
		return -ESRCH;
	cr = task_creds_get(t);
	ns = reader_userns(caller, t);
	n = (size_t)cr->nr_groups;
	*out = malloc((n + 1) * sizeof(**out));
	for (size_t i = 0; *out && i < n; i++)
		(*out)[i] = userns_gid_out(ns, cr->groups[i]);
	*nr = n;
	userns_put(ns);
	creds_put(cr);
	task_put(t);
	return *out ? 0 : -ENOMEM;
}

/* ----------------------------------------------------------------- others */

static void
source_uts(void *arg, uint64_t caller, bool domain, char *buf, size_t size)
{
	struct task *reader = (struct task *)(uintptr_t)caller;
	char name[UTS_LEN + 1] = "";

	(void)arg;
	if (reader)
		uts_name_get(reader, domain, name);
	snprintf(buf, size, "%s", name);
}

static bool
source_stopped(void *arg, pid_t tid)
{
	struct task *t = task_find_get(arg, tid);
	bool stopped = t && t->group_stopped;

	if (t)
		task_put(t);
	return stopped;
}

/* On some filesystems (btrfs, overlayfs) maps has another device number than
 * fstat(). */
static bool
source_hidden(void *arg, dev_t dev, ino_t ino, const char *name)
{
	const struct sandbox *sb = arg;
	const char *last = strrchr(name, '/');
	const char *stub = sb->stub_path ? strrchr(sb->stub_path, '/') : NULL;

	if (stub_copy_is(dev, ino))
		return true;
	if (ino != sb->stub_ino)
		return false;
	return dev == sb->stub_dev || (last && stub && strcmp(last, stub) == 0);
}

/* Which network namespace?  "net:[number]", or "". */
static void
net_namespace(const char *pid, char *buf, size_t size)
{
	char name[48];
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/%s/ns/net", pid);
	n = readlink(name, buf, size - 1);
	buf[n < 0 ? 0 : n] = '\0';
}

static bool
source_net(void *arg, pid_t tid, bool unix_sockets)
{
	const struct sandbox *sb = arg;
	char ours[64], theirs[64], pid[16];

	snprintf(pid, sizeof(pid), "%d", tid);
	net_namespace("self", ours, sizeof(ours));
	net_namespace(pid, theirs, sizeof(theirs));
	if (ours[0] && theirs[0] && strcmp(ours, theirs) != 0)
		return true;
	return sb->cfg->share_net && !unix_sockets;
}

void
procsource_init(struct procfs_source *out, struct sandbox *sb, int proc)
{
	*out = (struct procfs_source){
		.arg = sb,
		.proc = proc,
		.caller = source_caller,
		.sees = source_sees,
		.may_look = source_may_look,
		.tgid = source_tgid,
		.list = source_list,
		.place = source_place,
		.dup_fd = source_dup_fd,
		.fd_mount = source_fd_mount,
		.fd_is_hidden = source_fd_is_hidden,
		.creds = source_creds,
		.groups = source_groups,
		.map_text = nssource_map_text,
		.map_open = nssource_map_open,
		.ns_link = nssource_link,
		.ns_open = nssource_open,
		.ns_name = nssource_name,
		.ns_hold = nssource_hold,
		.ns_mounts = nssource_mounts,
		.view = source_view,
		.view_put = source_view_put,
		.table_opened = tablefile_opened,
		.uts = source_uts,
		.stopped = source_stopped,
		.hidden = source_hidden,
		.net = source_net,
	};
}
