/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfs_mounts: what mounts cost in the VFS core by itself and, for who may
 * unshare a mount namespace, in the kernel; microseconds, and their ratio.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/lib/testfs.h"
#include "vfs/fs/tmpfs.h"

#define PEERS	100
#define MANY	1000
#define TABLE	10000
#define ROWS	7
#define DIR_TYPE "dir"	/* a filesystem in which directories can be made */

/* One of the two that are compared. */
struct side {
	int (*mount)(const char *src, const char *dst, const char *type,
		     unsigned long flags);
	int (*umount)(const char *dst, int flags);
	int (*mkdir)(const char *path);
	size_t (*table)(void);
	int (*look)(const char *path);	/* as full_name() gave it */
	const char *(*full_name)(const char *path, char *buf);
};

/* ------------------------------------------------------------- the core */

static struct world w;
static struct tmpfs_type tmpfs;

static int
no_backing(void *arg, const struct tmpfs_opts *o, int *fd, uint64_t *cookie)
{
	(void)arg;
	(void)o;
	(void)fd;
	(void)cookie;
	return -EOPNOTSUPP;	/* nothing here looks into a tmpfs */
}

static const struct tmpfs_backing backing = { .make = no_backing };

static int
core_mount(const char *src, const char *dst, const char *type,
	   unsigned long flags)
{
	if (type && strcmp(type, DIR_TYPE) == 0)
		type = "testfs";
	return w_mount(&w, src, dst, type, flags, NULL);
}

static int
core_umount(const char *dst, int flags)
{
	return w_umount(&w, dst, flags);
}

static int
core_mkdir(const char *path)
{
	return w_mkdir(&w, path);
}

static size_t
core_table(void)
{
	char *text;
	size_t len = 0;

	if (vfs_mount_table(&w.ctx, TABLE_MOUNTINFO, &text, &len) == 0)
		free(text);
	return len;
}

static int
core_look(const char *path)
{
	struct vfs_at at = { .name = path, .flags = LOOK_FOLLOW };
	struct path p;
	int err = vfs_lookup(&w.ctx, &at, &p);

	if (!err)
		path_put(&p);
	return err;
}

static const char *
core_name(const char *path, char *buf)
{
	return strcpy(buf, path);
}

static const struct side core = {
	core_mount, core_umount, core_mkdir, core_table, core_look, core_name,
};

/* ------------------------------------------------------------ the kernel */

static char base[] = "/tmp/vfs_mounts.XXXXXX";

static const char *
below(const char *path, char *buf)
{
	sprintf(buf, "%s%s", base, strcmp(path, "/") == 0 ? "" : path);
	return buf;
}

static int
kernel_mount(const char *src, const char *dst, const char *type,
	     unsigned long flags)
{
	char a[128], b[128];

	if (type && strcmp(type, DIR_TYPE) == 0)
		type = "tmpfs";
	return mount(src && *src == '/' ? below(src, a) : src, below(dst, b),
		     type, flags, NULL) < 0 ? -errno : 0;
}

static int
kernel_umount(const char *dst, int flags)
{
	char buf[128];

	return umount2(below(dst, buf), flags) < 0 ? -errno : 0;
}

static int
kernel_mkdir(const char *path)
{
	char buf[128];

	return mkdir(below(path, buf), 0755) < 0 ? -errno : 0;
}

static size_t
kernel_table(void)
{
	static char buf[1 << 16];
	int fd = open("/proc/self/mountinfo", O_RDONLY);
	ssize_t n;
	size_t len = 0;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		len += (size_t)n;
	close(fd);
	return len;
}

static int
kernel_look(const char *path)
{
	return faccessat(AT_FDCWD, path, F_OK, 0) < 0 ? -errno : 0;
}

static const struct side kernel = {
	kernel_mount, kernel_umount, kernel_mkdir, kernel_table, kernel_look,
	below,
};

/* --------------------------------------------------------------- figures */

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void
must(int err, const char *what)
{
	if (err < 0) {
		fprintf(stderr, "vfs_mounts: %s: %s\n", what, strerror(-err));
		exit(1);
	}
}

static double
pairs(const struct side *s, const char *src, const char *dst,
      const char *type, unsigned long flags, int n)
{
	double best = 1e18;

	for (int round = 0; round < 3; round++) {
		double t = now();

		for (int i = 0; i < n; i++) {
			must(s->mount(src, dst, type, flags), "mount");
			must(s->umount(dst, 0), "umount");
		}
		t = (now() - t) / n;
		if (t < best)
			best = t;
	}
	return best;
}

static double
with_peers(const struct side *s)
{
	char name[32];
	double t;

	must(s->mount("none", "/p", DIR_TYPE, 0), "mount /p");
	must(s->mkdir("/p/x"), "mkdir");
	must(s->mount(NULL, "/p", NULL, MS_SHARED), "shared");
	for (int i = 1; i < PEERS; i++) {
		sprintf(name, "/q%d", i);
		must(s->mkdir(name), "mkdir");
		must(s->mount("/p", name, NULL, MS_BIND), "bind");
	}
	t = pairs(s, "none", "/p/x", "tmpfs", 0, 50);
	for (int i = 1; i < PEERS; i++) {
		sprintf(name, "/q%d", i);
		must(s->umount(name, 0), "umount");
	}
	must(s->umount("/p", 0), "umount /p");
	return t;
}

