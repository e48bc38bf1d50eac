/* SPDX-License-Identifier: Apache-2.0 */
/* symlink, readlink and how links are followed. */
#include "tests/lib/guest.h"

static void
say_link(const char *path)
{
	char buf[5000];
	ssize_t n = readlink(path, buf, sizeof(buf) - 1);

	if (n < 0) {
		say("%s: %s", path, errname(errno));
		return;
	}
	buf[n] = '\0';
	say("%s -> %s (%zd)", path, n > 100 ? "(long)" : buf, n);
}

static void
targets_are_kept_verbatim(void)
{
	R(symlink("x", "a"));
	R(symlink("/no/where//./..", "b"));
	R(symlink(" space and \n newline ", "c"));
	R(symlink("../../..", "d"));
	R(symlink(".", "e"));
	R(symlink(repeat('t', 4095), "long"));
	R(symlink(repeat('t', 4096), "longer"));
	say_link("a");
	say_link("b");
	say_link("c");
	say_link("d");
	say_link("e");
	say_link("long");
}

static void
symlink_errors(void)
{
	int d;

	put_file("f", "x");
	MUST(mkdir("d", 0755));
	R(symlink("", "empty"));
	R(symlink("x", ""));
	R(symlink("x", "f"));
	R(symlink("x", "d"));
	R(symlink("x", "."));
	R(symlink("x", ".."));
	R(symlink("x", "/"));
	R(symlink("x", "none/l"));
	R(symlink("x", "f/l"));
	R(symlink("x", "new/"));
	R(symlink("x", "d/"));
	R(symlink(hole(), "l"));
	R(symlink("x", hole()));
	R(symlink("x", repeat('a', 256)));
	R(symlink("x", tail("ok")));
	d = MUST(open("d", O_RDONLY));
	R(symlinkat("target", d, "l"));
	R(symlinkat("target", 999, "l"));
	R(symlinkat("target", 999, "/none/l"));
	say_names("d");
	MUST(chmod("d", 0555));
	R(symlinkat("target", d, "m"));
	MUST(chmod("d", 0755));
	say_names(".");
}

static void
readlink_errors(void)
{
	char buf[16];
	int d, f, l;

	put_file("f", "x");
	MUST(mkdir("d", 0755));
	MUST(symlink("target", "l"));
	MUST(symlink("d", "ld"));
	R(readlink("f", buf, sizeof(buf)));
	R(readlink("d", buf, sizeof(buf)));
	R(readlink("/", buf, sizeof(buf)));
	R(readlink(".", buf, sizeof(buf)));
	R(readlink("none", buf, sizeof(buf)));
	R(readlink("", buf, sizeof(buf)));
	R(readlink("f/x", buf, sizeof(buf)));
	R(readlink("l/", buf, sizeof(buf)));
	R(readlink("ld/", buf, sizeof(buf)));
	R(readlink("l", buf, 3));
	say("%.3s", buf);
	R(readlink("l", buf, 0));
	R(syscall(SYS_readlinkat, AT_FDCWD, "l", buf, -1));
	R(readlink("l", hole(), 16));
	R(readlink(hole(), buf, 16));
	R(readlink("l", (char *)tail_bytes(3), 16));
	R(readlink("l", (char *)tail_bytes(3), 3));
	R(readlink("f", hole(), 16));
	d = MUST(open("d", O_RDONLY));
	f = MUST(open("f", O_RDONLY));
	l = MUST(open("l", O_PATH | O_NOFOLLOW));
	R(readlinkat(d, "../l", buf, sizeof(buf)));
	R(readlinkat(l, "", buf, sizeof(buf)));
	R(readlinkat(f, "", buf, sizeof(buf)));
	R(readlinkat(d, "", buf, sizeof(buf)));
	R(readlinkat(999, "l", buf, sizeof(buf)));
	R(readlinkat(f, "l", buf, sizeof(buf)));
	R(readlinkat(999, "/proc/self", buf, 1));
	R(readlinkat(AT_FDCWD, "", buf, sizeof(buf)));
}

static void
links_are_followed_from_their_own_directory(void)
{
	MUST(mkdir("d", 0755));
	MUST(mkdir("d/e", 0755));
	put_file("d/f", "in d");
	put_file("f", "top");
	MUST(symlink("f", "d/l"));
	MUST(symlink("d/e", "le"));
	MUST(symlink("le/../f", "via"));
	MUST(symlink("d/", "slash"));
	MUST(symlink("f/", "fslash"));
	MUST(symlink("./././f", "dots"));
	say("%s", get_file("d/l"));
	say("%s", get_file("via"));
	say("%s", get_file("le/../f"));
	say("%s", get_file("slash/f"));
	say("%s", get_file("fslash"));
	say("%s", get_file("dots"));
}

