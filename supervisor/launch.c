/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/launch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/creds.h"
#include "supervisor/filesystems.h"
#include "supervisor/mountfds.h"
#include "supervisor/filter.h"
#include "supervisor/forward.h"
#include "supervisor/guestinit.h"
#include "supervisor/helper.h"
#include "supervisor/idfilter.h"
#include "supervisor/idmap.h"
#include "supervisor/inuse.h"
#include "supervisor/limits.h"
#include "supervisor/log.h"
#include "supervisor/nested.h"
#include "supervisor/notify.h"
#include "supervisor/nsfile.h"
#include "supervisor/nsproxy.h"
#include "supervisor/override.h"
#include "supervisor/probe.h"
#include "supervisor/probe_try.h"
#include "supervisor/sandbox.h"
#include "supervisor/status.h"
#include "supervisor/stubfile.h"
#include "supervisor/trace.h"
#include "supervisor/tracelog.h"
#include "supervisor/userns.h"
#include "supervisor/world.h"

#define EXIT_NOT_FOUND		127
#define EXIT_NOT_EXECUTABLE	126

/* What a run holds, besides the sandbox itself. */
struct launch {
	const struct config *cfg;
	struct sandbox sb;
	struct filesystems *fss;
	struct world world;
	struct guestinit init;
	struct filter_config filter_cfg;
	struct sock_fprog filter;
	char **envp;
	mode_t umask;			/* as belljar was started with */
	int root;			/* the empty root directory, or -1 */
	bool ptrace_backend;		/* no listener */
	bool vfs_busy;			/* a helper thread hangs in it */
};

/* Says what failed on what; the exit status of a belljar that failed. */
static int
give_up(const char *what, int err)
{
	log_error("%s: %s", what, log_errno(err));
	return LOG_EXIT_FAILURE;
}

