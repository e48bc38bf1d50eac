/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guestfilter.h - seccomp filters that a guest installs.
 *
 * A program that is to be executed under such a filter is loaded by calls that
 * natively the kernel makes: those the filter must let pass, or it would forbid
 * every exec that it does not mean to.  So a few instructions stand before the
 * guest's own: whatever they do not name is the filter's to judge.
 */
#ifndef SUPERVISOR_GUESTFILTER_H
#define SUPERVISOR_GUESTFILTER_H

#include <stdbool.h>
#include <stdint.h>

struct task;

/*
 * Has the guest, which stands at its seccomp() or prctl() call, install the
 * program whose struct sock_fprog is at `addr`.  Returns the call's value, or
 * 0 with *plain true when the call should be made as it stands.  Tracer thread.
 */
int64_t guestfilter_install(struct task *t, uint64_t flags, uint64_t addr,
			    bool *plain);

/*
 * The strict mode, for which the kernel says EINVAL where there are filters: as
 * one more of them.  Who breaks it dies of SIGSYS, not SIGKILL.  Returns the
 * call's value.  Tracer thread.
 */
int64_t guestfilter_strict(struct task *t);

#endif
