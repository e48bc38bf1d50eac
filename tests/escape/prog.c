/* SPDX-License-Identifier: Apache-2.0 */
/* BUILD: -nostdlib -static-pie -ffreestanding -fno-stack-protector */
/*
 * The program outside that an attack must not execute.  It runs wherever it is
 * put, also as the dynamic loader of another: it has no libc and no relocations.
 */

static const char text[] = "escaped: the program outside ran\n";

void _start(void);

void
_start(void)
{
#if defined(__x86_64__)
	long rc = 1;

	__asm__ volatile("syscall" : "+a"(rc) : "D"(1), "S"(text),
			 "d"(sizeof(text) - 1) : "rcx", "r11", "memory");
	__asm__ volatile("syscall" : : "a"(60), "D"(42));
#elif defined(__aarch64__)
	register long x0 __asm__("x0") = 1, x8 __asm__("x8") = 64;
	register const char *x1 __asm__("x1") = text;
	register long x2 __asm__("x2") = sizeof(text) - 1;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2)
			 : "memory");
	x0 = 42;
	x8 = 93;
	__asm__ volatile("svc 0" : : "r"(x0), "r"(x8));
#endif
	__builtin_unreachable();
}
