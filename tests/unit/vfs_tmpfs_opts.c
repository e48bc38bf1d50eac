/* SPDX-License-Identifier: Apache-2.0 */
/* vfs/fs/tmpfs_opts.c: each string as Linux takes it. Where this process may
 * mount, the kernel is asked the same and must agree. */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "vfs/fs/tmpfs_opts.h"

static const char *const good[] = {
	"", ",,", "=x", "=", "size=4k", "size=4097", "size=0", "size=1m",
	"size=1G,size=8k", "size=0x10k", "size=010k", "size=k", "size=e",
	"size=10%", "size=100%", "size=1000%", "size=0%", "size=50%,mode=700",
	"size=99999999999999999999", "size=16e", "nr_blocks=3", "nr_blocks=1k",
	"nr_blocks=0", "nr_blocks=16e", "nr_inodes=16e", "nr_inodes=100", "nr_inodes=1k", "nr_inodes=0",
	"mode=0777", "mode=1777", "mode=0", "mode=1", "mode=+755",
	"mode=7777777", "uid=5", "uid=0x10", "uid=010", "gid=6,uid=0",
	"uid=4294967294", "inode32", "inode64", "inode64,inode32",
	"huge=never", "huge=always", "huge=within_size", "huge=advise",
	"mpol=default", "mpol=local", "mpol=prefer", "mpol=prefer:0",
	"mpol=bind:0", "mpol=bind=static:0", "mpol=bind=relative:0",
	"mpol=interleave", "mpol=interleave:0", "mpol=interleave:0,size=4k",
	"mpol=bind:0,0", "mpol=bind:0-0", "mpol=prefer (many):0",
	"noswap", "size=4k,noswap,mode=700,uid=1,gid=2,nr_inodes=9",
	"mode=755,,size=8k,=z,",
};

static const char *const bad[] = {
	"size", "size=", "size=x", "size=-1", "size= 4k", "size=4kk",
	"size=08", "size=4k ", "size=10%%", "size=%k", "size=4096b",
	"nr_blocks=-1", "nr_blocks=8e", "nr_inodes=x", "nr_inodes=1e", "mode", "mode=", "mode=9",
	"mode=0x1", "mode=77777777777777777777", "mode=-1", "uid=-1",
	"uid=4294967295", "uid=4294967296", "uid=root", "uid=", "uid",
	"uid=08", "gid=x", "inode32=1", "inode64=", "huge", "huge=", "huge=1",
	"huge=deny", "huge=force", "mpol", "mpol=", "mpol=x", "mpol=default:0",
	"mpol=local:0", "mpol=bind", "mpol=bind:", "mpol=bind:5000",
	"mpol=prefer:0,0", "mpol=prefer=static", "mpol=bind=x:0", "noswap=1",
	"nosuid", "noatime", "foo", "foo=bar", "SIZE=4k", "source2=x",
	"size=4k,bad", "nouid", "nosize",
};

static int
parse_show(const char *data, char *buf, size_t size)
{
	struct tmpfs_opts o;
	int err;

	tmpfs_opts_init(&o, 0, 0);
	err = tmpfs_opts_parse(&o, data, true, NULL, 0);
	return err ? err : tmpfs_opts_show(&o, buf, size);
}

/* Takes away what kernels with CONFIG_TMPFS_INODE64 show of every tmpfs. */
static const char *
without_usual(const char *asked, char *text)
{
	char *word = strstr(asked, "inode64") ? NULL : strstr(text, ",inode64");

	if (word)
		memmove(word, word + 8, strlen(word + 8) + 1);
	return text;
}

static const char *
shown(const char *data)
{
	static char buf[256];

	ck_assert_int_eq(parse_show(data, buf, sizeof(buf)), 0);
	return without_usual(data, buf);
}

