/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sigsender.h - who really sent a signal.
 *
 * What the supervisor sends in a guest's name (most the guest sends itself, see
 * supervisor/sys/signal.c) the kernel notes as the supervisor's.  A handler
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

struct task;

/* A signal `sig` for the process `to` (a tgid) is about to be sent. */
void sigsender_note(pid_t to, int sig, pid_t from);

/*
 * Corrects the siginfo of a signal that reaches `t`: the sender's pid if the
 * supervisor sent it (SI_USER or SI_TKILL from our own pid), and what `t` calls
 * the sender's uid.  Returns true when it was changed and must be written back.
 */
bool sigsender_fix(struct task *t, siginfo_t *info);

#endif
