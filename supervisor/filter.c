/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the table to BPF.
 *
 * The program is a binary search on the number, whose leaves answer at once or
 * jump to the call's exceptions.  What depends on the number alone the kernel
 * finds out when the filter is loaded, and answers native calls from a bitmap
 * without running the program (seccomp_cache_prepare(), Linux 5.11).
 *
 * The program is written here rather than by libseccomp, whose rules have no
 * order (exceptions to exceptions cannot be said), which does not know the
 * newest calls, and which takes half of the start-up time we allow ourselves.
 * tests/unit/filter.c runs every row of the table through it.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arch/arch.h"
#include "include/auto.h"
#include "include/uapi.h"
#include "supervisor/filter.h"
#include "supervisor/filter_cond.h"

#define NR_END		512	/* above every number of the table */
#define RUNS_MAX	(NR_END + 4)
#define NEAR_RUNS	80	/* so many runs take fewer than 256 words */

/* Numbers from nr up to the next run's: one answer, or one call's exceptions. */
struct run {
	uint32_t nr;
	uint32_t action;
	short cond;		/* index of the first exception, or -1 */
};

struct program {
	struct sock_filter insn[BPF_MAXINSNS];
	unsigned int n;
	bool overflow;
	/* Leaves that wait for their call's block. */
	struct {
		unsigned int at;
		unsigned int run;
	} leaf[NR_END];
	unsigned int nleaves;
};

struct build {
	const struct filter_config *cfg;
	struct filter_conds conds, over;
	struct run run[RUNS_MAX];
	unsigned int nruns;
	struct program prog;
};

static uint32_t
route_action(const struct filter_config *cfg, enum sc_route route)
{
	int err = sc_route_errno(route);

	if (err)
		return SECCOMP_RET_ERRNO | (uint32_t)err;
	if (route == ROUTE_NATIVE)
		return SECCOMP_RET_ALLOW;
	if (cfg->mount_by_trap &&
	    (route == ROUTE_MOUNT || route == ROUTE_MOUNT_NOTIFY))
		return SECCOMP_RET_TRAP | FILTER_DATA;
	if (!cfg->ptrace_backend &&
	    (route == ROUTE_NOTIFY || route == ROUTE_MOUNT_NOTIFY))
		return SECCOMP_RET_USER_NOTIF;
	return SECCOMP_RET_TRACE | FILTER_DATA;
}

/* ---- runs ---- */

static void
run_add(struct build *b, uint32_t nr, uint32_t action, short cond)
{
	const struct run *last = b->nruns ? &b->run[b->nruns - 1] : NULL;

	if (last && cond < 0 && last->cond < 0 && last->action == action)
		return;
	assert(b->nruns < RUNS_MAX);
	b->run[b->nruns++] = (struct run){ nr, action, cond };
}

/* Does the filter below this one decide the call in the same way? */
static bool
decided_below(const struct build *b, enum sc sc)
{
	short i = b->conds.first[sc], k = b->over.first[sc];

	if (!b->cfg->over)
		return false;
	for (; i >= 0 && k >= 0; i = b->conds.next[i], k = b->over.next[k])
		if (!filter_cond_equal(&b->conds.cond[i], &b->over.cond[k]))
			return false;
	return i < 0 && k < 0;
}

static void
runs_find(struct build *b, unsigned int arch_index)
{
	const uint32_t unknown = b->cfg->over ? SECCOMP_RET_ALLOW :
						SECCOMP_RET_ERRNO | ENOSYS;
	short row_of_nr[NR_END];

	for (unsigned int nr = 0; nr < NR_END; nr++)
		row_of_nr[nr] = -1;
	for (unsigned int sc = 0; sc < SC_MAX; sc++) {
		int nr = sc_row((enum sc)sc)->nr[arch_index];

		assert(nr < NR_END);
		if (nr >= 0)
			row_of_nr[nr] = (short)sc;
	}
	for (unsigned int nr = 0; nr < NR_END; nr++) {
		short sc = row_of_nr[nr];

		if (sc < 0) {
			run_add(b, nr, unknown, -1);
			continue;
		}
		if (decided_below(b, (enum sc)sc)) {
			run_add(b, nr, SECCOMP_RET_ALLOW, -1);
			continue;
		}
		run_add(b, nr, route_action(b->cfg, sc_row((enum sc)sc)->route),
			b->conds.first[sc]);
	}
	run_add(b, NR_END, unknown, -1);
}

