/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thread.h - starts a thread of the supervisor.
 */
#ifndef SUPERVISOR_THREAD_H
#define SUPERVISOR_THREAD_H

/*
 * Detached, with all signals blocked (they are the tracer's) and a small
 * stack: no big arrays on it.  0, -EAGAIN, -ENOMEM.
 */
int thread_start(void *(*fn)(void *), void *arg);

#endif
