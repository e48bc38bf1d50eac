/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify.h - the notify thread: the only receiver of seccomp notifications.
 *
 * One, because the kernel wakes all idle receivers for each notification.
 * What may block leaves it for a helper thread.
 */
#ifndef SUPERVISOR_NOTIFY_H
#define SUPERVISOR_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

struct call;
struct sandbox;

/* Starts the thread on sb->listener.  0 or -errno. */
int notify_start(struct sandbox *sb);

/* From its return on the thread touches nothing of the sandbox any more. */
void notify_stop(struct sandbox *sb);

/* Does the caller still wait?  Any thread. */
bool notify_id_valid(struct sandbox *sb, uint64_t id);

/*
 * Answers a call with c->deferred_ret, from a helper thread, and frees it.
 * `restart`: a signal ended it; the kernel decides between EINTR and
 * SA_RESTART.
 */
void notify_deferred(struct call *c, bool restart);

#endif