static void
sandbox_init(struct launch *l)
{
	struct sandbox *sb = &l->sb;

	sb->cfg = l->cfg;
	sb->supervisor = getpid();
	sb->uid = getuid();
	sb->gid = getgid();
	sb->ids_mapped = idmap_active(sb);
	sb->init_status = -1;
	sb->listener = -1;
	sb->stub_fd = -1;
	pthread_mutex_init(&sb->task_lock, NULL);
	for (size_t i = 0; i < TASK_HASH; i++)
		LIST_INIT(&sb->tasks[i]);
	TAILQ_INIT(&sb->zombies);
	l->root = -1;
	l->umask = umask(0);
	sigprocmask(SIG_SETMASK, NULL, &l->init.mask);
	limits_raise(&l->init.nofile);
	prctl(PR_SET_CHILD_SUBREAPER, 1L);
	if (l->cfg->die_with_parent)
		prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static int
open_stub(struct launch *l)
{
	struct sandbox *sb = &l->sb;

	sb->stub_fd = stub_open(&sb->stub_path);
	if (sb->stub_fd >= 0)
		return 0;
	log_error("opening the loader stub: %s. It belongs beside belljar "
		  "(a build tree) or where 'make install' puts it",
		  log_errno(sb->stub_fd));
	return sb->stub_fd;
}

/*
 * Where the kernel lets us, the guests' real root becomes a directory with
 * nothing in it but a copy of the stub.
 */
static void
make_empty_root(struct launch *l)
{
	struct sandbox *sb = &l->sb;
	int copy, err;

	if (!sb->host.privileged && !sb->host.userns)
		return;
	err = filesystems_stub_root(l->fss, sb->stub_fd, &l->root, &copy);
	if (err < 0) {
		log_info("no empty root directory for the guests: %s",
			 log_errno(err));
		return;
	}
	close(sb->stub_fd);
	sb->stub_fd = copy;
	free(sb->stub_path);
	sb->stub_path = strdup("/stub");
	sb->empty_root = true;
	l->init.userns = !sb->host.privileged;
}

static int
identify_stub(struct sandbox *sb)
{
	struct stat st;

	if (fstat(sb->stub_fd, &st) < 0)
		return -errno;
	sb->stub_dev = st.st_dev;
	sb->stub_ino = st.st_ino;
	return 0;
}

static int
build_world(struct launch *l)
{
	struct sandbox *sb = &l->sb;
	int err = vfs_new(&sb->vfs);

	if (err < 0)
		return err;
	inuse_install(sb);
	err = filesystems_new(sb, l->fss);
	if (err == 0)
		err = world_build(sb->vfs, l->cfg,
				  filesystems_helper(l->fss), &l->world);
	if (err < 0)
		return err;
	mountfds_init(filesystems_helper(l->fss));
	override_install(filesystems_helper(l->fss));
	sb->init_ns = l->world.ns;
	return 0;
}

/* Do the guests inherit a directory of the host's? */
static bool
directory_is_inherited(void)
{
	AUTO_DIR DIR *d = opendir("/proc/self/fd");
	struct dirent *e;
	struct stat st;

	while (d && (e = readdir(d))) {
		int fd = atoi(e->d_name), flags = fcntl(fd, F_GETFD);

		if (e->d_name[0] != '.' && flags >= 0 &&
		    !(flags & FD_CLOEXEC) && fstat(fd, &st) == 0 &&
		    S_ISDIR(st.st_mode))
			return true;
	}
	return !d;
}

/* Why the kernel's own look-up from a guest's descriptor could lead out of
 * what is shown; NULL: it cannot.  See docs/security.md. */
static const char *
way_out(const struct launch *l)
{
	if (!l->sb.empty_root)
		return "the guests' root is the host's";
	if (!l->world.detached)
		return "a directory is shown that could not be cloned";
	if (directory_is_inherited())
		return "a descriptor of a directory is inherited";
	return NULL;
}

static int
build_filter(struct launch *l)
{
	const char *out = way_out(l), *mediate;
	const struct config *cfg = l->cfg;
	struct sandbox *sb = &l->sb;

	sb->confined_fds = !out;
	mediate = idmap_active(sb) ? "ids are mapped" : out;
	l->filter_cfg = (struct filter_config){
		.empty_root = !mediate,
		.emulate_ids = idmap_active(sb) || sb->entry_stops,
		.share_net = cfg->share_net,
		.own_user = l->init.userns,
		.emulate_uname = cfg->hostname || cfg->uid0 || sb->entry_stops,
		.mount_by_trap = sb->host.mount_by_trap && !sb->entry_stops,
		.mount_tables = sb->entry_stops,
		.no_getfd = !sb->host.pidfd_getfd,
		.ptrace_backend = l->ptrace_backend,
	};
	if (mediate)
		log_info("stat of descriptors is mediated: %s", mediate);
	else
		log_info("stat of descriptors is native");
	for (size_t i = 0; i < cfg->nr_ops; i++)
		if (cfg->ops[i].kind == WORLD_DEV_BIND)
			l->filter_cfg.dev_ioctl = true;
	sb->filter = &l->filter_cfg;
	return filter_build(sb->filter, &l->filter);
}

static int
prepare_init(struct launch *l)
{
	const struct config *cfg = l->cfg;
	struct guestinit *g = &l->init;
	int err;

	if (setenv("PWD", l->world.cwd_name, 1) < 0)
		return -errno;
	err = config_build_env(cfg, environ, &l->envp);
	if (err < 0)
		return err;
	g->filter = &l->filter;
	g->filter_flags = l->ptrace_backend ? 0 :
			  FILTER_LISTENER | FILTER_KILLABLE;
	g->stopped = l->sb.entry_stops;
	g->root = l->root;
	g->stub_fd = l->sb.stub_fd;
	g->share_net = cfg->share_net;
	g->new_session = cfg->new_session;
	g->drop_caps = l->sb.host.privileged || getuid() == 0;
	g->argv = cfg->argv;
	g->argv0 = cfg->argv0;
	g->envp = l->envp;
	return guestinit_prepare(g);
}

/* --- the first guest ------------------------------------------------------ */

static int
add_first_task(struct launch *l, pid_t pid)
{
	struct sandbox *sb = &l->sb;
	struct fscontext *fs = NULL;
	struct creds *creds = NULL;
	struct task *t;
	int err;

	err = fscontext_new(&l->world.root, &l->world.cwd, l->umask, &fs);
	if (err == 0)
		err = creds_first(sb, &creds);
	if (err == 0)
		err = task_add_first(sb, pid, fs, creds, sb->init_ns, &t);
	if (fs)
		fscontext_put(fs);
	if (creds)
		creds_put(creds);
	return err;
}

static int
start_guest(struct launch *l)
{
	struct sandbox *sb = &l->sb;
	struct guestinit_news news;
	pid_t pid;
	int err;

	pid = guestinit_fork(&l->init);
	if (pid < 0)
		return give_up("starting a process", pid);
	sb->init = pid;
	forward_start(sb);
	err = add_first_task(l, pid);
	if (err == 0)
		err = tracer_seize(pid);
	if (err < 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, __WALL);
		return give_up("tracing the first process. Yama "
			       "(kernel.yama.ptrace_scope) or an outer "
			       "sandbox may refuse it", err);
	}
	status_report_start(l->cfg, pid);
	status_wait_unblocked(l->cfg);
	err = guestinit_go(&l->init, pid, &news);
	if (err < 0)
		return give_up("starting the first process", err);
	if (news.step != INIT_LISTENER)
		return give_up(guestinit_step_name(news.step), news.value);
	if (!l->ptrace_backend)
		sb->listener = news.value;
	err = sb->entry_stops ? tracer_stop_at_calls(pid) : 0;
	if (err == 0 && sb->entry_stops)
		err = guestinit_go_on(&l->init);
	return err < 0 ? give_up("stopping the first process", err) : 0;
}

