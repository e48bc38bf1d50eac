/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/guest.h"

#include <dirent.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>

static char scratch[PATH_MAX];
static const char *program;

const char *
here(void)
{
	return scratch;
}

const char *
self(void)
{
	return program;
}

static void
say_line(const char *fmt, va_list ap)
{
	char line[8192];
	int n = vsnprintf(line, sizeof(line) - 1, fmt, ap);

	if (n < 0)
		n = 0;
	if ((size_t)n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	if (write(STDOUT_FILENO, line, n) != n)
		_exit(99);
}

void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_line(fmt, ap);
	va_end(ap);
}

void
cannot(const char *fmt, ...)
{
	va_list ap;

	if (write(STDOUT_FILENO, "cannot: ", 8) != 8)
		_exit(99);
	va_start(ap, fmt);
	say_line(fmt, ap);
	va_end(ap);
	_exit(0);
}

bool
kernel_since(int major, int minor)
{
	struct utsname u;
	int a = 0, b = 0;

	uname(&u);
	sscanf(u.release, "%d.%d", &a, &b);
	return a > major || (a == major && b >= minor);
}

void
needs_kernel(int major, int minor, const char *what)
{
	if (!kernel_since(major, minor))
		cannot("%s: Linux %d.%d", what, major, minor);
}

const char *
errname(int err)
{
	const char *name = err ? strerrorname_np(err) : "0";

	return name ? name : "E?";
}

long
say_result(const char *text, long value)
{
	int err = errno;

	if (value == -1)
		say("%s = -1 %s", text, errname(err));
	else
		say("%s = %ld", text, value);
	errno = err;
	return value;
}

void
say_close(long fd)
{
	if (fd >= 0)
		close(fd);
}

long
must(const char *text, long value)
{
	if (value == -1) {
		say("set-up failed: %s: %s", text, errname(errno));
		_exit(98);
	}
	return value;
}

void *
tail_bytes(size_t n)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t room = (n + page - 1) / page * page;
	char *base = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (base == MAP_FAILED || mprotect(base + room, page, PROT_NONE)) {
		say("set-up failed: guard page: %s", errname(errno));
		_exit(98);
	}
	return base + room - n;
}

const char *
tail(const char *text)
{
	size_t n = strlen(text) + 1;

	return memcpy(tail_bytes(n), text, n);
}

void *
hole(void)
{
	static char *page;

	if (!page)
		page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return page;
}

char *
repeat(char c, size_t n)
{
	char *s = malloc(n + 1);

	if (!s)
		_exit(98);
	memset(s, c, n);
	s[n] = '\0';
	return s;
}

void
put_file(const char *path, const char *text)
{
	int fd = MUST(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));

	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
		say("set-up failed: write %s: %s", path, errname(errno));
		_exit(98);
	}
	close(fd);
}

char *
get_file(const char *path)
{
	size_t room = 1 << 16, n = 0;
	char *text = calloc(1, room + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = 0;

	if (!text)
		_exit(98);
	if (fd < 0) {
		snprintf(text, room, "(%s)", errname(errno));
		return text;
	}
	while (n < room && (got = read(fd, text + n, room - n)) > 0)
		n += got;
	if (got < 0)
		snprintf(text, room, "(%s)", errname(errno));
	else
		text[n] = '\0';
	close(fd);
	return text;
}

void
say_wait_status(const char *name, int status)
{
	if (WIFEXITED(status))
		say("%s: exit %d", name, WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		say("%s: signal SIG%s", name, sigabbrev_np(WTERMSIG(status)));
	else if (WIFSTOPPED(status))
		say("%s: stopped SIG%s", name, sigabbrev_np(WSTOPSIG(status)));
	else if (WIFCONTINUED(status))
		say("%s: continued", name);
	else
		say("%s: status %#x", name, status);
}

void
say_status(const char *name, pid_t pid)
{
	int status;
	pid_t got;

	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	if (got != pid)
		say("%s: waitpid: %s", name, errname(errno));
	else
		say_wait_status(name, status);
}

const char *
mode_text(mode_t mode)
{
	static char text[16];
	static const char types[] = "?pc?d?b?-?l?s???";
	static const char bits[] = "rwxrwxrwx";

	text[0] = types[(mode & S_IFMT) >> 12];
	for (int i = 0; i < 9; i++)
		text[1 + i] = mode & (0400 >> i) ? bits[i] : '-';
	snprintf(text + 10, sizeof(text) - 10, " %04o",
		 (unsigned)(mode & 07777));
	return text;
}

void
say_names(const char *path)
{
	struct dirent **list;
	char line[4096] = "";
	int n = scandir(path, &list, NULL, alphasort);

	if (n < 0) {
		say("names in %s: %s", path, errname(errno));
		return;
	}
	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;

		if (strcmp(name, ".") && strcmp(name, "..") &&
		    strlen(line) + strlen(name) + 2 < sizeof(line)) {
			strcat(line, " ");
			strcat(line, name);
		}
		free(list[i]);
	}
	free(list);
	say("names in %s:%s", path, line);
}

/* Runs in the child: an empty directory, default umask, a group to kill. */
static void
case_run(const struct guest_case *c)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	umask(022);
	setpgid(0, 0);
	if (mkdir(c->name, 0755) && errno != EEXIST)
		say("set-up failed: mkdir %s: %s", c->name, errname(errno));
	if (chdir(c->name) || !getcwd(scratch, sizeof(scratch))) {
		say("set-up failed: %s: %s", c->name, errname(errno));
		_exit(98);
	}
	c->run();
	_exit(0);
}

static void
case_supervise(const struct guest_case *c)
{
	const char *given = getenv("CASE_SECONDS");
	struct timespec limit = {
		.tv_sec = given ? atoi(given) : GUEST_CASE_SECONDS,
	};
	sigset_t chld, old;
	int status, left = 1;
	pid_t pid;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &old);
	say("== %s", c->name);
	pid = fork();
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		case_run(c);
	}
	if (pid < 0) {
		say("fork: %s", errname(errno));
		return;
	}
	setpgid(pid, pid);
	/* A stopped child would also raise SIGCHLD: look again until it ends. */
	while ((left = waitpid(pid, &status, WNOHANG)) == 0 &&
	       sigtimedwait(&chld, NULL, &limit) >= 0)
		;
	if (left == 0)
		left = waitpid(pid, &status, WNOHANG);
	if (left == 0) {
		kill(-pid, SIGKILL);
		waitpid(pid, &status, 0);
		say("no end after %ld s", (long)limit.tv_sec);
	} else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		say_wait_status("case", status);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static int
case_is_wanted(const struct guest_case *c, int argc, char **argv)
{
	if (argc < 2)
		return 1;
	for (int i = 1; i < argc; i++)
		if (fnmatch(argv[i], c->name, 0) == 0)
			return 1;
	return 0;
}

int
guest_main(const struct guest_case *cases, size_t n, int argc, char **argv)
{
	program = argv[0];
	if (argc > 1 && argv[1][0] == '+' && guest_child)
		return guest_child(argc - 1, argv + 1);
	for (size_t i = 0; i < n; i++)
		if (case_is_wanted(&cases[i], argc, argv))
			case_supervise(&cases[i]);
	return 0;
}
