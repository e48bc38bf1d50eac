/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nsfile.h - the files that /proc/PID/ns/X leads to.
 *
 * Each namespace that was asked for has one: an empty sealed memfd, whose
 * inode number names the namespace.  While a guest has one open the namespace
 * lives on; whether that is so is looked up now and then.  Any thread.
 */
#ifndef SUPERVISOR_NSFILE_H
#define SUPERVISOR_NSFILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "supervisor/nsproxy.h"

struct sandbox;
struct task;

/* Its inode number, for the text of the link.  -errno. */
int nsfile_number(struct sandbox *sb, const struct nsref *ns, ino_t *ino);
/* A descriptor for a guest, which thread `opener` is about to get; read-only.
 * -errno. */
int nsfile_open(struct sandbox *sb, const struct nsref *ns, pid_t opener,
		int *fd);
/* Which namespace has this file?  Counted; false: none. */
bool nsfile_find(struct sandbox *sb, const struct stat *st, struct nsref *out);
/* So many more (fewer) mounts show it: it lives as long. */
void nsfile_hold(struct sandbox *sb, dev_t dev, ino_t ino, int by);
/* A process has ended: namespaces that only a descriptor kept may end. */
void nsfile_sweep(struct sandbox *sb);
/* ... and a task makes a call that would show it. */
void nsfile_sweep_for(struct task *t);
void nsfile_free_all(struct sandbox *sb);

#endif
