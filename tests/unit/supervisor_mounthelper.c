/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor/mounthelper*.c and scratch.c, with vfs/fs/tmpfs.c on top: real
 * tmpfs mounts where the host lets us, directories elsewhere.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/uapi.h"
#include "supervisor/mounthelper.h"
#include "supervisor/scratch.h"
#include "vfs/fs/tmpfs.h"

static struct mounthelper *helper;

/* False where neither privilege nor a user namespace is to be had. */
static bool
start_helper(void)
{
	int err;

	ck_assert_int_eq(mounthelper_start(&helper), 0);
	err = mounthelper_ready(helper);
	ck_assert_msg(err == 0 || err == -EPERM || err == -ENOSPC ||
		      err == -ENOSYS || err == -EACCES, "ready: %d", err);
	return err == 0;
}

static void
stop_helper(void)
{
	mounthelper_stop(helper);
	helper = NULL;
}

static struct tmpfs_opts
opts(const char *data)
{
	struct tmpfs_opts o;

	tmpfs_opts_init(&o, geteuid(), getegid());
	ck_assert_int_eq(tmpfs_opts_parse(&o, data, false, NULL, 0), 0);
	return o;
}

static uint64_t
blocks_of(int fd)
{
	struct statfs sf;

	ck_assert_int_eq(fstatfs(fd, &sf), 0);
	ck_assert_int_eq(sf.f_type, TMPFS_MAGIC);
	return sf.f_blocks;
}

START_TEST(a_tmpfs_comes_with_its_limits_and_mode)
{
	struct tmpfs_opts o = opts("size=64k,nr_inodes=20,mode=750");
	struct stat st;
	int fd, f;

	if (!start_helper())
		return stop_helper();
	ck_assert_int_eq(mounthelper_tmpfs(helper, &o, &fd), 0);
	ck_assert_uint_eq(blocks_of(fd), 65536 / sysconf(_SC_PAGESIZE));
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0750);
	ck_assert_uint_eq(st.st_uid, geteuid());
	f = openat(fd, "file", O_CREAT | O_RDWR, 0600);
	ck_assert_int_ge(f, 0);
	ck_assert_int_eq(posix_fallocate(f, 0, 1 << 20), ENOSPC);
	close(f);
	/* It outlives its maker. */
	stop_helper();
	ck_assert_int_eq(fstatat(fd, "file", &st, 0), 0);
	close(fd);
}
END_TEST

START_TEST(a_tmpfs_can_be_resized_but_not_below_its_use)
{
	struct tmpfs_opts o = opts("size=64k");
	int fd, f;

	if (!start_helper())
		return stop_helper();
	ck_assert_int_eq(mounthelper_tmpfs(helper, &o, &fd), 0);
	f = openat(fd, "file", O_CREAT | O_RDWR, 0600);
	ck_assert_int_eq(posix_fallocate(f, 0, 32768), 0);
	close(f);
	o = opts("size=128k");
	ck_assert_int_eq(mounthelper_resize(helper, fd, &o), 0);
	ck_assert_uint_eq(blocks_of(fd), 131072 / sysconf(_SC_PAGESIZE));
	o = opts("size=16k");
	ck_assert_int_eq(mounthelper_resize(helper, fd, &o), -EINVAL);
	close(fd);
	stop_helper();
}
END_TEST

START_TEST(a_clone_has_the_attributes_and_a_mount_id_of_its_own)
{
	int dir = open("/usr", O_PATH), clone;
	struct statx a, b;

	if (!start_helper()) {
		close(dir);
		return stop_helper();
	}
	ck_assert_int_eq(mounthelper_clone(helper, dir, MOUNT_ATTR_RDONLY |
		MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, NULL, &clone), 0);
	ck_assert_int_eq(syscall(SYS_statx, dir, "", AT_EMPTY_PATH,
				 STATX_MNT_ID | STATX_INO, &a), 0);
	ck_assert_int_eq(syscall(SYS_statx, clone, "", AT_EMPTY_PATH,
				 STATX_MNT_ID | STATX_INO, &b), 0);
	ck_assert_uint_eq(a.stx_ino, b.stx_ino);
	ck_assert_uint_ne(a.stx_mnt_id, b.stx_mnt_id);
	ck_assert_int_eq(openat(clone, "x", O_CREAT | O_WRONLY, 0600), -1);
	ck_assert(errno == EROFS || errno == EACCES);
	close(clone);
	close(dir);
	stop_helper();
}
END_TEST

