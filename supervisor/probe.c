/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/landlock.h"
#include "supervisor/log.h"
#include "supervisor/nested.h"
#include "supervisor/probe_report.h"
#include "supervisor/probe_try.h"
#include "supervisor/sandbox.h"

/* In the order of the bits of enum feature. */
const struct feature_row feature_table[PROBE_FEATURES] = {
	{"seccomp", "a filter was installed in a child",
		"calls that could leave the sandbox are stopped by the kernel",
		"nothing can be run: there is no wall"},
	{"notify", "a child's call was received and answered",
		"path calls cost one wake-up instead of two ptrace stops",
		"calls arrive by tracer stops, as with --backend=ptrace"},
	{"wait-killable", "a listener was made with WAIT_KILLABLE_RECV",
		"signals do not break calls that are being served",
		"calls arrive by tracer stops, as with --backend=ptrace"},
	{"sync-wake-up", "the flag was set on a listener",
		"the supervisor answers on the caller's CPU",
		"path calls are slower on machines with several CPUs"},
	{"addfd", "a descriptor was put into a child",
		"files are opened by the supervisor and handed over",
		"calls arrive by tracer stops, as with --backend=ptrace"},
	{"addfd-send", "a descriptor and the reply went in one step",
		"an opened file cannot be lost between two steps",
		"opens take one more step"},
	{"ptrace", "a child was seized and stopped",
		"exec, signals and births are exact; no guest outlives belljar",
		"nothing can be run: programs cannot be started in the sandbox"},
	{"landlock", "a child restricted itself and was refused /",
		"a second wall in the kernel around files",
		"seccomp and ptrace protect alone"},
	{"landlock-scope", "the ABI says so (6 or more)",
		"signals and abstract sockets stop at the second wall",
		"signals and abstract sockets are stopped by belljar alone"},
	{"userns", "a child made user and mount namespaces and a tmpfs",
		"the guests' real root is an empty directory, and the kernel "
		"enforces the size of a tmpfs",
		"the real root is the host's, out of reach of any call; tmpfs "
		"is a private directory without limits"},
	{"pidfd-getfd", "an own descriptor was copied",
		"descriptors of guests are reached in one step",
		"descriptors of guests are reached through /proc or a socket"},
	{"process-vm", "own memory was read and written",
		"guest memory is copied in one step",
		"guest memory is copied through /proc/PID/mem"},
	{"set-mm-map", "its argument was checked by the kernel",
		"programs get the memory layout that the kernel would give",
		"the heap and /proc/PID/cmdline look a little different"},
	{"openat2", "'..' was refused by RESOLVE_BENEATH",
		"the kernel keeps each look-up inside the exported directory",
		"nothing can be run: look-ups could not be confined"},
	{"memfd-exec", "a memfd passed the checks of execveat",
		"programs start even where the loader stub has no usable path",
		"the loader stub must be reachable by its path"},
	{"mount-trace", "mount and its kin reached a filter of ours",
		"mount calls are served by a tracer stop",
		"a filter outside refuses them: they are served by SIGSYS"},
	{"mount-ids", "statx told the mount of a descriptor",
		"a directory's descriptor shows through which mount it was "
		"opened",
		"belljar's record of what it opened decides that"},
	{"mount-setattr", "flags that are none were refused",
		"the kernel enforces what is promised of an exported directory, "
		"with all that is mounted below it",
		"the kernel does so only where nothing is mounted below; "
		"elsewhere belljar alone enforces it"},
	{"procmap-query", "the mapping of a variable was found",
		"calls with memory that a program may not touch fail as "
		"natively, however belljar reaches that memory",
		"without process-vm too, a program's calls can read and write "
		"memory of its own that it has protected"},
	{"trace-route", "a listener could be had, and calls reached a filter of ours",
		"a tracer stop comes for each call that a filter of ours "
		"stops, and for no other",
		"a filter outside may pass calls to somebody else first: with "
		"tracer stops, every call stops at its entry, which is slow"},
};

unsigned int
probe_feature_bit(const char *name)
{
	size_t i;

	for (i = 0; i < PROBE_FEATURES; i++)
		if (!strcmp(feature_table[i].name, name))
			return 1u << i;
	return 0;
}

const char *
probe_feature_name(size_t i)
{
	return i < PROBE_FEATURES ? feature_table[i].name : NULL;
}

static void
found(struct probe *p, enum feature bit, int err)
{
	struct finding *f = &p->found[__builtin_ctz(bit)];

	f->tried = true;
	f->err = err;
}

bool
probe_has(const struct probe *p, enum feature bit)
{
	const struct finding *f = &p->found[__builtin_ctz(bit)];

	return f->tried && !f->err;
}

static void
found_notify(struct probe *p, const struct probe_notify *n)
{
	found(p, FEATURE_SECCOMP, n->seccomp);
	found(p, FEATURE_NOTIFY, n->listener ? n->listener : n->receive);
	found(p, FEATURE_WAIT_KILLABLE, n->wait_killable);
	found(p, FEATURE_SYNC_WAKE_UP, n->sync_wake_up);
	found(p, FEATURE_ADDFD, n->addfd);
	found(p, FEATURE_ADDFD_SEND, n->addfd_send);
	found(p, FEATURE_MOUNT_TRACE, n->mount_trace);
	found(p, FEATURE_TRACE_ROUTE, n->trace_route);
}

