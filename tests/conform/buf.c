/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conform/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
die(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fflush(stdout);
	fputs("conform: ", stderr);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(2);
}

static void
reserve(struct buf *t, size_t more)
{
	size_t size = t->size ? t->size : 64;

	while (size - t->len <= more)
		size *= 2;
	if (size == t->size)
		return;
	t->s = realloc(t->s, size);
	if (!t->s)
		die("out of memory");
	t->size = size;
}

void
buf_add(struct buf *t, const char *s, size_t len)
{
	reserve(t, len);
	memcpy(t->s + t->len, s, len);
	t->len += len;
	t->s[t->len] = '\0';
}

void
buf_puts(struct buf *t, const char *s)
{
	buf_add(t, s, strlen(s));
}

void
buf_printf(struct buf *t, const char *format, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, ap);
	reserve(t, (size_t)n);
	vsnprintf(t->s + t->len, (size_t)n + 1, format, again);
	t->len += (size_t)n;
	va_end(again);
	va_end(ap);
}

void
buf_clear(struct buf *t)
{
	t->len = 0;
	if (t->s)
		t->s[0] = '\0';
}

void
buf_free(struct buf *t)
{
	free(t->s);
	memset(t, 0, sizeof(*t));
}

const char *
buf_str(const struct buf *t)
{
	return t->s ? t->s : "";
}

char *
string_copy(const char *s)
{
	char *copy = strdup(s);

	if (!copy)
		die("out of memory");
	return copy;
}
