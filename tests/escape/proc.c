/* SPDX-License-Identifier: Apache-2.0 */
/* Through /proc: other processes, magic links, our own root. */
#include "tests/escape/attack.h"

#include <dirent.h>

static const char *
of_pid(const char *rest)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "/proc/%ld/%s", bait_number("BAIT_PID"),
		 rest);
	return path;
}

static void
root_of_a_process_outside(void)
{
	char rest[PATH_MAX];

	snprintf(rest, sizeof(rest), "root%s", bait("secret"));
	verdict_of_fd(open(of_pid(rest), O_RDONLY));
}

static void
cwd_of_a_process_outside(void)
{
	verdict_of_fd(open(of_pid("cwd/secret"), O_RDONLY));
}

static void
descriptor_of_a_process_outside(void)
{
	char rest[64];

	snprintf(rest, sizeof(rest), "fd/%ld", bait_number("BAIT_FD"));
	verdict_of_fd(open(of_pid(rest), O_RDONLY));
}

static void
program_of_a_process_outside(void)
{
	verdict(open(of_pid("exe"), O_RDONLY));
}

static void
task_root_of_a_process_outside(void)
{
	char rest[PATH_MAX];

	snprintf(rest, sizeof(rest), "task/%ld/cwd/secret",
		 bait_number("BAIT_PID"));
	verdict_of_fd(open(of_pid(rest), O_RDONLY));
}

static void
memory_of_a_process_outside(void)
{
	int fd = open(of_pid("mem"), O_RDONLY);
	char buf[16] = "";

	if (fd < 0)
		held();
	if (pread(fd, buf, 8, bait_number("BAIT_ADDR")) < 0)
		held();
	if (strncmp(buf, "BAIT-", 5))
		held();
	escaped(buf);
}

static void
environment_of_a_process_outside(void)
{
	verdict(open(of_pid("environ"), O_RDONLY));
}

static void
maps_of_a_process_outside(void)
{
	verdict(open(of_pid("maps"), O_RDONLY));
}

static void
command_line_of_a_process_outside(void)
{
	verdict(open(of_pid("cmdline"), O_RDONLY));
}

static void
name_of_a_process_outside_can_be_seen(void)
{
	verdict(access(of_pid(""), F_OK));
}

static void
processes_outside_are_listed(void)
{
	long pid = bait_number("BAIT_PID");
	struct dirent *d;
	DIR *dir = opendir("/proc");

	while (dir && (d = readdir(dir)))
		if (atol(d->d_name) == pid)
			escaped("listed");
	held();
}

static void
our_own_root_link(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/proc/self/root/%s",
		 from_below(bait("secret")));
	verdict_of_fd(open(path, O_RDONLY));
}

static void
our_own_cwd_link(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/proc/self/cwd/%s",
		 from_below(bait("secret")));
	verdict_of_fd(open(path, O_RDONLY));
}

static void
our_threads_root_link(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/proc/thread-self/root%s",
		 bait("secret"));
	verdict_of_fd(open(path, O_RDONLY));
}

static void
a_link_chain_over_magic_links(void)
{
	MUST(symlink("/proc/self/root", "r"));
	MUST(mkdir("d", 0755));
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "d/../r/proc/self/cwd/r%s",
		 bait("secret"));
	verdict_of_fd(open(path, O_RDONLY));
}

static void
descriptor_link_of_a_directory(void)
{
	char path[PATH_MAX];
	int d = MUST(open(".", O_PATH));

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", d,
		 from_below(bait("secret")));
	verdict_of_fd(open(path, O_RDONLY));
}

static void
namespace_of_a_process_outside(void)
{
	verdict(open(of_pid("ns/mnt"), O_RDONLY));
}

GUEST_MAIN(
	CASE(root_of_a_process_outside),
	CASE(cwd_of_a_process_outside),
	CASE(descriptor_of_a_process_outside),
	CASE(program_of_a_process_outside),
	CASE(task_root_of_a_process_outside),
	CASE(memory_of_a_process_outside),
	CASE(environment_of_a_process_outside),
	CASE(maps_of_a_process_outside),
	CASE(command_line_of_a_process_outside),
	CASE(name_of_a_process_outside_can_be_seen),
	CASE(processes_outside_are_listed),
	CASE(our_own_root_link),
	CASE(our_own_cwd_link),
	CASE(our_threads_root_link),
	CASE(a_link_chain_over_magic_links),
	CASE(descriptor_link_of_a_directory),
	CASE(namespace_of_a_process_outside),
)
