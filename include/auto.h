/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scope cleanup: a local declared AUTO_xxx gives its resource back when it
 * goes out of scope, whichever way that happens.
 *
 *	AUTO_FD fd = open(...);		closed when fd >= 0
 *	AUTO_FREE char *s = strdup(..);	freed
 *	AUTO_FILE FILE *f = fopen(...);	closed
 *	AUTO_DIR DIR *d = opendir(...);	closed
 *
 * An AUTO_ variable must be initialised where it is declared (-1 or NULL when
 * there is nothing yet).  To hand the resource on, take it out:
 *
 *	return steal_fd(&fd);
 *	*out = steal_ptr(&s);
 *
 * Cleanup keeps errno, so that "return -errno" reads what the failed call left.
 * May be used by every layer, on any thread.
 */
#ifndef BELLJAR_INCLUDE_AUTO_H
#define BELLJAR_INCLUDE_AUTO_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void
auto_close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

/* Takes a pointer to the variable, whatever pointer type that is. */
static inline void
auto_free_ptr(void *var)
{
	int saved = errno;

	free(*(void **)var);
	errno = saved;
}

static inline void
auto_close_file(FILE **f)
{
	int saved = errno;

	if (*f)
		fclose(*f);
	errno = saved;
}

static inline void
auto_close_dir(DIR **d)
{
	int saved = errno;

	if (*d)
		closedir(*d);
	errno = saved;
}

#define AUTO_CLEANUP(fn)	__attribute__((cleanup(fn)))

#define AUTO_FD		AUTO_CLEANUP(auto_close_fd) int
#define AUTO_FREE	AUTO_CLEANUP(auto_free_ptr)
#define AUTO_FILE	AUTO_CLEANUP(auto_close_file)
#define AUTO_DIR	AUTO_CLEANUP(auto_close_dir)

/* Takes the descriptor out of *fd.  Returns it; *fd becomes -1. */
static inline int
steal_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Takes the pointer out of *var.  Returns it, with its type; *var is NULL. */
#define steal_ptr(var)				\
	__extension__({				\
		__typeof__(var) steal_var_ = (var);	\
		__typeof__(*steal_var_) steal_val_ = *steal_var_; \
		*steal_var_ = NULL;		\
		steal_val_;			\
	})

#endif
