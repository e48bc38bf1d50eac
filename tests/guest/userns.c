/* SPDX-License-Identifier: Apache-2.0 */
/* PLACES: host */
/* BUILD: -pthread */
/* User namespaces of an ordinary process, and what they allow. */
#include "tests/lib/guest.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

/* The ids before the namespace. */
static uid_t uid;
static gid_t gid;

static void
enter(int more)
{
	uid = getuid();
	gid = getgid();
	if (unshare(CLONE_NEWUSER | more) < 0)
		cannot("no user namespace is to be had: %s", strerror(errno));
}

/* Natively root without CAP_SETFCAP may not give itself a name inside. */
static void
need_a_user(void)
{
	if (getuid() == 0)
		cannot("root without capabilities may not map itself");
}

static int
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), err;
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	err = errno;
	close(fd);
	errno = err;
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

static const char *
map(unsigned int inside, unsigned int outside, unsigned int count)
{
	static char line[64];

	snprintf(line, sizeof(line), "%u %u %u\n", inside, outside, count);
	return line;
}

static void
become_root(void)
{
	MUST(put("/proc/self/setgroups", "deny"));
	MUST(put("/proc/self/uid_map", map(0, uid, 1)));
	MUST(put("/proc/self/gid_map", map(0, gid, 1)));
}

static void
say_caps(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	R(syscall(SYS_capget, &h, d));
	say("effective %x %x permitted %x %x inheritable %x %x",
	    d[0].effective, d[1].effective, d[0].permitted, d[1].permitted,
	    d[0].inheritable, d[1].inheritable);
}

/* The lines of /proc/self/status that begin with a word. */
static void
say_status_line(const char *word)
{
	char *text = get_file("/proc/self/status"), *line;

	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (strncmp(line, word, strlen(word)) == 0)
			say("%s", line);
}

static void
a_new_namespace_has_no_ids(void)
{
	uid_t r, e, s;
	gid_t g[8];
	struct stat st;

	enter(0);
	R(getuid());
	R(geteuid());
	R(getgid());
	R(getegid());
	R(getresuid(&r, &e, &s));
	say("%u %u %u", r, e, s);
	R(getgroups(8, g) >= 0);
	R(stat("/", &st));
	say("owner %u %u", st.st_uid, st.st_gid);
	R(fstat(MUST(open(".", O_RDONLY)), &st));
	say("owner %u %u", st.st_uid, st.st_gid);
	say("[%s]", get_file("/proc/self/uid_map"));
	say("[%s]", get_file("/proc/self/gid_map"));
	say("%s", get_file("/proc/self/setgroups"));
	say_status_line("Uid:");
	say_status_line("Gid:");
	say_status_line("Cap");
	say_caps();
	R(setuid(0));
	R(setgid(0));
	R(setgroups(0, NULL));
}

static void
root_of_a_namespace(void)
{
	struct stat st;

	need_a_user();
	enter(0);
	become_root();
	R(getuid());
	R(getgid());
	say_status_line("Uid:");
	say_status_line("Cap");
	R(setuid(0));
	R(setuid(1));
	R(setresuid(0, 0, 0));
	R(setreuid(-1, 1));
	R(setgroups(0, NULL));
	put_file("f", "x");
	R(stat("f", &st));
	say("owner %u %u", st.st_uid, st.st_gid);
	R(stat("/etc/passwd", &st));
	say("others' are of %u %u", st.st_uid, st.st_gid);
	R(chown("f", 0, 0));
	R(chown("f", 1, -1));
	R(chown("f", 65534, -1));
	R(unlink("f"));
}

int
guest_child(int argc, char **argv)
{
	(void)argc;
	say("%s: uid %d", argv[0], (int)getuid());
	say_status_line("Cap");
	return 0;
}

static void
exec_self(const char *how)
{
	pid_t pid = MUST(fork());

	if (pid == 0) {
		execl(self(), self(), how, NULL);
		_exit(1);
	}
	say_status(how, pid);
}

