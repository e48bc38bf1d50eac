/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channel_priv.h - between channel.c (whose channel is where), channel_open.c
 * (how it comes to be) and channel_wire.c (what goes through it).
 */
#ifndef SUPERVISOR_CHANNEL_PRIV_H
#define SUPERVISOR_CHANNEL_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct task;

struct channel {
	unsigned int users;		/* tasks */
	int sock;			/* our end */
	int number;			/* of the guests' end */
	dev_t dev;			/* what stands there */
	ino_t ino;
};

/* channel_wire.c.  A descriptor and a tag that both sides know it by. */
int channel_send(int sock, int fd, uint64_t tag);
/* The descriptor, or -errno.  What else the guest has sent is dropped. */
int channel_receive(int sock, uint64_t tag);

/*
 * The same done by the guest, with its socket `sock`.  receive: the number of
 * the new descriptor; -EMFILE; -ESTALE: this is not what was sent.
 */
int64_t channel_receive_in_guest(struct task *t, int64_t sock, uint64_t tag,
				 unsigned int flags);
int channel_send_in_guest(struct task *t, int64_t sock, int fd, uint64_t tag);

/*
 * Memory of the guest for the arguments of calls that it makes for us: below
 * its stack, where nothing should live and what does is put back; where there
 * is none, a page that is mapped for the moment.
 */
#define SCRATCH_MAX	256

struct scratch {
	uint64_t at;
	size_t size;
	bool mapped;
	char before[SCRATCH_MAX];
};

int scratch_get(struct task *t, size_t size, struct scratch *s);
void scratch_put(struct task *t, const struct scratch *s);

/* channel_open.c: fills *ch but for its users.  0 or -errno; on failure
 * ch->sock may have to be closed. */
int channel_open(struct task *t, struct channel *ch);

#endif
