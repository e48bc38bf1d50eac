/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stub.h - the loader that the kernel execs in the guest in the place of the
 * guest's program.
 *
 * It is one read-only segment: no libc, no relocations, no variables.  It
 * runs alone in a new address space and trusts the supervisor's plan as far
 * as addresses go (the kernel checks those), but not its sizes.
 *
 *	<arch>/entry.S   the kernel's stack -> stub_main(); leaving for good
 *	main.c           the order of things
 *	map.c            images into memory, as elf_load() in fs/binfmt_elf.c
 *	stack.c          what the program finds on its stack
 *	mm.c             what the kernel keeps about the program
 */
#ifndef SUPERVISOR_STUB_STUB_H
#define SUPERVISOR_STUB_STUB_H

#include <stddef.h>
#include <stdint.h>

#include "supervisor/execplan.h"

struct stub_auxv {
	uint64_t type, value;
};

/* The stack as the kernel left it. */
struct stub_stack {
	uint64_t *sp;			/* points at argc */
	uint64_t argc;
	uint64_t *argv;
	uint64_t *envp;
	uint64_t envc;
	struct stub_auxv *auxv;
	uint64_t nr_auxv;		/* without AT_NULL */
	uint64_t page;			/* AT_PAGESZ */
	uint64_t arg_start, arg_end;	/* the strings */
	uint64_t env_end;		/* they start at arg_end */
	uint64_t top;			/* the end of the stack */
};

/* A mapped image. */
struct stub_image {
	uint64_t bias;
	uint64_t entry;			/* biased */
};

/* main.c: called by entry.S, on a stack a good way below `sp`. */
_Noreturn void stub_main(uint64_t *sp);
/* Ends the process as the kernel ends one whose exec fails too late. */
_Noreturn void stub_die(void);
/* entry.S: the program's turn. */
_Noreturn void stub_jump(uint64_t *sp, uint64_t entry);

/* map.c: maps one image of the plan, or dies. */
void map_image(const struct plan_image *img, const struct plan_seg *segs,
	       uint64_t page, uint64_t high_base, struct stub_image *out);
/* Where the kernel would put a PIE, before its random part. */
uint64_t map_high_base(const struct stub_stack *st);

/* stack.c: reads the kernel's stack. */
void stack_read(uint64_t *sp, struct stub_stack *st);
/* Sets or keeps an entry of the auxiliary vector. */
void stack_set_auxv(struct stub_stack *st, uint64_t type, uint64_t value);
uint64_t stack_get_auxv(const struct stub_stack *st, uint64_t type);
/* Builds the program's stack below the kernel's; `st` describes the new
 * one afterwards. */
void stack_build(struct stub_stack *st, const struct exec_plan *plan,
		 const char *strings);

/* mm.c: heap, argument range and saved auxv; a kernel without PR_SET_MM
 * keeps what it has. */
void mm_describe(const struct stub_stack *st, const struct exec_plan *plan,
		 uint64_t bias);
void mm_exec_stack(const struct stub_stack *st);

/* mem.c; the compiler may call the first three by itself. */
void *memmove(void *dst, const void *src, size_t n);
void *memcpy(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
size_t stub_strlen(const char *s);

static inline int
stub_is_error(int64_t ret)
{
	return ret < 0 && ret >= -4095;
}

#endif
