/* SPDX-License-Identifier: Apache-2.0 */
/* procfs, with this very program (and its threads) as the only process. */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <linux/magic.h>

#include "tests/unit/procfs_guests.h"

static void
setup(void)
{
	const struct procfs_source src = {
		.proc = open("/proc", O_PATH | O_CLOEXEC),
		.caller = src_caller, .tgid = src_tgid, .list = src_list,
		.place = src_place, .dup_fd = src_dup_fd, .creds = src_creds,
		.groups = src_groups, .hidden = src_hidden, .net = src_net,
		 .view = src_view, .view_put = src_view_put,
		.uts = src_uts, .map_text = src_map_text,
		.fd_mount = src_fd_mount,
		.map_open = src_map_open, .ns_link = src_ns_link,
		.ns_open = src_ns_open, .ns_name = src_ns_name,
		.stopped = src_stopped,
	};

	second = 0;
	world_make(&w);
	ck_assert_int_eq(procfs_register(&proc, w.v, &w.scratch, &src), 0);
	world_mount(&w, "proc", "/proc");
}

static void
teardown(void)
{
	world_drop(&w);
	close(proc.source.proc);
}

/* "/proc/PID/..." of this process; static storage, two at a time. */
static const char *
own(const char *rest)
{
	static char buf[2][256];
	static int turn;

	turn = !turn;
	snprintf(buf[turn], sizeof(buf[turn]), "/proc/%d%s", getpid(), rest);
	return buf[turn];
}

/* ----------------------------------------------------------------- tests */

START_TEST(only_own_processes_exist)
{
	char want[32], *list;
	struct stat st;

	ck_assert_int_eq(world_stat(&w, "/proc/1", &st), -ENOENT);
	ck_assert_int_eq(world_stat(&w, own(""), &st), 0);
	ck_assert_int_eq(st.st_mode, S_IFDIR | 0555);
	ck_assert_int_eq(world_stat(&w, "/proc/007", &st), -ENOENT);
	list = strdup(world_list(&w, "/proc"));
	snprintf(want, sizeof(want), " %d/4 ", getpid());
	ck_assert_ptr_nonnull(strstr(list, want));
	ck_assert_ptr_null(strstr(list, " 1/4 "));
	ck_assert_ptr_nonnull(strstr(list, " self/10 "));
	ck_assert_ptr_nonnull(strstr(list, " meminfo/8 "));
	ck_assert_ptr_nonnull(strstr(list, " sys/4 "));
	free(list);
}
END_TEST

START_TEST(self_leads_to_the_reader)
{
	char want[64];
	struct stat a, b;

	snprintf(want, sizeof(want), "%d", getpid());
	ck_assert_str_eq(world_link(&w, "/proc/self"), want);
	snprintf(want, sizeof(want), "%d/task/%d", getpid(), gettid());
	ck_assert_str_eq(world_link(&w, "/proc/thread-self"), want);
	ck_assert_str_eq(world_link(&w, "/proc/mounts"), "self/mounts");
	ck_assert_int_eq(world_stat(&w, "/proc/self/", &a), 0);
	ck_assert_int_eq(world_stat(&w, own(""), &b), 0);
	ck_assert_int_eq(a.st_ino, b.st_ino);
}
END_TEST

