/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/stubfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "include/auto.h"

#define STUB_NAME "belljar-stub"

#ifndef BELLJAR_LIBEXECDIR
#define BELLJAR_LIBEXECDIR "/usr/local/libexec/belljar"
#endif

static int
open_candidate(const char *name, char **path)
{
	AUTO_FREE char *real = realpath(name, NULL);
	AUTO_FD fd = -1;
	struct stat st;

	if (!real)
		return -errno;
	fd = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111))
		return -EACCES;
	*path = steal_ptr(&real);
	return steal_fd(&fd);
}

/* In the directory of our own executable. */
static int
open_beside(char **path)
{
	char self[4096 + sizeof(STUB_NAME) + 1], *base;
	ssize_t n = readlink("/proc/self/exe", self, 4096);

	if (n < 0)
		return -errno;
	if (n == 4096)
		return -ENAMETOOLONG;
	self[n] = '\0';
	base = strrchr(self, '/');
	if (!base)
		return -ENOENT;
	strcpy(base + 1, STUB_NAME);
	return open_candidate(self, path);
}

int
stub_open(char **path)
{
	const char *env = secure_getenv("BELLJAR_STUB");
	int fd;

	/* Asked for by name, it must not be silently another one. */
	if (env)
		return open_candidate(env, path);
	fd = open_beside(path);
	if (fd == -ENOENT)
		fd = open_candidate(BELLJAR_LIBEXECDIR "/" STUB_NAME, path);
	return fd;
}