START_TEST(options_are_shown_as_mountinfo_has_them)
{
	ck_assert_str_eq(shown(""), "");
	ck_assert_str_eq(shown("size=4097"), ",size=8k");
	ck_assert_str_eq(shown("mode=0777"), ",mode=777");
	ck_assert_str_eq(shown("mode=1777"), "");
	ck_assert_str_eq(shown("mode=1"), ",mode=001");
	ck_assert_str_eq(shown("size=1m,nr_inodes=100,mode=1755,uid=5,gid=6"),
	    ",size=1024k,nr_inodes=100,mode=1755,uid=5,gid=6");
	ck_assert_str_eq(shown("inode64,huge=advise,noswap"),
	    ",inode64,huge=advise,noswap");
	ck_assert_str_eq(shown("size=0,nr_inodes=0"), ",size=0k,nr_inodes=0");
}
END_TEST

START_TEST(every_good_string_is_taken)
{
	char buf[256];

	ck_assert_msg(parse_show(good[_i], buf, sizeof(buf)) == 0,
		      "\"%s\" was refused", good[_i]);
}
END_TEST

START_TEST(every_bad_string_is_einval)
{
	char buf[256];

	ck_assert_msg(parse_show(bad[_i], buf, sizeof(buf)) == -EINVAL,
		      "\"%s\" was taken", bad[_i]);
}
END_TEST

START_TEST(the_word_to_blame_is_told)
{
	struct tmpfs_opts o;
	char key[16];

	tmpfs_opts_init(&o, 0, 0);
	ck_assert_int_eq(tmpfs_opts_parse(&o, "size=4k,wrong=1,x", true, key,
					  sizeof(key)), -EINVAL);
	ck_assert_str_eq(key, "wrong");
}
END_TEST

START_TEST(noswap_needs_privilege)
{
	struct tmpfs_opts o;

	tmpfs_opts_init(&o, 0, 0);
	ck_assert_int_eq(tmpfs_opts_parse(&o, "noswap", false, NULL, 0),
			 -EINVAL);
}
END_TEST

START_TEST(a_short_buffer_is_erange)
{
	struct tmpfs_opts o;
	char buf[16];		/* with ",inode64" where that is usual */

	tmpfs_opts_init(&o, 7, 0);
	ck_assert_int_eq(tmpfs_opts_show(&o, buf, sizeof(buf)), 0);
	ck_assert_int_eq(tmpfs_opts_show(&o, buf, 6), -ERANGE);
	ck_assert_int_eq(tmpfs_opts_show(&o, NULL, 0), -ERANGE);
}
END_TEST

/* ------------------------------------------------------------ reconfigure */

static int
remount(struct tmpfs_opts *o, const char *data, uint64_t blocks,
	uint64_t inodes)
{
	struct tmpfs_opts new;

	tmpfs_opts_init(&new, 0, 0);
	ck_assert_int_eq(tmpfs_opts_parse(&new, data, true, NULL, 0), 0);
	return tmpfs_opts_reconfigure(o, &new, blocks, inodes);
}

START_TEST(remount_changes_what_was_named_and_nothing_else)
{
	struct tmpfs_opts o;
	char buf[256];

	tmpfs_opts_init(&o, 0, 0);
	ck_assert_int_eq(tmpfs_opts_parse(&o, "size=8k,mode=700", true, NULL,
					  0), 0);
	ck_assert_int_eq(remount(&o, "", 2, 1), 0);
	ck_assert_int_eq(remount(&o, "size=16k,mode=755,uid=9", 2, 1), 0);
	tmpfs_opts_show(&o, buf, sizeof(buf));
	ck_assert_str_eq(without_usual("", buf), ",size=16k,mode=700");
}
END_TEST

START_TEST(remount_refuses_less_than_is_used)
{
	struct tmpfs_opts o;

	tmpfs_opts_init(&o, 0, 0);
	ck_assert_int_eq(remount(&o, "size=8k", 3, 1), -EINVAL);
	ck_assert_int_eq(remount(&o, "size=12k", 3, 1), 0);
	ck_assert_int_eq(remount(&o, "nr_inodes=4", 3, 5), -EINVAL);
	ck_assert_int_eq(remount(&o, "nr_inodes=5", 3, 5), 0);
	ck_assert_int_eq(remount(&o, "noswap", 3, 5), -EINVAL);
}
END_TEST