/* It hides the same, and is noexec; so can the first one be, and not. */
static void
check_second_clone(int clone)
{
	struct stat seen;
	struct statvfs sv;
	int again;
	int err = mounthelper_clone_again(helper, clone, MOUNT_ATTR_NOEXEC,
					  &again);

	if (err == -EINVAL)
		return;			/* before Linux 6.15 */
	ck_assert_int_eq(err, 0);
	ck_assert_int_eq(fstatat(again, "file", &seen, 0), 0);
	ck_assert_uint_eq(seen.st_mode, S_IFREG);
	ck_assert_int_eq(fstatat(again, "dir/below", &seen, 0), -1);
	ck_assert_int_eq(fstatvfs(again, &sv), 0);
	ck_assert(sv.f_flag & ST_NOEXEC);
	close(again);
	ck_assert_int_eq(fstatvfs(clone, &sv), 0);
	ck_assert(!(sv.f_flag & ST_NOEXEC));
	ck_assert_int_eq(mounthelper_setattr(helper, clone, MOUNT_ATTR_NOEXEC,
					     0), 0);
	ck_assert_int_eq(fstatvfs(clone, &sv), 0);
	ck_assert(sv.f_flag & ST_NOEXEC);
	ck_assert_int_eq(mounthelper_setattr(helper, clone, 0,
					     MOUNT_ATTR_NOEXEC), 0);
}

START_TEST(a_clone_leads_nowhere_and_hides_what_is_covered)
{
	char top[] = "/tmp/belljar-clone-XXXXXX";
	const char *const cover[] = { "dir", "file", "none", NULL };
	struct stat st, seen;
	int dir, clone;

	if (!start_helper())
		return stop_helper();
	ck_assert_ptr_nonnull(mkdtemp(top));
	dir = open(top, O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(mkdirat(dir, "dir", 0755), 0);
	ck_assert_int_eq(mkdirat(dir, "dir/below", 0755), 0);
	ck_assert_int_eq(symlinkat("/", dir, "link"), 0);
	close(openat(dir, "file", O_CREAT | O_WRONLY, 0644));
	close(openat(dir, "other", O_CREAT | O_WRONLY, 0644));

	ck_assert_int_eq(mounthelper_clone(helper, dir, MOUNT_ATTR_NOSUID,
					   cover, &clone), 0);
	ck_assert_int_eq(fstat(clone, &st), 0);
	ck_assert_int_eq(fstatat(clone, "../..", &seen, 0), 0);
	ck_assert(seen.st_ino == st.st_ino && seen.st_dev == st.st_dev);
	ck_assert_int_eq(fstatat(clone, "other", &seen, 0), 0);
	ck_assert_int_eq(fstatat(clone, "file", &seen, 0), 0);
	ck_assert_uint_eq(seen.st_mode, S_IFREG);
	ck_assert_uint_ne(seen.st_dev, st.st_dev);
	ck_assert_int_eq(fstatat(clone, "dir", &seen, 0), 0);
	ck_assert_uint_eq(seen.st_mode, S_IFDIR);
	ck_assert_int_eq(fstatat(clone, "dir/below", &seen, 0), -1);
	ck_assert_int_eq(fstatat(clone, "link/.", &seen, 0), -1);
	check_second_clone(clone);
	/* Nobody else sees the covers. */
	ck_assert_int_eq(fstatat(dir, "dir/below", &seen, 0), 0);
	close(clone);
	close(dir);
	stop_helper();
	dir = open(top, O_RDONLY | O_DIRECTORY);
	unlinkat(dir, "dir/below", AT_REMOVEDIR);
	unlinkat(dir, "dir", AT_REMOVEDIR);
	unlinkat(dir, "link", 0);
	unlinkat(dir, "file", 0);
	unlinkat(dir, "other", 0);
	close(dir);
	ck_assert_int_eq(rmdir(top), 0);
}
END_TEST

START_TEST(a_dead_helper_is_eio)
{
	struct tmpfs_opts o = opts("");
	int fd;

	if (!start_helper())
		return stop_helper();
	/* It is our only child. */
	{
		char path[64], text[32] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/task/%d/children",
			 getpid());
		f = fopen(path, "r");
		if (f) {
			ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
			fclose(f);
			kill(atoi(text), SIGKILL);
			ck_assert_int_eq(mounthelper_tmpfs(helper, &o, &fd),
					 -EIO);
		}
	}
	stop_helper();
}
END_TEST

START_TEST(the_helper_ends_with_the_supervisor)
{
	int p[2];
	pid_t pid;
	char c;

	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (mounthelper_start(&helper))
			_exit(1);
		mounthelper_ready(helper);
		if (write(p[1], "r", 1) != 1)
			_exit(2);
		for (;;)
			pause();
	}
	close(p[1]);
	ck_assert_int_eq(read(p[0], &c, 1), 1);
	kill(pid, SIGKILL);
	ck_assert_int_eq(read(p[0], &c, 1), 0);
	close(p[0]);
	while (waitpid(-1, NULL, 0) > 0)
		;
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

/* -------------------------------------------------------- scratch and tmpfs */

