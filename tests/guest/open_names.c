/* SPDX-License-Identifier: Apache-2.0 */
/* open and openat: how a name leads to a file. */
#include "tests/lib/guest.h"

static void
names_are_checked_for_length(void)
{
	char *n255 = repeat('a', 255), *n256 = repeat('a', 256);
	char *slashes = repeat('/', 4096), *dots = repeat('.', 4096);
	char *deep = repeat('x', 4200);

	for (int i = 0; i < 4095; i += 2) {
		dots[i] = '.';
		dots[i + 1] = '/';
	}
	dots[4095] = '\0';
	R(open(n255, O_RDONLY));
	RFD(open(n255, O_RDONLY | O_CREAT, 0644));
	R(open(n256, O_RDONLY));
	R(open(n256, O_RDONLY | O_CREAT, 0644));
	slashes[4095] = '\0';
	RFD(open(slashes, O_RDONLY));
	say("strlen %zu", strlen(dots));
	RFD(open(dots, O_RDONLY));
	slashes = repeat('/', 4096);
	RFD(open(slashes, O_RDONLY));
	RFD(open(tail(deep), O_RDONLY));
	for (int i = 100; i < 4200; i += 100)
		deep[i] = '/';
	deep[4095] = '\0';
	RFD(open(deep, O_RDONLY));
}

static void
empty_and_slash_only_names(void)
{
	put_file("f", "x");
	MUST(mkdir("d", 0755));
	RFD(open("", O_RDONLY));
	RFD(open("", O_RDONLY | O_CREAT, 0644));
	RFD(open("", O_PATH));
	RFD(open("f/", O_RDONLY));
	RFD(open("f//", O_RDONLY));
	RFD(open("f/.", O_RDONLY));
	RFD(open("f/..", O_RDONLY));
	RFD(open("f/x", O_RDONLY));
	RFD(open("d/", O_RDONLY));
	RFD(open("d//", O_RDONLY));
	RFD(open("./d/./.", O_RDONLY));
	RFD(open(".//f", O_RDONLY));
	RFD(open("none/", O_RDONLY));
	RFD(open("none/", O_RDONLY | O_CREAT, 0644));
	RFD(open("f/", O_RDONLY | O_CREAT, 0644));
	RFD(open("/", O_RDONLY));
	RFD(open("///", O_RDONLY));
	RFD(open("/.", O_RDONLY));
	say_names(".");
}

static void
dotdot_goes_up_and_stops_at_root(void)
{
	struct stat a, b;

	MUST(mkdir("d", 0755));
	MUST(mkdir("d/e", 0755));
	put_file("f", "top");
	MUST(symlink("d/e", "l"));
	put_file("d/f", "in d");
	RFD(open("d/../f", O_RDONLY));
	RFD(open("d/e/../../f", O_RDONLY));
	RFD(open("none/../f", O_RDONLY));
	RFD(open("f/../f", O_RDONLY));
	say("%s", get_file("l/../f"));
	say("%s", get_file("d/e/../../f"));
	MUST(stat("/", &a));
	MUST(stat("/../../..", &b));
	say("root is its own parent: %d", a.st_ino == b.st_ino);
	RFD(open("/../..", O_RDONLY));
	RFD(open("/..", O_RDONLY | O_DIRECTORY));
	MUST(stat("../../../../../../../../../../../../../../..", &b));
	say("so it is from below: %d",
	    a.st_ino == b.st_ino && a.st_dev == b.st_dev);
}

/*
 * The kernel counts the links of a walk that it begins anew twice: one that
 * has notes of accesses to make, or meets somebody else's changes, may say
 * ELOOP too early.
 */
static int
open_often(const char *path)
{
	int fd = -1;

	for (int i = 0; i < 100 && fd < 0; i++)
		fd = open(path, O_RDONLY);
	return fd;
}

static void
symlink_limit_is_40(void)
{
	char from[16], to[16];

	put_file("l0", "end");
	for (int i = 1; i <= 42; i++) {
		snprintf(from, sizeof(from), "l%d", i - 1);
		snprintf(to, sizeof(to), "l%d", i);
		MUST(symlink(from, to));
	}
	RFD(open_often("l39"));
	RFD(open_often("l40"));
	RFD(open_often("l41"));
	RFD(open_often("l42"));
	MUST(symlink("self", "self"));
	RFD(open("self", O_RDONLY));
	RFD(open("self", O_RDONLY | O_CREAT, 0644));
	RFD(open("self/x", O_RDONLY));
	RFD(open("self", O_PATH | O_NOFOLLOW));
	MUST(symlink("b", "a"));
	MUST(symlink("a", "b"));
	RFD(open("a", O_RDONLY));
	/* The count is over the whole path, not per component. */
	MUST(symlink(".", "dot"));
	RFD(open_often("dot/dot/dot/dot/dot/dot/dot/dot/l32"));
	RFD(open_often("dot/dot/dot/dot/dot/dot/dot/dot/l33"));
}

