/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel is the oracle: each file is executed natively, and resolved by
 * exec_file.c and exec_chain.c on an export of the same tree; the errors
 * must be the same.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/creds.h"
#include "supervisor/exec_state.h"
#include "supervisor/sandbox.h"
#include "supervisor/userns.h"
#include "vfs/fs/hostfs.h"

static char dir[] = "/var/tmp/belljar-exec-test-XXXXXX";
static struct config cfg;
static struct sandbox sb = { .cfg = &cfg, .listener = -1,
	.task_lock = PTHREAD_MUTEX_INITIALIZER };
static struct task task = { .sb = &sb };
static struct vfs_ctx ctx;

/* ------------------------------------------------------------- the files */

static void
write_file(const char *name, const void *bytes, size_t len, mode_t mode)
{
	AUTO_FD fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			  0600);

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len ||
	    fchmod(fd, mode) < 0) {
		perror(name);
		exit(EXIT_FAILURE);
	}
}

static void
text(const char *name, const char *contents)
{
	write_file(name, contents, strlen(contents), 0755);
}

static char program[1 << 20];		/* some dynamic program */
static size_t program_len;

static Elf64_Phdr *
find_interp(char *file)
{
	Elf64_Ehdr *eh = (Elf64_Ehdr *)file;
	Elf64_Phdr *ph = (Elf64_Phdr *)(file + eh->e_phoff);
	int i;

	for (i = 0; i < eh->e_phnum; i++)
		if (ph[i].p_type == PT_INTERP)
			return &ph[i];
	fprintf(stderr, "/bin/true is no dynamic program\n");
	exit(EXIT_FAILURE);
}

/* A program whose interpreter is `interp`, no longer than the real one. */
static void
with_interp(const char *name, const char *interp)
{
	AUTO_FREE char *copy = malloc(program_len);
	Elf64_Phdr *ph;

	memcpy(copy, program, program_len);
	ph = find_interp(copy);
	strcpy(copy + ph->p_offset, interp);
	ph->p_filesz = ph->p_memsz = strlen(interp) + 1;
	write_file(name, copy, program_len, 0755);
}

/* A program changed in its headers by `change`. */
static void
changed(const char *name, void (*change)(Elf64_Ehdr *, Elf64_Phdr *))
{
	AUTO_FREE char *copy = malloc(program_len);

	memcpy(copy, program, program_len);
	change((Elf64_Ehdr *)copy, find_interp(copy));
	write_file(name, copy, program_len, 0755);
}

static void
no_headers(Elf64_Ehdr *eh, Elf64_Phdr *interp)
{
	(void)interp;
	eh->e_phnum = 0;
}

static void
odd_header_size(Elf64_Ehdr *eh, Elf64_Phdr *interp)
{
	(void)interp;
	eh->e_phentsize = 55;
}

static void
relocatable(Elf64_Ehdr *eh, Elf64_Phdr *interp)
{
	(void)interp;
	eh->e_type = ET_REL;
}

static void
unknown_machine(Elf64_Ehdr *eh, Elf64_Phdr *interp)
{
	(void)interp;
	eh->e_machine = EM_S390;
}

static void
interp_without_end(Elf64_Ehdr *eh, Elf64_Phdr *interp)
{
	(void)eh;
	interp->p_filesz -= 1;
}

static void
interp_beyond_file(Elf64_Ehdr *eh, Elf64_Phdr *interp)
{
	(void)eh;
	interp->p_offset = 1 << 30;
}

static void
interp_negative(Elf64_Ehdr *eh, Elf64_Phdr *interp)
{
	(void)eh;
	interp->p_offset = UINT64_MAX - 3;
}

static void
interp_too_long(Elf64_Ehdr *eh, Elf64_Phdr *interp)
{
	(void)eh;
	interp->p_filesz = 4097;
}

static void
make_chain(void)
{
	char name[16], line[32];
	int i;

	text("c0", "#!/bin/true\n");
	for (i = 1; i < 8; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		snprintf(line, sizeof(line), "#!./c%d -x\n", i - 1);
		text(name, line);
	}
	text("lost5", "#!./lost4\n");
	text("lost4", "#!./lost3\n");
	text("lost3", "#!./lost2\n");
	text("lost2", "#!./lost1\n");
	text("lost1", "#!./lost0\n");
	text("lost0", "#!./gone\n");
}

