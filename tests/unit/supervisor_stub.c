/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs real programs through the loader stub under a small tracer of its own
 * and compares what they find with what they find natively: tests/lib/
 * exec_probe.c, built in several ways with the compiler of this machine; or
 * found ready-made in $EXEC_PROBES, where there is no compiler.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch/arch.h"
#include "include/auto.h"
#include "supervisor/elf.h"
#include "supervisor/planbuild.h"

#define FD_PROGRAM	20
#define FD_INTERP	21

static char dir[] = "/tmp/belljar-stub-test-XXXXXX";
static char *stub_file;

/* One way to build the probe. */
struct flavour {
	const char *name;
	const char *compile;
};

static const struct flavour flavours[] = {
	{ "pie", "${CC:-cc} -O1 -fPIE -pie" },
	{ "nopie", "${CC:-cc} -O1 -fno-pie -no-pie" },
	{ "static", "${CC:-cc} -O1 -fno-pie -no-pie -static" },
	{ "staticpie", "${CC:-cc} -O1 -fPIE -static-pie" },
	{ "execstack", "${CC:-cc} -O1 -z execstack" },
	{ "aligned", "${CC:-cc} -O1 -fPIE -static-pie "
		     "-Wl,-z,max-page-size=0x200000" },
	{ "musl", "command -v musl-gcc >/dev/null && musl-gcc -O1" },
};
#define NR_FLAVOURS (sizeof(flavours) / sizeof(flavours[0]))

/* A program to start, natively or through the stub. */
struct start {
	const char *file;	/* opened for the stub's sake */
	const char *name;	/* what execve() would get */
	char **argv;
	char **env;
	struct plan_args *args;
	unsigned long personality;
};

static uint8_t head[EXEC_HEAD_SIZE];

static void
read_image(int fd, struct elf_image *img)
{
	memset(head, 0, sizeof(head));
	ck_assert_int_ge(pread(fd, head, sizeof(head), 0), 64);
	ck_assert_int_eq(elf_read_program(fd, head, ARCH_ELF_MACHINE, img), 0);
}

static struct exec_plan *
make_plan(const struct start *s, char **interp_name)
{
	AUTO_FD fd = open(s->file, O_RDONLY | O_CLOEXEC);
	AUTO_FD ifd = -1;
	struct elf_image prog, interp;
	struct exec_plan *plan = NULL;
	const char *base = strrchr(s->name, '/');
	struct plan_input in = {
		.program = &prog, .args = s->args, .execfn = s->name,
		.comm = base ? base + 1 : s->name,
		.flags = PLAN_RANDOM_MMAP | PLAN_RANDOM_BRK,
		.random_mmap = 0x12345, .random_brk = 0x1234567,
	};

	ck_assert_int_ge(fd, 0);
	read_image(fd, &prog);
	elf_init(&interp);
	*interp_name = NULL;
	if (prog.interp) {
		*interp_name = strdup(prog.interp);
		ifd = open(prog.interp, O_RDONLY | O_CLOEXEC);
		ck_assert_int_ge(ifd, 0);
		ck_assert_int_eq(elf_read_interp(ifd, ARCH_ELF_MACHINE,
						 &interp), 0);
		in.interp = &interp;
	}
	ck_assert_int_eq(elf_read_properties(prog.interp ? ifd : fd,
					     prog.interp ? &interp : &prog),
			 0);
	ck_assert_int_eq(plan_build(&in, &plan), 0);
	plan->program.fd = FD_PROGRAM;
	plan->interp.fd = prog.interp ? FD_INTERP : -1;
	elf_fini(&prog);
	elf_fini(&interp);
	return plan;
}

static _Noreturn void
child(const struct start *s, const char *interp, const char *stub, int out)
{
	if (dup2(out, 1) < 0)
		_exit(99);
	if (s->personality)
		personality(s->personality);
	if (!stub) {
		execve(s->name, s->argv, s->env);
		_exit(98);
	}
	if (dup2(open(s->file, O_RDONLY | O_CLOEXEC), FD_PROGRAM) < 0)
		_exit(97);
	if (interp &&
	    dup2(open(interp, O_RDONLY | O_CLOEXEC), FD_INTERP) < 0)
		_exit(96);
	if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0 || raise(SIGSTOP) != 0)
		_exit(95);
	execve(stub, s->argv, s->env);
	_exit(94);
}

