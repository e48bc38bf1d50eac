/* SPDX-License-Identifier: Apache-2.0 */
/* mkdir, rmdir, mknod, unlink, link: names made and removed. */
#include "tests/lib/guest.h"

#include <sys/sysmacros.h>

static void
mkdir_makes_directories(void)
{
	struct stat st;
	int d;

	R(mkdir("a", 0755));
	R(mkdir("a", 0755));
	R(mkdir("a/b", 0700));
	R(mkdir("c/", 0755));
	R(mkdir("e//", 0755));
	R(mkdir("a/.", 0755));
	R(mkdir("a/x/.", 0755));
	R(mkdir("a/..", 0755));
	R(mkdir("/", 0755));
	R(mkdir(".", 0755));
	R(mkdir("", 0755));
	R(mkdir("none/x", 0755));
	R(mkdir(repeat('a', 256), 0755));
	R(mkdir(repeat('a', 255), 0755));
	R(rmdir(repeat('a', 255)));
	R(mkdir(hole(), 0755));
	put_file("f", "x");
	R(mkdir("f", 0755));
	R(mkdir("f/x", 0755));
	MUST(symlink("nowhere", "dangling"));
	R(mkdir("dangling", 0755));
	R(mkdir("dangling/", 0755));
	d = MUST(open("a", O_RDONLY));
	R(mkdirat(d, "q", 07777));
	R(mkdirat(999, "q", 0755));
	R(mkdirat(999, "/", 0755));
	MUST(stat("a/q", &st));
	say("%s", mode_text(st.st_mode));
	umask(0);
	R(mkdir("open", 01777));
	MUST(stat("open", &st));
	say("%s", mode_text(st.st_mode));
	say_names(".");
	say_names("a");
}

static void
rmdir_needs_an_empty_directory(void)
{
	MUST(mkdir("d", 0755));
	MUST(mkdir("d/e", 0755));
	put_file("f", "x");
	R(rmdir("d"));
	R(rmdir("d/e/."));
	R(rmdir("d/e/.."));
	R(rmdir("d/."));
	R(rmdir("."));
	R(rmdir(".."));
	R(rmdir("/"));
	R(rmdir("f"));
	R(rmdir("f/"));
	R(rmdir("none"));
	R(rmdir(""));
	R(rmdir(hole()));
	R(rmdir("d/e/"));
	R(rmdir("d"));
	R(rmdir("d"));
	MUST(mkdir("d", 0755));
	MUST(mkdir("d/e", 0755));
	MUST(chmod("d", 0555));
	R(rmdir("d/e"));
	MUST(chmod("d", 0755));
	R(unlinkat(AT_FDCWD, "d/e", AT_REMOVEDIR));
	R(unlinkat(AT_FDCWD, "f", AT_REMOVEDIR));
	R(unlinkat(AT_FDCWD, "f", 0x1));
	R(unlinkat(999, "f", 0));
	say_names(".");
}

static void
unlink_removes_names(void)
{
	struct stat st;
	int fd, d;

	put_file("f", "x");
	MUST(mkdir("d", 0755));
	put_file("d/f", "x");
	MUST(symlink("f", "l"));
	MUST(mkfifo("p", 0644));
	R(unlink("d"));
	R(unlink("d/"));
	R(unlink("."));
	R(unlink("/"));
	R(unlink(""));
	R(unlink("f/"));
	R(unlink("none/"));
	R(unlink("none"));
	R(unlink("f/x"));
	R(unlink(hole()));
	R(unlink("l"));
	R(unlink("p"));
	fd = MUST(open("f", O_RDWR));
	R(unlink("f"));
	MUST(fstat(fd, &st));
	say("nlink %ld, still %ld bytes", (long)st.st_nlink, (long)st.st_size);
	d = MUST(open("d", O_RDONLY));
	R(unlinkat(d, "f", 0));
	R(unlinkat(d, "", 0));
	R(unlinkat(d, "..", AT_REMOVEDIR));
	put_file("d/g", "x");
	MUST(chmod("d", 0555));
	R(unlink("d/g"));
	R(unlink("d/none"));
	MUST(chmod("d", 0755));
	say_names(".");
}

static void
mknod_makes_what_needs_no_right(void)
{
	struct stat st;
	int d;

	R(mknod("plain", S_IFREG | 0640, 0));
	R(mknod("zero", 0600, 0));
	R(mknod("fifo", S_IFIFO | 0666, 0));
	R(mknod("sock", S_IFSOCK | 0666, 0));
	R(mknod("dir", S_IFDIR | 0755, 0));
	R(mknod("link", S_IFLNK | 0755, 0));
	R(mknod("odd", 0150000, 0));
	R(mknod("null", S_IFCHR | 0666, makedev(1, 3)));
	R(mknod("disk", S_IFBLK | 0666, makedev(7, 0)));
	R(mknod("plain", S_IFREG | 0640, 0));
	R(mknod("slash/", S_IFREG | 0640, 0));
	R(mknod("", S_IFREG | 0640, 0));
	R(mknod(".", S_IFREG | 0640, 0));
	R(mknod("none/x", S_IFIFO | 0640, 0));
	R(mknod(hole(), S_IFIFO | 0640, 0));
	MUST(mkdir("d", 0755));
	d = MUST(open("d", O_RDONLY));
	R(mknodat(d, "p", S_IFIFO | 0600, 0));
	R(mknodat(999, "p", S_IFIFO | 0600, 0));
	MUST(stat("plain", &st));
	say("%s", mode_text(st.st_mode));
	MUST(stat("zero", &st));
	say("%s", mode_text(st.st_mode));
	MUST(stat("fifo", &st));
	say("%s", mode_text(st.st_mode));
	MUST(stat("sock", &st));
	say("%s", mode_text(st.st_mode));
	say_names(".");
	say_names("d");
}

