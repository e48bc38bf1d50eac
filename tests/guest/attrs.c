/* SPDX-License-Identifier: Apache-2.0 */
/* chmod, chown, utimensat, truncate. */
#include "tests/lib/guest.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

static void
say_mode(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		say("%s: %s", path, errname(errno));
	else
		say("%s: %s", path, mode_text(st.st_mode));
}

static void
chmod_sets_the_mode(void)
{
	put_file("f", "x");
	MUST(mkdir("d", 0755));
	MUST(symlink("f", "l"));
	MUST(symlink("none", "dangling"));
	R(chmod("f", 0600));
	say_mode("f");
	R(chmod("f", 07777));
	say_mode("f");
	R(chmod("f", 0177777));
	say_mode("f");
	R(chmod("d", 02755));
	say_mode("d");
	R(chmod("l", 0640));
	say_mode("f");
	R(chmod("dangling", 0600));
	R(chmod("none", 0600));
	R(chmod("f/", 0600));
	R(chmod("", 0600));
	R(chmod(hole(), 0600));
}

static void
fchmod_and_the_at_forms(void)
{
	int d, f, p;

	MUST(mkdir("d", 0755));
	put_file("d/f", "x");
	MUST(symlink("f", "d/l"));
	d = MUST(open("d", O_RDONLY));
	f = MUST(open("d/f", O_RDONLY));
	p = MUST(open("d/f", O_PATH));
	R(fchmod(f, 0600));
	say_mode("d/f");
	R(fchmod(p, 0600));
	R(fchmod(999, 0600));
	R(syscall(SYS_fchmodat, d, "f", 0640));
	say_mode("d/f");
	R(syscall(SYS_fchmodat, d, "l", 0644));
	say_mode("d/f");
	R(syscall(SYS_fchmodat, 999, "f", 0644));
	R(syscall(SYS_fchmodat, f, "f", 0644));
	R(syscall(SYS_fchmodat, d, "", 0644));
	R(fchmodat(d, "f", 0604, AT_SYMLINK_NOFOLLOW));
	say_mode("d/f");
}

static void
fchmodat2_flags(void)
{
	const long nr = 452;
	int d, p, l;

	if (syscall(nr, AT_FDCWD, "none", 0, 0) < 0 && errno == ENOSYS)
		cannot("the kernel has no fchmodat2");
	MUST(mkdir("d", 0755));
	put_file("d/f", "x");
	MUST(symlink("f", "d/l"));
	d = MUST(open("d", O_RDONLY));
	p = MUST(open("d/f", O_PATH));
	l = MUST(open("d/l", O_PATH | O_NOFOLLOW));
	R(syscall(nr, d, "f", 0600, 0));
	R(syscall(nr, d, "l", 0640, 0));
	say_mode("d/f");
	R(syscall(nr, d, "l", 0600, AT_SYMLINK_NOFOLLOW));
	R(syscall(nr, d, "f", 0604, AT_SYMLINK_NOFOLLOW));
	R(syscall(nr, p, "", 0644, AT_EMPTY_PATH));
	say_mode("d/f");
	R(syscall(nr, p, "", 0644, 0));
	R(syscall(nr, l, "", 0644, AT_EMPTY_PATH));
	R(syscall(nr, d, "f", 0644, 0x8));
	R(syscall(nr, d, hole(), 0644, 0));
}