static void
absolute_links_start_at_the_root(void)
{
	char path[4200];
	struct stat a, b;

	put_file("f", "text");
	snprintf(path, sizeof(path), "%s/f", here());
	MUST(symlink(path, "abs"));
	snprintf(path, sizeof(path), "/../../..%s/f", here());
	MUST(symlink(path, "over"));
	MUST(symlink("/", "root"));
	MUST(symlink("/proc/self/cwd/f", "magic"));
	say("%s", get_file("abs"));
	say("%s", get_file("over"));
	say("%s", get_file("magic"));
	MUST(stat("root", &a));
	MUST(stat("/", &b));
	say("root %d", a.st_ino == b.st_ino && a.st_dev == b.st_dev);
	MUST(stat("root/..", &a));
	say("root/.. %d", a.st_ino == b.st_ino && a.st_dev == b.st_dev);
}

static void
intermediate_links_count_for_permissions(void)
{
	MUST(mkdir("d", 0755));
	MUST(mkdir("d/closed", 0755));
	put_file("d/closed/f", "x");
	MUST(symlink("d/closed/f", "l"));
	MUST(chmod("d/closed", 0));
	R(access("l", F_OK));
	RFD(open("l", O_RDONLY));
	say_link("l");
	MUST(chmod("d/closed", 0755));
	R(access("l", F_OK));
}

static void
link_text_that_makes_the_path_too_long(void)
{
	char *t = repeat('x', 4000);

	for (int i = 99; i < 4000; i += 100)
		t[i] = '/';
	MUST(symlink(t, "l"));
	RFD(open("l", O_RDONLY));
	RFD(open("l/f", O_RDONLY));
	MUST(symlink("././././", "short"));
	RFD(open("short/short/short/short/none", O_RDONLY));
}

static void
following_into_a_deleted_target(void)
{
	put_file("f", "x");
	MUST(symlink("f", "l"));
	RFD(open("l", O_RDONLY));
	MUST(unlink("f"));
	RFD(open("l", O_RDONLY));
	R(unlink("l"));
	R(unlink("l"));
	MUST(mkdir("d", 0755));
	MUST(symlink("d", "ld"));
	R(rmdir("ld"));
	R(rmdir("ld/"));
	R(unlink("ld/"));
	R(unlink("ld"));
	say_names(".");
}

/* What `name` leads to, asked in every way, and twice: the second time an
 * answer may be remembered. */
static void
say_through(const char *name)
{
	struct stat st;
	char text[16] = "";
	int fd;

	for (int i = 0; i < 2; i++) {
		say("%s: stat %s", name, stat(name, &st) ? errname(errno) : "ok");
		say("%s: access %s", name, access(name, R_OK) ?
		    errname(errno) : "ok");
		fd = open(name, O_RDONLY);
		if (fd < 0) {
			say("%s: open %s", name, errname(errno));
			continue;
		}
		say("%s: %zd %s", name, read(fd, text, sizeof(text) - 1), text);
		close(fd);
	}
}

static void
a_link_that_changes(void)
{
	MUST(mkdir("a", 0755));
	MUST(mkdir("b", 0755));
	put_file("a/f", "in a");
	put_file("b/f", "in b");
	MUST(symlink("a", "l"));
	say_through("l/f");
	MUST(unlink("l"));
	say_through("l/f");
	MUST(symlink("b", "l"));
	say_through("l/f");
	MUST(symlink("a", "m"));
	MUST(rename("m", "l"));
	say_through("l/f");
	MUST(symlink("b", "m"));
	say_through("m/f");
	MUST(syscall(SYS_renameat2, AT_FDCWD, "l", AT_FDCWD, "m",
		     2 /* RENAME_EXCHANGE */));
	say_through("l/f");
	say_through("m/f");
	MUST(rename("l", "n"));
	say_through("l/f");
	say_through("n/f");
	MUST(mkdir("l", 0755));
	put_file("l/f", "in l");
	say_through("l/f");
	R(stat("n/none", &(struct stat){ 0 }));
	RFD(open("n/new", O_WRONLY | O_CREAT | O_EXCL, 0644));
	RFD(open("n/new", O_WRONLY | O_CREAT | O_EXCL, 0644));
	say_names("b");
}

static void
a_link_in_a_directory_that_may_not_be_searched(void)
{
	int d;

	MUST(mkdir("d", 0755));
	MUST(mkdir("a", 0755));
	put_file("a/f", "in a");
	MUST(symlink("../a", "d/l"));
	d = MUST(open("d", O_RDONLY));
	MUST(fchdir(d));
	say_through("l/f");
	MUST(fchmod(d, 0600));
	say_through("l/f");
	MUST(fchmod(d, 0755));
	say_through("l/f");
}

static void
the_worlds_own_links(void)
{
	say_link("/bin");
	say_link("/lib");
	say_link("/dev/fd");
	say_link("/dev/stdin");
	say_link("/dev/stdout");
	say_link("/proc/mounts");
	say_link("/proc/self/mounts");
}

GUEST_MAIN(
	CASE(targets_are_kept_verbatim),
	CASE(symlink_errors),
	CASE(readlink_errors),
	CASE(links_are_followed_from_their_own_directory),
	CASE(absolute_links_start_at_the_root),
	CASE(intermediate_links_count_for_permissions),
	CASE(link_text_that_makes_the_path_too_long),
	CASE(following_into_a_deleted_target),
	CASE(a_link_that_changes),
	CASE(a_link_in_a_directory_that_may_not_be_searched),
	CASE(the_worlds_own_links),
)