static void
link_gives_a_second_name(void)
{
	struct stat a, b;
	int d;

	put_file("f", "x");
	MUST(mkdir("d", 0755));
	MUST(symlink("f", "l"));
	MUST(symlink("none", "dangling"));
	R(link("f", "g"));
	MUST(stat("f", &a));
	MUST(stat("g", &b));
	say("same %d nlink %ld", a.st_ino == b.st_ino, (long)a.st_nlink);
	R(link("f", "g"));
	R(link("f", "d"));
	R(link("f", "d/"));
	R(link("f", "new/"));
	R(link("f/", "new"));
	R(link("d", "e"));
	R(link(".", "e"));
	R(link("none", "e"));
	R(link("", "e"));
	R(link("f", ""));
	R(link("f", "none/e"));
	R(link("f", "f/e"));
	R(link("f", "."));
	R(link("f", "/"));
	R(link("l", "l2"));
	MUST(lstat("l2", &a));
	say("%c", mode_text(a.st_mode)[0]);
	R(link("dangling", "dangling2"));
	R(link(hole(), "h"));
	R(link("f", hole()));
	d = MUST(open("d", O_RDONLY));
	R(linkat(AT_FDCWD, "l", d, "followed", AT_SYMLINK_FOLLOW));
	MUST(lstat("d/followed", &a));
	say("%c", mode_text(a.st_mode)[0]);
	R(linkat(AT_FDCWD, "dangling", d, "n", AT_SYMLINK_FOLLOW));
	R(linkat(AT_FDCWD, "f", d, "n", 0x1));
	R(linkat(999, "f", d, "n", 0));
	R(linkat(AT_FDCWD, "f", 999, "n", 0));
	R(linkat(AT_FDCWD, "f", 999, hole(), 0));
	MUST(chmod("d", 0555));
	R(linkat(AT_FDCWD, "f", d, "n", 0));
	MUST(chmod("d", 0755));
	say_names(".");
	say_names("d");
}

static void
link_of_a_descriptor(void)
{
	char path[64];
	int fd, p;

	put_file("f", "text");
	fd = MUST(open("f", O_RDONLY));
	p = MUST(open("f", O_PATH));
	/* Allowed to the opener itself since Linux 6.10: either is right. */
	if (linkat(fd, "", AT_FDCWD, "e", AT_EMPTY_PATH) && errno != ENOENT)
		say("errno %s", errname(errno));
	unlink("e");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	R(linkat(AT_FDCWD, path, AT_FDCWD, "g", AT_SYMLINK_FOLLOW));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", p);
	R(linkat(AT_FDCWD, path, AT_FDCWD, "h", AT_SYMLINK_FOLLOW));
	R(linkat(AT_FDCWD, path, AT_FDCWD, "i", 0));
	say("%s %s", get_file("g"), get_file("h"));
	MUST(unlink("f"));
	MUST(unlink("g"));
	MUST(unlink("h"));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	R(linkat(AT_FDCWD, path, AT_FDCWD, "j", AT_SYMLINK_FOLLOW));
	SINCE(6, 10, linkat(999, "", AT_FDCWD, "k", AT_EMPTY_PATH));
	say_names(".");
}

static void
names_may_hold_any_byte(void)
{
	put_file("sp ace", "1");
	put_file("new\nline", "2");
	put_file("tab\t", "3");
	put_file("\xff\xfe", "4");
	put_file("...", "5");
	put_file("-", "6");
	put_file("b\\s", "7");
	say("%s%s%s%s%s%s%s", get_file("sp ace"), get_file("new\nline"),
	    get_file("tab\t"), get_file("\xff\xfe"), get_file("..."),
	    get_file("-"), get_file("b\\s"));
	R(rename("sp ace", "new\nline"));
	R(unlink("..."));
	R(unlink("\xff\xfe"));
	say_names(".");
}

static void
legacy_forms_work_alike(void)
{
#ifdef SYS_mkdir
	R(syscall(SYS_mkdir, "d", 0755));
	R(syscall(SYS_mknod, "p", S_IFIFO | 0644, 0));
	R(syscall(SYS_symlink, "p", "l"));
	R(syscall(SYS_link, "p", "p2"));
	R(syscall(SYS_rename, "p2", "p3"));
	say_names(".");
	R(syscall(SYS_unlink, "p3"));
	R(syscall(SYS_rmdir, "d"));
	R(syscall(SYS_access, "p", R_OK));
	R(syscall(SYS_chmod, "p", 0600));
	say_names(".");
#else
	cannot("this architecture has only the *at calls");
#endif
}

GUEST_MAIN(
	CASE(mkdir_makes_directories),
	CASE(rmdir_needs_an_empty_directory),
	CASE(unlink_removes_names),
	CASE(mknod_makes_what_needs_no_right),
	CASE(link_gives_a_second_name),
	CASE(link_of_a_descriptor),
	CASE(names_may_hold_any_byte),
	CASE(legacy_forms_work_alike),
)
