/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/conform.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/log.h"

#define RUNNER "belljar-conform"

#ifndef BELLJAR_LIBEXECDIR
#define BELLJAR_LIBEXECDIR "/usr/local/libexec/belljar"
#endif

/* The absolute name of our own executable. */
static int
find_self(char self[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", self, PATH_MAX - 1);

	if (n < 0)
		return -errno;
	self[n] = '\0';
	return strchr(self, '/') ? 0 : -ENOENT;
}

/* Beside us (a build tree), below our prefix, or where it was installed. */
static int
find_runner(const char *self, char runner[PATH_MAX])
{
	static const char *const near[] = {
		RUNNER, "../libexec/belljar/" RUNNER,
	};
	int dir = (int)(strrchr(self, '/') - self) + 1;

	for (size_t i = 0; i < sizeof(near) / sizeof(*near); i++) {
		int n = snprintf(runner, PATH_MAX, "%.*s%s", dir, self,
				 near[i]);

		if (n < PATH_MAX && access(runner, X_OK) == 0)
			return 0;
	}
	snprintf(runner, PATH_MAX, "%s", BELLJAR_LIBEXECDIR "/" RUNNER);
	return access(runner, X_OK) == 0 ? 0 : -errno;
}

int
conform_main(int argc, char **argv)
{
	char self[PATH_MAX], runner[PATH_MAX], option[] = "--belljar";
	AUTO_FREE char **args = calloc((size_t)argc + 3, sizeof(*args));
	int n = 0, err = args ? find_self(self) : -ENOMEM;

	if (!err)
		err = find_runner(self, runner);
	if (err < 0) {
		log_error("conform: " RUNNER " is not installed beside belljar"
			  " nor in " BELLJAR_LIBEXECDIR ": %s",
			  strerror(-err));
		return LOG_EXIT_FAILURE;
	}
	args[n++] = runner;
	args[n++] = option;
	args[n++] = self;
	for (int i = 1; i < argc; i++)
		args[n++] = argv[i];
	execv(runner, args);
	log_error("conform: %s: %s", runner, strerror(errno));
	return LOG_EXIT_FAILURE;
}
