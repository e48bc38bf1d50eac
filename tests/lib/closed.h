/* SPDX-License-Identifier: Apache-2.0 */
/* What root meets in files of its own whose bits forbid everything. */
#ifndef TESTS_LIB_CLOSED_H
#define TESTS_LIB_CLOSED_H

#include "tests/lib/guest.h"

#include <linux/capability.h>

/* d, which may not be entered, with f, s/x, l -> f and the program t. */
static inline void
make_closed(void)
{
	MUST(mkdir("d", 0755));
	MUST(mkdir("d/s", 0755));
	put_file("d/f", "one");
	put_file("d/s/x", "deep");
	MUST(symlink("f", "d/l"));
	MUST(symlink("s/x", "d/deep"));
	MUST(chmod("d/f", 0));
	MUST(chmod("d/s/x", 0));
	MUST(chmod("d/s", 0));
	MUST(chmod("d", 0));
}

/* For who removes it all. */
static inline void
open_again(void)
{
	if (chmod("d", 0755) == 0)
		chmod("d/s", 0755);
}

/* No effective capability any more. */
static inline void
drop_effective(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	MUST(syscall(SYS_capget, &h, d));
	d[0].effective = d[1].effective = 0;
	MUST(syscall(SYS_capset, &h, d));
}

static inline void
keep_effective(int cap)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	MUST(syscall(SYS_capget, &h, d));
	d[0].effective = 1u << cap;
	d[1].effective = 0;
	MUST(syscall(SYS_capset, &h, d));
}

static inline void
say_finding(void)
{
	struct stat st;
	char buf[16];
	int fd;

	R(stat("d/f", &st));
	say("%s %s", get_file("d/f"), get_file("d/deep"));
	say_names("d");
	say_names("d/s");
	R(readlink("d/l", buf, sizeof(buf)));
	R(access("d/f", R_OK | W_OK));
	R(access("d/f", X_OK));
	R(access("d/s", X_OK));
	R(faccessat(AT_FDCWD, "d/s/x", W_OK, AT_EACCESS));
	R(stat("d/none", &st));
	RFD(open("d/s/x", O_RDWR));
	RFD(open("d/s/../l", O_WRONLY | O_APPEND));
	RFD(open("d/l", O_RDONLY | O_NOFOLLOW));
	RFD(open("d/s", O_RDONLY | O_DIRECTORY));
	fd = MUST(open("d", O_PATH));
	RFD(openat(fd, "s/x", O_RDONLY));
	RFD(openat(fd, "s", O_RDONLY));
	R(fstatat(fd, "s/x", &st, 0));
	R(truncate("d/f", 2));
	close(fd);
	if (R(chdir("d/s")) < 0)
		return;
	RFD(open("x", O_RDONLY));
	RFD(open("..", O_RDONLY));
	R(chdir("../.."));
}

static inline void
say_names_changed(void)
{
	R(mkdir("d/new", 0700));
	R(mknod("d/p", S_IFIFO | 0600, 0));
	R(symlink("f", "d/l2"));
	R(link("d/f", "d/s/f"));
	R(rename("d/f", "d/s/g"));
	RFD(open("d/made", O_CREAT | O_EXCL | O_WRONLY, 0600));
	RFD(open("d/made2", O_CREAT | O_RDWR, 0600));
	RFD(open("d/made2", O_CREAT | O_EXCL | O_RDWR, 0600));
	RFD(open("d/s", O_TMPFILE | O_RDWR, 0600));
	R(unlink("d/l2"));
	R(unlink("d/s/none"));
	R(rmdir("d/new"));
	R(rmdir("d/s"));
	say_names("d");
	say_names("d/s");
}

/* The modes by which root may execute a program. */
static inline void
say_executed(void)
{
	static const mode_t modes[] = { 0, 0111, 0100, 01, 0644 };
	char *argv[] = { (char *)"true", NULL };

	MUST(mkdir("e", 0755));
	MUST(system("cp /bin/true e/t"));
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		pid_t pid;

		MUST(chmod("e/t", modes[i]));
		MUST(chmod("e", 0));
		pid = MUST(fork());
		if (pid == 0) {
			execv("e/t", argv);
			_exit(errno == EACCES ? 13 : 1);
		}
		say_status("true", pid);
		MUST(chmod("e", 0755));
	}
}

#endif