static void
chown_to_oneself(void)
{
	struct stat st;
	uid_t u = geteuid();
	gid_t g = getegid();
	int d, f;

	MUST(mkdir("d", 0755));
	put_file("d/f", "x");
	MUST(symlink("f", "d/l"));
	MUST(symlink("none", "d/dangling"));
	d = MUST(open("d", O_RDONLY));
	f = MUST(open("d/f", O_RDONLY));
	R(chown("d/f", u, g));
	R(chown("d/f", -1, -1));
	R(chown("d/l", u, -1));
	R(lchown("d/dangling", u, g));
	R(chown("d/dangling", u, g));
	R(chown("d/none", u, g));
	R(chown("", u, g));
	R(chown(hole(), u, g));
	R(fchown(f, u, g));
	R(fchown(999, u, g));
	R(fchownat(d, "f", -1, g, 0));
	R(fchownat(d, "l", u, g, AT_SYMLINK_NOFOLLOW));
	R(fchownat(f, "", u, g, AT_EMPTY_PATH));
	R(fchownat(f, "", u, g, 0));
	R(fchownat(d, "f", u, g, 0x8));
	R(fchownat(999, "f", u, g, 0));
	MUST(chmod("d/f", 06755));
	R(chown("d/f", u, g));
	MUST(stat("d/f", &st));
	say("%s", mode_text(st.st_mode));
}

static void
chown_to_another_needs_a_capability(void)
{
	put_file("f", "x");
	R(chown("f", 12345, -1));
	R(chown("f", -1, 12345));
	R(chown("f", -2, -2));
	R(fchownat(AT_FDCWD, "f", 12345, 12345, 0));
}

static void
say_times(const char *path)
{
	struct stat st;
	time_t now = time(NULL);

	MUST(lstat(path, &st));
	if (llabs((long long)st.st_atim.tv_sec - now) < 100)
		say("%s: atime now", path);
	else
		say("%s: atime %ld.%09ld", path, (long)st.st_atim.tv_sec,
		    st.st_atim.tv_nsec);
	if (llabs((long long)st.st_mtim.tv_sec - now) < 100)
		say("%s: mtime now", path);
	else
		say("%s: mtime %ld.%09ld", path, (long)st.st_mtim.tv_sec,
		    st.st_mtim.tv_nsec);
}

static void
utimensat_sets_times(void)
{
	struct timespec t[2] = { { 1000, 123456789 }, { 2000000000, 1 } };
	struct timespec now_omit[2] = { { 0, UTIME_NOW }, { 0, UTIME_OMIT } };
	struct timespec omit[2] = { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } };
	struct timespec bad[2] = { { 0, 1000000000 }, { 0, 0 } };
	int fd, d;

	MUST(mkdir("d", 0755));
	put_file("d/f", "x");
	MUST(symlink("f", "d/l"));
	d = MUST(open("d", O_RDONLY));
	fd = MUST(open("d/f", O_RDONLY));
	R(utimensat(d, "f", t, 0));
	say_times("d/f");
	R(utimensat(d, "f", now_omit, 0));
	say_times("d/f");
	R(utimensat(d, "l", t, AT_SYMLINK_NOFOLLOW));
	say_times("d/l");
	R(utimensat(d, "f", omit, 0));
	R(utimensat(d, "none", omit, 0));
	R(utimensat(d, "none", t, 0));
	R(utimensat(d, "f", NULL, 0));
	say_times("d/f");
	R(utimensat(d, "f", bad, 0));
	R(utimensat(d, "f", t, 0x8));
	R(utimensat(d, "f", hole(), 0));
	R(utimensat(d, hole(), t, 0));
	R(utimensat(d, "", t, 0));
	R(utimensat(fd, "", t, AT_EMPTY_PATH));
	R(utimensat(999, "f", t, 0));
	R(utimensat(fd, "x", t, 0));
	R(syscall(SYS_utimensat, fd, NULL, t, 0));
	say_times("d/f");
	R(syscall(SYS_utimensat, fd, NULL, t, AT_SYMLINK_NOFOLLOW));
	R(syscall(SYS_utimensat, AT_FDCWD, NULL, t, 0));
	R(syscall(SYS_utimensat, 999, NULL, t, 0));
	R(futimens(fd, NULL));
	say_times("d/f");
}

