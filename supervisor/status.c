/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/status.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/config.h"
#include "supervisor/log.h"

/* One write per line, without dying of a reader that went away. */
static void
write_line(int fd, json_t *object, size_t json_flags)
{
	AUTO_FREE char *text = object ? json_dumps(object, json_flags) : NULL;
	sigset_t pipe, old;
	size_t len;
	ssize_t n;

	json_decref(object);
	if (!text)
		return;
	len = strlen(text);
	text[len] = '\n';		/* in place of the NUL */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, &old);
	n = write(fd, text, len + 1);
	if (n < 0 && errno == EPIPE)
		sigtimedwait(&pipe, NULL, &(struct timespec){0});
	else if (n < 0)
		log_warn("writing the status to descriptor %d: %s", fd,
			log_errno(errno));
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void
status_report_start(const struct config *cfg, pid_t child)
{
	if (cfg->json_status_fd >= 0)
		write_line(cfg->json_status_fd,
			json_pack("{s:i}", "child-pid", (int)child),
			JSON_COMPACT);
	if (cfg->info_fd >= 0) {
		write_line(cfg->info_fd,
			json_pack("{s:i}", "child-pid", (int)child),
			JSON_INDENT(4));
		close(cfg->info_fd);
	}
}

void
status_report_exit(const struct config *cfg, int exit_code)
{
	if (cfg->json_status_fd >= 0)
		write_line(cfg->json_status_fd,
			json_pack("{s:i}", "exit-code", exit_code),
			JSON_COMPACT);
}

void
status_wait_unblocked(const struct config *cfg)
{
	char byte;

	if (cfg->block_fd < 0)
		return;
	while (read(cfg->block_fd, &byte, 1) < 0 && errno == EINTR)
		;
	close(cfg->block_fd);
}
