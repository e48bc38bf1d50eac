/* SPDX-License-Identifier: Apache-2.0 */
/* PLACES: host */
/* Calls that name a process, and old forms of calls that set times. */
#include "tests/lib/guest.h"

#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <utime.h>

#define NOBODY 0x3fffff00		/* above any pid_max */

static volatile sig_atomic_t got_code, got_value, got_self;

static void
on_signal(int sig, siginfo_t *si, void *context)
{
	(void)sig;
	(void)context;
	got_code = si->si_code;
	got_value = si->si_value.sival_int;
	got_self = si->si_pid == getpid();
}

static void
catch(int sig)
{
	struct sigaction sa = { .sa_sigaction = on_signal,
				.sa_flags = SA_SIGINFO };

	MUST(sigaction(sig, &sa, NULL));
}

static siginfo_t
info(int code)
{
	siginfo_t si = { .si_code = code };

	si.si_pid = getpid();
	si.si_uid = getuid();
	si.si_value.sival_int = 42;
	return si;
}

static pid_t
sleeper(void)
{
	pid_t pid = MUST(fork());

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	return pid;
}

static void
finish(pid_t pid)
{
	kill(pid, SIGKILL);
	say_status("sleeper", pid);
}

static void
tgkill_names_thread_and_process(void)
{
	catch(SIGUSR1);
	R(syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1));
	say("code %d, from ourselves %d", got_code, got_self);
	R(syscall(SYS_tgkill, getpid(), gettid(), 0));
	R(syscall(SYS_tgkill, getppid(), gettid(), SIGUSR1));
	R(syscall(SYS_tgkill, getpid(), NOBODY, SIGUSR1));
	R(syscall(SYS_tgkill, 0, gettid(), SIGUSR1));
	R(syscall(SYS_tgkill, getpid(), gettid(), 99));
	R(syscall(SYS_tkill, gettid(), 0));
	R(syscall(SYS_tkill, 0, 0));
}

static void
queued_signals_carry_a_value(void)
{
	siginfo_t si = info(SI_QUEUE);
	pid_t pid = sleeper();

	catch(SIGUSR1);
	R(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &si));
	say("code %d value %d self %d", got_code, got_value, got_self);
	R(syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGUSR1, &si));
	R(syscall(SYS_rt_tgsigqueueinfo, -1, gettid(), SIGUSR1, &si));
	R(syscall(SYS_rt_sigqueueinfo, NOBODY, SIGUSR1, &si));
	R(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, hole()));
	si = info(SI_USER);
	R(syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, &si));
	si = info(SI_TKILL);
	R(syscall(SYS_rt_tgsigqueueinfo, pid, pid, SIGUSR1, &si));
	finish(pid);
}

