/* SPDX-License-Identifier: Apache-2.0 */
/* PLACES: host */
/* execve, execveat, fexecve: what the new program finds, and errors. */
#include "tests/lib/guest.h"

#include <link.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>

extern char **environ;

int
guest_child(int argc, char **argv)
{
	if (!strcmp(argv[0], "+args")) {
		for (int i = 0; i < argc; i++)
			say("arg %d: %s", i, argv[i]);
		for (char **e = environ; *e; e++)
			say("env: %s", *e);
		return 7;
	}
	if (!strcmp(argv[0], "+fds")) {
		for (int i = 0; i < 64; i++)
			if (fcntl(i, F_GETFD) >= 0)
				say("fd %d open", i);
		return 0;
	}
	if (!strcmp(argv[0], "+count")) {
		say("argc %d, last %zu", argc, strlen(argv[argc - 1]));
		return 0;
	}
	return 3;
}

/* Run in a child, so that the case goes on. */
#define IN_CHILD(...)							\
	do {								\
		pid_t pid_ = fork();					\
									\
		if (pid_ == 0) {					\
			__VA_ARGS__;					\
			_exit(111);					\
		}							\
		say_status(#__VA_ARGS__, pid_);				\
	} while (0)

static void
arguments_and_environment_arrive(void)
{
	char *argv[] = { (char *)"zero", (char *)"+args", (char *)"a b",
			 (char *)"", (char *)"c", NULL };
	char *envp[] = { (char *)"A=1", (char *)"B=", (char *)"no-equals",
			 NULL };
	char *none[] = { NULL };

	IN_CHILD(execve(self(), argv, envp));
	IN_CHILD(execve(self(), argv, none));
	IN_CHILD(execve(self(), argv, NULL));
}

static void
the_auxiliary_vector_is_sane(void)
{
	const ElfW(Phdr) *ph = (void *)getauxval(AT_PHDR);
	int loads = 0;

	say("pagesz %lu", getauxval(AT_PAGESZ));
	say("uid %d euid %d gid %d egid %d", getauxval(AT_UID) == getuid(),
	    getauxval(AT_EUID) == geteuid(), getauxval(AT_GID) == getgid(),
	    getauxval(AT_EGID) == getegid());
	say("secure %lu clktck %lu", getauxval(AT_SECURE),
	    getauxval(AT_CLKTCK));
	say("random %d", getauxval(AT_RANDOM) != 0);
	say("platform %s", (char *)getauxval(AT_PLATFORM));
	say("execfn %d", !strcmp((char *)getauxval(AT_EXECFN), self()));
	say("phent %lu", getauxval(AT_PHENT));
	for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++)
		loads += ph[i].p_type == PT_LOAD;
	say("loads %d", loads);
	say("base %d entry %d vdso %d", getauxval(AT_BASE) != 0,
	    getauxval(AT_ENTRY) != 0, getauxval(AT_SYSINFO_EHDR) != 0);
	say("stack aligned %d",
	    ((uintptr_t)__builtin_frame_address(0) & 15) == 0);
}

static void
proc_tells_the_program(void)
{
	char buf[4096] = "", *text;
	char name[16];

	MUST(readlink("/proc/self/exe", buf, sizeof(buf) - 1));
	say("exe %d", !strcmp(buf, self()));
	text = get_file("/proc/self/comm");
	say("comm %s", strtok(text, "\n"));
	text = get_file("/proc/self/cmdline");
	say("cmdline %d", !strcmp(text, self()));
	prctl(PR_GET_NAME, name);
	say("name %s", name);
	text = get_file("/proc/self/auxv");
	say("auxv %d", text[0] != '(');
	text = get_file("/proc/self/environ");
	say("environ %d", strchr(text, '=') != NULL);
}

static void
errors_of_the_path(void)
{
	char *argv[] = { (char *)"x", NULL };

	put_file("plain", "text");
	put_file("noexec", "#!/bin/sh\n");
	put_file("garbage", "\x7f" "ELFxxxxxxxxxxxxxxxx");
	put_file("empty", "");
	MUST(chmod("plain", 0755));
	MUST(chmod("garbage", 0755));
	MUST(chmod("empty", 0755));
	MUST(mkdir("d", 0755));
	MUST(symlink("loop", "loop"));
	MUST(mkfifo("p", 0755));
	R(execve("none", argv, NULL));
	R(execve("", argv, NULL));
	R(execve("plain", argv, NULL));
	R(execve("noexec", argv, NULL));
	R(execve("garbage", argv, NULL));
	R(execve("empty", argv, NULL));
	R(execve("d", argv, NULL));
	R(execve(".", argv, NULL));
	R(execve("/", argv, NULL));
	R(execve("plain/", argv, NULL));
	R(execve("plain/x", argv, NULL));
	R(execve("loop", argv, NULL));
	R(execve("p", argv, NULL));
	R(execve("/dev/null", argv, NULL));
	R(execve(repeat('a', 256), argv, NULL));
	R(execve(repeat('/', 4096), argv, NULL));
	R(execve(hole(), argv, NULL));
	R(execve(NULL, argv, NULL));
	/* Before, the arguments were counted first. */
	SINCE(6, 9, execve("none", hole(), NULL));
	R(execve(self(), hole(), NULL));
	R(execve(self(), argv, hole()));
	MUST(chmod("d", 0));
	R(execve("d/x", argv, NULL));
	MUST(chmod("d", 0755));
}

