/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words.h - the words of a vector: flags, error names, arguments.
 */
#ifndef TESTS_CONFORM_WORDS_H
#define TESTS_CONFORM_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/conform/buf.h"

struct word {
	const char *name;	/* NULL ends a table */
	uint64_t value;
};

extern const struct word words_mount[], words_umount[], words_attr[],
	words_at[], words_move[], words_fspick[], words_open[],
	words_resolve[], words_clone[], words_statfs[];

/* "a,b,0x40" -> bits; "-", "0" and "" are 0.  Dies of an unknown word. */
uint64_t words_parse(const struct word *table, const char *s);
/* bits -> "a,b", or "-". */
void words_join(const struct word *table, uint64_t bits, struct buf *out);
/* "OK", "ENOENT", "E530". */
const char *words_errno(int err);

#define WORDS_MAX 40

/* An operation: its name and arguments. */
struct op {
	int ac;
	char *av[WORDS_MAX];
};

/*
 * Splits a line (which is changed) at blanks; '...' and "..." quote, \ooo is
 * a byte in octal.
 */
void op_split(struct op *op, char *line);
/* The word, or "-" when there are fewer. */
const char *op_word(const struct op *op, int i);
/* The same, NULL for "-". */
const char *op_string(const struct op *op, int i);
/* A number; 0 when there is none. */
unsigned long op_number(const struct op *op, int i);
/* The bits of an argument. */
uint64_t op_bits(const struct op *op, int i, const struct word *table);

/* What "make shared", "rbind" and so on ask mount(2) for. */
unsigned long op_make_flags(const char *type);
unsigned long op_bind_flags(const char *name);

#endif
