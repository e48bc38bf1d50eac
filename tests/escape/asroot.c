/* SPDX-License-Identifier: Apache-2.0 */
/* What only root can do outside: the control runs with all its rights. */
#include "tests/escape/attack.h"

#include <sched.h>
#include <sys/klog.h>
#include <sys/sysmacros.h>

static void
open_by_handle(void)
{
	struct { struct file_handle h; char space[128]; } f = {
		.h.handle_bytes = 128 };
	const char *text = getenv("BAIT_HANDLE");
	int d = MUST(open(".", O_RDONLY)), id;

	if (name_to_handle_at(AT_FDCWD, bait("secret"), &f.h, &id, 0)) {
		/* Inside, the handle is known from elsewhere. */
		if (!text)
			held();
	}
	verdict_of_fd(open_by_handle_at(d, &f.h, O_RDONLY));
}

static void
setns_to_a_process_outside(void)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/ns/mnt",
		 bait_number("BAIT_PID"));
	fd = open(path, O_RDONLY);
	if (fd < 0)
		held();
	verdict(setns(fd, 0));
}

static void
setns_by_pidfd(void)
{
	int fd = syscall(SYS_pidfd_open, bait_number("BAIT_PID"), 0);

	if (fd < 0)
		held();
	verdict(setns(fd, CLONE_NEWNS));
}

static void
a_device_node_of_the_disk(void)
{
	struct stat st;

	MUST(stat(".", &st));
	if (mknod("disk", S_IFBLK | 0600, st.st_dev))
		held();
	escaped("a block device was made");
}

static void
kernel_messages(void)
{
	char buf[64];

	verdict(klogctl(3, buf, sizeof(buf)));
}

static void
host_name_is_changed(void)
{
	char name[64] = "";

	MUST(gethostname(name, sizeof(name)));
	/* To what it is: harmless where it works. */
	if (getenv("CONTROL"))
		verdict(sethostname(name, strlen(name)));
	held();
}

static void
sysctls_are_written(void)
{
	verdict(open("/proc/sys/vm/drop_caches", O_WRONLY));
}

static void
chown_to_another_user(void)
{
	verdict(chown(bait("secret"), 12345, 12345));
}

/* Root of a sandbox passes over permission bits, but not these. */
static void
a_closed_file_of_another_user(void)
{
	verdict_of_fd(open(readonly("foreign"), O_RDONLY));
}

static void
a_closed_file_of_what_is_read_only(void)
{
	verdict_of_fd(open(readonly("closed"), O_RDONLY));
}

static void
a_closed_file_by_its_descriptor(void)
{
	char path[64];
	int fd = MUST(open(readonly("closed"), O_PATH));

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	verdict_of_fd(open(path, O_RDONLY));
}

GUEST_MAIN(
	CASE(open_by_handle),
	CASE(setns_to_a_process_outside),
	CASE(setns_by_pidfd),
	CASE(a_device_node_of_the_disk),
	CASE(kernel_messages),
	CASE(host_name_is_changed),
	CASE(sysctls_are_written),
	CASE(chown_to_another_user),
	CASE(a_closed_file_of_another_user),
	CASE(a_closed_file_of_what_is_read_only),
	CASE(a_closed_file_by_its_descriptor),
)
