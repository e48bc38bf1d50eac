/* SPDX-License-Identifier: Apache-2.0 */
/* open_tree, open_tree_attr, move_mount: mounts moved by descriptor. */
#include "tests/lib/guest.h"

#include <sys/un.h>
#include <sys/socket.h>

#include "include/uapi.h"

static void
setup(void)
{
	MUST(mkdir("a", 0755));
	MUST(mkdir("b", 0755));
	MUST(mkdir("c", 0755));
	MUST(mount("t", "a", "tmpfs", 0, NULL));
	MUST(mkdir("a/s", 0755));
	MUST(mkdir("a/u", 0755));
	put_file("a/f", "text");
	MUST(mount("u", "a/s", "tmpfs", 0, NULL));
	put_file("a/s/g", "more");
}

/* What a descriptor is called. */
static void
say_link(int fd)
{
	char name[64], text[512];
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, text, sizeof(text) - 1);
	if (n < 0) {
		say("link: %s", errname(errno));
		return;
	}
	text[n] = '\0';
	say("link: %s", strncmp(text, here(), strlen(here())) == 0 ?
	    text + strlen(here()) : text);
}

static void
say_cwd(void)
{
	char text[512];
	long n = syscall(SYS_getcwd, text, sizeof(text));

	if (n < 0)
		say("cwd: %s", errname(errno));
	else
		say("cwd: %s", strncmp(text, here(), strlen(here())) == 0 ?
		    text + strlen(here()) : text);
}

