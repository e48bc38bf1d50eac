/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conform/payload.h"

#include <elf.h>

#define BASE 0x400000

/* exit(0) */
#if defined(__x86_64__)
#define MACHINE EM_X86_64
#define CODE { 0x31, 0xff, 0xb8, 0x3c, 0x00, 0x00, 0x00, 0x0f, 0x05 }
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#define CODE { 0x00, 0x00, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, \
	       0x01, 0x00, 0x00, 0xd4 }
#endif

struct image {
	Elf64_Ehdr head;
	Elf64_Phdr load;
	unsigned char code[16];
};

static const struct image image = {
	.head = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = MACHINE,
		.e_version = EV_CURRENT,
		.e_entry = BASE + offsetof(struct image, code),
		.e_phoff = offsetof(struct image, load),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1,
	},
	.load = {
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_vaddr = BASE,
		.p_paddr = BASE,
		.p_filesz = sizeof(struct image),
		.p_memsz = sizeof(struct image),
		.p_align = 0x10000,
	},
	.code = CODE,
};

const void *
payload_bytes(size_t *size)
{
	*size = sizeof(image);
	return &image;
}
