/* SPDX-License-Identifier: Apache-2.0 */
/* Opens that block: FIFOs, with and without signals. */
#include "tests/lib/guest.h"

#include <pthread.h>
#include <signal.h>
#include <poll.h>

static int told = -1;

static void
on_signal(int sig)
{
	(void)sig;
	if (told >= 0)
		write(told, "s", 1);
}

static void
handle(int flags)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = flags };

	MUST(sigaction(SIGALRM, &sa, NULL));
}

static void
nonblocking_opens(void)
{
	MUST(mkfifo("p", 0644));
	RFD(open("p", O_WRONLY | O_NONBLOCK));
	RFD(open("p", O_RDONLY | O_NONBLOCK));
	int r = R(open("p", O_RDONLY | O_NONBLOCK));
	int w = R(open("p", O_WRONLY | O_NONBLOCK));

	R(write(w, "x", 1));
	close(r);
	signal(SIGPIPE, SIG_IGN);
	R(write(w, "x", 1));
}

static void
reader_and_writer_meet(void)
{
	char buf[16] = "";
	pid_t pid;
	int fd;

	MUST(mkfifo("p", 0644));
	pid = fork();
	if (pid == 0) {
		int w = open("p", O_WRONLY);

		write(w, "through", 7);
		_exit(fcntl(w, F_GETFL) & O_NONBLOCK ? 1 : 0);
	}
	fd = R(open("p", O_RDONLY));
	R(read(fd, buf, sizeof(buf)));
	say("%s", buf);
	R(read(fd, buf, sizeof(buf)));
	say_status("writer", pid);
}

/* Another route to the supervisor. */
static long
open2(const char *path, int flags)
{
	struct { uint64_t flags, mode, resolve; } how = {
		.flags = (uint64_t)flags };

	return syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

static void
a_blocked_openat2_is_interrupted(void)
{
	MUST(mkfifo("p", 0644));
	handle(0);
	alarm(1);
	RFD(open2("p", O_RDONLY));
	alarm(1);
	RFD(open2("p", O_WRONLY));
	RFD(open2("p", O_WRONLY | O_NONBLOCK));
}

static void
a_blocked_openat2_restarts(void)
{
	int p[2];
	pid_t pid;
	char c;

	MUST(mkfifo("p", 0644));
	MUST(pipe(p));
	told = p[1];
	handle(SA_RESTART);
	alarm(1);
	pid = fork();
	if (pid == 0) {
		read(p[0], &c, 1);
		_exit(open2("p", O_WRONLY) < 0);
	}
	R(open2("p", O_RDONLY));
	say_status("writer", pid);
}

static void
a_blocked_open_is_interrupted(void)
{
	MUST(mkfifo("p", 0644));
	handle(0);
	alarm(1);
	RFD(open("p", O_RDONLY));
	alarm(1);
	RFD(open("p", O_WRONLY));
	/* Nothing of the two is left behind. */
	RFD(open("p", O_WRONLY | O_NONBLOCK));
}

static void
a_blocked_open_restarts(void)
{
	int fd, p[2];
	pid_t pid;
	char c;

	MUST(mkfifo("p", 0644));
	MUST(pipe(p));
	told = p[1];
	handle(SA_RESTART);
	alarm(1);
	pid = fork();
	if (pid == 0) {
		/* Only once the handler has run does the open go on. */
		read(p[0], &c, 1);
		fd = open("p", O_WRONLY);
		_exit(fd < 0);
	}
	fd = R(open("p", O_RDONLY));
	say_status("writer", pid);
}

static void
a_blocked_open_is_killed(void)
{
	int p[2];
	char c;
	pid_t pid;

	MUST(mkfifo("p", 0644));
	MUST(pipe(p));
	pid = fork();
	if (pid == 0) {
		write(p[1], "r", 1);
		open("p", O_RDONLY);
		_exit(0);
	}
	read(p[0], &c, 1);
	R(kill(pid, SIGKILL));
	say_status("opener", pid);
	RFD(open("p", O_WRONLY | O_NONBLOCK));
}

static void *
opener(void *arg)
{
	int fd = open((const char *)arg, O_WRONLY);

	write(fd, "x", 1);
	close(fd);
	return NULL;
}

static void
other_threads_go_on(void)
{
	char name[16], c;
	pthread_t t[8];
	struct stat st;
	int bad = 0;

	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		MUST(mkfifo(name, 0644));
		pthread_create(&t[i], NULL, opener, strdup(name));
	}
	for (int i = 0; i < 1000; i++)
		bad += stat("/usr/lib", &st) != 0;
	say("bad stats while eight opens wait: %d", bad);
	for (int i = 7; i >= 0; i--) {
		snprintf(name, sizeof(name), "p%d", i);
		int fd = open(name, O_RDONLY);

		bad += read(fd, &c, 1) != 1;
		close(fd);
		pthread_join(t[i], NULL);
	}
	say("bad %d", bad);
}

static void
a_stopped_opener_continues(void)
{
	int status, fd;
	pid_t pid;

	MUST(mkfifo("p", 0644));
	pid = fork();
	if (pid == 0) {
		fd = open("p", O_WRONLY);
		_exit(fd < 0 ? errno : 0);
	}
	R(kill(pid, SIGSTOP));
	MUST(waitpid(pid, &status, WUNTRACED));
	say_wait_status("opener", status);
	R(kill(pid, SIGCONT));
	fd = R(open("p", O_RDONLY));
	say_status("opener", pid);
}

static void
fifos_opened_by_proc_fd(void)
{
	char path[64];
	int r;

	MUST(mkfifo("p", 0644));
	r = MUST(open("p", O_RDONLY | O_NONBLOCK));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", r);
	RFD(open(path, O_WRONLY));
	RFD(open(path, O_RDWR));
}

GUEST_MAIN(
	CASE(nonblocking_opens),
	CASE(reader_and_writer_meet),
	CASE(a_blocked_openat2_is_interrupted),
	CASE(a_blocked_openat2_restarts),
	CASE(a_blocked_open_is_interrupted),
	CASE(a_blocked_open_restarts),
	CASE(a_blocked_open_is_killed),
	CASE(other_threads_go_on),
	CASE(a_stopped_opener_continues),
	CASE(fifos_opened_by_proc_fd),
)
