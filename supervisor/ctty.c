/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/ctty.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/major.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/task.h"

/* The slaves have majors 136 to 143, of 256 minors each. */
#define SLAVE_MAJORS	8

bool
ctty_is(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
	       st.st_rdev == makedev(TTYAUX_MAJOR, 0);
}

/* The controlling terminal of a process, 0 for none; as tty_nr of proc(5). */
static dev_t
terminal_of(pid_t pid)
{
	char name[32], line[512];
	AUTO_FILE FILE *f = NULL;
	const char *after;
	unsigned int nr = 0;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	f = fopen(name, "re");
	if (!f || !fgets(line, sizeof(line), f))
		return 0;
	after = strrchr(line, ')');
	if (!after || sscanf(after + 1, " %*c %*d %*d %*d %u", &nr) != 1)
		return 0;
	return makedev(nr >> 8 & 0xfff, (nr & 0xff) | (nr >> 12 & 0xfff00));
}

/*
 * A slave by its number.  The number is the session's as long as the session
 * has the terminal, and nobody else can get it while we have it open: so it is
 * the right one if the task still has it afterwards.
 */
static int
open_slave(struct task *t, dev_t dev, int flags)
{
	AUTO_FD fd = -1;
	char name[32];
	struct stat st;

	snprintf(name, sizeof(name), "/dev/pts/%u",
		 (major(dev) - UNIX98_PTY_SLAVE_MAJOR) * 256 + minor(dev));
	fd = open(name, flags | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ENXIO : -errno;
	if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != dev ||
	    terminal_of(t->tgid) != dev)
		return -ENXIO;
	return steal_fd(&fd);
}

int
ctty_open(struct task *t, uint64_t flags, int *fd)
{
	dev_t dev = terminal_of(t->tgid);
	int new;

	if (dev && dev == terminal_of(getpid()) && *fd >= 0)
		return 0;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	if (major(dev) < UNIX98_PTY_SLAVE_MAJOR ||
	    major(dev) >= UNIX98_PTY_SLAVE_MAJOR + SLAVE_MAJORS)
		return -ENXIO;
	new = open_slave(t, dev, (int)flags & (O_ACCMODE | O_APPEND |
					       O_NONBLOCK | O_SYNC | O_DSYNC));
	if (new < 0)
		return new;
	*fd = new;
	return 0;
}
