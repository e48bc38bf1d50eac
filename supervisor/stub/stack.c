/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program finds on its stack.  The kernel has left, from low to
 * high addresses:
 *
 *	argc, argv[], NULL, envp[], NULL, auxv[]	the vectors
 *	AT_RANDOM's bytes, AT_PLATFORM's string, a random gap
 *	the argument strings, the environment strings
 *	the name of the stub
 *
 * AT_EXECFN is another, so the vectors move down to make room for its string.
 * For a script moreover argv[0] is replaced by up to 11 strings; they must
 * end where argv[1] begins, for /proc/PID/cmdline is the bytes between two
 * addresses.  They may so cover what lies below argv[0], hence the bytes of
 * AT_RANDOM and AT_PLATFORM move, too.
 */
#include <linux/auxvec.h>

#include "supervisor/stub/stub.h"

#define PLATFORM_MAX 64

/* Bytes that are carried from the old block to the new one. */
struct carried {
	unsigned char random[16];
	char platform[PLATFORM_MAX];
	size_t platform_len;		/* with NUL; 0: none */
};

void
stack_read(uint64_t *sp, struct stub_stack *st)
{
	uint64_t *p;

	st->sp = sp;
	st->argc = sp[0];
	st->argv = sp + 1;
	st->envp = st->argv + st->argc + 1;
	for (p = st->envp; *p; p++)
		;
	st->envc = (uint64_t)(p - st->envp);
	st->auxv = (struct stub_auxv *)(p + 1);
	for (st->nr_auxv = 0; st->auxv[st->nr_auxv].type; st->nr_auxv++)
		;
	st->page = stack_get_auxv(st, AT_PAGESZ);
	if (st->page == 0 || !stack_get_auxv(st, AT_EXECFN))
		stub_die();
	if (st->argc) {
		st->arg_start = st->argv[0];
		st->arg_end = st->argv[st->argc - 1];
		st->arg_end += stub_strlen((const char *)st->arg_end) + 1;
	} else {
		/* Before 5.18 there may be no argv[0]. */
		st->arg_start = st->envc ? st->envp[0] :
					   stack_get_auxv(st, AT_EXECFN);
		st->arg_end = st->arg_start;
	}
	st->env_end = st->arg_end;
	if (st->envc) {
		st->env_end = st->envp[st->envc - 1];
		st->env_end += stub_strlen((const char *)st->env_end) + 1;
	}
	/* The stub's name, and 8 bytes that stay zero. */
	st->top = stack_get_auxv(st, AT_EXECFN);
	st->top += stub_strlen((const char *)st->top) + 1;
	st->top = (st->top + st->page - 1) & ~(st->page - 1);
}

uint64_t
stack_get_auxv(const struct stub_stack *st, uint64_t type)
{
	uint64_t i;

	for (i = 0; i < st->nr_auxv; i++)
		if (st->auxv[i].type == type)
			return st->auxv[i].value;
	return 0;
}

void
stack_set_auxv(struct stub_stack *st, uint64_t type, uint64_t value)
{
	uint64_t i;

	for (i = 0; i < st->nr_auxv; i++)
		if (st->auxv[i].type == type)
			st->auxv[i].value = value;
}

/* Takes a copy of what the new strings may overwrite. */
static void
save_carried(const struct stub_stack *st, struct carried *c)
{
	const char *random = (const char *)stack_get_auxv(st, AT_RANDOM);
	const char *platform = (const char *)stack_get_auxv(st, AT_PLATFORM);

	if (random)
		memcpy(c->random, random, sizeof(c->random));
	c->platform_len = platform ? stub_strlen(platform) + 1 : 0;
	if (c->platform_len > PLATFORM_MAX)
		stub_die();
	memcpy(c->platform, platform, c->platform_len);
}

/* Writes the argument strings that end at `end`, the first of them at
 * st->arg_start then, and their addresses to argv. */
static void
place_prefix(struct stub_stack *st, const struct exec_plan *plan,
	     const char *strings, uint64_t end)
{
	char *p = (char *)end - plan->prefix_len;
	uint32_t i;

	memcpy(p, strings, plan->prefix_len);
	st->arg_start = (uint64_t)p;
	for (i = 0; i < plan->prefix_count; i++) {
		st->argv[i] = (uint64_t)p;
		p += stub_strlen(p) + 1;
	}
}

/*
 * Moves the vectors so that they end at or below `end`, with `more` (may be
 * -1, for no room at all) further slots at the start of argv.
 */
static void
move_vectors(struct stub_stack *st, uint64_t end, int64_t more)
{
	uint64_t old_words = 1 + st->argc + 1 + st->envc + 1 +
			     2 * (st->nr_auxv + 1);
	uint64_t words = (uint64_t)((int64_t)old_words + more);
	uint64_t *sp = (uint64_t *)((end - words * 8) & ~(uint64_t)15);
	uint64_t kept = old_words - 2;	/* all but argc and argv[0] */
	uint64_t *dst = sp + words - kept, *src = st->argv + 1, i;

	for (i = 0; i < kept; i++)	/* downwards: from low to high */
		dst[i] = src[i];
	st->argc = (uint64_t)((int64_t)st->argc + more);
	sp[0] = st->argc;
	if (more == 0)
		sp[1] = st->argc ? st->arg_start : 0;
	st->sp = sp;
	st->argv = sp + 1;
	st->envp = st->argv + st->argc + 1;
	st->auxv = (struct stub_auxv *)(st->envp + st->envc + 1);
}

void
stack_build(struct stub_stack *st, const struct exec_plan *plan,
	    const char *strings)
{
	uint64_t old_end = (uint64_t)(st->auxv + st->nr_auxv + 1);
	const char *execfn = strings + plan->prefix_len;
	uint64_t arg1 = st->arg_start +
			stub_strlen((const char *)st->arg_start) + 1;
	uint64_t top = old_end, to;
	struct carried c;

	if (plan->prefix_count == 0) {
		to = top - plan->execfn_len;
		move_vectors(st, to, 0);
		memcpy((void *)to, execfn, plan->execfn_len);
		stack_set_auxv(st, AT_EXECFN, to);
		return;
	}
	if (st->argc == 0)		/* remove_arg_zero() */
		stub_die();
	save_carried(st, &c);
	if (arg1 - plan->prefix_len < top)
		top = arg1 - plan->prefix_len;
	to = top - sizeof(c.random) - c.platform_len - plan->execfn_len;
	move_vectors(st, to, (int64_t)plan->prefix_count - 1);
	place_prefix(st, plan, strings, arg1);
	memcpy((void *)to, execfn, plan->execfn_len);
	stack_set_auxv(st, AT_EXECFN, to);
	to += plan->execfn_len;
	memcpy((void *)to, c.random, sizeof(c.random));
	stack_set_auxv(st, AT_RANDOM, to);
	to += sizeof(c.random);
	memcpy((void *)to, c.platform, c.platform_len);
	stack_set_auxv(st, AT_PLATFORM, to);
}
