/* SPDX-License-Identifier: Apache-2.0 */
/* NEEDS: userns */
/* Root passes over permission bits, on a tmpfs of its own and elsewhere. */
#include "tests/lib/guest.h"
#include "tests/lib/closed.h"

#include <sys/mount.h>

static void
root_finds_what_is_closed(void)
{
	make_closed();
	say_finding();
	open_again();
	R(chdir("/"));
	R(chdir(here()));
	MUST(mkdir("m", 0755));
	R(mount("none", "m", "tmpfs", 0, NULL));
	R(chdir("m"));
	make_closed();
	say_finding();
	open_again();
}

static void
root_changes_what_is_closed(void)
{
	make_closed();
	say_names_changed();
	open_again();
	MUST(mkdir("m", 0755));
	R(mount("none", "m", "tmpfs", 0, NULL));
	R(chdir("m"));
	make_closed();
	say_names_changed();
	open_again();
}

static void
read_only_stays_so(void)
{
	MUST(mkdir("m", 0755));
	R(mount("none", "m", "tmpfs", 0, NULL));
	R(chdir("m"));
	make_closed();
	R(mount(NULL, here(), NULL, MS_REMOUNT, NULL));
	R(mount("none", ".", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	R(chdir("/"));
	R(chdir(here()));
	R(chdir("m"));
	R(mkdir("d/new", 0755));
	RFD(open("d/f", O_WRONLY));
	RFD(open("d/none", O_WRONLY | O_CREAT, 0600));
	R(unlink("d/l"));
	R(access("d/f", W_OK));
	R(access("d/f", R_OK));
	open_again();
}

static void
programs_need_one_x_bit(void)
{
	say_executed();
}

/* Each mode in a process of its own: what was given up does not come back. */
static void
without_the_capability_nothing_is_passed_over(void)
{
	make_closed();
	say_finding();
	drop_effective();
	say_finding();
	say_names_changed();
	open_again();
}

static void
reading_and_searching_alone(void)
{
	make_closed();
	keep_effective(CAP_DAC_READ_SEARCH);
	say_finding();
	say_names_changed();
	open_again();
}

GUEST_MAIN(
	CASE(root_finds_what_is_closed),
	CASE(root_changes_what_is_closed),
	CASE(read_only_stays_so),
	CASE(programs_need_one_x_bit),
	CASE(without_the_capability_nothing_is_passed_over),
	CASE(reading_and_searching_alone),
)
