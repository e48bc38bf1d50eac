/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address space of x86-64: 47 bits unless a program asks for more by a hint, as
 * TASK_SIZE_MAX and ELF_ET_DYN_BASE in arch/x86/include/asm, Linux 6.18.
 */
#include "arch/arch.h"

void
arch_layout_machine(struct arch_layout *l, unsigned int *rnd_default)
{
	l->task_size = (1ULL << 47) - l->page_size;
	l->et_dyn_base = l->task_size / 3 * 2;
	*rnd_default = 28;
}