/* Every file that can be opened, and every directory. */
static void
compare_below(const char *dir, int depth)
{
	char *list = strdup(world_list(&w, dir)), *word, *save = NULL;

	for (word = strtok_r(list, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		char path[512], *type = strrchr(word, '/');
		struct stat a, b;
		int fd;

		*type++ = '\0';
		if (atoi(type) == DT_LNK || strcmp(word, "mem") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, word);
		if (world_stat(&w, path, &a) == -ENOENT)
			continue;	/* the descriptor that listed fd/ */
		fd = world_open(&w, path);
		ck_assert_msg(fd >= 0, "%s: %s", path, strerror(-fd));
		ck_assert_int_eq(fstat(fd, &b), 0);
		close(fd);
		ck_assert_msg(a.st_ino == b.st_ino && a.st_dev == b.st_dev &&
			      a.st_mode == b.st_mode &&
			      a.st_uid == b.st_uid,
			      "%s: stat and fstat disagree", path);
		ck_assert_msg((atoi(type) == DT_DIR) == S_ISDIR(a.st_mode),
			      "%s: wrong type", path);
		if (S_ISDIR(a.st_mode) && depth > 0)
			compare_below(path, depth - 1);
	}
	free(list);
}

START_TEST(stat_and_fstat_agree)
{
	compare_below("/proc", 4);
}
END_TEST

START_TEST(a_second_reader_does_not_disturb_the_first)
{
	char *first;
	int fd = world_open(&w, own("/status")), again;
	struct stat a, b;
	char buf[64];

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, buf, 5, 0), 5);
	again = world_open(&w, own("/status"));
	ck_assert_int_ge(again, 0);
	fstat(fd, &a);
	fstat(again, &b);
	ck_assert_int_ne(a.st_ino, b.st_ino);
	close(again);
	ck_assert_int_eq(pread(fd, buf, 5, 0), 5);
	ck_assert_int_eq(memcmp(buf, "Name:", 5), 0);
	close(fd);
	first = strdup(world_read(&w, own("/status")));
	free(first);
	fd = world_open(&w, own("/status"));
	fstat(fd, &b);
	close(fd);
	ck_assert_int_eq(a.st_ino, b.st_ino);
}
END_TEST

START_TEST(generated_files_cannot_be_written)
{
	int fd = world_open(&w, own("/status"));
	char path[64];

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "x", 1), -1);
	ck_assert_int_eq(ftruncate(fd, 0), -1);
	ck_assert_int_eq(world_open_flags(&w, own("/status"), O_RDWR),
			 -EACCES);
	ck_assert_int_eq(world_open_flags(&w, own("/status"),
					  O_RDONLY | O_TRUNC), -EACCES);
	/* nor through the descriptor */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ck_assert_int_eq(world_open_flags(&w, path, O_RDWR), -EACCES);
	close(fd);
	ck_assert_int_eq(world_open_flags(&w, "/proc/sys/vm/swappiness",
					  O_WRONLY), -EACCES);
	fd = world_open_flags(&w, own("/comm"), O_RDWR);
	ck_assert_int_ge(fd, 0);
	close(fd);
}
END_TEST

START_TEST(status_tells_the_emulated_credentials)
{
	const char *s = world_read(&w, own("/status"));

	ck_assert_ptr_nonnull(strstr(s, "\nUid:\t7\t7\t7\t7\n"));
	ck_assert_ptr_nonnull(strstr(s, "\nGid:\t8\t8\t8\t8\n"));
	ck_assert_ptr_nonnull(strstr(s, "\nGroups:\t20 21 \n"));
	ck_assert_ptr_nonnull(strstr(s, "\nUmask:\t0027\n"));
	ck_assert_ptr_nonnull(strstr(s, "\nTracerPid:\t0\n"));
	ck_assert_ptr_nonnull(strstr(s, "\nCapEff:\t0000000000001234\n"));
	ck_assert_ptr_nonnull(strstr(s, "\nSeccomp:\t0\n"));
	ck_assert_ptr_nonnull(strstr(s, "\nThreads:\t"));
	ck_assert_str_eq(world_read(&w, own("/uid_map")),
			 "         7       1000          1\n");
	ck_assert_str_eq(world_read(&w, own("/setgroups")), "deny\n");
	ck_assert_str_eq(world_read(&w, own("/cgroup")), "0::/\n");
	ck_assert_str_eq(world_read(&w, "/proc/sys/kernel/hostname"),
			 "inside\n");
}
END_TEST

START_TEST(mounts_are_the_worlds)
{
	const char *s = world_read(&w, "/proc/mounts");

	ck_assert_str_eq(s, "root / hostfs rw,relatime 0 0\n"
			    "proc /proc proc rw,relatime 0 0\n");
	ck_assert_ptr_nonnull(strstr(world_read(&w, own("/mountinfo")),
				     " /proc rw,relatime - proc proc rw\n"));
}
END_TEST

START_TEST(links_name_places_of_the_world)
{
	ck_assert_str_eq(world_link(&w, own("/exe")), "/file");
	ck_assert_str_eq(world_link(&w, own("/root")), "/");
	ck_assert_str_eq(world_link(&w, own("/cwd")), "/");
}
END_TEST

