/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/guestfilter.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "arch/arch.h"
#include "include/auto.h"
#include "include/magic.h"
#include "supervisor/guestmem.h"
#include "supervisor/task.h"
#include "supervisor/trace.h"
#include "supervisor/trace_priv.h"

#define LOW(i)	((uint32_t)offsetof(struct seccomp_data, args[i]))
#define LOAD(at)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (at))
/* Skips that many instructions if it is not so. */
#define IS(v, skip)	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (v), 0, (skip))
#define ALLOW		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/*
 * What the loader stub calls and a program need not: the magic call, and what
 * tells the kernel the program's name and layout, of the caller alone.  The
 * low halves of arguments stand first on both of our machines.
 */
static const struct sock_filter before[] = {
	LOAD(offsetof(struct seccomp_data, nr)),
	IS(BELLJAR_MAGIC_NR, 1),
	ALLOW,
	IS(SYS_personality, 3),
	LOAD(LOW(0)),
	IS(0xffffffff, 9),
	ALLOW,
	IS(SYS_prctl, 7),
	LOAD(LOW(0)),
	IS(PR_SET_NAME, 1),
	ALLOW,
	IS(PR_SET_MM, 3),
	LOAD(LOW(1)),
	IS(PR_SET_MM_MAP, 1),
	ALLOW,
	/* The guest's own begins with an accumulator of 0. */
	BPF_STMT(BPF_LD | BPF_IMM, 0),
};

#define NR_BEFORE (sizeof(before) / sizeof(before[0]))

/* As it will lie in guest memory. */
struct image {
	struct sock_fprog head;
	struct sock_filter insn[];
};

/* The guest's program with ours before it, or NULL. */
static struct image *
make(struct task *t, const struct sock_fprog *own, size_t *size)
{
	AUTO_FREE struct image *im = NULL;

	if (own->len == 0 || own->len > BPF_MAXINSNS - NR_BEFORE)
		return NULL;
	*size = sizeof(*im) + (NR_BEFORE + own->len) * sizeof(im->insn[0]);
	im = malloc(*size);
	if (!im)
		return NULL;
	memset(&im->head, 0, sizeof(im->head));
	im->head.len = (unsigned short)(NR_BEFORE + own->len);
	memcpy(im->insn, before, sizeof(before));
	if (guest_read(t, im->insn + NR_BEFORE,
		       (uint64_t)(uintptr_t)own->filter,
		       own->len * sizeof(im->insn[0])) < 0)
		return NULL;
	return steal_ptr(&im);
}

/* The call that the guest has made, for another program. */
static int64_t
call_again(struct task *t, uint64_t flags, uint64_t addr)
{
	if (arch_regs_nr(&t->trace->saved) == SYS_prctl)
		return trace_inject(t, SYS_prctl, (uint64_t[6]){
			PR_SET_SECCOMP, SECCOMP_MODE_FILTER, addr });
	return trace_inject(t, SYS_seccomp, (uint64_t[6]){
		SECCOMP_SET_MODE_FILTER, flags, addr });
}

/* It lies below the stack for the time of the call.  -EFAULT: there is no
 * room, and no call was made. */
static int64_t
install(struct task *t, uint64_t flags, struct image *im, size_t size)
{
	uint64_t at = arch_regs_sp(&t->trace->saved) - ARCH_RED_ZONE - size;
	AUTO_FREE char *kept = malloc(size);
	int64_t ret;

	at &= ~(uint64_t)(ARCH_STACK_ALIGN - 1);
	im->head.filter = (struct sock_filter *)(uintptr_t)
			  (at + sizeof(im->head));
	if (!kept || guest_read(t, kept, at, size) < 0 ||
	    guest_write(t, at, im, size) < 0)
		return -EFAULT;
	ret = call_again(t, flags, at);
	guest_write(t, at, kept, size);
	return ret;
}

int64_t
guestfilter_install(struct task *t, uint64_t flags, uint64_t addr, bool *plain)
{
	AUTO_FREE struct image *im = NULL;
	struct sock_fprog own;
	size_t size;
	int64_t ret;

	*plain = true;
	if (guest_read(t, &own, addr, sizeof(own)) < 0)
		return 0;
	im = make(t, &own, &size);
	if (!im)
		return 0;
	/* The kernel has no use for this error: it cannot be the call's. */
	ret = install(t, flags, im, size);
	*plain = ret == -EFAULT;
	return ret;
}

int64_t
guestfilter_strict(struct task *t)
{
	static const int allowed[] = {
		SYS_read, SYS_write, SYS_exit, SYS_rt_sigreturn,
	};
	const size_t n = sizeof(allowed) / sizeof(allowed[0]);
	const size_t size = sizeof(struct image) +
			    (2 + 2 * n) * sizeof(struct sock_filter);
	AUTO_FREE struct image *im = calloc(1, size);
	struct sock_filter *p;

	if (!im)
		return -ENOMEM;
	im->head.len = (unsigned short)(2 + 2 * n);
	p = im->insn;
	*p++ = (struct sock_filter)LOAD(offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < n; i++) {
		*p++ = (struct sock_filter)IS((uint32_t)allowed[i], 1);
		*p++ = (struct sock_filter)ALLOW;
	}
	*p = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
					  SECCOMP_RET_KILL_THREAD);
	return install(t, 0, im, size);
}
