/* SPDX-License-Identifier: Apache-2.0 */
/* PLACES: host */
/* Programs that start with "#!". */
#include "tests/lib/guest.h"

int
guest_child(int argc, char **argv)
{
	char *line = get_file("/proc/self/cmdline");

	for (int i = 0; i < argc; i++)
		say("arg %d: %s", i, argv[i]);
	for (size_t i = 0; i < 4096 && (line[i] || line[i + 1]); i++)
		if (!line[i])
			line[i] = '|';
	/* The interpreter's path is the build's: leave it out. */
	say("cmdline: %s", strchr(line, '|'));
	line = get_file("/proc/self/comm");
	say("comm: %s", strtok(line, "\n"));
	return 5;
}

static void
script(const char *path, const char *text)
{
	put_file(path, text);
	MUST(chmod(path, 0755));
}

static void
run(const char *path)
{
	char *argv[] = { (char *)"zero", (char *)"one", (char *)"two", NULL };
	char *envp[] = { (char *)"PATH=/usr/bin:/bin", NULL };
	pid_t pid = fork();

	if (pid == 0) {
		execve(path, argv, envp);
		say("%s: %s", path, errname(errno));
		_exit(9);
	}
	say_status(path, pid);
}

static void
the_interpreter_gets_the_script(void)
{
	char line[5000];

	script("s", "#!/bin/sh\necho \"$0\" \"$@\"; exit 3\n");
	run("./s");
	run("s");
	snprintf(line, sizeof(line), "#!%s +child\n", self());
	script("t", line);
	run("./t");
	snprintf(line, sizeof(line), "%s/t", here());
	if (chdir("/"))
		return;
	pid_t pid = fork();

	if (pid == 0) {
		execl(line, "zero", NULL);
		_exit(9);
	}
	say("absolute");
	int status;

	waitpid(pid, &status, 0);
	say_wait_status("absolute", status);
}

static void
one_optional_argument(void)
{
	char line[5000];

	snprintf(line, sizeof(line), "#! \t%s  +a b  c \t \nrest\n", self());
	script("s", line);
	run("./s");
	script("e", "#!/bin/sh -e\nfalse\necho not reached\n");
	run("./e");
	script("env", "#!/usr/bin/env -S sh -c\n");
	script("env2", "#!/usr/bin/env sh\necho \"env: $0 $*\"\n");
	run("./env2");
}

static void
interpreters_nest(void)
{
	char line[5000];

	snprintf(line, sizeof(line), "#!%s +child\n", self());
	script("1", line);
	script("2", "#!./1 x\n");
	script("3", "#!./2\n");
	script("4", "#!./3 y z\n");
	script("5", "#!./4\n");
	script("6", "#!./5\n");
	run("./1");
	run("./2");
	run("./3");
	run("./4");
	run("./5");
	run("./6");
}

static void
bad_lines_are_refused(void)
{
	char line[400];

	script("none", "#!/no/such/interpreter\n");
	script("dir", "#!/usr\n");
	script("blank", "#!\n");
	script("spaces", "#!   \n");
	script("bare", "#!");
	script("plain", "#!/etc/passwd\n");
	script("self", "#!./self\n");
	script("cr", "#!/bin/sh\r\necho x\n");
	script("nonl", "#!/bin/true");
	memset(line, 'x', sizeof(line));
	memcpy(line, "#!/", 3);
	line[399] = '\0';
	script("long", line);
	memset(line + 12, ' ', 300);
	memcpy(line, "#!/bin/true ", 12);
	script("padded", line);
	run("./none");
	run("./dir");
	run("./blank");
	run("./spaces");
	run("./bare");
	run("./plain");
	run("./self");
	run("./cr");
	run("./nonl");
	run("./long");
	run("./padded");
}

static void
unreadable_scripts(void)
{
	script("s", "#!/bin/sh\necho read\n");
	MUST(chmod("s", 0555));
	run("./s");
	MUST(chmod("s", 0444));
	run("./s");
}

static void
a_relative_interpreter_is_relative_to_cwd(void)
{
	MUST(mkdir("d", 0755));
	script("d/i", "#!/bin/sh\necho interpreter \"$@\"\n");
	script("d/s", "#!d/i\n");
	run("d/s");
	MUST(chdir("d"));
	run("./s");
	MUST(symlink("/bin/sh", "sh"));
	script("t", "#!sh\necho through a link\n");
	run("./t");
}

static void
execvp_falls_back_to_the_shell(void)
{
	char *argv[] = { (char *)"./s", (char *)"x", NULL };
	pid_t pid;

	script("s", "echo no line: $0 $1\n");
	run("./s");
	pid = fork();
	if (pid == 0) {
		execvp("./s", argv);
		_exit(9);
	}
	say_status("execvp", pid);
}

static void
scripts_by_descriptor(void)
{
	char *argv[] = { (char *)"zero", NULL };
	int fd;
	pid_t pid;

	script("s", "#!/bin/sh\necho \"$0\"\n");
	fd = MUST(open("s", O_RDONLY));
	pid = fork();
	if (pid == 0) {
		syscall(SYS_execveat, fd, "", argv, NULL, AT_EMPTY_PATH);
		_exit(9);
	}
	say_status("open descriptor", pid);
	fd = MUST(open("s", O_RDONLY | O_CLOEXEC));
	R(syscall(SYS_execveat, fd, "", argv, NULL, AT_EMPTY_PATH));
}

GUEST_MAIN(
	CASE(the_interpreter_gets_the_script),
	CASE(one_optional_argument),
	CASE(interpreters_nest),
	CASE(bad_lines_are_refused),
	CASE(unreadable_scripts),
	CASE(a_relative_interpreter_is_relative_to_cwd),
	CASE(execvp_falls_back_to_the_shell),
	CASE(scripts_by_descriptor),
)