static void
errors_leave_the_process_whole(void)
{
	char *big = repeat('x', 140000);
	char *argv[] = { (char *)"x", big, NULL };
	int fd = MUST(open("/dev/null", O_RDONLY | O_CLOEXEC));

	R(execve(self(), argv, NULL));
	SINCE(6, 9, execve("/none", argv, NULL));
	R(fcntl(fd, F_GETFD));
	argv[1] = NULL;
	IN_CHILD(execve("/bin/true", argv, NULL));
}

/* Linux 5.18 and newer give it an argument; before, it gets none. */
static void
a_list_without_arguments(void)
{
	char *none[] = { NULL };

	IN_CHILD(execve("/bin/true", none, none));
}

static void
long_arguments_up_to_the_limit(void)
{
	char *page = repeat('y', 131071), *argv[12] = { (char *)"x",
		(char *)"+count" };
	char **many = calloc(20002, sizeof(char *));

	for (int i = 2; i < 11; i++)
		argv[i] = page;
	IN_CHILD(execve(self(), argv, NULL));
	many[0] = (char *)"x";
	many[1] = (char *)"+count";
	for (int i = 2; i < 20001; i++)
		many[i] = (char *)"arg";
	IN_CHILD(execve(self(), many, NULL));
}

static void
a_running_script_or_binary_may_be_removed(void)
{
	char cmd[4200];

	snprintf(cmd, sizeof(cmd), "cp %s ./copy", self());
	say("%d", system(cmd));
	IN_CHILD({
		RFD(open("copy", O_WRONLY));
		unlink("copy");
		execl("copy", "copy", NULL);
		say("%s", errname(errno));
	});
}

static void
a_program_open_for_writing_is_etxtbsy(void)
{
	char cmd[4200];
	char *argv[] = { (char *)"x", (char *)"+count", NULL };
	int fd;

	snprintf(cmd, sizeof(cmd), "cp %s ./copy", self());
	say("%d", system(cmd));
	fd = MUST(open("copy", O_WRONLY));
	R(execve("./copy", argv, NULL));
	close(fd);
	IN_CHILD(execve("./copy", argv, NULL));
}

static void
execveat_forms(void)
{
	char *argv[] = { (char *)"x", (char *)"+count", NULL };
	char cmd[4200];
	int d, f, p;

	snprintf(cmd, sizeof(cmd), "cp %s ./prog; ln -s prog link", self());
	say("%d", system(cmd));
	d = MUST(open(".", O_RDONLY | O_CLOEXEC));
	f = MUST(open("prog", O_RDONLY | O_CLOEXEC));
	p = MUST(open("prog", O_PATH));
	IN_CHILD(syscall(SYS_execveat, d, "prog", argv, NULL, 0));
	IN_CHILD(syscall(SYS_execveat, d, "link", argv, NULL, 0));
	IN_CHILD(syscall(SYS_execveat, f, "", argv, NULL, AT_EMPTY_PATH));
	IN_CHILD(syscall(SYS_execveat, p, "", argv, NULL, AT_EMPTY_PATH));
	IN_CHILD(syscall(SYS_execveat, 999, self(), argv, NULL, 0));
	IN_CHILD(fexecve(f, argv, environ));
	R(syscall(SYS_execveat, d, "link", argv, NULL, AT_SYMLINK_NOFOLLOW));
	R(syscall(SYS_execveat, d, "none", argv, NULL, 0));
	R(syscall(SYS_execveat, d, "", argv, NULL, 0));
	R(syscall(SYS_execveat, d, "", argv, NULL, AT_EMPTY_PATH));
	R(syscall(SYS_execveat, 999, "prog", argv, NULL, 0));
	R(syscall(SYS_execveat, f, "prog", argv, NULL, 0));
	R(syscall(SYS_execveat, d, "prog", argv, NULL, 0x8));
	R(syscall(SYS_execveat, d, hole(), argv, NULL, 0));
}

static void
proc_self_fd_can_be_executed(void)
{
	char *argv[] = { (char *)"x", (char *)"+count", NULL };
	char path[64];
	int fd = MUST(open(self(), O_RDONLY));

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	IN_CHILD(execve(path, argv, NULL));
	IN_CHILD(execve("/proc/self/exe", argv, NULL));
}