/* ---- instructions ---- */

static unsigned int
emit(struct program *p, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	if (p->n == BPF_MAXINSNS) {
		p->overflow = true;
		p->n = 0;
	}
	p->insn[p->n] = (struct sock_filter){ code, jt, jf, k };
	return p->n++;
}

static void
emit_load(struct program *p, size_t offset)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void
emit_ret(struct program *p, uint32_t action)
{
	emit(p, BPF_RET | BPF_K, action, 0, 0);
}

static void
emit_leaf(struct build *b, unsigned int run)
{
	struct program *p = &b->prog;

	if (b->run[run].cond < 0) {
		emit_ret(p, b->run[run].action);
		return;
	}
	p->leaf[p->nleaves].run = run;
	p->leaf[p->nleaves++].at = emit(p, BPF_JMP | BPF_JA, 0, 0, 0);
}

/* Binary search among the runs lo..hi-1. */
static void
emit_search(struct build *b, unsigned int lo, unsigned int hi)
{
	struct program *p = &b->prog;
	unsigned int mid = (lo + hi) / 2, jump, left;

	if (hi - lo == 1) {
		emit_leaf(b, lo);
		return;
	}
	if (mid - lo <= NEAR_RUNS) {
		jump = emit(p, BPF_JMP | BPF_JGE | BPF_K, b->run[mid].nr, 0, 0);
		emit_search(b, lo, mid);
		left = p->n - jump - 1;
		assert(p->overflow || left <= UINT8_MAX);
		p->insn[jump].jt = (uint8_t)left;
	} else {
		emit(p, BPF_JMP | BPF_JGE | BPF_K, b->run[mid].nr, 0, 1);
		jump = emit(p, BPF_JMP | BPF_JA, 0, 0, 0);
		emit_search(b, lo, mid);
		p->insn[jump].k = p->n - jump - 1;
	}
	emit_search(b, mid, hi);
}

/* ---- exceptions ---- */

#define ARG_LOW(i)	(offsetof(struct seccomp_data, args) + 8 * (size_t)(i))
#define ARG_HIGH(i)	(ARG_LOW(i) + 4)
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words of args");

/*
 * Emits one test: falls through when it holds, else jumps to where jt or jf
 * still says JUMP_FAIL (patched when the end of the exception is known).
 */
#define JUMP_FAIL UINT8_MAX

static void
emit_test(struct program *p, const struct filter_test *t)
{
	if (t->op == TEST_NONE)
		return;
	emit_load(p, ARG_LOW(t->arg));
	switch ((enum filter_op)t->op) {
	case TEST_NONE:
		break;
	case TEST_EQ32:
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, t->a, 0, JUMP_FAIL);
		break;
	case TEST_IN32:
		if (t->a > 0)
			emit(p, BPF_JMP | BPF_JGE | BPF_K, t->a, 0, JUMP_FAIL);
		emit(p, BPF_JMP | BPF_JGT | BPF_K, t->b, JUMP_FAIL, 0);
		break;
	case TEST_ANY32:
		emit(p, BPF_JMP | BPF_JSET | BPF_K, t->a, 0, JUMP_FAIL);
		break;
	case TEST_MASK32:
		emit(p, BPF_ALU | BPF_AND | BPF_K, t->a, 0, 0);
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, t->b, 0, JUMP_FAIL);
		break;
	case TEST_ZERO64:
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, JUMP_FAIL);
		emit_load(p, ARG_HIGH(t->arg));
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, JUMP_FAIL);
		break;
	}
}

