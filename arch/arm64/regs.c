/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of a stopped arm64 thread.
 *
 * x8 holds the number at the svc instruction; the number of the call in
 * progress is a register set of its own (NT_ARM_SYSTEM_CALL).  x0 is argument 0
 * before the call and the result after it, so that it is the argument only
 * until the call has run.
 */
#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "arch/arch.h"
#include "include/uapi.h"

int
arch_regs_read(pid_t tid, struct arch_regs *r)
{
	struct iovec iov = { .iov_base = &r->u, .iov_len = sizeof(r->u) };
	int nr = -1;

	if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &iov) < 0)
		return -errno;
	if (iov.iov_len != sizeof(r->u))
		return -EIO;	/* a 32-bit thread */
	iov.iov_base = &nr;
	iov.iov_len = sizeof(nr);
	if (ptrace(PTRACE_GETREGSET, tid, UAPI_NT_ARM_SYSTEM_CALL, &iov) < 0)
		return -errno;
	r->nr = r->nr_seen = nr;
	return 0;
}

int
arch_regs_write(pid_t tid, const struct arch_regs *r)
{
	struct user_regs_struct u = r->u;
	int nr = r->nr;
	struct iovec iov = { .iov_base = &u, .iov_len = sizeof(u) };

	if (ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &iov) < 0)
		return -errno;
	if (r->nr == r->nr_seen)
		return 0;
	iov.iov_base = &nr;
	iov.iov_len = sizeof(nr);
	if (ptrace(PTRACE_SETREGSET, tid, UAPI_NT_ARM_SYSTEM_CALL, &iov) < 0)
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
}

uint64_t
arch_regs_arg(const struct arch_regs *r, unsigned int i)
{
	return i < SC_ARGS ? r->u.regs[i] : 0;
}

void
arch_regs_set_arg(struct arch_regs *r, unsigned int i, uint64_t v)
{
	if (i < SC_ARGS)
		r->u.regs[i] = v;
}

int64_t
arch_regs_ret(const struct arch_regs *r)
{
	return (int64_t)r->u.regs[0];
}

void
arch_regs_set_ret(struct arch_regs *r, int64_t v)
{
	r->u.regs[0] = (unsigned long long)v;
}

uint64_t
arch_regs_ip(const struct arch_regs *r)
{
	return r->u.pc;
}

void
arch_regs_set_ip(struct arch_regs *r, uint64_t ip)
{
	r->u.pc = ip;
}

uint64_t
arch_regs_sp(const struct arch_regs *r)
{
	return r->u.sp;
}

void
arch_regs_set_sp(struct arch_regs *r, uint64_t sp)
{
	r->u.sp = sp;
}

void
arch_regs_rewind(struct arch_regs *r, int nr)
{
	r->u.pc -= ARCH_SYSCALL_INSN_LEN;
	r->u.regs[8] = (unsigned long long)nr;
	arch_regs_set_nr(r, -1);
}

void
arch_regs_skip(struct arch_regs *r, int64_t ret)
{
	arch_regs_set_nr(r, -1);
	arch_regs_set_ret(r, ret);
}

/* x8 survives the call, and the number is gone at a signal-delivery stop. */
int
arch_regs_restart_nr(const struct arch_regs *r)
{
	return (int)r->u.regs[8];
}

/*
 * do_signal() in arch/arm64/kernel/signal.c has put x0 and pc back before the
 * stop, and keeps the result in a local variable: only the frame that it builds
 * for the handler can be put right.
 */
enum arch_restart
arch_regs_force_restart(struct arch_regs *r)
{
	(void)r;
	return RESTART_FRAME;
}
