/* SPDX-License-Identifier: Apache-2.0 */
/* stat, lstat, fstat, fstatat, statx. */
#include "tests/lib/guest.h"

#include <linux/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

static void
say_stat(const char *name, const struct stat *st)
{
	int dir = S_ISDIR(st->st_mode);

	say("%s: %s size %ld nlink %ld mine %d %d rdev %x", name,
	    mode_text(st->st_mode), dir ? -1 : (long)st->st_size,
	    dir ? -1 : (long)st->st_nlink, st->st_uid == geteuid(),
	    st->st_gid == getegid(), (unsigned)st->st_rdev);
}

static void
fields_tell_the_file(void)
{
	struct stat st;

	put_file("f", "hello");
	MUST(link("f", "f2"));
	MUST(mkdir("d", 0750));
	MUST(symlink("f", "l"));
	MUST(symlink("none", "dangling"));
	MUST(mkfifo("p", 0600));
	R(stat("f", &st));
	say_stat("f", &st);
	R(stat("d", &st));
	say_stat("d", &st);
	R(stat("l", &st));
	say_stat("l", &st);
	R(lstat("l", &st));
	say_stat("l itself", &st);
	R(stat("p", &st));
	say_stat("p", &st);
	R(stat("dangling", &st));
	R(lstat("dangling", &st));
	say_stat("dangling", &st);
	R(stat("/dev/null", &st));
	say_stat("null", &st);
	R(stat("/proc/self/status", &st));
}

static void
all_forms_agree(void)
{
	struct stat a, b, c, d, e;
	int fd, dir;

	put_file("f", "hello");
	fd = MUST(open("f", O_RDONLY));
	dir = MUST(open(".", O_RDONLY));
	MUST(stat("f", &a));
	MUST(lstat("f", &b));
	MUST(fstat(fd, &c));
	MUST(fstatat(dir, "f", &d, AT_SYMLINK_NOFOLLOW));
	MUST(fstatat(fd, "", &e, AT_EMPTY_PATH));
	say("lstat %d", memcmp(&a, &b, sizeof(a)));
	say("fstat %d", memcmp(&a, &c, sizeof(a)));
	say("fstatat %d", memcmp(&a, &d, sizeof(a)));
	say("empty path %d", memcmp(&a, &e, sizeof(a)));
	MUST(stat(".", &a));
	MUST(fstat(dir, &b));
	MUST(stat(here(), &c));
	MUST(fstatat(AT_FDCWD, "", &d, AT_EMPTY_PATH));
	say("directory: %d %d %d", memcmp(&a, &b, sizeof(a)),
	    memcmp(&a, &c, sizeof(a)), memcmp(&a, &d, sizeof(a)));
}

static void
errors_of_paths(void)
{
	struct stat st;
	char *n256 = repeat('a', 256), *p4096 = repeat('/', 4096);

	put_file("f", "hello");
	MUST(mkdir("d", 0755));
	MUST(symlink("loop", "loop"));
	MUST(symlink("d", "ld"));
	R(stat("none", &st));
	R(stat("", &st));
	R(lstat("", &st));
	R(stat("f/", &st));
	R(stat("f/.", &st));
	R(stat("f/x", &st));
	R(stat("none/x", &st));
	R(stat("d/", &st));
	R(stat("d/.", &st));
	R(stat("loop", &st));
	R(lstat("loop", &st));
	R(lstat("loop/", &st));
	R(lstat("ld/", &st));
	say("%s", mode_text(st.st_mode));
	R(lstat("ld", &st));
	say("%c", mode_text(st.st_mode)[0]);
	R(stat(n256, &st));
	R(stat(p4096, &st));
	R(stat(hole(), &st));
	R(stat(NULL, &st));
	R(stat("f", hole()));
	R(stat("f", (struct stat *)tail_bytes(sizeof(st) - 1)));
	R(stat("f", (struct stat *)tail_bytes(sizeof(st))));
	R(stat("none", hole()));
	R(stat(tail("f"), &st));
}

