/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tracelog.h - --trace: one line per mediated call, in the manner of strace.
 */
#ifndef SUPERVISOR_TRACELOG_H
#define SUPERVISOR_TRACELOG_H

struct call;
struct config;

/* Opens --trace=FILE, or stderr.  0 or -errno (said on stderr). */
int tracelog_open(const struct config *cfg);

/*
 * Writes the line of a call that dispatch_call() has answered with `ret`.
 * Paths are those that were copied in; a descriptor is followed by what it
 * is on the host.  Any thread; one write(2) per line.
 */
void tracelog_call(struct call *c, int ret);

#endif