static void
a_clone_is_detached_until_it_is_moved(void)
{
	int m;

	setup();
	m = MUST(open_tree(AT_FDCWD, "a", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
	say("cloexec %d O_PATH %d", fcntl(m, F_GETFD),
	    (fcntl(m, F_GETFL) & O_PATH) != 0);
	say_link(m);
	R(faccessat(m, "f", F_OK, 0));
	R(faccessat(m, "s/g", F_OK, 0));
	R(faccessat(m, "..", F_OK, 0));
	R(faccessat(m, "../f", F_OK, 0));
	R(move_mount(m, "", AT_FDCWD, "b", MOVE_MOUNT_F_EMPTY_PATH));
	say_link(m);
	say("%s", get_file("b/f"));
	R(access("b/s/g", F_OK));
	R(umount2("b", 0));
	close(m);
	R(umount2("b", 0));
	m = MUST(open_tree(AT_FDCWD, "a", OPEN_TREE_CLONE | AT_RECURSIVE));
	R(faccessat(m, "s/g", F_OK, 0));
	R(move_mount(m, "", AT_FDCWD, "c", MOVE_MOUNT_F_EMPTY_PATH));
	say("%s", get_file("c/s/g"));
	close(m);
	R(umount2("c", MNT_DETACH));
	R(umount2("a/s", 0));
	R(umount2("a", 0));
}

static void
a_plain_tree_is_the_place_itself(void)
{
	int m, dir;

	setup();
	m = MUST(open_tree(AT_FDCWD, "a/s", 0));
	say_link(m);
	R(umount2("a/s", 0));
	R(move_mount(m, "", AT_FDCWD, "b", MOVE_MOUNT_F_EMPTY_PATH));
	say("%s", get_file("b/g"));
	R(access("a/s/g", F_OK));
	close(m);
	dir = MUST(open("a", O_PATH));
	RFD(open_tree(dir, "", 0));
	RFD(open_tree(dir, "", AT_EMPTY_PATH));
	RFD(open_tree(dir, NULL, AT_EMPTY_PATH));
	RFD(open_tree(dir, "f", 0));
	RFD(open_tree(dir, "zz", 0));
	RFD(open_tree(77, "zz", 0));
	RFD(open_tree(AT_FDCWD, hole(), 0));
	close(dir);
	R(umount2("b", 0));
	R(umount2("a", 0));
}

static void
two_descriptors_of_one_directory_differ(void)
{
	int m, n, plain;

	setup();
	m = MUST(open_tree(AT_FDCWD, "a", OPEN_TREE_CLONE));
	n = MUST(open_tree(AT_FDCWD, "a", OPEN_TREE_CLONE));
	plain = MUST(open("a", O_PATH));
	R(mount("over", "a/u", "tmpfs", 0, NULL));
	put_file("a/u/x", "");
	R(faccessat(m, "u/x", F_OK, 0));
	R(faccessat(plain, "u/x", F_OK, 0));
	R(move_mount(m, "", AT_FDCWD, "b", MOVE_MOUNT_F_EMPTY_PATH));
	R(access("b/u/x", F_OK));
	R(access("b/f", F_OK));
	R(move_mount(m, "", AT_FDCWD, "c", MOVE_MOUNT_F_EMPTY_PATH));
	R(access("b/f", F_OK));
	R(access("c/f", F_OK));
	R(move_mount(n, "", AT_FDCWD, "b", MOVE_MOUNT_F_EMPTY_PATH));
	say_link(m);
	say_link(n);
	say_link(plain);
	close(m);
	close(n);
	close(plain);
	R(umount2("c", 0));
	R(umount2("b", 0));
	R(umount2("a", MNT_DETACH));
}

static void
a_detached_tree_can_be_worked_in(void)
{
	int m, fd;

	setup();
	m = MUST(open_tree(AT_FDCWD, "a", OPEN_TREE_CLONE | AT_RECURSIVE));
	R(fchdir(m));
	say_cwd();
	R(chdir("s"));
	say_cwd();
	R(access("g", F_OK));
	R(chdir("../.."));
	say_cwd();
	fd = MUST(open("new", O_CREAT | O_WRONLY, 0644));
	close(fd);
	R(mount("x", "u", "tmpfs", 0, NULL));
	R(umount2("s", 0));
	R(umount2("s", MNT_DETACH));
	R(mount(NULL, "s", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
	R(move_mount(m, "s", AT_FDCWD, "/", 0));
	R(move_mount(m, "", m, "u", MOVE_MOUNT_F_EMPTY_PATH));
	R(chdir(here()));
	R(access("a/new", F_OK));
	close(m);
	R(umount2("a", MNT_DETACH));
}

static void
a_tree_goes_with_its_descriptor(void)
{
	int m, keep;

	needs_kernel(6, 15, "ENOENT for a mount in a tree that is gone");
	setup();
	m = MUST(open_tree(AT_FDCWD, "a", OPEN_TREE_CLONE));
	keep = MUST(openat(m, ".", O_RDONLY));
	close(m);
	RFD(openat(keep, ".", O_RDONLY));
	R(fchdir(keep));
	say_cwd();
	R(mount("x", ".", "tmpfs", 0, NULL));
	R(access("f", F_OK));
	R(move_mount(keep, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH));
	R(chdir(here()));
	close(keep);
	R(umount2("a", MNT_DETACH));
}

static void
attributes_come_with_the_clone(void)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC,
	};
	int m;

	needs_kernel(6, 15, "open_tree_attr");
	setup();
	m = R(syscall(__NR_open_tree_attr, AT_FDCWD, "a",
		      OPEN_TREE_CLONE | AT_RECURSIVE, &attr, sizeof(attr))) >= 0;
	RFD(syscall(__NR_open_tree_attr, AT_FDCWD, "a", OPEN_TREE_CLONE, NULL,
		    sizeof(attr)));
	RFD(syscall(__NR_open_tree_attr, AT_FDCWD, "a", OPEN_TREE_CLONE, NULL,
		    0));
	RFD(syscall(__NR_open_tree_attr, AT_FDCWD, "zz", OPEN_TREE_CLONE,
		    &attr, 31));
	RFD(syscall(__NR_open_tree_attr, AT_FDCWD, "a", OPEN_TREE_CLONE,
		    &attr, 31));
	RFD(syscall(__NR_open_tree_attr, AT_FDCWD, "a", OPEN_TREE_CLONE,
		    hole(), sizeof(attr)));
	attr.attr_set = MOUNT_ATTR_NOATIME;
	RFD(syscall(__NR_open_tree_attr, AT_FDCWD, "a", OPEN_TREE_CLONE,
		    &attr, sizeof(attr)));
	(void)m;
	R(umount2("a", MNT_DETACH));
}

static void
move_mount_judges_in_order(void)
{
	int dir;

	needs_kernel(6, 15, "this order of errors");
	setup();
	MUST(symlink("b", "link"));
	dir = MUST(open("b", O_PATH));
	R(move_mount(AT_FDCWD, "", AT_FDCWD, "b", 0));
	R(move_mount(AT_FDCWD, "a", AT_FDCWD, "", 0));
	R(move_mount(AT_FDCWD, "zz", AT_FDCWD, "zz2", 0));
	R(move_mount(AT_FDCWD, hole(), AT_FDCWD, "zz", 0));
	R(move_mount(AT_FDCWD, hole(), AT_FDCWD, hole(), 0));
	R(move_mount(AT_FDCWD, hole(), 77, "x", 0));
	R(move_mount(77, "", 78, "", 0x44));
	R(move_mount(dir, NULL, dir, NULL, 0x44));
	R(move_mount(AT_FDCWD, "a", AT_FDCWD, "b", 0x80));
	R(move_mount(AT_FDCWD, "a", AT_FDCWD, "b", 0x300));
	R(move_mount(AT_FDCWD, "a/u", AT_FDCWD, "b", 0));
	R(move_mount(AT_FDCWD, "b", AT_FDCWD, "c", 0));
	R(move_mount(AT_FDCWD, "a", AT_FDCWD, "a/f", 0));
	R(move_mount(AT_FDCWD, "a", AT_FDCWD, "a/u", 0));
	R(move_mount(AT_FDCWD, "a", AT_FDCWD, "a/s", 0));
	R(move_mount(AT_FDCWD, "a", AT_FDCWD, "b", 0x200));
	R(move_mount(AT_FDCWD, "a", AT_FDCWD, "link", 0));
	R(move_mount(AT_FDCWD, "a", AT_FDCWD, "link", 0x10));
	R(access("b/f", F_OK));
	R(move_mount(AT_FDCWD, "b", dir, "../c", 0));
	R(access("c/f", F_OK));
	close(dir);
	R(umount2("c", MNT_DETACH));
}

static void
a_mount_slides_beneath_another(void)
{
	needs_kernel(6, 5, "MOVE_MOUNT_BENEATH");
	setup();
	R(mount("new", "b", "tmpfs", 0, NULL));
	put_file("b/new", "");
	R(move_mount(AT_FDCWD, "b", AT_FDCWD, "a/u", MOVE_MOUNT_BENEATH));
	R(move_mount(AT_FDCWD, "b", AT_FDCWD, "a/s", MOVE_MOUNT_BENEATH));
	R(access("a/s/g", F_OK));
	R(umount2("a/s", 0));
	R(access("a/s/new", F_OK));
	R(umount2("a/s", 0));
	R(umount2("a", 0));
}

static void
a_group_is_joined(void)
{
	needs_kernel(5, 15, "MOVE_MOUNT_SET_GROUP");
	setup();
	R(mount("a", "b", NULL, MS_BIND, NULL));
	R(move_mount(AT_FDCWD, "a", AT_FDCWD, "b", MOVE_MOUNT_SET_GROUP));
	R(mount(NULL, "a", NULL, MS_SHARED, NULL));
	R(move_mount(AT_FDCWD, "a", AT_FDCWD, "a/s", MOVE_MOUNT_SET_GROUP));
	R(move_mount(AT_FDCWD, "a", AT_FDCWD, "a/u", MOVE_MOUNT_SET_GROUP));
	R(move_mount(AT_FDCWD, "a", AT_FDCWD, "b", MOVE_MOUNT_SET_GROUP));
	R(mount("p", "a/u", "tmpfs", 0, NULL));
	put_file("a/u/x", "");
	R(access("b/u/x", F_OK));
	R(move_mount(AT_FDCWD, "a", AT_FDCWD, "b", MOVE_MOUNT_SET_GROUP));
	R(umount2("a/u", 0));
	R(access("b/u/x", F_OK));
	R(umount2("b", 0));
	R(umount2("a", MNT_DETACH));
}

static int
send_it(int sock, int fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u = { .buf = "" };
	struct iovec iov = { (char[]){ "x" }, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = u.buf,
		.msg_controllen = sizeof(u.buf),
	};

	u.align.cmsg_level = SOL_SOCKET;
	u.align.cmsg_type = SCM_RIGHTS;
	u.align.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&u.align), &fd, sizeof(fd));
	return sendmsg(sock, &msg, 0) < 0 ? -1 : 0;
}