static void
exec_without_a_name_loses_the_capabilities(void)
{
	enter(0);
	exec_self("+nobody");
	say_caps();
}

static void
exec_as_root_keeps_them(void)
{
	need_a_user();
	enter(0);
	become_root();
	exec_self("+root");
}

static void
exec_under_another_name_loses_them(void)
{
	need_a_user();
	enter(0);
	MUST(put("/proc/self/uid_map", map(1000, uid, 1)));
	R(getuid());
	exec_self("+user");
}

static void
maps_are_written_once_and_in_order(void)
{
	need_a_user();
	enter(0);
	R(put("/proc/self/uid_map", ""));
	R(put("/proc/self/uid_map", "\n"));
	R(put("/proc/self/uid_map", "0\n"));
	R(put("/proc/self/uid_map", "0 1\n"));
	R(put("/proc/self/uid_map", "0 1 0\n"));
	R(put("/proc/self/uid_map", "x 1 1\n"));
	R(put("/proc/self/uid_map", "0 1 1 1\n"));
	R(put("/proc/self/uid_map", "0 4294967295 1\n"));
	R(put("/proc/self/uid_map", "4294967295 1 1\n"));
	R(put("/proc/self/uid_map", "0 1 4294967295\n"));
	R(put("/proc/self/uid_map", "0 1 2\n1 5 1\n"));
	R(put("/proc/self/uid_map", map(0, uid + 1, 1)));
	R(put("/proc/self/uid_map", map(0, uid, 2)));
	R(put("/proc/self/gid_map", map(0, gid, 1)));
	R(put("/proc/self/setgroups", "den"));
	R(put("/proc/self/setgroups", "deny it"));
	R(put("/proc/self/setgroups", "allow"));
	R(put("/proc/self/setgroups", "deny\n"));
	R(put("/proc/self/setgroups", "allow"));
	R(put("/proc/self/setgroups", "deny"));
	R(put("/proc/self/gid_map", map(5, gid, 1)));
	R(put("/proc/self/gid_map", map(5, gid, 1)));
	R(put("/proc/self/setgroups", "deny"));
	R(put("/proc/self/uid_map", map(0, uid, 1)));
	R(put("/proc/self/uid_map", map(0, uid, 1)));
	R(getuid());
	R(getgid());
}

static void
a_map_is_written_from_its_beginning(void)
{
	int fd;

	need_a_user();
	enter(0);
	fd = MUST(open("/proc/self/uid_map", O_RDWR));
	R(pwrite(fd, map(0, uid, 1), strlen(map(0, uid, 1)), 3));
	R(write(fd, tail(map(7, uid, 1)), strlen(map(7, uid, 1))) > 0);
	R(write(fd, "0 0 1", 5));
	R(close(fd));
	R(getuid());
	R(access("/proc/self/uid_map", W_OK));
}

static void
the_first_namespace_has_its_map(void)
{
	R(put("/proc/self/uid_map", map(0, getuid(), 1)));
	R(put("/proc/self/gid_map", map(0, getgid(), 1)));
}

static volatile uid_t sender_uid;

static void
note_sender(int sig, siginfo_t *si, void *ctx)
{
	(void)sig;
	(void)ctx;
	sender_uid = si->si_uid;
}

static void
signals_tell_what_their_sender_is_called(void)
{
	struct sigaction sa = { .sa_sigaction = note_sender,
				.sa_flags = SA_SIGINFO };
	pid_t pid;

	need_a_user();
	enter(0);
	become_root();
	MUST(sigaction(SIGUSR1, &sa, NULL));
	sender_uid = 99;
	R(raise(SIGUSR1));
	say("raise: uid %u", sender_uid);
	MUST(sigaction(SIGCHLD, &sa, NULL));
	sender_uid = 99;
	pid = fork();
	if (pid == 0)
		_exit(kill(getppid(), SIGUSR1) != 0);
	say_status("child", pid);
	say("kill, child: uid %u", sender_uid);
}

