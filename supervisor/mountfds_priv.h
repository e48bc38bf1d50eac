/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mountfds_priv.h - what mountfds.c and mountfds_sweep.c share.
 */
#ifndef SUPERVISOR_MOUNTFDS_PRIV_H
#define SUPERVISOR_MOUNTFDS_PRIV_H

#include <pthread.h>
#include <sys/queue.h>
#include <sys/types.h>
#include <time.h>

#include "supervisor/mountfds.h"
#include "vfs/fs_log.h"

#define MOUNTFDS_MAX	2000		/* each takes descriptors of ours */

struct mountfd {
	LIST_ENTRY(mountfd) link;
	int fd;				/* our duplicate */
	dev_t dev;			/* of what is open */
	ino_t ino;
	uint64_t mnt_id;		/* the kernel's */
	bool tree;			/* holds a detached tree */
	/* counted, but not as a struct path is: that would make it busy */
	struct path place;		/* of a place, or */
	struct fs_context *fc;		/* counted: a context */
	int log;			/* writing end of a pipe, or -1 */
	size_t said[FS_LOG_MAX];	/* lengths of what was written last */
	struct timespec born;
	pid_t tid;			/* of a context: who gets it */
	bool seen;			/* while sweeping: a guest has it */
};

LIST_HEAD(mountfd_list, mountfd);

struct mountfds {
	pthread_mutex_t lock;
	struct mountfd_list all;	/* [lock] the youngest first */
	unsigned int nr;		/* [a] */
	bool exact;			/* [lock] open files can be compared */
};
extern struct mountfds mountfds;

/* Are both the same open file?  1, 0, or -1: the kernel does not tell. */
int mountfd_same_file(int a, int b);
/* Of one that is in no list any more. */
void mountfd_let_go(struct sandbox *sb, struct mountfd *m);

#endif
