/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conform/target.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "include/auto.h"
#include "tests/conform/executor.h"
#include "tests/conform/script.h"

#define MAX_ARGS 64

/* ------------------------------------------------------------- run here */

static int
write_file(const char *path, const char *s)
{
	AUTO_FD fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, s, strlen(s)) < 0)
		return -errno;
	return 0;
}

/* Who is not root becomes root of a user namespace. */
static int
become_root(void)
{
	struct buf map = { 0 };
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int err;

	if (uid == 0)
		return 0;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -errno;
	write_file("/proc/self/setgroups", "deny");
	buf_printf(&map, "0 %u 1", uid);
	err = write_file("/proc/self/uid_map", map.s);
	buf_clear(&map);
	buf_printf(&map, "0 %u 1", gid);
	if (!err)
		err = write_file("/proc/self/gid_map", map.s);
	buf_free(&map);
	return err;
}

/* Has every id a name here, as in the initial user namespace? */
static bool
all_ids_have_names(void)
{
	AUTO_FILE FILE *f = fopen("/proc/self/uid_map", "re");
	unsigned long first, lower, count;

	return !f || fscanf(f, "%lu %lu %lu", &first, &lower, &count) != 3 ||
	    count == UINT32_MAX;
}

/* What root of a sandbox lacks as root of any user namespace does. */
static bool
lacks(const struct vcase *c, struct buf *why)
{
	if (!case_needs(c, "devices") && !case_needs(c, "ids"))
		return false;
	if (all_ids_have_names())
		return false;
	buf_printf(why, "needs root outside of a user namespace: %s",
		   case_needs(c, "ids") ? "ids that have no name here" :
		   "device files");
	return true;
}

int
target_run_here(enum target_kind kind, const struct vcase *c,
		const struct run_options *o)
{
	struct executor_setup setup = {
		.pivot = c->pivot, .no_unshare = o->no_unshare,
		.scratch = o->scratch,
	};
	struct script s = {
		.c = c, .verbose = o->verbose, .record = o->record,
		.any_device = o->any_device,
	};
	struct buf why = { 0 };
	int err = kind == TARGET_SANDBOX ? 0 : become_root();

	if (kind == TARGET_SANDBOX && lacks(c, &why)) {
		printf("%s\n", buf_str(&why));
		fflush(stdout);
		buf_free(&why);
		return EXIT_NEEDS;
	}
	if (err < 0)
		buf_printf(&why, "not root, and no user namespace: %s",
			    strerror(-err));
	else if (kind == TARGET_CORE)
		s.x = executor_core(&setup, &why);
	else
		s.x = executor_kernel(&setup, &why);
	if (!s.x) {
		printf("%s\n", buf_str(&why));
		fflush(stdout);
		buf_free(&why);
		return EXIT_CANNOT;
	}
	script_run(&s);
	s.x->ops->end(s.x);
	fflush(stdout);
	return s.failures ? 1 : 0;
}

/* -------------------------------------------------------- run elsewhere */

/* Is the kernel new enough for "k6.15"? */
static bool
kernel_is(const char *word)
{
	int want_major, want_minor, major, minor;
	struct utsname u;

	if (sscanf(word, "k%d.%d", &want_major, &want_minor) != 2 ||
	    uname(&u) < 0 ||
	    sscanf(u.release, "%d.%d", &major, &minor) != 2)
		return true;
	return major > want_major ||
		(major == want_major && minor >= want_minor);
}

static bool
is_out_of_reach(const struct target *t, const struct vcase *c,
		struct buf *why)
{
	AUTO_FREE char *needs = string_copy(c->needs);
	char *next = needs, *word;

	if (t->kind != TARGET_NATIVE)
		return false;
	if (case_needs(c, "root") && geteuid() != 0)
		buf_puts(why, "needs root outside of a user namespace");
	while (!why->len && (word = strsep(&next, " ")))
		if (!kernel_is(word))
			buf_printf(why, "needs Linux %s", word + 1);
	return why->len > 0;
}

