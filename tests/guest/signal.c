/* SPDX-License-Identifier: Apache-2.0 */
/* PLACES: host */
/* Signals between the sandbox's processes, and job control. */
#include "tests/lib/guest.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <time.h>

static volatile sig_atomic_t got, got_code, got_value;
static volatile pid_t got_pid;

static void
on_info(int sig, siginfo_t *si, void *ctx)
{
	(void)ctx;
	got = sig;
	got_code = si->si_code;
	got_pid = si->si_pid;
	got_value = si->si_value.sival_int;
}

static void
catch(int sig, int flags)
{
	struct sigaction sa = { .sa_sigaction = on_info,
				.sa_flags = SA_SIGINFO | flags };

	MUST(sigaction(sig, &sa, NULL));
}

static void
say_got(const char *how)
{
	say("%s: sig %s code %d from self %d value %d", how,
	    got ? sigabbrev_np(got) : "none", (int)got_code,
	    got_pid == getpid(), (int)got_value);
	got = got_code = got_pid = got_value = 0;
}

static void
senders_are_told(void)
{
	union sigval v = { .sival_int = 77 };
	pid_t pid;

	catch(SIGUSR1, 0);
	catch(SIGCHLD, 0);
	R(kill(getpid(), SIGUSR1));
	say_got("kill");
	R(raise(SIGUSR1));
	say_got("raise");
	R(syscall(SYS_tkill, (int)syscall(SYS_gettid), SIGUSR1));
	say_got("tkill");
	R(sigqueue(getpid(), SIGUSR1, v));
	say_got("sigqueue");
	pid = fork();
	if (pid == 0)
		_exit(3);
	say_status("child", pid);
	say("SIGCHLD from the child %d code %d", got_pid == pid,
	    (int)got_code);
}

/* What reads a blocked signal is told the same as a handler. */
static void
say_taken(int fd, const sigset_t *set, pid_t from)
{
	struct signalfd_siginfo ssi;
	siginfo_t si;

	if (fd >= 0) {
		R(read(fd, &ssi, sizeof(ssi)));
		say("signalfd: sig %d code %d from the sender %d uid %d",
		    ssi.ssi_signo, ssi.ssi_code, (pid_t)ssi.ssi_pid == from,
		    ssi.ssi_uid == getuid());
	} else {
		R(sigwaitinfo(set, &si));
		say("sigwaitinfo: code %d from the sender %d uid %d",
		    si.si_code, si.si_pid == from, si.si_uid == getuid());
	}
}

