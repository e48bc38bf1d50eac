/* SPDX-License-Identifier: Apache-2.0 */
/* BUILD: -pthread */
/* Waiting for changes of the tables of mounts, and reading them again. */
#include "tests/lib/guest.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/select.h>
#include <time.h>

#define NEWS	(POLLPRI | POLLERR)

/* Nobody else mounts in a namespace of the case's own. */
static int
setup(const char *table)
{
	MUST(unshare(CLONE_NEWNS));
	MUST(mkdir("m", 0755));
	return MUST(open(table, O_RDONLY | O_CLOEXEC));
}

static void
change(void)
{
	MUST(mount("news", "m", "tmpfs", 0, NULL));
}

static void
change_back(void)
{
	MUST(umount2("m", 0));
}

static void
say_events(const char *what, int n, short events)
{
	say("%s: %d%s%s%s%s%s", what, n, events & POLLIN ? " IN" : "",
	    events & POLLPRI ? " PRI" : "", events & POLLERR ? " ERR" : "",
	    events & POLLOUT ? " OUT" : "", events & POLLNVAL ? " NVAL" : "");
}

static void
say_poll(const char *what, int fd, short events, int timeout)
{
	struct pollfd p = { fd, events, 0 };
	int n = poll(&p, 1, timeout);

	say_events(what, n, p.revents);
}

/* A child that does something a moment later. */
static pid_t
later(void (*what)(void))
{
	pid_t pid = (pid_t)MUST(fork());

	if (pid == 0) {
		usleep(100000);
		what();
		_exit(0);
	}
	return pid;
}

static int
has_news(int fd)
{
	char buf[16384];
	ssize_t n = read(fd, buf, sizeof(buf) - 1);

	if (n < 0)
		return -1;
	buf[n] = '\0';
	return strstr(buf, "/m ") != NULL;
}

static void
a_change_is_told_once(void)
{
	int fd = setup("/proc/self/mountinfo");

	say_poll("before", fd, NEWS, 0);
	say_poll("before, to read", fd, POLLIN | POLLOUT | NEWS, 0);
	change();
	say_poll("after", fd, NEWS, 0);
	say_poll("again", fd, NEWS, 0);
	change_back();
	say_poll("to read", fd, POLLIN, -1);
	say_poll("told already", fd, NEWS, 0);
	change();
	say_poll("error without being asked", fd, 0, 0);
	change_back();
	say_poll("pri", fd, POLLPRI, 0);
	close(fd);
	say_poll("closed", fd, POLLPRI, 0);
}

static void
all_tables_tell(void)
{
	static const char *const names[] = {
		"/proc/self/mounts", "/proc/mounts", "/proc/self/mountinfo",
		"/proc/thread-self/mounts", "/proc/self/mountstats",
	};

	setup("/proc/self/mounts");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int fd = MUST(open(names[i], O_RDONLY));

		change();
		say_poll(names[i], fd, NEWS, 0);
		say_poll(names[i], fd, NEWS, 0);
		change_back();
		close(fd);
	}
}

static void
a_wait_ends_with_a_change(void)
{
	int fd = setup("/proc/self/mountinfo");
	pid_t child = later(change);

	say_poll("news", fd, NEWS, 10000);
	say_status("child", child);
	child = later(change_back);
	say_poll("more news", fd, POLLPRI, -1);
	say_status("child", child);
}

static long
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
other_changes_do_not_end_it(void)
{
	int fd = setup("/proc/self/mountinfo");
	long start = now_ms();
	pid_t child = (pid_t)MUST(fork());

	if (child == 0) {
		MUST(unshare(CLONE_NEWNS));
		MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
		for (int i = 0; i < 10; i++) {
			change();
			change_back();
		}
		_exit(0);
	}
	say_poll("nothing", fd, NEWS, 300);
	say("in time: %d", now_ms() - start >= 290 && now_ms() - start < 5000);
	say_status("child", child);
}

static void
other_descriptors_end_it(void)
{
	int fd = setup("/proc/self/mountinfo"), p[2];
	struct pollfd f[4] = { { fd, NEWS, 0 }, { -1, POLLIN, 0 } };

	MUST(pipe(p));
	f[2] = (struct pollfd){ p[0], POLLIN, 0 };
	f[3] = (struct pollfd){ 77, POLLIN, 0 };
	f[3].fd = p[1];
	f[3].events = POLLOUT;
	R(poll(f, 4, 1000));
	say_events("table", 0, f[0].revents);
	say_events("none", 0, f[1].revents);
	say_events("read end", 0, f[2].revents);
	say_events("write end", 0, f[3].revents);
	MUST(write(p[1], "x", 1));
	change();
	R(poll(f, 4, 1000));
	say_events("table", 0, f[0].revents);
	say_events("read end", 0, f[2].revents);
	f[3].fd = 77;
	R(poll(f, 4, 1000));
	say_events("table", 0, f[0].revents);
	say_events("bad", 0, f[3].revents);
	say("%d %d %d %d", f[0].fd == fd, f[1].fd, f[2].fd == p[0], f[3].fd);
	R(poll(hole(), 1, 0));
	R(poll(f, 0, 10));
}

