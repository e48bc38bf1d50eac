/* SPDX-License-Identifier: Apache-2.0 */
/* openat2: the RESOLVE_ flags and the checks of struct open_how. */
#include "tests/lib/guest.h"

#include <linux/openat2.h>
#include <limits.h>

static long
o2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct open_how how = { .flags = flags, .mode = mode,
				.resolve = resolve };

	long r;

	/* A rename anywhere on the machine makes a scoped ".." unsure. */
	do
		r = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
	while (r < 0 && errno == EAGAIN && !(resolve & RESOLVE_CACHED));
	return r;
}

static int
make_tree(void)
{
	char path[PATH_MAX];

	MUST(mkdir("d", 0755));
	MUST(mkdir("d/e", 0755));
	put_file("d/f", "in d");
	put_file("f", "top");
	MUST(symlink("f", "d/rel"));
	MUST(symlink("../f", "d/up"));
	MUST(symlink("e/../f", "d/inside"));
	MUST(symlink("/f", "d/abs"));
	MUST(symlink("e", "d/le"));
	snprintf(path, sizeof(path), "%s/d/f", here());
	MUST(symlink(path, "d/absfull"));
	MUST(symlink("/proc/self/cwd", "d/magic"));
	return MUST(open("d", O_PATH));
}

static void
plain_open_works(void)
{
	int d = make_tree();

	RFD(o2(AT_FDCWD, "f", O_RDONLY, 0, 0));
	RFD(o2(d, "f", O_RDONLY | O_CLOEXEC, 0, 0));
	RFD(o2(d, "../f", O_RDONLY, 0, 0));
	RFD(o2(AT_FDCWD, "new", O_WRONLY | O_CREAT, 0640, 0));
	RFD(o2(AT_FDCWD, "", O_RDONLY, 0, 0));
	RFD(o2(AT_FDCWD, "none", O_RDONLY, 0, 0));
	RFD(o2(999, "f", O_RDONLY, 0, 0));
	RFD(o2(999, "/", O_RDONLY, 0, 0));
}

static void
beneath_refuses_to_leave(void)
{
	int d = make_tree();

	RFD(o2(d, "f", O_RDONLY, 0, RESOLVE_BENEATH));
	RFD(o2(d, "e/../f", O_RDONLY, 0, RESOLVE_BENEATH));
	RFD(o2(d, "../f", O_RDONLY, 0, RESOLVE_BENEATH));
	RFD(o2(d, "..", O_RDONLY, 0, RESOLVE_BENEATH));
	RFD(o2(d, "e/../../d/f", O_RDONLY, 0, RESOLVE_BENEATH));
	RFD(o2(d, "/f", O_RDONLY, 0, RESOLVE_BENEATH));
	RFD(o2(d, "/", O_RDONLY, 0, RESOLVE_BENEATH));
	RFD(o2(d, "rel", O_RDONLY, 0, RESOLVE_BENEATH));
	RFD(o2(d, "inside", O_RDONLY, 0, RESOLVE_BENEATH));
	RFD(o2(d, "up", O_RDONLY, 0, RESOLVE_BENEATH));
	RFD(o2(d, "abs", O_RDONLY, 0, RESOLVE_BENEATH));
	RFD(o2(d, "absfull", O_RDONLY, 0, RESOLVE_BENEATH));
	RFD(o2(d, ".", O_RDONLY, 0, RESOLVE_BENEATH));
	RFD(o2(d, "magic", O_RDONLY, 0, RESOLVE_BENEATH));
	RFD(o2(d, "none", O_RDONLY, 0, RESOLVE_BENEATH));
}

static void
in_root_takes_the_descriptor_as_root(void)
{
	int d = make_tree();

	RFD(o2(d, "f", O_RDONLY, 0, RESOLVE_IN_ROOT));
	RFD(o2(d, "/f", O_RDONLY, 0, RESOLVE_IN_ROOT));
	RFD(o2(d, "../f", O_RDONLY, 0, RESOLVE_IN_ROOT));
	RFD(o2(d, "../../../../f", O_RDONLY, 0, RESOLVE_IN_ROOT));
	RFD(o2(d, "up", O_RDONLY, 0, RESOLVE_IN_ROOT));
	RFD(o2(d, "abs", O_RDONLY, 0, RESOLVE_IN_ROOT));
	RFD(o2(d, "absfull", O_RDONLY, 0, RESOLVE_IN_ROOT));
	RFD(o2(d, "/", O_RDONLY, 0, RESOLVE_IN_ROOT));
	RFD(o2(d, "/..", O_RDONLY, 0, RESOLVE_IN_ROOT));
	RFD(o2(d, "magic", O_RDONLY, 0, RESOLVE_IN_ROOT));
	RFD(o2(d, "/proc", O_RDONLY, 0, RESOLVE_IN_ROOT));
	RFD(o2(d, "new", O_WRONLY | O_CREAT, 0644, RESOLVE_IN_ROOT));
	RFD(o2(d, "/../new2", O_WRONLY | O_CREAT, 0644, RESOLVE_IN_ROOT));
	say_names("d");
	say_names(".");
}

static void
no_symlinks_refuses_every_link(void)
{
	int d = make_tree();

	RFD(o2(d, "f", O_RDONLY, 0, RESOLVE_NO_SYMLINKS));
	RFD(o2(d, "rel", O_RDONLY, 0, RESOLVE_NO_SYMLINKS));
	RFD(o2(d, "le", O_RDONLY, 0, RESOLVE_NO_SYMLINKS));
	RFD(o2(d, "le/", O_RDONLY, 0, RESOLVE_NO_SYMLINKS));
	RFD(o2(d, "le/../f", O_RDONLY, 0, RESOLVE_NO_SYMLINKS));
	RFD(o2(d, "rel", O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS));
	RFD(o2(d, "rel", O_RDONLY | O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS));
	RFD(o2(AT_FDCWD, "/proc/self/status", O_RDONLY, 0,
	       RESOLVE_NO_SYMLINKS));
}

