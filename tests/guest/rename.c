/* SPDX-License-Identifier: Apache-2.0 */
/* rename, renameat2 with all flags. */
#include "tests/lib/guest.h"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#define RENAME_WHITEOUT 4
#endif

static long
r2(const char *from, const char *to, unsigned flags)
{
	return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static void
files_replace_files(void)
{
	struct stat st;

	put_file("a", "A");
	put_file("b", "B");
	MUST(link("b", "b2"));
	R(rename("a", "b"));
	say("%s %s", get_file("b"), get_file("b2"));
	R(rename("a", "b"));
	R(rename("b", "b"));
	R(rename("b", "c"));
	R(link("c", "d"));
	R(rename("c", "d"));
	MUST(stat("d", &st));
	say("nlink %ld", (long)st.st_nlink);
	say_names(".");
}

static void
directories_replace_empty_directories(void)
{
	MUST(mkdir("a", 0755));
	MUST(mkdir("b", 0755));
	MUST(mkdir("full", 0755));
	put_file("full/x", "x");
	put_file("f", "x");
	R(rename("a", "full"));
	R(rename("a", "f"));
	R(rename("f", "a"));
	R(rename("full", "b"));
	say_names("b");
	R(rename("b", "new/"));
	R(rename("new/", "newer//"));
	R(rename("f", "newer"));
	R(rename("f", "g/"));
	R(rename("f/", "g"));
	R(rename("f", "a/"));
	say_names(".");
}

static void
a_directory_does_not_move_into_itself(void)
{
	MUST(mkdir("a", 0755));
	MUST(mkdir("a/b", 0755));
	MUST(mkdir("a/b/c", 0755));
	R(rename("a", "a/b/x"));
	R(rename("a", "a/x"));
	R(rename("a", "a/b"));
	R(rename("a/b/c", "a"));
	R(rename("a/b", "a"));
	R(rename("a/b/c", "a/c"));
	say_names("a");
	MUST(symlink("a", "l"));
	R(rename("a", "l/x"));
	R(rename("l", "a/l"));
	say_names("a");
}

static void
dots_and_roots_are_busy(void)
{
	MUST(mkdir("a", 0755));
	R(rename(".", "x"));
	R(rename("..", "x"));
	R(rename("a", "."));
	R(rename("a", ".."));
	R(rename("a/.", "x"));
	R(rename("a/..", "x"));
	R(rename("", "x"));
	R(rename("a", ""));
	R(rename("none", "x"));
	R(rename("none/a", "x"));
	R(rename("a", "none/x"));
	R(rename(hole(), "x"));
	R(rename("a", hole()));
	R(rename(repeat('a', 256), "x"));
	R(rename("a", repeat('a', 256)));
	R(rename("a", repeat('a', 4096)));
	say_names(".");
}

static void
links_are_renamed_themselves(void)
{
	char buf[16] = "";

	put_file("f", "x");
	MUST(symlink("f", "l"));
	MUST(symlink("none", "d"));
	R(rename("l", "m"));
	R(rename("d", "m"));
	R(readlink("m", buf, sizeof(buf)));
	say("%s %s", buf, get_file("f"));
	R(rename("m", "f"));
	say_names(".");
	MUST(mkdir("dir", 0755));
	MUST(symlink("dir", "ld"));
	R(rename("ld/", "moved"));
	R(rename("dir", "ld/"));
	say_names(".");
}

static void
noreplace_keeps_the_target(void)
{
	put_file("a", "A");
	put_file("b", "B");
	MUST(symlink("none", "dangling"));
	R(r2("a", "b", RENAME_NOREPLACE));
	R(r2("a", "dangling", RENAME_NOREPLACE));
	R(r2("a", "a", RENAME_NOREPLACE));
	R(r2("a", "c", RENAME_NOREPLACE));
	R(r2("none", "b", RENAME_NOREPLACE));
	R(r2("none", "d", RENAME_NOREPLACE));
	R(r2("c", ".", RENAME_NOREPLACE));
	say_names(".");
	say("%s %s", get_file("b"), get_file("c"));
}

static void
exchange_swaps_two_names(void)
{
	put_file("a", "A");
	put_file("b", "B");
	MUST(mkdir("d", 0755));
	put_file("d/x", "x");
	R(r2("a", "b", RENAME_EXCHANGE));
	say("%s %s", get_file("a"), get_file("b"));
	R(r2("a", "d", RENAME_EXCHANGE));
	say("%s %s", get_file("d"), get_file("a/x"));
	R(r2("a", "none", RENAME_EXCHANGE));
	R(r2("none", "a", RENAME_EXCHANGE));
	R(r2("a", "a/x", RENAME_EXCHANGE));
	R(r2("a/x", "a", RENAME_EXCHANGE));
	R(r2("b", "b", RENAME_EXCHANGE));
	R(r2("b", ".", RENAME_EXCHANGE));
	say_names(".");
}

static void
flags_are_checked(void)
{
	put_file("a", "A");
	put_file("b", "B");
	R(r2("a", "b", RENAME_NOREPLACE | RENAME_EXCHANGE));
	R(r2("a", "b", RENAME_EXCHANGE | RENAME_WHITEOUT));
	R(r2("a", "c", RENAME_WHITEOUT | RENAME_NOREPLACE));
	R(r2("a", "b", 8));
	R(r2("a", "b", 0x80000000U));
	R(r2("none", "b", 8));
	R(r2(hole(), "b", 8));
	R(r2("a", "b", 0));
	say_names(".");
}

static void
relative_to_descriptors(void)
{
	int a, b, f;

	MUST(mkdir("a", 0755));
	MUST(mkdir("b", 0755));
	put_file("a/x", "x");
	put_file("f", "x");
	a = MUST(open("a", O_RDONLY));
	b = MUST(open("b", O_PATH));
	f = MUST(open("f", O_RDONLY));
	R(renameat(a, "x", b, "y"));
	R(renameat(b, "y", a, "../z"));
	R(renameat(a, "none", b, "y"));
	R(renameat(999, "x", b, "y"));
	R(renameat(AT_FDCWD, "z", 999, "y"));
	R(renameat(f, "z", b, "y"));
	R(renameat(AT_FDCWD, "z", f, "y"));
	R(renameat(AT_FDCWD, "z", AT_FDCWD, "q"));
	say_names(".");
	say_names("b");
}

static void
permission_of_both_directories(void)
{
	MUST(mkdir("ro", 0755));
	MUST(mkdir("rw", 0755));
	put_file("ro/f", "x");
	put_file("rw/g", "x");
	MUST(mkdir("rw/d", 0755));
	MUST(chmod("ro", 0555));
	R(rename("ro/f", "rw/f"));
	R(rename("rw/g", "ro/g"));
	R(rename("ro/f", "ro/h"));
	R(rename("ro/none", "rw/h"));
	MUST(chmod("ro", 0755));
	/* A directory that moves has its ".." written. */
	MUST(chmod("rw/d", 0555));
	R(rename("rw/d", "d"));
	MUST(chmod("rw/d", 0755));
	say_names(".");
}

static void
between_filesystems_is_exdev(void)
{
	put_file("f", "x");
	R(rename("f", "/proc/self/f"));
	R(rename("f", "/dev/null/f"));
	R(rename("/proc/self/status", "f2"));
	R(link("/proc/self/status", "f2"));
	say_names(".");
}

static void
open_files_follow_the_rename(void)
{
	char buf[8] = "";
	int fd;

	put_file("a", "A");
	put_file("b", "B");
	fd = MUST(open("b", O_RDONLY));
	R(rename("a", "b"));
	R(read(fd, buf, 1));
	say("%s", buf);
	MUST(mkdir("d", 0755));
	put_file("d/f", "in d");
	fd = MUST(open("d", O_RDONLY));
	R(rename("d", "e"));
	RFD(openat(fd, "f", O_RDONLY));
	RFD(open("d/f", O_RDONLY));
	RFD(open("e/f", O_RDONLY));
}

GUEST_MAIN(
	CASE(files_replace_files),
	CASE(directories_replace_empty_directories),
	CASE(a_directory_does_not_move_into_itself),
	CASE(dots_and_roots_are_busy),
	CASE(links_are_renamed_themselves),
	CASE(noreplace_keeps_the_target),
	CASE(exchange_swaps_two_names),
	CASE(flags_are_checked),
	CASE(relative_to_descriptors),
	CASE(permission_of_both_directories),
	CASE(between_filesystems_is_exdev),
	CASE(open_files_follow_the_rename),
)
