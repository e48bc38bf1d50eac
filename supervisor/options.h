/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - the command line of `belljar run`, and of belljar called as
 * bwrap, as a table.
 *
 * The names and meanings are bubblewrap's, PRoot's short forms are aliases.
 * One row of option_table (options_table.c) per option; the parser, the
 * suggestions and --help all read the table.  Start-up only, one thread.
 */
#ifndef SUPERVISOR_OPTIONS_H
#define SUPERVISOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;

/* As which program belljar was called: the defaults differ, no more. */
enum flavour {
	FLAVOUR_RUN,		/* belljar run: the base world, no network */
	FLAVOUR_BWRAP,		/* bwrap: an empty root, the host's network */
};

/* What a value must look like; checked before the setter runs. */
enum option_arg {
	ARG_NONE,
	ARG_TEXT,		/* anything */
	ARG_SRC,		/* a path on the host, not empty */
	ARG_DST,		/* a path in the guest, not empty */
	ARG_FD,			/* an open descriptor of belljar's; it is kept
				 * from the program */
	ARG_NUMBER,		/* a decimal id, 0 to 2^32-2 */
	ARG_OCTAL,		/* mode bits, 0 to 07777 */
	ARG_SIZE,		/* bytes > 0; suffix k, m, g, t */
};

/* One checked value: the text, and its number for the numeric kinds. */
struct option_value {
	char *text;
	uint64_t number;
};

/* The state of one parse; --perms and --size wait here for their option. */
struct parse {
	struct config *cfg;
	enum flavour flavour;
	const char *spelled;	/* the option as the user wrote it */
	int perms;		/* -1: none pending */
	uint64_t size;		/* 0: none pending */
	bool done;		/* --help or --version was answered */
	bool in_args;		/* inside the words of --args FD */
	bool userns_disabled;	/* --assert-userns-disabled */
};

struct option {
	const char *name;	/* without the dashes */
	char shortform;		/* or 0 */
	bool optional;		/* the one value only as --name=VALUE */
	enum option_arg arg[2];
	int (*set)(struct parse *p, const struct option *o,
		const struct option_value *v);
	intptr_t data;		/* for set: a kind, an offset, a bit */
	const char *metavar;	/* for --help: "SRC DST" */
	const char *help;
};

/* The table, ended by a row without a name; rows whose set is NULL are the
 * headings of --help. */
extern const struct option option_table[];

/*
 * Parses argv (argv[0] is skipped) into `cfg`, which config_init() prepared.
 * Returns 0 when there is a program to run, 1 when all has been said (--help,
 * --version), or -errno after telling the user what is wrong.
 */
int options_parse(struct config *cfg, enum flavour flavour, int argc,
	char **argv);

/* For the setters: complains about the current option; returns -EINVAL. */
int options_complain(const struct parse *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Parses the NUL-separated words that `fd` holds (--args FD).  As
 * options_parse(). */
int options_parse_fd(struct parse *p, int fd);

/* Writes the help text to stdout. */
void options_help(enum flavour flavour);

/* The nearest name to `word` in the table, or NULL when none is near. */
const char *options_nearest(const char *word);

#endif
