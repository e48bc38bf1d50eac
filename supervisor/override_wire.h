/* SPDX-License-Identifier: Apache-2.0 */
/*
 * override_wire.h - what goes over the socket of the process that passes over
 * permissions: a packet each way per call.  The request has one descriptor or
 * two with it, the reply the one that was opened.
 * Between override.c and override_serve.c only.
 */
#ifndef SUPERVISOR_OVERRIDE_WIRE_H
#define SUPERVISOR_OVERRIDE_WIRE_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "vfs/hostcall.h"

#define OVERRIDE_DATA_MAX	65536	/* XATTR_SIZE_MAX */

struct override_request {
	enum host_call call;
	uint32_t passes;		/* HOST_PASS_* */
	uint32_t name_size;		/* bytes that follow, with the NUL */
	uint32_t data_size;		/* and after these */
	uint32_t out_size;		/* how much may come back */
	uint64_t flags, mode, extra;
};

struct override_reply {
	int32_t ret;			/* what the call returns, or -errno;
					 * of the first one: who it is */
	uint32_t out_size;		/* bytes that follow */
};

/* A packet of these pieces, with `nr` descriptors.  0 or -errno. */
int override_send(int sock, struct iovec *iov, size_t nr_iov, const int *fds,
		  size_t nr);
/* A packet into them; fds[0] and [1] are -1 where none came.  Bytes or
 * -errno; 0 at the end. */
ssize_t override_recv(int sock, struct iovec *iov, size_t nr_iov, int fds[2]);

/* The child: never returns. */
void override_serve(int sock) __attribute__((noreturn));

#endif
