/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address space of arm64: 36 to 48 bits as the kernel was configured, as
 * DEFAULT_MAP_WINDOW_64 and ELF_ET_DYN_BASE in arch/arm64/include/asm, Linux
 * 6.18.  Nothing reports the width; but the stack lies within 64 GB below the
 * end on every configuration that has 39 bits or more, so its top bit tells.
 */
#include "arch/arch.h"

void
arch_layout_machine(struct arch_layout *l, unsigned int *rnd_default)
{
	uint64_t on_stack = (uint64_t)(uintptr_t)__builtin_frame_address(0);
	unsigned int bits = 64 - (unsigned int)__builtin_clzll(on_stack);

	l->task_size = 1ULL << bits;
	l->et_dyn_base = 2 * l->task_size / 3;
	/* ARCH_MMAP_RND_BITS_MIN: 18 with 4 kB pages, 16 and 14 with more. */
	*rnd_default = l->page_size == 4096 ? 18 : l->page_size == 16384 ? 16 : 14;
}
