/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status.h - the descriptors by which a program that starts belljar follows
 * and steers it: --json-status-fd, --info-fd, --block-fd, in bubblewrap's
 * formats.  Main thread; a closed reader is not an error.
 */
#ifndef SUPERVISOR_STATUS_H
#define SUPERVISOR_STATUS_H

#include <sys/types.h>

struct config;

/* Tells the readers that the first guest process exists. */
void status_report_start(const struct config *cfg, pid_t child);

/* Tells them that it is gone, with the exit status that belljar returns. */
void status_report_exit(const struct config *cfg, int exit_code);

/* Waits until --block-fd has something to read or is closed at the other
 * end; closes it.  Called before the program is started. */
void status_wait_unblocked(const struct config *cfg);

#endif
