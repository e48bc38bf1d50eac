/* SPDX-License-Identifier: Apache-2.0 */
/* devpts with real ptys. */
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include "tests/unit/synth_world.h"
#include "vfs/fs/devpts.h"

static struct synth_world w;
static struct devpts pts;

static void
setup(void)
{
	world_make(&w);
	ck_assert_int_eq(devpts_register(&pts, w.v, &w.scratch,
			 open("/dev/ptmx", O_PATH | O_CLOEXEC),
			 open("/dev/pts", O_PATH | O_CLOEXEC)), 0);
	world_mount(&w, "devpts", "/pts");
}

static void
teardown(void)
{
	world_drop(&w);
	devpts_fini(&pts);
}

static int
open_master(char slave[32])
{
	int unlock = 0, fd = world_open_flags(&w, "/pts/ptmx", O_RDWR);
	unsigned int nr;

	ck_assert_msg(fd >= 0, "ptmx: %s", strerror(-fd));
	ck_assert_int_eq(ioctl(fd, TIOCGPTN, &nr), 0);
	ck_assert_int_eq(ioctl(fd, TIOCSPTLCK, &unlock), 0);
	snprintf(slave, 32, "/pts/%u", nr);
	return fd;
}

START_TEST(a_new_instance_holds_ptmx_alone)
{
	ck_assert_str_eq(world_list(&w, "/pts"), "ptmx/2 ");
	ck_assert_int_eq(world_open(&w, "/pts/0"), -ENOENT);
	ck_assert_int_eq(world_open(&w, "/pts/99999"), -ENOENT);
	ck_assert_int_eq(world_open(&w, "/pts/00"), -ENOENT);
}
END_TEST

START_TEST(slaves_come_and_go_with_their_masters)
{
	char slave[32], want[64];
	struct stat a, b, st;
	int master = open_master(slave), fd;
	char buf[8];

	ck_assert_int_eq(world_stat(&w, slave, &a), 0);
	ck_assert(S_ISCHR(a.st_mode));
	ck_assert_int_eq(major(a.st_rdev), 136);
	snprintf(want, sizeof(want), "%s/2 ptmx/2 ", slave + 5);
	ck_assert_str_eq(world_list(&w, "/pts"), want);

	fd = world_open_flags(&w, slave, O_RDWR);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &b), 0);
	ck_assert_int_eq(a.st_ino, b.st_ino);
	ck_assert_int_eq(a.st_dev, b.st_dev);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	ck_assert_int_eq(read(master, buf, sizeof(buf)), 1);
	close(fd);

	close(master);
	ck_assert_int_eq(world_stat(&w, slave, &st), -ENOENT);
	ck_assert_str_eq(world_list(&w, "/pts"), "ptmx/2 ");
}
END_TEST

START_TEST(slaves_of_others_do_not_exist)
{
	int master, slave;
	char name[32], host[64];
	unsigned int nr;

	ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
	ck_assert_int_eq(ioctl(master, TIOCGPTN, &nr), 0);
	snprintf(host, sizeof(host), "/dev/pts/%u", nr);
	ck_assert_int_eq(access(host, F_OK), 0);
	snprintf(name, sizeof(name), "/pts/%u", nr);
	ck_assert_int_eq(world_open(&w, name), -ENOENT);

	/* ... unless the embedder says that it is inherited */
	ck_assert_int_eq(devpts_add(&pts, slave), 0);
	ck_assert_int_eq(devpts_add(&pts, slave), 0);
	ck_assert_int_eq(devpts_add(&pts, master), -ENOTTY);
	close(world_open(&w, name));
	{
		struct vfs_at at = { .name = name };

		ck_assert_int_eq(vfs_chmod(&w.c, &at, 0666), -EPERM);
	}
	close(slave);
	close(master);
	ck_assert_int_eq(world_open(&w, name), -ENOENT);
}
END_TEST

START_TEST(a_reused_number_is_not_the_old_pty)
{
	char slave[32];
	int master = open_master(slave), other, s;
	unsigned int nr;

	close(master);
	ck_assert_int_eq(openpty(&other, &s, NULL, NULL, NULL), 0);
	ck_assert_int_eq(ioctl(other, TIOCGPTN, &nr), 0);
	if (nr == (unsigned int)atoi(slave + 5))
		ck_assert_int_eq(world_open(&w, slave), -ENOENT);
	close(s);
	close(other);
}
END_TEST

START_TEST(a_descriptor_of_a_slave_has_its_place)
{
	char slave[32], buf[64];
	int master = open_master(slave);
	int fd = world_open_flags(&w, slave, O_RDWR);
	struct path p;

	ck_assert_int_eq(vfs_path_from_fd(&w.c, fd, NULL, &p), 0);
	ck_assert_int_gt(vfs_dpath(&w.c, &p, buf, sizeof(buf), 0), 0);
	ck_assert_str_eq(buf, slave);
	path_put(&p);
	close(master);
}
END_TEST

START_TEST(options_are_shown_and_checked)
{
	struct vfs_at at = { .name = "/pts" };
	char *text;
	size_t len;

	w.c.may_mount = true;
	ck_assert_int_eq(vfs_mount(&w.c, "devpts", &at, "devpts", 0,
				   "gid=5,mode=620,ptmxmode=666"), 0);
	ck_assert_int_eq(vfs_mount_table(&w.c, TABLE_MOUNTINFO, &text, &len),
			 0);
	ck_assert_ptr_nonnull(strstr(text,
			      "rw,gid=5,mode=620,ptmxmode=666\n"));
	free(text);
	ck_assert_int_eq(vfs_mount(&w.c, "devpts", &at, "devpts", 0,
				   "mode=9"), -EINVAL);
	ck_assert_int_eq(vfs_mount(&w.c, "devpts", &at, "devpts", 0,
				   "colour=red"), -EINVAL);
	ck_assert_int_eq(vfs_umount(&w.c, &at, 0), 0);
}
END_TEST

START_TEST(nothing_can_be_made_or_removed)
{
	struct vfs_at at = { .name = "/pts/new" }, old = { .name = "/pts/ptmx" };

	ck_assert_int_eq(vfs_mkdir(&w.c, &at, 0755), -EPERM);
	w.c.uid = 0;
	ck_assert_int_eq(vfs_unlink(&w.c, &old, 0), -EPERM);
	w.c.uid = 1000;
	ck_assert_int_eq(vfs_unlink(&w.c, &old, 0), -EACCES);
	ck_assert_int_eq(world_open_flags(&w, "/pts/new", O_CREAT | O_RDWR),
			 -EACCES);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("devpts");
	TCase *t = tcase_create("devpts");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_new_instance_holds_ptmx_alone);
	tcase_add_test(t, slaves_come_and_go_with_their_masters);
	tcase_add_test(t, slaves_of_others_do_not_exist);
	tcase_add_test(t, a_reused_number_is_not_the_old_pty);
	tcase_add_test(t, a_descriptor_of_a_slave_has_its_place);
	tcase_add_test(t, options_are_shown_and_checked);
	tcase_add_test(t, nothing_can_be_made_or_removed);
	suite_add_tcase(s, t);
	return world_run(s);
}
