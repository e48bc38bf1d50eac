/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a look-up, a stat, an open through an export cost, against the
 * same call made natively?  At the level of the VFS: no guest, no seccomp.
 *
 * One line per operation: nanoseconds natively, through vfs_, and the ratio.
 * The minimum of several interleaved rounds, so that other load on the machine
 * does not show.  Links with all objects but main.o.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "supervisor/mounthelper.h"
#include "supervisor/scratch.h"
#include "vfs/fs/hostfs.h"
#include "vfs/fs/tmpfs.h"
#include "vfs/vfs.h"

#define ROUNDS 7
#define CALLS 20000

static struct vfs *vfs;
static struct vfs_ctx ctx;
static const char *path;	/* of the test file, natively */
static const char *inside;	/* the same in the export */
static char missing[4096], missing_inside[4096];

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void
check(int err, const char *what)
{
	if (err < 0) {
		fprintf(stderr, "%s: %s\n", what, strerror(-err));
		exit(1);
	}
}

static void
native_stat(void)
{
	struct stat st;

	(void)stat(path, &st);
}

static void
native_enoent(void)
{
	struct stat st;

	(void)stat(missing, &st);
}

static void
native_open(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
}

static void
native_opendir(void)
{
	int fd = open("/usr", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
}

static void
native_access(void)
{
	(void)access(path, R_OK);
}

static void
vfs_do_stat(void)
{
	struct vfs_at at = { .name = inside, .flags = LOOK_FOLLOW };
	struct stat st;

	check(vfs_stat(&ctx, &at, &st), "vfs_stat");
}

static void
vfs_do_enoent(void)
{
	struct vfs_at at = { .name = missing_inside, .flags = LOOK_FOLLOW };
	struct stat st;

	(void)vfs_stat(&ctx, &at, &st);
}

static void
open_close(const char *name, uint64_t flags)
{
	struct vfs_at at = { .name = name, .flags = LOOK_FOLLOW };
	struct open_how how = { .flags = flags };
	int fd;

	check(vfs_open(&ctx, &at, &how, true, &fd, NULL), "vfs_open");
	close(fd);
}

static void
vfs_do_open(void)
{
	open_close(inside, O_RDONLY);
}

static void
vfs_do_opendir(void)
{
	open_close("/usr", O_RDONLY | O_DIRECTORY);
}

static void
vfs_do_access(void)
{
	struct vfs_at at = { .name = inside, .flags = LOOK_FOLLOW };

	check(vfs_access(&ctx, &at, R_OK), "vfs_access");
}

static void
vfs_do_mount(void)
{
	struct vfs_at at = { .name = "/tmp" };

	check(vfs_mount(&ctx, "t", &at, "tmpfs", 0, "size=1m"), "vfs_mount");
	check(vfs_umount(&ctx, &at, 0), "vfs_umount");
}

static double
round_of(void (*call)(void))
{
	double start = now();

	for (int i = 0; i < CALLS; i++)
		call();
	return (now() - start) / CALLS;
}

static void
compare(const char *what, void (*native)(void), void (*emulated)(void))
{
	double n = 1e18, e = 1e18;

	for (int i = 0; i < ROUNDS; i++) {
		double t = native ? round_of(native) : 0;

		n = t < n ? t : n;
		t = round_of(emulated);
		e = t < e ? t : e;
	}
	if (native)
		printf("%-24s %7.0f %7.0f  %.2f\n", what, n, e, e / n);
	else
		printf("%-24s %7s %7.0f\n", what, "-", e);
}

/* The host's root directory as the guest's. */
static void
export_root(void)
{
	struct hostfs_export ex = { .fd = open("/", O_PATH) };
	struct mntns *ns;
	struct mount *m;

	check(vfs_new(&vfs), "vfs_new");
	check(vfs_kern_mount(vfs, &hostfs_type, "host", 0, &ex, &m), "export");
	check(vfs_new_ns(vfs, m, &ns), "namespace");
	ctx = (struct vfs_ctx){
		.vfs = vfs, .ns = ns, .may_mount = true, .sb_admin = true,
		.uid = geteuid(), .gid = getegid(),
	};
	mntns_root(ns, &ctx.root);
	ctx.cwd = ctx.root;
}

int
main(int argc, char **argv)
{
	struct mounthelper *helper = NULL;
	struct tmpfs_type tmpfs;
	struct scratch *scratch;
	struct vfs_at at = { .name = "/tmp" };

	path = inside = argc > 1 ? argv[1] :
	    "/usr/include/linux/netfilter/xt_mark.h";
	if (access(path, R_OK) < 0)
		path = inside = "/usr/bin/env";
	snprintf(missing, sizeof(missing), "%s.none", path);
	strcpy(missing_inside, missing);

	check(mounthelper_start(&helper), "mount helper");
	check(scratch_new(helper, &scratch), "scratch");
	export_root();
	tmpfs_type_init(&tmpfs, scratch_backing(scratch));
	check(vfs_register_type(vfs, &tmpfs.type), "tmpfs");

	printf("%-24s %7s %7s  %s\n", "ns per call", "native", "vfs", "ratio");
	compare("stat", native_stat, vfs_do_stat);
	compare("stat ENOENT", native_enoent, vfs_do_enoent);
	compare("access", native_access, vfs_do_access);
	compare("open+close", native_open, vfs_do_open);
	compare("open+close directory", native_opendir, vfs_do_opendir);
	compare("mount+umount tmpfs", NULL, vfs_do_mount);

	check(vfs_mount(&ctx, "t", &at, "tmpfs", 0, ""), "vfs_mount");
	close(open("/tmp", O_PATH));
	{
		struct vfs_at f = { .name = "/tmp/f" };
		struct open_how how = {
			.flags = O_CREAT | O_RDWR, .mode = 0600,
		};
		int fd;

		check(vfs_open(&ctx, &f, &how, true, &fd, NULL), "create");
		close(fd);
	}
	inside = "/tmp/f";
	path = "/dev/shm";
	compare("stat in tmpfs", native_stat, vfs_do_stat);
	compare("open+close in tmpfs", NULL, vfs_do_open);
	path_put(&ctx.root);
	mntns_put(ctx.ns);
	vfs_free(vfs);
	scratch_free(scratch);
	mounthelper_stop(helper);
	return 0;
}