static void
blocked_signals_tell_their_sender(void)
{
	pid_t parent = getpid(), pid;
	sigset_t set;
	int fd, pidfd;

	setpgid(0, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = MUST(signalfd(-1, &set, SFD_CLOEXEC));
	pidfd = MUST(syscall(SYS_pidfd_open, parent, 0));
	for (int way = 0; way < 6; way++) {
		pid = fork();
		if (pid == 0) {
			switch (way) {
			case 0:
			case 1:
				_exit(kill(parent, SIGUSR1) != 0);
			case 2:
				_exit(syscall(SYS_tgkill, parent, parent,
					      SIGUSR1) != 0);
			case 3:
				_exit(kill(0, SIGUSR1) != 0);
			case 4:
				_exit(kill(-parent, SIGUSR1) != 0);
			case 5:
				_exit(syscall(SYS_pidfd_send_signal, pidfd,
					      SIGUSR1, NULL, 0) != 0);
			}
		}
		say_status("sender", pid);
		say_taken(way % 2 ? -1 : fd, &set, pid);
	}
}

static void
targets_are_checked(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	R(kill(pid, 0));
	R(kill(pid, 99));
	R(kill(pid, -1));
	R(kill(pid, SIGTERM));
	say_status("child", pid);
	say("gone %s", kill(pid, 0) ? errname(errno) : "no");
	R(kill(0x7ffffff0, 0));
	R(kill(-0x7ffffff0, 0));
	R(syscall(SYS_tgkill, getpid(), getpid(), 0));
	R(syscall(SYS_tgkill, getpid(), 0x7ffffff0, 0));
	R(syscall(SYS_tgkill, -1, getpid(), 0));
	R(syscall(SYS_tkill, 0, 0));
}

static void
groups_are_signalled(void)
{
	int p[2], status, n = 0;
	pid_t pid[3];
	char c;

	MUST(pipe(p));
	for (int i = 0; i < 3; i++) {
		pid[i] = fork();
		if (pid[i] == 0) {
			setpgid(0, i ? pid[0] : 0);
			write(p[1], "x", 1);
			for (;;)
				pause();
		}
		setpgid(pid[i], pid[0]);
	}
	for (int i = 0; i < 3; i++)
		read(p[0], &c, 1);
	R(getpgid(pid[2]) == pid[0]);
	R(kill(-pid[0], SIGTERM));
	for (int i = 0; i < 3; i++)
		n += waitpid(pid[i], &status, 0) == pid[i] &&
		     WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
	say("killed %d", n);
	R(kill(-pid[0], 0));
}

static void
stop_and_continue(void)
{
	int status, p[2];
	pid_t pid;
	char c;

	/* Each step waits for a byte: a continued child may be too quick. */
	MUST(pipe(p));
	pid = fork();
	if (pid == 0) {
		raise(SIGSTOP);
		read(p[0], &c, 1);
		raise(SIGTSTP);
		_exit(6);
	}
	MUST(waitpid(pid, &status, WUNTRACED));
	say_wait_status("child", status);
	say("nothing else %d", waitpid(pid, &status,
				       WNOHANG | WUNTRACED | WCONTINUED));
	R(kill(pid, SIGCONT));
	MUST(waitpid(pid, &status, WCONTINUED));
	say_wait_status("child", status);
	write(p[1], "x", 1);
	MUST(waitpid(pid, &status, WUNTRACED));
	say_wait_status("child", status);
	R(kill(pid, SIGTERM));
	R(kill(pid, SIGCONT));
	say_status("child", pid);
}

static void
a_stopped_child_may_be_killed(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			raise(SIGSTOP);
	MUST(waitpid(pid, &status, WUNTRACED));
	R(kill(pid, SIGKILL));
	say_status("child", pid);
}

static void
waitid_tells_the_same(void)
{
	siginfo_t si;
	pid_t pid;
	int p[2];
	char c;

	MUST(pipe(p));
	pid = fork();
	if (pid == 0) {
		raise(SIGSTOP);
		read(p[0], &c, 1);
		_exit(6);
	}
	R(waitid(P_PID, pid, &si, WSTOPPED));
	say("code %d status %d pid %d", si.si_code, si.si_status,
	    si.si_pid == pid);
	R(waitid(P_PID, pid, &si, WSTOPPED | WNOHANG | WNOWAIT));
	kill(pid, SIGCONT);
	R(waitid(P_PID, pid, &si, WCONTINUED));
	say("code %d status %d", si.si_code, si.si_status);
	write(p[1], "x", 1);
	R(waitid(P_PID, pid, &si, WEXITED | WNOWAIT));
	say("code %d status %d", si.si_code, si.si_status);
	R(waitid(P_ALL, 0, &si, WEXITED));
	R(waitid(P_ALL, 0, &si, WEXITED));
	R(waitpid(-1, NULL, 0));
	R(waitpid(getpid(), NULL, 0));
	R(waitpid(pid, NULL, 0x1000));
}

static void
default_actions(void)
{
	static const int sigs[] = { SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGABRT,
		SIGFPE, SIGKILL, SIGSEGV, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1,
		SIGBUS, SIGSYS, SIGTRAP, SIGXCPU, SIGCHLD, SIGURG, SIGWINCH };

	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		pid_t pid = fork();

		if (pid == 0) {
			raise(sigs[i]);
			_exit(0);
		}
		say_status(sigabbrev_np(sigs[i]), pid);
	}
}