static int
receive_it(int sock)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u;
	char c;
	struct iovec iov = { &c, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = u.buf,
		.msg_controllen = sizeof(u.buf),
	};
	int fd = -1;

	if (recvmsg(sock, &msg, 0) == 1 && CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

static void
a_tree_is_passed_to_another_process(void)
{
	int sv[2], m, fd;
	pid_t child;

	setup();
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv));
	m = MUST(open_tree(AT_FDCWD, "a", OPEN_TREE_CLONE));
	MUST(send_it(sv[0], m));
	close(m);
	/* nobody has it now but the socket */
	R(mount("x", "c", "tmpfs", 0, NULL));
	R(umount2("c", 0));
	child = MUST(fork());
	if (child == 0) {
		fd = MUST(receive_it(sv[1]));
		R(move_mount(fd, "", AT_FDCWD, "b", MOVE_MOUNT_F_EMPTY_PATH));
		_exit(0);
	}
	say_status("child", child);
	R(access("b/f", F_OK));
	R(umount2("b", 0));
	R(umount2("a", MNT_DETACH));
}

static void
files_and_links_can_be_mounted_on(void)
{
	int m;

	setup();
	put_file("plain", "covered");
	MUST(symlink("plain", "link"));
	m = MUST(open_tree(AT_FDCWD, "a/f", OPEN_TREE_CLONE));
	R(move_mount(m, "", AT_FDCWD, "c", MOVE_MOUNT_F_EMPTY_PATH));
	R(move_mount(m, "", AT_FDCWD, "plain", MOVE_MOUNT_F_EMPTY_PATH));
	close(m);
	say("%s", get_file("plain"));
	R(umount2("plain", 0));
	say("%s", get_file("plain"));
	m = MUST(open_tree(AT_FDCWD, "a/f", OPEN_TREE_CLONE));
	R(move_mount(m, "", AT_FDCWD, "link", MOVE_MOUNT_F_EMPTY_PATH));
	close(m);
	say("%s", get_file("link"));
	R(umount2("link", 0));
	R(umount2("link", UMOUNT_NOFOLLOW));
	say("%s", get_file("link"));
	put_file("over", "seen through");
	MUST(symlink("over", "to"));
	MUST(symlink("a", "todir"));
	m = MUST(open_tree(AT_FDCWD, "to",
			   OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW));
	R(move_mount(m, "", AT_FDCWD, "plain", MOVE_MOUNT_F_EMPTY_PATH));
	close(m);
	say("%s", get_file("plain"));
	RFD(open("plain", O_RDONLY | O_NOFOLLOW));
	R(umount2("plain", UMOUNT_NOFOLLOW));
	m = MUST(open_tree(AT_FDCWD, "todir",
			   OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW));
	R(move_mount(m, "", AT_FDCWD, "plain", MOVE_MOUNT_F_EMPTY_PATH));
	close(m);
	say("%s", get_file("plain/f"));
	R(umount2("plain", UMOUNT_NOFOLLOW));
	R(umount2("a", MNT_DETACH));
}

GUEST_MAIN(
	CASE(a_clone_is_detached_until_it_is_moved),
	CASE(a_plain_tree_is_the_place_itself),
	CASE(two_descriptors_of_one_directory_differ),
	CASE(a_detached_tree_can_be_worked_in),
	CASE(a_tree_goes_with_its_descriptor),
	CASE(attributes_come_with_the_clone),
	CASE(move_mount_judges_in_order),
	CASE(a_mount_slides_beneath_another),
	CASE(a_group_is_joined),
	CASE(a_tree_is_passed_to_another_process),
	CASE(files_and_links_can_be_mounted_on),
)