static void
patch_fails(struct program *p, unsigned int start)
{
	for (unsigned int i = start; i < p->n; i++) {
		struct sock_filter *f = &p->insn[i];

		if (BPF_CLASS(f->code) != BPF_JMP)
			continue;
		if (f->jt == JUMP_FAIL)
			f->jt = (uint8_t)(p->n - i - 1);
		if (f->jf == JUMP_FAIL)
			f->jf = (uint8_t)(p->n - i - 1);
	}
}

/* The exceptions of one call, then what holds without. */
static void
emit_block(struct build *b, const struct run *run)
{
	struct program *p = &b->prog;

	for (short i = run->cond; i >= 0; i = b->conds.next[i]) {
		const struct filter_cond *c = &b->conds.cond[i];
		unsigned int start = p->n;

		for (unsigned int t = 0; t < c->ntests; t++)
			emit_test(p, &c->test[t]);
		emit_ret(p, route_action(b->cfg, c->route));
		if (p->overflow)
			return;
		patch_fails(p, start);
		if (c->test[0].op == TEST_NONE)
			return;	/* nothing gets past it */
	}
	emit_ret(p, run->action);
}

static void
emit_blocks(struct build *b)
{
	struct program *p = &b->prog;

	for (unsigned int i = 0; i < p->nleaves && !p->overflow; i++) {
		unsigned int at = p->leaf[i].at;

		p->insn[at].k = p->n - at - 1;
		emit_block(b, &b->run[p->leaf[i].run]);
	}
}

static const uint32_t audit_arch[2] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64 };

int
filter_build_for(const struct filter_config *cfg, unsigned int arch_index,
		 struct sock_fprog *out)
{
	AUTO_FREE struct build *b = NULL;
	struct sock_filter *insn;
	struct program *p;

	b = calloc(1, sizeof(*b));
	if (!b)
		return -ENOMEM;
	b->cfg = cfg;
	filter_conds_find(cfg, &b->conds);
	if (cfg->over)
		filter_conds_find(cfg->over, &b->over);
	runs_find(b, arch_index);
	p = &b->prog;
	emit_load(p, offsetof(struct seccomp_data, arch));
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, audit_arch[arch_index], 1, 0);
	emit_ret(p, SECCOMP_RET_ERRNO | ENOSYS);
	emit_load(p, offsetof(struct seccomp_data, nr));
	emit_search(b, 0, b->nruns);
	emit_blocks(b);
	assert(!p->overflow);
	insn = malloc(p->n * sizeof(*insn));
	if (!insn)
		return -ENOMEM;
	memcpy(insn, p->insn, p->n * sizeof(*insn));
	out->filter = insn;
	out->len = (unsigned short)p->n;
	return 0;
}

int
filter_build(const struct filter_config *cfg, struct sock_fprog *out)
{
	return filter_build_for(cfg, ARCH_INDEX, out);
}

void
filter_free(struct sock_fprog *prog)
{
	free(prog->filter);
	prog->filter = NULL;
	prog->len = 0;
}

int
filter_install(const struct sock_fprog *prog, unsigned int *flags)
{
	unsigned int want = *flags;
	unsigned long bits = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	long ret;

	if (want & FILTER_LISTENER)
		bits |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	if ((want & FILTER_LISTENER) && (want & FILTER_KILLABLE))
		bits |= SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	else
		want &= ~FILTER_KILLABLE;
	ret = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, bits, prog);
	if (ret < 0 && errno == EINVAL && (want & FILTER_KILLABLE)) {
		want &= ~FILTER_KILLABLE;
		bits &= ~SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
		ret = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, bits, prog);
	}
	if (ret < 0)
		return -errno;
	*flags = want;
	return (int)ret;
}
