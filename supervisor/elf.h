/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf.h - what exec needs to know of an ELF file.
 *
 * The file is hostile: nothing in it is believed that has not been checked,
 * and no size, offset or count of it is used in arithmetic that could wrap.
 * The checks and their errors are those of load_elf_binary() and
 * load_elf_interp() in fs/binfmt_elf.c, Linux 6.18, in that order.  Addresses
 * stay as the file has them: page size and placement are the loader's
 * business.  Any thread; the functions keep nothing but what is in the image.
 */
#ifndef SUPERVISOR_ELF_H
#define SUPERVISOR_ELF_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the kernel looks at to recognise a format (BINPRM_BUF_SIZE). */
#define EXEC_HEAD_SIZE 256

enum elf_stack { ELF_STACK_DEFAULT, ELF_STACK_NOEXEC, ELF_STACK_EXEC };

struct elf_seg {
	uint64_t vaddr, offset, filesz, memsz;
	uint32_t prot;			/* PROT_READ | PROT_WRITE | PROT_EXEC */
};

struct elf_image {
	uint16_t type;			/* ET_EXEC or ET_DYN */
	uint16_t machine;
	uint16_t phnum;
	uint64_t entry;
	uint64_t phdr_addr;		/* of the table in memory; 0: nowhere */
	uint64_t align;			/* largest valid p_align, or 0 */

	struct elf_seg *segs;		/* owned; every PT_LOAD, file order */
	size_t nr_segs;

	char *interp;			/* owned; NULL: static */
	enum elf_stack stack;
	bool bti;			/* arm64: branch target identification */

	uint64_t start_code, end_code, start_data, end_data, end_bss;

	/* The kernel finds the fault only when there is no way back: exec
	 * succeeds and the program dies of SIGSEGV. */
	bool fatal;
};

/* PROT_BTI of arm64. */
#define ELF_PROT_BTI 0x10

/* An empty image; elf_fini() may be called on it. */
void elf_init(struct elf_image *img);
/* Frees what the image owns and empties it. */
void elf_fini(struct elf_image *img);

/* Does the head (EXEC_HEAD_SIZE bytes, zero-filled) look like ELF? */
bool elf_is_magic(const uint8_t *head);

/*
 * Reads a program.  `head`: the file's first EXEC_HEAD_SIZE bytes, padded
 * with zeroes.  -ENOEXEC: not an ELF file that this machine runs; -EIO,
 * -EINVAL: PT_INTERP lies outside the file; -ENOMEM.
 */
int elf_read_program(int fd, const uint8_t *head, uint16_t machine,
		     struct elf_image *img);

/* Reads an interpreter.  -EIO: shorter than a header; -ELIBBAD: not ELF,
 * wrong machine, or no program headers; -ENOMEM. */
int elf_read_interp(int fd, uint16_t machine, struct elf_image *img);

/*
 * After both are read (`interp` is NULL for a static program): reads the GNU
 * property note that decides about BTI and sets img->bti where the kernel
 * maps code with it.  Only arm64 does.  -ENOEXEC, -EIO: a malformed note.
 */
int elf_read_properties(int fd, struct elf_image *img);

/* The parsers behind these, on memory, for tests and fuzzing. */
int elf_check_header(const Elf64_Ehdr *eh, uint16_t machine);
/* The size of the program header table; -ENOEXEC. */
int elf_phdrs_size(const Elf64_Ehdr *eh);
int elf_scan_phdrs(const Elf64_Ehdr *eh, const Elf64_Phdr *ph,
		   struct elf_image *img);
/* A PT_GNU_PROPERTY segment: 1 BTI, 0 not, -ENOEXEC, -EIO. */
int elf_scan_property(const uint8_t *note, size_t len);

#endif
