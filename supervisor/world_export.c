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
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/log.h"
#include "vfs/fs/hostfs.h"

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

/* --- exporting ------------------------------------------------------------ */

/* A mount, not attached, of what `fd` names. */
static int
new_export(struct builder *b, const struct export *e, int fd,
	unsigned long more_flags, struct mount **out)
{
	struct hostfs_export opts = {
		.fd = fd, .ro = e->ro, .devices = e->devices, .deny = e->deny,
	};
	unsigned long flags = MS_NOSUID | MS_RELATIME | more_flags;

	while (e->deny && e->deny[opts.nr_deny])
		opts.nr_deny++;
	if (e->ro)
		flags |= MS_RDONLY;
	if (!e->devices)
		flags |= MS_NODEV;
	return vfs_kern_mount(b->vfs, &hostfs_type, e->src ? e->src : "data",
		flags, &opts, out);
}

/* One mount of the host below the exported directory `top`, at `dst`. */
static int
export_submount(struct builder *b, const struct export *e, int top,
	const struct hostfs_submount *sub, const char *dst)
{
	struct export part = {.src = sub->source,
		.ro = e->ro || sub->flags & MS_RDONLY, .devices = e->devices};
	struct mount *m;
	struct stat st;
	AUTO_FD fd = -1;
	int err;

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
	err = new_export(b, &part, fd, sub->flags, &m);
	return err ? err : world_mount(b, m, dst, S_ISDIR(st.st_mode));
}

/* Is the path below a submount of the list that is replaced or left out? */
static bool
is_covered(const struct hostfs_submount *list, size_t nr, const char *path)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		size_t len = strlen(list[i].path);

		if (!strncmp(path, list[i].path, len) && path[len] == '/' &&
			treatment_of(list[i].fstype) != SHOWN)
			return true;
	}
	return false;
}

static int
export_submounts(struct builder *b, const struct export *e, int top,
	const char *dst)
{
	struct hostfs_submount *list;
	size_t nr, i;
	int err;

	err = hostfs_submounts(top, &list, &nr);
	if (err)
		return err;
	for (i = 0; i < nr && !err; i++) {
		char *place;

		if (is_covered(list, i, list[i].path))
			continue;
		if (asprintf(&place, "%s/%s", dst[1] ? dst : "",
			list[i].path) < 0) {
			err = -ENOMEM;
			break;
		}
		err = export_submount(b, e, top, &list[i], place);
		if (err == -ENOENT || err == -EACCES)
			err = 0;	/* gone, or in a denied place */
		free(place);
	}
	hostfs_submounts_free(list, nr);
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

int
world_export(struct builder *b, const struct export *e, const char *dst)
{
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
	err = new_export(b, e, fd, 0, &m);
	if (!err)
		err = b->ns ? world_mount(b, m, dst, S_ISDIR(st.st_mode)) :
			world_set_root(b, m);
	if (err || !S_ISDIR(st.st_mode))
		return err;
	return export_submounts(b, e, fd, dst);
}
