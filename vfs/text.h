/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - text that grows to the right.  For vfs/ only; one thread.
 */
#ifndef VFS_TEXT_H
#define VFS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *s;		/* owned; terminated once something was put */
	size_t len, size;
	bool failed;		/* no memory: what was put since is lost */
};

void text_put(struct text *t, const char *s);
void text_put_bytes(struct text *t, const char *s, size_t len);
void text_printf(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void text_clear(struct text *t);

#endif
