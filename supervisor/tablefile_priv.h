/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tablefile_priv.h - what the files of tablefile.h share:
 *
 *	tablefile.c		opening, finding, writing anew
 *	tablefile_held.c	who still has one; forgetting
 *	tablefile_wake.c	telling of changes
 *
 * Letters: [I] immutable, [l] tablefiles.lock, [t] tracer thread.  task_lock may
 * be taken with the lock held, not the other way.
 */
#ifndef SUPERVISOR_TABLEFILE_PRIV_H
#define SUPERVISOR_TABLEFILE_PRIV_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "supervisor/tablefile.h"
#include "supervisor/task.h"

struct tablefile {
	struct ref ref;
	LIST_ENTRY(tablefile) link;	/* [l] */
	enum mount_table which;		/* [I] */
	struct vfs_ctx view;		/* [I] ns and root, counted */
	pid_t tgid;			/* [l] who opened it; 0: has ended */
	bool shared;			/* [l] others may have it too */
	dev_t dev;			/* [I] from the answer on */
	ino_t ino;
	uint64_t polled;		/* [t] the change last told */
	uint64_t written;		/* [t] the change whose text is in it */
	uint64_t rung;			/* [t] ... last told to epoll sets */
	int bell[2];			/* [t] ours, and the one in epoll sets */
};

LIST_HEAD(tablefile_list, tablefile);

extern struct tablefiles {
	pthread_mutex_t lock;
	struct tablefile_list all;	/* [l] */
	_Atomic unsigned int nr;	/* written [l] */
	/* Those who wait, and the tables in epoll sets. */
	_Atomic unsigned int nr_waits;
} tablefiles;

/* Moves it to a private list, which is emptied without the lock. */
void tablefile_unlink_locked(struct tablefile *f, struct tablefile_list *gone);
void tablefile_put_all(struct tablefile_list *gone);

/* Has the process it open?  Has any guest?  (Without memory: yes.) */
bool tablefile_is_held_by(pid_t pid, const struct tablefile *f);
bool tablefile_is_held(struct sandbox *sb, const struct tablefile *f);

#endif
