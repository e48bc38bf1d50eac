/* SPDX-License-Identifier: Apache-2.0 */
/* PLACES: host */
/* Pseudo-terminals, controlling terminals, foreground groups. */
#include "tests/lib/guest.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>

static int master;

static int
open_pair(void)
{
	char name[64];
	int slave;

	master = MUST(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
	R(grantpt(master));
	R(unlockpt(master));
	MUST(ptsname_r(master, name, sizeof(name)) ? -1 : 0);
	say("slave below /dev/pts %d", !strncmp(name, "/dev/pts/", 9));
	slave = R(open(name, O_RDWR | O_NOCTTY));
	return slave;
}

/* Read from the master until the text has come, printing nothing. */
static int
expect(const char *text)
{
	static char seen[65536];
	static size_t n;
	char *at;
	ssize_t got;

	while (!(at = memmem(seen, n, text, strlen(text)))) {
		if (n == sizeof(seen))
			n = 0;
		got = read(master, seen + n, sizeof(seen) - n);
		if (got <= 0)
			return 0;
		n += got;
	}
	/* Keep what came after it. */
	at += strlen(text);
	n -= at - seen;
	memmove(seen, at, n);
	return 1;
}

static void
a_pair_carries_lines(void)
{
	char buf[64] = "";
	int slave = open_pair();
	struct stat st;

	R(isatty(slave));
	R(isatty(master));
	R(write(master, "line\n", 5));
	R(read(slave, buf, sizeof(buf)));
	say("%s", buf);
	R(write(slave, "out\n", 4));
	say("expected %d", expect("out\r\n"));
	MUST(fstat(slave, &st));
	say("%c major %d", mode_text(st.st_mode)[0],
	    (int)(st.st_rdev >> 8 & 0xfff) == 136);
}

static void
attributes_and_size(void)
{
	struct winsize ws = { 33, 77, 0, 0 }, now = { 0 };
	struct termios t;
	int slave = open_pair();

	R(ioctl(master, TIOCSWINSZ, &ws));
	R(ioctl(slave, TIOCGWINSZ, &now));
	say("%d x %d", now.ws_row, now.ws_col);
	R(tcgetattr(slave, &t));
	t.c_lflag &= ~(ECHO | ICANON);
	R(tcsetattr(slave, TCSANOW, &t));
	R(tcgetattr(slave, &t));
	say("echo %d", !!(t.c_lflag & ECHO));
	R(tcgetattr(0, &t));
}

static void
ttyname_finds_it(void)
{
	char *name, buf[64], path[64] = "";
	int slave = open_pair();

	name = ttyname(slave);
	say("named %d", name && !strncmp(name, "/dev/pts/", 9));
	snprintf(buf, sizeof(buf), "/proc/self/fd/%d", slave);
	R(readlink(buf, path, sizeof(path) - 1) > 0);
	say("the same %d", name && !strcmp(name, path));
}

/* A child with the slave as its controlling terminal. */
static pid_t
session(int slave, const char *command)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	dup2(slave, 0);
	dup2(slave, 1);
	dup2(slave, 2);
	if (slave > 2)
		close(slave);
	setenv("HISTFILE", "", 1);
	execl("/bin/bash", "bash", "--norc", "--noprofile", "-c", command,
	      NULL);
	_exit(127);
}

static void
the_controlling_terminal_is_dev_tty(void)
{
	int slave = open_pair();
	pid_t pid = session(slave, "tty >/dev/null && echo hello >/dev/tty");

	say("expected %d", expect("hello"));
	say_status("session", pid);
	R(setsid() > 0 || errno == EPERM);
}

static void
ctrl_c_interrupts_the_foreground(void)
{
	int slave = open_pair();
	pid_t pid = session(slave, "trap 'echo trapped' INT; echo ready;"
			    " while :; do read x && echo got $x; done");

	say("ready %d", expect("ready"));
	R(write(master, "\003", 1));
	say("trapped %d", expect("trapped"));
	R(write(master, "word\n", 5));
	say("goes on %d", expect("got word"));
	kill(pid, SIGKILL);
	say_status("session", pid);
}

static void
closing_the_master_hangs_up(void)
{
	int slave = open_pair();
	pid_t pid = session(slave, "echo ready; exec cat");

	say("ready %d", expect("ready"));
	close(slave);
	close(master);
	say_status("session", pid);
}

static void
interactive_bash_controls_jobs(void)
{
	int slave = open_pair();
	pid_t pid = session(slave, "PS1='prompt$ ' exec bash --norc --noprofile -i");

	say("prompt %d", expect("prompt$ "));
	/* The quotes keep the echo of the command from looking like it. */
	R(write(master, "sh -c 'echo star\"\"ted; exec cat'\n", 33) == 33);
	/* The end of the line too, or the echo may come before it. */
	say("started %d", expect("started\r\n"));
	R(write(master, "echo-me\n", 8));
	say("echo %d", expect("echo-me\r\necho-me"));
	R(write(master, "\032", 1));
	say("stopped %d", expect("Stopped"));
	say("prompt %d", expect("prompt$ "));
	R(write(master, "jobs\n", 5));
	say("listed %d", expect("cat"));
	say("prompt %d", expect("prompt$ "));
	R(write(master, "fg\n", 3));
	say("fg %d", expect("exec cat'\r\n"));
	R(write(master, "again\n", 6));
	say("again %d", expect("again\r\nagain"));
	R(write(master, "\003", 1));
	say("prompt %d", expect("prompt$ "));
	R(write(master, "echo st=$?\n", 11));
	say("status %d", expect("st=130"));
	R(write(master, "exit 3\n", 7));
	say_status("bash", pid);
}

GUEST_MAIN(
	CASE(a_pair_carries_lines),
	CASE(attributes_and_size),
	CASE(ttyname_finds_it),
	CASE(the_controlling_terminal_is_dev_tty),
	CASE(ctrl_c_interrupts_the_foreground),
	CASE(closing_the_master_hangs_up),
	CASE(interactive_bash_controls_jobs),
)
