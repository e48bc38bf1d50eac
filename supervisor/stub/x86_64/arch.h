/* SPDX-License-Identifier: Apache-2.0 */
/* System calls and the address space of x86-64. */
#ifndef SUPERVISOR_STUB_ARCH_H
#define SUPERVISOR_STUB_ARCH_H

#include <stdint.h>
#include <asm/unistd.h>

/* TASK_SIZE for an address space whose size is 2^n. */
#define STUB_TASK_SIZE(pow2)	((pow2) - 4096)

static inline int64_t
stub_call(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
	  uint64_t f)
{
	register uint64_t r10 __asm__("r10") = d;
	register uint64_t r8 __asm__("r8") = e;
	register uint64_t r9 __asm__("r9") = f;
	int64_t ret;

	__asm__ volatile("syscall" : "=a"(ret)
			 : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

#endif