static void
make_files(void)
{
	AUTO_FD fd = open("/bin/true", O_RDONLY | O_CLOEXEC);

	program_len = (size_t)read(fd, program, sizeof(program));
	if (mkdir("dir", 0755) < 0 || mkfifo("fifo", 0755) < 0 ||
	    symlink("loop", "loop") < 0 || symlink("gone", "dangling") < 0 ||
	    symlink("/bin/true", "link") < 0 || symlink("dir", "dirlink") < 0)
		exit(EXIT_FAILURE);
	write_file("plain", program, program_len, 0644);
	write_file("ok", program, program_len, 0755);
	write_file("short63", program, 63, 0755);
	write_file("short100", program, 100, 0755);
	write_file("tiny", program, 4, 0755);
	text("empty", "");
	text("words", "some words\n");
	text("script", "#!/bin/true\n");
	text("script_arg", "#! /bin/true  -x y \n");
	text("script_cr", "#!/bin/true\r\n");
	text("script_none", "#!\n");
	text("script_nothing", "#!");
	text("script_gone", "#!/nonexistent/interpreter\n");
	text("script_dir", "#!./dir\n");
	text("script_plain", "#!./plain\n");
	text("script_words", "#!./words\n");
	text("script_self", "#!./script_self\n");
	text("script_slash", "#!/bin/true/\n");
	make_chain();
	with_interp("i_gone", "/gone");
	with_interp("i_none", "");
	with_interp("i_one", "x");
	with_interp("i_dir", "./dir");
	with_interp("i_words", "./words");
	with_interp("i_script", "./script");
	with_interp("i_empty", "./empty");
	with_interp("i_tiny", "./tiny");
	with_interp("i_short63", "./short63");
	with_interp("i_short100", "./short100");
	with_interp("i_plain", "./plain");
	with_interp("i_machine", "./machine");
	with_interp("i_headers", "./headers");
	with_interp("i_written", "./written");
	changed("machine", unknown_machine);
	changed("headers", no_headers);
	changed("hsize", odd_header_size);
	changed("rel", relocatable);
	changed("i_noend", interp_without_end);
	changed("i_beyond", interp_beyond_file);
	changed("i_negative", interp_negative);
	changed("i_long", interp_too_long);
	write_file("written", program, program_len, 0755);
	text("script_written", "#!./written\n");
}

static const char *const names[] = {
	"gone", "dir", "dir/", "dir/gone", "ok", "ok/", "ok/x", "plain",
	"fifo", "loop", "loop/x", "dangling", "link", "link/", "dirlink",
	"empty", "words", "tiny", "short63", "short100", "script",
	"script_arg", "script_cr", "script_none", "script_nothing",
	"script_gone", "script_dir", "script_plain", "script_words",
	"script_self", "script_slash", "c0", "c1", "c2", "c3", "c4", "c5",
	"c6", "c7", "lost0", "lost3", "lost4", "lost5", "i_gone", "i_none",
	"i_one", "i_dir", "i_words", "i_script", "i_empty", "i_tiny",
	"i_short63", "i_short100", "i_plain", "i_machine", "i_headers",
	"i_written", "machine", "headers", "hsize", "rel", "i_noend",
	"i_beyond", "i_negative", "i_long", "written", "script_written",
	"./dir/../ok", "/bin/true", "/bin", "/dev/null", "/",
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn",
};
#define NR_NAMES (sizeof(names) / sizeof(names[0]))

/* ------------------------------------------------------------- both sides */

/* The errno of a native exec, 0 when it worked. */
static int
native(const char *name)
{
	char *argv[] = { (char *)"x", NULL };
	int p[2], err = 0;
	pid_t pid;

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		execve(name, argv, argv + 1);
		err = errno;
		_exit(write(p[1], &err, sizeof(err)) != sizeof(err));
	}
	close(p[1]);
	if (read(p[0], &err, sizeof(err)) != sizeof(err))
		err = 0;
	close(p[0]);
	waitpid(pid, NULL, 0);
	return err;
}

