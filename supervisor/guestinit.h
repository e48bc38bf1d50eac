/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guestinit.h - the first guest process, from fork to its exec: gives up what
 * it has, puts the walls up around itself, and becomes the program.
 *
 * It shares the supervisor's descriptor table (CLONE_FILES) until its exec:
 * that is how the listener of its filter reaches the supervisor.  It must
 * close nothing.
 */
#ifndef SUPERVISOR_GUESTINIT_H
#define SUPERVISOR_GUESTINIT_H

#include <linux/filter.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>

/* Prepared by the supervisor; read by the child. */
struct guestinit {
	const struct sock_fprog *filter;
	unsigned int filter_flags;	/* FILTER_*, see filter.h */
	int root;			/* directory to be the real root, or -1 */
	bool userns;			/* a user namespace is needed for that */
	int stub_fd;			/* what Landlock lets it execute */
	bool share_net;
	bool new_session;
	bool drop_caps;
	bool stopped;			/* waits for guestinit_go_on() */
	struct rlimit nofile;		/* as belljar was started with */
	sigset_t mask;			/* likewise */
	char **argv;			/* [0] is what is searched for */
	char **envp;
	const char *argv0;		/* shown instead of it, or NULL */

	/* The two talk over these pipes. */
	pid_t supervisor;
	int go[2];			/* supervisor: "you are traced" */
	int tell[2];			/* child: struct guestinit_news */
};

enum guestinit_step {
	INIT_CREDENTIALS, INIT_ROOT, INIT_LANDLOCK, INIT_FILTER,
	INIT_LISTENER,		/* done: value is the listener's number */
	INIT_EXEC,		/* value is the -errno of the exec */
};

struct guestinit_news {
	enum guestinit_step step;
	int value;			/* -errno, or as said above */
};

/* Fills in the pipes.  0 or -errno. */
int guestinit_prepare(struct guestinit *g);

/* Forks it.  The pid, or -errno. */
pid_t guestinit_fork(struct guestinit *g);

/* Tells it that it is traced, and waits for its news (INIT_LISTENER or what
 * went wrong).  0, or -EIO if it died. */
int guestinit_go(struct guestinit *g, pid_t pid, struct guestinit_news *news);

/* To a `stopped` one, once it cannot make a call unseen.  0 or -errno. */
int guestinit_go_on(struct guestinit *g);

/* What the exec failed with, if it did: -errno; 0: it has not. */
int guestinit_exec_error(struct guestinit *g);

/* As execvp() in the guest: every attempt is an exec in its world.  -errno. */
int guestinit_exec_program(const struct guestinit *g);

/* What a step was about, for messages. */
const char *guestinit_step_name(enum guestinit_step step);

void guestinit_fini(struct guestinit *g);

#endif
