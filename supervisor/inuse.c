/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/inuse.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "include/auto.h"
#include "supervisor/creds.h"
#include "supervisor/dirfds.h"
#include "supervisor/dispatch.h"
#include "supervisor/mountfds.h"
#include "supervisor/sandbox.h"
#include "supervisor/stubfile.h"
#include "supervisor/tablefile.h"
#include "supervisor/tasksnap.h"
#include "supervisor/userns.h"
#include "vfs/node.h"

/* What is being asked. */
struct question {
	enum vfs_use use;
	struct fs *fs;
	const struct mount *m;		/* NULL: any mount of fs */
};

/* --- descriptors ---------------------------------------------------------- */

static bool
open_for_writing(pid_t tid, const char *fd)
{
	char name[64], line[64];
	AUTO_FILE FILE *f = NULL;
	unsigned int flags;

	snprintf(name, sizeof(name), "/proc/%d/fdinfo/%.16s", tid, fd);
	f = fopen(name, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "flags: %o", &flags) == 1)
			return (flags & O_ACCMODE) != O_RDONLY &&
			       !(flags & O_PATH);
	return false;
}

/* A filesystem cannot go read-only while something removed is open, however:
 * s_remove_count in sb_prepare_remount_readonly(). */
static bool
keeps_writable(const struct question *q, pid_t tid, const char *fd,
	       const struct stat *st)
{
	return (!q->m && st->st_nlink == 0) || open_for_writing(tid, fd);
}

/* Consumes `fd`. */
static bool
is_of_mount(struct task *t, const struct question *q, int number, int fd,
	    const struct stat *st)
{
	struct call c = { .sb = t->sb, .task = t, .fs = task_fs_get(t) };
	struct path place;
	const struct mount *hint = dirfd_mount(t, number, st);
	struct vfs_ctx ctx;
	bool is = false;
	int same;

	/* some are known by what is open, not by what it is of */
	if (mountfds_any() && dirfd_dup(t, number, &same) == 0) {
		close(fd);
		fd = same;
	}
	call_ctx(&c, &ctx);
	/* it may have ended since */
	if (ctx.root.mnt &&
	    vfs_path_from_fd(&ctx, fd, hint, &place) == 0) {
		is = place.mnt == q->m;
		path_put(&place);
	}
	call_ctx_put(&ctx);
	fscontext_put(c.fs);
	return is;
}

static bool
descriptor_uses(struct task *t, const struct question *q, const char *number)
{
	char name[64];
	AUTO_FD fd = -1;
	struct stat st;

	snprintf(name, sizeof(name), "/proc/%d/fd/%.16s", t->tid, number);
	fd = open(name, O_PATH | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	if (!q->fs->ops->owns_fd || !q->fs->ops->owns_fd(q->fs, fd, &st))
		return false;
	if (q->use == USE_WRITERS && !keeps_writable(q, t->tid, number, &st))
		return false;
	return !q->m || is_of_mount(t, q, atoi(number), steal_fd(&fd), &st);
}

static bool
descriptors_use(struct task *t, const struct question *q)
{
	char name[32];
	AUTO_DIR DIR *d = NULL;
	struct dirent *e;

	snprintf(name, sizeof(name), "/proc/%d/fd", t->tid);
	d = opendir(name);
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && descriptor_uses(t, q, e->d_name))
			return true;
	return false;
}

/* --- mappings ------------------------------------------------------------- */

/* Every guest has the stub mapped, which may lie beside what /proc shows. */
static bool
is_stub(const struct sandbox *sb, dev_t dev, ino_t ino)
{
	return stub_copy_is(dev, ino) ||
	       (dev == sb->stub_dev && ino == sb->stub_ino);
}

/*
 * A mapping tells only the device.  That names the filesystem if it has one
 * of its own, which an exported directory of the host does not.
 */
static bool
mappings_use(struct task *t, const struct question *q)
{
	char name[32], line[256], perms[8];
	unsigned int major, minor;
	unsigned long ino;
	AUTO_FILE FILE *f = NULL;

	if (major(q->fs->dev) != 0)
		return false;
	snprintf(name, sizeof(name), "/proc/%d/maps", t->tid);
	f = fopen(name, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*x-%*x %7s %*x %x:%x %lu", perms, &major,
			   &minor, &ino) != 4 ||
		    makedev(major, minor) != q->fs->dev ||
		    is_stub(t->sb, q->fs->dev, ino))
			continue;
		if (q->use == USE_BUSY || (perms[1] == 'w' && perms[3] == 's'))
			return true;
	}
	return false;
}

/* --- the hooks ------------------------------------------------------------ */

static bool
in_use(void *arg, enum vfs_use use, const struct fs *fs,
       const struct mount *m)
{
	struct question q = {
		.use = use, .fs = (struct fs *)(uintptr_t)fs, .m = m,
	};
	struct task_snap l = TASK_SNAP_INIT;
	bool used = false;

	task_snap_take(arg, &l);
	for (size_t i = 0; i < l.nr && !used; i++)
		used = descriptors_use(l.v[i], &q) ||
		       mappings_use(l.v[i], &q);
	task_snap_fini(&l);
	return used;
}

struct move {
	const struct path *from, *to;
};

static void
move_place(struct path *p, const struct move *mv)
{
	struct path old = *p;

	if (!path_equal(p, mv->from))
		return;
	*p = *mv->to;
	path_get(p);
	path_put(&old);
}

static bool
move_task(struct task *t, void *arg)
{
	struct fscontext *fs = t->fs;

	pthread_mutex_lock(&fs->lock);
	move_place(&fs->root, arg);
	move_place(&fs->cwd, arg);
	pthread_mutex_unlock(&fs->lock);
	return false;
}

static void
switch_root(void *arg, const struct path *from, const struct path *to)
{
	struct move mv = { .from = from, .to = to };

	task_for_each(arg, move_task, &mv);
}

/* May be called with the core's locks held. */
static bool
ns_capable(void *arg, const struct vfs_ctx *c, uint64_t user_ns, int cap)
{
	struct task *t = (struct task *)(uintptr_t)c->caller;
	struct creds *cr;
	bool may;

	/* The world is built by nobody of the guests'. */
	if (!t)
		return true;
	cr = task_creds_get(t);
	may = userns_id_capable(arg, cr, user_ns, cap);
	creds_put(cr);
	return may;
}

static bool
fd_place(void *arg, int fd, const struct mount *hint, struct path *out)
{
	(void)arg;
	return mountfds_place(fd, hint, out);
}

void
inuse_install(struct sandbox *sb)
{
	const struct vfs_hooks hooks = {
		.in_use = in_use, .switch_root = switch_root,
		.ns_capable = ns_capable, .fd_place = fd_place,
		.ns_changed = tablefile_changed, .arg = sb,
	};

	vfs_set_hooks(sb->vfs, &hooks);
}
