/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/background.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "include/uapi.h"
#include "supervisor/log.h"

/* Puts fds[i] at 3 + i: first all out of the way, then each to its place. */
static void
place_fds(int *fds, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, (int)(3 + nr));
		if (fds[i] < 0)
			_exit(LOG_EXIT_FAILURE);
	}
	for (size_t i = 0; i < nr; i++) {
		if (dup3(fds[i], (int)(3 + i), O_CLOEXEC) < 0)
			_exit(LOG_EXIT_FAILURE);
		fds[i] = (int)(3 + i);
	}
	if (syscall(SYS_close_range, (unsigned int)(3 + nr), ~0U, 0) < 0) {
		long max = sysconf(_SC_OPEN_MAX);

		for (int fd = (int)(3 + nr); fd < max; fd++)
			close(fd);
	}
}

static void
ignore_signals(void)
{
	static const int ignored[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU,
		SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM,
	};
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void
background_enter(const char *name, int *fds, size_t nr)
{
	int null;

	ignore_signals();
	setsid();
	place_fds(fds, nr);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd < 3; fd++) {
		if (null >= 0)
			dup2(null, fd);
		else
			close(fd);
	}
	if (null >= 3)
		close(null);
	if (chdir("/") < 0)
		_exit(LOG_EXIT_FAILURE);
	prctl(PR_SET_NAME, name);
}

void
background_drop_caps(uint64_t keep)
{
	cap_t caps = cap_init();

	if (!caps)
		_exit(LOG_EXIT_FAILURE);
	for (cap_value_t c = 0; c <= CAP_LAST_CAP && c < 64; c++) {
		if (!(keep & (UINT64_C(1) << c)))
			continue;
		cap_set_flag(caps, CAP_PERMITTED, 1, &c, CAP_SET);
		cap_set_flag(caps, CAP_EFFECTIVE, 1, &c, CAP_SET);
	}
	if (cap_set_proc(caps) < 0)
		_exit(LOG_EXIT_FAILURE);
	cap_free(caps);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
