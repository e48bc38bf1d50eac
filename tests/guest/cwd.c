/* SPDX-License-Identifier: Apache-2.0 */
/* getcwd, chdir, fchdir, chroot without the right. */
#include "tests/lib/guest.h"

#include <limits.h>
#include <pthread.h>

static void
say_cwd(void)
{
	char buf[PATH_MAX];
	long n = syscall(SYS_getcwd, buf, sizeof(buf));
	size_t base = strlen(here());

	if (n < 0)
		say("cwd: %s", errname(errno));
	else if (strncmp(buf, here(), base) == 0)
		say("cwd: HERE%s length %ld", buf + base,
		    n - (long)base);
	else
		say("cwd: %s length %ld", buf, n);
}

static void
chdir_moves_the_process(void)
{
	MUST(mkdir("d", 0755));
	MUST(mkdir("d/e", 0755));
	MUST(symlink("d/e", "l"));
	put_file("f", "x");
	say_cwd();
	R(chdir("d"));
	say_cwd();
	R(chdir("e"));
	say_cwd();
	R(chdir("../.."));
	say_cwd();
	R(chdir("l"));
	say_cwd();
	R(chdir(".."));
	say_cwd();
	R(chdir(here()));
	say_cwd();
	R(chdir("d/./e/../e//"));
	say_cwd();
	R(chdir("/"));
	say_cwd();
	R(chdir(".."));
	say_cwd();
	R(chdir("/usr/bin/../lib"));
	say_cwd();
	R(chdir("/proc/self"));
	R(chdir("fd"));
	R(chdir(here()));
	say_cwd();
}

static void
chdir_errors(void)
{
	put_file("f", "x");
	MUST(mkdir("d", 0755));
	MUST(symlink("loop", "loop"));
	R(chdir("none"));
	R(chdir("f"));
	R(chdir("f/"));
	R(chdir(""));
	R(chdir("loop"));
	R(chdir(hole()));
	R(chdir(NULL));
	R(chdir(repeat('a', 256)));
	R(chdir(repeat('/', 4096)));
	MUST(chmod("d", 0600));
	R(chdir("d"));
	MUST(chmod("d", 0100));
	R(chdir("d"));
	say_names("/proc/self/cwd");
	say_cwd();
	R(chdir(".."));
	MUST(chmod("d", 0755));
}

static void
fchdir_takes_directories(void)
{
	int d, p, f, closed;

	MUST(mkdir("d", 0755));
	MUST(mkdir("closed", 0755));
	put_file("f", "x");
	d = MUST(open("d", O_RDONLY));
	p = MUST(open(".", O_PATH));
	f = MUST(open("f", O_RDONLY));
	closed = MUST(open("closed", O_RDONLY));
	MUST(chmod("closed", 0600));
	R(fchdir(d));
	say_cwd();
	R(fchdir(f));
	R(fchdir(999));
	R(fchdir(-1));
	R(fchdir(AT_FDCWD));
	R(fchdir(closed));
	R(fchdir(p));
	say_cwd();
	MUST(chmod("closed", 0755));
}

/* What is searched is the directory that has the "..", not those above. */
static void
dotdot_leaves_a_closed_directory(void)
{
	struct stat st, up;
	char *text;

	MUST(mkdir("closed", 0755));
	MUST(mkdir("closed/in", 0755));
	MUST(mkdir("closed/in/deeper", 0755));
	put_file("closed/in/f", "x");
	MUST(chdir("closed/in/deeper"));
	MUST(stat("../..", &up));
	MUST(chmod("../..", 0));
	R(stat("..", &st));
	R(access("../f", F_OK));
	RFD(open("..", O_RDONLY | O_DIRECTORY));
	R(stat("../..", &st));
	say("the same %d", st.st_ino == up.st_ino);
	R(access("../../in", F_OK));
	R(stat("../../..", &st));
	text = getcwd(NULL, 0);
	say("%s", text ? text + strlen(here()) : errname(errno));
	R(chdir(".."));
	R(chdir("deeper"));
	R(chdir("../.."));
	R(chmod("..", 0755));
	R(chmod("../..", 0755));
}