START_TEST(magic_links_jump)
{
	struct vfs_at at = { .name = own("/root/file"),
			     .flags = LOOK_FOLLOW };
	struct stat st;

	ck_assert_int_eq(vfs_stat(&w.c, &at, &st), 0);
	at.resolve = RESOLVE_NO_MAGICLINKS;
	ck_assert_int_eq(vfs_stat(&w.c, &at, &st), -ELOOP);
}
END_TEST

static const char *
fd_path(const char *dir, int fd)
{
	static char buf[64];

	snprintf(buf, sizeof(buf), "/proc/self/%s/%d", dir, fd);
	return buf;
}

START_TEST(descriptors_show_the_worlds_paths)
{
	int file = world_open(&w, "/file"), dir = world_open(&w, "/pts");
	int status = world_open(&w, own("/status"));
	int image = world_open(&w, "/proc/self/fdinfo");
	int real = world_open(&w, own("/stat"));
	int outside = open("/etc/passwd", O_RDONLY | O_CLOEXEC), pipes[2];
	char host[64];
	ssize_t n;

	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_str_eq(world_link(&w, fd_path("fd", file)), "/file");
	ck_assert_str_eq(world_link(&w, fd_path("fd", dir)), "/pts");
	ck_assert_str_eq(world_link(&w, fd_path("fd", status)),
			 own("/status"));
	ck_assert_str_eq(world_link(&w, fd_path("fd", image)),
			 own("/fdinfo"));
	ck_assert_str_eq(world_link(&w, fd_path("fd", real)), own("/stat"));
	ck_assert_str_eq(world_link(&w, fd_path("fd", outside)),
			 "(unreachable)/passwd");
	n = readlink(fd_path("fd", pipes[0]), host, sizeof(host) - 1);
	host[n] = '\0';
	ck_assert_str_eq(world_link(&w, fd_path("fd", pipes[0])), host);
	ck_assert_str_eq(world_link(&w, fd_path("fd", 99)), "!2");
	close(file);
	close(dir);
	close(status);
	close(image);
	close(real);
	close(outside);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

START_TEST(descriptors_are_opened_again)
{
	int file = world_open(&w, "/file"), dir = world_open(&w, "/pts"), fd;
	int outside = open("/etc/passwd", O_RDONLY | O_CLOEXEC), pipes[2];
	struct stat a, b;
	char c;

	fd = world_open_flags(&w, fd_path("fd", file), O_RDWR);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(file, &a), 0);
	ck_assert_int_eq(fstat(fd, &b), 0);
	ck_assert_int_eq(a.st_ino, b.st_ino);
	close(fd);
	fd = world_open(&w, fd_path("fd", dir));
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(world_stat(&w, fd_path("fd", dir), &a), 0);
	ck_assert(S_ISDIR(a.st_mode));

	/* what came from outside: for what it is open for */
	ck_assert_int_eq(world_open_flags(&w, fd_path("fd", outside), O_RDWR),
			 -EACCES);
	fd = world_open(&w, fd_path("fd", outside));
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(pipe(pipes), 0);
	fd = world_open_flags(&w, fd_path("fd", pipes[0]), O_WRONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	ck_assert_int_eq(read(pipes[0], &c, 1), 1);
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
	close(outside);
	close(file);
	close(dir);
}
END_TEST

START_TEST(fd_lists_what_is_open_now)
{
	int fd;

	ck_assert_ptr_null(strstr(world_list(&w, "/proc/self/fd"), "50/10 "));
	fd = dup2(0, 50);
	ck_assert_int_eq(fd, 50);
	ck_assert_ptr_nonnull(strstr(world_list(&w, "/proc/self/fd"),
				     "50/10 "));
	close(fd);
	ck_assert_ptr_null(strstr(world_list(&w, "/proc/self/fd"), "50/10 "));
}
END_TEST

START_TEST(fdinfo_tells_the_worlds_mount)
{
	int file = world_open(&w, "/file");
	struct vfs_at at = { .name = "/file" };
	char want[64];
	struct path p;

	ck_assert_int_eq(vfs_lookup(&w.c, &at, &p), 0);
	snprintf(want, sizeof(want), "\nmnt_id:\t%lu\n",
		 (unsigned long)mount_id(p.mnt));
	path_put(&p);
	ck_assert_ptr_nonnull(strstr(world_read(&w, fd_path("fdinfo", file)),
				     want));
	close(file);
}
END_TEST

START_TEST(maps_name_files_of_the_world)
{
	int file = world_open_flags(&w, "/file", O_RDWR), lines = 0;
	const char *s, *p;
	char exe[256];
	void *m;
	ssize_t n;

	ck_assert_int_eq(ftruncate(file, 4096), 0);
	m = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
	ck_assert_ptr_ne(m, MAP_FAILED);
	s = world_read(&w, own("/maps"));
	ck_assert_ptr_nonnull(strstr(s, " /file\n"));
	ck_assert_ptr_null(strstr(s, w.dir));
	ck_assert_ptr_nonnull(strstr(s, "[stack]\n"));
	n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	exe[n] = '\0';
	ck_assert_ptr_null(strstr(s, exe));
	for (p = s; *p; p++)
		lines += *p == '\n';
	ck_assert_int_gt(lines, 5);

	/* and without the file that must not be seen */
	{
		struct stat st;

		fstat(file, &st);
		hide_ino = st.st_ino;
		ck_assert_ptr_null(strstr(world_read(&w, own("/smaps")),
					  " /file\n"));
		ck_assert_ptr_null(strstr(world_read(&w, own("/maps")),
					  " /file\n"));
	}
	munmap(m, 4096);
	close(file);
}
END_TEST

START_TEST(namespaces_have_one_number)
{
	char text[64], want[64];
	struct stat st;

	snprintf(text, sizeof(text), "%.63s", world_link(&w, own("/ns/mnt")));
	ck_assert_int_eq(world_stat(&w, own("/ns/mnt"), &st), 0);
	snprintf(want, sizeof(want), "mnt:[%lu]", (unsigned long)st.st_ino);
	ck_assert_str_eq(text, want);
	ck_assert_ptr_nonnull(strstr(world_link(&w, own("/ns/uts")),
				     "uts:["));
}
END_TEST

START_TEST(names_cannot_be_made)
{
	struct vfs_at at = { .name = "/proc/new" };
	struct vfs_at old = { .name = "/proc/meminfo" };
	struct statfs sf;

	ck_assert_int_eq(vfs_mkdir(&w.c, &at, 0755), -ENOENT);
	ck_assert_int_eq(world_open_flags(&w, "/proc/new",
					  O_CREAT | O_RDWR), -ENOENT);
	w.c.uid = 1000;
	ck_assert_int_eq(vfs_unlink(&w.c, &old, 0), -EACCES);
	ck_assert_int_eq(vfs_rename(&w.c, &old, &at, 0), -ENOENT);
	ck_assert_int_eq(vfs_link(&w.c, &old, &at), -ENOENT);
	w.c.may_mount = true;
	ck_assert_int_eq(vfs_unlink(&w.c, &old, 0), -EPERM);
	ck_assert_int_eq(vfs_chmod(&w.c, &old, 0777), -EPERM);
	ck_assert_int_eq(vfs_statfs(&w.c, &old, &sf), 0);
	ck_assert_int_eq(sf.f_type, PROC_SUPER_MAGIC);
	ck_assert_int_eq(world_open(&w, "/proc/kcore"), -ENOENT);
	ck_assert_int_eq(world_open(&w, "/proc/meminfo/x"), -ENOTDIR);
	ck_assert_int_eq(world_open_flags(&w, "/proc/meminfo",
					  O_RDONLY | O_DIRECTORY), -ENOTDIR);
	ck_assert_int_eq(world_open_flags(&w, "/proc/self",
					  O_RDONLY | O_NOFOLLOW), -ELOOP);
}
END_TEST

START_TEST(dotdot_leads_up)
{
	struct stat a, b;

	ck_assert_int_eq(world_stat(&w, "/proc/self/task/../..", &a), 0);
	ck_assert_int_eq(world_stat(&w, "/proc", &b), 0);
	ck_assert_int_eq(a.st_ino, b.st_ino);
	ck_assert_int_eq(world_stat(&w, "/proc/self/net/../../..", &a), 0);
	ck_assert_int_eq(world_stat(&w, "/", &b), 0);
	ck_assert_int_eq(a.st_ino, b.st_ino);
}
END_TEST

START_TEST(images_of_dead_processes_are_dropped)
{
	char host[256], path[64];
	struct dirent *e;
	int n = 0;
	DIR *d;

	for (int i = 1; i < 3000; i++) {
		struct stat st;

		second = 1000000 + i;
		snprintf(path, sizeof(path), "/proc/%d", second);
		ck_assert_int_eq(world_stat(&w, path, &st), 0);
	}
	second = 0;
	world_path(&w, "scratch/s0", host);
	d = opendir(host);
	while ((e = readdir(d)) != NULL)
		n++;
	closedir(d);
	ck_assert_int_lt(n, 600);
}
END_TEST

START_TEST(a_dead_process_is_gone)
{
	struct vfs_at at = { .name = "/proc/1000000" };
	struct vfs_at rel = { .name = "status" };
	struct path p;
	struct stat st;

	second = 1000000;
	ck_assert_int_eq(vfs_lookup(&w.c, &at, &p), 0);
	second = 0;
	rel.base = &p;
	ck_assert_int_eq(vfs_stat(&w.c, &rel, &st), -ENOENT);
	path_put(&p);
}
END_TEST

/* Nobody may look into anything, unless he is in group 7. */
static bool
src_may_look(void *arg, uint64_t caller, pid_t tid, gid_t group)
{
	(void)arg;
	(void)caller;
	(void)tid;
	return group == 7;
}

static int
remount(const char *options)
{
	struct vfs_at at = { .name = "/proc", .flags = LOOK_FOLLOW };

	w.c.may_mount = true;
	return vfs_mount(&w.c, NULL, &at, NULL, MS_REMOUNT, options);
}

START_TEST(options_hide_processes)
{
	struct stat st;

	proc.source.may_look = src_may_look;
	ck_assert_int_eq(remount("hidepid=noaccess"), 0);
	ck_assert_int_eq(world_stat(&w, own(""), &st), 0);
	ck_assert_int_eq(world_stat(&w, own("/stat"), &st), -EPERM);
	ck_assert_int_eq(remount("hidepid=2"), 0);
	ck_assert_int_eq(world_stat(&w, own(""), &st), -ENOENT);
	ck_assert_ptr_null(strstr(world_list(&w, "/proc"), own("") + 6));
	ck_assert_int_eq(remount("gid=7"), 0);
	ck_assert_int_eq(world_stat(&w, own("/stat"), &st), 0);
	ck_assert_int_eq(remount("hidepid=ptraceable"), 0);
	ck_assert_int_eq(world_stat(&w, own(""), &st), -ENOENT);
	ck_assert_int_eq(remount("hidepid=3"), -EINVAL);
	ck_assert_int_eq(world_stat(&w, own(""), &st), -ENOENT);
	ck_assert_int_eq(remount("hidepid=0,subset=pid"), 0);
	ck_assert_int_eq(world_stat(&w, own("/stat"), &st), 0);
	ck_assert_int_eq(world_stat(&w, "/proc/self/stat", &st), 0);
	ck_assert_int_eq(world_stat(&w, "/proc/meminfo", &st), -ENOENT);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("procfs");
	TCase *t = tcase_create("procfs");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, only_own_processes_exist);
	tcase_add_test(t, self_leads_to_the_reader);
	tcase_add_test(t, stat_and_fstat_agree);
	tcase_add_test(t, a_second_reader_does_not_disturb_the_first);
	tcase_add_test(t, generated_files_cannot_be_written);
	tcase_add_test(t, status_tells_the_emulated_credentials);
	tcase_add_test(t, mounts_are_the_worlds);
	tcase_add_test(t, links_name_places_of_the_world);
	tcase_add_test(t, magic_links_jump);
	tcase_add_test(t, descriptors_show_the_worlds_paths);
	tcase_add_test(t, descriptors_are_opened_again);
	tcase_add_test(t, fd_lists_what_is_open_now);
	tcase_add_test(t, fdinfo_tells_the_worlds_mount);
	tcase_add_test(t, maps_name_files_of_the_world);
	tcase_add_test(t, namespaces_have_one_number);
	tcase_add_test(t, options_hide_processes);
	tcase_add_test(t, names_cannot_be_made);
	tcase_add_test(t, dotdot_leads_up);
	tcase_add_test(t, images_of_dead_processes_are_dropped);
	tcase_add_test(t, a_dead_process_is_gone);
	suite_add_tcase(s, t);
	return world_run(s);
}
