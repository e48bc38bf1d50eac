/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sockaddr.h - the address argument of a socket call, made fit for the host.
 */
#ifndef SUPERVISOR_SYS_SOCKADDR_H
#define SUPERVISOR_SYS_SOCKADDR_H

#include <sys/socket.h>

#include "supervisor/dispatch.h"
#include "supervisor/unixaddr.h"

struct sockref {
	union {
		struct sockaddr sa;
		struct sockaddr_storage any;
		struct unix_addr unx;
	} u;
	socklen_t len;
	int object;		/* O_PATH descriptor that the address names
				 * through /proc/self/fd, or -1 */
};

#define SOCKREF_INIT	{ .object = -1 }
#define AUTO_SOCKREF	AUTO_CLEANUP(sockref_fini) struct sockref
void sockref_fini(struct sockref *r);

/* As move_addr_to_kernel(): 0, -EINVAL, -EFAULT. */
int sockref_read(struct sockref *r, struct call *c, uint64_t addr, int len);

/*
 * Turns a destination (connect, sendto) into the host's: looks a path up,
 * prefixes an abstract name; other families only with the host's network.
 * 0 or -errno.
 */
int sockref_destination(struct sockref *r, struct call *c);

#endif