static void
close_on_exec_is_obeyed(void)
{
	char *argv[] = { (char *)"x", (char *)"+fds", NULL };

	MUST(dup2(0, 10));
	MUST(dup3(0, 11, O_CLOEXEC));
	MUST(dup2(0, 12));
	fcntl(12, F_SETFD, FD_CLOEXEC);
	IN_CHILD(execve(self(), argv, NULL));
}

static void
all_descriptors_may_be_closed_before(void)
{
	char *argv[] = { (char *)"x", (char *)"+fds", NULL };

	IN_CHILD({
		syscall(SYS_close_range, 3, ~0U, 0);
		execve(self(), argv, NULL);
	});
	IN_CHILD({
		for (int i = 3; i < 4096; i++)
			close(i);
		execve(self(), argv, NULL);
	});
	IN_CHILD({
		close(0);
		execve(self(), argv, NULL);
	});
	IN_CHILD({
		syscall(SYS_close_range, 0, ~0U, 0);
		execl("/bin/true", "true", NULL);
	});
}

static void
a_full_descriptor_table_still_executes(void)
{
	char *argv[] = { (char *)"x", (char *)"+count", NULL };

	IN_CHILD({
		struct rlimit rl = { 16, 16 };

		setrlimit(RLIMIT_NOFILE, &rl);
		while (open("/dev/null", O_RDONLY) >= 0)
			;
		execl("/bin/busybox", "busybox", "true", NULL);
		execve(self(), argv, NULL);
	});
	IN_CHILD({
		struct rlimit rl = { 3, 3 };

		setrlimit(RLIMIT_NOFILE, &rl);
		execve(self(), argv, NULL);
	});
}

static void *
exec_from_thread(void *arg)
{
	execve(self(), (char **)arg, NULL);
	return NULL;
}

static void *
spin_in_stat(void *arg)
{
	struct stat st;

	for (;;)
		stat((const char *)arg, &st);
	return NULL;
}

static void
a_thread_that_is_not_the_leader_may_execute(void)
{
	char *argv[] = { (char *)"x", (char *)"+count", NULL };
	int same = 0;

	for (int i = 0; i < 10; i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			pthread_t t;

			if (i)
				close(1);
			for (int j = 0; j < 3; j++)
				pthread_create(&t, NULL, spin_in_stat,
					       (void *)"/usr/lib");
			pthread_create(&t, NULL, exec_from_thread, argv);
			pause();
		}
		same += waitpid(pid, &status, 0) == pid;
	}
	say("pid kept %d of 10", same);
}

static void
vfork_and_posix_spawn(void)
{
	char *argv[] = { (char *)"x", (char *)"+args", NULL };
	pid_t pid = vfork();
	int err;

	if (pid == 0) {
		execve(self(), argv, NULL);
		_exit(1);
	}
	say_status("vfork", pid);
	pid = vfork();
	if (pid == 0) {
		execve("/none", argv, NULL);
		_exit(errno == ENOENT ? 42 : 43);
	}
	say_status("vfork and no program", pid);
	err = posix_spawn(&pid, self(), NULL, NULL, argv, NULL);
	say_status("posix_spawn", pid);
	say("posix_spawn: %d", err);
	R(posix_spawn(&pid, "/none", NULL, NULL, argv, NULL));
	R(posix_spawnp(&pid, "true", NULL, NULL, argv, environ));
	say_status("posix_spawnp", pid);
}

static void
setuid_bits_give_nothing(void)
{
	char *argv[] = { (char *)"x", (char *)"+count", NULL };
	char cmd[4200];

	snprintf(cmd, sizeof(cmd), "cp %s ./prog; chmod 6755 prog", self());
	say("%d", system(cmd));
	IN_CHILD(execve("./prog", argv, NULL));
}

static void
signal_dispositions_across_exec(void)
{
	IN_CHILD({
		execl("/bin/sh", "sh", "-c",
		      "trap '' INT; exec sh -c 'kill -INT $$; echo survived'",
		      NULL);
	});
	IN_CHILD(execl("/bin/sh", "sh", "-c", "kill -TERM $$", NULL));
}

GUEST_MAIN(
	CASE(arguments_and_environment_arrive),
	CASE(the_auxiliary_vector_is_sane),
	CASE(proc_tells_the_program),
	CASE(errors_of_the_path),
	CASE(errors_leave_the_process_whole),
	CASE(a_list_without_arguments),
	CASE(long_arguments_up_to_the_limit),
	CASE(a_running_script_or_binary_may_be_removed),
	CASE(a_program_open_for_writing_is_etxtbsy),
	CASE(execveat_forms),
	CASE(proc_self_fd_can_be_executed),
	CASE(close_on_exec_is_obeyed),
	CASE(all_descriptors_may_be_closed_before),
	CASE(a_full_descriptor_table_still_executes),
	CASE(a_thread_that_is_not_the_leader_may_execute),
	CASE(vfork_and_posix_spawn),
	CASE(setuid_bits_give_nothing),
	CASE(signal_dispositions_across_exec),
)
