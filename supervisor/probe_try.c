/* SPDX-License-Identifier: Apache-2.0 */
/* Attempts on everything but seccomp, which has probe_seccomp.c. */
#include "supervisor/probe_try.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/auto.h"
#include "include/uapi.h"
#include "supervisor/landlock.h"

/* Runs `attempt` in a child; its result, or -errno. */
static int
in_child(int (*attempt)(void))
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(-attempt());
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ENOSYS;
}

/* A child that does nothing until it is killed. */
static pid_t
idle_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static void
end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
}

static int
seize_and_stop(pid_t pid)
{
	long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP |
		PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE;
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, options) < 0)
		return -errno;
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		return -errno;
	if (waitpid(pid, &status, __WALL) < 0)
		return -errno;
	return WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_STOP ? 0 :
		-EPROTO;
}

int
try_ptrace(void)
{
	pid_t pid = idle_child();
	int err;

	if (pid < 0)
		return -errno;
	err = seize_and_stop(pid);
	end_child(pid);
	return err;
}

static int
landlock_child(void)
{
	int fd, abi;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	abi = landlock_restrict(-1, false);
	if (abi <= 0)
		return abi ? abi : -EOPNOTSUPP;
	fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 && errno == EACCES ? 0 : -EPROTO;
}

int
try_landlock(void)
{
	return in_child(landlock_child);
}

/* Writes `text` to a file of the own process. */
static int
write_proc(const char *path, const char *text)
{
	AUTO_FD fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

static int
map_ids(uid_t uid, gid_t gid)
{
	char map[64];
	int err;

	snprintf(map, sizeof(map), "0 %u 1", uid);
	err = write_proc("/proc/self/uid_map", map);
	if (!err)
		err = write_proc("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", gid);
	return err ? err : write_proc("/proc/self/gid_map", map);
}

/* As the mount helper does: a namespace pair and a mount of its own.  Guests
 * are put into an empty root there, which a filter outside may refuse. */
int
try_userns_here(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int fs, mnt, err;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -errno;
	err = map_ids(uid, gid);
	if (err)
		return err;
	fs = syscall(SYS_fsopen, "tmpfs", 1 /* FSOPEN_CLOEXEC */);
	if (fs < 0)
		return -errno;
	if (syscall(SYS_fsconfig, fs, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL,
		0) < 0)
		return -errno;
	mnt = syscall(SYS_fsmount, fs, 1 /* FSMOUNT_CLOEXEC */, 0);
	if (mnt < 0)
		return -errno;
	return mkdirat(mnt, "d", 0700) < 0 || chroot("/") < 0 ? -errno : 0;
}

int
try_userns(void)
{
	return in_child(try_userns_here);
}

/* The next two look at the own process: the question is what an outer filter
 * refuses; that other processes may be touched is ptrace's own question. */
int
try_pidfd_getfd(void)
{
	AUTO_FD pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	AUTO_FD null = open("/", O_PATH | O_CLOEXEC);
	AUTO_FD copy = -1;

	if (pidfd < 0 || null < 0)
		return -errno;
	copy = syscall(SYS_pidfd_getfd, pidfd, null, 0);
	return copy < 0 ? -errno : 0;
}

int
try_process_vm(void)
{
	uint64_t from = 0x62656c6c6a6172, to = 0;
	struct iovec remote = {&from, sizeof(from)};
	struct iovec local = {&to, sizeof(to)};

	if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) < 0)
		return -errno;
	if (to != from)
		return -EPROTO;
	from = 0;
	if (process_vm_writev(getpid(), &local, 1, &remote, 1, 0) < 0)
		return -errno;
	return from == to ? 0 : -EPROTO;
}

/* A kernel that knows PR_SET_MM_MAP copies its argument before all else. */
int
try_set_mm_map(void)
{
	unsigned int size = 0;

	if (prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0) < 0)
		return -errno;
	if (prctl(PR_SET_MM, PR_SET_MM_MAP, NULL, (unsigned long)size, 0) == 0)
		return -EPROTO;
	return errno == EFAULT ? 0 : -errno;
}

int
try_openat2(void)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
			RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	AUTO_FD root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD here = -1;
	AUTO_FD above = -1;

	if (root < 0)
		return -errno;
	here = syscall(SYS_openat2, root, ".", &how, sizeof(how));
	if (here < 0)
		return -errno;
	above = syscall(SYS_openat2, root, "..", &how, sizeof(how));
	return above < 0 && errno == EXDEV ? 0 : -EPROTO;
}

/* Executes a memfd that is no program: ENOEXEC comes after every permission
 * check. */
static int
memfd_exec_child(void)
{
	static const char nothing[64] = "no program";
	char *argv[] = {(char *)"memfd", NULL};
	int fd = memfd_create("probe", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (write(fd, nothing, sizeof(nothing)) < 0)
		return -errno;
	syscall(SYS_execveat, fd, "", argv, argv + 1, AT_EMPTY_PATH);
	return errno == ENOEXEC ? 0 : -errno;
}

int
try_memfd_exec(void)
{
	return in_child(memfd_exec_child);
}

int
try_mount_ids(void)
{
	struct statx stx;

	if (statx(AT_FDCWD, "/", 0, STATX_MNT_ID, &stx) < 0)
		return -errno;
	return stx.stx_mask & STATX_MNT_ID ? 0 : -EOPNOTSUPP;
}

/* The flags are looked at before all else, privilege too. */
int
try_mount_setattr(void)
{
	if (mount_setattr(-1, "", ~0u, NULL, 0) == 0)
		return -EPROTO;
	return errno == EINVAL ? 0 : -errno;
}

int
try_procmap_query(void)
{
	AUTO_FD fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	struct procmap_query q = {
		.size = sizeof(q), .query_addr = (uint64_t)(uintptr_t)&fd,
		.query_flags = PROCMAP_QUERY_VMA_READABLE,
	};

	if (fd < 0 || ioctl(fd, PROCMAP_QUERY, &q) < 0)
		return -errno;
	return q.query_addr >= q.vma_start && q.query_addr < q.vma_end ? 0 :
		-EPROTO;
}

int
try_yama_scope(void)
{
	AUTO_FILE FILE *f = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
	int scope;

	if (!f || fscanf(f, "%d", &scope) != 1)
		return -1;
	return scope;
}

bool
try_privileged(void)
{
	cap_flag_value_t value = CAP_CLEAR;
	cap_t caps = cap_get_proc();

	if (!caps)
		return false;
	cap_get_flag(caps, CAP_SYS_ADMIN, CAP_EFFECTIVE, &value);
	cap_free(caps);
	return value == CAP_SET;
}
