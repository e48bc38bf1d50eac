/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.h - a string that grows.  Ends the program when memory runs out.
 */
#ifndef TESTS_CONFORM_BUF_H
#define TESTS_CONFORM_BUF_H

#include <stddef.h>

struct buf {
	char *s;		/* terminated; NULL as long as nothing was added */
	size_t len, size;
};

void buf_add(struct buf *t, const char *s, size_t len);
void buf_puts(struct buf *t, const char *s);
void buf_printf(struct buf *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void buf_clear(struct buf *t);
void buf_free(struct buf *t);
/* Never NULL. */
const char *buf_str(const struct buf *t);

/* strdup() that cannot fail. */
char *string_copy(const char *s);

/* A complaint to standard error, then exit(2): set-up trouble. */
void die(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

#endif
