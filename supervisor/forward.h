/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forward.h - signals that belljar itself receives.
 *
 * What the terminal sends (^C, ^\, ^Z) reaches the guest as well, which is in
 * the same process group: belljar only survives it.  What somebody sends to
 * belljar alone is passed on to the first guest process.  When that one is
 * stopped by job control, belljar stops too, so that the shell that waits for
 * belljar takes notice, and SIGCONT to belljar continues both.
 */
#ifndef SUPERVISOR_FORWARD_H
#define SUPERVISOR_FORWARD_H

#include <stdbool.h>

struct sandbox;

/* Installs the handlers.  Signals that are ignored stay so.  Main thread,
 * before the first guest. */
void forward_setup(void);
/* sb->init exists. */
void forward_start(struct sandbox *sb);
/* ... no more. */
void forward_end(void);
/* Puts back what was there before.  In the child that becomes the first
 * guest; async-signal-safe. */
void forward_restore(void);

/* Has something come that forward_signals() should see to? */
bool forward_pending(void);
/* Passes on what has come.  Tracer thread. */
void forward_signals(struct sandbox *sb);
/* A guest has stopped: should belljar?  Tracer thread. */
void forward_check_stop(struct sandbox *sb);

#endif
