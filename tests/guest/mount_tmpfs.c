/* SPDX-License-Identifier: Apache-2.0 */
/* A tmpfs that the guest mounts itself. */
#include "tests/lib/guest.h"

#include <sys/mount.h>
#include <sys/statfs.h>

static void
files_live_in_the_mount(void)
{
	struct stat a, b;

	MUST(mkdir("m", 0755));
	put_file("m/under", "covered");
	MUST(stat("m", &a));
	R(mount("name", "m", "tmpfs", 0, NULL));
	MUST(stat("m", &b));
	say("another device %d, mode %s", a.st_dev != b.st_dev,
	    mode_text(b.st_mode));
	say_names("m");
	put_file("m/inside", "in the mount");
	MUST(mkdir("m/d", 0755));
	MUST(symlink("inside", "m/l"));
	say("%s", get_file("m/l"));
	say("%s", get_file("m/d/../inside"));
	say("%s", get_file("m/under"));
	say_names("m");
	R(rename("m/inside", "moved"));
	R(link("m/inside", "linked"));
	R(rename("m/inside", "m/d/inside"));
	R(umount2("m", 0));
	say_names("m");
	say("%s", get_file("m/under"));
}

static void
an_o_path_descriptor_of_the_root_only_names_it(void)
{
	struct stat st;
	int fd;

	MUST(mkdir("m", 0755));
	MUST(mount("none", "m", "tmpfs", 0, NULL));
	fd = MUST(open("m", O_PATH));
	R(!!(fcntl(fd, F_GETFL) & O_PATH));
	R(lseek(fd, 0, SEEK_SET));
	R(fchmod(fd, 0700));
	MUST(fstat(fd, &st));
	say("mode %s", mode_text(st.st_mode));
	close(fd);
	R(umount2("m", 0));
}

static void
size_is_a_limit(void)
{
	struct statfs s;
	char *block = repeat('b', 65536);
	long total = 0, n;
	int fd;

	MUST(mkdir("m", 0755));
	R(mount("none", "m", "tmpfs", 0, "size=256k"));
	R(statfs("m", &s));
	say("size %ld", (long)s.f_blocks * (long)s.f_bsize);
	fd = MUST(open("m/f", O_WRONLY | O_CREAT, 0644));
	/* Not for ever, should there be no limit. */
	while (total < 1 << 20 && (n = write(fd, block, 65536)) > 0)
		total += n;
	say("%ld then %s", total, errname(errno));
	RFD(open("m/g", O_WRONLY | O_CREAT, 0644));
	R(unlink("m/g"));
	close(fd);
	R(truncate("m/f", 0));
	fd = MUST(open("m/f", O_WRONLY));
	R(write(fd, block, 65536));
	close(fd);
	R(mount(NULL, "m", NULL, MS_REMOUNT, "size=512k"));
	R(statfs("m", &s));
	say("size %ld", (long)s.f_blocks * (long)s.f_bsize);
	R(umount2("m", 0));
}

static void
nr_inodes_is_a_limit(void)
{
	char name[32];
	int i;

	MUST(mkdir("m", 0755));
	R(mount("none", "m", "tmpfs", 0, "nr_inodes=5"));
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "m/f%d", i);
		if (mknod(name, S_IFREG | 0644, 0))
			break;
	}
	say("made %d then %s", i, errname(errno));
	R(unlink("m/f0"));
	R(mknod("m/again", S_IFREG | 0644, 0));
	R(umount2("m", 0));
}

static void
mode_option_sets_the_root(void)
{
	struct stat st;

	MUST(mkdir("m", 0755));
	R(mount("none", "m", "tmpfs", 0, "mode=0710"));
	MUST(stat("m", &st));
	say("%s", mode_text(st.st_mode));
	R(umount2("m", 0));
	R(mount("none", "m", "tmpfs", 0, NULL));
	MUST(stat("m", &st));
	say("%s", mode_text(st.st_mode));
	R(umount2("m", 0));
}

