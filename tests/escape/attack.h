/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an attack is made of.  A program of tests/escape is a table of cases
 * (tests/lib/guest.h).  A case ends with escaped() when it has what it must not
 * have, with held() when it was refused, with cannot() where this kernel lacks
 * what the attack needs.  The driver runs it outside first, as a control, with
 * CONTROL in the environment: there it must escape.
 *
 * The bait, made by the driver and by bait.c, is named in the environment:
 *	BAIT		a directory outside the sandbox: secret, prog, sock ...
 *	BAIT_RO		a directory that the sandbox shows read-only: file, dir/
 *	BAIT_PID	a process outside; BAIT_ADDR: its secret's address
 *	BAIT_PORT	its TCP port; BAIT_FD: its descriptor of the secret
 *	BAIT_SHM, BAIT_MSG, BAIT_SEM: its System V objects
 * All secrets start with "BAIT-".
 */
#ifndef TESTS_ESCAPE_ATTACK_H
#define TESTS_ESCAPE_ATTACK_H

#include "tests/lib/guest.h"

#include <limits.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

/* How long a race is tried, in seconds; the control must win it. */
#define RACE_SECONDS (getenv("CONTROL") ? 8 : 1)

static inline void __attribute__((noreturn))
escaped(const char *how)
{
	say("escaped: %s", how);
	_exit(0);
}

static inline void __attribute__((noreturn))
held(void)
{
	say("held: %s", errname(errno));
	_exit(0);
}

/* Escaped when the call gave something other than -1. */
static inline void __attribute__((noreturn, unused))
verdict(long rc)
{
	if (rc == -1)
		held();
	escaped("the call succeeded");
}

/* "$variable/name", in one of four static buffers. */
static inline const char *
name_below(const char *variable, const char *name)
{
	static char path[4][PATH_MAX];
	static int next;
	const char *dir = getenv(variable);

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[0]), "%s/%s", dir ? dir : "/none",
		 name);
	return path[next];
}

static inline const char *
bait(const char *name)
{
	return name_below("BAIT", name);
}

static inline const char * __attribute__((unused))
readonly(const char *name)
{
	return name_below("BAIT_RO", name);
}

static inline long __attribute__((unused))
bait_number(const char *name)
{
	const char *value = getenv(name);

	return value ? strtol(value, NULL, 0) : -1;
}

/* Does the descriptor give a secret? Closes it. */
static inline int
gives_secret(int fd)
{
	char buf[64] = "";
	int yes;

	if (fd < 0)
		return 0;
	yes = read(fd, buf, sizeof(buf) - 1) > 4 && !strncmp(buf, "BAIT-", 5);
	close(fd);
	return yes;
}

static inline void __attribute__((noreturn, unused))
verdict_of_fd(int fd)
{
	if (fd < 0)
		held();
	if (gives_secret(fd))
		escaped("read the secret");
	say("held: another file was opened");
	_exit(0);
}

/* Many times ".." and then the path. */
static inline const char * __attribute__((unused))
from_below(const char *path)
{
	static char text[PATH_MAX];

	snprintf(text, sizeof(text), "../../../../../../../../../../../../"
		 "../../../../../../../../../../../../../../..%s", path);
	return text;
}

/* Loop until the race has been tried for long enough. */
static inline int __attribute__((unused))
race_goes_on(void)
{
	static struct timespec start;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!start.tv_sec)
		start = now;
	return now.tv_sec - start.tv_sec <= RACE_SECONDS;
}

/* Start the racing thread. */
static inline void __attribute__((unused))
race_against(void *(*thread)(void *), void *arg)
{
	pthread_t t;

	if (pthread_create(&t, NULL, thread, arg))
		cannot("no thread");
}

static inline socklen_t __attribute__((unused))
unix_name(struct sockaddr_un *a, const char *path)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	strncpy(a->sun_path, path, sizeof(a->sun_path) - 1);
	return offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1;
}

#endif