/* The guest's exec failed: it has said why before it ended. */
static int
exec_failed(struct launch *l, int err)
{
	log_error("executing %s in the sandbox: %s%s", l->cfg->argv[0],
		  log_errno(err), err == -ENOENT ?
		  ". Is it in a directory that the sandbox shows?" : "");
	return err == -ENOENT || err == -ENOTDIR ? EXIT_NOT_FOUND :
						  EXIT_NOT_EXECUTABLE;
}

static int
exit_status(struct launch *l)
{
	int status = l->sb.init_status, err;

	err = guestinit_exec_error(&l->init);
	if (err < 0)
		return exec_failed(l, err);
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : LOG_EXIT_FAILURE;
}

static int
serve(struct launch *l)
{
	struct sandbox *sb = &l->sb;
	int err, status;

	/* From here on the supervisor is as weak as it can be. */
	/* Yama's scope 2 lets nobody else see the memory of a guest. */
	err = limits_drop_capabilities(try_yama_scope() == 2);
	if (err < 0)
		return give_up("giving up capabilities", err);
	vfs_access_changed(sb->vfs);
	err = helpers_new(sb);
	if (err == 0 && !l->ptrace_backend)
		err = notify_start(sb);
	if (err < 0)
		return give_up("starting the supervisor's threads", err);
	tracer_run(sb);
	l->vfs_busy = !helpers_drain(sb);
	if (!l->ptrace_backend)
		notify_stop(sb);
	task_remove_zombies(sb);
	status = exit_status(l);
	status_report_exit(l->cfg, status);
	return status;
}

/* --- the whole ------------------------------------------------------------ */

/* Is ptrace refused before the kernel looks at whom it is about? */
static int
check_ptrace(void)
{
	if (ptrace(PTRACE_SEIZE, INT_MAX, 0L, 0L) == 0 || errno == ESRCH)
		return 0;
	log_error("ptrace is refused here: %s. belljar cannot run without it: "
		  "have the container or sandbox around it allow ptrace. "
		  "'belljar check' tells more",
		  log_errno(-errno));
	return -EPERM;
}