static void
faults_are_delivered(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		*(volatile int *)hole() = 1;
		_exit(0);
	}
	say_status("write to nowhere", pid);
	pid = fork();
	if (pid == 0) {
		__builtin_trap();
		_exit(0);
	}
	say_status("trap", pid);
	pid = fork();
	if (pid == 0)
		abort();
	say_status("abort", pid);
}

static void
a_system_call_is_interrupted_or_restarted(void)
{
	struct timespec ts = { 10, 0 };
	char c;
	int p[2];

	MUST(pipe(p));
	catch(SIGALRM, 0);
	alarm(1);
	R(read(p[0], &c, 1));
	alarm(1);
	R(nanosleep(&ts, NULL));
	catch(SIGALRM, SA_RESTART);
	if (fork() == 0) {
		pid_t parent = getppid();

		kill(parent, SIGALRM);
		write(p[1], "x", 1);
		_exit(0);
	}
	R(read(p[0], &c, 1));
	R(waitpid(-1, NULL, 0) > 0);
}

static void
masks_and_pending(void)
{
	struct timespec zero = { 0, 0 };
	sigset_t set, pending;
	siginfo_t si;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	R(sigprocmask(SIG_BLOCK, &set, NULL));
	R(kill(getpid(), SIGUSR1));
	R(kill(getpid(), SIGUSR1));
	R(kill(getpid(), SIGRTMIN));
	R(kill(getpid(), SIGRTMIN));
	R(sigpending(&pending));
	R(sigismember(&pending, SIGUSR1));
	for (int i = 0; i < 4; i++) {
		long sig = sigtimedwait(&set, &si, &zero);

		say("%s", sig < 0 ? errname(errno) : sig == SIGUSR1 ?
		    "USR1" : "RTMIN");
	}
	RFD(open("/dev/null", O_RDONLY));
	R(sigprocmask(SIG_SETMASK, NULL, &pending));
	R(sigismember(&pending, SIGUSR1));
}

static void
blocked_sigsys_stays_blocked(void)
{
	sigset_t set, now;
	struct stat st;

	sigfillset(&set);
	R(sigprocmask(SIG_BLOCK, &set, NULL));
	R(stat("/", &st));
	say("%d", mount("none", "/nowhere", "tmpfs", 0, NULL));
	R(sigprocmask(SIG_SETMASK, NULL, &now));
	R(sigismember(&now, SIGSYS));
}

static void
parent_death_signal(void)
{
	int p[2];
	char c = '?';
	pid_t pid;

	MUST(pipe(p));
	pid = fork();
	if (pid == 0) {
		if (fork() == 0) {
			signal(SIGUSR1, SIG_DFL);
			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			close(p[0]);
			write(p[1], "r", 1);
			pause();
			_exit(0);
		}
		read(p[0], &c, 1);
		_exit(0);
	}
	close(p[1]);
	say_status("parent", pid);
	say("then the pipe ends: %ld", (long)read(p[0], &c, 1));
}

static void
a_guest_may_trace_itself_or_is_told_so(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 ||
		      errno == EPERM ? 0 : 1);
	say_status("traceme", pid);
}

GUEST_MAIN(
	CASE(senders_are_told),
	CASE(blocked_signals_tell_their_sender),
	CASE(targets_are_checked),
	CASE(groups_are_signalled),
	CASE(stop_and_continue),
	CASE(a_stopped_child_may_be_killed),
	CASE(waitid_tells_the_same),
	CASE(default_actions),
	CASE(faults_are_delivered),
	CASE(a_system_call_is_interrupted_or_restarted),
	CASE(masks_and_pending),
	CASE(blocked_sigsys_stays_blocked),
	CASE(parent_death_signal),
	CASE(a_guest_may_trace_itself_or_is_told_so),
)
