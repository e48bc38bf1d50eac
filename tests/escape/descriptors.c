/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking for a file outside by a name from a descriptor of a directory, with
 * AT_EMPTY_PATH: the flag by which libraries ask for the descriptor itself,
 * which does not keep the kernel from looking at a name.  Where that call is
 * native, only what the descriptor is keeps it inside.
 */
#include "tests/escape/attack.h"

#include <linux/stat.h>
#include <sys/wait.h>

#define SECRET_SIZE 12		/* of "BAIT-secret1" */

/* The ways to ask. */
static const int at_flags[] = {
	AT_EMPTY_PATH, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW,
	AT_EMPTY_PATH | AT_NO_AUTOMOUNT,
};

/* Is there a file of that size at `name`?  -1: of any. */
static int
tells(int fd, const char *name, long size)
{
	struct statx stx;
	struct stat st;

	for (size_t i = 0; i < sizeof(at_flags) / sizeof(at_flags[0]); i++) {
		if (syscall(SYS_newfstatat, fd, name, &st, at_flags[i]) == 0 &&
		    (size < 0 || st.st_size == size))
			return 1;
		if (syscall(SYS_statx, fd, name, at_flags[i],
			    STATX_BASIC_STATS, &stx) == 0 &&
		    (size < 0 || (long)stx.stx_size == size))
			return 1;
	}
	return 0;
}

/* The secret, by many ".." and by its absolute name. */
static void
ask(int fd, const char *what)
{
	if (tells(fd, from_below(bait("secret")), SECRET_SIZE) ||
	    tells(fd, bait("secret"), SECRET_SIZE))
		escaped(what);
}

static void
ask_below(const char *dir)
{
	static const int how[] = { O_RDONLY, O_PATH };

	for (int i = 0; i < 2; i++) {
		int fd = open(dir, how[i] | O_DIRECTORY);

		if (fd < 0)
			continue;
		ask(fd, dir);
		close(fd);
	}
}

static void
from_directories_of_the_host(void)
{
	static const char *const dirs[] = {
		".", "/usr", "/usr/lib", "/usr/share", "/etc", "/etc/ssl",
		"/opt", "/bin", "/lib",
	};

	ask_below(readonly(""));
	ask_below(readonly("dir"));
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		ask_below(dirs[i]);
	held();
}

static void
from_private_directories(void)
{
	static const char *const dirs[] = {
		"/", "/tmp", "/var/tmp", "/run", "/dev/shm", "/home", "/var",
	};

	mkdir("/tmp/d", 0755);
	ask_below("/tmp/d");
	rmdir("/tmp/d");
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		ask_below(dirs[i]);
	held();
}

static void
from_directories_of_the_kernel(void)
{
	static const char *const dirs[] = {
		"/proc", "/proc/self", "/proc/self/fd", "/proc/self/task",
		"/proc/self/ns", "/proc/self/fdinfo", "/proc/sys",
		"/proc/sys/kernel", "/proc/net", "/dev", "/dev/pts",
		"/dev/mqueue", "/sys", "/sys/kernel", "/sys/devices",
		"/sys/devices/system/cpu", "/sys/fs/cgroup", "/sys/block",
	};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		ask_below(dirs[i]);
	held();
}

static void
from_a_directory_without_a_name(void)
{
	int fd;

	MUST(mkdir("gone", 0755));
	fd = MUST(open("gone", O_RDONLY | O_DIRECTORY));
	MUST(rmdir("gone"));
	ask(fd, "a removed directory");
	held();
}

static void
from_the_working_directory(void)
{
	ask(AT_FDCWD, "the working directory");
	if (chdir("/usr/lib") == 0)
		ask(AT_FDCWD, "another working directory");
	held();
}

/* Magic links of a process outside lead to its root. */
static void
by_links_of_another_process(void)
{
	static const char *const links[] = { "root", "cwd", "fd/9", "exe" };
	int proc = MUST(open("/proc", O_RDONLY | O_DIRECTORY));
	char name[PATH_MAX];

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		snprintf(name, sizeof(name), "%ld/%s/%s",
			 bait_number("BAIT_PID"), links[i], bait("secret"));
		if (tells(proc, name, SECRET_SIZE))
			escaped(links[i]);
	}
	held();
}

