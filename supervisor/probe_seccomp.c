/* SPDX-License-Identifier: Apache-2.0 */
/* Attempts on seccomp: filters, the listener and its flags, outer filters. */
#include "supervisor/probe_try.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/uapi.h"

/* A call that takes no pointer and that nobody needs here. */
#define NOTIFY_NR SYS_getppid

/*
 * The calls that may be refused by a container's filter and must then go by
 * trap.  With RET_TRACE and no tracer the kernel answers ENOSYS and runs
 * nothing; a filter outside that refuses the call outranks RET_TRACE.
 */
static const int mount_family[] = {
	SYS_mount, SYS_umount2, SYS_pivot_root, SYS_unshare, SYS_setns,
	SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fsconfig, SYS_fsmount,
	SYS_fspick, SYS_mount_setattr, SYS_chroot, SYS_sethostname,
	SYS_setdomainname,
};

/*
 * Calls that a filter outside may refuse, but must not let through: made with
 * arguments that the kernel can only refuse, and says so.
 */
static const int through[] = {
	SYS_openat, SYS_openat2, SYS_newfstatat, SYS_statx, SYS_statfs,
	SYS_execve, SYS_execveat, SYS_faccessat, SYS_faccessat2,
	SYS_readlinkat, SYS_unlinkat, SYS_mkdirat, SYS_mknodat, SYS_renameat2,
	SYS_linkat, SYS_symlinkat, SYS_fchmodat, SYS_fchownat, SYS_utimensat,
	SYS_truncate, SYS_chdir, SYS_getxattr, SYS_setxattr, SYS_connect,
	SYS_bind, SYS_inotify_add_watch, SYS_name_to_handle_at,
#ifdef SYS_open
	SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_creat,
#endif
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static size_t
trace_all(struct sock_filter *code, const int *nr, size_t count)
{
	size_t i, n = 0;

	for (i = 0; i < count; i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, nr[i], 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
			SECCOMP_RET_TRACE);
	}
	return n;
}

/* getppid: notify; the two lists: trace; everything else: allow. */
static long
install(unsigned int flags)
{
	struct sock_filter code[2 * (COUNT(mount_family) + COUNT(through)) + 4];
	struct sock_fprog prog = {.filter = code};
	size_t n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		offsetof(struct seccomp_data, nr));
	n += trace_all(code + n, mount_family, COUNT(mount_family));
	n += trace_all(code + n, through, COUNT(through));
	if (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) {
		code[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, NOTIFY_NR, 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
			SECCOMP_RET_USER_NOTIF);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
		SECCOMP_RET_ALLOW);
	prog.len = n;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}

/* Installs the filter with the best flags that the kernel takes.  Returns
 * the listener, or -errno; fills what became clear on the way. */
static int
install_best(struct probe_notify *out)
{
	__u64 sync = SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP;
	int fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return out->seccomp = -errno;
	fd = install(SECCOMP_FILTER_FLAG_NEW_LISTENER |
		SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
	out->wait_killable = fd < 0 ? -errno : 0;
	if (fd < 0) {
		fd = install(SECCOMP_FILTER_FLAG_NEW_LISTENER);
		out->listener = fd < 0 ? -errno : 0;
	} else {
		out->listener = 0;
	}
	if (fd < 0) {
		out->seccomp = install(0) < 0 ? -errno : 0;
		return out->listener;
	}
	out->seccomp = 0;
	out->sync_wake_up = ioctl(fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, sync) < 0 ?
		-errno : 0;
	return fd;
}

/*
 * A profile older than statmount() answers it with ENOSYS, as RET_TRACE does
 * here.  It is as old as the unique ids of mounts (6.8), and looks at its
 * flags first.
 */
static bool
statmount_is_refused(void)
{
	struct statx stx;

	return syscall(SYS_statx, AT_FDCWD, "/", 0, STATX_MNT_ID_UNIQUE,
		       &stx) == 0 &&
	    (stx.stx_mask & STATX_MNT_ID_UNIQUE) &&
	    syscall(__NR_statmount, NULL, NULL, 0, ~0u) < 0 &&
	    errno != EINVAL;
}

static int
mount_family_is_ours(void)
{
	size_t i;

	if (statmount_is_refused())
		return -errno;
	for (i = 0; i < COUNT(mount_family); i++) {
		errno = 0;
		syscall(mount_family[i], 0, 0, 0, 0, 0, 0);
		if (errno != ENOSYS)
			return errno ? -errno : -EPROTO;
	}
	return 0;
}

/*
 * Does a stop come for what a filter of ours stops?  Where somebody outside
 * listens he comes first, and may let the kernel go on.  There is one listener
 * only, so if we got it he is not there; a kernel that allows several is asked
 * by calls.
 */
static int
trace_is_sure(const struct probe_notify *out)
{
	size_t i;

	if (out->listener)
		return out->listener;
	for (i = 0; i < COUNT(through); i++)
		if (syscall(through[i], -1L, -1L, -1L, -1L, -1L, -1L) >= 0 ||
		    (errno != ENOSYS && errno != EPERM && errno != EACCES))
			return -EPROTO;
	return 0;
}

static void
forget(struct probe_notify *out)
{
	*out = (struct probe_notify){
		.seccomp = -ENOSYS, .listener = -ENOSYS,
		.wait_killable = -ENOSYS, .sync_wake_up = -ENOSYS,
		.receive = -ENOSYS, .addfd = -ENOSYS, .addfd_send = -ENOSYS,
		.mount_trace = -ENOSYS, .trace_route = -ENOSYS,
		.userns = -ENOSYS,
	};
}

/* A child that finds something out. */
struct child {
	struct probe_notify *shared;
	pid_t pid;
};

static void
child_start(struct child *c, void (*body)(struct probe_notify *))
{
	c->pid = -1;
	c->shared = mmap(NULL, sizeof(*c->shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c->shared == MAP_FAILED)
		return;
	forget(c->shared);
	c->pid = fork();
	if (c->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		body(c->shared);
		_exit(0);
	}
}

static void
child_wait(struct child *c, struct probe_notify *out)
{
	forget(out);
	if (c->shared == MAP_FAILED)
		return;
	if (c->pid > 0)
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			;
	*out = *c->shared;
	munmap(c->shared, sizeof(*c->shared));
}

/* Runs `body` in a child that fills *out through shared memory. */
static void
in_child(void (*body)(struct probe_notify *out), struct probe_notify *out)
{
	struct child c;

	child_start(&c, body);
	child_wait(&c, out);
}

/* --- quick ---------------------------------------------------------------- */

/* A notification that cannot exist: ENOENT comes after the flags' check. */
static int
addfd_flag_is_known(int listener, unsigned int flags)
{
	struct seccomp_notif_addfd addfd = {
		.id = ~UINT64_C(0), .flags = flags, .srcfd = listener,
	};

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &addfd) >= 0)
		return -EPROTO;
	return errno == ENOENT ? 0 : -errno;
}