static int
emulated(const char *name)
{
	struct vfs_at at = { .name = name, .flags = LOOK_FOLLOW };
	struct exec_state x = { .program = EXEC_FILE_INIT,
				.interp = EXEC_FILE_INIT };
	struct exec_file file = EXEC_FILE_INIT;
	struct exec_request rq = { .file = &file, .filename = name };
	struct call c = { .sb = &sb, .task = &task };
	int err;

	err = exec_file_open(&ctx, &at, &file);
	if (err == 0)
		err = exec_chain(&c, &ctx, &rq, &x);
	if (err == 0)
		ck_assert_ptr_nonnull(x.plan);
	exec_file_fini(&file);
	exec_file_fini(&x.program);
	exec_file_fini(&x.interp);
	free(x.plan);
	return -err;
}

START_TEST(error_is_the_kernels)
{
	int want, got;

	want = native(names[_i]);
	got = emulated(names[_i]);
	ck_assert_msg(want == got, "%s: native %s, here %s", names[_i],
		      strerror(want), strerror(got));
}
END_TEST

START_TEST(file_that_is_open_for_writing_is_etxtbsy)
{
	static const char *const busy[] = { "written", "script_written",
					    "i_written" };
	AUTO_FD fd = open("written", O_WRONLY | O_CLOEXEC);
	size_t i;

	ck_assert_int_ge(fd, 0);
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(native(busy[i]), ETXTBSY);
		ck_assert_int_eq(emulated(busy[i]), ETXTBSY);
	}
}
END_TEST

START_TEST(final_link_is_eloop_when_not_followed)
{
	struct vfs_at at = { .name = "link" };
	struct exec_file file = EXEC_FILE_INIT;

	ck_assert_int_eq(exec_file_open(&ctx, &at, &file), -ELOOP);
	at.name = "ok";
	ck_assert_int_eq(exec_file_open(&ctx, &at, &file), 0);
	exec_file_fini(&file);
}
END_TEST

/* ---------------------------------------------------------------- set-up */

static void
must(int err, const char *what)
{
	if (err >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(-err));
	exit(EXIT_FAILURE);
}

static void
make_world(void)
{
	struct hostfs_export export = { .fd = open("/", O_PATH | O_CLOEXEC) };
	struct vfs_at here = { .name = dir, .flags = LOOK_FOLLOW };
	struct mount *m;

	must(vfs_new(&sb.vfs), "vfs_new");
	must(vfs_kern_mount(sb.vfs, &hostfs_type, "/", 0, &export, &m),
	     "vfs_kern_mount");
	must(vfs_new_ns(sb.vfs, m, &sb.init_ns), "vfs_new_ns");
	close(export.fd);
	ctx = (struct vfs_ctx){ .vfs = sb.vfs, .ns = sb.init_ns,
				.uid = geteuid(), .gid = getegid() };
	mntns_root(sb.init_ns, &ctx.root);
	ctx.cwd = ctx.root;
	must(vfs_lookup(&ctx, &here, &ctx.cwd), "vfs_lookup");
	must(userns_start(&sb), "userns_start");
	must(creds_first(&sb, &task.creds), "creds_first");
}

static void
remove_world(void)
{
	char command[128];

	path_put(&ctx.cwd);
	path_put(&ctx.root);
	mntns_put(sb.init_ns);
	creds_put(task.creds);
	userns_stop(&sb);
	vfs_free(sb.vfs);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (system(command) != 0)
		perror(command);
}

int
main(void)
{
	Suite *s = suite_create("supervisor/exec");
	TCase *t = tcase_create("exec");
	SRunner *r = srunner_create(s);
	int failed;

	if (!mkdtemp(dir) || chdir(dir) < 0) {
		perror(dir);
		return EXIT_FAILURE;
	}
	make_files();
	make_world();
	suite_add_tcase(s, t);
	tcase_add_loop_test(t, error_is_the_kernels, 0, NR_NAMES);
	tcase_add_test(t, file_that_is_open_for_writing_is_etxtbsy);
	tcase_add_test(t, final_link_is_eloop_when_not_followed);
	/* The VFS reaches files through this process's /proc/PID/fd. */
	srunner_set_fork_status(r, CK_NOFORK);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	remove_world();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
