/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/forward.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#include "supervisor/sandbox.h"
#include "supervisor/trace_priv.h"

static const int handled[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGTSTP,
	SIGTTIN, SIGTTOU, SIGCONT, SIGPIPE, SIGWINCH,
};
#define NR_HANDLED (sizeof(handled) / sizeof(handled[0]))

static struct sigaction before[NR_HANDLED];
/* One bit per signal: sent to us by somebody; sent by the kernel. */
static _Atomic uint64_t from_user, from_kernel;

/* The first guest, if belljar leads its session; else 0. */
static _Atomic pid_t led;

/*
 * When a terminal is gone, the kernel tells the leader of its session alone.
 * The guest, which would be the leader if it ran by itself, is told at once:
 * its reads fail already.
 */
static void
on_signal(int sig, siginfo_t *si, void *context)
{
	(void)context;
	if (sig == SIGHUP && si->si_code > 0 && led)
		kill(led, SIGHUP);
	if (si->si_code > 0)
		atomic_fetch_or(&from_kernel, 1ULL << sig);
	else
		atomic_fetch_or(&from_user, 1ULL << sig);
	tracer_interrupt_wait();
}

void
forward_setup(void)
{
	struct sigaction sa = { .sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigfillset(&sa.sa_mask);
	for (size_t i = 0; i < NR_HANDLED; i++) {
		int sig = handled[i];

		sigaction(sig, NULL, &before[i]);
		if (sig == SIGPIPE || before[i].sa_handler == SIG_IGN)
			sigaction(sig, &ignore, NULL);
		else
			sigaction(sig, &sa, NULL);
	}
}

void
forward_start(struct sandbox *sb)
{
	if (getsid(0) == getpid())
		led = sb->init;
}

void
forward_end(void)
{
	led = 0;
}

void
forward_restore(void)
{
	for (size_t i = 0; i < NR_HANDLED; i++)
		sigaction(handled[i], &before[i], NULL);
}

bool
forward_pending(void)
{
	return from_user || from_kernel;
}

/* --- job control -------------------------------------------------------------- */

static bool
is_running(struct task *t, void *arg)
{
	(void)arg;
	return !t->group_stopped && !t->zombie;
}

/* The guest is in our process group: the terminal reaches it too. */
static bool
shares_pgrp(struct sandbox *sb)
{
	return getpgid(sb->init) == getpgrp();
}

/*
 * Stops belljar, all threads of it.  Not while guests run that may want to
 * continue the first one: they would wait for us for ever.
 */
void
forward_check_stop(struct sandbox *sb)
{
	struct task *init = task_find(sb, sb->init);

	if (!init || !init->group_stopped)
		return;
	if (!sb->tracer->tstp_seen && task_for_each(sb, is_running, NULL))
		return;
	sb->tracer->tstp_seen = false;
	kill(getpid(), SIGSTOP);
}

static void
terminal_stop(struct sandbox *sb)
{
	if (shares_pgrp(sb)) {
		sb->tracer->tstp_seen = true;
		forward_check_stop(sb);
	} else {
		kill(getpid(), SIGSTOP);
	}
}

void
forward_signals(struct sandbox *sb)
{
	const uint64_t stops = (1ULL << SIGTSTP) | (1ULL << SIGTTIN) |
			       (1ULL << SIGTTOU);
	uint64_t user = atomic_exchange(&from_user, 0);
	uint64_t kernel = atomic_exchange(&from_kernel, 0);

	if (!user && !kernel)
		return;
	if (sb->init_status >= 0)
		return;
	if ((user | kernel) & (1ULL << SIGCONT))
		sb->tracer->tstp_seen = false;
	for (int sig = 1; sig < 64; sig++)
		if (user & (1ULL << sig))
			kill(sb->init, sig);
	if (kernel & stops)
		terminal_stop(sb);
}
