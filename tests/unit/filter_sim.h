/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a seccomp filter over one call, for the tests of supervisor/filter.c.
 *
 * No ck_assert in here: each one writes to a file, and these run by millions.
 */
#ifndef BELLJAR_TESTS_UNIT_FILTER_SIM_H
#define BELLJAR_TESTS_UNIT_FILTER_SIM_H

#include <check.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "include/uapi.h"
#include "supervisor/filter.h"

static const uint32_t audit[2] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64 };

struct verdict {
	uint32_t action;
	bool saw_args;		/* an argument was loaded */
	unsigned int steps;
};

static inline bool
sim_jump(const struct sock_filter *f, uint32_t a)
{
	switch (BPF_OP(f->code)) {
	case BPF_JEQ:
		return a == f->k;
	case BPF_JGE:
		return a >= f->k;
	case BPF_JGT:
		return a > f->k;
	case BPF_JSET:
		return (a & f->k) != 0;
	}
	ck_abort_msg("jump %#x", f->code);
	return false;
}

static inline struct verdict
simulate(const struct sock_fprog *prog, const struct seccomp_data *data)
{
	struct verdict v = { 0 };
	uint32_t a = 0;

	for (unsigned int pc = 0; pc < prog->len; pc++) {
		const struct sock_filter *f = &prog->filter[pc];

		v.steps++;
		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (f->k + 4 > sizeof(*data) || f->k % 4 != 0)
				ck_abort_msg("load at %u", f->k);
			memcpy(&a, (const char *)data + f->k, 4);
			if (f->k >= offsetof(struct seccomp_data, args))
				v.saw_args = true;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= f->k;
			break;
		case BPF_RET | BPF_K:
			v.action = f->k;
			return v;
		case BPF_JMP | BPF_JA:
			pc += f->k;
			break;
		default:
			if (BPF_CLASS(f->code) != BPF_JMP)
				ck_abort_msg("instruction %#x", f->code);
			pc += sim_jump(f, a) ? f->jt : f->jf;
			break;
		}
	}
	ck_abort_msg("the program runs off its end");
	return v;
}

static inline struct verdict
verdict_of(const struct sock_fprog *prog, uint32_t arch, int nr,
	   const uint64_t args[SC_ARGS])
{
	struct seccomp_data data = { .nr = nr, .arch = arch };

	for (unsigned int i = 0; args && i < SC_ARGS; i++)
		data.args[i] = args[i];
	return simulate(prog, &data);
}

static inline uint32_t
action_of(const struct filter_config *cfg, enum sc_route route)
{
	switch (route) {
	case ROUTE_NATIVE:
		return SECCOMP_RET_ALLOW;
	case ROUTE_MOUNT_NOTIFY:
		if (cfg->mount_by_trap)
			return SECCOMP_RET_TRAP | FILTER_DATA;
		/* FALLTHROUGH */
	case ROUTE_NOTIFY:
		if (!cfg->ptrace_backend)
			return SECCOMP_RET_USER_NOTIF;
		return SECCOMP_RET_TRACE | FILTER_DATA;
	case ROUTE_TRACE:
		return SECCOMP_RET_TRACE | FILTER_DATA;
	case ROUTE_MOUNT:
		if (cfg->mount_by_trap)
			return SECCOMP_RET_TRAP | FILTER_DATA;
		return SECCOMP_RET_TRACE | FILTER_DATA;
	case ROUTE_REFUSE_ENOSYS:
	case ROUTE_REFUSE_EPERM:
	case ROUTE_REFUSE_EINVAL:
	case ROUTE_REFUSE_EACCES:
	case ROUTE_REFUSE_EOPNOTSUPP:
	case ROUTE_REFUSE_EAFNOSUPPORT:
		return SECCOMP_RET_ERRNO | (uint32_t)sc_route_errno(route);
	}
	return SECCOMP_RET_KILL_PROCESS;
}

#endif
