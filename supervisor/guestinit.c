/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/guestinit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/filter.h"
#include "supervisor/forward.h"
#include "supervisor/forward.h"
#include "supervisor/landlock.h"
#include "supervisor/log.h"

/* ------------------------------------------------------------- the child */

static void
tell(const struct guestinit *g, enum guestinit_step step, int value)
{
	struct guestinit_news news = { .step = step, .value = value };

	if (write(g->tell[1], &news, sizeof(news)) != sizeof(news))
		_exit(125);
}

static void __attribute__((noreturn))
fail(const struct guestinit *g, enum guestinit_step step, int err)
{
	tell(g, step, err);
	_exit(125);
}

static int
write_file(const char *name, const char *text)
{
	AUTO_FD fd = open(name, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(text);

	if (fd < 0)
		return -errno;
	return write(fd, text, len) == (ssize_t)len ? 0 : -errno;
}

/* A user namespace in which everything keeps its id. */
static int
enter_userns(void)
{
	uid_t uid = getuid();
	gid_t gid = getgid();
	char map[64];
	int err;

	if (unshare(CLONE_NEWUSER) < 0)
		return -errno;
	/* New capabilities made us undumpable: /proc/self would be root's. */
	prctl(PR_SET_DUMPABLE, 1);
	err = write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "%u %u 1\n", uid, uid);
	if (err == 0)
		err = write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "%u %u 1\n", gid, gid);
	return err < 0 ? err : write_file("/proc/self/gid_map", map);
}

static int
enter_root(const struct guestinit *g)
{
	int err = g->userns ? enter_userns() : 0;

	if (err < 0)
		return err;
	if (fchdir(g->root) < 0 || chroot(".") < 0)
		return -errno;
	return 0;
}

/* Every capability, from every set, for ever. */
static int
drop_capabilities(void)
{
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct d[2] = { { 0 } };

	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap) < 0 && errno != EPERM)
			return -errno;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0L, 0L, 0L);
	if (syscall(SYS_capset, &h, d) < 0)
		return -errno;
	return 0;
}

static void
wait_for_go(const struct guestinit *g)
{
	char byte;

	while (read(g->go[0], &byte, 1) < 0 && errno == EINTR)
		;
}

int
guestinit_exec_program(const struct guestinit *g)
{
	const char *name = g->argv[0], *path = NULL;
	char *argv0 = g->argv[0], file[4096];
	bool denied = false;

	if (g->argv0)
		g->argv[0] = (char *)(uintptr_t)g->argv0;
	for (char **e = g->envp; *e; e++)
		if (!strncmp(*e, "PATH=", 5))
			path = *e + 5;
	if (strchr(name, '/') || !*name) {
		execve(name, g->argv, g->envp);
		return -errno;
	}
	if (!path)
		path = "/usr/local/bin:/usr/bin:/bin";
	while (path) {
		const char *end = strchrnul(path, ':');
		int n = snprintf(file, sizeof(file), "%.*s%s%s",
				 (int)(end - path), path,
				 end > path ? "/" : "", name);

		if (n > 0 && (size_t)n < sizeof(file)) {
			execve(file, g->argv, g->envp);
			if (errno == EACCES)
				denied = true;
			else if (errno != ENOENT && errno != ENOTDIR)
				return -errno;
		}
		path = *end ? end + 1 : NULL;
	}
	g->argv[0] = argv0;
	return denied ? -EACCES : -ENOENT;
}

