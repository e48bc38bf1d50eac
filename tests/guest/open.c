/* SPDX-License-Identifier: Apache-2.0 */
/* open, openat, creat: flags, modes, names, descriptors. */
#include "tests/lib/guest.h"

#include <sys/file.h>
#include <sys/resource.h>

static void
say_fd_flags(const char *name, int fd)
{
	int fl = fcntl(fd, F_GETFL), fdfl = fcntl(fd, F_GETFD);

	say("%s: access %d%s%s%s%s cloexec %d", name, fl & O_ACCMODE,
	    fl & O_APPEND ? " append" : "", fl & O_NONBLOCK ? " nonblock" : "",
	    fl & O_DIRECTORY ? " directory" : "", fl & O_PATH ? " path" : "",
	    fdfl & FD_CLOEXEC);
}

static void
flags_are_kept_by_the_descriptor(void)
{
	static const struct {
		const char *name;
		int flags;
	} rows[] = {
		{ "rdonly", O_RDONLY },
		{ "wronly", O_WRONLY },
		{ "rdwr", O_RDWR },
		{ "append", O_WRONLY | O_APPEND },
		{ "nonblock", O_RDONLY | O_NONBLOCK },
		{ "cloexec", O_RDONLY | O_CLOEXEC },
		{ "path", O_PATH },
		{ "path_nofollow", O_PATH | O_NOFOLLOW },
		{ "noctty", O_RDONLY | O_NOCTTY },
		{ "sync", O_RDWR | O_SYNC },
		{ "dsync", O_RDWR | O_DSYNC },
		{ "noatime", O_RDONLY | O_NOATIME },
		{ "largefile", O_RDONLY | 0100000 },
		{ "accmode3", 3 },
	};

	put_file("f", "text");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = open("f", rows[i].flags);

		if (fd < 0) {
			say("%s: %s", rows[i].name, errname(errno));
			continue;
		}
		say_fd_flags(rows[i].name, fd);
		say("raw %#x", fcntl(fd, F_GETFL));
		close(fd);
	}
}

static void
directories_open_for_reading_only(void)
{
	MUST(mkdir("d", 0755));
	RFD(open("d", O_RDONLY));
	RFD(open("d", O_RDONLY | O_DIRECTORY));
	RFD(open("d", O_WRONLY));
	RFD(open("d", O_RDWR));
	RFD(open("d", O_RDONLY | O_CREAT, 0644));
	RFD(open("d", O_WRONLY | O_CREAT | O_EXCL, 0644));
	RFD(open("d", O_RDONLY | O_TRUNC));
	RFD(open("d", O_PATH));
	RFD(open("d/", O_RDONLY));
	RFD(open("d/.", O_RDWR));
	/* Before, a file could be made, and ENOTDIR be said. */
	SINCE(6, 4, open("d", O_RDONLY | O_CREAT | O_DIRECTORY, 0644));
	SINCE(6, 4, open("new", O_RDONLY | O_CREAT | O_DIRECTORY, 0644));
	RFD(creat("d", 0644));
	say_names(".");
}

