/* SPDX-License-Identifier: Apache-2.0 */
/*
 * execplan.h - what the supervisor tells the loader stub.
 *
 * The kernel execs the stub; the stub makes the magic system call
 *
 *	BELLJAR_MAGIC_NR(PLAN_OP_GET, buffer, PLAN_BYTES, PLAN_VERSION)
 *
 * and gets one struct exec_plan in the buffer, or -errno, upon which it dies.
 * The value is the number of the descriptor that comes with the answer, and
 * that the plan has as PLAN_FD_ANSWER; 0 if there is none.  An image that the
 * guest has no descriptor for, since its table is full, is copied into memory
 * that the stub has mapped:
 *
 *	BELLJAR_MAGIC_NR(PLAN_OP_COPY, address, length, PLAN_VERSION, offset, fd)
 *
 * where fd is what the plan has: PLAN_FD_COPY_*.  What lies past the end of
 * the file stays as it is.  When the plan has PLAN_CALL_DONE set, it calls
 *
 *	BELLJAR_MAGIC_NR(PLAN_OP_DONE, 0, 0, PLAN_VERSION)
 *
 * once all is mapped and its descriptors are closed.
 *
 * Layout of the buffer: the header, then (program.nr_segs + interp.nr_segs)
 * segments, then prefix_len bytes of argument strings (prefix_count of them,
 * each with its NUL), then execfn_len bytes: AT_EXECFN with its NUL.  `size`
 * is all of it.  planbuild.c writes it, stub/main.c checks it again.
 *
 * Fixed-width fields only, no pointers: both sides may differ in nothing but
 * the version, which both check.  Freestanding: the stub has no libc.
 */
#ifndef SUPERVISOR_EXECPLAN_H
#define SUPERVISOR_EXECPLAN_H

#include <stdint.h>

#include "include/magic.h"

#define PLAN_VERSION		3
#define PLAN_OP_GET		1
#define PLAN_OP_DONE		2
#define PLAN_OP_COPY		3

#define PLAN_BYTES		65536	/* the stub's buffer */
/* As plan_image.fd. */
#define PLAN_FD_ANSWER		(-2)
#define PLAN_FD_COPY_PROGRAM	(-3)
#define PLAN_FD_COPY_INTERP	(-4)
#define PLAN_STRINGS_MAX	12288	/* prefix_len + execfn_len */
#define PLAN_PREFIX_MAX		11	/* 5 scripts: name and argument each,
					 * and the script itself */

/* plan->flags */
#define PLAN_EXEC_STACK		0x01	/* PT_GNU_STACK asks for it */
#define PLAN_RANDOM_MMAP	0x02	/* randomize_va_space >= 1 */
#define PLAN_RANDOM_BRK		0x04	/* randomize_va_space == 2 */
#define PLAN_CALL_DONE		0x08	/* make the second magic call */
#define PLAN_IDS		0x10	/* ids[] and secure replace the
					 * kernel's auxv entries */
#define PLAN_DIE		0x20	/* the kernel would have started this
					 * program only to kill it */

/* As struct elf64_phdr of a PT_LOAD, with PROT_* for the flags. */
struct plan_seg {
	uint64_t vaddr;
	uint64_t offset;
	uint64_t filesz;
	uint64_t memsz;
	uint32_t prot;
	uint32_t reserved;
};

enum plan_where {
	PLAN_NONE = 0,			/* there is no such image */
	PLAN_FIXED,			/* ET_EXEC: at its own addresses */
	PLAN_HIGH,			/* ET_DYN with an interpreter */
	PLAN_ANYWHERE,			/* other ET_DYN: where mmap puts it */
};

struct plan_image {
	int32_t fd;			/* in the guest; the stub closes it */
	uint32_t where;			/* enum plan_where */
	uint32_t nr_segs;
	uint32_t reserved;
	uint64_t align;			/* largest p_align, a power of two, or
					 * 0; not yet raised to a page */
	uint64_t entry;			/* unbiased */
};

struct exec_plan {
	uint32_t version;		/* PLAN_VERSION */
	uint32_t size;			/* bytes in use */
	uint32_t flags;			/* PLAN_* */
	uint32_t phnum;			/* AT_PHNUM */
	uint64_t phdr;			/* AT_PHDR, unbiased; 0: in no segment */

	struct plan_image program;
	struct plan_image interp;

	/* Of the program, unbiased, as load_elf_binary() computes them. */
	uint64_t start_code, end_code;
	uint64_t start_data, end_data;
	uint64_t end_bss;

	uint64_t random_mmap;		/* pages added to the PIE base */
	uint64_t random_brk;		/* bytes added to the heap's start */

	uint32_t ids[4];		/* uid, euid, gid, egid */
	uint32_t secure;		/* AT_SECURE */
	char comm[16];			/* with NUL */

	uint32_t prefix_count;		/* strings that replace argv[0];
					 * 0: argv stays as it is */
	uint32_t prefix_len;
	uint32_t execfn_len;		/* with NUL: at least 1 */
};

/* The segments that are sure to fit. */
#define PLAN_SEGS_MAX							\
	((PLAN_BYTES - sizeof(struct exec_plan) - PLAN_STRINGS_MAX) /	\
	 sizeof(struct plan_seg))

#endif
