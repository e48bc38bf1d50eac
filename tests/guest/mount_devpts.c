/* SPDX-License-Identifier: Apache-2.0 */
/* Options of devpts; each mount is an instance of its own. */
#include "tests/lib/guest.h"

#include <limits.h>
#include <sys/mount.h>

static void
say_shown(void)
{
	char line[1024], want[PATH_MAX + 8], *last;
	FILE *f = fopen("/proc/self/mountinfo", "r");

	snprintf(want, sizeof(want), " %s/p ", here());
	while (f && fgets(line, sizeof(line), f)) {
		last = strrchr(line, ' ');
		if (strstr(line, want) && last)
			say("shown as%.*s", (int)strcspn(last, "\n"), last);
	}
	fclose(f);
}

static void
options_are_checked_and_shown(void)
{
	static const char *const options[] = {
		"mode=620", "mode=0620", "mode=9", "mode=77777",
		"ptmxmode=666", "ptmxmode=1777", "max=5", "max=x", "max=0",
		"max=1048576", "max=1048577", "newinstance", "x", "uid=x",
		"mode=600,ptmxmode=000,max=10",
	};

	MUST(mkdir("p", 0755));
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		say("%s", options[i]);
		if (R(mount("d", "p", "devpts", 0, options[i])) < 0)
			continue;
		say_shown();
		R(mount(NULL, "p", NULL, MS_REMOUNT, "max=7"));
		say_shown();
		R(umount("p"));
	}
}

static void
there_are_no_more_than_max(void)
{
	static const char *const options[] = {
		"ptmxmode=666,max=0", "ptmxmode=666,max=1",
		"ptmxmode=666,max=2",
	};
	int fd[4];

	MUST(mkdir("p", 0755));
	for (int i = 0; i < 3; i++) {
		say("%s", options[i]);
		MUST(mount("d", "p", "devpts", 0, options[i]));
		for (int k = 0; k < 4; k++) {
			fd[k] = open("p/ptmx", O_RDWR | O_NOCTTY);
			say_result("open", fd[k] < 0 ? -1 : 0);
		}
		close(fd[0]);
		fd[0] = open("p/ptmx", O_RDWR | O_NOCTTY);
		say_result("open after a close", fd[0] < 0 ? -1 : 0);
		for (int k = 0; k < 4; k++)
			close(fd[k]);
		MUST(umount("p"));
	}
}

GUEST_MAIN(
	CASE(options_are_checked_and_shown),
	CASE(there_are_no_more_than_max),
)