static void
old_forms_of_utime(void)
{
#ifdef SYS_utimes
	struct timeval tv[2] = { { 1000, 5 }, { 2000, 999999 } };
	struct timeval bad[2] = { { 1000, 1000000 }, { 2000, 0 } };
	long old[2] = { 77, 88 };

	put_file("f", "x");
	R(syscall(SYS_utimes, "f", tv));
	say_times("f");
	R(syscall(SYS_utimes, "f", bad));
	R(syscall(SYS_utimes, "f", NULL));
	say_times("f");
	R(syscall(SYS_utimes, "f", hole()));
	R(syscall(SYS_utime, "f", old));
	say_times("f");
	R(syscall(SYS_utime, "none", old));
	R(syscall(SYS_futimesat, AT_FDCWD, "f", tv));
	say_times("f");
	R(syscall(SYS_futimesat, 999, "f", tv));
#else
	cannot("this architecture has only utimensat");
#endif
}

static void
truncate_sets_the_size(void)
{
	struct stat st;
	int r, w, p;

	put_file("f", "0123456789");
	MUST(mkdir("d", 0755));
	MUST(mkfifo("p", 0644));
	MUST(symlink("f", "l"));
	R(truncate("f", 4));
	say("%s", get_file("f"));
	R(truncate("l", 6));
	MUST(stat("f", &st));
	say("size %ld", (long)st.st_size);
	R(truncate("f", -1));
	R(truncate("d", 0));
	R(truncate("p", 0));
	R(truncate("none", 0));
	R(truncate("", 0));
	R(truncate("f/", 0));
	R(truncate(hole(), 0));
	r = MUST(open("f", O_RDONLY));
	w = MUST(open("f", O_WRONLY));
	p = MUST(open("f", O_PATH));
	R(ftruncate(r, 1));
	R(ftruncate(p, 1));
	R(ftruncate(w, 1));
	R(ftruncate(999, 1));
	MUST(chmod("f", 0444));
	R(truncate("f", 0));
	R(ftruncate(w, 0));
}

static void
truncate_beyond_the_file_size_limit(void)
{
	struct rlimit low = { 100, RLIM_INFINITY };
	struct rlimit high = { RLIM_INFINITY, RLIM_INFINITY };
	pid_t pid = fork();
	int over, err, at;

	if (pid == 0) {
		put_file("f", "x");
		setrlimit(RLIMIT_FSIZE, &low);
		signal(SIGXFSZ, SIG_IGN);
		over = truncate("f", 101);
		err = errno;
		at = truncate("f", 100);
		/* The output may be a file as well. */
		setrlimit(RLIMIT_FSIZE, &high);
		say("over %d %s, at %d", over, errname(err), at);
		setrlimit(RLIMIT_FSIZE, &low);
		signal(SIGXFSZ, SIG_DFL);
		truncate("f", 101);
		_exit(0);
	}
	say_status("limited", pid);
}

static void
fallocate_and_holes(void)
{
	struct stat st;
	int fd = MUST(open("f", O_RDWR | O_CREAT, 0644));

	R(ftruncate(fd, 1 << 20));
	R(pwrite(fd, "x", 1, 1 << 19));
	if (fallocate(fd, 0, 0, 4096) && errno == EOPNOTSUPP)
		cannot("this filesystem has no fallocate");
	R(fallocate(fd, 1, 1 << 20, 4096));
	MUST(fstat(fd, &st));
	say("size %ld", (long)st.st_size);
	R(lseek(fd, 0, SEEK_END));
	R(fallocate(fd, 0, -1, 10));
}

GUEST_MAIN(
	CASE(chmod_sets_the_mode),
	CASE(fchmod_and_the_at_forms),
	CASE(fchmodat2_flags),
	CASE(chown_to_oneself),
	CASE(chown_to_another_needs_a_capability),
	CASE(utimensat_sets_times),
	CASE(old_forms_of_utime),
	CASE(truncate_sets_the_size),
	CASE(truncate_beyond_the_file_size_limit),
	CASE(fallocate_and_holes),
)
