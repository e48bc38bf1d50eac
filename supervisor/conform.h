/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conform.h - `belljar conform`: starts belljar-conform, which runs the mount
 * vectors here and in sandboxes.  It is a program of its own, so that nothing
 * of it is in the one that guards.
 */
#ifndef SUPERVISOR_CONFORM_H
#define SUPERVISOR_CONFORM_H

/* Executes it with these arguments; returns only when it cannot. */
int conform_main(int argc, char **argv);

#endif
