/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nssource.h - what procfs is told of namespaces: the members of struct
 * procfs_source of the same names.  `arg` is the sandbox.  Any thread.
 */
#ifndef SUPERVISOR_NSSOURCE_H
#define SUPERVISOR_NSSOURCE_H

#include "vfs/fs/procfs.h"

int nssource_map_text(void *arg, uint64_t caller, pid_t tid,
		      enum procfs_map which, struct synth_text *t);
int nssource_map_open(void *arg, uint64_t caller, pid_t tid,
		      enum procfs_map which, uint64_t flags, int *fd);
int nssource_link(void *arg, uint64_t caller, pid_t tid, const char *name,
		  char *buf);
int nssource_open(void *arg, uint64_t caller, pid_t tid, const char *name,
		  int *fd);
bool nssource_name(void *arg, const struct stat *st, char *buf);
void nssource_hold(void *arg, dev_t dev, ino_t ino, int by);
uint64_t nssource_mounts(void *arg, dev_t dev, ino_t ino);

#endif
