/* SPDX-License-Identifier: Apache-2.0 */
/* statfs, fstatfs, ustat, sync calls. */
#include "tests/lib/guest.h"

#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

static void
types_tell_the_filesystem(void)
{
	struct statfs s;

	R(statfs("/proc", &s));
	say("proc %d", s.f_type == PROC_SUPER_MAGIC);
	R(statfs("/proc/self/fd", &s));
	say("proc %d", s.f_type == PROC_SUPER_MAGIC);
	R(statfs("/dev/shm", &s));
	say("tmpfs %d", s.f_type == TMPFS_MAGIC);
	R(statfs("/dev/pts", &s));
	say("devpts %d", s.f_type == DEVPTS_SUPER_MAGIC);
	R(statfs("/sys", &s));
	say("sysfs %d", s.f_type == SYSFS_MAGIC);
	R(statfs(".", &s));
	say("some blocks %d, namelen %ld", s.f_blocks > 0, (long)s.f_namelen);
}

static void
descriptors_agree_with_paths(void)
{
	struct statfs a, b;
	int fd, p;

	put_file("f", "x");
	fd = MUST(open("f", O_RDONLY));
	p = MUST(open("f", O_PATH));
	R(statfs("f", &a));
	R(fstatfs(fd, &b));
	say("type %d bsize %d blocks %d namelen %d fsid %d",
	    a.f_type == b.f_type, a.f_bsize == b.f_bsize,
	    a.f_blocks == b.f_blocks, a.f_namelen == b.f_namelen,
	    !memcmp(&a.f_fsid, &b.f_fsid, sizeof(a.f_fsid)));
	say("flags %d", a.f_flags == b.f_flags);
	R(fstatfs(p, &b));
	fd = MUST(open("/proc", O_RDONLY));
	R(fstatfs(fd, &b));
	say("proc %d", b.f_type == PROC_SUPER_MAGIC);
	fd = MUST(open("/dev/shm", O_RDONLY));
	R(fstatfs(fd, &b));
	say("tmpfs %d", b.f_type == TMPFS_MAGIC);
}

static void
errors(void)
{
	struct statfs s;

	put_file("f", "x");
	MUST(symlink("f", "l"));
	R(statfs("l", &s));
	R(statfs("none", &s));
	R(statfs("", &s));
	R(statfs("f/", &s));
	R(statfs(hole(), &s));
	R(statfs("f", hole()));
	R(fstatfs(999, &s));
	R(fstatfs(0, hole()));
}

static void
sync_calls_work(void)
{
	int fd = MUST(open("f", O_RDWR | O_CREAT, 0644));
	int p = MUST(open("f", O_PATH));

	R(fsync(fd));
	R(fdatasync(fd));
	R(syncfs(fd));
	R(fsync(p));
	R(fsync(999));
	R(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
}

GUEST_MAIN(
	CASE(types_tell_the_filesystem),
	CASE(descriptors_agree_with_paths),
	CASE(errors),
	CASE(sync_calls_work),
)