static void
pidfd_names_one_process(void)
{
	pid_t pid = sleeper();
	int fd = (int)R(syscall(SYS_pidfd_open, pid, 0)) < 0 ? -1 : 3;

	say("close on exec %d", fcntl(fd, F_GETFD));
	R(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
	R(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0));
	say_status("sleeper", pid);
	R(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
	R(syscall(SYS_pidfd_send_signal, 0, 0, NULL, 0));
	R(syscall(SYS_pidfd_send_signal, 99, 0, NULL, 0));
	R(syscall(SYS_pidfd_open, NOBODY, 0));
	R(syscall(SYS_pidfd_open, -1, 0));
	R(syscall(SYS_pidfd_open, getpid(), 0x10));
}

static void
limits_of_another(void)
{
	struct rlimit lim = { 64, 128 }, old;
	pid_t pid = sleeper();

	R(prlimit(pid, RLIMIT_NOFILE, &lim, NULL));
	R(prlimit(pid, RLIMIT_NOFILE, NULL, &old));
	say("%d %d", (int)old.rlim_cur, (int)old.rlim_max);
	lim.rlim_cur = 129;
	R(prlimit(pid, RLIMIT_NOFILE, &lim, NULL));
	R(prlimit(pid, 99, NULL, &old));
	R(prlimit(NOBODY, RLIMIT_NOFILE, NULL, &old));
	R(syscall(SYS_prlimit64, pid, RLIMIT_NOFILE, hole(), NULL));
	finish(pid);
}

static void
priority_of_another(void)
{
	pid_t pid = sleeper();

	R(setpriority(PRIO_PROCESS, (id_t)pid, 5));
	R(getpriority(PRIO_PROCESS, (id_t)pid));
	R(getpriority(PRIO_PROCESS, 0));
	R(getpriority(PRIO_PROCESS, NOBODY));
	R(setpriority(PRIO_PROCESS, NOBODY, 5));
	R(setpriority(99, 0, 5));
	R(setpriority(PRIO_PROCESS, (id_t)getpid(), 3));
	R(getpriority(PRIO_PROCESS, 0));
	finish(pid);
}

/* The calls that are mediated as sched_pid. */
static void
scheduling_of_another(void)
{
	struct sched_param sp = { 0 };
	struct timespec ts;
	cpu_set_t set;
	pid_t pid = sleeper();

	R(sched_getscheduler(pid));
	R(sched_getparam(pid, &sp));
	R(sched_setscheduler(pid, SCHED_BATCH, &sp));
	R(sched_getscheduler(pid));
	R(sched_setparam(pid, &sp));
	R(sched_getaffinity(pid, sizeof(set), &set));
	say("some cpu %d", CPU_COUNT(&set) > 0);
	R(sched_setaffinity(pid, sizeof(set), &set));
	R(sched_rr_get_interval(pid, &ts));
	R(sched_getscheduler(NOBODY));
	R(sched_setaffinity(NOBODY, sizeof(set), &set));
	R(syscall(SYS_sched_getaffinity, pid, sizeof(set), hole()));
	R(syscall(SYS_sched_getaffinity, pid, 1, &set));
	finish(pid);
}

static void
capabilities_of_nobody_in_particular(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	R(syscall(SYS_capget, &h, d));
	R(syscall(SYS_capset, &h, d));
	h.pid = NOBODY;
	R(syscall(SYS_capget, &h, d));
	R(syscall(SYS_capset, &h, d));
	h.pid = 0;
	h.version = 7;
	R(syscall(SYS_capget, &h, NULL));
	say("%#x", h.version);
	h.version = 7;
	R(syscall(SYS_capget, &h, d));
	R(syscall(SYS_capget, hole(), d));
}

static void
say_times(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		say("%s: %ld.%09ld %ld.%09ld", path, (long)st.st_atim.tv_sec,
		    st.st_atim.tv_nsec, (long)st.st_mtim.tv_sec,
		    st.st_mtim.tv_nsec);
}

static void
times_in_their_old_forms(void)
{
	struct timeval tv[2] = { { 100, 5 }, { 200, 999999 } };
	struct utimbuf ut = { 300, 400 };
	int fd;

	put_file("f", "x");
	R(utimes("f", tv));
	say_times("f");
	R(utime("f", &ut));
	say_times("f");
	fd = MUST(open("f", O_RDONLY));
	R(futimesat(AT_FDCWD, "f", tv));
	say_times("f");
	R(futimes(fd, tv));
	tv[0].tv_usec = 1000000;
	R(utimes("f", tv));
	R(utimes("none", NULL));
	R(utime("none", &ut));
	R(utime("", &ut));
	R(utimes("f", NULL));
#ifdef SYS_utime
	R(syscall(SYS_utime, "f", hole()));
	R(syscall(SYS_utimes, "f", hole()));
	R(syscall(SYS_futimesat, fd, NULL, NULL));
	R(syscall(SYS_futimesat, 99, "f", NULL));
#endif
}

static void
uname_names_the_kernel(void)
{
	struct utsname u;

	R(uname(&u));
	say("%s %s %s", u.sysname, u.release, u.machine);
	R(syscall(SYS_uname, hole()));
}

GUEST_MAIN(
	CASE(tgkill_names_thread_and_process),
	CASE(queued_signals_carry_a_value),
	CASE(pidfd_names_one_process),
	CASE(limits_of_another),
	CASE(priority_of_another),
	CASE(scheduling_of_another),
	CASE(capabilities_of_nobody_in_particular),
	CASE(times_in_their_old_forms),
	CASE(uname_names_the_kernel),
)