static void
by_links_of_its_own(void)
{
	int dir = MUST(open(".", O_RDONLY | O_DIRECTORY));

	MUST(symlink(bait("secret"), "absolute"));
	MUST(symlink(from_below(bait("secret")), "relative"));
	MUST(symlink(bait(""), "directory"));
	if (tells(dir, "absolute", SECRET_SIZE) ||
	    tells(dir, "relative", SECRET_SIZE) ||
	    tells(dir, "directory/secret", SECRET_SIZE))
		escaped("a link was followed");
	held();
}

/* Out of a directory that is moved from under the walk. */
static void *
move_forever(void *arg)
{
	(void)arg;
	for (;;) {
		rename("a/b/c", "c");
		rename("c", "a/b/c");
	}
	return NULL;
}

static void
from_a_moving_directory(void)
{
	int fd;

	MUST(mkdir("a", 0755));
	MUST(mkdir("a/b", 0755));
	MUST(mkdir("a/b/c", 0755));
	MUST(mkdir("a/b/c/d", 0755));
	fd = MUST(open("a/b/c/d", O_RDONLY | O_DIRECTORY));
	race_against(move_forever, NULL);
	while (race_goes_on())
		ask(fd, "a moving directory");
	held();
}

/* A directory that another process passed. */
static void
from_a_directory_that_was_passed(void)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	int sv[2], fd;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	if (MUST(fork()) == 0) {
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

		fd = open("/usr/lib", O_RDONLY | O_DIRECTORY);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
		_exit(sendmsg(sv[1], &msg, 0) != 1);
	}
	MUST(recvmsg(sv[0], &msg, 0));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	ask(fd, "a directory that was passed");
	wait(NULL);
	held();
}

/* What a program finds open that it has not opened: the loader's leftovers. */
static void
from_whatever_is_open(void)
{
	if (getenv("CONTROL"))
		MUST(open("/", O_RDONLY | O_DIRECTORY));
	for (int fd = 0; fd < 1024; fd++)
		ask(fd, "a descriptor that was open");
	held();
}

/* What root may read and a sandbox must not even see. */
static void
what_is_denied(void)
{
	int etc = MUST(open("/etc", O_RDONLY | O_DIRECTORY));
	struct stat st;

	if (geteuid() != 0)
		cannot("only what root starts is denied it");
	if (syscall(SYS_newfstatat, etc, "shadow", &st, AT_EMPTY_PATH) == 0 &&
	    st.st_size > 0)
		escaped("size of /etc/shadow");
	if (tells(etc, "ssl/private/.", -1))
		escaped("below /etc/ssl/private");
	held();
}

static void
what_of_sys_is_denied(void)
{
	static const char *const names[] = {
		"class/net/lo", "kernel/slab/.", "module/kernel", "power/state",
		"kernel/notes/.",
	};
	int sys = open("/sys", O_RDONLY | O_DIRECTORY);

	if (sys < 0)
		cannot("no /sys");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (tells(sys, names[i], -1))
			escaped(names[i]);
	held();
}

/* The real root holds nothing of the host's. */
static void
by_absolute_names(void)
{
	int file = MUST(open("/etc/passwd", O_RDONLY));
	int dir = MUST(open("/tmp", O_RDONLY | O_DIRECTORY));

	ask(file, "a file");
	ask(dir, "a directory");
	held();
}

GUEST_MAIN(
	CASE(from_directories_of_the_host),
	CASE(from_private_directories),
	CASE(from_directories_of_the_kernel),
	CASE(from_a_directory_without_a_name),
	CASE(from_the_working_directory),
	CASE(by_links_of_another_process),
	CASE(by_links_of_its_own),
	CASE(from_a_moving_directory),
	CASE(from_a_directory_that_was_passed),
	CASE(from_whatever_is_open),
	CASE(what_is_denied),
	CASE(what_of_sys_is_denied),
	CASE(by_absolute_names),
)
