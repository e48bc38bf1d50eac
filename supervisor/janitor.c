/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/janitor.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "include/auto.h"
#include "supervisor/background.h"
#include "supervisor/log.h"
#include "supervisor/rmtree.h"

struct janitor {
	int sock;
	pid_t pid;
};

/* What the supervisor sends once the directory exists. */
struct identity {
	dev_t dev;
	ino_t ino;
};

static void __attribute__((noreturn))
janitor_run(int sock, int parent, const char *name)
{
	struct identity id;
	bool armed = false;
	ssize_t n;

	do {
		n = recv(sock, &id, sizeof(id), 0);
		if (n == (ssize_t)sizeof(id))
			armed = true;
	} while (n > 0 || (n < 0 && errno == EINTR));

	if (armed) {
		struct stat st = { .st_dev = id.dev, .st_ino = id.ino };

		rmtree_at(parent, name, &st);
	} else {
		unlinkat(parent, name, AT_REMOVEDIR);
	}
	_exit(0);
}

static void __attribute__((noreturn))
janitor_child(int sock, int parent, const char *name)
{
	int fds[] = { sock, parent };
	char copy[NAME_MAX + 1];

	snprintf(copy, sizeof(copy), "%s", name);
	background_enter("belljar-janitor", fds, 2);
	background_drop_caps(0);
	janitor_run(fds[0], fds[1], copy);
}

int
janitor_start(int parent, const char *name, struct janitor **out)
{
	AUTO_FREE struct janitor *j = calloc(1, sizeof(*j));
	int sv[2];

	if (!j)
		return -ENOMEM;
	if (strlen(name) > NAME_MAX)
		return -ENAMETOOLONG;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	j->sock = sv[0];
	j->pid = fork();
	if (j->pid < 0) {
		int err = -errno;

		close(sv[0]);
		close(sv[1]);
		return err;
	}
	if (j->pid == 0)
		janitor_child(sv[1], parent, name);
	close(sv[1]);
	*out = steal_ptr(&j);
	return 0;
}

int
janitor_armed(struct janitor *j, const struct stat *id)
{
	struct identity what = { .dev = id->st_dev, .ino = id->st_ino };

	if (send(j->sock, &what, sizeof(what), MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

void
janitor_finish(struct janitor *j)
{
	char c;

	if (!j)
		return;
	shutdown(j->sock, SHUT_WR);
	while (recv(j->sock, &c, 1, 0) < 0 && errno == EINTR)
		;
	close(j->sock);
	/* Another thread may have reaped it already. */
	while (waitpid(j->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(j);
}
