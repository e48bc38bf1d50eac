/* SPDX-License-Identifier: Apache-2.0 */
/* PLACES: host */
/* BUILD: -pthread */
/* setns and the files of namespaces. */
#include "tests/lib/guest.h"

#include <linux/nsfs.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

/* A child in namespaces of its own, with a mount that nobody else sees. */
struct inner {
	pid_t pid;
	int user, mnt, uts;		/* descriptors */
	int hold;			/* closed: the child ends */
};

static int
open_ns(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void
start_inner(struct inner *in)
{
	int ready[2], hold[2];
	char c;

	if (unshare(0) < 0)
		cannot("a filter refuses unshare");
	MUST(mkdir("m", 0755));
	put_file("m/outside", "x");
	MUST(pipe(ready));
	MUST(pipe(hold));
	in->pid = MUST(fork());
	if (in->pid == 0) {
		close(hold[1]);
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS) < 0)
			_exit(1);
		if (mount("none", "m", "tmpfs", 0, NULL) < 0)
			_exit(2);
		sethostname("inner", 5);
		write(ready[1], "x", 1);
		read(hold[0], &c, 1);
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		cannot("no user namespace is to be had");
	in->hold = hold[1];
	in->user = MUST(open_ns(in->pid, "user"));
	in->mnt = MUST(open_ns(in->pid, "mnt"));
	in->uts = MUST(open_ns(in->pid, "uts"));
}

static void
into_a_childs_namespaces(void)
{
	char name[65], cwd[4096];
	struct inner in;

	start_inner(&in);
	R(setns(in.mnt, CLONE_NEWNS));
	R(setns(in.uts, 0));
	R(setns(in.user, CLONE_NEWUSER));
	R(getuid());
	R(setns(in.user, CLONE_NEWUSER));
	R(setns(in.mnt, 0));
	say("at the root: %s", getcwd(cwd, sizeof(cwd)));
	R(chdir(here()));
	say_names("m");
	R(setns(in.uts, CLONE_NEWUTS));
	R(gethostname(name, sizeof(name)));
	say("%s", name);
	R(mount("none", "m", "tmpfs", 0, NULL));
	say_names("m");
	R(umount("m"));
}

static void
by_a_pidfd(void)
{
	struct inner in;
	int fd;

	start_inner(&in);
	fd = MUST(syscall(SYS_pidfd_open, in.pid, 0));
	R(setns(fd, 0));
	R(setns(fd, 1));
	R(setns(fd, CLONE_NEWNS));
	R(setns(fd, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS));
	R(chdir(here()));
	say_names("m");
	R(setns(fd, CLONE_NEWNS));
	R(setns(fd, CLONE_NEWUSER));
}

