/* SPDX-License-Identifier: Apache-2.0 */
/*
 * helper.h - threads for calls that may block (reply_defer).
 *
 * A call is copied and run by a helper thread, which waits as long as it
 * takes.  While calls are out, a watcher looks every few milliseconds whether
 * a caller is gone or has a signal to see to (the guest's wait is killable,
 * so a signal does not end it), and interrupts the helper thread.
 */
#ifndef SUPERVISOR_HELPER_H
#define SUPERVISOR_HELPER_H

#include <stdbool.h>
#include <sys/types.h>

struct call;
struct sandbox;

int helpers_new(struct sandbox *sb);

/* Thread `tid` is dead: waits a moment until what it had asked for is given
 * up, so that its parent finds no trace of it.  Tracer thread. */
void helpers_cancel(struct sandbox *sb, pid_t tid);

/*
 * When the guests are gone: waits a moment until all calls that are out have
 * been given up.  False: one of them hangs in the kernel and may still use
 * the sandbox.  The threads are left to the end of the process.
 * Tracer thread.
 */
bool helpers_drain(struct sandbox *sb);

/*
 * Runs c->reply.defer on a helper thread and answers the call by the route it
 * came on.  `c` is copied, c->priv taken over.  0, -ENOMEM, -EAGAIN.
 */
int helper_defer(struct call *c);

/* Frees a call that helper_defer() has copied; drops its task and the
 * fs-context that it looks from. */
void helper_call_free(struct call *c);

#endif
