/* SPDX-License-Identifier: Apache-2.0 */
/* fs_log.c - the messages of a filesystem context. */
#include "vfs/fs_log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
fs_log_init(struct fs_log *log, const char *prefix)
{
	memset(log, 0, sizeof(*log));
	log->prefix = prefix;
}

static char *
oldest(struct fs_log *log)
{
	char *msg = log->msg[log->first];

	log->msg[log->first] = NULL;
	log->first = (log->first + 1) % FS_LOG_MAX;
	log->nr--;
	return msg;
}

void
fs_log_fini(struct fs_log *log)
{
	while (log->nr)
		free(oldest(log));
}

static void __attribute__((format(printf, 4, 0)))
put(struct fs_log *log, char level, const char *prefix, const char *format,
    va_list ap)
{
	char *text, *msg;

	if (vasprintf(&text, format, ap) < 0)
		return;
	if (asprintf(&msg, "%c %s%s%s\n", level, prefix ? prefix : "",
		     prefix ? ": " : "", text) >= 0) {
		if (log->nr == FS_LOG_MAX)
			free(oldest(log));
		log->msg[(log->first + log->nr) % FS_LOG_MAX] = msg;
		log->nr++;
	}
	free(text);
}

void
fs_log_error(struct fs_log *log, const char *format, ...)
{
	va_list ap;

	if (!log)
		return;
	va_start(ap, format);
	put(log, 'e', log->prefix, format, ap);
	va_end(ap);
}

void
fs_log_warn(struct fs_log *log, const char *format, ...)
{
	va_list ap;

	if (!log)
		return;
	va_start(ap, format);
	put(log, 'w', log->prefix, format, ap);
	va_end(ap);
}

void
fs_log_plain(struct fs_log *log, const char *format, ...)
{
	va_list ap;

	if (!log)
		return;
	va_start(ap, format);
	put(log, 'e', NULL, format, ap);
	va_end(ap);
}

ssize_t
fs_log_take(struct fs_log *log, char *buf, size_t size)
{
	char *msg;
	size_t len;

	if (!log || !log->nr)
		return -ENODATA;
	msg = log->msg[log->first];
	len = strlen(msg);
	if (len > size)
		return -EMSGSIZE;
	memcpy(buf, msg, len);
	free(oldest(log));
	return (ssize_t)len;
}