static void
getcwd_arguments(void)
{
	char *small = tail_bytes(4);
	size_t need = strlen(here()) + 1;
	char *exact = tail_bytes(need);

	R(syscall(SYS_getcwd, small, 4));
	R(syscall(SYS_getcwd, small, 0));
	say("exact %d", syscall(SYS_getcwd, exact, need) == (long)need);
	say("%d", strcmp(exact, here()));
	R(syscall(SYS_getcwd, exact, need - 1));
	R(syscall(SYS_getcwd, hole(), 4096));
	say("wrong size %d", syscall(SYS_getcwd, exact, 4096) == (long)need);
	MUST(chdir("/"));
	R(syscall(SYS_getcwd, small, 2));
	say("%s", small);
	R(syscall(SYS_getcwd, small, 1));
}

static void
removed_directory_has_no_name(void)
{
	struct stat st;

	MUST(mkdir("d", 0755));
	MUST(chdir("d"));
	MUST(rmdir("../d"));
	say_cwd();
	RFD(open(".", O_RDONLY));
	RFD(open("f", O_RDONLY | O_CREAT, 0644));
	R(mkdir("x", 0755));
	R(stat(".", &st));
	say("nlink %ld", (long)st.st_nlink);
	R(stat("..", &st));
	R(chdir("."));
	say_names(".");
	R(chdir(".."));
	say_cwd();
}

static void
renamed_directory_keeps_the_process(void)
{
	MUST(mkdir("a", 0755));
	MUST(mkdir("b", 0755));
	MUST(mkdir("a/sub", 0755));
	MUST(chdir("a/sub"));
	MUST(rename("../../a", "../../b/moved"));
	say_cwd();
	R(chdir(".."));
	say_cwd();
	R(chdir(".."));
	say_cwd();
}

static void *
thread_chdir(void *arg)
{
	(void)arg;
	R(chdir("d"));
	return NULL;
}

static void
threads_share_the_directory(void)
{
	pthread_t t;

	MUST(mkdir("d", 0755));
	pthread_create(&t, NULL, thread_chdir, NULL);
	pthread_join(t, NULL);
	say_cwd();
}

static void
children_inherit_a_copy(void)
{
	pid_t pid;

	MUST(mkdir("d", 0755));
	MUST(mkdir("e", 0755));
	MUST(chdir("d"));
	pid = fork();
	if (pid == 0) {
		say_cwd();
		R(chdir("../e"));
		say_cwd();
		_exit(0);
	}
	say_status("child", pid);
	say_cwd();
}

static void
proc_cwd_follows(void)
{
	char buf[PATH_MAX] = "";

	MUST(mkdir("d", 0755));
	MUST(chdir("d"));
	MUST(readlink("/proc/self/cwd", buf, sizeof(buf) - 1));
	say("%s", buf + strlen(here()));
	R(chdir("/proc/self/cwd/.."));
	say_cwd();
	memset(buf, 0, sizeof(buf));
	MUST(readlink("/proc/self/root", buf, sizeof(buf) - 1));
	say("%s", buf);
}

static void
very_deep_directories(void)
{
	char *name = repeat('n', 200), *up = repeat('.', 3 * 25 + 1);
	char buf[PATH_MAX];
	int depth;

	for (depth = 0; depth < 25; depth++) {
		MUST(mkdir(name, 0755));
		MUST(chdir(name));
	}
	R(syscall(SYS_getcwd, buf, sizeof(buf)));
	put_file("f", "deep");
	say("%s", get_file("f"));
	say("%s", get_file("./../../" "./f"));
	for (depth = 0; depth < 25; depth++)
		memcpy(up + 3 * depth, "../", 3);
	up[75] = '\0';
	R(chdir(up));
	say_cwd();
}

static void
chroot_needs_the_capability(void)
{
	MUST(mkdir("d", 0755));
	put_file("f", "x");
	if (chroot(hole()) < 0 && errno == EPERM)
		cannot("a filter refuses chroot");
	R(chroot("d"));
	R(chroot("none"));
	R(chroot("f"));
	R(chroot(hole()));
	R(chroot(""));
}

GUEST_MAIN(
	CASE(chdir_moves_the_process),
	CASE(chdir_errors),
	CASE(fchdir_takes_directories),
	CASE(dotdot_leaves_a_closed_directory),
	CASE(getcwd_arguments),
	CASE(removed_directory_has_no_name),
	CASE(renamed_directory_keeps_the_process),
	CASE(threads_share_the_directory),
	CASE(children_inherit_a_copy),
	CASE(proc_cwd_follows),
	CASE(very_deep_directories),
	CASE(chroot_needs_the_capability),
)