static void
no_magiclinks_allows_ordinary_links(void)
{
	int d = make_tree();

	RFD(o2(d, "rel", O_RDONLY, 0, RESOLVE_NO_MAGICLINKS));
	RFD(o2(d, "magic", O_RDONLY, 0, RESOLVE_NO_MAGICLINKS));
	RFD(o2(AT_FDCWD, "/proc/self/status", O_RDONLY, 0,
	       RESOLVE_NO_MAGICLINKS));
	RFD(o2(AT_FDCWD, "/proc/self/exe", O_RDONLY, 0,
	       RESOLVE_NO_MAGICLINKS));
	RFD(o2(AT_FDCWD, "/proc/self/fd/1", O_PATH, 0,
	       RESOLVE_NO_MAGICLINKS));
	RFD(o2(AT_FDCWD, "/proc/self/root/", O_RDONLY, 0,
	       RESOLVE_NO_MAGICLINKS));
	RFD(o2(AT_FDCWD, "/proc/self/cwd", O_PATH | O_NOFOLLOW, 0,
	       RESOLVE_NO_MAGICLINKS));
}

static void
no_xdev_refuses_to_cross_mounts(void)
{
	int d = make_tree();

	RFD(o2(d, "f", O_RDONLY, 0, RESOLVE_NO_XDEV));
	RFD(o2(d, "../f", O_RDONLY, 0, RESOLVE_NO_XDEV));
	RFD(o2(AT_FDCWD, "/proc/version", O_RDONLY, 0, RESOLVE_NO_XDEV));
	RFD(o2(AT_FDCWD, "/dev/null", O_RDONLY, 0, RESOLVE_NO_XDEV));
	RFD(o2(d, "/", O_RDONLY | O_DIRECTORY, 0, 0));
}

static void
cached_may_ask_for_a_retry(void)
{
	int d = make_tree();
	long fd = o2(d, "f", O_RDONLY, 0, RESOLVE_CACHED);

	/* EAGAIN is always allowed: the caller then asks without the flag. */
	say("opened or to be retried: %d", fd >= 0 || errno == EAGAIN);
	RFD(o2(d, "f", O_RDONLY | O_TRUNC, 0, RESOLVE_CACHED));
	RFD(o2(d, "n", O_RDONLY | O_CREAT, 0644, RESOLVE_CACHED));
}

static void
the_structure_is_checked(void)
{
	struct open_how *how = tail_bytes(sizeof(*how));
	/* All that the kernel may look at is there. */
	static unsigned char big[8192];
	int d = make_tree();

	memset(how, 0, sizeof(*how));
	RFD(syscall(SYS_openat2, d, "f", how, sizeof(*how)));
	RFD(syscall(SYS_openat2, d, "f", how, sizeof(*how) - 1));
	RFD(syscall(SYS_openat2, d, "f", how, 0));
	RFD(syscall(SYS_openat2, d, "f", how, sizeof(*how) + 8));
	RFD(syscall(SYS_openat2, d, "f", NULL, sizeof(*how)));
	RFD(syscall(SYS_openat2, d, "f", hole(), sizeof(*how)));
	RFD(syscall(SYS_openat2, d, hole(), how, sizeof(*how)));
	RFD(syscall(SYS_openat2, d, "f", big, 256));
	big[200] = 1;
	RFD(syscall(SYS_openat2, d, "f", big, 256));
	RFD(syscall(SYS_openat2, d, "f", big, 5000));
}

static void
unknown_bits_are_einval(void)
{
	int d = make_tree();

	RFD(o2(d, "f", O_RDONLY, 0, 0x40));
	RFD(o2(d, "f", O_RDONLY, 0, 1ULL << 40));
	RFD(o2(d, "f", O_RDONLY, 0, RESOLVE_BENEATH | RESOLVE_IN_ROOT));
	RFD(o2(d, "f", O_RDONLY | 0x40000000, 0, 0));
	RFD(o2(d, "f", 1ULL << 40, 0, 0));
	RFD(o2(d, "f", O_RDONLY, 0644, 0));
	RFD(o2(d, "n", O_WRONLY | O_CREAT, 010000, 0));
	RFD(o2(d, "n", O_WRONLY | O_CREAT, 1ULL << 32, 0));
	RFD(o2(d, "f", O_PATH | O_RDWR, 0, 0));
	RFD(o2(d, "f", O_PATH | O_CREAT, 0, 0));
	RFD(o2(d, ".", O_TMPFILE, 0600, 0));
	RFD(o2(d, ".", __O_TMPFILE | O_RDWR, 0600, 0));
	SINCE(6, 4, o2(d, "q", O_CREAT | O_DIRECTORY | O_RDONLY, 0644, 0));
}

GUEST_MAIN(
	CASE(plain_open_works),
	CASE(beneath_refuses_to_leave),
	CASE(in_root_takes_the_descriptor_as_root),
	CASE(no_symlinks_refuses_every_link),
	CASE(no_magiclinks_allows_ordinary_links),
	CASE(no_xdev_refuses_to_cross_mounts),
	CASE(cached_may_ask_for_a_retry),
	CASE(the_structure_is_checked),
	CASE(unknown_bits_are_einval),
)