/* Waits until the stub asks and answers its call; then lets it run alone.
 * False: it died or never asked. */
static bool
answer_stub(pid_t pid, const struct exec_plan *plan)
{
	struct __ptrace_syscall_info info;
	struct arch_regs regs;
	uint64_t buf = 0;
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return false;
	ptrace(PTRACE_SETOPTIONS, pid, 0,
	       PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, 0, 0) < 0 ||
		    waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
			return false;
		if (WSTOPSIG(status) != (SIGTRAP | 0x80))
			continue;
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info),
			   &info) < 0)
			return false;
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
			buf = info.entry.nr == BELLJAR_MAGIC_NR &&
			      info.entry.args[0] == PLAN_OP_GET ?
			      info.entry.args[1] : 0;
			continue;
		}
		if (buf)
			break;
	}
	if (process_vm_writev(pid,
			      &(struct iovec){ (void *)plan, plan->size }, 1,
			      &(struct iovec){ (void *)(uintptr_t)buf,
					       plan->size }, 1, 0) !=
	    (ssize_t)plan->size)
		return false;
	arch_regs_read(pid, &regs);
	arch_regs_set_ret(&regs, 0);
	arch_regs_write(pid, &regs);
	return ptrace(PTRACE_DETACH, pid, 0, 0) == 0;
}

/* Starts `s`; returns its output, malloc'ed, and its wait status. */
static char *
run(const struct start *s, const struct exec_plan *plan, const char *interp,
    int *status)
{
	char *text = calloc(1, 1 << 20);
	size_t len = 0;
	int p[2];
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		child(s, interp, plan ? stub_file : NULL, p[1]);
	close(p[1]);
	if (plan && !answer_stub(pid, plan))
		kill(pid, SIGKILL);
	while ((n = read(p[0], text + len, (1 << 20) - 1 - len)) > 0)
		len += (size_t)n;
	close(p[0]);
	ck_assert_int_eq(waitpid(pid, status, 0), pid);
	return text;
}

static char *
run_stub(const struct start *s, int *status)
{
	AUTO_FREE char *interp = NULL;
	AUTO_FREE struct exec_plan *plan = make_plan(s, &interp);

	return run(s, plan, interp, status);
}

