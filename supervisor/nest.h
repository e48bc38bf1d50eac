/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nest.h - sandboxes in the sandbox: what a belljar that runs inside asks of
 * the one that serves it.
 *
 * A process that enters a nest, and all that come of it, see, signal and
 * reach no process outside, nor its abstract sockets; when it ends, or the
 * process that has started it, the whole nest is killed.  Nests nest.  Nobody
 * gains anything by it, so anybody may.  Files are not its business: a nested
 * belljar builds its tree in a mount namespace of its own (nested.h).
 *
 * A task's nest only changes to one below, which keeps it alive: it may be
 * looked at without a lock while the task is referenced.
 */
#ifndef SUPERVISOR_NEST_H
#define SUPERVISOR_NEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct call;
struct nest;
struct sandbox;
struct task;

/* prctl(PR_BELLJAR_NEST, operation, flags): no kernel knows it (EINVAL). */
#define PR_BELLJAR_NEST		0x424a4e53

/* How many sandboxes of belljar's the caller is in: 1 or more. */
#define NEST_DEPTH		0
/* Makes a nest, with the caller as its first process.  -EINVAL: flags or
 * threads, -ENOMEM. */
#define NEST_ENTER		1
/* No user namespaces from now on, in this nest and those below.  -EPERM
 * outside a nest. */
#define NEST_NO_USERNS		2

int nest_prctl(struct call *c, uint64_t op);

/* The reference of a new child.  NULL is the sandbox itself. */
struct nest *nest_get(struct nest *n);
void nest_put(struct nest *n);

/* May `by` know of `t`? */
bool nest_sees(const struct task *by, const struct task *t);
/* As task_find() and its kin, for what a guest asks about. */
struct task *nest_find(struct task *by, pid_t tid);
struct task *nest_find_get(struct task *by, pid_t tid);
bool nest_pid_is_seen(struct task *by, pid_t pid);
bool nest_pgrp_is_seen(struct task *by, pid_t pgid);

/* Tells nests apart in the names of abstract sockets; 0: the sandbox. */
uint32_t nest_id(const struct task *t);
bool nest_refuses_userns(const struct task *t);
/* Is it the process that has made its nest? */
bool nest_is_first(const struct task *t);
/* Is the nest at its end? */
bool nest_is_ending(const struct task *t);
/* The process has ended: kills the nests that end with it.  Tracer thread. */
void nest_process_ended(struct sandbox *sb, pid_t tgid);

#endif
