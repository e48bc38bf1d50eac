/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ptydrive SCRIPT COMMAND [ARGS]: run a command on a new terminal and talk to
 * it as SCRIPT says, one step a line:
 *
 *	expect TEXT	read until the text has come (prints "ok TEXT")
 *	send TEXT	type it; \n, \t, \\ and ^C, ^Z, ^D, ^\ are understood
 *	hangup		close the terminal
 *	end		wait for the command and print its status
 *
 * Prints only what the script asked for, so that two runs can be compared.
 * BUILD: -lutil
 */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int master;
static pid_t child;
static char seen[1 << 16];
static size_t fill;

static int
expect(const char *text)
{
	char *at;
	ssize_t got;

	while (!(at = memmem(seen, fill, text, strlen(text)))) {
		if (fill == sizeof(seen))
			fill = 0;
		got = read(master, seen + fill, sizeof(seen) - fill);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			printf("end of output before: %s\n%.*s\n", text,
			       (int)fill, seen);
			return -1;
		}
		fill += got;
	}
	printf("ok %s\n", text);
	at += strlen(text);
	fill -= at - seen;
	memmove(seen, at, fill);
	return 0;
}

/* Undo the escapes in place. Returns the length. */
static size_t
unescape(char *text)
{
	char *in = text, *out = text;

	while (*in) {
		if (in[0] == '\\' && in[1]) {
			*out++ = in[1] == 'n' ? '\n' : in[1] == 't' ? '\t' :
				 in[1];
			in += 2;
		} else if (in[0] == '^' && in[1] >= '@' && in[1] <= '_') {
			*out++ = in[1] - '@';
			in += 2;
		} else {
			*out++ = *in++;
		}
	}
	return out - text;
}

static void
finish(void)
{
	int status;

	/* A last reader, so that the command's last words find room. */
	while (master >= 0 && read(master, seen, sizeof(seen)) > 0)
		;
	if (waitpid(child, &status, 0) != child)
		printf("waitpid: %s\n", strerror(errno));
	else if (WIFSIGNALED(status))
		/* As a shell, and a sandbox, says it. */
		printf("exit %d\n", 128 + WTERMSIG(status));
	else
		printf("exit %d\n", WEXITSTATUS(status));
}

static int
step(char *line)
{
	size_t n;

	line[strcspn(line, "\n")] = '\0';
	if (!strncmp(line, "expect ", 7))
		return expect(line + 7);
	if (!strncmp(line, "send ", 5)) {
		n = unescape(line + 5);
		return write(master, line + 5, n) == (ssize_t)n ? 0 : -1;
	}
	if (!strcmp(line, "hangup")) {
		close(master);
		master = -1;
		return 0;
	}
	if (!strcmp(line, "end")) {
		finish();
		return 0;
	}
	return line[0] && line[0] != '#' ? -1 : 0;
}

int
main(int argc, char **argv)
{
	struct winsize ws = { 24, 80, 0, 0 };
	FILE *script = argc > 2 ? fopen(argv[1], "re") : NULL;
	char line[512];

	if (!script) {
		fprintf(stderr, "usage: ptydrive SCRIPT COMMAND [ARGS]\n");
		return 125;
	}
	child = forkpty(&master, NULL, NULL, &ws);
	if (child < 0) {
		perror("forkpty");
		return 125;
	}
	if (child == 0) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	fcntl(master, F_SETFD, FD_CLOEXEC);
	setlinebuf(stdout);
	while (fgets(line, sizeof(line), script)) {
		if (step(line)) {
			printf("failed at: %s\n", line);
			return 1;
		}
	}
	return 0;
}