static struct scratch *scratch;
static struct tmpfs_type tmpfs;
static struct vfs *vfs;
static struct mntns *ns;
static struct vfs_ctx ctx;

/* _i: 0 with the helper, 1 without. */
static void
build(bool use_helper, const char *options)
{
	struct mount *m;

	umask(0);
	if (use_helper)
		start_helper();
	ck_assert_int_eq(scratch_new(helper, &scratch), 0);
	tmpfs_type_init(&tmpfs, scratch_backing(scratch));
	ck_assert_int_eq(vfs_new(&vfs), 0);
	ck_assert_int_eq(vfs_register_type(vfs, &tmpfs.type), 0);
	ck_assert_int_eq(vfs_kern_mount(vfs, &tmpfs.type, "root", 0, options,
					&m), 0);
	ck_assert_int_eq(vfs_new_ns(vfs, m, &ns), 0);
	ctx = (struct vfs_ctx){
		.vfs = vfs, .ns = ns, .uid = geteuid(), .gid = getegid(),
		.may_mount = true,
	};
	mntns_root(ns, &ctx.root);
	ctx.cwd = ctx.root;
	path_get(&ctx.cwd);
}

static void
demolish(void)
{
	path_put(&ctx.root);
	path_put(&ctx.cwd);
	mntns_put(ns);
	vfs_free(vfs);
	scratch_free(scratch);
	stop_helper();
}

static struct vfs_at
at(const char *name)
{
	return (struct vfs_at){ .name = name, .flags = LOOK_FOLLOW };
}

static int
do_mkdir(const char *name)
{
	struct vfs_at a = at(name);

	return vfs_mkdir(&ctx, &a, 0755);
}

static int
do_mount(const char *where, const char *data)
{
	struct vfs_at a = at(where);

	return vfs_mount(&ctx, "t", &a, "tmpfs", 0, data);
}

static int
do_umount(const char *where)
{
	struct vfs_at a = at(where);

	return vfs_umount(&ctx, &a, 0);
}

static int
do_open(const char *name, uint64_t flags, mode_t mode)
{
	struct open_how how = { .flags = flags, .mode = mode };
	struct vfs_at a = at(name);
	int fd;
	int err = vfs_open(&ctx, &a, &how, true, &fd, NULL);

	return err ? err : fd;
}

static bool
table_has(const char *text)
{
	char *table;
	size_t len;
	bool found;

	ck_assert_int_eq(vfs_mount_table(&ctx, TABLE_MOUNTINFO, &table, &len),
			 0);
	found = memmem(table, len, text, strlen(text));
	free(table);
	return found;
}

