/* SPDX-License-Identifier: Apache-2.0 */
/* Changing what was exported read-only. */
#include "tests/escape/attack.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/xattr.h>

static void
open_for_writing(void)
{
	verdict(open(readonly("file"), O_WRONLY));
}

static void
create_a_file(void)
{
	verdict(open(readonly("new"), O_WRONLY | O_CREAT, 0644));
}

static void
create_a_nameless_file(void)
{
	verdict(open(readonly("dir"), O_TMPFILE | O_RDWR, 0644));
}

static void
reopen_through_proc(void)
{
	char path[64];
	int fd = MUST(open(readonly("file"), O_RDONLY));

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	verdict(open(path, O_RDWR));
}

static void
reopen_a_path_descriptor(void)
{
	char path[64];
	int fd = MUST(open(readonly("file"), O_PATH));

	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	verdict(open(path, O_WRONLY | O_APPEND));
}

static void
hard_link_into_a_writable_place(void)
{
	if (link(readonly("file"), "linked"))
		held();
	verdict(open("linked", O_WRONLY));
}

static void
hard_link_of_a_descriptor(void)
{
	char path[64];
	int fd = MUST(open(readonly("file"), O_RDONLY));

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, AT_FDCWD, "linked", AT_SYMLINK_FOLLOW))
		held();
	verdict(open("linked", O_WRONLY));
}

static void
rename_into_a_writable_place(void)
{
	verdict(rename(readonly("victim"), "moved"));
}

static void
exchange_with_a_file_of_mine(void)
{
	put_file("own", "own");
	verdict(syscall(SYS_renameat2, AT_FDCWD, "own", AT_FDCWD,
			readonly("victim3"), 2));
}

static void
chmod_by_name(void)
{
	verdict(chmod(readonly("file"), 0666));
}

static void
fchmod_by_descriptor(void)
{
	verdict(fchmod(MUST(open(readonly("file"), O_RDONLY)), 0666));
}

static void
fchmod_of_a_directory(void)
{
	verdict(fchmod(MUST(open(readonly("dir"), O_RDONLY)), 0777));
}

static void
futimens_by_descriptor(void)
{
	verdict(futimens(MUST(open(readonly("file"), O_RDONLY)), NULL));
}

static void
fchown_by_descriptor(void)
{
	verdict(fchown(MUST(open(readonly("file"), O_RDONLY)), getuid(), -1));
}

static void
fsetxattr_by_descriptor(void)
{
	int fd = MUST(open(readonly("file"), O_RDONLY));

	if (fsetxattr(fd, "user.planted", "x", 1, 0)) {
		if (errno == EOPNOTSUPP)
			cannot("this filesystem has no user xattrs");
		held();
	}
	escaped("the attribute was set");
}

static void
inode_flags_by_ioctl(void)
{
	int fd = MUST(open(readonly("file"), O_RDONLY));
	int flags = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags)) {
		if (getenv("CONTROL"))
			cannot("this filesystem has no inode flags");
		held();
	}
	flags |= FS_NODUMP_FL;
	verdict(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

static void
unlink_by_descriptor(void)
{
	int d = MUST(open(readonly(""), O_RDONLY | O_DIRECTORY));

	verdict(unlinkat(d, "victim2", 0));
}

static void
make_names_there(void)
{
	int d = MUST(open(readonly("dir"), O_PATH));

	if (mkdirat(d, "d", 0755) && mknodat(d, "p", S_IFIFO | 0644, 0) &&
	    symlinkat("x", d, "l"))
		held();
	escaped("a name was made");
}

static void
bind_a_socket_there(void)
{
	struct sockaddr_un a;
	int s = MUST(socket(AF_UNIX, SOCK_STREAM, 0));

	if (chdir(readonly("dir")))
		held();
	verdict(bind(s, (struct sockaddr *)&a, unix_name(&a, "sock")));
}

static void
map_shared_and_writable(void)
{
	int fd = MUST(open(readonly("file"), getenv("CONTROL") ? O_RDWR :
			   O_RDONLY));
	char *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (m == MAP_FAILED)
		held();
	m[0] = 'X';
	escaped("the page was written");
}

static void
dotdot_from_inside_it(void)
{
	int d = MUST(open(readonly("dir"), O_RDONLY | O_DIRECTORY));

	verdict(openat(d, "../file", O_WRONLY));
}

static void
through_a_link_of_mine(void)
{
	MUST(symlink(readonly("file"), "l"));
	verdict(open("l", O_WRONLY | O_CREAT, 0644));
}

GUEST_MAIN(
	CASE(open_for_writing),
	CASE(create_a_file),
	CASE(create_a_nameless_file),
	CASE(reopen_through_proc),
	CASE(reopen_a_path_descriptor),
	CASE(hard_link_into_a_writable_place),
	CASE(hard_link_of_a_descriptor),
	CASE(rename_into_a_writable_place),
	CASE(exchange_with_a_file_of_mine),
	CASE(chmod_by_name),
	CASE(fchmod_by_descriptor),
	CASE(fchmod_of_a_directory),
	CASE(futimens_by_descriptor),
	CASE(fchown_by_descriptor),
	CASE(fsetxattr_by_descriptor),
	CASE(inode_flags_by_ioctl),
	CASE(unlink_by_descriptor),
	CASE(make_names_there),
	CASE(bind_a_socket_there),
	CASE(map_shared_and_writable),
	CASE(dotdot_from_inside_it),
	CASE(through_a_link_of_mine),
)