static void
quick_child(struct probe_notify *out)
{
	int fd;

	out->userns = try_userns_here();
	fd = install_best(out);
	if (fd >= 0) {
		out->receive = 0;
		out->addfd = addfd_flag_is_known(fd, 0);
		out->addfd_send = addfd_flag_is_known(fd,
			SECCOMP_ADDFD_FLAG_SEND);
	} else {
		out->receive = fd;
		out->addfd = fd;
		out->addfd_send = fd;
	}
	if (!out->seccomp) {
		out->mount_trace = mount_family_is_ours();
		out->trace_route = trace_is_sure(out);
	}
}

static struct child quick;

void
try_notify_quick_start(void)
{
	child_start(&quick, quick_child);
}

void
try_notify_quick(struct probe_notify *out)
{
	if (!quick.shared)
		try_notify_quick_start();
	child_wait(&quick, out);
	quick.shared = NULL;
}

/* --- thorough ------------------------------------------------------------- */

/* What the grandchild sees; its exit status says whether all came true. */
static int
grandchild(void)
{
	long fd;

	if (syscall(NOTIFY_NR) != 42)
		return 1;
	fd = syscall(NOTIFY_NR);		/* ADDFD, then a reply */
	if (fd < 0 || fcntl(fd, F_GETFD) < 0)
		return 2;
	fd = syscall(NOTIFY_NR);		/* ADDFD with SEND */
	if (fd < 0 || fcntl(fd, F_GETFD) < 0)
		return 3;
	return 0;
}

static int
receive(int listener, struct seccomp_notif *notif)
{
	memset(notif, 0, sizeof(*notif));
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, notif) < 0 ? -errno :
		0;
}

static int
answer(int listener, const struct seccomp_notif *notif, long long value)
{
	struct seccomp_notif_resp resp = {.id = notif->id, .val = value};

	return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp) < 0 ? -errno :
		0;
}

/* Receives the next call and puts a descriptor into its caller.  Returns its
 * number there or -errno. */
static int
receive_and_add(int listener, unsigned int flags, struct seccomp_notif *notif)
{
	struct seccomp_notif_addfd addfd = {.flags = flags};
	int fd, err;

	err = receive(listener, notif);
	if (err)
		return err;
	addfd.id = notif->id;
	addfd.srcfd = listener;
	fd = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &addfd);
	return fd < 0 ? -errno : fd;
}

static void
serve(int listener, struct probe_notify *out)
{
	struct seccomp_notif notif;
	int fd;

	out->receive = receive(listener, &notif);
	if (!out->receive)
		out->receive = answer(listener, &notif, 42);
	if (out->receive)
		return;
	fd = receive_and_add(listener, 0, &notif);
	out->addfd = fd < 0 ? fd : 0;
	answer(listener, &notif, fd);
	fd = receive_and_add(listener, SECCOMP_ADDFD_FLAG_SEND, &notif);
	out->addfd_send = fd < 0 ? fd : 0;
	if (fd < 0)
		answer(listener, &notif, fd);
}

static void
notify_child(struct probe_notify *out)
{
	int listener = install_best(out);
	int status;
	pid_t pid;

	if (!out->seccomp) {
		out->mount_trace = mount_family_is_ours();
		out->trace_route = trace_is_sure(out);
	}
	if (listener < 0) {
		out->receive = out->addfd = out->addfd_send = listener;
		return;
	}
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(listener);
		_exit(grandchild());
	}
	if (pid < 0) {
		out->receive = -errno;
		return;
	}
	alarm(5);			/* a wrong answer must not hang us */
	serve(listener, out);
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status)) {
		if (WEXITSTATUS(status) == 1)
			out->receive = -EPROTO;
		if (WEXITSTATUS(status) == 2 && !out->addfd)
			out->addfd = -EPROTO;
		if (WEXITSTATUS(status) == 3 && !out->addfd_send)
			out->addfd_send = -EPROTO;
	}
}

void
try_notify(struct probe_notify *out)
{
	in_child(notify_child, out);
}
