/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unixaddr.h - AF_UNIX addresses, as the guest writes them and as the host's
 * kernel stores them.
 *
 * A path-named socket is bound by the supervisor from inside the directory,
 * so the kernel stores a relative name.  Unless that is just what the guest
 * said (a name without a directory), it carries a number, written
 * as a run of dots and slashes that the kernel ignores ("././/name"), under
 * which the guest's own spelling is kept: getsockname(), getpeername()
 * and accept() give it back, and an address taken from recvfrom() can be used
 * to send to.
 *
 * Abstract names are host-wide; the sandbox's get a prefix of its own, and so
 * do those of each nest (nest.h).
 *
 * Threads: any; one lock inside.
 */
#ifndef SUPERVISOR_UNIXADDR_H
#define SUPERVISOR_UNIXADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct unix_addr {
	struct sockaddr_un un;
	char end[2];		/* the NUL of a name that fills sun_path */
	socklen_t len;
};

/* Makes the host name for binding `last` (one component), to be known as
 * `guest` from now on.  0, -ENAMETOOLONG. */
int unixaddr_bind_name(const char *last, const struct unix_addr *guest,
		       struct unix_addr *host);

/* Guest's abstract (or empty: autobind) address -> the host's.  0, -EINVAL
 * when the name does not fit with the prefix.  nest: nest_id(). */
int unixaddr_abstract_in(const struct unix_addr *guest, uint32_t nest,
			 struct unix_addr *host);

/* What the host's kernel reports -> what the guest should see. */
void unixaddr_out(struct unix_addr *a);

/* A name that unixaddr_bind_name() made and the kernel told the guest:
 * replaces it by the guest's spelling.  False: not one of those. */
bool unixaddr_from_host(struct unix_addr *a);

#endif