struct pipes {
	int ready[2], go[2];
};

static int
child_of_a_map(void *arg)
{
	struct pipes *p = arg;
	char c = 'x';

	R(getuid());
	write(p->ready[1], &c, 1);
	read(p->go[0], &c, 1);
	R(getuid());
	R(getgid());
	R(mount("none", ".", "tmpfs", 0, NULL));
	return 3;
}

/* As container runtimes do it. */
static void
a_parent_writes_the_map(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	struct pipes p;
	char c, path[64], link[2][64] = { "", "" };
	pid_t pid;

	need_a_user();
	uid = getuid();
	gid = getgid();
	MUST(pipe(p.ready));
	MUST(pipe(p.go));
	pid = clone(child_of_a_map, stack + sizeof(stack),
		    CLONE_NEWUSER | CLONE_NEWNS | SIGCHLD, &p);
	if (pid < 0)
		cannot("no user namespace is to be had");
	read(p.ready[0], &c, 1);
	say("parent");
	R(getuid() == uid);
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	R(put(path, map(0, uid, 1)));
	say("%d", strstr(get_file(path), "         0 ") != NULL);
	snprintf(path, sizeof(path), "/proc/%d/setgroups", pid);
	R(put(path, "deny"));
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	R(put(path, map(0, gid, 1)));
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	R(readlink(path, link[0], 63) > 0);
	R(readlink("/proc/self/ns/mnt", link[1], 63) > 0);
	say("same mounts: %d", strcmp(link[0], link[1]) == 0);
	write(p.go[1], &c, 1);
	say_status("child", pid);
}

static void *
wait_for_a_byte(void *arg)
{
	char c;

	read(*(int *)arg, &c, 1);
	return NULL;
}

static void
threads_share_one_namespace(void)
{
	pthread_t thread;
	int p[2];

	MUST(pipe(p));
	pthread_create(&thread, NULL, wait_for_a_byte, &p[0]);
	R(unshare(CLONE_NEWUSER));
	R(unshare(CLONE_THREAD));
	R(unshare(CLONE_VM));
	R(unshare(CLONE_FS));
	R(unshare(CLONE_FILES));
	write(p[1], "x", 1);
	pthread_join(thread, NULL);
}

static void
flags_that_make_no_sense(void)
{
	R(unshare(0));
	R(unshare(1));
	R(unshare(CLONE_PARENT));
	R(unshare(CLONE_NEWUSER | CLONE_PARENT));
	R(syscall(SYS_clone, CLONE_NEWUSER | CLONE_FS | SIGCHLD, 0, 0, 0, 0));
	R(syscall(SYS_clone, CLONE_NEWNS | CLONE_FS | SIGCHLD, 0, 0, 0, 0));
	R(syscall(SYS_clone, CLONE_NEWUSER | CLONE_THREAD | CLONE_SIGHAND |
		  CLONE_VM, 0, 0, 0, 0));
	R(syscall(SYS_clone, CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0));
	R(unshare(CLONE_NEWNS));
	R(unshare(CLONE_NEWUTS));
	R(unshare(CLONE_NEWIPC));
	R(unshare(CLONE_NEWCGROUP));
}

static void
who_is_chrooted_gets_none(void)
{
	need_a_user();
	enter(0);
	become_root();
	MUST(mkdir("d", 0755));
	R(chroot("d"));
	R(unshare(CLONE_NEWUSER));
	R(unshare(CLONE_NEWNS));
}

static void
namespaces_nest_until_it_is_enough(void)
{
	int depth = 0;

	need_a_user();
	for (;;) {
		uid = getuid();
		if (unshare(CLONE_NEWUSER) < 0)
			break;
		if (put("/proc/self/uid_map", map(0, uid, 1)) < 0 ||
		    put("/proc/self/setgroups", "deny") < 0)
			break;
		gid = depth++ ? 0 : getgid();
		if (depth > 40)
			break;
		if (put("/proc/self/gid_map", map(0, depth == 1 ? 65534 : 0,
						   1)) < 0 && depth > 1)
			break;
	}
	say("more than three: %d, fewer than forty: %d", depth > 3,
	    depth < 40);
}

