/* SPDX-License-Identifier: Apache-2.0 */
/* PLACES: host */
/* prctl, ids, capabilities and limits of the calling process. */
#include "tests/lib/guest.h"

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <grp.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static void
undumpable_processes_still_open_files(void)
{
	struct stat st;
	char buf[64];

	put_file("f", "x");
	R(prctl(PR_GET_DUMPABLE));
	R(prctl(PR_SET_DUMPABLE, 0));
	R(prctl(PR_GET_DUMPABLE));
	RFD(open("f", O_RDONLY));
	R(stat("f", &st));
	R(mkdir("d", 0755));
	R(chdir("d"));
	R(getcwd(buf, 1) == NULL);
	R(rename("../f", "g"));
	R(unlink("g"));
	say_status("child", ({
		pid_t pid = fork();

		if (pid == 0) {
			RFD(open("/etc/passwd", O_RDONLY));
			execl("/bin/true", "true", NULL);
			_exit(1);
		}
		pid;
	}));
	R(prctl(PR_SET_DUMPABLE, 1));
	R(prctl(PR_GET_DUMPABLE));
	R(prctl(PR_SET_DUMPABLE, 5));
}

static void
names_are_kept(void)
{
	char name[16] = "", *comm;

	R(prctl(PR_SET_NAME, "a-name-longer-than-15"));
	R(prctl(PR_GET_NAME, name));
	say("%s", name);
	comm = get_file("/proc/self/comm");
	say("%s", comm);
	R(prctl(PR_SET_NAME, hole()));
	R(prctl(PR_GET_NAME, hole()));
}

static void
flags_are_kept(void)
{
	int sig = -1, reaper = -1;

	R(prctl(PR_SET_PDEATHSIG, 10));
	R(prctl(PR_GET_PDEATHSIG, &sig));
	say("%d", sig);
	R(prctl(PR_SET_PDEATHSIG, 99));
	R(prctl(PR_SET_CHILD_SUBREAPER, 1));
	R(prctl(PR_GET_CHILD_SUBREAPER, &reaper));
	say("%d", reaper);
	R(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	R(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	R(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	R(prctl(PR_SET_KEEPCAPS, 1));
	R(prctl(PR_GET_KEEPCAPS));
	R(prctl(PR_SET_TIMERSLACK, 50000));
	R(prctl(PR_GET_TIMERSLACK));
	R(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
	R(prctl(12345));
}

static void
ids_are_the_callers(void)
{
	uid_t r, e, s;
	gid_t list[64];

	say("uid %d gid %d", getuid(), getgid());
	R(getresuid(&r, &e, &s));
	say("%d %d %d", r, e, s);
	R(getgroups(64, list) >= 0);
	R(setuid(getuid()));
	R(setuid(12345));
	R(setgid(12345));
	R(setreuid(-1, 12345));
	R(setresuid(-1, -1, -1));
	R(setresgid(-1, 12345, -1));
	R(setgroups(0, NULL));
	R(setfsuid(12345) == (int)getuid());
	R(setfsuid(-1) == (int)getuid());
}

static void
no_capabilities_are_held(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = { 0 };

	R(syscall(SYS_capget, &h, d));
	say("effective %x %x permitted %x %x", d[0].effective, d[1].effective,
	    d[0].permitted, d[1].permitted);
	d[0].effective = d[0].permitted = 1 << CAP_SYS_CHROOT;
	R(syscall(SYS_capset, &h, d));
	h.version = 0;
	R(syscall(SYS_capget, &h, d));
	R(syscall(SYS_capget, &h, NULL));
	R(syscall(SYS_capget, hole(), d));
	R(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_CHROOT, 0, 0));
}

static void
limits_are_kept(void)
{
	struct rlimit rl = { 64, 128 }, now;

	R(setrlimit(RLIMIT_NOFILE, &rl));
	R(getrlimit(RLIMIT_NOFILE, &now));
	say("%ld %ld", (long)now.rlim_cur, (long)now.rlim_max);
	rl.rlim_max = 256;
	R(setrlimit(RLIMIT_NOFILE, &rl));
	rl.rlim_cur = 300;
	rl.rlim_max = 128;
	R(setrlimit(RLIMIT_NOFILE, &rl));
	R(prlimit(0, RLIMIT_NOFILE, NULL, &now));
	R(prlimit(getpid(), RLIMIT_NOFILE, NULL, &now));
	R(prlimit(0x7ffffff0, RLIMIT_NOFILE, NULL, &now));
	R(getrlimit(99, &now));
	R(getrlimit(RLIMIT_NOFILE, hole()));
	RFD(dup2(0, 63));
	RFD(dup2(0, 64));
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", "ulimit -n; ulimit -Hn", NULL);
		_exit(1);
	}
	say_status("sh", pid);
}

static void
a_guest_may_filter_itself(void)
{
	struct sock_filter prog[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog f = { 4, prog };

	R(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &f))
		say("no filter: %s", errname(errno));
	R(getpriority(PRIO_PROCESS, 0));
	RFD(open("/etc/passwd", O_RDONLY));
}

GUEST_MAIN(
	CASE(undumpable_processes_still_open_files),
	CASE(names_are_kept),
	CASE(flags_are_kept),
	CASE(ids_are_the_callers),
	CASE(no_capabilities_are_held),
	CASE(limits_are_kept),
	CASE(a_guest_may_filter_itself),
)
