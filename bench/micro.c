/* SPDX-License-Identifier: Apache-2.0 */
/*
 * micro ROW [MILLISECONDS]: the cost of one operation, in nanoseconds, as the
 * minimum of several batches.  Rows: micro list.  Runs in a writable directory
 * that holds nothing of these names.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int file = -1;
static char page[4096];
static char program[4096];

static void
need(int good, const char *what)
{
	if (!good) {
		fprintf(stderr, "micro: %s: %s\n", what, strerror(errno));
		exit(1);
	}
}

static void
do_getppid(void)
{
	syscall(SYS_getppid);
}

static void
do_stat(void)
{
	struct stat st;

	need(stat("deep/a/b/c/d/e/f/file", &st) == 0, "stat");
}

static void
do_stat_usr(void)
{
	struct stat st;

	need(stat("/usr/include/stdio.h", &st) == 0, "stat");
}

static void
do_stat_enoent(void)
{
	struct stat st;

	need(stat("deep/a/b/none", &st) < 0, "stat of nothing");
}

static void
do_stat_link(void)
{
	struct stat st;

	need(stat("link/c/d/e/f/file", &st) == 0, "stat");
}

static void
do_access(void)
{
	need(access("deep/a/b/c/d/e/f/file", R_OK) == 0, "access");
}

static void
do_open_close(void)
{
	int fd = open("deep/a/b/c/d/e/f/file", O_RDONLY);

	need(fd >= 0, "open");
	close(fd);
}

static void
do_readlink(void)
{
	char buf[64];

	need(readlink("link", buf, sizeof(buf)) > 0, "readlink");
}

static void
do_read(void)
{
	need(pread(file, page, sizeof(page), 0) == sizeof(page), "pread");
}

static void
do_write(void)
{
	need(pwrite(file, page, sizeof(page), 0) == sizeof(page), "pwrite");
}

static void
do_fstat(void)
{
	struct stat st;

	need(fstat(file, &st) == 0, "fstat");
}

static void
do_mkdir_rmdir(void)
{
	need(mkdir("new", 0755) == 0 && rmdir("new") == 0, "mkdir");
}

static void
do_creat_unlink(void)
{
	int fd = open("new", O_WRONLY | O_CREAT | O_EXCL, 0644);

	need(fd >= 0, "creat");
	close(fd);
	need(unlink("new") == 0, "unlink");
}

static void
do_rename(void)
{
	need(rename("x", "y") == 0 && rename("y", "x") == 0, "rename");
}

static void
do_fork_wait(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	need(waitpid(pid, NULL, 0) == pid, "fork");
}

static void
do_vfork_exit(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(0);
	need(waitpid(pid, NULL, 0) == pid, "vfork");
}

static void
spawn(const char *path)
{
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		execl(path, path, (char *)NULL);
		_exit(127);
	}
	need(waitpid(pid, &status, 0) == pid && status == 0, path);
}

static void
do_spawn_static(void)
{
	spawn(program);
}

static void
do_spawn_dynamic(void)
{
	spawn("/bin/true");
}

static void
on_signal(int sig)
{
	(void)sig;
}

static void
do_raise(void)
{
	raise(SIGUSR1);
}

static void *
thread(void *arg)
{
	return arg;
}

static void
do_pthread(void)
{
	pthread_t t;

	need(pthread_create(&t, NULL, thread, NULL) == 0, "pthread_create");
	pthread_join(t, NULL);
}

static void
do_mount_umount(void)
{
	need(mount("none", "new", "tmpfs", 0, "size=64k") == 0 &&
	     umount2("new", 0) == 0, "mount");
}

static void
setup(void)
{
	need(mkdir("deep", 0755) == 0 && mkdir("deep/a", 0755) == 0 &&
	     mkdir("deep/a/b", 0755) == 0 && mkdir("deep/a/b/c", 0755) == 0 &&
	     mkdir("deep/a/b/c/d", 0755) == 0 &&
	     mkdir("deep/a/b/c/d/e", 0755) == 0 &&
	     mkdir("deep/a/b/c/d/e/f", 0755) == 0, "mkdir");
	file = open("deep/a/b/c/d/e/f/file", O_RDWR | O_CREAT, 0644);
	need(file >= 0, "open");
	do_write();
	close(open("x", O_WRONLY | O_CREAT, 0644));
	need(symlink("deep/a/b", "link") == 0, "symlink");
	signal(SIGUSR1, on_signal);
}

static void
setup_mount(void)
{
	setup();
	need(mkdir("new", 0755) == 0, "mkdir");
}

static const struct row {
	const char *name;
	void (*operation)(void);
	void (*prepare)(void);
	int batch;
} rows[] = {
	{ "getppid", do_getppid, setup, 5000 },
	{ "stat", do_stat, setup, 1000 },
	{ "stat_usr", do_stat_usr, setup, 1000 },
	{ "stat_enoent", do_stat_enoent, setup, 1000 },
	{ "stat_link", do_stat_link, setup, 1000 },
	{ "access", do_access, setup, 1000 },
	{ "open_close", do_open_close, setup, 1000 },
	{ "readlink", do_readlink, setup, 1000 },
	{ "pread_4k", do_read, setup, 2000 },
	{ "pwrite_4k", do_write, setup, 1000 },
	{ "fstat", do_fstat, setup, 2000 },
	{ "mkdir_rmdir", do_mkdir_rmdir, setup, 100 },
	{ "creat_unlink", do_creat_unlink, setup, 100 },
	{ "rename_x2", do_rename, setup, 100 },
	{ "fork_wait", do_fork_wait, setup, 50 },
	{ "vfork_exit", do_vfork_exit, setup, 100 },
	{ "spawn_static", do_spawn_static, setup, 20 },
	{ "spawn_dynamic", do_spawn_dynamic, setup, 20 },
	{ "raise_handler", do_raise, setup, 500 },
	{ "pthread", do_pthread, setup, 200 },
	{ "mount_umount", do_mount_umount, setup_mount, 20 },
};

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static double
measure(const struct row *r, double budget)
{
	double best = 1e18, begin = now();

	r->prepare();
	r->operation();
	do {
		double t = now();

		for (int i = 0; i < r->batch; i++)
			r->operation();
		t = (now() - t) / r->batch;
		if (t < best)
			best = t;
	} while (now() - begin < budget);
	return best;
}

int
main(int argc, char **argv)
{
	size_t n = sizeof(rows) / sizeof(rows[0]);

	/* Called as a program to be spawned: nothing to do. */
	if (argc < 2)
		return 0;
	snprintf(program, sizeof(program), "%s", argv[0]);
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(argv[1], "list"))
			puts(rows[i].name);
		if (strcmp(argv[1], rows[i].name))
			continue;
		printf("%.0f\n", measure(&rows[i], 1e6 *
					 (argc > 2 ? atoi(argv[2]) : 200)));
		return 0;
	}
	return strcmp(argv[1], "list") != 0;
}
