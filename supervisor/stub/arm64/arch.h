/* SPDX-License-Identifier: Apache-2.0 */
/* System calls and the address space of arm64. */
#ifndef SUPERVISOR_STUB_ARCH_H
#define SUPERVISOR_STUB_ARCH_H

#include <stdint.h>
#include <asm/unistd.h>

/* TASK_SIZE for an address space whose size is 2^n. */
#define STUB_TASK_SIZE(pow2)	(pow2)

static inline int64_t
stub_call(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
	  uint64_t f)
{
	register uint64_t x0 __asm__("x0") = a;
	register uint64_t x1 __asm__("x1") = b;
	register uint64_t x2 __asm__("x2") = c;
	register uint64_t x3 __asm__("x3") = d;
	register uint64_t x4 __asm__("x4") = e;
	register uint64_t x5 __asm__("x5") = f;
	register long x8 __asm__("x8") = nr;

	__asm__ volatile("svc #0" : "+r"(x0)
			 : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5),
			   "r"(x8)
			 : "memory");
	return (int64_t)x0;
}

#endif
