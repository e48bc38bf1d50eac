/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nested.h - belljar run inside belljar.
 *
 * A process has one tracer and a tree of processes one listener: the belljar
 * outside has both.  It goes on serving what runs inside; the one inside
 * builds its world with the mount calls that the other one emulates, in user
 * and mount namespaces of its own, and has the program enter a nest (nest.h),
 * from which no process outside of it is seen.  Nothing is shown or
 * allowed that the sandbox outside does not show and allow.
 */
#ifndef SUPERVISOR_NESTED_H
#define SUPERVISOR_NESTED_H

struct config;

/* How many belljars the caller is in; 0: none. */
int nested_depth(void);

/* As launch_run(), inside another belljar.  Main thread, once. */
int nested_run(const struct config *cfg);

#endif