static int
case_memory(const struct vcase *c)
{
	int fd = memfd_create("case", 0);
	FILE *f = fd < 0 ? NULL : fdopen(dup(fd), "w");

	if (!f)
		die("memfd_create: %s", strerror(errno));
	case_write(c, f);
	fclose(f);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static void
exec_sandbox(const struct target *t, const struct vcase *c,
	     const struct run_options *o)
{
	char *next = string_copy(t->command), *word, *argv[MAX_ARGS];
	int n = 0, fd = case_memory(c);

	while ((word = strsep(&next, " ")) && n < MAX_ARGS - 10) {
		if (!strcmp(word, "@RUNNER@"))
			argv[n++] = string_copy(o->runner);
		else if (*word)
			argv[n++] = word;
	}
	argv[n++] = string_copy(o->runner);
	argv[n++] = string_copy("--case");
	argv[n++] = string_copy("--scratch");
	argv[n++] = string_copy(o->scratch);
	if (o->verbose)
		argv[n++] = string_copy("--verbose");
	if (o->record)
		argv[n++] = string_copy("--record");
	if (o->any_device)
		argv[n++] = string_copy("--any-device");
	if (o->no_unshare)
		argv[n++] = string_copy("--no-unshare");
	argv[n] = NULL;
	if (dup2(fd, 0) < 0)
		_exit(2);
	execvp(argv[0], argv);
	printf("    %s: %s\n", argv[0], strerror(errno));
	fflush(stdout);
	_exit(2);
}

static long
milliseconds_left(const struct timespec *end)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (end->tv_sec - now.tv_sec) * 1000 +
		(end->tv_nsec - now.tv_nsec) / 1000000;
}

/* Everything that comes until the end; false: it took too long. */
static bool
collect(int fd, int limit, struct buf *out)
{
	struct timespec end;
	char chunk[16384];
	ssize_t n;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += limit;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		long left = milliseconds_left(&end);

		if (left <= 0)
			return false;
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = read(fd, chunk, sizeof(chunk));
		if (n <= 0)
			return true;
		buf_add(out, chunk, (size_t)n);
	}
}

static void
child(const struct target *t, const struct vcase *c,
      const struct run_options *o, int out)
{
	setpgid(0, 0);
	if (dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(2);
	if (t->kind == TARGET_SANDBOX)
		exec_sandbox(t, c, o);
	_exit(target_run_here(t->kind, c, o));
}

static void
judge(const struct target *t, int status, bool in_time, struct outcome *out)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	out->verdict = FAILED;
	if (!in_time) {
		buf_puts(&out->text, "    no end within the time limit\n");
	} else if (code == 0) {
		out->verdict = PASSED;
	} else if (code == EXIT_CANNOT && t->kind != TARGET_SANDBOX) {
		out->verdict = SKIPPED;
		out->cannot = true;
		if (out->text.len)
			out->text.s[--out->text.len] = '\0';
	} else if (code == EXIT_NEEDS && t->kind == TARGET_SANDBOX) {
		out->verdict = SKIPPED;
		if (out->text.len)
			out->text.s[--out->text.len] = '\0';
	} else if (code < 0) {
		buf_printf(&out->text, "    ended by signal %d\n",
			    WTERMSIG(status));
	} else if (code != 1) {
		buf_printf(&out->text, "    exit status %d\n", code);
	}
}

void
target_run(const struct target *t, const struct vcase *c,
	   const struct run_options *o, struct outcome *out)
{
	bool in_time;
	int ends[2], status;
	pid_t pid;

	memset(out, 0, sizeof(*out));
	if (is_out_of_reach(t, c, &out->text)) {
		out->verdict = SKIPPED;
		return;
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe: %s", strerror(errno));
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid)
		child(t, c, o, ends[1]);
	close(ends[1]);
	in_time = collect(ends[0], o->limit, &out->text);
	if (!in_time)
		kill(-pid, SIGKILL);
	close(ends[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	judge(t, status, in_time, out);
}
