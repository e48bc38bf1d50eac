/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_gen.h - inside the generator of sequences: what a sequence is made of.
 * For fuzz_gen*.c only.
 */
#ifndef TESTS_CONFORM_FUZZ_GEN_H
#define TESTS_CONFORM_FUZZ_GEN_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/conform/fuzz.h"

#define MAX_PLACES 64
#define FUZZ_PROCS 5		/* processes 1 to 4 */

struct gen {
	uint64_t state;		/* of the random numbers */
	struct vcase *c;
	char *dir[MAX_PLACES];	/* directories that may exist */
	int nr_dirs;
	char *point[MAX_PLACES];	/* places that were mounted on */
	int nr_points;
	int nr_mounts;		/* for source names */
	bool alive[FUZZ_PROCS];
	bool weak[FUZZ_PROCS];	/* has no capabilities any more */
	bool open[2][3];	/* m0 to m2, d0 to d2 may be */
	int who;		/* process of the step */
	/* what this seed is about */
	bool api, files, userns, roots, flags;
	unsigned int weight_api, weight_roots, weight_files,
		weight_processes; /* in 100 */
};

/* 0 to n - 1. */
unsigned int gen_rnd(struct gen *g, unsigned int n);
#define GEN_PICK(g, list) \
	((list)[gen_rnd(g, sizeof(list) / sizeof(*(list)))])

/* Adds a line, of process g->who. */
void gen_say(struct gen *g, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A place that may have been mounted on; that, any directory, or an odd name. */
const char *gen_point(struct gen *g);
const char *gen_place(struct gen *g);
/* `p` is mounted on from now on; what is below it may exist. */
void gen_know_point(struct gen *g, const char *p);
void gen_know_dirs(struct gen *g, const char *p);

/* A descriptor of a tree (GEN_TREE) or another; mostly one that is open. */
enum gen_fd { GEN_TREE, GEN_FILE };
unsigned int gen_fd(struct gen *g, enum gen_fd kind);
bool gen_has_fd(const struct gen *g, enum gen_fd kind);
/* One that is to be opened. */
unsigned int gen_new_fd(struct gen *g, enum gen_fd kind);

/* fuzz_gen_api.c: a step with mounts by descriptor. */
void gen_by_descriptor(struct gen *g);

#endif
