/* SPDX-License-Identifier: Apache-2.0 */
/* PLACES: host */
/* execve from a stack that has no room below its pointer. */
#include "tests/lib/guest.h"

#include <sys/mman.h>

int
guest_child(int argc, char **argv)
{
	int fds = 0;

	for (int i = 0; i < 64; i++)
		fds += fcntl(i, F_GETFD) >= 0;
	say("%s with %d arguments, %d descriptors", argv[0], argc, fds);
	return 0;
}

/* One system call with the stack pointer at `sp`. */
static long
call_at(uintptr_t sp, long nr, const void *a, const void *b, const void *c)
{
#if defined(__x86_64__)
	long ret;

	__asm__ volatile("movq %%rsp, %%rbx\n\tmovq %[sp], %%rsp\n\t"
			 "syscall\n\tmovq %%rbx, %%rsp"
			 : "=a"(ret)
			 : "0"(nr), "D"(a), "S"(b), "d"(c), [sp] "r"(sp)
			 : "rbx", "rcx", "r11", "memory");
	return ret;
#else
	register const void *x0 __asm__("x0") = a;
	register const void *x1 __asm__("x1") = b;
	register const void *x2 __asm__("x2") = c;
	register long x8 __asm__("x8") = nr;

	__asm__ volatile("mov x19, sp\n\tmov sp, %[sp]\n\tsvc #0\n\t"
			 "mov sp, x19"
			 : "+r"(x0)
			 : "r"(x1), "r"(x2), "r"(x8), [sp] "r"(sp)
			 : "x19", "memory");
	return (long)x0;
#endif
}

/* The lowest usable stack pointer of a fresh mapping. */
static uintptr_t
low_stack(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(p == MAP_FAILED ? -1 : 0);
	MUST(munmap(p, page));
	MUST(munmap(p + 2 * page, page));
	return (uintptr_t)p + page;
}

static void
a_stack_without_room_below_is_enough(void)
{
	char *argv[] = { (char *)"child", (char *)"+child", (char *)"x", NULL };
	char *envp[] = { NULL };
	uintptr_t sp = low_stack();

	call_at(sp, SYS_execve, self(), argv, envp);
	say("still here");
}

/* What is refused leaves nothing behind: no descriptor, no changed byte. */
static void
a_refused_call_leaves_nothing_behind(void)
{
	size_t len = 8 << 20;
	char *huge = malloc(len + 1);
	char *argv[] = { (char *)"child", huge, NULL };
	char *envp[] = { NULL };
	uintptr_t sp = low_stack();
	int fds = 0;

	memset(huge, 'x', len);
	huge[len] = '\0';
	for (int i = 0; i < 3; i++)
		say("execve: %s",
		    errname((int)-call_at(sp, SYS_execve, self(), argv,
					  envp)));
	say("execve: %s", errname((int)-call_at(sp, SYS_execve, self(),
						(void *)8, envp)));
	/* Before, the arguments were counted first. */
	if (kernel_since(6, 9))
		say("execve: %s", errname((int)-call_at(sp, SYS_execve,
							"/gone", argv, envp)));
	for (int i = 0; i < 64; i++)
		fds += fcntl(i, F_GETFD) >= 0;
	say("%d descriptors", fds);
}

GUEST_MAIN(
	CASE(a_stack_without_room_below_is_enough),
	CASE(a_refused_call_leaves_nothing_behind),
)
