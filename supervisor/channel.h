/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channel.h - descriptors for a guest at a system call stop.  Tracer thread.
 */
#ifndef SUPERVISOR_CHANNEL_H
#define SUPERVISOR_CHANNEL_H

#include <stdint.h>

struct task;

/*
 * Installs a copy of `fd`, which stays the caller's, in the stopped guest, at
 * the lowest free number.  flags: O_CLOEXEC or 0.  The number; -EMFILE;
 * -EFAULT: no memory below the stack; -ESRCH: the guest is gone.
 */
int64_t trace_give_fd(struct task *t, int fd, unsigned int flags);

/*
 * A copy of the guest's descriptor, of the very description, for hosts without
 * pidfd_getfd(): the stopped guest sends it.  0; -EBADF, -ESRCH.
 */
int trace_take_fd(struct task *t, int fd, int *out);

/* A child has the parent's descriptors, or a copy of them. */
void channel_inherit(struct task *parent, struct task *child);
/* The task stands at a stop with a table that is a copy: what it holds of the
 * other's channel is closed. */
void channel_disown(struct task *t);
/* It has ended, or has executed a program. */
void channel_drop(struct task *t);

#endif
