/* SPDX-License-Identifier: Apache-2.0 */
/* The state behind hostcall.h: the hooks and /proc/self/fd. */
#include "vfs/hostcall.h"

#include <pthread.h>
#include <stdatomic.h>
#include <linux/magic.h>

int (*host_fault)(enum host_call which);
int (*host_again)(const struct host_again *a);
_Thread_local unsigned int host_passes;

static atomic_ulong fault_seen;
static unsigned long fault_after;
static int fault_err;

static int
fault_nth(enum host_call which)
{
	(void)which;
	return atomic_fetch_add(&fault_seen, 1) == fault_after ? -fault_err : 0;
}

void
host_fault_arm(unsigned long n, int err)
{
	atomic_store(&fault_seen, 0);
	fault_after = n;
	fault_err = err;
	host_fault = fault_nth;
}

unsigned long
host_fault_count(void)
{
	return atomic_load(&fault_seen);
}

void
host_fault_disarm(void)
{
	host_fault = NULL;
}

/* 0: not opened yet; else the descriptor plus one, or -ENOSYS. */
static atomic_int proc_dir;
static pthread_once_t proc_once = PTHREAD_ONCE_INIT;

/* The parent's /proc/self/fd would name the parent's descriptors. */
static void
proc_after_fork(void)
{
	int dir = atomic_exchange(&proc_dir, 0);

	if (dir > 0)
		close(dir - 1);
}

static void
proc_watch_forks(void)
{
	pthread_atfork(NULL, NULL, proc_after_fork);
}

static int
proc_open(void)
{
	struct statfs sf;
	int dir, none = 0;

	pthread_once(&proc_once, proc_watch_forks);
	dir = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0 && (fstatfs(dir, &sf) < 0 ||
			 sf.f_type != PROC_SUPER_MAGIC)) {
		close(dir);
		dir = -1;
	}
	if (dir < 0)
		return -ENOSYS;
	if (!atomic_compare_exchange_strong(&proc_dir, &none, dir + 1)) {
		close(dir);
		return none - 1;
	}
	return dir;
}

int
host_proc(void)
{
	int dir = atomic_load_explicit(&proc_dir, memory_order_relaxed);

	return __builtin_expect(dir > 0, 1) ? dir - 1 : proc_open();
}