static void __attribute__((noreturn))
child(struct guestinit *g)
{
	unsigned int flags = g->filter_flags;
	int err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Of a death before that no signal tells. */
	if (getppid() != g->supervisor)
		_exit(LOG_EXIT_FAILURE);
	forward_restore();
	wait_for_go(g);
	prctl(PR_SET_PDEATHSIG, 0);	/* PTRACE_O_EXITKILL does it now */
	if (g->new_session)
		setsid();
	if (g->root >= 0) {
		err = enter_root(g);
		if (err < 0)
			fail(g, INIT_ROOT, err);
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0)
		fail(g, INIT_CREDENTIALS, -errno);
	if (g->drop_caps || g->userns) {
		err = drop_capabilities();
		if (err < 0)
			fail(g, INIT_CREDENTIALS, err);
	}
	prctl(PR_SET_DUMPABLE, 1L, 0L, 0L, 0L);
	setrlimit(RLIMIT_NOFILE, &g->nofile);
	err = landlock_restrict(g->stub_fd, g->share_net);
	if (err < 0)
		fail(g, INIT_LANDLOCK, err);
	forward_restore();
	sigprocmask(SIG_SETMASK, &g->mask, NULL);
	err = filter_install(g->filter, &flags);
	if (err < 0)
		fail(g, INIT_FILTER, err);
	tell(g, INIT_LISTENER, err);
	if (g->stopped)
		wait_for_go(g);
	err = guestinit_exec_program(g);
	tell(g, INIT_EXEC, err);
	_exit(err == -ENOENT || err == -ENOTDIR ? 127 : 126);
}

/* -------------------------------------------------------- the supervisor */

int
guestinit_prepare(struct guestinit *g)
{
	g->go[0] = g->go[1] = g->tell[0] = g->tell[1] = -1;
	if (pipe2(g->go, O_CLOEXEC) < 0 || pipe2(g->tell, O_CLOEXEC) < 0)
		return -errno;
	return 0;
}

pid_t
guestinit_fork(struct guestinit *g)
{
	long pid;

	g->supervisor = getpid();
	/* fork() that shares the descriptors; glibc has no name for it.  The
	 * argument order differs between the machines, but all are 0. */
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0L, 0L, 0L, 0L);
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child(g);
	return (pid_t)pid;
}

static int
read_news(struct guestinit *g, struct guestinit_news *news)
{
	ssize_t n;

	do {
		n = read(g->tell[0], news, sizeof(*news));
	} while (n < 0 && errno == EINTR);
	return n == sizeof(*news) ? 0 : -EIO;
}

/* The pipe never ends by itself: both of us hold both of its ends. */
int
guestinit_go(struct guestinit *g, pid_t pid, struct guestinit_news *news)
{
	AUTO_FD alive = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p[2] = {
		{ .fd = g->tell[0], .events = POLLIN },
		{ .fd = alive, .events = POLLIN },
	};

	if (write(g->go[1], "", 1) != 1)
		return -EIO;
	while (poll(p, 2, -1) < 0 && errno == EINTR)
		;
	return (p[0].revents & POLLIN) ? read_news(g, news) : -EIO;
}

int
guestinit_go_on(struct guestinit *g)
{
	return write(g->go[1], "", 1) == 1 ? 0 : -EIO;
}

int
guestinit_exec_error(struct guestinit *g)
{
	struct pollfd p = { .fd = g->tell[0], .events = POLLIN };
	struct guestinit_news news;

	if (poll(&p, 1, 0) <= 0 || !(p.revents & POLLIN) ||
	    read_news(g, &news) < 0)
		return 0;
	return news.step == INIT_EXEC ? news.value : 0;
}

const char *
guestinit_step_name(enum guestinit_step step)
{
	switch (step) {
	case INIT_CREDENTIALS:
		return "giving up capabilities";
	case INIT_ROOT:
		return "entering an empty root directory";
	case INIT_LANDLOCK:
		return "entering a Landlock domain";
	case INIT_FILTER:
		return "installing the seccomp filter";
	case INIT_LISTENER:
		return "handing the listener over";
	case INIT_EXEC:
		return "executing the program";
	}
	return "?";
}

void
guestinit_fini(struct guestinit *g)
{
	for (int i = 0; i < 2; i++) {
		if (g->go[i] >= 0)
			close(g->go[i]);
		if (g->tell[i] >= 0)
			close(g->tell[i]);
	}
}
