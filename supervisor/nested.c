/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/nested.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/auto.h"
#include "include/uapi.h"
#include "supervisor/config.h"
#include "supervisor/creds.h"
#include "supervisor/guestinit.h"
#include "supervisor/log.h"
#include "supervisor/nest.h"
#include "supervisor/probe.h"
#include "supervisor/sandbox.h"
#include "supervisor/stage.h"
#include "supervisor/status.h"
#include "supervisor/world.h"

/* Those of the second step: the first is for building the tree. */
#define OWN_NAMESPACES	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | \
			 CLONE_NEWIPC | CLONE_NEWCGROUP)

/* What parent and child share. */
struct nested {
	const struct config *cfg;
	int go[2], tell[2];	/* pipes to the child, and from it */
	sigset_t mask;		/* as belljar was started with */
	pid_t parent;		/* who looks after the program */
	int proc;		/* the outer world's /proc, O_PATH */
	uid_t uid;		/* as the program sees them */
	gid_t gid;
};

int
nested_depth(void)
{
	int depth = prctl(PR_BELLJAR_NEST, NEST_DEPTH, 0L, 0L, 0L);

	return depth > 0 ? depth : 0;
}

/* --- the child ------------------------------------------------------------------ */

/* The first step that failed has said why. */
static int
failed(const char *what, int err)
{
	log_error("%s, inside another belljar: %s", what, log_errno(err));
	return err < 0 ? err : -EIO;
}

