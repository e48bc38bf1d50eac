/* SPDX-License-Identifier: Apache-2.0 */
/* inotify: watches by path, and the events of changes. */
#include "tests/lib/guest.h"

#include <poll.h>
#include <sys/inotify.h>

static void
say_events(int fd)
{
	char buf[4096] __attribute__((aligned(8)));
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	while (poll(&p, 1, 0) > 0 && (n = read(fd, buf, sizeof(buf))) > 0) {
		for (char *at = buf; at < buf + n;) {
			struct inotify_event *e = (struct inotify_event *)at;

			say("event wd %d mask %#x cookie %d name %s", e->wd,
			    e->mask, e->cookie != 0, e->len ? e->name : "-");
			at += sizeof(*e) + e->len;
		}
	}
}

static void
changes_are_told(void)
{
	int fd = R(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));

	MUST(mkdir("d", 0755));
	R(inotify_add_watch(fd, "d", IN_ALL_EVENTS));
	put_file("d/f", "x");
	say_events(fd);
	R(rename("d/f", "d/g"));
	R(chmod("d/g", 0600));
	R(mkdir("d/sub", 0755));
	R(symlink("x", "d/l"));
	R(link("d/g", "d/h"));
	say_events(fd);
	R(unlink("d/g"));
	R(rmdir("d/sub"));
	say_events(fd);
	free(get_file("d/h"));
	say_events(fd);
	R(unlink("d/h"));
	R(unlink("d/l"));
	R(rmdir("d"));
	say_events(fd);
}

static void
files_are_watched_through_links(void)
{
	int fd = R(inotify_init());

	put_file("f", "x");
	MUST(symlink("f", "l"));
	R(inotify_add_watch(fd, "l", IN_MODIFY));
	R(inotify_add_watch(fd, "f", IN_MODIFY));
	R(inotify_add_watch(fd, "l", IN_MODIFY | IN_DONT_FOLLOW));
	put_file("f", "yy");
	say_events(fd);
	R(inotify_rm_watch(fd, 1));
	say_events(fd);
	R(inotify_rm_watch(fd, 1));
}

static void
arguments_are_checked(void)
{
	int fd = R(inotify_init1(0));

	put_file("f", "x");
	MUST(mkdir("closed", 0));
	R(inotify_init1(0x1));
	R(inotify_add_watch(fd, "none", IN_MODIFY));
	R(inotify_add_watch(fd, "", IN_MODIFY));
	R(inotify_add_watch(fd, "f", 0));
	R(inotify_add_watch(fd, "f", IN_MODIFY | IN_ONLYDIR));
	R(inotify_add_watch(fd, hole(), IN_MODIFY));
	R(inotify_add_watch(fd, "closed", IN_MODIFY));
	R(inotify_add_watch(999, "f", IN_MODIFY));
	R(inotify_add_watch(0, "f", IN_MODIFY));
	R(inotify_add_watch(fd, "f", IN_MODIFY | IN_MASK_CREATE));
	R(inotify_add_watch(fd, "f", IN_MODIFY | IN_MASK_CREATE));
	R(inotify_add_watch(fd, "f", IN_ATTRIB | IN_MASK_ADD));
	MUST(chmod("closed", 0755));
}

static void
events_of_another_process(void)
{
	int fd = R(inotify_init1(IN_NONBLOCK));
	pid_t pid;

	R(inotify_add_watch(fd, ".", IN_CREATE | IN_DELETE | IN_CLOSE_WRITE));
	pid = fork();
	if (pid == 0) {
		put_file("f", "x");
		unlink("f");
		_exit(0);
	}
	say_status("child", pid);
	say_events(fd);
}

GUEST_MAIN(
	CASE(changes_are_told),
	CASE(files_are_watched_through_links),
	CASE(arguments_are_checked),
	CASE(events_of_another_process),
)
