/* SPDX-License-Identifier: Apache-2.0 */
/* mount(2) and umount2(2): arguments that are refused, in checked order. */
#include "tests/lib/guest.h"

#include <sys/mount.h>

static void
bad_pointers_and_strings(void)
{
	char *long_type = repeat('t', 5000);

	MUST(mkdir("d", 0755));
	R(mount("none", "d", hole(), 0, NULL));
	R(mount(hole(), "d", "tmpfs", 0, NULL));
	R(mount("none", hole(), "tmpfs", 0, NULL));
	R(mount("none", NULL, "tmpfs", 0, NULL));
	R(mount("none", "d", "tmpfs", 0, hole()));
	R(mount("none", "d", long_type, 0, NULL));
	R(mount(long_type, "d", "tmpfs", 0, NULL));
	R(mount("none", repeat('/', 4096), "tmpfs", 0, NULL));
	R(mount("none", "", "tmpfs", 0, NULL));
	R(mount("none", "none", "tmpfs", 0, NULL));
	R(umount2(hole(), 0));
	R(umount2("", 0));
	R(umount2("none", 0));
}

static void
types_and_options(void)
{
	MUST(mkdir("d", 0755));
	put_file("f", "x");
	R(mount("none", "d", NULL, 0, NULL));
	R(mount("none", "d", "", 0, NULL));
	R(mount("none", "d", "nosuchfs", 0, NULL));
	R(mount("none", "d", "tmpfs", 0, "nosuchoption"));
	R(mount("none", "d", "tmpfs", 0, "size=nonsense"));
	R(mount("none", "d", "tmpfs", 0, "mode=9999"));
	R(mount("none", "f", "tmpfs", 0, NULL));
	R(mount("none", "f", "tmpfs", 0, "nosuchoption"));
	R(mount("none", "d", "tmpfs", 1UL << 31, NULL));
	R(mount("none", "d", "tmpfs", 0, "size=1m,mode=700,nr_inodes=10"));
	R(umount2("d", 0));
}

static void
only_mount_roots_are_unmounted(void)
{
	MUST(mkdir("d", 0755));
	MUST(mkdir("m", 0755));
	put_file("f", "x");
	R(umount2("d", 0));
	R(umount2("f", 0));
	R(umount2("d", 0x100));
	R(mount("none", "m", "tmpfs", 0, NULL));
	MUST(mkdir("m/sub", 0755));
	R(umount2("m/sub", 0));
	R(umount2("m/sub/..", 0));
	R(umount2("m", 0));
}

static void
binds_need_matching_kinds(void)
{
	MUST(mkdir("d", 0755));
	MUST(mkdir("e", 0755));
	put_file("f", "F");
	put_file("g", "G");
	R(mount("d", "f", NULL, MS_BIND, NULL));
	R(mount("f", "d", NULL, MS_BIND, NULL));
	R(mount("none", "d", NULL, MS_BIND, NULL));
	R(mount("", "d", NULL, MS_BIND, NULL));
	R(mount(NULL, "d", NULL, MS_BIND, NULL));
	R(mount("f", "g", NULL, MS_BIND, NULL));
	say("%s", get_file("g"));
	R(umount2("g", 0));
	say("%s", get_file("g"));
	R(mount("d", "e", "ignored", MS_BIND, "ignored"));
	R(umount2("e", 0));
}

static void
remount_needs_a_mount_root(void)
{
	MUST(mkdir("d", 0755));
	R(mount(NULL, "d", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	R(mount(NULL, "d", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
	R(mount(NULL, "d", NULL, MS_MOVE, NULL));
	R(mount("d", "d", NULL, MS_MOVE, NULL));
	R(mount(NULL, "d", NULL, MS_SHARED, NULL));
	R(mount(NULL, "none", NULL, MS_PRIVATE, NULL));
}

static void
proc_is_busy_while_it_is_used(void)
{
	int fd;

	MUST(mkdir("p", 0755));
	if (mount("none", "p", "proc", 0, NULL) < 0)
		cannot("proc needs a pid namespace of one's own");
	R(umount2("p", 0));
	R(mount("none", "p", "proc", 0, NULL));
	fd = MUST(open("p", O_RDONLY | O_DIRECTORY));
	R(umount2("p", 0));
	close(fd);
	R(umount2("p", 0));
}

GUEST_MAIN(
	CASE(bad_pointers_and_strings),
	CASE(types_and_options),
	CASE(only_mount_roots_are_unmounted),
	CASE(binds_need_matching_kinds),
	CASE(remount_needs_a_mount_root),
	CASE(proc_is_busy_while_it_is_used),
)