static void
stacked_mounts_cover_each_other(void)
{
	MUST(mkdir("m", 0755));
	for (int i = 1; i <= 3; i++) {
		char name[16];

		R(mount("none", "m", "tmpfs", 0, NULL));
		snprintf(name, sizeof(name), "m/layer%d", i);
		put_file(name, "x");
		say_names("m");
	}
	for (int i = 0; i < 4; i++) {
		R(umount2("m", 0));
		say_names("m");
	}
}

static void
nested_mounts(void)
{
	MUST(mkdir("m", 0755));
	R(mount("a", "m", "tmpfs", 0, NULL));
	MUST(mkdir("m/n", 0755));
	R(mount("b", "m/n", "tmpfs", 0, NULL));
	MUST(mkdir("m/n/o", 0755));
	R(mount("c", "m/n/o", "tmpfs", 0, NULL));
	put_file("m/n/o/f", "deep");
	say("%s", get_file("m/n/o/f"));
	say("%s", get_file("m/n/o/../o/../../n/o/f"));
	R(umount2("m", 0));
	R(umount2("m/n", 0));
	R(umount2("m/n/o", 0));
	R(umount2("m/n", 0));
	R(umount2("m", 0));
	say_names(".");
}

static void
open_files_survive_lazy_umount(void)
{
	char buf[8] = "";
	int fd, d;

	MUST(mkdir("m", 0755));
	R(mount("none", "m", "tmpfs", 0, NULL));
	put_file("m/f", "alive");
	fd = MUST(open("m/f", O_RDWR));
	d = MUST(open("m", O_RDONLY));
	R(umount2("m", 0));
	R(umount2("m", MNT_DETACH));
	R(read(fd, buf, 5));
	say("%s", buf);
	RFD(openat(d, "f", O_RDONLY));
	RFD(openat(d, "new", O_RDWR | O_CREAT, 0644));
	RFD(openat(d, "..", O_RDONLY));
	R(umount2("m", 0));
	RFD(open("m/f", O_RDONLY));
}

static void
exec_from_a_mounted_tmpfs(void)
{
	MUST(mkdir("m", 0755));
	R(mount("none", "m", "tmpfs", 0, NULL));
	say("%d", system("cp /bin/true m/ && m/true"));
	R(mount(NULL, "m", NULL, MS_REMOUNT | MS_BIND | MS_NOEXEC, NULL));
	say("%d", WEXITSTATUS(system("m/true 2>/dev/null")));
	R(umount2("m", 0));
}

/* Both roots may have one inode number. */
static void
open_directories_outlive_a_lazy_umount(void)
{
	int a, b;

	MUST(mkdir("a", 0755));
	R(mount("none", "a", "tmpfs", 0, NULL));
	put_file("a/f", "in a");
	MUST(mkdir("a/b", 0755));
	R(mount("none", "a/b", "tmpfs", 0, NULL));
	put_file("a/b/g", "in b");
	a = MUST(open("a", O_RDONLY | O_DIRECTORY));
	b = MUST(open("a/b", O_RDONLY | O_DIRECTORY));
	R(umount2("a", MNT_DETACH));
	R(faccessat(a, "f", F_OK, 0));
	R(faccessat(b, "g", F_OK, 0));
	/* they have come apart */
	R(faccessat(a, "b/g", F_OK, 0));
	R(mkdirat(b, "d", 0755));
	RFD(openat(b, "d", O_RDONLY | O_DIRECTORY));
	close(a);
	close(b);
}

GUEST_MAIN(
	CASE(open_directories_outlive_a_lazy_umount),
	CASE(files_live_in_the_mount),
	CASE(an_o_path_descriptor_of_the_root_only_names_it),
	CASE(size_is_a_limit),
	CASE(nr_inodes_is_a_limit),
	CASE(mode_option_sets_the_root),
	CASE(stacked_mounts_cover_each_other),
	CASE(nested_mounts),
	CASE(open_files_survive_lazy_umount),
	CASE(exec_from_a_mounted_tmpfs),
)