/* The sandbox's own filters and tracer do not show. */
static void
what_the_process_asked_of_seccomp(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K,
					    SECCOMP_RET_ALLOW);
	struct sock_fprog prog = { 1, &allow };

	say_status_line("NoNewPrivs:");
	say_status_line("TracerPid:");
	say_status_line("Seccomp");
	R(prctl(PR_GET_SECCOMP));
	R(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	R(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog));
	R(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog));
	R(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, hole()));
	say_status_line("Seccomp");
	R(prctl(PR_GET_SECCOMP));
	if (fork() == 0) {
		say_status_line("Seccomp");
		_exit(0);
	}
	wait(NULL);
}

static void
names_of_a_uts_namespace(void)
{
	struct utsname u;
	char name[65];
	pid_t pid;

	R(sethostname("no", 2));
	enter(CLONE_NEWUTS);
	R(sethostname("inside", 6));
	R(setdomainname("domain", 6));
	R(syscall(SYS_sethostname, "x", -1));
	R(syscall(SYS_sethostname, "x", 65));
	R(sethostname(hole(), 3));
	R(uname(&u));
	say("%s %s", u.nodename, u.domainname);
	R(gethostname(name, sizeof(name)));
	say("%s", name);
	say("%s", get_file("/proc/sys/kernel/hostname"));
	pid = fork();
	if (pid == 0) {
		R(unshare(CLONE_NEWUTS));
		R(sethostname("deeper", 6));
		R(uname(&u));
		say("%s %s", u.nodename, u.domainname);
		_exit(0);
	}
	say_status("child", pid);
	R(uname(&u));
	say("%s %s", u.nodename, u.domainname);
}

static void
mounts_of_ones_own(void)
{
	pid_t pid;

	need_a_user();
	MUST(mkdir("m", 0755));
	put_file("m/below", "b");
	R(mount("none", "m", "tmpfs", 0, NULL));
	pid = fork();
	if (pid == 0) {
		enter(CLONE_NEWNS);
		become_root();
		R(mount("none", "m", "tmpfs", 0, NULL));
		put_file("m/inside", "i");
		say_names("m");
		R(umount("m"));
		say_names("m");
		R(umount2("/", MNT_DETACH));
		R(umount2("/proc", MNT_DETACH));
		R(mount(NULL, "/", NULL, MS_REMOUNT, NULL));
		R(mount("m", "m", NULL, MS_BIND, NULL));
		R(mount(NULL, "m", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY |
			MS_NOSUID | MS_NODEV, NULL));
		R(open("m/below", O_WRONLY));
		_exit(0);
	}
	say_status("child", pid);
	say_names("m");
	R(open("m/below", O_WRONLY) >= 0);
}

GUEST_MAIN(
	CASE(a_new_namespace_has_no_ids),
	CASE(root_of_a_namespace),
	CASE(exec_without_a_name_loses_the_capabilities),
	CASE(exec_as_root_keeps_them),
	CASE(exec_under_another_name_loses_them),
	CASE(maps_are_written_once_and_in_order),
	CASE(a_map_is_written_from_its_beginning),
	CASE(the_first_namespace_has_its_map),
	CASE(signals_tell_what_their_sender_is_called),
	CASE(a_parent_writes_the_map),
	CASE(threads_share_one_namespace),
	CASE(flags_that_make_no_sense),
	CASE(who_is_chrooted_gets_none),
	CASE(namespaces_nest_until_it_is_enough),
	CASE(what_the_process_asked_of_seccomp),
	CASE(names_of_a_uts_namespace),
	CASE(mounts_of_ones_own),
)
