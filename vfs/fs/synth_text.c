/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing text and lists of names.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vfs/fs/synth.h"

/* Makes room for `more` bytes and a NUL. */
static bool
text_room(struct synth_text *t, size_t more)
{
	size_t size = t->size ? t->size : 1024;
	char *s;

	if (t->err)
		return false;
	if (t->s && t->len + more < t->size)
		return true;
	while (size <= t->len + more)
		size *= 2;
	s = realloc(t->s, size);
	if (!s) {
		t->err = -ENOMEM;
		return false;
	}
	t->s = s;
	t->size = size;
	return true;
}

void
text_add(struct synth_text *t, const char *s, size_t len)
{
	if (!text_room(t, len))
		return;
	memcpy(t->s + t->len, s, len);
	t->len += len;
	t->s[t->len] = '\0';
}

void
text_fmt(struct synth_text *t, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n >= 0 && text_room(t, (size_t)n)) {
		vsnprintf(t->s + t->len, (size_t)n + 1, fmt, again);
		t->len += (size_t)n;
	}
	va_end(again);
	va_end(ap);
}

void
text_fini(struct synth_text *t)
{
	free(t->s);
	memset(t, 0, sizeof(*t));
}

void
names_add(struct synth_names *n, const char *name, mode_t type)
{
	struct synth_name *v;

	if (n->err)
		return;
	if (n->nr == n->size) {
		size_t size = n->size ? 2 * n->size : 32;

		v = reallocarray(n->v, size, sizeof(*v));
		if (!v) {
			n->err = -ENOMEM;
			return;
		}
		n->v = v;
		n->size = size;
	}
	v = &n->v[n->nr];
	v->name = strdup(name);
	v->type = type & S_IFMT;
	if (v->name)
		n->nr++;
	else
		n->err = -ENOMEM;
}

void
names_fini(struct synth_names *n)
{
	for (size_t i = 0; i < n->nr; i++)
		free(n->v[i].name);
	free(n->v);
	memset(n, 0, sizeof(*n));
}