/* What is cheap enough for every run: no child of its own. */
static void
probe_cheap(struct probe *p)
{
	p->landlock_abi = landlock_abi();
	found(p, FEATURE_LANDLOCK_SCOPE,
		p->landlock_abi >= 6 ? 0 : -EOPNOTSUPP);
	p->found[__builtin_ctz(FEATURE_LANDLOCK)].number = p->landlock_abi;
	found(p, FEATURE_PIDFD_GETFD, try_pidfd_getfd());
	found(p, FEATURE_PROCESS_VM, try_process_vm());
	found(p, FEATURE_SET_MM_MAP, try_set_mm_map());
	found(p, FEATURE_OPENAT2, try_openat2());
	p->privileged = try_privileged();
	p->nested = nested_depth();
}

/* What `run` asks for at the moment of need, having a replacement. */
static void
probe_replaceable(struct probe *p)
{
	found(p, FEATURE_MOUNT_IDS, try_mount_ids());
	found(p, FEATURE_MOUNT_SETATTR, try_mount_setattr());
	found(p, FEATURE_PROCMAP_QUERY, try_procmap_query());
}

int
probe_all(struct probe *p)
{
	struct probe_notify n;

	memset(p, 0, sizeof(*p));
	try_notify(&n);
	found_notify(p, &n);
	probe_cheap(p);
	found(p, FEATURE_PTRACE, try_ptrace());
	p->yama_scope = try_yama_scope();
	p->found[__builtin_ctz(FEATURE_PTRACE)].number =
		p->yama_scope < 0 ? 0 : p->yama_scope;
	found(p, FEATURE_LANDLOCK,
		p->landlock_abi ? try_landlock() : -EOPNOTSUPP);
	found(p, FEATURE_USERNS, try_userns());
	found(p, FEATURE_MEMFD_EXEC, try_memfd_exec());
	probe_replaceable(p);
	return 0;
}

static int
check_required(struct probe *p, unsigned int require)
{
	size_t i;

	if (!require)
		return 0;
	if (require & FEATURE_PTRACE)
		found(p, FEATURE_PTRACE, try_ptrace());
	if (require & FEATURE_LANDLOCK)
		found(p, FEATURE_LANDLOCK,
			p->landlock_abi ? try_landlock() : -EOPNOTSUPP);
	if (require & FEATURE_MEMFD_EXEC)
		found(p, FEATURE_MEMFD_EXEC, try_memfd_exec());
	probe_replaceable(p);
	for (i = 0; i < PROBE_FEATURES; i++) {
		if (!(require & 1u << i) || !p->found[i].err)
			continue;
		log_error("--require=%s: this host does not give it: %s. "
			"'belljar check' tells more", feature_table[i].name,
			log_errno(p->found[i].err));
		return -EOPNOTSUPP;
	}
	return 0;
}

/* -v: which tier runs. */
static void
say_tier(const struct probe *p)
{
	char landlock[32] = "no Landlock";

	if (p->landlock_abi)
		snprintf(landlock, sizeof(landlock), "Landlock ABI %d",
			p->landlock_abi);
	log_info("walls: seccomp%s, ptrace; behind them: %s, %s; mount calls "
		"by %s", probe_has(p, FEATURE_NOTIFY) ? " notifications" : "",
		landlock, probe_has(p, FEATURE_USERNS) ? "user namespaces" :
		"no user namespaces", probe_has(p, FEATURE_MOUNT_TRACE) ?
		"trace" : "SIGSYS, because a filter outside refuses them");
}

void
probe_quick_start(void)
{
	try_notify_quick_start();
}

int
probe_quick(struct host *host, unsigned int require)
{
	struct probe p = {.yama_scope = -1};
	struct probe_notify n;

	try_notify_quick(&n);
	found_notify(&p, &n);
	probe_cheap(&p);
	found(&p, FEATURE_USERNS, n.userns);
	if (!probe_has(&p, FEATURE_SECCOMP) || !probe_has(&p, FEATURE_OPENAT2)) {
		log_error("this host lacks what no sandbox can do without (%s): "
			"an older kernel, or a container or sandbox around "
			"belljar that should allow it. 'belljar check' tells "
			"more",
			probe_has(&p, FEATURE_SECCOMP) ? "openat2" : "seccomp");
		return -EOPNOTSUPP;
	}
	if (check_required(&p, require))
		return -EOPNOTSUPP;
	say_tier(&p);
	*host = (struct host){
		.notify = probe_has(&p, FEATURE_NOTIFY) &&
			probe_has(&p, FEATURE_ADDFD),
		.addfd_send = probe_has(&p, FEATURE_ADDFD_SEND),
		.wait_killable = probe_has(&p, FEATURE_WAIT_KILLABLE),
		.sync_wake_up = probe_has(&p, FEATURE_SYNC_WAKE_UP),
		.pidfd_getfd = probe_has(&p, FEATURE_PIDFD_GETFD),
		.process_vm = probe_has(&p, FEATURE_PROCESS_VM),
		.set_mm_map = probe_has(&p, FEATURE_SET_MM_MAP),
		.userns = probe_has(&p, FEATURE_USERNS),
		.mount_by_trap = !probe_has(&p, FEATURE_MOUNT_TRACE),
		.trace_sure = probe_has(&p, FEATURE_TRACE_ROUTE),
		.landlock_abi = p.landlock_abi,
		.privileged = p.privileged,
	};
	return 0;
}