START_TEST(remount_cannot_limit_the_unlimited)
{
	struct tmpfs_opts o;

	tmpfs_opts_init(&o, 0, 0);
	ck_assert_int_eq(remount(&o, "size=0,nr_inodes=0", 9, 9), 0);
	ck_assert_int_eq(remount(&o, "size=1g", 0, 1), -EINVAL);
	ck_assert_int_eq(remount(&o, "nr_inodes=1g", 0, 1), -EINVAL);
	ck_assert_int_eq(remount(&o, "size=0", 0, 1), 0);
}
END_TEST

/* ------------------------------------------------------------------ ramfs */

START_TEST(ramfs_takes_a_mode_and_ignores_the_rest)
{
	mode_t mode = 0755;

	ck_assert_int_eq(ramfs_opts_parse(&mode, NULL), 0);
	ck_assert_int_eq(ramfs_opts_parse(&mode, "size=x,foo,mode=1700"), 0);
	ck_assert_uint_eq(mode, 01700);
	ck_assert_int_eq(ramfs_opts_parse(&mode, "mode=8"), -EINVAL);
	ck_assert_int_eq(ramfs_opts_parse(&mode, "mode="), -EINVAL);
	ck_assert_int_eq(ramfs_opts_parse(&mode, "mode"), -EINVAL);
}
END_TEST

/* ------------------------------------------------------- the kernel agrees */

static char point[64];

/* The superblock options of the mount on `point`, after "rw". */
static const char *
kernel_shows(char *line, size_t size)
{
	FILE *f = fopen("/proc/self/mountinfo", "r");
	char *found = NULL;

	ck_assert_ptr_nonnull(f);
	while (!found && fgets(line, (int)size, f))
		if (strstr(line, point))
			found = strstr(line, " - tmpfs t rw");
	fclose(f);
	ck_assert_ptr_nonnull(found);
	found[strcspn(found, "\n")] = '\0';
	return found + strlen(" - tmpfs t rw");
}

static bool
kernel_since(int major, int minor)
{
	struct utsname u;
	int a = 0, b = 0;

	uname(&u);
	sscanf(u.release, "%d.%d", &a, &b);
	return a > major || (a == major && b >= minor);
}

static void
compare(const char *data)
{
	char mine[256] = "", line[1024];
	int err = parse_show(data, mine, sizeof(mine));
	int kernel = mount("t", point, "tmpfs", 0, data) < 0 ? -errno : 0;

	/* Other kernels take others: noswap came with 6.4, limits on nr_inodes
	 * with 6.6, "=x" after 6.12; "size=k" went before 7.3. */
	if (err != kernel && (!kernel_since(6, 18) || kernel_since(6, 19))) {
		if (!kernel)
			umount(point);
		return;
	}
	ck_assert_msg(err == kernel, "\"%s\": %d, the kernel says %d", data,
		      err, kernel);
	if (kernel)
		return;
	ck_assert_msg(strcmp(mine, kernel_shows(line, sizeof(line))) == 0,
		      "\"%s\" shows \"%s\", the kernel's is \"%s\"", data,
		      mine, kernel_shows(line, sizeof(line)));
	ck_assert_int_eq(umount(point), 0);
}

START_TEST(the_kernel_takes_and_shows_the_same)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return;		/* only root of the machine can ask */
	strcpy(point, "/tmp/belljar-opts.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(point));
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		compare(good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		compare(bad[i]);
	rmdir(point);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("tmpfs_opts");
	TCase *t = tcase_create("tmpfs_opts");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, options_are_shown_as_mountinfo_has_them);
	tcase_add_loop_test(t, every_good_string_is_taken, 0,
			    sizeof(good) / sizeof(*good));
	tcase_add_loop_test(t, every_bad_string_is_einval, 0,
			    sizeof(bad) / sizeof(*bad));
	tcase_add_test(t, the_word_to_blame_is_told);
	tcase_add_test(t, noswap_needs_privilege);
	tcase_add_test(t, a_short_buffer_is_erange);
	tcase_add_test(t, remount_changes_what_was_named_and_nothing_else);
	tcase_add_test(t, remount_refuses_less_than_is_used);
	tcase_add_test(t, remount_cannot_limit_the_unlimited);
	tcase_add_test(t, ramfs_takes_a_mode_and_ignores_the_rest);
	tcase_add_test(t, the_kernel_takes_and_shows_the_same);
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
