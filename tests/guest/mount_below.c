/* SPDX-License-Identifier: Apache-2.0 */
/* Names below a descriptor of a directory, while mounts come and go. */
#include "tests/lib/guest.h"

#include <sys/mount.h>

#define TIMES 3		/* the second time an answer may come another way */

static void
setup(void)
{
	MUST(mkdir("d", 0755));
	MUST(mkdir("d/sub", 0755));
	MUST(mkdir("d/sub/deep", 0755));
	MUST(mkdir("e", 0755));
	put_file("d/sub/f", "text");
	MUST(symlink("sub", "d/link"));
}

/* Is what a name below `dir` leads to on the directory's own filesystem? */
static void
say_below(int dir, const char *name)
{
	struct stat own, st, opened;
	int fd, r;

	MUST(fstat(dir, &own));
	for (int i = 0; i < TIMES; i++) {
		r = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW);
		say("stat of %s: %s", name, r ? errname(errno) :
		    st.st_dev == own.st_dev ? "here" : "on a mount");
		fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
			    O_CLOEXEC);
		if (fd < 0) {
			say("open of %s: %s", name, errname(errno));
			continue;
		}
		MUST(fstat(fd, &opened));
		say("open of %s: %s%s", name, opened.st_dev == own.st_dev ?
		    "here" : "on a mount", r == 0 &&
		    opened.st_ino == st.st_ino ? ", the same" : "");
		close(fd);
	}
}

static void
a_mount_is_seen_from_a_descriptor(void)
{
	int dir;

	setup();
	dir = MUST(open("d", O_RDONLY | O_DIRECTORY));
	say_below(dir, "sub");
	say_below(dir, "sub/deep");
	R(mount("none", "d/sub", "tmpfs", 0, NULL));
	say_below(dir, "sub");
	say_below(dir, "sub/deep");
	R(umount2("d/sub", 0));
	say_below(dir, "sub");
	R(mount("none", "d/sub/deep", "tmpfs", 0, NULL));
	say_below(dir, "sub");
	say_below(dir, "sub/deep");
	R(umount2("d/sub/deep", 0));
	say_below(dir, "sub/deep");
	close(dir);
}

static void
names_below_that_lead_nowhere(void)
{
	int dir;

	setup();
	dir = MUST(open("d", O_RDONLY | O_DIRECTORY));
	say_below(dir, "none");
	say_below(dir, "sub/none");
	say_below(dir, "link");
	say_below(dir, "link/deep");
	say_below(dir, "sub/");
	say_below(dir, "link/");
	say_below(dir, "sub//./deep/.");
	say_below(dir, "sub/../sub");
	say_below(dir, "..");
	say_below(dir, ".");
	MUST(rmdir("d/sub/deep"));
	say_below(dir, "sub/deep");
	close(dir);
	dir = MUST(open("d/sub/f", O_RDONLY));
	say_below(dir, "x");
	close(dir);
	RFD(openat(dir, "x", O_RDONLY | O_DIRECTORY));
}

/* ".." of what was opened tells through which mount it was. */
static void
a_descriptor_stays_with_its_mount(void)
{
	int dir, sub;
	char *got;

	setup();
	R(mount("d", "e", NULL, MS_BIND, NULL));
	dir = MUST(open("e", O_RDONLY | O_DIRECTORY));
	for (int i = 0; i < TIMES; i++) {
		sub = MUST(openat(dir, "sub", O_RDONLY | O_DIRECTORY));
		MUST(fchdir(sub));
		got = getcwd(NULL, 0);
		say("%.5s", got ? strrchr(got, '/') - 1 : errname(errno));
		free(got);
		MUST(chdir("../.."));
		close(sub);
	}
	close(dir);
	R(umount2("e", 0));
}

GUEST_MAIN(
	CASE(a_mount_is_seen_from_a_descriptor),
	CASE(names_below_that_lead_nowhere),
	CASE(a_descriptor_stays_with_its_mount),
)
