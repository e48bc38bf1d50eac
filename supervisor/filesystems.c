/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/filesystems.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/idmap.h"
#include "supervisor/log.h"
#include "supervisor/mounthelper.h"
#include "supervisor/procsource.h"
#include "supervisor/sandbox.h"
#include "supervisor/scratch.h"
#include "vfs/fs/devpts.h"
#include "vfs/fs/hostfs.h"
#include "vfs/fs/procfs.h"
#include "vfs/fs/sysfs.h"
#include "vfs/fs/synth.h"
#include "vfs/fs/synth_empty.h"
#include "vfs/fs/tmpfs.h"

struct filesystems {
	struct mounthelper *helper;
	struct scratch *scratch;
	struct tmpfs_backing backing;
	struct tmpfs_type tmpfs, ramfs;
	struct synth_scratch synth;
	struct procfs procfs;
	struct devpts devpts;
	struct synth_empty mqueue, cgroup2;
	struct sysfs_type sysfs;
	int proc;			/* the host's /proc */
	uint64_t synth_id, root_id;	/* directories of the scratch space */
};

struct mounthelper *
filesystems_helper(const struct filesystems *f)
{
	return mounthelper_ready(f->helper) == 0 ? f->helper : NULL;
}

/* A uid= or gid= of the guest's, for the host: see idmap.h. */
static int
host_id(void *arg, const struct vfs_ctx *c, bool group, uint32_t id,
	uint32_t *host)
{
	struct task *t = (struct task *)(uintptr_t)c->caller;

	(void)arg;
	*host = id;
	return (group ? idmap_gid_in(t, host) : idmap_uid_in(t, host)) ?
		0 : -EINVAL;
}

/* The world is built before there is a caller whose ids need a map. */
static int
tmpfs_host_id(void *arg, const struct vfs_ctx *c, bool group, uint32_t id,
	      uint32_t *host)
{
	if (c && c->caller)
		return host_id(arg, c, group, id, host);
	*host = id;
	return 0;
}

static int
register_tmpfs(struct filesystems *f, struct vfs *v)
{
	int err;

	f->backing = *scratch_backing(f->scratch);
	f->backing.host_id = tmpfs_host_id;
	tmpfs_type_init(&f->tmpfs, &f->backing);
	ramfs_type_init(&f->ramfs, &f->backing);
	err = vfs_register_type(v, &f->tmpfs.type);
	return err < 0 ? err : vfs_register_type(v, &f->ramfs.type);
}

static int
open_or_none(const char *name, int flags)
{
	return open(name, flags | O_CLOEXEC);
}

static int
register_devpts(struct filesystems *f, struct vfs *v)
{
	int err = devpts_register(&f->devpts, v, &f->synth,
				  open_or_none("/dev/ptmx", O_PATH),
				  open_or_none("/dev/pts",
					       O_PATH | O_DIRECTORY));

	/* The terminal that belljar itself runs on is the guests' too. */
	for (int fd = 0; fd <= 2 && err == 0; fd++)
		if (isatty(fd))
			devpts_add(&f->devpts, fd);
	return err;
}

/* The host's /sys, with what is mounted below it covered as well. */
static int
clone_sys(void *arg, int fd, const char *const *cover, int *out)
{
	const uint64_t attrs = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
			       MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	struct filesystems *f = arg;
	struct hostfs_submount *below = NULL;
	AUTO_FREE const char **places = NULL;
	AUTO_FREE char *table = NULL;
	size_t nr = 0, n = 0;
	int err = hostfs_mount_table(&table);

	if (!err)
		err = hostfs_submounts(fd, table, &below, &nr);
	while (cover[n])
		n++;
	places = calloc(n + nr + 1, sizeof(*places));
	if (!err && !places)
		err = -ENOMEM;
	if (!err) {
		memcpy(places, cover, n * sizeof(*places));
		for (size_t i = 0; i < nr; i++)
			places[n + i] = below[i].path;
		err = mounthelper_clone(f->helper, fd, attrs, places, out);
	}
	if (err)
		log_info("a detached mount of /sys: %s", log_errno(err));
	hostfs_submounts_free(below, nr);
	return err;
}