static double
rbind(const struct side *s)
{
	char name[32];
	double t;

	must(s->mount("none", "/p", DIR_TYPE, 0), "mount /p");
	for (int i = 1; i < MANY; i++) {
		sprintf(name, "/p/%d", i);
		must(s->mkdir(name), "mkdir");
		must(s->mount("none", name, "tmpfs", 0), "mount");
	}
	t = now();
	for (int i = 0; i < 5; i++) {
		must(s->mount("/p", "/a", NULL, MS_BIND | MS_REC), "rbind");
		must(s->umount("/a", MNT_DETACH), "umount");
	}
	t = (now() - t) / 5;
	must(s->umount("/p", MNT_DETACH), "umount /p");
	return t;
}

static double
table(const struct side *s)
{
	char name[32];
	double best = 1e18, t;

	must(s->mount("none", "/p", DIR_TYPE, 0), "mount /p");
	for (int i = 1; i < TABLE; i++) {
		sprintf(name, "/p/%d", i);
		must(s->mkdir(name), "mkdir");
		must(s->mount("/a", name, NULL, MS_BIND), "bind");
	}
	for (int i = 0; i < 3; i++) {
		t = now();
		if (!s->table())
			exit(1);
		t = now() - t;
		if (t < best)
			best = t;
	}
	must(s->umount("/p", MNT_DETACH), "umount /p");
	return best;
}

/* ------------------------------------------------ look-ups beside mounts */

static const struct side *at_work;
static char looked_up[128];
static atomic_bool stop;

static void *
look_ups(void *arg)
{
	unsigned long *done = arg;

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		must(at_work->look(looked_up), looked_up);
		++*done;
	}
	return NULL;
}

static void *
mounts(void *arg)
{
	unsigned long *done = arg;

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		must(at_work->mount("none", "/b", "tmpfs", 0), "mount /b");
		must(at_work->umount("/b", 0), "umount /b");
		++*done;
	}
	return NULL;
}

/* Microseconds for a look-up with `n` threads at it, while another mounts and
 * unmounts: what all of them did in half a second. */
static double
beside_mounts(const struct side *s, int n)
{
	static const struct timespec half = { 0, 500000000 };
	unsigned long done[3][16] = { { 0 } }, all = 0;
	pthread_t thread[3];
	double t = now();

	at_work = s;
	s->full_name("/p/x/y", looked_up);
	atomic_store(&stop, false);
	for (int i = 0; i <= n; i++)
		if (pthread_create(&thread[i], NULL, i ? look_ups : mounts,
				   done[i]))
			exit(1);
	nanosleep(&half, NULL);
	atomic_store(&stop, true);
	for (int i = 0; i <= n; i++) {
		pthread_join(thread[i], NULL);
		all += i ? done[i][0] : 0;
	}
	return (now() - t) / (double)all;
}

static void
look_up_rows(const struct side *s, double out[2])
{
	must(s->mount("none", "/p", DIR_TYPE, 0), "mount /p");
	must(s->mkdir("/p/x"), "mkdir");
	must(s->mount("none", "/p/x", DIR_TYPE, 0), "mount /p/x");
	must(s->mkdir("/p/x/y"), "mkdir");
	out[0] = beside_mounts(s, 1);
	out[1] = beside_mounts(s, 2);
	must(s->umount("/p", MNT_DETACH), "umount /p");
}

static void
measure(const struct side *s, double out[ROWS])
{
	must(s->mkdir("/a"), "mkdir");
	must(s->mkdir("/b"), "mkdir");
	must(s->mkdir("/p"), "mkdir");
	out[0] = pairs(s, "none", "/b", "tmpfs", 0, 500);
	out[1] = pairs(s, "/a", "/b", NULL, MS_BIND, 1000);
	out[2] = with_peers(s);
	out[3] = rbind(s);
	out[4] = table(s);
	look_up_rows(s, out + 5);
}

/* A private tmpfs in a namespace of our own; false: may not. */
static bool
kernel_begin(void)
{
	if (unshare(CLONE_NEWNS) < 0 || !mkdtemp(base))
		return false;
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("none", base, "tmpfs", 0, NULL) == 0)
		return true;
	rmdir(base);
	return false;
}

static void
kernel_end(void)
{
	umount2(base, MNT_DETACH);
	rmdir(base);
}

int
main(void)
{
	static const char *const rows[ROWS] = {
		"mount+umount tmpfs", "mount+umount bind",
		"mount+umount tmpfs, 100 peers", "rbind+umount of 1,000 mounts",
		"mountinfo of 10,000 mounts", "look-up, 1 thread beside mounts",
		"look-up, 2 threads beside mounts",
	};
	double ours[ROWS], theirs[ROWS] = { 0 };
	bool both;

	world_new(&w, "d .keep");
	tmpfs_type_init(&tmpfs, &backing);
	must(vfs_register_type(w.vfs, &tmpfs.type), "register");
	measure(&core, ours);
	world_free(&w);
	both = kernel_begin();
	if (both) {
		measure(&kernel, theirs);
		kernel_end();
	}
	printf("%-34s %10s %10s %8s\n", "", "core us", "kernel us", "ratio");
	for (int i = 0; i < ROWS; i++) {
		printf("%-34s %10.2f", rows[i], ours[i]);
		if (both)
			printf(" %10.2f %8.2f", theirs[i], ours[i] / theirs[i]);
		printf("\n");
	}
	for (int i = 5; i < ROWS; i++) {
		printf("%-34s %10.0f", i == 5 ? "look-ups a second, 1 thread" :
		       "look-ups a second, 2 threads", 1e6 / ours[i]);
		if (both)
			printf(" %10.0f", 1e6 / theirs[i]);
		printf("\n");
	}
	return 0;
}
