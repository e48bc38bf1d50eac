/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/idfilter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "arch/arch.h"
#include "include/auto.h"
#include "supervisor/filter.h"
#include "supervisor/guestmem.h"
#include "supervisor/log.h"
#include "supervisor/sandbox.h"
#include "supervisor/trace_priv.h"

/* As it will lie in guest memory: the header, then the program. */
struct idfilter {
	size_t size;
	struct sock_fprog head;
	struct sock_filter insn[];
};

static struct idfilter *
make(const struct sandbox *sb)
{
	struct filter_config cfg = *sb->filter;
	struct sock_fprog prog = { .len = 0 };
	struct idfilter *f;

	cfg.emulate_ids = cfg.emulate_uname = cfg.ptrace_backend = true;
	cfg.over = sb->filter;
	if (filter_build(&cfg, &prog) < 0)
		return NULL;
	f = calloc(1, sizeof(*f) + prog.len * sizeof(f->insn[0]));
	if (f) {
		f->size = sizeof(f->head) + prog.len * sizeof(f->insn[0]);
		f->head.len = prog.len;
		memcpy(f->insn, prog.filter, prog.len * sizeof(f->insn[0]));
	}
	filter_free(&prog);
	return f;
}

/* Where the program lies for the time of the call: below the stack. */
static uint64_t
place(struct task *t, size_t size)
{
	uint64_t sp = arch_regs_sp(&t->trace->saved);

	return (sp - ARCH_RED_ZONE - size) & ~(uint64_t)(ARCH_STACK_ALIGN - 1);
}

static int
install(struct task *t, struct idfilter *f)
{
	AUTO_FREE char *before = malloc(f->size);
	uint64_t at = place(t, f->size);
	int64_t ret;

	if (!before)
		return -ENOMEM;
	f->head.filter = (struct sock_filter *)(uintptr_t)
			 (at + sizeof(f->head));
	if (guest_read(t, before, at, f->size) < 0 ||
	    guest_write(t, at, &f->head, f->size) < 0)
		return -EFAULT;
	ret = trace_inject(t, SYS_seccomp, (uint64_t[6]){
		SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, at });
	guest_write(t, at, before, f->size);
	return (int)ret;
}

void
idfilter_install(struct task *t)
{
	struct sandbox *sb = t->sb;
	int err;

	if (t->id_filtered ||
	    (sb->filter->emulate_ids && sb->filter->emulate_uname))
		return;
	if (!sb->idfilter)
		sb->idfilter = make(sb);
	err = sb->idfilter ? install(t, sb->idfilter) : -ENOMEM;
	if (err < 0)
		log_info("thread %d is shown its real ids: %s", t->tid,
			 log_errno(err));
	else
		t->id_filtered = true;
}

void
idfilter_free(struct sandbox *sb)
{
	free(sb->idfilter);
	sb->idfilter = NULL;
}
