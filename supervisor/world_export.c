/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories and files of the host in the guest's tree.  A mount of the host
 * below an exported directory becomes a mount of its own, as a recursive bind
 * would show it; what belongs to the kernel is replaced or left out, because
 * it speaks of the host.
 */
#include "supervisor/world_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "include/auto.h"
#include "include/uapi.h"
#include "supervisor/log.h"
#include "supervisor/mounthelper.h"
#include "supervisor/noexec.h"
#include "supervisor/stage.h"
#include "vfs/fs/hostfs.h"
#include "vfs/fs/tmpfs_opts.h"

enum treatment { SHOWN, OWN_PROC, OWN_SYS, LEFT_OUT };

/* File systems of the kernel's; every other type is shown. */
static const struct {
	const char *type;
	enum treatment how;
} kernel_types[] = {
	{"proc", OWN_PROC}, {"sysfs", OWN_SYS}, {"cgroup", LEFT_OUT},
	{"cgroup2", LEFT_OUT}, {"securityfs", LEFT_OUT}, {"debugfs", LEFT_OUT},
	{"tracefs", LEFT_OUT}, {"bpf", LEFT_OUT}, {"pstore", LEFT_OUT},
	{"efivarfs", LEFT_OUT}, {"configfs", LEFT_OUT}, {"fusectl", LEFT_OUT},
	{"binfmt_misc", LEFT_OUT}, {"mqueue", LEFT_OUT}, {"nsfs", LEFT_OUT},
	{"selinuxfs", LEFT_OUT}, {"hugetlbfs", LEFT_OUT}, {"autofs", LEFT_OUT},
	{"rpc_pipefs", LEFT_OUT}, {"nfsd", LEFT_OUT},
};

static enum treatment
treatment_of(const char *type)
{
	size_t i;

	for (i = 0; i < sizeof(kernel_types) / sizeof(kernel_types[0]); i++)
		if (!strcmp(kernel_types[i].type, type))
			return kernel_types[i].how;
	return SHOWN;
}

/* --- the host's mounts below ---------------------------------------------- */

/* What is mounted below an exported directory and how it is shown. */
struct parts {
	struct hostfs_submount *list;
	size_t nr;
	struct hostfs_standin *standins;	/* to mount them upon */
	size_t nr_standins;
};

static void
parts_fini(struct parts *p)
{
	size_t i;

	for (i = 0; i < p->nr_standins; i++)
		close(p->standins[i].fd);
	free(p->standins);
	hostfs_submounts_free(p->list, p->nr);
}

/* Is number `i` below one that is replaced or left out? */
static bool
is_covered(const struct parts *p, size_t i)
{
	const char *path = p->list[i].path;
	size_t j;

	for (j = 0; j < i; j++) {
		size_t len = strlen(p->list[j].path);

		if (!strncmp(path, p->list[j].path, len) && path[len] == '/' &&
			treatment_of(p->list[j].fstype) != SHOWN)
			return true;
	}
	return false;
}

static bool
is_shown(const struct parts *p, size_t i)
{
	return treatment_of(p->list[i].fstype) != LEFT_OUT && !is_covered(p, i);
}

/* An empty directory that nobody else can reach, and nothing can be made in:
 * it has no name any more. */
static int
nameless_dir(void)
{
	static const char *const places[] = {"/tmp", "/dev/shm", "/var/tmp"};
	char path[64];
	size_t i;
	int fd = -1;

	for (i = 0; fd < 0 && i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s/belljar-XXXXXX", places[i]);
		if (!mkdtemp(path))
			continue;
		fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		chmod(path, 0755);
		rmdir(path);
	}
	return fd < 0 ? -errno : fd;
}

