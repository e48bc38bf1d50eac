/* SPDX-License-Identifier: Apache-2.0 */
/* The xattr family, on paths, links and descriptors. */
#include "tests/lib/guest.h"

#include <sys/xattr.h>

static void
need_user_xattrs(void)
{
	put_file("f", "x");
	if (setxattr("f", "user.probe", "1", 1, 0)) {
		if (errno == EOPNOTSUPP)
			cannot("this filesystem has no user xattrs");
		say("set-up failed: setxattr: %s", errname(errno));
		_exit(98);
	}
	removexattr("f", "user.probe");
}

static void
values_are_kept(void)
{
	char buf[64] = "";

	need_user_xattrs();
	R(setxattr("f", "user.a", "value", 5, 0));
	R(getxattr("f", "user.a", buf, sizeof(buf)));
	say("%s", buf);
	R(getxattr("f", "user.a", NULL, 0));
	R(getxattr("f", "user.a", buf, 3));
	R(getxattr("f", "user.none", buf, 3));
	R(setxattr("f", "user.a", "v", 1, XATTR_CREATE));
	R(setxattr("f", "user.b", "v", 1, XATTR_REPLACE));
	R(setxattr("f", "user.a", "v2", 2, XATTR_REPLACE));
	R(setxattr("f", "user.empty", "", 0, XATTR_CREATE));
	R(getxattr("f", "user.a", buf, sizeof(buf)));
	R(removexattr("f", "user.a"));
	R(removexattr("f", "user.a"));
	R(getxattr("f", "user.a", buf, sizeof(buf)));
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
lists_hold_all_names(void)
{
	char buf[256] = "", *names[16];
	ssize_t n;
	int count = 0;

	need_user_xattrs();
	MUST(setxattr("f", "user.one", "1", 1, 0));
	MUST(setxattr("f", "user.two", "2", 1, 0));
	R(listxattr("f", NULL, 0));
	n = R(listxattr("f", buf, sizeof(buf)));
	for (char *p = buf; p < buf + n && count < 16; p += strlen(p) + 1)
		names[count++] = p;
	qsort(names, count, sizeof(names[0]), by_text);
	for (int i = 0; i < count; i++)
		say("%s", names[i]);
	R(listxattr("f", buf, 3));
	R(listxattr("none", buf, sizeof(buf)));
	R(listxattr("f", hole(), 64));
}

static void
links_and_descriptors(void)
{
	char buf[16];
	int fd, p;

	need_user_xattrs();
	MUST(symlink("f", "l"));
	fd = MUST(open("f", O_RDONLY));
	p = MUST(open("f", O_PATH));
	R(setxattr("l", "user.a", "1", 1, 0));
	R(getxattr("f", "user.a", buf, sizeof(buf)));
	R(lgetxattr("l", "user.a", buf, sizeof(buf)));
	R(lsetxattr("l", "user.a", "1", 1, 0));
	R(llistxattr("l", buf, sizeof(buf)));
	R(lremovexattr("l", "user.a"));
	R(fsetxattr(fd, "user.b", "2", 1, 0));
	R(fgetxattr(fd, "user.b", buf, sizeof(buf)));
	R(fremovexattr(fd, "user.b"));
	R(flistxattr(fd, buf, 0) > 0);
	R(fgetxattr(p, "user.a", buf, sizeof(buf)));
	R(fsetxattr(999, "user.b", "2", 1, 0));
}

static void
arguments_are_checked(void)
{
	char buf[16];
	char *name256 = repeat('n', 256), *big = repeat('v', 65537);

	need_user_xattrs();
	memcpy(name256, "user.", 5);
	R(setxattr("none", "user.a", "1", 1, 0));
	R(setxattr("", "user.a", "1", 1, 0));
	R(setxattr("f/", "user.a", "1", 1, 0));
	R(setxattr("f", "user.a", "1", 1, 7));
	R(setxattr("f", "", "1", 1, 0));
	R(setxattr("f", "user.", "1", 1, 0));
	R(setxattr("f", name256, "1", 1, 0));
	R(setxattr("f", "nonsense", "1", 1, 0));
	R(setxattr("f", "nonsense.a", "1", 1, 0));
	R(setxattr("f", "trusted.a", "1", 1, 0));
	R(setxattr("f", "user.a", big, 65537, 0));
	R(setxattr("f", "user.a", hole(), 5, 0));
	R(setxattr("f", hole(), "1", 1, 0));
	R(setxattr(hole(), "user.a", "1", 1, 0));
	MUST(setxattr("f", "user.a", "12", 2, 0));
	R(getxattr("f", "user.a", hole(), 5));
	R(getxattr("f", hole(), buf, 5));
	R(getxattr("f", "", buf, 5));
	R(getxattr(hole(), "user.a", buf, 5));
	R(removexattr("f", hole()));
	R(getxattr("f", "trusted.a", buf, 5));
}

static void
permission_is_needed(void)
{
	char buf[16];

	need_user_xattrs();
	MUST(setxattr("f", "user.a", "1", 1, 0));
	MUST(chmod("f", 0444));
	R(setxattr("f", "user.b", "1", 1, 0));
	R(getxattr("f", "user.a", buf, sizeof(buf)));
	MUST(chmod("f", 0222));
	R(getxattr("f", "user.a", buf, sizeof(buf)));
	R(setxattr("f", "user.b", "1", 1, 0));
	R(listxattr("f", buf, 0) > 0);
}

GUEST_MAIN(
	CASE(values_are_kept),
	CASE(lists_hold_all_names),
	CASE(links_and_descriptors),
	CASE(arguments_are_checked),
	CASE(permission_is_needed),
)
