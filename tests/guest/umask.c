/* SPDX-License-Identifier: Apache-2.0 */
/* PLACES: host */
/* umask and the sharing of what CLONE_FS shares. */
#include "tests/lib/guest.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

static void
say_umask_in_status(void)
{
	char *text = get_file("/proc/self/status");
	char *line = strstr(text, "Umask:");

	say("%.11s", line ? line : "no Umask");
}

static void
umask_returns_the_old_one(void)
{
	R(umask(077));
	R(umask(0));
	R(umask(01777));
	R(umask(022));
	say_umask_in_status();
	R(umask(027));
	say_umask_in_status();
}

static void
children_inherit_a_copy(void)
{
	pid_t pid;

	umask(027);
	pid = fork();
	if (pid == 0) {
		R(umask(0));
		_exit(0);
	}
	say_status("child", pid);
	R(umask(022));
}

static void *
thread_sets(void *arg)
{
	(void)arg;
	R(umask(071));
	return NULL;
}

static void
threads_share_it(void)
{
	pthread_t t;

	pthread_create(&t, NULL, thread_sets, NULL);
	pthread_join(t, NULL);
	R(umask(022));
}

static int
cloned(void *arg)
{
	umask(070);
	if (chdir((const char *)arg))
		return 1;
	return 0;
}

static void
run_clone(const char *name, int flags)
{
	char *stack = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char cwd[4096];
	pid_t pid;

	umask(022);
	MUST(chdir(here()));
	pid = clone(cloned, stack + (1 << 16), flags | SIGCHLD, (void *)"d");
	say_status(name, pid);
	say("umask %03o", umask(022));
	say("cwd moved %d", getcwd(cwd, sizeof(cwd)) &&
	    strcmp(cwd, here()) != 0);
}

static void
clone_fs_shares_and_its_absence_copies(void)
{
	MUST(mkdir("d", 0755));
	run_clone("plain", 0);
	run_clone("CLONE_FS", CLONE_FS);
	run_clone("CLONE_VM", CLONE_VM);
	run_clone("CLONE_VM|CLONE_FS", CLONE_VM | CLONE_FS);
	run_clone("CLONE_FILES", CLONE_FILES);
	run_clone("CLONE_VFORK|CLONE_VM", CLONE_VFORK | CLONE_VM);
}

static void
unshare_fs_ends_the_sharing(void)
{
	char *stack = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (unshare(0) < 0)
		cannot("a filter refuses unshare");
	MUST(mkdir("d", 0755));
	R(unshare(CLONE_FS));
	pid = clone(cloned, stack + (1 << 16), SIGCHLD, (void *)"d");
	say_status("child", pid);
	say("umask %03o", umask(022));
}

static int
opens_a_file(void *arg)
{
	(void)arg;
	return open("f", O_RDONLY) < 0;
}

static void
clone_files_shares_descriptors(void)
{
	char *stack = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int first;

	put_file("f", "x");
	first = dup(0);
	close(first);
	say_status("shared", clone(opens_a_file, stack + (1 << 16),
				   CLONE_FILES | SIGCHLD, NULL));
	say("open %d", fcntl(first, F_GETFD) >= 0);
	close(first);
	say_status("copied", clone(opens_a_file, stack + (1 << 16),
				   SIGCHLD, NULL));
	say("open %d", fcntl(first, F_GETFD) >= 0);
}

static void
exec_ends_the_sharing(void)
{
	char cwd[4096];
	pid_t pid;

	MUST(mkdir("d", 0755));
	pid = vfork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", "cd d && umask 077 && umask",
		      NULL);
		_exit(127);
	}
	say_status("sh", pid);
	say("umask %03o", umask(022));
	say("stayed %d", getcwd(cwd, sizeof(cwd)) && !strcmp(cwd, here()));
}

GUEST_MAIN(
	CASE(umask_returns_the_old_one),
	CASE(children_inherit_a_copy),
	CASE(threads_share_it),
	CASE(clone_fs_shares_and_its_absence_copies),
	CASE(unshare_fs_ends_the_sharing),
	CASE(clone_files_shares_descriptors),
	CASE(exec_ends_the_sharing),
)