static void
o_directory_refuses_files(void)
{
	put_file("f", "");
	MUST(symlink("f", "lf"));
	MUST(mkdir("d", 0755));
	MUST(symlink("d", "ld"));
	RFD(open("f", O_RDONLY | O_DIRECTORY));
	RFD(open("lf", O_RDONLY | O_DIRECTORY));
	RFD(open("ld", O_RDONLY | O_DIRECTORY));
	RFD(open("none", O_RDONLY | O_DIRECTORY));
	RFD(open("f", O_PATH | O_DIRECTORY));
	RFD(open("ld", O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
	RFD(open("ld", O_PATH | O_DIRECTORY | O_NOFOLLOW));
}

static void
o_nofollow_refuses_the_last_link_only(void)
{
	MUST(mkdir("d", 0755));
	put_file("d/f", "x");
	MUST(symlink("d", "ld"));
	MUST(symlink("d/f", "lf"));
	RFD(open("lf", O_RDONLY | O_NOFOLLOW));
	RFD(open("ld/f", O_RDONLY | O_NOFOLLOW));
	RFD(open("ld", O_RDONLY | O_NOFOLLOW));
	RFD(open("ld/", O_RDONLY | O_NOFOLLOW));
	RFD(open("ld/.", O_RDONLY | O_NOFOLLOW));
	RFD(open("lf", O_WRONLY | O_CREAT | O_NOFOLLOW, 0644));
}

static void
o_excl_refuses_what_exists(void)
{
	put_file("f", "x");
	MUST(symlink("f", "lf"));
	MUST(symlink("nowhere", "dangling"));
	RFD(open("f", O_RDWR | O_CREAT | O_EXCL, 0644));
	RFD(open("lf", O_RDWR | O_CREAT | O_EXCL, 0644));
	RFD(open("dangling", O_RDWR | O_CREAT | O_EXCL, 0644));
	RFD(open("new", O_RDWR | O_CREAT | O_EXCL, 0644));
	RFD(open("new", O_RDWR | O_CREAT | O_EXCL, 0644));
	RFD(open(".", O_RDWR | O_CREAT | O_EXCL, 0644));
	RFD(open("/", O_RDWR | O_CREAT | O_EXCL, 0644));
	RFD(open("..", O_RDWR | O_CREAT, 0644));
	say_names(".");
}

static void
o_creat_follows_a_dangling_link(void)
{
	MUST(mkdir("d", 0755));
	MUST(symlink("d/target", "l"));
	MUST(symlink("nodir/target", "l2"));
	MUST(symlink("d/slash/", "l3"));
	RFD(open("l", O_WRONLY | O_CREAT, 0600));
	RFD(open("l2", O_WRONLY | O_CREAT, 0600));
	RFD(open("l3", O_WRONLY | O_CREAT, 0600));
	RFD(open("l", O_WRONLY));
	say_names("d");
}

static void
created_mode_obeys_umask(void)
{
	struct stat st;
	static const mode_t masks[] = { 0, 022, 077, 0777, 027 };

	for (size_t i = 0; i < 5; i++) {
		umask(masks[i]);
		close(open("f", O_WRONLY | O_CREAT, 07777));
		MUST(stat("f", &st));
		say("umask %03o: %s", masks[i], mode_text(st.st_mode));
		MUST(unlink("f"));
		close(creat("g", 0666));
		MUST(stat("g", &st));
		say("umask %03o: %s", masks[i], mode_text(st.st_mode));
		MUST(unlink("g"));
	}
	umask(0);
	RFD(open("w", O_RDWR | O_CREAT, 0));
	RFD(open("w", O_RDWR | O_CREAT, 0));
	int fd = R(open("w2", O_RDWR | O_CREAT, 0));

	R(write(fd, "x", 1));
}

static void
o_trunc_empties_the_file(void)
{
	struct stat st;

	put_file("f", "0123456789");
	RFD(open("f", O_RDONLY));
	MUST(stat("f", &st));
	say("size %ld", (long)st.st_size);
	RFD(open("f", O_WRONLY | O_TRUNC));
	MUST(stat("f", &st));
	say("size %ld", (long)st.st_size);
	put_file("f", "0123456789");
	RFD(open("f", O_RDONLY | O_TRUNC));
	MUST(stat("f", &st));
	say("size %ld", (long)st.st_size);
}

static void
o_append_writes_at_the_end(void)
{
	int a, b;

	put_file("f", "begin ");
	a = MUST(open("f", O_WRONLY | O_APPEND));
	b = MUST(open("f", O_WRONLY));
	R(write(a, "end ", 4));
	R(write(b, "BEGIN", 5));
	R(write(a, "end", 3));
	say("%s", get_file("f"));
}

static void
o_path_descriptor_only_names(void)
{
	struct stat st;
	char buf[8];
	int fd;

	put_file("f", "text");
	MUST(mkdir("d", 0755));
	put_file("d/g", "inner");
	fd = R(open("f", O_PATH));
	R(read(fd, buf, 4));
	R(write(fd, buf, 4));
	R(fstat(fd, &st));
	say("size %ld", (long)st.st_size);
	R(fchmod(fd, 0600));
	R(ftruncate(fd, 0));
	R(lseek(fd, 0, SEEK_SET));
	R(fcntl(fd, F_GETFL) & O_PATH);
	R(flock(fd, LOCK_SH));
	RFD(dup(fd));
	RFD(openat(fd, "x", O_RDONLY));
	R(fchdir(fd));
	close(fd);
	fd = R(open("d", O_PATH));
	RFD(openat(fd, "g", O_RDONLY));
	R(fstatat(fd, "g", &st, 0));
	R(fchdir(fd));
	say_names(".");
}

static void
o_path_nofollow_opens_the_link(void)
{
	char buf[16] = "";
	struct stat st;
	int fd;

	MUST(symlink("target", "l"));
	fd = R(open("l", O_PATH | O_NOFOLLOW));
	R(fstat(fd, &st));
	say("%c", mode_text(st.st_mode)[0]);
	R(readlinkat(fd, "", buf, sizeof(buf)));
	say("%s", buf);
	RFD(openat(fd, "", O_RDONLY));
	RFD(openat(fd, "x", O_RDONLY));
	RFD(open("l", O_PATH));
}

static void
o_tmpfile_has_no_name(void)
{
	struct stat st;
	char path[64];
	int fd = open(".", O_TMPFILE | O_RDWR, 0640);

	if (fd < 0 && errno == EOPNOTSUPP)
		cannot("this filesystem has no O_TMPFILE");
	say("fd %d", fd);
	R(write(fd, "hello", 5));
	MUST(fstat(fd, &st));
	say("%s nlink %d size %ld", mode_text(st.st_mode), (int)st.st_nlink,
	    (long)st.st_size);
	say_names(".");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	R(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	say_names(".");
	say("%s", get_file("named"));
	close(fd);
	fd = R(open(".", O_TMPFILE | O_RDWR | O_EXCL, 0640));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	R(linkat(AT_FDCWD, path, AT_FDCWD, "named2", AT_SYMLINK_FOLLOW));
	close(fd);
	RFD(open(".", O_TMPFILE | O_RDONLY, 0640));
	RFD(open("named", O_TMPFILE | O_RDWR, 0640));
	RFD(open("none", O_TMPFILE | O_RDWR, 0640));
	RFD(open(".", O_TMPFILE | O_RDWR | O_CREAT, 0640));
}

static void
permission_is_needed(void)
{
	put_file("f", "x");
	MUST(mkdir("d", 0755));
	put_file("d/f", "x");
	MUST(chmod("f", 0444));
	RFD(open("f", O_RDONLY));
	RFD(open("f", O_WRONLY));
	RFD(open("f", O_RDWR));
	RFD(open("f", O_RDONLY | O_TRUNC));
	MUST(chmod("f", 0222));
	RFD(open("f", O_RDONLY));
	RFD(open("f", O_WRONLY));
	RFD(open("f", O_PATH));
	MUST(chmod("f", 0));
	RFD(open("f", O_PATH));
	RFD(open("f", O_RDONLY));
	MUST(chmod("d", 0666));
	RFD(open("d/f", O_RDONLY));
	RFD(open("d/none", O_RDONLY));
	RFD(open("d", O_RDONLY));
	MUST(chmod("d", 0555));
	RFD(open("d/new", O_RDONLY | O_CREAT, 0644));
	RFD(open("d/f", O_RDONLY | O_CREAT, 0644));
	MUST(chmod("d", 0333));
	RFD(open("d", O_RDONLY));
	RFD(open("d", O_PATH));
	RFD(open("d/f", O_RDONLY));
	MUST(chmod("d", 0755));
}

static void
lowest_free_descriptor_is_used(void)
{
	int a, b, c;

	put_file("f", "x");
	a = R(open("f", O_RDONLY));
	b = R(open("f", O_RDONLY));
	c = R(open("f", O_RDONLY));
	close(b);
	R(open("f", O_RDONLY));
	close(a);
	close(c);
	R(open("f", O_RDONLY));
	R(dup2(a, 77));
	R(open("f", O_RDONLY));
}

static void
descriptor_limit_is_emfile(void)
{
	struct rlimit rl;
	int last = -1, fd, n = 0;

	put_file("f", "x");
	MUST(getrlimit(RLIMIT_NOFILE, &rl));
	rl.rlim_cur = 20;
	MUST(setrlimit(RLIMIT_NOFILE, &rl));
	while ((fd = open("f", O_RDONLY)) >= 0) {
		last = fd;
		n++;
	}
	say("opened %d, last %d, then %s", n, last, errname(errno));
	R(mkdir("d", 0755));
	/* A file is not made by a call that has no descriptor for it. */
	RFD(open("new", O_WRONLY | O_CREAT, 0644));
	say_names(".");
}

static void
legacy_forms_work_alike(void)
{
#ifdef SYS_open
	put_file("f", "x");
	RFD(syscall(SYS_open, "f", O_RDONLY, 0));
	RFD(syscall(SYS_open, "none", O_RDONLY, 0));
	RFD(syscall(SYS_creat, "new", 0600));
	RFD(syscall(SYS_open, hole(), O_RDONLY, 0));
	say_names(".");
#else
	cannot("this architecture has no open(2)");
#endif
}

static void
unknown_flags_are_ignored(void)
{
	put_file("f", "x");
	RFD(open("f", O_RDONLY | 0x40000000));
	RFD(open("f", O_RDONLY | (int)0x80000000));
	RFD(open("f", O_PATH | O_TRUNC));
	RFD(open("f", O_PATH | O_RDWR | O_APPEND));
	RFD(open("gone", O_PATH | O_CREAT, 0644));
	say_names(".");
}

static void
writing_a_running_program_is_etxtbsy(void)
{
	RFD(open("/proc/self/exe", O_RDONLY));
	RFD(open("/proc/self/exe", O_PATH));
	put_file("f", "#!/bin/sh\n");
	RFD(open("f", O_WRONLY));
}

static void
fifo_and_socket_nodes(void)
{
	MUST(mkfifo("p", 0644));
	RFD(open("p", O_RDONLY | O_NONBLOCK));
	RFD(open("p", O_WRONLY | O_NONBLOCK));
	RFD(open("p", O_RDWR));
	RFD(open("p", O_RDWR | O_NONBLOCK));
	RFD(open("p", O_PATH));
	RFD(open("p", O_RDONLY | O_DIRECTORY));
	RFD(open("p/", O_RDONLY | O_NONBLOCK));
	MUST(mknod("s", S_IFSOCK | 0644, 0));
	RFD(open("s", O_RDONLY));
	RFD(open("s", O_PATH));
}

GUEST_MAIN(
	CASE(flags_are_kept_by_the_descriptor),
	CASE(directories_open_for_reading_only),
	CASE(o_directory_refuses_files),
	CASE(o_nofollow_refuses_the_last_link_only),
	CASE(o_excl_refuses_what_exists),
	CASE(o_creat_follows_a_dangling_link),
	CASE(created_mode_obeys_umask),
	CASE(o_trunc_empties_the_file),
	CASE(o_append_writes_at_the_end),
	CASE(o_path_descriptor_only_names),
	CASE(o_path_nofollow_opens_the_link),
	CASE(o_tmpfile_has_no_name),
	CASE(permission_is_needed),
	CASE(lowest_free_descriptor_is_used),
	CASE(descriptor_limit_is_emfile),
	CASE(legacy_forms_work_alike),
	CASE(unknown_flags_are_ignored),
	CASE(writing_a_running_program_is_etxtbsy),
	CASE(fifo_and_socket_nodes),
)
