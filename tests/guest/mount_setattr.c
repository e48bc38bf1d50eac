/* SPDX-License-Identifier: Apache-2.0 */
/* mount_setattr: flags, access times and types of mounts, all or nothing. */
#include "tests/lib/guest.h"

#include "include/uapi.h"

static void
setup(void)
{
	needs_kernel(5, 14, "mount_setattr with MOUNT_ATTR_NOSYMFOLLOW");
	MUST(mkdir("a", 0755));
	MUST(mkdir("b", 0755));
	MUST(mount("t", "a", "tmpfs", MS_NOSUID, NULL));
	MUST(mkdir("a/s", 0755));
	MUST(mkdir("a/z", 0755));
	MUST(mount("u", "a/s", "tmpfs", 0, NULL));
	MUST(mount("v", "a/z", "tmpfs", 0, NULL));
}

/* Fields 5 and 6 of mountinfo, and if there is a group, below `top`. */
static void
say_mounts(void)
{
	char line[1024], point[512], flags[256], tag[64];
	FILE *f = fopen("/proc/self/mountinfo", "r");
	size_t len = strlen(here());

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*d %*d %*s %*s %511s %255s %63s", point,
			   flags, tag) == 3 &&
		    strncmp(point, here(), len) == 0)
			say("%s %s %.6s", point + len, flags, tag);
	if (f)
		fclose(f);
}

static long
set(const char *path, unsigned int flags, uint64_t on, uint64_t off,
    uint64_t type)
{
	struct mount_attr attr = {
		.attr_set = on, .attr_clr = off, .propagation = type,
	};

	return mount_setattr(AT_FDCWD, path, flags, &attr, sizeof(attr));
}

static void
attributes_are_set_and_cleared(void)
{
	setup();
	R(set("a", 0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC,
	      MOUNT_ATTR_NOSUID, 0));
	R(mkdir("a/new", 0755));
	R(mkdir("a/s/new", 0755));
	say_mounts();
	R(set("a", AT_RECURSIVE, MOUNT_ATTR_NODEV, MOUNT_ATTR_RDONLY,
	      MS_SHARED));
	say_mounts();
	R(set("a", AT_RECURSIVE, MOUNT_ATTR_NOSYMFOLLOW, 0, MS_PRIVATE));
	say_mounts();
	R(set("a", AT_RECURSIVE, 0, MOUNT_ATTR_NOSYMFOLLOW, MS_UNBINDABLE));
	say_mounts();
	R(umount2("a", MNT_DETACH));
}

static void
access_times_are_one_field(void)
{
	setup();
	R(set("a", 0, MOUNT_ATTR_NOATIME, 0, 0));
	R(set("a", 0, 0, MOUNT_ATTR_NOATIME, 0));
	R(set("a", 0, MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME, 0));
	R(set("a/s", 0, 0, MOUNT_ATTR__ATIME, 0));
	R(set("a/z", 0, MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME, 0));
	R(set("a/z", 0, 0x30, MOUNT_ATTR__ATIME, 0));
	R(set("a", 0, MOUNT_ATTR_NODIRATIME, 0, 0));
	say_mounts();
	R(set("a", 0, 0, MOUNT_ATTR__ATIME, 0));
	R(set("a", 0, 0, MOUNT_ATTR_NODIRATIME, 0));
	say_mounts();
	R(umount2("a", MNT_DETACH));
}