static int
register_sysfs(struct filesystems *f, struct vfs *v)
{
	if (filesystems_helper(f)) {
		f->sysfs.clone = clone_sys;
		f->sysfs.arg = f;
	}
	return sysfs_register(&f->sysfs, v);
}

static int
register_kernel_types(struct filesystems *f, struct sandbox *sb)
{
	struct procfs_source source;
	int dir, err;

	err = scratch_mkdir(f->scratch, 0700, &dir, &f->synth_id);
	if (err < 0)
		return err;
	err = synth_scratch_init(&f->synth, dir);
	if (err < 0)
		return err;
	f->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (f->proc < 0)
		return -errno;
	procsource_init(&source, sb, f->proc);
	err = procfs_register(&f->procfs, sb->vfs, &f->synth, &source);
	if (err < 0)
		return err;
	err = register_devpts(f, sb->vfs);
	if (err == 0)
		err = mqueue_register(&f->mqueue, sb->vfs, &f->synth);
	if (err == 0)
		err = cgroup2_register(&f->cgroup2, sb->vfs, &f->synth);
	return err < 0 ? err : register_sysfs(f, sb->vfs);
}

int
filesystems_start(struct filesystems **out)
{
	struct filesystems *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	f->proc = -1;
	err = mounthelper_start(&f->helper);
	if (err < 0)
		log_info("no mount helper: %s", log_errno(err));
	*out = f;
	return 0;
}

int
filesystems_new(struct sandbox *sb, struct filesystems *f)
{
	int err;

	err = scratch_new(f->helper, &f->scratch);
	if (err < 0)
		log_error("making a private directory: %s. $XDG_RUNTIME_DIR, "
			  "/dev/shm, $TMPDIR and /tmp were tried",
			  log_errno(err));
	if (err == 0)
		err = register_tmpfs(f, sb->vfs);
	if (err == 0)
		err = register_kernel_types(f, sb);
	return err;
}

/* One name for each byte that a program's name is likely to end in. */
static int
link_stub(int dir)
{
	const char *byte = STUB_NAMES;
	char name[2] = "";

	for (; *byte; byte++) {
		name[0] = *byte;
		if (linkat(dir, "stub", dir, name, 0) < 0)
			return -errno;
	}
	return 0;
}

/* A copy, since the stub's own file may be anywhere on the host. */
static int
copy_stub(int dir, int from, int *out)
{
	AUTO_FD to = openat(dir, "stub", O_WRONLY | O_CREAT | O_EXCL |
			    O_CLOEXEC, 0700);
	struct stat st;
	off_t at = 0;
	int err;

	if (to < 0 || fstat(from, &st) < 0)
		return -errno;
	while (at < st.st_size)
		if (sendfile(to, from, &at, (size_t)(st.st_size - at)) <= 0)
			return errno ? -errno : -EIO;
	err = link_stub(dir);
	if (err < 0)
		return err;
	if (fchmod(to, 0555) < 0 || fchmod(dir, 0555) < 0)
		return -errno;
	*out = openat(dir, "stub", O_RDONLY | O_CLOEXEC);
	return *out < 0 ? -errno : 0;
}

int
filesystems_stub_root(struct filesystems *f, int stub_fd, int *dir, int *stub)
{
	AUTO_FD fd = -1;
	int err;

	err = scratch_mkdir(f->scratch, 0755, &fd, &f->root_id);
	if (err < 0)
		return err;
	err = copy_stub(fd, stub_fd, stub);
	if (err < 0)
		return err;
	*dir = steal_fd(&fd);
	return 0;
}

void
filesystems_leave(struct filesystems *f)
{
	if (!f)
		return;
	if (f->scratch && scratch_is_on_host(f->scratch))
		scratch_free(f->scratch);
	/* An init that does not reap would keep it. */
	mounthelper_stop(f->helper);
}

void
filesystems_free(struct filesystems *f)
{
	if (!f)
		return;
	devpts_fini(&f->devpts);
	synth_scratch_fini(&f->synth);
	if (f->proc >= 0)
		close(f->proc);
	if (f->scratch)
		scratch_free(f->scratch);
	mounthelper_stop(f->helper);
	free(f);
}
