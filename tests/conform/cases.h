/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cases.h - the vectors of a file.
 */
#ifndef TESTS_CONFORM_CASES_H
#define TESTS_CONFORM_CASES_H

#include <stdbool.h>
#include <stdio.h>

struct vcase {
	char *name, *needs, *title;
	bool pivot;		/* "setup pivot" */
	char **lines;
	int nr_lines;
	int first;		/* number of lines[0] in the file */
};

struct cases {
	struct vcase *v;
	int nr;
	char **head;		/* what stands before the first case */
	int nr_head;
};

/* Appends the cases of a file; dies when it cannot be read. */
void cases_load(struct cases *cs, const char *file);
void cases_read(struct cases *cs, FILE *f);
void cases_free(struct cases *cs);
/* Writes a case as it is read. */
void case_write(const struct vcase *c, FILE *f);
/* Does its "needs" line have this word? */
bool case_needs(const struct vcase *c, const char *word);

/* Cuts blanks off both ends, in place. */
char *cases_trim(char *s);

#endif