/* Says where two texts part; they must not. */
static void
expect_same(const char *native, const char *stub)
{
	const char *a = native, *b = stub;
	int line = 1;

	for (; *a && *a == *b; a++, b++)
		line += *a == '\n';
	if (*a == *b)
		return;
	while (a > native && a[-1] != '\n')
		a--, b--;
	ck_abort_msg("line %d\n native: %.*s\n stub:   %.*s", line,
		     (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"), b);
}

static void
compare(const struct start *s)
{
	AUTO_FREE char *native = NULL;
	AUTO_FREE char *stub = NULL;
	int native_status, stub_status;

	native = run(s, NULL, NULL, &native_status);
	stub = run_stub(s, &stub_status);
	ck_assert(WIFEXITED(native_status));
	ck_assert_int_eq(WEXITSTATUS(native_status), 7);
	expect_same(native, stub);
	ck_assert_int_eq(stub_status, native_status);
}

static char *
probe_path(const char *name)
{
	char *p = NULL;

	if (asprintf(&p, "%s/%s", dir, name) < 0)
		abort();
	return p;
}

/* The probe in one flavour, or NULL when this machine has not got it. */
static char *
probe(const struct flavour *f)
{
	char *file = probe_path(f->name);

	if (access(file, X_OK) == 0)
		return file;
	free(file);
	return NULL;
}

static char *argv3[] = { (char *)"probe", (char *)"one",
			 (char *)"", (char *)"three", NULL };
static char *env3[] = { (char *)"A=1", (char *)"LC_ALL=C", (char *)"B=",
			NULL };

START_TEST(program_finds_what_it_finds_natively)
{
	AUTO_FREE char *file = probe(&flavours[_i]);
	struct start s = { .file = file, .name = file, .argv = argv3,
			   .env = env3 };

	if (file)
		compare(&s);
}
END_TEST

START_TEST(addresses_are_native_without_randomisation)
{
	char *env[] = { (char *)"EXEC_PROBE_EXACT=1", NULL };
	AUTO_FREE char *file = probe(&flavours[_i]);
	AUTO_FREE char *native = NULL;
	AUTO_FREE char *stub = NULL;
	struct start s = { .file = file, .name = file, .argv = argv3,
			   .env = env, .personality = ADDR_NO_RANDOMIZE };
	int status;
	char *a, *b;

	/* The interpreter lies below the stub, other things below that: the
	 * program's own mappings and the heap are what must not move. */
	if (!file || !strcmp(flavours[_i].name, "staticpie") ||
	    !strcmp(flavours[_i].name, "aligned"))
		return;
	native = run(&s, NULL, NULL, &status);
	stub = run_stub(&s, &status);
	a = strstr(native, "\nmap ");
	b = strstr(stub, "\nmap ");
	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);
	while (a && strncmp(a, "\nmap 0x7", 8) && strncmp(a, "\nmap 0xf", 8)) {
		ck_assert_int_eq(strcspn(a + 1, "\n"), strcspn(b + 1, "\n"));
		ck_assert_mem_eq(a, b, 1 + strcspn(a + 1, "\n"));
		a = strchr(a + 1, '\n');
		b = strchr(b + 1, '\n');
	}
}
END_TEST

START_TEST(empty_environment_and_many_arguments_work)
{
	AUTO_FREE char *file = probe(&flavours[_i]);
	AUTO_FREE char **argv = calloc(20001, sizeof(*argv));
	char *env[] = { NULL };
	struct start s = { .file = file, .name = file, .argv = argv,
			   .env = env };
	int i;

	for (i = 0; i < 20000; i++)
		argv[i] = (char *)(i % 2 ? "x" : "argument");
	if (file)
		compare(&s);
}
END_TEST

/* Writes an executable script whose interpreter is `interp`. */
static char *
write_script(const char *name, const char *interp, const char *arg)
{
	char *file = probe_path(name);
	FILE *f = fopen(file, "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "#!%s%s%s\n", interp, arg ? " " : "", arg ? arg : "");
	fclose(f);
	ck_assert_int_eq(chmod(file, 0755), 0);
	return file;
}

static void
compare_script(const char *long_arg, char **argv)
{
	AUTO_FREE char *file = probe(&flavours[0]);
	AUTO_FREE char *one = NULL;
	AUTO_FREE char *two = NULL;
	struct plan_args args = { .count = 0 };
	struct start s;

	if (!file)
		return;
	one = write_script("script1", file, "-a b");
	two = write_script("script2", one, long_arg);
	plan_args_push(&args, two);
	if (long_arg)
		plan_args_push(&args, long_arg);
	plan_args_push(&args, one);
	plan_args_push(&args, "-a b");
	plan_args_push(&args, file);
	s = (struct start){ .file = file, .name = two, .argv = argv,
			    .env = env3, .args = &args };
	compare(&s);
	plan_args_fini(&args);
}

START_TEST(script_gets_the_arguments_that_the_kernel_gives)
{
	char *alone[] = { (char *)"probe", NULL };
	char longer[200];
	int i;

	memset(longer, 'z', sizeof(longer));
	longer[190] = '\0';
	/* The random gap on the stack decides what the strings overwrite. */
	for (i = 0; i < 10; i++) {
		compare_script(NULL, argv3);
		compare_script("arg", alone);
		compare_script(longer, argv3);
		compare_script(longer, alone);
	}
}
END_TEST

START_TEST(small_stack_limit_is_enough)
{
	AUTO_FREE char *file = probe(&flavours[0]);
	struct start s = { .file = file, .name = file, .argv = argv3,
			   .env = env3 };
	struct rlimit old, small;

	getrlimit(RLIMIT_STACK, &old);
	small = (struct rlimit){ 192 * 1024, old.rlim_max };
	setrlimit(RLIMIT_STACK, &small);
	if (file)
		compare(&s);
	setrlimit(RLIMIT_STACK, &old);
}
END_TEST

/* Any plan that is wrong must end in SIGSEGV, whatever is blocked. */
static void
expect_death(struct exec_plan *plan, const struct start *s)
{
	AUTO_FREE char *text = NULL;
	sigset_t all, old;
	int status;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	text = run(s, plan, NULL, &status);
	sigprocmask(SIG_SETMASK, &old, NULL);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGSEGV);
}

START_TEST(unsound_plan_kills_the_guest)
{
	AUTO_FREE char *file = probe(&flavours[2]);
	AUTO_FREE char *interp = NULL;
	AUTO_FREE struct exec_plan *good = NULL;
	struct exec_plan *bad;
	struct start s = { .file = file, .name = file, .argv = argv3,
			   .env = env3 };

	if (!file)
		return;
	good = make_plan(&s, &interp);
	bad = malloc(good->size);
#define BREAK(change)						\
	do {							\
		memcpy(bad, good, good->size);			\
		change;						\
		expect_death(bad, &s);				\
	} while (0)
	BREAK(bad->version += 1);
	BREAK(bad->flags |= PLAN_DIE);
	BREAK(bad->program.nr_segs += 1);
	BREAK(bad->program.nr_segs = 0xffffffff);
	BREAK(bad->interp.nr_segs = 0x80000000);
	BREAK(bad->prefix_len = 0xfffffff0);
	BREAK(bad->execfn_len = 0);
	BREAK(bad->prefix_count = 1);
	BREAK(bad->program.fd = 99);
#undef BREAK
	free(bad);
}
END_TEST

/* ---------------------------------------------------------------- set-up */

static void
find_stub(void)
{
	const char *build = getenv("BUILD");
	struct stat st;

	if (asprintf(&stub_file, "%s/belljar-stub",
		     build ? build : "build") < 0)
		abort();
	if (stat(stub_file, &st) < 0 || st.st_size > 6 * 1024) {
		fprintf(stderr, "%s: missing, or larger than 6 kB\n",
			stub_file);
		exit(EXIT_FAILURE);
	}
}

static void
build_probes(void)
{
	const char *ready = getenv("EXEC_PROBES");
	char command[512];
	size_t i;

	if (!mkdtemp(dir))
		exit(EXIT_FAILURE);
	for (i = 0; i < NR_FLAVOURS; i++) {
		if (ready)
			snprintf(command, sizeof(command), "cp %s/%s %s",
				 ready, flavours[i].name, dir);
		else
			snprintf(command, sizeof(command), "(%s -o %s/%s "
				 "tests/lib/exec_probe.c) 2>/dev/null",
				 flavours[i].compile, dir, flavours[i].name);
		if (system(command) != 0)
			printf("skipped: no probe of flavour %s\n",
			       flavours[i].name);
	}
}

static void
remove_probes(void)
{
	static const char *const scripts[] = { "script1", "script2" };
	char file[256];
	size_t i;

	for (i = 0; i < NR_FLAVOURS; i++) {
		snprintf(file, sizeof(file), "%s/%s", dir, flavours[i].name);
		unlink(file);
	}
	for (i = 0; i < 2; i++) {
		snprintf(file, sizeof(file), "%s/%s", dir, scripts[i]);
		unlink(file);
	}
	rmdir(dir);
}

int
main(void)
{
	Suite *s = suite_create("supervisor/stub");
	TCase *t = tcase_create("stub");
	SRunner *r = srunner_create(s);
	int failed;

	find_stub();
	build_probes();
	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, program_finds_what_it_finds_natively, 0,
			    NR_FLAVOURS);
	tcase_add_loop_test(t, addresses_are_native_without_randomisation, 0,
			    NR_FLAVOURS);
	tcase_add_loop_test(t, empty_environment_and_many_arguments_work, 0,
			    NR_FLAVOURS);
	tcase_add_test(t, script_gets_the_arguments_that_the_kernel_gives);
	tcase_add_test(t, small_stack_limit_is_enough);
	tcase_add_test(t, unsound_plan_kills_the_guest);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	remove_probes();
	free(stub_file);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
