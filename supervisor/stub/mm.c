/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel keeps about the program: PR_SET_MM_MAP, Linux 3.18, with
 * CONFIG_CHECKPOINT_RESTORE. */
#include <linux/auxvec.h>
#include <linux/mman.h>
#include <linux/prctl.h>

#include "arch.h"
#include "supervisor/stub/stub.h"

/* Where the heap begins, as load_elf_binary() has it; for an ET_DYN without
 * an interpreter it is where the kernel has put the stub's. */
static uint64_t
heap_start(const struct stub_stack *st, const struct exec_plan *plan,
	   uint64_t bias)
{
	uint64_t brk;

	if (plan->program.where == PLAN_ANYWHERE)
		return (uint64_t)stub_call(__NR_brk, 0, 0, 0, 0, 0, 0);
	brk = (plan->end_bss + bias + st->page - 1) & ~(st->page - 1);
	if (plan->flags & PLAN_RANDOM_BRK)
		brk += st->page +
		       (plan->random_brk & ~(st->page - 1));
	return brk;
}

void
mm_describe(const struct stub_stack *st, const struct exec_plan *plan,
	    uint64_t bias)
{
	struct prctl_mm_map map = {
		.start_code = plan->start_code + bias,
		.end_code = plan->end_code + bias,
		.start_data = plan->start_data + bias,
		.end_data = plan->end_data + bias,
		.start_brk = heap_start(st, plan, bias),
		.start_stack = (uint64_t)st->sp,
		.arg_start = st->arg_start,
		.arg_end = st->arg_end,
		.env_start = st->arg_end,
		.env_end = st->env_end,
		.auxv = (void *)st->auxv,
		.auxv_size = (uint32_t)((st->nr_auxv + 1) *
					sizeof(*st->auxv)),
		.exe_fd = (uint32_t)-1,
	};

	map.brk = map.start_brk;
	stub_call(__NR_prctl, PR_SET_MM, PR_SET_MM_MAP, (uint64_t)&map,
		  sizeof(map), 0, 0);
}

void
mm_exec_stack(const struct stub_stack *st)
{
	uint64_t low = (uint64_t)st->sp & ~(st->page - 1);

	/* PROT_GROWSDOWN takes in all that is below. */
	if (stub_is_error(stub_call(__NR_mprotect, low, st->top - low,
				    PROT_READ | PROT_WRITE | PROT_EXEC |
				    PROT_GROWSDOWN, 0, 0, 0)))
		stub_die();
}
