/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/stubfile.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "include/auto.h"

#define STUB_NAME "belljar-stub"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10		/* Linux 6.3 */
#endif

#ifndef BELLJAR_LIBEXECDIR
#define BELLJAR_LIBEXECDIR "/usr/local/libexec/belljar"
#endif

extern const char stub_image[], stub_image_end[];	/* stubimage.S */

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

/* At `name`, which is relative to the directory of our own executable. */
static int
open_near(const char *name, char **path)
{
	char self[4096 + 64], *base;
	ssize_t n = readlink("/proc/self/exe", self, 4096);

	if (n < 0)
		return -errno;
	if (n == 4096)
		return -ENAMETOOLONG;
	self[n] = '\0';
	base = strrchr(self, '/');
	if (!base)
		return -ENOENT;
	if (strlen(name) >= 64)
		return -ENAMETOOLONG;
	strcpy(base + 1, name);
	return open_candidate(self, path);
}

/* An executable file in memory that can still be written. */
static int
open_memory(void)
{
	const unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create(STUB_NAME, flags | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(STUB_NAME, flags);
	return fd < 0 ? -errno : fd;
}

static int
seal(int fd)
{
	if (fchmod(fd, 0555) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW |
		  F_SEAL_SEAL) < 0)
		return -errno;
	return 0;
}

/* What is built in: it has no name that a kernel could find it by. */
static int
open_built_in(void)
{
	size_t size = (size_t)(stub_image_end - stub_image);
	AUTO_FD fd = open_memory();
	int err;

	if (fd < 0)
		return fd;
	if (write(fd, stub_image, size) != (ssize_t)size)
		return -EIO;
	err = seal(fd);
	return err < 0 ? err : steal_fd(&fd);
}

static int
make_copy(int stub_fd)
{
	AUTO_FD fd = open_memory();
	char buf[4096];
	off_t at = 0;
	ssize_t n;
	int err;

	if (fd < 0)
		return fd;
	while ((n = pread(stub_fd, buf, sizeof(buf), at)) > 0) {
		if (write(fd, buf, (size_t)n) != n)
			return -EIO;
		at += n;
	}
	if (n < 0)
		return -errno;
	err = seal(fd);
	return err < 0 ? err : steal_fd(&fd);
}

int
stub_open(char **path)
{
	const char *env = secure_getenv("BELLJAR_STUB");
	int fd;

	*path = NULL;
	/* Asked for by name, it must not be silently another one. */
	if (env)
		return open_candidate(env, path);
	fd = open_near(STUB_NAME, path);
	if (fd == -ENOENT)
		fd = open_near("../libexec/belljar/" STUB_NAME, path);
	if (fd == -ENOENT)
		fd = open_candidate(BELLJAR_LIBEXECDIR "/" STUB_NAME, path);
	if (fd == -ENOENT)
		fd = open_built_in();
	return fd;
}

static pthread_mutex_t copy_lock = PTHREAD_MUTEX_INITIALIZER;
static int copy_fd = -1;

int
stub_copy(int stub_fd)
{
	int fd;

	pthread_mutex_lock(&copy_lock);
	if (copy_fd < 0)
		copy_fd = make_copy(stub_fd);
	fd = copy_fd;
	pthread_mutex_unlock(&copy_lock);
	return fd;
}

bool
stub_copy_is(dev_t dev, ino_t ino)
{
	struct stat st;
	int fd;

	pthread_mutex_lock(&copy_lock);
	fd = copy_fd;
	pthread_mutex_unlock(&copy_lock);
	return fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == dev &&
	       st.st_ino == ino;
}
