/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guestroom.h - memory of a stopped guest, borrowed for one call.
 *
 * What a call of ours points at must lie in the guest's memory: it is put
 * below the guest's stack and red zone, and what was there comes back
 * afterwards.  The task stands at a system call stop; tracer thread.
 */
#ifndef SUPERVISOR_GUESTROOM_H
#define SUPERVISOR_GUESTROOM_H

#include <stddef.h>
#include <stdint.h>

struct task;

struct guestroom {
	uint64_t at;			/* the guest's address */
	size_t size;
	char *before;			/* owned; NULL: nothing is borrowed */
};

#define GUESTROOM_INIT	{ 0, 0, NULL }

/* Finds r->at for so many bytes, aligned for anything. -ENOMEM, -EFAULT. */
int guestroom_take(struct task *t, struct guestroom *r, size_t size);
/* Gives back what was there. */
void guestroom_return(struct task *t, struct guestroom *r);
/* Forgets it: the guest is gone. */
void guestroom_drop(struct guestroom *r);

#endif