static void
nothing(int sig)
{
	(void)sig;
}

static void
signals_end_it(void)
{
	int fd = setup("/proc/self/mountinfo");
	struct sigaction sa = { .sa_handler = nothing };
	struct pollfd p = { fd, NEWS, 0 };
	struct timespec ts = { 10, 0 };
	fd_set ex;

	sigaction(SIGALRM, &sa, NULL);
	ualarm(100000, 0);
	R(poll(&p, 1, 10000));
	sa.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &sa, NULL);
	ualarm(100000, 0);
	R(poll(&p, 1, 10000));
	ualarm(100000, 0);
	R(ppoll(&p, 1, &ts, NULL));
	ualarm(100000, 0);
	FD_ZERO(&ex);
	FD_SET(fd, &ex);
	R(pselect(fd + 1, NULL, NULL, &ex, &ts, NULL));
	change();
	say_poll("news", fd, NEWS, 0);
}

static void
stop_parent_and_change(void)
{
	kill(getppid(), SIGSTOP);
	usleep(100000);
	kill(getppid(), SIGCONT);
	usleep(100000);
	change();
}

static void
a_stop_does_not_end_it(void)
{
	int fd = setup("/proc/self/mountinfo");
	pid_t child = later(stop_parent_and_change);

	say_poll("news", fd, NEWS, 10000);
	say_status("child", child);
}

static void
ppoll_lets_signals_in(void)
{
	int fd = setup("/proc/self/mountinfo");
	struct sigaction sa = { .sa_handler = nothing };
	struct pollfd p = { fd, NEWS, 0 };
	struct timespec ts = { 10, 0 }, soon = { 0, 50000000 };
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	sigaction(SIGALRM, &sa, NULL);
	sigprocmask(SIG_BLOCK, &all, NULL);
	ualarm(100000, 0);
	R(ppoll(&p, 1, &soon, NULL));
	R(ppoll(&p, 1, &ts, &none));
	change();
	R(ppoll(&p, 1, &ts, &none));
	say_events("ppoll", 1, p.revents);
	R(ppoll(&p, 1, &soon, &none));
}

static void
say_select(const char *what, int fd, int other, struct timeval *tv)
{
	fd_set in, out, ex;
	int n;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&ex);
	FD_SET(fd, &ex);
	FD_SET(fd, &out);
	if (other >= 0)
		FD_SET(other, &in);
	n = select(200, &in, &out, &ex, tv);
	say("%s: %d%s%s%s", what, n, FD_ISSET(fd, &ex) ? " ex" : "",
	    FD_ISSET(fd, &out) ? " out" : "",
	    other >= 0 && FD_ISSET(other, &in) ? " other" : "");
}

static void
select_tells_too(void)
{
	int fd = setup("/proc/self/mountinfo"), p[2];
	struct timeval none = { 0, 0 }, some = { 0, 100000 };
	fd_set in;
	pid_t child;

	MUST(pipe(p));
	say_select("before", fd, -1, &none);
	change();
	say_select("after", fd, p[0], &none);
	say_select("again", fd, p[0], &some);
	MUST(write(p[1], "x", 1));
	say_select("other", fd, p[0], NULL);
	child = later(change_back);
	say_select("later", fd, -1, NULL);
	say_status("child", child);
	FD_ZERO(&in);
	FD_SET(fd, &in);
	R(select(fd + 1, &in, NULL, NULL, NULL));
	MUST(dup2(fd, 150));
	change();
	say_select("high", 150, -1, NULL);
	FD_SET(fd, &in);
	R(pselect(fd + 1, &in, NULL, NULL, NULL, NULL));
}

static void
say_epoll(const char *what, int ep, int timeout)
{
	struct epoll_event ev = { 0 };
	int n = epoll_wait(ep, &ev, 1, timeout);

	say("%s: %d%s%s %d", what, n, ev.events & EPOLLPRI ? " PRI" : "",
	    ev.events & EPOLLIN ? " IN" : "", n > 0 ? ev.data.fd : 0);
}

static void
epoll_tells_too(void)
{
	int fd, ep = MUST(epoll_create1(0));
	struct epoll_event ev = { EPOLLPRI, { .fd = 5 } };
	pid_t child;

	needs_kernel(5, 15, "out-of-band data on sockets of AF_UNIX");
	fd = setup("/proc/self/mountinfo");
	R(epoll_ctl(ep, EPOLL_CTL_MOD, fd, &ev));
	R(epoll_ctl(ep, EPOLL_CTL_ADD, fd, hole()));
	R(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	R(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	R(epoll_ctl(99, EPOLL_CTL_ADD, fd, &ev));
	R(epoll_ctl(fd, EPOLL_CTL_ADD, fd, &ev));
	say_epoll("before", ep, 0);
	change();
	say_epoll("after", ep, 1000);
	say_epoll("again", ep, 0);
	child = later(change_back);
	say_epoll("later", ep, 10000);
	say_status("child", child);
	ev.data.fd = 6;
	R(epoll_ctl(ep, EPOLL_CTL_MOD, fd, &ev));
	change();
	say_epoll("changed", ep, 1000);
	R(epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL));
	change_back();
	say_epoll("taken out", ep, 50);
	R(epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL));
}