/*
 * Notifications where they can be had, unless the user wants it otherwise. A
 * call that any signal may break off and repeat (before Linux 5.19) would be
 * served twice: rename and mkdir would fail the second time.
 */
static int
choose_backend(struct launch *l)
{
	const struct host *host = &l->sb.host;
	enum backend wanted = l->cfg->backend;
	bool notify = host->notify && host->trace_sure;
	bool whole = notify && host->wait_killable;

	if (wanted == BACKEND_NOTIFY && !notify) {
		log_error("--backend=notify: this host gives no seccomp user "
			  "notification, or a filter outside holds the only "
			  "listener. Leave the option out: tracer stops do "
			  "the same");
		return -EOPNOTSUPP;
	}
	l->ptrace_backend = wanted == BACKEND_PTRACE ||
			    (wanted == BACKEND_AUTO && !whole);
	/* What outranks a stop of the filter's might let a call through. */
	l->sb.entry_stops = l->ptrace_backend && !host->trace_sure;
	log_info("calls arrive by %s%s", l->sb.entry_stops ?
		 "tracer stops at every call" : l->ptrace_backend ?
		 "tracer stops" :
		 "seccomp notifications", whole ? "" : notify ?
		 "; a signal can break off a notification on this kernel" :
		 ", because notifications are not to be had");
	return 0;
}

static int
prepare(struct launch *l)
{
	struct sandbox *sb = &l->sb;
	int err, built;

	if (check_ptrace() < 0 || tracelog_open(l->cfg) < 0 ||
	    filesystems_start(&l->fss) < 0)
		return LOG_EXIT_FAILURE;
	err = userns_start(sb);
	if (err == 0)
		err = nsproxy_first(sb, &sb->first_nsproxy);
	if (err < 0)
		return give_up("starting", err);
	/* The world is built while two children find out what we may do. */
	probe_quick_start();
	built = open_stub(l) < 0 ? -ENOENT : build_world(l);
	if (probe_quick(&sb->host, l->cfg->require) < 0)
		return LOG_EXIT_FAILURE;
	if (choose_backend(l) < 0)
		return LOG_EXIT_FAILURE;
	if (built < 0)
		return LOG_EXIT_FAILURE;
	make_empty_root(l);
	err = identify_stub(sb);
	if (err == 0)
		err = build_filter(l);
	if (err == 0)
		err = tracer_new(sb);
	if (err == 0)
		err = prepare_init(l);
	return err < 0 ? give_up("preparing the sandbox", err) : 0;
}

#ifdef __SANITIZE_ADDRESS__
#define LEAK_CHECK 1
#else
#define LEAK_CHECK 0
#endif

/* The process ends here, and the kernel gives back what it holds. */
static void
launch_fini(struct launch *l)
{
	struct sandbox *sb = &l->sb;

	override_stop();
	if (!LEAK_CHECK) {
		filesystems_leave(l->fss);
		return;
	}
	guestinit_fini(&l->init);
	filter_free(&l->filter);
	config_free_env(l->envp);
	if (!l->vfs_busy) {
		tracer_free(sb);
		nsfile_free_all(sb);
		idfilter_free(sb);
		nsproxy_put(sb->first_nsproxy);
		userns_stop(sb);
		mountfds_fini(sb);
		world_fini(&l->world);
		if (sb->vfs)
			vfs_free(sb->vfs);
	}
	filesystems_free(l->fss);
	free(sb->stub_path);
}

int
launch_run(const struct config *cfg)
{
	struct launch *l;
	int status;

	if (nested_depth())
		return nested_run(cfg);
	l = calloc(1, sizeof(*l));
	if (!l)
		return give_up("starting", -ENOMEM);
	l->cfg = cfg;
	sandbox_init(l);
	status = prepare(l);
	if (status == 0) {
		forward_setup();
		status = start_guest(l);
	}
	if (status == 0)
		status = serve(l);
	else if (l->sb.init > 0)
		kill(l->sb.init, SIGKILL);
	launch_fini(l);
	free(l);
	return status;
}