static int
write_at(int dir, const char *name, const char *text)
{
	AUTO_FD fd = openat(dir, name, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

/* New namespaces, in which `uid` and `gid` are what the others are outside. */
static int
enter_namespaces(const struct nested *n, int flags, uid_t outer_uid,
		 gid_t outer_gid)
{
	char map[64];
	int err;

	if (unshare(flags) < 0)
		return -errno;
	err = write_at(n->proc, "self/setgroups", "deny");
	snprintf(map, sizeof(map), "%u %u 1\n", n->uid, outer_uid);
	if (err == 0)
		err = write_at(n->proc, "self/uid_map", map);
	snprintf(map, sizeof(map), "%u %u 1\n", n->gid, outer_gid);
	return err < 0 ? err : write_at(n->proc, "self/gid_map", map);
}

/* The sandbox outside has a network that this one is not to have. */
static int
refuse_network(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {
		.filter = code, .len = sizeof(code) / sizeof(code[0]),
	};

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0 ?
		-errno : 0;
}

static int
settle_network(const struct config *cfg)
{
	AUTO_FD inet = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (inet < 0 && cfg->share_net)
		log_warn("--share-net: the belljar outside shares no network");
	return inet >= 0 && !cfg->share_net ? refuse_network() : 0;
}

/* As creds_first() says for a belljar that serves by itself. */
static int
settle_capabilities(const struct config *cfg)
{
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct d[2] = { { 0 } };
	uint64_t caps = cfg->uid0 ? CREDS_CAP_ALL : 0, bound;

	caps = (caps | (cfg->cap_add & CREDS_CAP_ALL)) & ~cfg->cap_drop;
	bound = cfg->uid0 ? CREDS_CAP_ALL & ~cfg->cap_drop : caps;
	for (unsigned int cap = 0; cap <= CREDS_CAP_LAST; cap++)
		if (!(bound & 1ULL << cap) && prctl(PR_CAPBSET_DROP, cap) < 0)
			return -errno;
	for (int i = 0; i < 2; i++) {
		d[i].effective = d[i].permitted = (uint32_t)(caps >> (32 * i));
		d[i].inheritable = cfg->uid0 ? 0 : d[i].permitted;
	}
	if (syscall(SYS_capset, &h, d) < 0)
		return -errno;
	for (unsigned int cap = 0; !cfg->uid0 && cap <= CREDS_CAP_LAST; cap++)
		if ((caps & 1ULL << cap) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0L, 0L) < 0)
			return -errno;
	return 0;
}

/*
 * The tree is built by root of a first user namespace; the program gets a
 * second one, whose root can take nothing of it apart: all its mounts, and
 * what is read-only of them, are locked.
 */
static int
build(const struct nested *n, char **cwd)
{
	struct stage stage;
	int err;

	err = enter_namespaces(n, CLONE_NEWUSER | CLONE_NEWNS, geteuid(),
			       getegid());
	if (err < 0)
		return failed("making a user namespace, which the sandbox "
			      "outside may refuse", err);
	err = stage_init(&stage);
	if (err < 0)
		return failed("opening the root directory", err);
	err = world_build_staged(&stage, n->cfg, cwd);
	if (err < 0)
		return err;
	err = stage_finish(&stage);
	return err < 0 ? failed("entering the new root directory", err) : 0;
}

static int
settle(const struct nested *n, const char *cwd)
{
	const struct config *cfg = n->cfg;
	int err = enter_namespaces(n, OWN_NAMESPACES, n->uid, n->gid);

	if (err < 0)
		return failed("making the program's namespaces", err);
	if (cfg->hostname &&
	    sethostname(cfg->hostname, strlen(cfg->hostname)) < 0)
		return failed("setting the host name", -errno);
	if (cfg->no_userns &&
	    prctl(PR_BELLJAR_NEST, NEST_NO_USERNS, 0L, 0L, 0L) < 0)
		return failed("--disable-userns", -errno);
	err = settle_network(cfg);
	if (err < 0)
		return failed(err == -EINVAL ? "keeping the program from the "
			      "network: the sandbox outside takes no filters "
			      "here, and --share-net does without one" :
			      "keeping the program from the network", err);
	err = settle_capabilities(cfg);
	if (err < 0)
		return failed("giving up capabilities", err);
	return chdir(cwd) < 0 ? failed("entering the directory to start in",
				       -errno) : 0;
}

static int
execute(const struct nested *n, const char *cwd)
{
	struct guestinit g = {
		.argv = n->cfg->argv, .argv0 = n->cfg->argv0,
	};
	int err = setenv("PWD", cwd, 1) < 0 ? -errno :
		  config_build_env(n->cfg, environ, &g.envp);

	return err < 0 ? err : guestinit_exec_program(&g);
}

static void __attribute__((noreturn))
child(const struct nested *n)
{
	mode_t mask = umask(0);
	char *cwd = NULL;
	char byte;
	int err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Who has died before that is no parent any more. */
	if (getppid() != n->parent || read(n->go[0], &byte, 1) != 1)
		_exit(LOG_EXIT_FAILURE);
	if (prctl(PR_BELLJAR_NEST, NEST_ENTER, 0L, 0L, 0L) < 0) {
		failed("entering a nest", -errno);
		_exit(LOG_EXIT_FAILURE);
	}
	if (n->cfg->new_session)
		setsid();
	if (build(n, &cwd) < 0 || settle(n, cwd) < 0)
		_exit(LOG_EXIT_FAILURE);
	umask(mask);
	sigprocmask(SIG_SETMASK, &n->mask, NULL);
	err = execute(n, cwd);
	if (write(n->tell[1], &err, sizeof(err)) != sizeof(err))
		_exit(LOG_EXIT_FAILURE);
	_exit(err == -ENOENT || err == -ENOTDIR ? 127 : 126);
}

/* --- the parent ---------------------------------------------------------------- */

/* The child has stopped or ended.  True: ended, with *status. */
static bool
look_after(pid_t pid, int *status)
{
	while (waitpid(pid, status, WNOHANG | WUNTRACED) == pid) {
		if (!WIFSTOPPED(*status))
			return true;
		/* So that the shell which waits for us takes notice. */
		raise(SIGSTOP);
		kill(pid, SIGCONT);
	}
	return false;
}

/* What somebody sends to belljar alone is the program's; a terminal reaches
 * it by itself. */
static int
wait_for(pid_t pid, const sigset_t *signals)
{
	siginfo_t si;
	int status, sig;

	for (;;) {
		sig = sigwaitinfo(signals, &si);
		if (sig == SIGCHLD && look_after(pid, &status))
			return status;
		if (sig > 0 && sig != SIGCHLD && si.si_code <= 0)
			kill(pid, sig);
	}
}

static int
end_status(const struct nested *n, int status)
{
	int err;

	if (read(n->tell[0], &err, sizeof(err)) == sizeof(err))
		log_error("executing %s in the sandbox: %s%s", n->cfg->argv[0],
			  log_errno(err), err == -ENOENT ? ". Is it in a "
			  "directory that the sandbox shows?" : "");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

static bool
is_refused(const struct config *cfg)
{
	struct host host;

	if (cfg->backend != BACKEND_AUTO)
		log_error("--backend: inside another belljar, that one serves "
			  "the calls. Leave the option out");
	else if (cfg->trace)
		log_error("--trace: not inside another belljar, which serves "
			  "the calls. Give it the option");
	else
		return cfg->require && probe_quick(&host, cfg->require) < 0;
	return true;
}

static int
prepare(struct nested *n)
{
	const struct config *cfg = n->cfg;

	n->uid = cfg->have_uid ? cfg->uid : cfg->uid0 ? 0 : geteuid();
	n->gid = cfg->have_gid ? cfg->gid : cfg->uid0 ? 0 : getegid();
	n->parent = getpid();
	n->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (n->proc < 0)
		return failed("opening /proc", -errno);
	if (pipe2(n->go, O_CLOEXEC) < 0 || pipe2(n->tell, O_CLOEXEC) < 0)
		return failed("making a pipe", -errno);
	if (cfg->die_with_parent)
		prctl(PR_SET_PDEATHSIG, SIGTERM);
	return 0;
}

int
nested_run(const struct config *cfg)
{
	static const int ours[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM,
		SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGWINCH, SIGCHLD,
	};
	struct nested n = { .cfg = cfg };
	sigset_t signals;
	int status;
	pid_t pid;

	log_info("backend: nested in another belljar (depth %d), which serves "
		 "the calls; walls: those of the sandbox outside",
		 nested_depth());
	if (is_refused(cfg) || prepare(&n) < 0)
		return LOG_EXIT_FAILURE;
	sigemptyset(&signals);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		sigaddset(&signals, ours[i]);
	sigprocmask(SIG_BLOCK, &signals, &n.mask);
	pid = fork();
	if (pid == 0)
		child(&n);
	close(n.tell[1]);
	if (pid < 0) {
		failed("starting a process", -errno);
		return LOG_EXIT_FAILURE;
	}
	status_report_start(cfg, pid);
	status_wait_unblocked(cfg);
	if (write(n.go[1], "", 1) != 1)
		kill(pid, SIGKILL);
	status = end_status(&n, wait_for(pid, &signals));
	status_report_exit(cfg, status);
	return status;
}