static void
relative_to_a_descriptor(void)
{
	int d, f;

	MUST(mkdir("d", 0755));
	put_file("d/x", "inner");
	put_file("x", "outer");
	d = MUST(open("d", O_RDONLY | O_DIRECTORY));
	f = MUST(open("x", O_RDONLY));
	RFD(openat(d, "x", O_RDONLY));
	RFD(openat(d, "../x", O_RDONLY));
	RFD(openat(d, ".", O_RDONLY));
	RFD(openat(d, "..", O_RDONLY));
	RFD(openat(d, "", O_RDONLY));
	RFD(openat(f, "x", O_RDONLY));
	RFD(openat(f, ".", O_RDONLY));
	RFD(openat(f, "", O_RDONLY));
	RFD(openat(f, "/", O_RDONLY));
	RFD(openat(-1, "x", O_RDONLY));
	RFD(openat(-1, "/", O_RDONLY));
	RFD(openat(999, "x", O_RDONLY));
	RFD(openat(999, "/", O_RDONLY));
	RFD(openat(999, "", O_RDONLY));
	RFD(openat(-99, "x", O_RDONLY));
	RFD(openat(AT_FDCWD, "x", O_RDONLY));
	RFD(openat(d, "new", O_WRONLY | O_CREAT, 0644));
	R(rename("d", "moved"));
	RFD(openat(d, "x", O_RDONLY));
	RFD(openat(d, "../moved/x", O_RDONLY));
	say_names("moved");
}

static void
removed_directory_still_serves_itself(void)
{
	struct stat st;
	int d;

	MUST(mkdir("d", 0755));
	d = MUST(open("d", O_RDONLY | O_DIRECTORY));
	MUST(rmdir("d"));
	RFD(openat(d, "x", O_RDONLY));
	RFD(openat(d, "x", O_RDONLY | O_CREAT, 0644));
	RFD(openat(d, ".", O_RDONLY));
	R(mkdirat(d, "x", 0755));
	R(fstat(d, &st));
	say("nlink %d", (int)st.st_nlink);
}

static void
bad_pointers_are_efault(void)
{
	const char *open_end = memset(tail_bytes(16), 'x', 16);

	RFD(open(NULL, O_RDONLY));
	RFD(open(hole(), O_RDONLY));
	RFD(open((char *)-1L, O_RDONLY));
	RFD(open((char *)8, O_RDONLY | O_CREAT, 0644));
	RFD(open(open_end, O_RDONLY));
	RFD(openat(999, hole(), O_RDONLY));
	RFD(open((char *)0x8000000000000000UL, O_RDONLY));
	put_file("f", "x");
	RFD(open(tail("f"), O_RDONLY));
	RFD(open(tail("./././././././././././././././././././././f"),
		 O_RDONLY));
}

static void
path_may_cross_a_page_boundary(void)
{
	long page = sysconf(_SC_PAGESIZE);
	char *area = tail_bytes(2 * page), *p = area + page - 7;

	put_file("crossing_file", "x");
	strcpy(p, "crossing_file");
	RFD(open(p, O_RDONLY));
	for (int i = 1; i < 20; i++) {
		p = area + page - i;
		strcpy(p, "crossing_file");
		if (close(open(p, O_RDONLY)))
			say("offset -%d: %s", i, errname(errno));
	}
}

static void
reopen_through_proc_self_fd(void)
{
	char path[64], buf[8] = "";
	int fd, again;

	put_file("f", "text");
	fd = MUST(open("f", O_RDONLY));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = R(open(path, O_RDWR));
	R(read(again, buf, 4));
	say("%s", buf);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	RFD(open(path, O_RDONLY));
	RFD(open(path, O_RDONLY | O_NOFOLLOW));
	MUST(unlink("f"));
	RFD(open(path, O_RDONLY));
	RFD(open("/proc/self/fd/999", O_RDONLY));
	RFD(open("/proc/self/fd/x", O_RDONLY));
}

GUEST_MAIN(
	CASE(names_are_checked_for_length),
	CASE(empty_and_slash_only_names),
	CASE(dotdot_goes_up_and_stops_at_root),
	CASE(symlink_limit_is_40),
	CASE(relative_to_a_descriptor),
	CASE(removed_directory_still_serves_itself),
	CASE(bad_pointers_are_efault),
	CASE(path_may_cross_a_page_boundary),
	CASE(reopen_through_proc_self_fd),
)
