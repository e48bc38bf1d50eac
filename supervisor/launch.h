/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launch.h - from a configuration to a running sandbox and its exit status.
 */
#ifndef SUPERVISOR_LAUNCH_H
#define SUPERVISOR_LAUNCH_H

struct config;

/*
 * Builds the world, starts the program in it and serves it until it ends.
 * Returns the exit status of belljar: the program's own, 128 + signal, or
 * 125, 126, 127 after saying why on stderr.  Main thread, once.
 */
int launch_run(const struct config *cfg);

#endif
