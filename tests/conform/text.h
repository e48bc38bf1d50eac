/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - a string that grows.  Ends the program when memory runs out.
 */
#ifndef TESTS_CONFORM_TEXT_H
#define TESTS_CONFORM_TEXT_H

#include <stddef.h>

struct text {
	char *s;		/* terminated; NULL as long as nothing was added */
	size_t len, size;
};

void text_add(struct text *t, const char *s, size_t len);
void text_puts(struct text *t, const char *s);
void text_printf(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void text_clear(struct text *t);
void text_free(struct text *t);
/* Never NULL. */
const char *text_str(const struct text *t);

/* strdup() that cannot fail. */
char *text_copy(const char *s);

/* A complaint to standard error, then exit(2): set-up trouble. */
void die(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

#endif
