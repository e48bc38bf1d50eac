/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole surface of a port.
 *
 * A port is a folder, arch/<machine>/, with the same three files each:
 *	regs.c		the registers of a stopped thread
 *	legacy.c	calls that only this machine still has, in modern form
 *	layout.c	where the kernel places things in an address space
 * and a block of constants below.  Nothing here logs, exits or reads a guest's
 * memory.  The register functions that take a pid work on the thread that
 * ptrace has attached (tracer thread only); the rest are pure.
 */
#ifndef BELLJAR_ARCH_ARCH_H
#define BELLJAR_ARCH_ARCH_H

#include <linux/audit.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#include "arch/sysreq.h"

#if defined(__x86_64__)
#define ARCH_NAME		"x86_64"
#define ARCH_INDEX		0		/* column of syscalls.def */
#define ARCH_AUDIT		AUDIT_ARCH_X86_64
#define ARCH_ELF_MACHINE	62		/* EM_X86_64 */
#define ARCH_SYSCALL_INSN_LEN	2
#define ARCH_SYSCALL_INSN	0x050f		/* syscall */
#define ARCH_RED_ZONE		128		/* bytes below sp that are in use */
#define ARCH_RESTART_ARG0	0		/* a call that the kernel makes again
						 * gets its own copy of arg 0 */
#define ARCH_X32_BIT		0x40000000	/* in the number: x32 */
#elif defined(__aarch64__)
#define ARCH_NAME		"arm64"
#define ARCH_INDEX		1
#define ARCH_AUDIT		AUDIT_ARCH_AARCH64
#define ARCH_ELF_MACHINE	183		/* EM_AARCH64 */
#define ARCH_SYSCALL_INSN_LEN	4
#define ARCH_SYSCALL_INSN	0xd4000001	/* svc #0 */
#define ARCH_RED_ZONE		0
#define ARCH_RESTART_ARG0	1
#define ARCH_X32_BIT		0
#else
#error "no port for this machine"
#endif
#define ARCH_STACK_ALIGN	16

/*
 * Registers of a stopped thread.  Read them, change them through the accessors,
 * write them back.  nr is kept apart because arm64 has it in a register set of
 * its own; arch_regs_write() writes that only when it changed.
 */
struct arch_regs {
	struct user_regs_struct u;
	int nr;			/* system call number, -1: none or skipped */
	int nr_seen;		/* as read; private to regs.c */
};

/* Both return 0 or -errno (-ESRCH: the thread died or is not stopped). */
int arch_regs_read(pid_t tid, struct arch_regs *r);
int arch_regs_write(pid_t tid, const struct arch_regs *r);

/*
 * The number: of the call in progress at entry, exit and SECCOMP stops; -1 at
 * other stops.  Setting it has an effect at entry and SECCOMP stops only.
 */
int arch_regs_nr(const struct arch_regs *r);
void arch_regs_set_nr(struct arch_regs *r, int nr);

/*
 * Argument i < 6.  arm64: argument 0 and the return value share x0, so argument
 * 0 can only be read at an entry, SECCOMP or SIGSYS stop, never after the call;
 * and on some kernels a changed argument 0 reaches the call, but neither the
 * filter's second run nor PTRACE_GET_SYSCALL_INFO, which see the old one: no
 * filter rule on argument 0 may be the only guard behind a rewrite.
 */
uint64_t arch_regs_arg(const struct arch_regs *r, unsigned int i);
void arch_regs_set_arg(struct arch_regs *r, unsigned int i, uint64_t v);

/* The return value, -errno for an error; meaningful at an exit stop. */
int64_t arch_regs_ret(const struct arch_regs *r);
void arch_regs_set_ret(struct arch_regs *r, int64_t v);

uint64_t arch_regs_ip(const struct arch_regs *r);
void arch_regs_set_ip(struct arch_regs *r, uint64_t ip);
uint64_t arch_regs_sp(const struct arch_regs *r);
void arch_regs_set_sp(struct arch_regs *r, uint64_t sp);

/*
 * Makes the thread execute system call nr when it runs on, with the arguments
 * that r holds: ip goes back onto the instruction.  r must hold the registers
 * of the call's own entry, SECCOMP or SIGSYS stop (or argument 0 set anew).  At
 * an entry or SECCOMP stop the present call is skipped.
 */
