/* SPDX-License-Identifier: Apache-2.0 */
/* access, faccessat, faccessat2. */
#include "tests/lib/guest.h"

static void
modes_are_checked(void)
{
	static const mode_t modes[] = { 0, 0400, 0200, 0100, 0644, 0755, 0007 };
	char line[64];

	put_file("f", "x");
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		MUST(chmod("f", modes[i]));
		for (int want = 0; want < 8; want++)
			line[want] = access("f", want) ? 'n' : 'y';
		line[8] = '\0';
		say("%03o: %s", modes[i], line);
	}
}

static void
errors_of_paths(void)
{
	put_file("f", "x");
	MUST(mkdir("d", 0755));
	MUST(symlink("none", "dangling"));
	MUST(symlink("loop", "loop"));
	R(access("f", F_OK));
	R(access("none", F_OK));
	R(access("", F_OK));
	R(access("f/", F_OK));
	R(access("f/x", F_OK));
	R(access("d/", X_OK));
	R(access("dangling", F_OK));
	R(access("loop", F_OK));
	R(access("f", 8));
	R(access("f", -1));
	R(access("none", 8));
	R(access(hole(), F_OK));
	R(access(hole(), 8));
	R(access(repeat('a', 256), F_OK));
	R(access(repeat('a', 4096), F_OK));
	R(access(tail("f"), R_OK));
}

static void
faccessat_flags(void)
{
	int d, f;

	MUST(mkdir("d", 0755));
	put_file("d/f", "x");
	MUST(symlink("none", "d/dangling"));
	d = MUST(open("d", O_RDONLY));
	f = MUST(open("d/f", O_PATH));
	R(syscall(SYS_faccessat, d, "f", R_OK));
	R(syscall(SYS_faccessat, d, "none", R_OK));
	R(syscall(SYS_faccessat, 999, "f", R_OK));
	R(syscall(SYS_faccessat, 999, "/", R_OK));
	R(syscall(SYS_faccessat, f, "f", R_OK));
	R(syscall(SYS_faccessat2, d, "f", R_OK, AT_EACCESS));
	R(syscall(SYS_faccessat2, d, "dangling", F_OK, 0));
	R(syscall(SYS_faccessat2, d, "dangling", F_OK, AT_SYMLINK_NOFOLLOW));
	R(syscall(SYS_faccessat2, f, "", R_OK, AT_EMPTY_PATH));
	R(syscall(SYS_faccessat2, f, "", X_OK, AT_EMPTY_PATH));
	R(syscall(SYS_faccessat2, f, "", R_OK, 0));
	R(syscall(SYS_faccessat2, 999, "", R_OK, AT_EMPTY_PATH));
	R(syscall(SYS_faccessat2, AT_FDCWD, "", R_OK, AT_EMPTY_PATH));
	R(syscall(SYS_faccessat2, d, "f", R_OK, 0x8));
	R(syscall(SYS_faccessat2, d, "f", 0x10, 0));
	R(syscall(SYS_faccessat2, d, hole(), R_OK, 0));
}

static void
search_permission_is_needed(void)
{
	MUST(mkdir("d", 0755));
	MUST(mkdir("d/e", 0755));
	put_file("d/e/f", "x");
	MUST(chmod("d", 0600));
	R(access("d/e/f", F_OK));
	R(access("d/e", F_OK));
	R(access("d/none", F_OK));
	R(access("d", R_OK | W_OK));
	R(access("d", X_OK));
	MUST(chmod("d", 0100));
	R(access("d/e/f", R_OK));
	MUST(chmod("d", 0755));
}

static void
the_world_is_readable(void)
{
	static const char *const paths[] = {
		"/", "/usr", "/usr/bin", "/etc/passwd", "/dev/null", "/proc",
		"/proc/self", "/tmp", "/dev/shm", "/bin/sh",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		say("%s: r %s x %s", paths[i],
		    access(paths[i], R_OK) ? errname(errno) : "yes",
		    access(paths[i], X_OK) ? errname(errno) : "yes");
	R(access("/tmp", W_OK));
	R(access("/dev/shm", W_OK));
	R(access("/dev/null", W_OK));
}

GUEST_MAIN(
	CASE(modes_are_checked),
	CASE(errors_of_paths),
	CASE(faccessat_flags),
	CASE(search_permission_is_needed),
	CASE(the_world_is_readable),
)
