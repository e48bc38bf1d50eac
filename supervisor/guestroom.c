/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/guestroom.h"

#include <errno.h>
#include <stdlib.h>

#include "arch/arch.h"
#include "supervisor/guestmem.h"
#include "supervisor/sandbox.h"
#include "supervisor/trace_priv.h"

int
guestroom_take(struct task *t, struct guestroom *r, size_t size)
{
	uint64_t sp = arch_regs_sp(&t->trace->saved);
	uint64_t at = (sp - ARCH_RED_ZONE - size) &
		      ~(uint64_t)(ARCH_STACK_ALIGN - 1);
	char *before = malloc(size);

	if (!before)
		return -ENOMEM;
	if (guest_read(t, before, at, size) < 0) {
		free(before);
		return -EFAULT;
	}
	*r = (struct guestroom){ at, size, before };
	return 0;
}

void
guestroom_return(struct task *t, struct guestroom *r)
{
	if (r->before)
		guest_write(t, r->at, r->before, r->size);
	guestroom_drop(r);
}

void
guestroom_drop(struct guestroom *r)
{
	free(r->before);
	r->before = NULL;
}
