/* SPDX-License-Identifier: Apache-2.0 */
/* Executing a program that is outside. */
#include "tests/escape/attack.h"

#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

static char *const argv_of_prog[] = { (char *)"prog", NULL };

static void
by_name(void)
{
	execve(bait("prog"), argv_of_prog, NULL);
	held();
}

static void
by_name_from_below(void)
{
	execve(from_below(bait("prog")), argv_of_prog, NULL);
	held();
}

static void
through_a_link(void)
{
	MUST(symlink(bait("prog"), "l"));
	execve("./l", argv_of_prog, NULL);
	held();
}

static void
through_proc(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/proc/%ld/cwd/prog",
		 bait_number("BAIT_PID"));
	execve(path, argv_of_prog, NULL);
	held();
}

static void
as_an_interpreter(void)
{
	char text[PATH_MAX];

	snprintf(text, sizeof(text), "#!%s\n", bait("prog"));
	put_file("s", text);
	MUST(chmod("s", 0755));
	execve("./s", argv_of_prog, NULL);
	held();
}

static void
as_an_interpreter_of_a_memory_file(void)
{
	int fd = MUST(memfd_create("s", 0));

	dprintf(fd, "#!%s\n", bait("prog"));
	syscall(SYS_execveat, fd, "", argv_of_prog, NULL, AT_EMPTY_PATH);
	held();
}

/* A copy of /bin/true whose PT_INTERP names the program outside. */
static void
as_a_dynamic_loader(void)
{
	ElfW(Ehdr) *eh;
	ElfW(Phdr) *ph;
	struct stat st;
	char *image;
	int in = MUST(open("/bin/true", O_RDONLY)), out;
	const char *prog = bait("prog");

	MUST(fstat(in, &st));
	image = calloc(1, st.st_size + PATH_MAX);
	if (!image || read(in, image, st.st_size) != st.st_size)
		cannot("/bin/true cannot be read");
	eh = (ElfW(Ehdr) *)image;
	ph = (ElfW(Phdr) *)(image + eh->e_phoff);
	for (int i = 0; i < eh->e_phnum; i++) {
		if (ph[i].p_type != PT_INTERP)
			continue;
		ph[i].p_offset = st.st_size;
		ph[i].p_filesz = strlen(prog) + 1;
		strcpy(image + st.st_size, prog);
	}
	out = MUST(open("elf", O_WRONLY | O_CREAT, 0755));
	write(out, image, st.st_size + strlen(prog) + 1);
	close(out);
	execve("./elf", argv_of_prog, NULL);
	held();
}

static char shared_path[PATH_MAX], inner_path[PATH_MAX];
static volatile int racing;

static void *
change_path_forever(void *arg)
{
	size_t n = strlen(inner_path);

	racing = 1;
	for (;;) {
		memcpy(shared_path, inner_path, n);
		memcpy(shared_path, arg, n);
	}
	return NULL;
}

static void
string_changed_during_exec(void)
{
	const char *outer = bait("prog");

	memset(inner_path, '/', sizeof(inner_path) - 1);
	strcpy(inner_path + strlen(outer) - strlen("/bin/true"), "/bin/true");
	strcpy(shared_path, inner_path);
	for (int round = 0; race_goes_on(); round++) {
		int status;

		if (fork() == 0) {
			race_against(change_path_forever, (void *)outer);
			while (!racing)
				;
			/* Not always at the same point of the copying. */
			for (volatile int k = 0; k < round * 37 % 1000; k++)
				;
			execve(shared_path, argv_of_prog, NULL);
			_exit(1);
		}
		wait(&status);
		if (status == 42 << 8)
			_exit(0);
	}
	say("held: the race was lost each time");
}

static void *
exchange_forever(void *arg)
{
	(void)arg;
	racing = 1;
	for (;;)
		syscall(SYS_renameat2, AT_FDCWD, "x", AT_FDCWD, "y", 2);
	return NULL;
}

static void
link_exchanged_during_exec(void)
{
	char cmd[PATH_MAX];

	snprintf(cmd, sizeof(cmd), "cp /bin/true x && ln -s %s y",
		 bait("prog"));
	if (system(cmd))
		cannot("no copy of /bin/true");
	while (race_goes_on()) {
		int status;

		if (fork() == 0) {
			race_against(exchange_forever, NULL);
			while (!racing)
				;
			execve("./x", argv_of_prog, NULL);
			_exit(1);
		}
		wait(&status);
		if (status == 42 << 8)
			_exit(0);
	}
	say("held: the race was lost each time");
}

static void
a_memory_file_runs_untracked(void)
{
	/* Our own program by descriptor: it may run, but in the sandbox. */
	char *argv[] = { (char *)"x", (char *)"+opens", NULL };
	extern char **environ;
	int in = MUST(open(self(), O_RDONLY)), fd = MUST(memfd_create("m", 0));

	while (sendfile(fd, in, NULL, 1 << 20) > 0)
		;
	fexecve(fd, argv, environ);
	held();
}

int
guest_child(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	verdict_of_fd(open(bait("secret"), O_RDONLY));
}

GUEST_MAIN(
	CASE(by_name),
	CASE(by_name_from_below),
	CASE(through_a_link),
	CASE(through_proc),
	CASE(as_an_interpreter),
	CASE(as_an_interpreter_of_a_memory_file),
	CASE(as_a_dynamic_loader),
	CASE(string_changed_during_exec),
	CASE(link_exchanged_during_exec),
	CASE(a_memory_file_runs_untracked),
)