static void
relative_to_descriptors(void)
{
	struct stat st;
	int d, f;

	MUST(mkdir("d", 0755));
	put_file("d/f", "inner");
	put_file("f", "x");
	MUST(symlink("f", "d/l"));
	d = MUST(open("d", O_RDONLY));
	f = MUST(open("f", O_RDONLY));
	R(fstatat(d, "f", &st, 0));
	say("%ld", (long)st.st_size);
	R(fstatat(d, "../f", &st, 0));
	say("%ld", (long)st.st_size);
	R(fstatat(d, "l", &st, AT_SYMLINK_NOFOLLOW));
	say("%c", mode_text(st.st_mode)[0]);
	R(fstatat(f, "x", &st, 0));
	R(fstatat(f, "", &st, 0));
	R(fstatat(f, "", &st, AT_EMPTY_PATH));
	R(fstatat(999, "f", &st, 0));
	R(fstatat(999, "", &st, AT_EMPTY_PATH));
	R(fstatat(999, "/", &st, 0));
	R(fstatat(999, "f", &st, AT_EMPTY_PATH));
	R(fstatat(d, "f", &st, 0x8));
	R(fstatat(d, "f", &st, AT_NO_AUTOMOUNT));
	R(fstatat(d, "f", &st, AT_EMPTY_PATH));
	R(fstatat(d, "", &st, AT_EMPTY_PATH));
	R(fstat(999, &st));
	R(fstat(f, hole()));
	R(fstatat(f, NULL, &st, AT_EMPTY_PATH));
	R(fstatat(f, NULL, &st, 0));
	R(fstatat(f, hole(), &st, AT_EMPTY_PATH));
}

static void
pipes_and_sockets_too(void)
{
	struct stat st;
	int p[2];

	MUST(pipe(p));
	R(fstat(p[0], &st));
	say_stat("pipe", &st);
	R(fstatat(p[1], "", &st, AT_EMPTY_PATH));
	say_stat("pipe", &st);
}

static void
statx_agrees_with_stat(void)
{
	struct statx sx;
	struct stat st;

	put_file("f", "hello");
	memset(&sx, 0x55, sizeof(sx));
	R(syscall(SYS_statx, AT_FDCWD, "f", 0, STATX_BASIC_STATS, &sx));
	MUST(stat("f", &st));
	say("basic mask %d", (sx.stx_mask & STATX_BASIC_STATS) ==
	    STATX_BASIC_STATS);
	say("mode %d nlink %d uid %d gid %d ino %d size %d blocks %d blk %d",
	    sx.stx_mode == st.st_mode, sx.stx_nlink == st.st_nlink,
	    sx.stx_uid == st.st_uid, sx.stx_gid == st.st_gid,
	    sx.stx_ino == st.st_ino, sx.stx_size == (uint64_t)st.st_size,
	    sx.stx_blocks == (uint64_t)st.st_blocks,
	    sx.stx_blksize == (uint32_t)st.st_blksize);
	say("dev %d", makedev(sx.stx_dev_major, sx.stx_dev_minor) == st.st_dev);
	say("mtime %d", sx.stx_mtime.tv_sec == st.st_mtim.tv_sec &&
	    sx.stx_mtime.tv_nsec == (uint32_t)st.st_mtim.tv_nsec);
}

static void
statx_arguments(void)
{
	struct statx sx;
	int d, f;

	MUST(mkdir("d", 0755));
	put_file("f", "hello");
	MUST(symlink("f", "l"));
	d = MUST(open("d", O_RDONLY));
	f = MUST(open("f", O_RDONLY));
	R(syscall(SYS_statx, AT_FDCWD, "l", AT_SYMLINK_NOFOLLOW,
		  STATX_TYPE, &sx));
	say("%c", mode_text(sx.stx_mode)[0]);
	R(syscall(SYS_statx, d, "../f", 0, STATX_SIZE, &sx));
	say("%d", (int)sx.stx_size);
	R(syscall(SYS_statx, f, "", AT_EMPTY_PATH, STATX_SIZE, &sx));
	R(syscall(SYS_statx, f, "", 0, STATX_SIZE, &sx));
	R(syscall(SYS_statx, f, NULL, AT_EMPTY_PATH, STATX_SIZE, &sx));
	R(syscall(SYS_statx, d, "x", 0, STATX_SIZE, &sx));
	R(syscall(SYS_statx, 999, "f", 0, STATX_SIZE, &sx));
	R(syscall(SYS_statx, 999, "/", 0, STATX_SIZE, &sx));
	R(syscall(SYS_statx, AT_FDCWD, "f", AT_STATX_FORCE_SYNC, 0, &sx));
	R(syscall(SYS_statx, AT_FDCWD, "f",
		  AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC, 0, &sx));
	R(syscall(SYS_statx, AT_FDCWD, "f", AT_STATX_DONT_SYNC, 0, &sx));
	R(syscall(SYS_statx, AT_FDCWD, "f", 0, 0x80000000U, &sx));
	R(syscall(SYS_statx, AT_FDCWD, "f", 0, ~0U >> 1, &sx));
	R(syscall(SYS_statx, AT_FDCWD, hole(), 0, STATX_SIZE, &sx));
	R(syscall(SYS_statx, AT_FDCWD, "f", 0, STATX_SIZE, hole()));
	R(syscall(SYS_statx, AT_FDCWD, "", 0, STATX_SIZE, &sx));
	R(syscall(SYS_statx, AT_FDCWD, "", AT_EMPTY_PATH, STATX_SIZE, &sx));
	R(syscall(SYS_statx, AT_FDCWD, "f/", 0, STATX_SIZE, &sx));
}