static void
arguments_are_judged_in_order(void)
{
	struct {
		struct mount_attr attr;
		uint64_t pad;
	} big = { .attr.attr_set = MOUNT_ATTR_RDONLY };
	char *page = calloc(2, 4096);
	int dir;

	setup();
	MUST(mkdir("a/d", 0755));
	MUST(symlink("a", "link"));
	R(mount_setattr(AT_FDCWD, "a", 0, &big.attr, 31));
	R(mount_setattr(AT_FDCWD, "a", 0, (void *)page, 4097));
	R(mount_setattr(AT_FDCWD, "a", 0, (void *)page, 4096));
	R(mount_setattr(AT_FDCWD, "a", 0, &big.attr, 40));
	big.pad = 1;
	R(mount_setattr(AT_FDCWD, "a", 0, &big.attr, 40));
	R(mount_setattr(AT_FDCWD, "a", 0x2, &big.attr, 31));
	R(mount_setattr(AT_FDCWD, "a", 0, hole(), 32));
	R(mount_setattr(AT_FDCWD, hole(), 0, &big.attr, 32));
	R(mount_setattr(AT_FDCWD, "a", 0, &big.attr, 32));
	R(set("a", 0, 0, MOUNT_ATTR_RDONLY, 0));
	R(set("a", 0, 0x100, 0, 0));
	R(set("a", 0, 0, 0, MS_SHARED | MS_SLAVE));
	R(set("a", 0, 0, 0, MS_REC));
	R(set("zz", 0, 0, 0, 0));
	R(set("zz", 0, MOUNT_ATTR_RDONLY, 0, 0));
	R(set("zz", 0, 0x100, 0, 0));
	R(set("a/d", 0, MOUNT_ATTR_RDONLY, 0, 0));
	R(set("", 0, MOUNT_ATTR_RDONLY, 0, 0));
	R(set("link", AT_SYMLINK_NOFOLLOW, MOUNT_ATTR_NODEV, 0, 0));
	R(set("link", 0, MOUNT_ATTR_NODEV, 0, 0));
	R(set("a", 0, 0, MOUNT_ATTR_IDMAP, 0));
	dir = MUST(open("a", O_PATH));
	big.attr = (struct mount_attr){ .attr_set = MOUNT_ATTR_NOEXEC };
	R(mount_setattr(dir, "", 0, &big.attr, 32));
	R(mount_setattr(dir, NULL, AT_EMPTY_PATH, &big.attr, 32));
	R(mount_setattr(dir, "", AT_EMPTY_PATH, &big.attr, 32));
	R(mount_setattr(77, "x", 0, &big.attr, 32));
	big.attr.attr_set = MOUNT_ATTR_IDMAP;
	big.attr.userns_fd = UINT64_C(1) << 32;
	R(mount_setattr(dir, "", AT_EMPTY_PATH, &big.attr, 32));
	big.attr.userns_fd = 77;
	R(mount_setattr(dir, "", AT_EMPTY_PATH, &big.attr, 32));
	big.attr.userns_fd = (uint64_t)dir;
	R(mount_setattr(dir, "", AT_EMPTY_PATH, &big.attr, 32));
	big.attr.userns_fd = (uint64_t)MUST(open(".", O_RDONLY));
	R(mount_setattr(dir, "", AT_EMPTY_PATH, &big.attr, 32));
	close(dir);
	say_mounts();
	R(umount2("a", MNT_DETACH));
}

static void
a_recursive_change_is_made_everywhere_or_nowhere(void)
{
	int fd;

	setup();
	fd = MUST(open("a/s/f", O_CREAT | O_WRONLY, 0644));
	R(set("a", AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0, MS_SHARED));
	say_mounts();
	R(set("a", AT_RECURSIVE, MOUNT_ATTR_NOEXEC, 0, 0));
	R(set("a/z", 0, MOUNT_ATTR_RDONLY, 0, 0));
	R(set("a", 0, MOUNT_ATTR_RDONLY, 0, 0));
	close(fd);
	R(set("a", AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0, 0));
	say_mounts();
	R(umount2("a", MNT_DETACH));
}

static void
a_detached_tree_is_changed_at_its_root(void)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_NOEXEC, .propagation = MS_SHARED,
	};
	int m;

	setup();
	m = MUST(open_tree(AT_FDCWD, "a", OPEN_TREE_CLONE | AT_RECURSIVE));
	R(mount_setattr(m, "", AT_EMPTY_PATH, &attr, sizeof(attr)));
	R(mount_setattr(m, "s", 0, &attr, sizeof(attr)));
	attr.attr_set = MOUNT_ATTR_RDONLY;
	R(mount_setattr(m, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr,
			sizeof(attr)));
	R(mkdirat(m, "s/new", 0755));
	R(move_mount(m, "", AT_FDCWD, "b", MOVE_MOUNT_F_EMPTY_PATH));
	close(m);
	say_mounts();
	R(umount2("b", MNT_DETACH));
	R(umount2("a", MNT_DETACH));
}

GUEST_MAIN(
	CASE(attributes_are_set_and_cleared),
	CASE(access_times_are_one_field),
	CASE(arguments_are_judged_in_order),
	CASE(a_recursive_change_is_made_everywhere_or_nowhere),
	CASE(a_detached_tree_is_changed_at_its_root),
)