static void
epoll_by_edges(void)
{
	int fd = setup("/proc/self/mountinfo"), ep = MUST(epoll_create1(0));
	int outer = MUST(epoll_create1(0));
	struct epoll_event ev = { EPOLLIN | EPOLLET, { .fd = 5 } };

	R(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	ev.events = EPOLLIN;
	R(epoll_ctl(outer, EPOLL_CTL_ADD, ep, &ev));
	say("%d", epoll_wait(ep, &ev, 1, 0));
	say("%d", epoll_wait(ep, &ev, 1, 0));
	change();
	say("%d", epoll_wait(outer, &ev, 1, 1000));
	say("%d", epoll_wait(ep, &ev, 1, 1000));
	say("%d", epoll_wait(ep, &ev, 1, 0));
	change_back();
	say("%d", epoll_wait(ep, &ev, 1, 1000));
	close(fd);
	change();
	say("closed: %d", epoll_wait(ep, &ev, 1, 50));
}

static void
what_is_read_again_is_new(void)
{
	int fd = setup("/proc/self/mountinfo"), other;
	char buf[16384];

	say("%d", has_news(fd));
	change();
	R(lseek(fd, 0, SEEK_SET));
	say("%d", has_news(fd));
	change_back();
	memset(buf, 0, sizeof(buf));
	MUST(pread(fd, buf, sizeof(buf) - 1, 0));
	say("%d", strstr(buf, "/m ") != NULL);
	change();
	say_poll("news", fd, NEWS, 0);
	R(lseek(fd, 0, SEEK_SET));
	say("%d", has_news(fd));
	R(lseek(fd, 0, SEEK_CUR) > 0);
	other = MUST(open("m", O_RDONLY));
	R(lseek(other, 0, SEEK_SET));
	close(other);
	R(lseek(99, 0, SEEK_SET));
	R(pread(99, buf, 1, 0));
}

static void
a_table_is_of_its_namespace_and_root(void)
{
	int fd = setup("/proc/self/mountinfo");
	pid_t child = (pid_t)MUST(fork());

	if (child == 0) {
		MUST(unshare(CLONE_NEWNS));
		MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
		change();
		say_poll("not ours", fd, NEWS, 0);
		R(lseek(fd, 0, SEEK_SET));
		say("%d", has_news(fd));
		_exit(0);
	}
	say_status("child", child);
	change();
	MUST(chroot("m"));
	say_poll("ours", fd, NEWS, 0);
	R(lseek(fd, 0, SEEK_SET));
	say("%d", has_news(fd));
}

static void
a_child_inherits_it(void)
{
	int p[2], q[2];
	pid_t child;
	char c;

	MUST(pipe(p));
	MUST(pipe(q));
	child = (pid_t)MUST(fork());
	if (child == 0) {
		int fd = setup("/proc/self/mountinfo"), copy = MUST(dup(fd));

		if (MUST(fork()) != 0)
			_exit(0);
		/* who opened it has ended */
		MUST(read(p[0], &c, 1));
		change();
		say_poll("child", fd, NEWS, 0);
		say_poll("copy", copy, NEWS, 0);
		R(lseek(fd, 0, SEEK_SET));
		say("%d", has_news(fd));
		MUST(write(q[1], "x", 1));
		_exit(0);
	}
	say_status("child", child);
	MUST(write(p[1], "x", 1));
	MUST(read(q[0], &c, 1));
}

static void *
wait_for_news(void *arg)
{
	struct pollfd p = { *(int *)arg, NEWS, 0 };

	say_events("thread", poll(&p, 1, 10000), p.revents);
	return NULL;
}

static void *
make_news(void *arg)
{
	(void)arg;
	usleep(100000);
	change();
	return NULL;
}

static void
threads_wait_as_well(void)
{
	pthread_t one, two;
	int fd;

	MUST(unshare(CLONE_NEWNS));
	MUST(mkdir("m", 0755));
	/* there before the table is opened */
	MUST(pthread_create(&two, NULL, make_news, NULL));
	fd = MUST(open("/proc/self/mountinfo", O_RDONLY));
	MUST(pthread_create(&one, NULL, wait_for_news, &fd));
	pthread_join(one, NULL);
	pthread_join(two, NULL);
}

GUEST_MAIN(
	CASE(a_change_is_told_once),
	CASE(all_tables_tell),
	CASE(a_wait_ends_with_a_change),
	CASE(other_changes_do_not_end_it),
	CASE(other_descriptors_end_it),
	CASE(signals_end_it),
	CASE(a_stop_does_not_end_it),
	CASE(ppoll_lets_signals_in),
	CASE(select_tells_too),
	CASE(epoll_tells_too),
	CASE(epoll_by_edges),
	CASE(what_is_read_again_is_new),
	CASE(a_table_is_of_its_namespace_and_root),
	CASE(a_child_inherits_it),
	CASE(threads_wait_as_well),
)
