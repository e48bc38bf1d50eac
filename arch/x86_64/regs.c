/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of a stopped x86-64 thread.
 *
 * rax holds the number before the call and the result after it; the kernel
 * keeps the number in orig_rax, which is -1 outside of calls.
 */
#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "arch/arch.h"

int
arch_regs_read(pid_t tid, struct arch_regs *r)
{
	struct iovec iov = { .iov_base = &r->u, .iov_len = sizeof(r->u) };

	if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &iov) < 0)
		return -errno;
	if (iov.iov_len != sizeof(r->u))
		return -EIO;	/* a 32-bit thread */
	r->nr = r->nr_seen = (int)r->u.orig_rax;
	return 0;
}

int
arch_regs_write(pid_t tid, const struct arch_regs *r)
{
	struct user_regs_struct u = r->u;
	struct iovec iov = { .iov_base = &u, .iov_len = sizeof(u) };

	if (ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &iov) < 0)
		return -errno;
	return 0;
}

int
arch_regs_nr(const struct arch_regs *r)
{
	return r->nr;
}

void
arch_regs_set_nr(struct arch_regs *r, int nr)
{
	r->nr = nr;
	r->u.orig_rax = (unsigned long long)(long long)nr;
}

uint64_t
arch_regs_arg(const struct arch_regs *r, unsigned int i)
{
	switch (i) {
	case 0: return r->u.rdi;
	case 1: return r->u.rsi;
	case 2: return r->u.rdx;
	case 3: return r->u.r10;
	case 4: return r->u.r8;
	case 5: return r->u.r9;
	default: return 0;
	}
}

void
arch_regs_set_arg(struct arch_regs *r, unsigned int i, uint64_t v)
{
	switch (i) {
	case 0: r->u.rdi = v; break;
	case 1: r->u.rsi = v; break;
	case 2: r->u.rdx = v; break;
	case 3: r->u.r10 = v; break;
	case 4: r->u.r8 = v; break;
	case 5: r->u.r9 = v; break;
	default: break;
	}
}

int64_t
arch_regs_ret(const struct arch_regs *r)
{
	return (int64_t)r->u.rax;
}

void
arch_regs_set_ret(struct arch_regs *r, int64_t v)
{
	r->u.rax = (unsigned long long)v;
}

uint64_t
arch_regs_ip(const struct arch_regs *r)
{
	return r->u.rip;
}

void
arch_regs_set_ip(struct arch_regs *r, uint64_t ip)
{
	r->u.rip = ip;
}

uint64_t
arch_regs_sp(const struct arch_regs *r)
{
	return r->u.rsp;
}

void
arch_regs_set_sp(struct arch_regs *r, uint64_t sp)
{
	r->u.rsp = sp;
}

void
arch_regs_rewind(struct arch_regs *r, int nr)
{
	r->u.rip -= ARCH_SYSCALL_INSN_LEN;
	r->u.rax = (unsigned long long)nr;
	arch_regs_set_nr(r, -1);
}

void
arch_regs_skip(struct arch_regs *r, int64_t ret)
{
	arch_regs_set_nr(r, -1);
	arch_regs_set_ret(r, ret);
}

int
arch_regs_restart_nr(const struct arch_regs *r)
{
	if (r->nr < 0 || !arch_is_restart(arch_regs_ret(r)))
		return -1;
	return r->nr;
}

/*
 * The kernel decides after the stop, from rax: ERESTARTSYS asks the handler's
 * SA_RESTART, ERESTARTNOINTR restarts always.
 */
enum arch_restart
arch_regs_force_restart(struct arch_regs *r)
{
	if (r->nr < 0 || arch_regs_ret(r) != -512)
		return RESTART_NONE;
	arch_regs_set_ret(r, -513);
	return RESTART_REGS;
}
