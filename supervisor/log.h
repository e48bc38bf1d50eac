/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - what belljar says to the person who started it, on stderr.
 *
 * Every message is one line and one write(2), so that lines of several
 * threads never mix; nothing is allocated and errno is left as it was.  The
 * form of an error is
 *
 *	what was tried, on what: why.  What to do
 *
 * and the prefix "belljar: " is added here.  Any thread, also between fork
 * and exec.  vfs/ and arch/ do not log.
 */
#ifndef SUPERVISOR_LOG_H
#define SUPERVISOR_LOG_H

#include <stdarg.h>

enum log_level {
	LOG_ERROR,		/* always shown */
	LOG_WARN,		/* always shown */
	LOG_INFO,		/* -v */
	LOG_DEBUG,		/* -vv */
};

/* Exit status of belljar's own failures. */
#define LOG_EXIT_FAILURE 125

/* How talkative: 0 warnings, 1 (-v) LOG_INFO, 2 (-vv) LOG_DEBUG. */
void log_set_verbosity(int verbosity);

/* True when a message of that level would be shown. */
int log_enabled(enum log_level level);

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Says why and ends the whole process with LOG_EXIT_FAILURE, without running
 * atexit handlers.  The kernel kills the guests (PTRACE_O_EXITKILL). */
void log_fatal(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), noreturn));

/* The text of `err`, which may be an errno or a -errno; a static string. */
const char *log_errno(int err);

#endif
