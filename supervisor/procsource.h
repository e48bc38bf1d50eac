/* SPDX-License-Identifier: Apache-2.0 */
/*
 * procsource.h - what /proc says about the guests: procfs asks, the tasks
 * answer.  Any thread.
 */
#ifndef SUPERVISOR_PROCSOURCE_H
#define SUPERVISOR_PROCSOURCE_H

struct procfs_source;
struct sandbox;

/* Fills *out; `proc` is the host's /proc (borrowed). */
void procsource_init(struct procfs_source *out, struct sandbox *sb, int proc);

#endif
