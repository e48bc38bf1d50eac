/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sigsender.h - who really sent a signal.
 *
 * The supervisor sends the guests' signals for them, after it has looked at
 * the target, so the kernel notes the supervisor as the sender.  A handler
 * leaves a note here; at the signal's delivery stop the tracer asks for it and
 * corrects si_pid and si_uid.
 *
 * Threads: any; one lock inside.
 */
#ifndef SUPERVISOR_SIGSENDER_H
#define SUPERVISOR_SIGSENDER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* A signal `sig` for the process `to` (a tgid) is about to be sent. */
void sigsender_note(pid_t to, int sig, pid_t from, uid_t uid);

/*
 * Corrects the siginfo of a signal that reaches a thread of process `to`, if
 * the supervisor sent it (SI_USER or SI_TKILL from our own pid).
 * Returns true when it was changed and must be written back.
 */
bool sigsender_fix(pid_t to, siginfo_t *info);

#endif