START_TEST(a_guests_tmpfs_holds_files_and_is_gone_with_its_mount)
{
	struct vfs_at r = at("/m");
	struct stat st;
	char line[64];
	int fd;

	build(_i == 0, "mode=755");
	ck_assert_int_eq(do_mkdir("/m"), 0);
	ck_assert_int_eq(do_mount("/m", "size=64k,mode=700"), 0);
	ck_assert(table_has(" - tmpfs t rw,size=64k,mode=700"));
	ck_assert_int_eq(do_mkdir("/m/sub"), 0);
	fd = do_open("/m/sub/f", O_CREAT | O_RDWR, 0640);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	close(fd);
	ck_assert_int_eq(vfs_stat(&ctx, &r, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	snprintf(line, sizeof(line), " %u:%u / /m ", major(st.st_dev),
		 minor(st.st_dev));
	ck_assert(table_has(line));
	ck_assert_int_eq(do_umount("/m"), 0);
	ck_assert_int_eq(vfs_stat(&ctx, &(struct vfs_at){ .name = "/m/sub" },
				  &st), -ENOENT);
	demolish();
}
END_TEST

static int
never_make(void *arg, const struct tmpfs_opts *o, int *fd, uint64_t *cookie)
{
	(void)arg;
	(void)o;
	(void)fd;
	(void)cookie;
	return -EIO;
}

START_TEST(an_unused_tmpfs_is_never_made)
{
	struct vfs_at r = at("/m");
	struct stat st;

	build(_i == 0, "");
	ck_assert_int_eq(do_mkdir("/m"), 0);
	scratch_backing(scratch)->make = never_make;
	ck_assert_int_eq(do_mount("/m", "size=64k"), 0);
	ck_assert(table_has("size=64k"));
	ck_assert_int_eq(do_umount("/m"), 0);
	ck_assert_int_eq(do_mount("/m", ""), 0);
	ck_assert_int_eq(vfs_stat(&ctx, &r, &st), -EIO);
	ck_assert_int_eq(do_mkdir("/m/x"), -EIO);
	ck_assert_int_eq(do_umount("/m"), 0);
	demolish();
}
END_TEST

START_TEST(a_tmpfs_can_be_remounted_larger)
{
	struct vfs_at r = at("/m");

	build(_i == 0, "");
	ck_assert_int_eq(do_mkdir("/m"), 0);
	ck_assert_int_eq(do_mount("/m", "size=64k"), 0);
	ck_assert_int_eq(vfs_mount(&ctx, NULL, &r, NULL, MS_REMOUNT,
				   "size=32k"), 0);
	ck_assert(table_has("size=32k"));
	ck_assert_int_eq(do_mkdir("/m/x"), 0);
	ck_assert_int_eq(vfs_mount(&ctx, NULL, &r, NULL, MS_REMOUNT,
				   "size=128k"), 0);
	ck_assert(table_has("size=128k"));
	ck_assert_int_eq(vfs_mount(&ctx, NULL, &r, NULL, MS_REMOUNT,
				   "bad"), -EINVAL);
	demolish();
}
END_TEST

START_TEST(a_fifo_in_a_tmpfs_does_not_block_the_caller)
{
	struct vfs_at a = { .name = "/fifo" };
	int fd;

	build(_i == 0, "");
	fd = do_open("/f", O_CREAT | O_RDWR, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(vfs_mknod(&ctx, &a, S_IFIFO | 0600, 0), 0);
	ck_assert_int_eq(do_open("/fifo", O_RDONLY, 0), -EWOULDBLOCK);
	fd = do_open("/f", O_RDWR, 0);
	ck_assert_int_ge(fd, 0);
	close(fd);
	demolish();
}
END_TEST

START_TEST(links_in_a_tmpfs_are_followed_inside)
{
	struct vfs_at a = { .name = "/l" }, d = { .name = "/dangling" };
	int fd;

	build(_i == 0, "");
	ck_assert_int_eq(do_mkdir("/d"), 0);
	ck_assert_int_eq(vfs_symlink(&ctx, "d", &a), 0);
	ck_assert_int_eq(vfs_symlink(&ctx, "/d/new", &d), 0);
	fd = do_open("/l/f", O_CREAT | O_EXCL | O_WRONLY, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	fd = do_open("/dangling", O_CREAT | O_WRONLY, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	fd = do_open("/d/new", O_RDONLY, 0);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(do_open("/dangling", O_RDONLY | O_NOFOLLOW, 0),
			 -ELOOP);
	ck_assert_int_eq(do_open("/dangling", O_CREAT | O_EXCL, 0600),
			 -EEXIST);
	demolish();
}
END_TEST

START_TEST(a_scratch_directory_is_removed)
{
	uint64_t id;
	int fd;

	if (_i == 0)
		start_helper();
	ck_assert_int_eq(scratch_new(helper, &scratch), 0);
	ck_assert_int_ge(scratch_dir(scratch), 0);
	ck_assert_int_eq(scratch_mkdir(scratch, 0755, &fd, &id), 0);
	ck_assert_int_eq(mkdirat(fd, "sub", 0), 0);
	scratch_rmdir(scratch, id);
	ck_assert_int_eq(openat(fd, "x", O_CREAT | O_WRONLY, 0600), -1);
	ck_assert_int_eq(errno, ENOENT);
	close(fd);
	ck_assert_int_eq(scratch_mkdir(scratch, 0755, &fd, &id), 0);
	scratch_free(scratch);
	if (_i == 1)
		ck_assert_int_eq(openat(fd, "x", O_CREAT | O_WRONLY, 0600),
				 -1);
	close(fd);
	stop_helper();
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("mounthelper");
	TCase *t = tcase_create("mounthelper");

	tcase_set_timeout(t, 30);
	tcase_add_test(t, a_tmpfs_comes_with_its_limits_and_mode);
	tcase_add_test(t, a_tmpfs_can_be_resized_but_not_below_its_use);
	tcase_add_test(t, a_clone_has_the_attributes_and_a_mount_id_of_its_own);
	tcase_add_test(t, a_clone_leads_nowhere_and_hides_what_is_covered);
	tcase_add_test(t, a_dead_helper_is_eio);
	tcase_add_test(t, the_helper_ends_with_the_supervisor);
	tcase_add_loop_test(t,
	    a_guests_tmpfs_holds_files_and_is_gone_with_its_mount, 0, 2);
	tcase_add_loop_test(t, an_unused_tmpfs_is_never_made, 0, 2);
	tcase_add_loop_test(t, a_tmpfs_can_be_remounted_larger, 0, 2);
	tcase_add_loop_test(t, a_fifo_in_a_tmpfs_does_not_block_the_caller,
			    0, 2);
	tcase_add_loop_test(t, links_in_a_tmpfs_are_followed_inside, 0, 2);
	tcase_add_loop_test(t, a_scratch_directory_is_removed, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	SRunner *sr = srunner_create(suite());
	int failed;

	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
