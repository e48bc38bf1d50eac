/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/auxvec.h>
#include <linux/personality.h>
#include <linux/prctl.h>

#include "arch.h"
#include "supervisor/stub/stub.h"

/* For ids[] of the plan. */
static const uint8_t id_types[4] = { AT_UID, AT_EUID, AT_GID, AT_EGID };

/*
 * As the kernel's force_fatal_sig(SIGSEGV): an access to an address that can
 * never be mapped kills even a process that blocks the signal.
 */
_Noreturn void
stub_die(void)
{
	for (;;)
		*(volatile char *)-4096 = 0;
}

/* Every size in the plan lies within the buffer, every string ends. */
static int
plan_is_sound(const struct exec_plan *p)
{
	const char *strings, *s;
	uint64_t segs, need, i;
	uint32_t found = 0;

	if (p->version != PLAN_VERSION || p->size > PLAN_BYTES)
		return 0;
	segs = (uint64_t)p->program.nr_segs + p->interp.nr_segs;
	need = (uint64_t)p->prefix_len + p->execfn_len;
	if (need > PLAN_STRINGS_MAX || p->execfn_len == 0 ||
	    p->prefix_count > PLAN_PREFIX_MAX)
		return 0;
	need += sizeof(*p) + segs * sizeof(struct plan_seg);
	if (need != p->size)
		return 0;
	strings = (const char *)p + p->size - p->execfn_len - p->prefix_len;
	for (s = strings, i = 0; i < p->prefix_len; i++)
		found += s[i] == '\0';
	if (found != p->prefix_count)
		return 0;
	if (found && s[p->prefix_len - 1] != '\0')
		return 0;
	return s[p->prefix_len + p->execfn_len - 1] == '\0';
}

/* `setarch -R` outlives exec. */
static void
respect_personality(struct exec_plan *plan)
{
	int64_t pers = stub_call(__NR_personality, 0xffffffff, 0, 0, 0, 0, 0);

	if (!stub_is_error(pers) && (pers & ADDR_NO_RANDOMIZE))
		plan->flags &= ~(uint32_t)(PLAN_RANDOM_MMAP | PLAN_RANDOM_BRK);
}

static uint64_t
high_base(const struct stub_stack *st, const struct exec_plan *plan)
{
	uint64_t base = map_high_base(st);

	if (plan->flags & PLAN_RANDOM_MMAP)
		base += plan->random_mmap * st->page;
	return base;
}

static void
set_auxv(struct stub_stack *st, const struct exec_plan *plan,
	 const struct stub_image *program, const struct stub_image *interp)
{
	unsigned int i;

	stack_set_auxv(st, AT_PHDR, plan->phdr + program->bias);
	stack_set_auxv(st, AT_PHNUM, plan->phnum);
	stack_set_auxv(st, AT_ENTRY, program->entry);
	stack_set_auxv(st, AT_BASE, interp->bias);
	if (!(plan->flags & PLAN_IDS))
		return;
	for (i = 0; i < 4; i++)
		stack_set_auxv(st, id_types[i], plan->ids[i]);
	stack_set_auxv(st, AT_SECURE, plan->secure);
}

static void
close_images(const struct exec_plan *plan)
{
	if (plan->program.fd >= 0)
		stub_call(__NR_close, (uint64_t)plan->program.fd, 0, 0, 0, 0,
			  0);
	if (plan->interp.where != PLAN_NONE && plan->interp.fd >= 0)
		stub_call(__NR_close, (uint64_t)plan->interp.fd, 0, 0, 0, 0,
			  0);
	if (plan->flags & PLAN_CALL_DONE)
		stub_call(BELLJAR_MAGIC_NR, PLAN_OP_DONE, 0, 0, PLAN_VERSION,
			  0, 0);
}

/* `ret`: what the magic call has returned. */
static void
take_descriptor(struct exec_plan *plan, int64_t ret)
{
	if (plan->program.fd == PLAN_FD_ANSWER)
		plan->program.fd = (int32_t)ret;
	if (plan->interp.fd == PLAN_FD_ANSWER)
		plan->interp.fd = (int32_t)ret;
}

/* The plan is in place and sound. */
static _Noreturn void
load(struct stub_stack *st, const struct exec_plan *plan)
{
	const struct plan_seg *segs = (const struct plan_seg *)(plan + 1);
	struct stub_image program, interp = { 0, 0 };
	uint64_t entry;

	if (plan->flags & PLAN_DIE)
		stub_die();
	map_image(&plan->program, segs, st->page, high_base(st, plan),
		  &program);
	entry = program.entry;
	if (plan->interp.where != PLAN_NONE) {
		map_image(&plan->interp, segs + plan->program.nr_segs,
			  st->page, 0, &interp);
		entry = interp.entry;
	}
	set_auxv(st, plan, &program, &interp);
	stack_build(st, plan, (const char *)plan + plan->size -
		    plan->execfn_len - plan->prefix_len);
	mm_describe(st, plan, program.bias);
	if (plan->flags & PLAN_EXEC_STACK)
		mm_exec_stack(st);
	stub_call(__NR_prctl, PR_SET_NAME, (uint64_t)plan->comm, 0, 0, 0, 0);
	close_images(plan);
	stub_jump(st->sp, entry);
}

_Noreturn void
stub_main(uint64_t *sp)
{
	_Alignas(16) char buf[PLAN_BYTES];
	struct exec_plan *plan = (struct exec_plan *)buf;
	struct stub_stack st;
	int64_t ret;

	stack_read(sp, &st);
	/* The lowest page of the buffer, so that the stack reaches it: the
	 * supervisor's write does not grow a stack. */
	plan->version = 0;
	__asm__ volatile("" : : "r"(plan) : "memory");
	ret = stub_call(BELLJAR_MAGIC_NR, PLAN_OP_GET, (uint64_t)plan,
			PLAN_BYTES, PLAN_VERSION, 0, 0);
	if (stub_is_error(ret) || !plan_is_sound(plan))
		stub_die();
	take_descriptor(plan, ret);
	respect_personality(plan);
	load(&st, plan);
}
