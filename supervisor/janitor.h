/* SPDX-License-Identifier: Apache-2.0 */
/*
 * janitor.h - a process that removes one scratch directory when the
 * supervisor is gone, however that came about.
 *
 * It is told at the start what it may remove and learns nothing later but
 * "it exists now"; it waits for the end of a socket whose other end only the
 * supervisor has.  Start it before there are threads.
 */
#ifndef SUPERVISOR_JANITOR_H
#define SUPERVISOR_JANITOR_H

#include <sys/stat.h>

struct janitor;

/*
 * Forks one for the directory `name` in `parent`, which must not exist yet:
 * make it afterwards and say so with janitor_armed().  0 or -errno.
 */
int janitor_start(int parent, const char *name, struct janitor **out);

/* The directory exists and is this one: from now on the whole tree goes.
 * (Before that, only an empty directory would be removed.) */
int janitor_armed(struct janitor *j, const struct stat *id);

/* Lets it do its work, waits until it is gone, and frees *j (NULL: none). */
void janitor_finish(struct janitor *j);

#endif
