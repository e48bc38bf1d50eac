/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State of the processor that mediated calls, signals and exec must not harm:
 * arm64's signed pointers, landing pads, tagged memory and long vectors.
 *
 * PLACES: host
 */
#include "tests/lib/guest.h"

#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>

#if defined(__aarch64__)

#ifndef HWCAP_PACA
#define HWCAP_PACA	(1UL << 30)
#endif
#ifndef HWCAP_SVE
#define HWCAP_SVE	(1UL << 22)
#endif
#ifndef HWCAP2_MTE
#define HWCAP2_MTE	(1UL << 18)
#endif
#ifndef HWCAP2_BTI
#define HWCAP2_BTI	(1UL << 17)
#endif
#ifndef PROT_BTI
#define PROT_BTI	0x10
#endif
#ifndef PROT_MTE
#define PROT_MTE	0x20
#endif
#ifndef PR_SVE_SET_VL
#define PR_SVE_SET_VL	50
#define PR_SVE_GET_VL	51
#endif
#ifndef PR_PAC_RESET_KEYS
#define PR_PAC_RESET_KEYS 54
#endif
#ifndef PR_SET_TAGGED_ADDR_CTRL
#define PR_SET_TAGGED_ADDR_CTRL 55
#define PR_GET_TAGGED_ADDR_CTRL 56
#endif
#define TAGGED_ADDR_ENABLE	1UL
#define MTE_SYNC		(1UL << 1)
#define MTE_ALL_TAGS		(0xfffeUL << 3)

#define IN_CHILD(...)							\
	do {								\
		pid_t pid_ = MUST(fork());				\
									\
		if (pid_ == 0) {					\
			__VA_ARGS__;					\
			_exit(0);					\
		}							\
		MUST(waitpid(pid_, NULL, 0));				\
	} while (0)

static volatile sig_atomic_t fired;

static void
on_signal(int sig)
{
	(void)sig;
	fired++;
}

static void
after_ms(long ms)
{
	struct itimerval it = { .it_value = { .tv_usec = ms * 1000 } };

	signal(SIGALRM, on_signal);
	MUST(setitimer(ITIMER_REAL, &it, NULL));
}

/* ---- signed pointers ---- */

static uint64_t
sign(uint64_t pointer, uint64_t with)
{
	register uint64_t x17 __asm__("x17") = pointer;
	register uint64_t x16 __asm__("x16") = with;

	__asm__ volatile("hint #8" : "+r"(x17) : "r"(x16));	/* pacia1716 */
	return x17;
}

static uint64_t
check(uint64_t pointer, uint64_t with)
{
	register uint64_t x17 __asm__("x17") = pointer;
	register uint64_t x16 __asm__("x16") = with;

	__asm__ volatile("hint #12" : "+r"(x17) : "r"(x16));	/* autia1716 */
	return x17;
}

static void
signed_pointers_stay_good(void)
{
	uint64_t plain = (uint64_t)(uintptr_t)&fired, with_key;
	struct stat st;

	if (!(getauxval(AT_HWCAP) & HWCAP_PACA))
		cannot("this machine signs no pointers");
	with_key = sign(plain, 42);
	R(stat("/", &st));
	say("after a mediated call %d", check(with_key, 42) == plain);
	signal(SIGUSR1, on_signal);
	raise(SIGUSR1);
	say("after a signal %d", fired == 1 && check(with_key, 42) == plain);
	IN_CHILD(say("in a child %d", check(with_key, 42) == plain));
	R(prctl(PR_PAC_RESET_KEYS, 0, 0, 0, 0));
	say("signed by other keys now %d", sign(plain, 42) != with_key);
}

/* ---- landing pads ---- */

static void
on_sigill(int sig)
{
	(void)sig;
	say("SIGILL");
	_exit(0);
}