static void
statx_mount_id_matches_mountinfo(void)
{
	struct statx sx, sx2;
	char *info = get_file("/proc/self/mountinfo"), *line;
	char id[32];
	int seen = 0;

	MUST(syscall(SYS_statx, AT_FDCWD, "/proc", 0, STATX_MNT_ID, &sx));
	snprintf(id, sizeof(id), "%llu ", (unsigned long long)sx.stx_mnt_id);
	for (line = strtok(info, "\n"); line; line = strtok(NULL, "\n"))
		if (strncmp(line, id, strlen(id)) == 0) {
			seen++;
			say("mounted on /proc: %d", strstr(line, " /proc ") != 0);
		}
	say("listed %d times", seen);
	MUST(syscall(SYS_statx, AT_FDCWD, "/proc/self", 0, STATX_MNT_ID,
		     &sx2));
	say("same mount below: %d", sx.stx_mnt_id == sx2.stx_mnt_id);
	say("/proc is a mount root: %d",
	    !!(sx.stx_attributes & STATX_ATTR_MOUNT_ROOT));
	say("/proc/self is not: %d",
	    !(sx2.stx_attributes & STATX_ATTR_MOUNT_ROOT));
	MUST(syscall(SYS_statx, AT_FDCWD, "/", 0, STATX_MNT_ID, &sx));
	say("/ is a mount root: %d",
	    !!(sx.stx_attributes & STATX_ATTR_MOUNT_ROOT));
}

static void
descriptors_have_the_mount_id_of_their_path(void)
{
	static const char *const paths[] = { "/", "/proc", "/dev", ".",
					     "/usr", "/proc/self/status" };
	struct statx a, b;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int fd = open(paths[i], O_RDONLY | O_CLOEXEC);

		if (fd < 0 || syscall(SYS_statx, fd, "", AT_EMPTY_PATH,
				      STATX_MNT_ID, &a) ||
		    syscall(SYS_statx, AT_FDCWD, paths[i], 0, STATX_MNT_ID,
			    &b))
			say("%s: %s", paths[i], errname(errno));
		else
			say("%s: same %d", paths[i],
			    a.stx_mnt_id == b.stx_mnt_id);
		close(fd);
	}
}

static void
times_move_with_changes(void)
{
	struct stat a, b;
	struct timespec now;

	put_file("f", "hello");
	MUST(clock_gettime(CLOCK_REALTIME, &now));
	MUST(stat("f", &a));
	say("recent %d", llabs((long long)a.st_mtim.tv_sec - now.tv_sec) < 10);
	MUST(chmod("f", 0600));
	MUST(stat("f", &b));
	say("mtime kept %d", a.st_mtim.tv_nsec == b.st_mtim.tv_nsec);
	say("ctime not earlier %d",
	    b.st_ctim.tv_sec > a.st_ctim.tv_sec ||
	    b.st_ctim.tv_nsec >= a.st_ctim.tv_nsec);
}

static void
legacy_stat_works_alike(void)
{
#ifdef SYS_stat
	struct stat st;

	put_file("f", "hello");
	MUST(symlink("f", "l"));
	R(syscall(SYS_stat, "l", &st));
	say_stat("l", &st);
	R(syscall(SYS_lstat, "l", &st));
	say_stat("l", &st);
	R(syscall(SYS_stat, "", &st));
	R(syscall(SYS_stat, hole(), &st));
	R(syscall(SYS_stat, "f", hole()));
	R(syscall(SYS_fstat, 0, hole()));
#else
	cannot("this architecture has no stat(2)");
#endif
}

GUEST_MAIN(
	CASE(fields_tell_the_file),
	CASE(all_forms_agree),
	CASE(errors_of_paths),
	CASE(relative_to_descriptors),
	CASE(pipes_and_sockets_too),
	CASE(statx_agrees_with_stat),
	CASE(statx_arguments),
	CASE(statx_mount_id_matches_mountinfo),
	CASE(descriptors_have_the_mount_id_of_their_path),
	CASE(times_move_with_changes),
	CASE(legacy_stat_works_alike),
)
