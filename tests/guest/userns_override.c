/* SPDX-License-Identifier: Apache-2.0 */
/* PLACES: host */
/* NEEDS: userns */
/* Root of a user namespace passes over the permission bits of files whose owner
 * and group have a name there. */
#include "tests/lib/guest.h"
#include "tests/lib/closed.h"

#include <sched.h>
#include <sys/sysmacros.h>

static void
put(const char *path, const char *text)
{
	int fd = MUST(open(path, O_WRONLY));

	MUST(write(fd, text, strlen(text)));
	close(fd);
}

static void
become_root(void)
{
	unsigned int uid = getuid(), gid = getgid();
	char line[64];

	if (uid == 0)
		cannot("root without capabilities may not map itself");
	if (unshare(CLONE_NEWUSER) < 0)
		cannot("no user namespace is to be had: %s", strerror(errno));
	put("/proc/self/setgroups", "deny");
	snprintf(line, sizeof(line), "0 %u 1", uid);
	put("/proc/self/uid_map", line);
	snprintf(line, sizeof(line), "0 %u 1", gid);
	put("/proc/self/gid_map", line);
}

static void
what_is_closed_is_found(void)
{
	make_closed();
	become_root();
	say_finding();
	open_again();
}

static void
what_is_closed_is_changed(void)
{
	make_closed();
	become_root();
	say_names_changed();
	open_again();
}

static void
programs_need_one_x_bit(void)
{
	become_root();
	say_executed();
}

static void
an_ordinary_process_does_not(void)
{
	make_closed();
	say_finding();
	say_names_changed();
	open_again();
}

static void
without_a_map_nothing_is_passed_over(void)
{
	struct stat st;

	make_closed();
	if (getuid() == 0)
		cannot("root owns more than it has names for");
	if (unshare(CLONE_NEWUSER) < 0)
		cannot("no user namespace is to be had: %s", strerror(errno));
	R(stat("d/f", &st));
	R(mkdir("d/new", 0700));
	open_again();
}

static void
files_of_others_stay_closed(void)
{
	become_root();
	RFD(open("/etc/shadow", O_RDONLY));
	R(access("/etc/shadow", R_OK));
}

static void
devices_are_not_made(void)
{
	become_root();
	R(mknod("c", S_IFCHR | 0600, makedev(1, 3)));
	R(mknod("b", S_IFBLK | 0600, makedev(8, 0)));
	R(mknod("whiteout", S_IFCHR | 0600, makedev(0, 0)));
	R(mknod("p", S_IFIFO | 0600, 0));
	R(mkdir("m", 0755));
	say_names(".");
}

/* The kernel reads it, and who executes it need not be able to. */
static void
a_program_that_may_not_be_read(void)
{
	MUST(mkdir("e", 0755));
	MUST(system("cp /bin/true e/t; printf '#!/bin/true\\n' >e/s;"
		    "printf '#!/bin/sh\\n' >e/sh; chmod 111 e/*"));
	RFD(open("e/t", O_RDONLY));
	say("%d", system("e/t"));
	say("%d", system("e/s"));
	say("%d", system("e/sh 2>/dev/null"));
	MUST(chmod("e/t", 0));
	say("%d", system("e/t 2>/dev/null"));
	MUST(chmod("e/t", 0644));
	say("%d", system("e/t 2>/dev/null"));
	MUST(chmod("e/t", 0111));
	MUST(chmod("e", 0));
	say("%d", system("e/t 2>/dev/null"));
	MUST(chmod("e", 0755));
}

GUEST_MAIN(
	CASE(what_is_closed_is_found),
	CASE(what_is_closed_is_changed),
	CASE(programs_need_one_x_bit),
	CASE(an_ordinary_process_does_not),
	CASE(without_a_map_nothing_is_passed_over),
	CASE(files_of_others_stay_closed),
	CASE(devices_are_not_made),
	CASE(a_program_that_may_not_be_read),
)
