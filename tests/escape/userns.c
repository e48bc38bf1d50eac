/* SPDX-License-Identifier: Apache-2.0 */
/* As root of a user namespace that an ordinary process makes for itself. */
#include "tests/escape/attack.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>

static void
become_root(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0)
		return;
	if (getenv("CONTROL"))
		cannot("no user namespace is to be had");
	held();
}

static void
root_reads_the_secret(void)
{
	become_root();
	verdict_of_fd(open(bait("secret"), O_RDONLY));
}

static void
root_binds_what_is_outside(void)
{
	become_root();
	MUST(mkdir("m", 0755));
	if (mount(bait(""), "m", NULL, MS_BIND | MS_REC, NULL))
		held();
	verdict_of_fd(open("m/secret", O_RDONLY));
}

static void
root_makes_an_export_writable(void)
{
	become_root();
	mount(NULL, readonly(""), NULL, MS_REMOUNT | MS_BIND, NULL);
	mount(NULL, readonly(""), NULL, MS_REMOUNT, NULL);
	verdict(open(readonly("file"), O_WRONLY));
}

static void
root_binds_an_export_and_writes(void)
{
	become_root();
	MUST(mkdir("m", 0755));
	if (mount(readonly(""), "m", NULL, MS_BIND | MS_REC, NULL))
		held();
	mount(NULL, "m", NULL, MS_REMOUNT | MS_BIND, NULL);
	verdict(open("m/file", O_WRONLY));
}

static void
root_uncovers_by_unmounting(void)
{
	become_root();
	umount2("/proc", MNT_DETACH);
	umount2("/tmp", MNT_DETACH);
	umount2("/", MNT_DETACH);
	verdict_of_fd(open(bait("secret"), O_RDONLY));
}

static void
root_leaves_by_chroot(void)
{
	int d = MUST(open("/", O_RDONLY | O_DIRECTORY));

	become_root();
	MUST(mkdir("jail", 0755));
	if (chroot("jail") || fchdir(d))
		held();
	verdict_of_fd(open(from_below(bait("secret")), O_RDONLY));
}

static void
namespaces_of_a_process_outside(void)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "/proc/%ld/ns/user",
		 bait_number("BAIT_PID"));
	verdict(readlink(path, text, sizeof(text)));
}

static void
a_map_of_a_process_outside(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/uid_map",
		 bait_number("BAIT_PID"));
	verdict(open(path, O_WRONLY));
}

static void
a_clone_with_namespaces(void)
{
	long pid;
	int status;

	MUST(mkdir("m", 0755));
	pid = syscall(SYS_clone, CLONE_NEWUSER | CLONE_NEWNS | SIGCHLD, 0, 0,
		      0, 0);
	if (pid == 0) {
		if (mount(bait(""), "m", NULL, MS_BIND | MS_REC, NULL))
			_exit(1);
		_exit(gives_secret(open("m/secret", O_RDONLY)) ? 7 : 1);
	}
	if (pid < 0 && getenv("CONTROL"))
		cannot("no user namespace is to be had");
	if (pid < 0)
		held();
	waitpid((pid_t)pid, &status, 0);
	if (status == 7 << 8)
		escaped("read the secret");
	held();
}

GUEST_MAIN(
	CASE(root_reads_the_secret),
	CASE(root_binds_what_is_outside),
	CASE(root_makes_an_export_writable),
	CASE(root_binds_an_export_and_writes),
	CASE(root_uncovers_by_unmounting),
	CASE(root_leaves_by_chroot),
	CASE(namespaces_of_a_process_outside),
	CASE(a_map_of_a_process_outside),
	CASE(a_clone_with_namespaces),
)
