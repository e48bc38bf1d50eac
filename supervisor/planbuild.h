/* SPDX-License-Identifier: Apache-2.0 */
/*
 * planbuild.h - puts an exec_plan together from parsed images and strings.
 * Pure: no I/O, no randomness of its own.  Any thread.
 */
#ifndef SUPERVISOR_PLANBUILD_H
#define SUPERVISOR_PLANBUILD_H

#include <stddef.h>
#include <stdint.h>

#include "supervisor/elf.h"
#include "supervisor/execplan.h"

/*
 * The argument strings that a chain of scripts puts in the place of argv[0],
 * in the order in which they are found: script name, argument, interpreter;
 * then the next.  plan_build() turns them round.
 */
struct plan_args {
	char *str[PLAN_PREFIX_MAX];	/* owned */
	size_t count;
};

void plan_args_fini(struct plan_args *args);
/* Puts a copy of `s` before those that are there.  -E2BIG, -ENOMEM. */
int plan_args_push(struct plan_args *args, const char *s);

struct plan_input {
	const struct elf_image *program;
	const struct elf_image *interp;	/* NULL: a static program */
	const struct plan_args *args;	/* NULL: argv stays */
	const char *execfn;		/* AT_EXECFN */
	const char *comm;		/* cut off after 15 bytes */
	uint32_t flags;			/* PLAN_RANDOM_*, PLAN_IDS */
	uint64_t random_mmap;		/* pages */
	uint64_t random_brk;		/* bytes */
	uint32_t ids[4];
	uint32_t secure;
};

/*
 * A plan whose descriptors are -1 still, in malloc'ed memory.  0; -ENOMEM;
 * -ENOEXEC: more segments than a plan holds; -E2BIG: strings too long.
 */
int plan_build(const struct plan_input *in, struct exec_plan **out);


#endif
