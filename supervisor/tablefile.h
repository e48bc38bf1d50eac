/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tablefile.h - /proc/PID/mountinfo, mounts and mountstats while they are open.
 *
 * What a guest holds is an ordinary file with the text of the moment: reads are
 * native.  But Linux's file can be waited for - POLLERR and POLLPRI come once
 * with each change of the table - and read again from its start.  So a process
 * that opens one gets one more filter (idfilter.h), which brings the calls that
 * wait, and those that go back to the start, to the tracer; there the file is
 * known by its numbers, which no other open one has.
 *
 *	poll, select	sys/poll.c: made on what else they name, with the answer
 *			for the tables put in
 *	epoll_ctl	a socket of ours is put into the set in the table's
 *			place; a byte out of band tells of a change (EPOLLPRI,
 *			without EPOLLERR)
 *	lseek, pread	to the start: the text is written anew before
 *
 * A table is forgotten with the process that opened it, unless a child may
 * have inherited it: then when none of the guests has it any more.  A process that got the descriptor through a socket has
 * no such filter: to it the table is a file that does not change.
 */
#ifndef SUPERVISOR_TABLEFILE_H
#define SUPERVISOR_TABLEFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "vfs/vfs.h"

struct call;
struct sandbox;
struct table_wait;
struct tablefile;
struct task;

/* For procfs: a table is about to be opened by `caller` (a struct task), as
 * `view` sees it.  Any thread. */
void tablefile_opened(void *arg, uint64_t caller, const struct vfs_ctx *view,
		      enum mount_table which);
/*
 * Has an open just now brought the caller a table?  Then the answer, as
 * reply_fd(): `fd` (consumed) is it.
 */
bool tablefile_is_new(struct call *c);
int tablefile_reply(struct call *c, int fd, unsigned int fd_flags);

void tablefile_put(struct tablefile *f);

/* A table of mounts has changed.  Any thread, any lock of the core held. */
void tablefile_changed(void *arg, const struct mntns *ns);

/* --- tracer thread -------------------------------------------------------- */

/* The table behind the task's descriptor, `to_wait`: one that can be waited
 * for; counted, or NULL. */
struct tablefile *tablefile_find(struct task *t, int fd, bool to_wait);
/* Has it changed since it last said so?  (mounts_poll()); and without telling. */
bool tablefile_has_changed(struct tablefile *f);
bool tablefile_is_changed(const struct tablefile *f);
/* Writes the text anew, if it has changed, into what the task has as `fd`. */
void tablefile_refresh(struct call *c, struct tablefile *f, int fd);
/* epoll_ctl() on the set `epoll`.  0 or -errno. */
int tablefile_epoll(struct tablefile *f, int epoll, int op,
		    struct epoll_event *ev);

/* Somebody is about to wait, or is done with it: with each change those with
 * a task->table_wait are asked whether it is over. */
void tablefile_wait_begin(void);
void tablefile_wait_end(void);

/*
 * A table keeps its namespace and root as long as it is open, and closing is no
 * event.  So those that were closed are forgotten before that matters: when
 * somebody wants to know what is in use; when a task has left a namespace,
 * perhaps as the last; and, those of namespaces without tasks, when somebody
 * looks at another's mounts.
 */
void tablefile_sweep(struct sandbox *sb);
void tablefile_sweep_unused(struct sandbox *sb, const struct mntns *used);
void tablefile_left(struct sandbox *sb, struct mntns *ns);

/* A process was forked by `parent`. */
void tablefile_inherited(struct task *parent);
/* The process has ended. */
void tablefile_forget(struct task *t);

/* sys/poll.c: a wait under way, of t->table_wait.  Frees; any thread. */
void table_wait_free(struct table_wait *w);
/* ... is there news for it? */
bool table_wait_is_over(const struct table_wait *w);

#endif
