/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peercred.h - who is at the other end of a socket that the supervisor has
 * connected in a guest's name.
 *
 * The kernel notes whoever calls connect(), which is the supervisor.  A note
 * of the guest is kept for each such socket; the socket at the other end finds
 * it by asking the kernel whom it is connected with (sock_diag).  While the
 * connecting socket is open, that is: of a closed one nothing can be told.
 *
 * Threads: any; one lock inside.
 */
#ifndef SUPERVISOR_PEERCRED_H
#define SUPERVISOR_PEERCRED_H

#include <stdbool.h>
#include <sys/socket.h>

/* `sock` is about to be connected for the process in *who (host's ids). */
void peercred_note(int sock, const struct ucred *who);

/* Who connected the socket that `sock` is connected with, if that was noted. */
bool peercred_find(int sock, struct ucred *who);

#endif
