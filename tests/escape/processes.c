/* SPDX-License-Identifier: Apache-2.0 */
/* Acting on a process outside: signals, ptrace, memory, limits. */
#include "tests/escape/attack.h"

#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>

static pid_t
victim(void)
{
	return bait_number("BAIT_PID");
}

static void
kill_signals(void)
{
	verdict(kill(victim(), SIGUSR1));
}

static void
kill_probes(void)
{
	verdict(kill(victim(), 0));
}

static void
kill_signals_its_group(void)
{
	verdict(kill(-victim(), SIGUSR1));
}

static void
tgkill_signals(void)
{
	verdict(syscall(SYS_tgkill, victim(), victim(), SIGUSR1));
}

static void
tkill_signals(void)
{
	verdict(syscall(SYS_tkill, victim(), SIGUSR1));
}

static void
sigqueue_signals(void)
{
	union sigval v = { 0 };

	verdict(sigqueue(victim(), SIGUSR1, v));
}

static void
tgsigqueue_signals(void)
{
	siginfo_t si = { .si_signo = SIGUSR1, .si_code = SI_QUEUE };

	si.si_pid = getpid();
	si.si_uid = getuid();
	verdict(syscall(SYS_rt_tgsigqueueinfo, victim(), victim(), SIGUSR1,
			&si));
}

static void
pidfd_signals(void)
{
	int fd = syscall(SYS_pidfd_open, victim(), 0);

	if (fd < 0)
		held();
	verdict(syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0));
}

static void
pidfd_takes_a_descriptor(void)
{
	int fd = syscall(SYS_pidfd_open, victim(), 0);

	if (fd < 0)
		held();
	fd = syscall(SYS_pidfd_getfd, fd, bait_number("BAIT_FD"), 0);
	if (fd < 0)
		held();
	lseek(fd, 0, SEEK_SET);
	verdict_of_fd(fd);
}

static void
ptrace_attaches(void)
{
	long rc = ptrace(PTRACE_ATTACH, victim(), 0, 0);

	if (rc == 0) {
		waitpid(victim(), NULL, __WALL);
		ptrace(PTRACE_DETACH, victim(), 0, 0);
	}
	verdict(rc);
}

static void
ptrace_seizes(void)
{
	verdict(ptrace(PTRACE_SEIZE, victim(), 0, 0));
}

static void
process_vm_reads(void)
{
	char buf[16] = "";
	struct iovec l = { buf, 8 };
	struct iovec r = { (void *)bait_number("BAIT_ADDR"), 8 };

	if (process_vm_readv(victim(), &l, 1, &r, 1, 0) < 0)
		held();
	escaped(buf);
}

static void
process_vm_writes(void)
{
	struct iovec l = { (void *)"BAIT-", 5 };
	struct iovec r = { (void *)bait_number("BAIT_ADDR"), 5 };

	verdict(process_vm_writev(victim(), &l, 1, &r, 1, 0));
}

static void
kcmp_compares(void)
{
	verdict(syscall(SYS_kcmp, getpid(), victim(), 1, 0, 0));
}

static void
prlimit_reads_limits(void)
{
	struct rlimit rl;

	verdict(prlimit(victim(), RLIMIT_NOFILE, NULL, &rl));
}

static void
priority_is_changed(void)
{
	/* One may always be nicer than one was. */
	verdict(setpriority(PRIO_PROCESS, victim(),
			    getpriority(PRIO_PROCESS, 0) + 1));
}

static void
affinity_is_changed(void)
{
	cpu_set_t set;

	if (sched_getaffinity(victim(), sizeof(set), &set))
		held();
	verdict(sched_setaffinity(victim(), sizeof(set), &set));
}

static void
scheduler_is_changed(void)
{
	struct sched_param p = { 0 };

	verdict(sched_setscheduler(victim(), SCHED_BATCH, &p));
}

static void
io_priority_is_changed(void)
{
	verdict(syscall(SYS_ioprio_set, 1, victim(), 2 << 13 | 7));
}

static void
session_is_told(void)
{
	verdict(getsid(victim()));
}

static void
group_is_told(void)
{
	verdict(getpgid(victim()));
}

static void
robust_list_is_told(void)
{
	void *head;
	size_t len;

	verdict(syscall(SYS_get_robust_list, victim(), &head, &len));
}

/* The driver sees whether the signal came: the call itself may succeed. */
static void
descriptor_owner_gets_sigio(void)
{
	int p[2];

	MUST(pipe(p));
	MUST(fcntl(p[0], F_SETFL, O_ASYNC | O_NONBLOCK));
	if (fcntl(p[0], F_SETSIG, SIGUSR2) ||
	    fcntl(p[0], F_SETOWN, victim()))
		held();
	write(p[1], "x", 1);
	say("tried");
}

static void
descriptor_owner_ex_gets_sigio(void)
{
	struct f_owner_ex o = { F_OWNER_PID, victim() };
	int p[2];

	MUST(pipe(p));
	MUST(fcntl(p[0], F_SETFL, O_ASYNC | O_NONBLOCK));
	if (fcntl(p[0], F_SETSIG, SIGUSR2) ||
	    fcntl(p[0], F_SETOWN_EX, &o))
		held();
	write(p[1], "x", 1);
	say("tried");
}

static void
socket_owner_gets_sigio(void)
{
	int p[2], pid = victim(), on = 1;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, p));
	if (ioctl(p[0], FIOSETOWN, &pid) || ioctl(p[0], FIOASYNC, &on))
		held();
	write(p[1], "x", 1);
	say("tried");
}

static void
our_parent_outside_is_signalled(void)
{
	/* Inside there is no parent, or one of our own world. */
	pid_t first = getppid(), parent;
	char path[64], *text, *at;

	snprintf(path, sizeof(path), "/proc/%d/status", first);
	text = get_file(path);
	at = strstr(text, "PPid:");
	parent = at ? atoi(at + 5) : 0;
	errno = ESRCH;
	if (parent <= 1)
		held();
	verdict(kill(parent, 0));
}

GUEST_MAIN(
	CASE(kill_signals),
	CASE(kill_probes),
	CASE(kill_signals_its_group),
	CASE(tgkill_signals),
	CASE(tkill_signals),
	CASE(sigqueue_signals),
	CASE(tgsigqueue_signals),
	CASE(pidfd_signals),
	CASE(pidfd_takes_a_descriptor),
	CASE(process_vm_reads),
	CASE(process_vm_writes),
	CASE(kcmp_compares),
	CASE(prlimit_reads_limits),
	CASE(priority_is_changed),
	CASE(affinity_is_changed),
	CASE(scheduler_is_changed),
	CASE(io_priority_is_changed),
	CASE(session_is_told),
	CASE(group_is_told),
	CASE(robust_list_is_told),
	CASE(descriptor_owner_gets_sigio),
	CASE(descriptor_owner_ex_gets_sigio),
	CASE(socket_owner_gets_sigio),
	CASE(our_parent_outside_is_signalled),
	CASE(ptrace_attaches),
	CASE(ptrace_seizes),
)