static void
a_descriptor_keeps_them(void)
{
	struct inner in;
	pid_t pid;

	start_inner(&in);
	close(in.hold);
	say_status("inner", in.pid);
	/* Other processes come and go. */
	for (int i = 0; i < 3; i++) {
		pid = MUST(fork());
		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
	R(setns(in.user, 0));
	R(setns(in.mnt, 0));
	R(chdir(here()));
	say_names("m");
}

static void
what_is_no_namespace(void)
{
	int p[2];

	if (unshare(0) < 0)
		cannot("a filter refuses unshare");
	MUST(pipe(p));
	R(setns(-1, 0));
	R(setns(77, 0));
	R(setns(p[0], 0));
	R(setns(MUST(open("/etc/passwd", O_RDONLY)), 0));
	R(setns(MUST(open(".", O_RDONLY)), CLONE_NEWNS));
	R(setns(open_ns(getpid(), "mnt"), CLONE_NEWUSER));
	R(setns(open_ns(getpid(), "user"), CLONE_NEWNS));
	R(setns(open_ns(getpid(), "user"), 0));
	R(setns(open_ns(getpid(), "user"), CLONE_NEWUSER));
	R(setns(open_ns(getpid(), "mnt"), 0));
	R(setns(open_ns(getpid(), "uts"), 0));
	R(setns(open_ns(getpid(), "net"), 0));
	R(setns(open_ns(getpid(), "pid"), 0));
}

static void
there_is_no_way_up(void)
{
	int user, mnt;

	if (unshare(0) < 0)
		cannot("a filter refuses unshare");
	user = MUST(open_ns(getpid(), "user"));
	mnt = MUST(open_ns(getpid(), "mnt"));
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		cannot("no user namespace is to be had");
	R(setns(user, 0));
	R(setns(mnt, 0));
	R(setns(open_ns(getpid(), "mnt"), 0));
	R(ioctl(user, NS_GET_PARENT));
	R(ioctl(mnt, NS_GET_USERNS));
}

static void *
wait_for_a_byte(void *arg)
{
	char c;

	read(*(int *)arg, &c, 1);
	return NULL;
}

static void
threads_share_their_root(void)
{
	pthread_t thread;
	struct inner in;
	int p[2];

	start_inner(&in);
	MUST(pipe(p));
	pthread_create(&thread, NULL, wait_for_a_byte, &p[0]);
	R(setns(in.user, 0));
	write(p[1], "x", 1);
	pthread_join(thread, NULL);
}

static int
same(const char *a, const char *b)
{
	char x[64] = "a", y[64] = "b";

	readlink(a, x, 63);
	readlink(b, y, 63);
	return strcmp(x, y) == 0;
}

static void
links_and_files_agree(void)
{
	char text[64] = "", path[64], link[64] = "";
	struct stat st, fd_st;
	int fd = MUST(open("/proc/self/ns/mnt", O_RDONLY));

	R(readlink("/proc/self/ns/mnt", text, 63) > 0);
	say("%.5s", text);
	MUST(fstat(fd, &fd_st));
	R(stat("/proc/self/ns/mnt", &st));
	say("same file: %d", st.st_ino == fd_st.st_ino &&
	    st.st_dev == fd_st.st_dev);
	say("mode %s", mode_text(st.st_mode));
	say("the number: %d", (ino_t)atol(text + 5) == st.st_ino);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	R(readlink(path, link, 63) > 0);
	say("same text: %d", strcmp(text, link) == 0);
	say("type %d", ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNS);
	R(ioctl(fd, NS_GET_PARENT));
	R(ioctl(fd, NS_GET_OWNER_UID, &st));
	R(write(fd, "x", 1));
	R(mkdir("/proc/self/ns/x", 0755));
	say_names("/proc/self/ns");
}

static void
children_share_and_leave(void)
{
	char other[64], link[8];
	pid_t pid = getpid(), child;

	if (unshare(0) < 0)
		cannot("a filter refuses unshare");
	child = MUST(fork());
	if (child == 0) {
		snprintf(other, sizeof(other), "/proc/%d/ns/user", pid);
		say("user %d", same("/proc/self/ns/user", other));
		if (unshare(CLONE_NEWUSER) < 0)
			_exit(0);
		R(readlink(other, link, 1));
		say("mnt %d", same("/proc/self/ns/mnt",
				   "/proc/thread-self/ns/mnt"));
		R(unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC |
			  CLONE_NEWCGROUP));
		_exit(0);
	}
	say_status("child", child);
}

static void
an_owner_may_look(void)
{
	char path[64], text[64];
	struct inner in;
	uid_t uid = 7;
	int up;

	start_inner(&in);
	R(ioctl(in.user, NS_GET_OWNER_UID, &uid));
	say("mine %d", uid == getuid());
	up = ioctl(in.user, NS_GET_PARENT);
	say("parent %d", up >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", up);
	say("is mine %d", same(path, "/proc/self/ns/user"));
	up = ioctl(in.mnt, NS_GET_USERNS);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", up);
	snprintf(text, sizeof(text), "/proc/%d/ns/user", in.pid);
	say("owner %d", same(path, text));
}

GUEST_MAIN(
	CASE(into_a_childs_namespaces),
	CASE(by_a_pidfd),
	CASE(a_descriptor_keeps_them),
	CASE(what_is_no_namespace),
	CASE(there_is_no_way_up),
	CASE(threads_share_their_root),
	CASE(links_and_files_agree),
	CASE(children_share_and_leave),
	CASE(an_owner_may_look),
)
