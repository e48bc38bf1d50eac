/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

static int log_verbosity;

void
log_set_verbosity(int verbosity)
{
	log_verbosity = verbosity;
}

int
log_enabled(enum log_level level)
{
	return level <= LOG_WARN || (int)level - LOG_WARN <= log_verbosity;
}

__attribute__((format(printf, 2, 0))) static void
log_line(enum log_level level, const char *fmt, va_list ap)
{
	char line[LINE_MAX_BYTES];
	int saved = errno;
	int room = sizeof(line) - 1;
	int len, n;

	if (!log_enabled(level))
		return;
	len = snprintf(line, room, "belljar: %s",
		level == LOG_WARN ? "warning: " : "");
	n = vsnprintf(line + len, room - len, fmt, ap);
	if (n < 0)
		n = 0;
	len = n < room - len ? len + n : room - 1;
	line[len++] = '\n';

	do {
		n = write(STDERR_FILENO, line, len);
	} while (n < 0 && errno == EINTR);
	errno = saved;
}

#define LOG_BODY(level)                      \
	do {                                 \
		va_list ap;                  \
		va_start(ap, fmt);           \
		log_line((level), fmt, ap);  \
		va_end(ap);                  \
	} while (0)

void
log_error(const char *fmt, ...)
{
	LOG_BODY(LOG_ERROR);
}

void
log_warn(const char *fmt, ...)
{
	LOG_BODY(LOG_WARN);
}

void
log_info(const char *fmt, ...)
{
	LOG_BODY(LOG_INFO);
}

void
log_debug(const char *fmt, ...)
{
	LOG_BODY(LOG_DEBUG);
}

void
log_fatal(const char *fmt, ...)
{
	LOG_BODY(LOG_ERROR);
	_exit(LOG_EXIT_FAILURE);
}

const char *
log_errno(int err)
{
	const char *text = strerrordesc_np(err < 0 ? -err : err);

	return text ? text : "unknown error";
}