/* What can be mounted upon and is else of no use. */
static int
nameless(struct builder *b, bool is_dir)
{
	struct tmpfs_opts o;
	int fd;

	if (!is_dir) {
		fd = memfd_create("belljar-mountpoint", MFD_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	tmpfs_opts_init(&o, geteuid(), getegid());
	o.mode = 0555;
	o.inodes = 1;
	if (b->helper && mounthelper_tmpfs(b->helper, &o, &fd) == 0)
		return fd;
	b->attached = true;
	return nameless_dir();
}

static int
parts_init(struct builder *b, struct parts *p, int top)
{
	struct stat st;
	size_t i;
	int err = 0;

	*p = (struct parts){0};
	if (!b->host_mounts)
		err = hostfs_mount_table(&b->host_mounts);
	if (!err)
		err = hostfs_submounts(top, b->host_mounts, &p->list, &p->nr);
	if (err || !p->nr)
		return err;
	p->standins = calloc(p->nr, sizeof(*p->standins));
	if (!p->standins)
		return -ENOMEM;
	for (i = 0; i < p->nr; i++) {
		struct hostfs_standin *s = &p->standins[p->nr_standins];

		if (!is_shown(p, i) || fstatat(top, p->list[i].path, &st,
			AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		s->path = p->list[i].path;
		s->fd = nameless(b, S_ISDIR(st.st_mode));
		if (s->fd < 0)
			return s->fd;
		p->nr_standins++;
	}
	return 0;
}

/* --- exporting ------------------------------------------------------------ */

/* What must not be seen below: denied places, and what the host has mounted;
 * ended by NULL, malloc'ed. */
static const char **
covered_places(const struct export *e, const struct parts *parts)
{
	size_t i, n = 0;
	const char **list;

	while (e->deny && e->deny[n])
		n++;
	list = calloc(n + parts->nr + 1, sizeof(*list));
	for (i = 0; list && i < n; i++)
		list[i] = e->deny[i];
	for (i = 0; list && i < parts->nr; i++)
		list[n + i] = parts->list[i].path;
	return list;
}

/* A detached clone of the directory, the kernel obeying what is promised of
 * the export; -1 where there is none. */
static int
new_clone(struct builder *b, const struct export *e, int fd,
	const struct parts *parts, unsigned long flags)
{
	AUTO_FREE const char **cover = covered_places(e, parts);
	uint64_t attrs = MOUNT_ATTR_NOSUID;
	int clone = -1, err = -EOPNOTSUPP;

	if (flags & MS_RDONLY)
		attrs |= MOUNT_ATTR_RDONLY;
	if (flags & MS_NODEV)
		attrs |= MOUNT_ATTR_NODEV;
	if (b->helper && cover)
		err = mounthelper_clone(b->helper, fd, attrs, cover, &clone);
	if (!err)
		return clone;
	b->attached = true;
	if (b->helper)
		log_info("a detached mount of %s: %s", e->src ? e->src :
			"a descriptor", log_errno(err));
	return -1;
}

/* A mount, not attached, of what `fd` names. */
static int
new_export(struct builder *b, const struct export *e, int fd, bool is_dir,
	const struct parts *parts, unsigned long more_flags,
	struct mount **out)
{
	AUTO_FD clone = -1;
	struct hostfs_export opts = {
		.fd = fd, .ro = e->ro, .devices = e->devices, .deny = e->deny,
		.standins = parts->standins, .nr_standins = parts->nr_standins,
		.noexec = noexec_backing(b->helper),
	};
	unsigned long flags = MS_NOSUID | MS_RELATIME | more_flags;

	while (e->deny && e->deny[opts.nr_deny])
		opts.nr_deny++;
	if (e->ro)
		flags |= MS_RDONLY;
	if (!e->devices)
		flags |= MS_NODEV;
	if (is_dir)
		clone = new_clone(b, e, fd, parts, flags);
	opts.clone = clone;
	opts.cloned = clone >= 0;
	return vfs_kern_mount(b->vfs, &hostfs_type, e->src ? e->src : "data",
		flags, &opts, out);
}

/*
 * What is denied of the part of an export below `path`: the rules that go on
 * below it, without that prefix. NULL-terminated, malloc'ed; the strings are
 * the export's.
 */
static const char **
deny_below(const struct export *e, const char *path)
{
	size_t len = strlen(path), nr = 0, n = 0;
	const char **list;

	while (e->deny && e->deny[nr])
		nr++;
	list = calloc(nr + 1, sizeof(*list));
	for (size_t i = 0; list && i < nr; i++)
		if (!strncmp(e->deny[i], path, len) && e->deny[i][len] == '/')
			list[n++] = e->deny[i] + len + 1;
	return list;
}

/* One mount of the host below the exported directory `top`, at `dst`. Those
 * below it have their stand-ins in it. */
static int
export_submount(struct builder *b, const struct export *e, int top,
	const struct hostfs_submount *sub, const char *dst)
{
	struct export part = {.src = sub->source,
		.ro = e->ro || sub->flags & MS_RDONLY, .devices = e->devices};
	AUTO_FREE const char **deny = deny_below(e, sub->path);
	struct parts parts = {0};
	struct mount *m;
	struct stat st;
	AUTO_FD fd = -1;
	int err = 0;

	switch (treatment_of(sub->fstype)) {
	case OWN_PROC:
		return world_plain(b, "proc", dst, KERNEL_FLAGS);
	case OWN_SYS:
		return world_plain(b, "sysfs", dst, KERNEL_FLAGS | MS_RDONLY);
	case LEFT_OUT:
		return 0;
	case SHOWN:
		break;
	}
	fd = openat(top, sub->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		log_info("the host's mount on %s is left out: %s", dst,
			log_errno(errno));
		return 0;
	}
	if (!deny)
		return -ENOMEM;
	part.deny = deny;
	if (S_ISDIR(st.st_mode))
		err = parts_init(b, &parts, fd);
	if (!err)
		err = new_export(b, &part, fd, S_ISDIR(st.st_mode), &parts,
			sub->flags, &m);
	if (!err)
		err = world_attach(b, m, dst, S_ISDIR(st.st_mode));
	parts_fini(&parts);
	return err;
}

static int
export_submounts(struct builder *b, const struct export *e, int top,
	const struct parts *parts, const char *dst)
{
	size_t i;
	int err = 0;

	for (i = 0; i < parts->nr && !err; i++) {
		char *place;

		if (!is_shown(parts, i))
			continue;
		if (asprintf(&place, "%s/%s", dst[1] ? dst : "",
			parts->list[i].path) < 0)
			return -ENOMEM;
		err = export_submount(b, e, top, &parts->list[i], place);
		if (err == -ENOENT || err == -EACCES)
			err = 0;	/* gone, or in a denied place */
		free(place);
	}
	return err;
}

/* The kernel's own file systems are not exported as directories. */
static int
check_source(struct builder *b, const struct export *e, int fd,
	enum treatment *how)
{
	struct statfs sf;
	struct stat st;

	*how = SHOWN;
	if (fstatfs(fd, &sf) < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (sf.f_type == PROC_SUPER_MAGIC) {
		if (st.st_ino != 1)
			return world_fail(b, -EPERM, "the host's /proc is not "
				"for the sandbox. Use --proc");
		*how = OWN_PROC;
	} else if (sf.f_type == SYSFS_MAGIC && !e->ro) {
		return world_fail(b, -EPERM, "the host's /sys is only shown "
			"read-only. Use --ro-bind");
	}
	return 0;
}

/* With all that is mounted below it: the sandbox outside shows nothing that
 * speaks of the host. */
static int
staged_export(struct builder *b, const struct export *e, const char *dst,
	bool is_dir)
{
	bool root = b->stage->root < 0;
	int err = root ? 0 : world_make_place(b, dst, is_dir);

	return err ? err : stage_bind(b->stage, e, root ? NULL : dst);
}

int
world_export(struct builder *b, const struct export *e, const char *dst)
{
	struct parts parts = {0};
	AUTO_FD fd = -1;
	enum treatment how;
	struct mount *m;
	struct stat st;
	int err;

	fd = e->src ? open(e->src, O_PATH | O_CLOEXEC) :
		fcntl(e->fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0 && errno == ENOENT)
		return world_fail(b, -ENOENT, "the host has no '%s'. Make it, "
			"or use the -try form", e->src);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	err = check_source(b, e, fd, &how);
	if (err)
		return err;
	if (how == OWN_PROC)
		return world_plain(b, "proc", dst, KERNEL_FLAGS);
	if (b->stage)
		return staged_export(b, e, dst, S_ISDIR(st.st_mode));
	if (S_ISDIR(st.st_mode))
		err = parts_init(b, &parts, fd);
	if (!err)
		err = new_export(b, e, fd, S_ISDIR(st.st_mode), &parts, 0,
			&m);
	if (!err)
		err = b->ns ? world_attach(b, m, dst, S_ISDIR(st.st_mode)) :
			world_set_root(b, m);
	if (!err)
		err = export_submounts(b, e, fd, &parts, dst);
	parts_fini(&parts);
	return err;
}