static void
landing_pads_are_enforced(void)
{
	static const uint32_t code[] = {
		0xd503245f,			/* bti c */
		0x528000e0,			/* mov w0, #7 */
		0xd65f03c0,			/* ret */
	};
	uint32_t *page;
	struct stat st;

	if (!(getauxval(AT_HWCAP2) & HWCAP2_BTI))
		cannot("this machine knows no landing pads");
	page = mmap(NULL, 65536, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(page, code, sizeof(code));
	__builtin___clear_cache((char *)page, (char *)page + sizeof(code));
	R(mprotect(page, 65536, PROT_READ | PROT_EXEC | PROT_BTI));
	R(((int (*)(void))(uintptr_t)page)());
	R(stat("/", &st));
	R(((int (*)(void))(uintptr_t)page)());
	signal(SIGILL, on_sigill);
	R(((int (*)(void))(uintptr_t)(page + 1))());
}

/* ---- tagged memory ---- */

static void
on_segv(int sig, siginfo_t *si, void *context)
{
	(void)sig;
	(void)context;
	say("code %d", si->si_code);		/* 9: SEGV_MTESERR */
	_exit(0);
}

static char *
tag_granule(char *at)
{
	register char *x0 __asm__("x0") = at;

	__asm__ volatile(".arch armv8.5-a+memtag\n\t"
			 "irg x0, x0\n\t"
			 "stg x0, [x0]" : "+r"(x0) : : "memory");
	return x0;
}

static void
tagged_memory_is_checked(void)
{
	struct sigaction sa = { .sa_sigaction = on_segv,
				.sa_flags = SA_SIGINFO };
	char *page, *tagged, buf[16];
	int fd;

	if (!(getauxval(AT_HWCAP2) & HWCAP2_MTE))
		cannot("this machine has no tagged memory");
	R(prctl(PR_SET_TAGGED_ADDR_CTRL, TAGGED_ADDR_ENABLE | MTE_SYNC |
		MTE_ALL_TAGS, 0, 0, 0));
	page = mmap(NULL, 65536, PROT_READ | PROT_WRITE | PROT_MTE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	tagged = tag_granule(page);
	say("tagged %d", tagged != page);
	strcpy(tagged, "f");
	put_file("f", "text");
	/* Path, result: both in tagged memory, by their tagged names. */
	fd = MUST(open(tagged, O_RDONLY));
	R(read(fd, tagged, 4));
	say("%.4s", tagged);
	MUST(symlink("goal", "l"));
	R(readlink("l", tagged, 16));
	say("%.4s", tagged);
	R(prctl(PR_GET_TAGGED_ADDR_CTRL, 0, 0, 0, 0));
	memcpy(buf, tagged, 4);
	sigaction(SIGSEGV, &sa, NULL);
	say("%c", *(volatile char *)page);
}

/* ---- long vectors ---- */

static void
vectors_survive_signals(void)
{
	static uint8_t in[256], out[256];
	int bytes;

	if (!(getauxval(AT_HWCAP) & HWCAP_SVE))
		cannot("this machine has no long vectors");
	bytes = (int)R(prctl(PR_SVE_GET_VL, 0, 0, 0, 0)) & 0xffff;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7 + 1);
	after_ms(20);
	/* All of z0 and z31, until the handler has run. */
	__asm__ volatile(".arch_extension sve\n\t"
			 "ldr z0, [%0]\n\tldr z31, [%0]\n\t"
			 "1: ldr w9, [%2]\n\tcbz w9, 1b\n\t"
			 "str z0, [%1]\n\t"
			 "ldr z1, [%0]\n\t"
			 "eor z31.d, z31.d, z1.d\n\t"
			 "orr z0.d, z0.d, z31.d\n\t"
			 "str z0, [%1]"
			 : : "r"(in), "r"(out), "r"(&fired)
			 : "x9", "memory", "v0", "v1", "v31");
	say("all bytes %d", memcmp(in, out, (size_t)bytes) == 0);
}

static void
vector_length_is_kept(void)
{
	struct stat st;

	if (!(getauxval(AT_HWCAP) & HWCAP_SVE))
		cannot("this machine has no long vectors");
	R(prctl(PR_SVE_SET_VL, 16, 0, 0, 0));
	R(stat("/", &st));
	R(prctl(PR_SVE_GET_VL, 0, 0, 0, 0));
	IN_CHILD(R(prctl(PR_SVE_GET_VL, 0, 0, 0, 0)));
}

static void
low_halves_survive_mediated_calls(void)
{
	uint64_t in[2] = { 0x1122334455667788, 0x99aabbccddeeff00 }, out[2];
	register long x8 __asm__("x8") = SYS_faccessat;
	register long x0 __asm__("x0") = AT_FDCWD;
	register const char *x1 __asm__("x1") = "/";
	register long x2 __asm__("x2") = F_OK;

	__asm__ volatile("ldr q9, [%4]\n\tsvc #0\n\tstr q9, [%5]"
			 : "+r"(x0)
			 : "r"(x1), "r"(x2), "r"(x8), "r"(in), "r"(out)
			 : "memory", "v9");
	say("%ld, the same %d", x0, memcmp(in, out, sizeof(in)) == 0);
}

GUEST_MAIN(
	CASE(signed_pointers_stay_good),
	CASE(landing_pads_are_enforced),
	CASE(tagged_memory_is_checked),
	CASE(vectors_survive_signals),
	CASE(vector_length_is_kept),
	CASE(low_halves_survive_mediated_calls),
)

#else

static void
only_arm64_has_such_state(void)
{
	cannot("this is not arm64");
}

GUEST_MAIN(
	CASE(only_arm64_has_such_state),
)

#endif
