/* SPDX-License-Identifier: Apache-2.0 */
#include "vfs/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for `len` more bytes and the terminator. */
static bool
reserve(struct text *t, size_t len)
{
	size_t size = t->size ? t->size : 1024;
	char *s;

	if (t->len + len < t->size)
		return true;
	while (size <= t->len + len)
		size *= 2;
	s = t->failed ? NULL : realloc(t->s, size);
	if (!s) {
		t->failed = true;
		return false;
	}
	t->s = s;
	t->size = size;
	return true;
}

void
text_put_bytes(struct text *t, const char *s, size_t len)
{
	if (!reserve(t, len))
		return;
	memcpy(t->s + t->len, s, len);
	t->len += len;
	t->s[t->len] = '\0';
}

void
text_put(struct text *t, const char *s)
{
	text_put_bytes(t, s, strlen(s));
}

void
text_printf(struct text *t, const char *format, ...)
{
	char buf[256];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(buf, sizeof(buf), format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(buf))
		t->failed = true;
	else
		text_put_bytes(t, buf, (size_t)n);
}

void
text_clear(struct text *t)
{
	free(t->s);
	memset(t, 0, sizeof(*t));
}
