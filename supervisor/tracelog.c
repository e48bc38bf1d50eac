/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/tracelog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/config.h"
#include "supervisor/dispatch.h"
#include "supervisor/log.h"
#include "supervisor/task.h"

#define LINE 1024
#define PATH_SHOWN 200

static int out_fd = STDERR_FILENO;

int
tracelog_open(const struct config *cfg)
{
	int fd;

	if (!cfg->trace || !cfg->trace_file)
		return 0;
	fd = open(cfg->trace_file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND |
		  O_CLOEXEC, 0600);
	if (fd < 0) {
		int err = -errno;

		log_error("--trace, on %s: %s", cfg->trace_file,
			  log_errno(err));
		return err;
	}
	out_fd = fd;
	return 0;
}

/* A line being written; what does not fit is cut. */
struct line {
	char s[LINE];
	size_t len;
};

static void __attribute__((format(printf, 2, 3)))
add(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->s + l->len, sizeof(l->s) - l->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		l->len += (size_t)n;
	if (l->len >= sizeof(l->s))
		l->len = sizeof(l->s) - 1;
}

/* Quoted, with everything unprintable escaped: a terminal reads this. */
static void
add_path(struct line *l, const char *s)
{
	size_t n = 0;

	add(l, "\"");
	for (; *s && n < PATH_SHOWN; s++, n++) {
		if (*s == '"' || *s == '\\')
			add(l, "\\%c", *s);
		else if (*s >= ' ' && *s <= '~')
			add(l, "%c", *s);
		else
			add(l, "\\%03o", (unsigned char)*s);
	}
	add(l, *s ? "\"..." : "\"");
}

static void
add_arg(struct line *l, struct call *c, enum sc_role role, uint64_t v,
	int *slot)
{
	switch (role) {
	case ROLE_PATH:
		if (v && *slot < 2)
			add_path(l, c->path[(*slot)++]);
		else
			add(l, v ? "..." : "NULL");
		return;
	case ROLE_DIRFD:
		if ((int)v == AT_FDCWD)
			add(l, "AT_FDCWD");
		else
			add(l, "%d", (int)v);
		return;
	case ROLE_FD:
	case ROLE_INT:
	case ROLE_PID:
	case ROLE_SIG:
	case ROLE_UID:
	case ROLE_GID:
		add(l, "%d", (int)v);
		return;
	case ROLE_MODE:
		add(l, "%#o", (unsigned int)v);
		return;
	default:
		add(l, v < 10 ? "%llu" : "%#llx", (unsigned long long)v);
		return;
	}
}

static void
add_host_path(struct line *l, int fd)
{
	char link[32], path[PATH_SHOWN + 1];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return;
	path[n] = '\0';
	add(l, " on the host ");
	add_path(l, path);
}

static void
add_result(struct line *l, struct call *c, int ret)
{
	if (ret != REPLY_SPECIAL) {
		if (ret < 0)
			add(l, " = -1 %s", strerrorname_np(-ret) ?
			    strerrorname_np(-ret) : "?");
		else
			add(l, " = %d", ret);
		return;
	}
	switch (c->reply.kind) {
	case REPLY_FD:
		add(l, " = a descriptor");
		add_host_path(l, c->reply.fd);
		return;
	case REPLY_NATIVE:
		add(l, " = as the kernel says");
		return;
	case REPLY_REWRITE:
		add(l, " = rewritten");
		return;
	case REPLY_DEFER:
		add(l, " = may wait");
		return;
	case REPLY_NONE:
	case REPLY_VALUE:
		add(l, " = no answer");
		return;
	}
}

void
tracelog_call(struct call *c, int ret)
{
	enum sc_role role[SC_ARGS];
	unsigned int n = sc_roles(c->rq.sc, role);
	struct line l = { .len = 0 };
	int slot = 0;

	add(&l, "[%d] %s(", c->task->tid, sc_name(c->rq.sc));
	for (unsigned int i = 0; i < n; i++) {
		if (i)
			add(&l, ", ");
		add_arg(&l, c, role[i], c->rq.arg[i], &slot);
	}
	add(&l, ")");
	add_result(&l, c, ret);
	l.s[l.len < LINE - 1 ? l.len : LINE - 2] = '\n';
	if (write(out_fd, l.s, l.len < LINE - 1 ? l.len + 1 : LINE - 1) < 0)
		return;
}