void arch_regs_rewind(struct arch_regs *r, int nr);

/*
 * Ends the present call with ret without running it.  At an entry or SECCOMP
 * stop; also at a SIGSYS stop, whose signal the caller then suppresses.
 */
void arch_regs_skip(struct arch_regs *r, int64_t ret);

/* Returns true for the kernel's internal restart codes, -512...-516. */
bool arch_is_restart(int64_t ret);

/*
 * Signal-delivery stop: hides an interrupted wait from the handler.
 *
 * A notification that a signal interrupts before it was received makes calls
 * fail with EINTR that never do so natively (stat, mkdir...).  Given the
 * registers at the signal-delivery stop, this makes the kernel restart the call
 * after the handler whatever SA_RESTART says.  Returns
 *	RESTART_NONE	nothing was interrupted; do nothing
 *	RESTART_REGS	r was changed: write it back
 *	RESTART_FRAME	the kernel has put that decision out of the registers'
 *			reach (arm64).  If the handler's disposition lacks
 *			SA_RESTART: deliver the signal with PTRACE_SINGLESTEP,
 *			and at the stop on the handler's first instruction undo
 *			the EINTR in the frame: at sp + ARCH_FRAME_RET stands
 *			-EINTR, to become argument 0; at sp + ARCH_FRAME_IP the
 *			return address, to become ip (both as in r here).
 * Do not use it for a wait that was meant to be interrupted.
 */
enum arch_restart { RESTART_NONE, RESTART_REGS, RESTART_FRAME };
enum arch_restart arch_regs_force_restart(struct arch_regs *r);

/*
 * Signal-delivery stop: returns the number of the call that was interrupted and
 * would be restarted, -1 when there is none.  arm64 can only guess: the answer
 * holds when the instruction at ip is ARCH_SYSCALL_INSN, and even then the
 * signal may have come just before a fresh call; leave everything alone when it
 * is another instruction.
 */
int arch_regs_restart_nr(const struct arch_regs *r);

/* Offsets in the signal frame from sp at the handler's first instruction. */
#if defined(__aarch64__)
#define ARCH_FRAME_RET	(128 + 176 + 8)			/* x0 */
#define ARCH_FRAME_IP	(128 + 176 + 8 + 32 * 8)	/* pc */
#else
#define ARCH_FRAME_RET	(8 + 40 + 13 * 8)		/* rax */
#define ARCH_FRAME_IP	(8 + 40 + 16 * 8)		/* rip */
#endif

/*
 * Decodes the call of an entry or SECCOMP stop.  Errors as arch_decode().
 */
int arch_decode_regs(struct sysreq *rq, const struct arch_regs *r);

/*
 * Decodes the call of a SIGSYS stop (si_code SYS_SECCOMP) from the registers
 * and the siginfo's number and architecture: arm64 has already forgotten the
 * number there.  Errors as arch_decode().
 */
int arch_decode_trap(struct sysreq *rq, const struct arch_regs *r,
		     int nr, uint32_t audit_arch);

/*
 * legacy.c: rewrites rq (sc, arg) when its call is one that only this machine
 * has.  rq->arg are cut to the call's own arguments already.
 */
void arch_decode_legacy(struct sysreq *rq);

/* Returns the address without tag bits (arm64 ignores the top byte). */
static inline uint64_t
arch_untag_addr(uint64_t addr)
{
#if defined(__aarch64__)
	return (uint64_t)((int64_t)(addr << 8) >> 8);
#else
	return addr;
#endif
}

/* Where Linux places things; found once, at start. */
struct arch_layout {
	uint64_t page_size;
	uint64_t task_size;	/* first address above user space */
	uint64_t et_dyn_base;	/* ELF_ET_DYN_BASE: PIE with an interpreter */
	uint64_t mmap_min_addr;
	unsigned int rnd_bits;	/* pages of randomness above et_dyn_base */
};

void arch_layout_find(struct arch_layout *l);

/*
 * layout.c of the port: fills task_size and et_dyn_base (need not be aligned)
 * from page_size, and says what rnd_bits is unless the administrator changed it.
 */
void arch_layout_machine(struct arch_layout *l, unsigned int *rnd_default);

#endif
