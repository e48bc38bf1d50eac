/* SPDX-License-Identifier: Apache-2.0 */
/* As root of the sandbox: chroot, mounts and namespaces. */
#include "tests/escape/attack.h"

#include <sched.h>
#include <sys/mount.h>

static void
chroot_with_a_held_directory(void)
{
	int d = MUST(open(".", O_RDONLY | O_DIRECTORY));

	MUST(mkdir("jail", 0755));
	if (chroot("jail") || chdir("/") || fchdir(d))
		held();
	verdict_of_fd(open(from_below(bait("secret")), O_RDONLY));
}

static void
chroot_with_cwd_outside(void)
{
	MUST(mkdir("jail", 0755));
	if (chroot("jail"))
		held();
	for (int i = 0; i < 64; i++)
		if (chdir(".."))
			held();
	if (chroot("."))
		held();
	verdict_of_fd(open(bait("secret"), O_RDONLY));
}

static void
chroot_twice(void)
{
	MUST(mkdir("jail", 0755));
	MUST(mkdir("jail/inner", 0755));
	if (chroot("jail") || chroot("jail/inner"))
		held();
	verdict_of_fd(openat(AT_FDCWD, from_below(bait("secret")), O_RDONLY));
}

static void
chroot_while_the_directory_moves(void)
{
	int d, p[2], q[2];
	char c = 'x';

	MUST(pipe(p));
	MUST(pipe(q));
	MUST(mkdir("a", 0755));
	MUST(mkdir("a/jail", 0755));
	MUST(mkdir("a/jail/in", 0755));
	d = MUST(open("a/jail/in", O_RDONLY));
	if (fork() == 0) {
		if (chroot("a/jail") || fchdir(d))
			held();
		write(p[1], &c, 1);
		read(q[0], &c, 1);
		verdict_of_fd(open(from_below(bait("secret")), O_RDONLY));
	}
	close(p[1]);
	if (read(p[0], &c, 1) == 1) {
		MUST(rename("a/jail/in", "in"));
		write(q[1], &c, 1);
	}
	wait(NULL);
}

static void
bind_a_directory_outside(void)
{
	MUST(mkdir("m", 0755));
	if (mount(bait(""), "m", NULL, MS_BIND, NULL))
		held();
	verdict_of_fd(open("m/secret", O_RDONLY));
}

static void
bind_the_root_recursively(void)
{
	char path[PATH_MAX];

	MUST(mkdir("m", 0755));
	if (mount("/", "m", NULL, MS_BIND | MS_REC, NULL))
		held();
	snprintf(path, sizeof(path), "m%s", bait("secret"));
	verdict_of_fd(open(path, O_RDONLY));
}

static void
remount_the_readonly_export(void)
{
	if (mount(NULL, readonly(""), NULL, MS_REMOUNT | MS_BIND, NULL) &&
	    !getenv("CONTROL"))
		errno = 0;
	verdict(open(readonly("file"), O_WRONLY));
}

static void
bind_the_readonly_export(void)
{
	MUST(mkdir("m", 0755));
	if (mount(readonly(""), "m", NULL, MS_BIND, NULL))
		held();
	mount(NULL, "m", NULL, MS_REMOUNT | MS_BIND, NULL);
	verdict(open("m/file", O_WRONLY | O_CREAT, 0644));
}

static void
clear_the_flag_of_the_readonly_export(void)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_RDONLY };

	mount_setattr(AT_FDCWD, readonly(""), AT_RECURSIVE, &attr,
		      sizeof(attr));
	verdict(open(readonly("file"), O_WRONLY));
}

static void
clone_the_readonly_export(void)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_RDONLY };
	int fd = open_tree(AT_FDCWD, readonly(""), OPEN_TREE_CLONE);

	if (fd < 0)
		held();
	mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr));
	verdict(openat(fd, "file", O_WRONLY));
}

static void
reconfigure_the_readonly_export(void)
{
	int fs = fspick(AT_FDCWD, readonly(""), 0);

	if (fs >= 0) {
		fsconfig(fs, FSCONFIG_SET_FLAG, "rw", NULL, 0);
		fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
	}
	verdict(open(readonly("file"), O_WRONLY));
}

static void
umount_what_covers_the_host(void)
{
	/* Take away everything that can be: nothing of the host comes up. */
	for (int i = 0; i < 3 && !getenv("CONTROL"); i++) {
		umount2("/tmp", MNT_DETACH);
		umount2(here(), MNT_DETACH);
	}
	verdict_of_fd(open(bait("secret"), O_RDONLY));
}

static void
a_fresh_proc(void)
{
	char path[PATH_MAX];

	MUST(mkdir("p", 0755));
	if (mount("proc", "p", "proc", 0, NULL)) {
		if (getenv("CONTROL"))
			cannot("a proc of its own is refused here");
		held();
	}
	snprintf(path, sizeof(path), "p/%ld/cwd/secret",
		 bait_number("BAIT_PID"));
	verdict_of_fd(open(path, O_RDONLY));
}

static void
a_new_user_namespace(void)
{
	unshare(CLONE_NEWUSER | CLONE_NEWNS);
	verdict_of_fd(open(bait("secret"), O_RDONLY));
}

static void
a_detached_tree(void)
{
	int fd = syscall(428, AT_FDCWD, bait(""), 1);

	if (fd < 0)
		held();
	verdict_of_fd(openat(fd, "secret", O_RDONLY));
}

static void
pivot_root_to_the_cwd(void)
{
	/* The other cases keep their root. */
	unshare(CLONE_NEWNS);
	MUST(mkdir("new", 0755));
	if (mount("none", "new", "tmpfs", 0, NULL) || mkdir("new/old", 0755) ||
	    syscall(SYS_pivot_root, "new", "new/old")) {
		if (getenv("CONTROL"))
			cannot("pivot_root is refused here");
		held();
	}
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/old%s", bait("secret"));
	verdict_of_fd(open(path, O_RDONLY));
}

/* --- what root does below a directory whose bits let nobody in ------------- */

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

static void *
exchange_closed(void *arg)
{
	(void)arg;
	for (;;)
		syscall(SYS_renameat2, AT_FDCWD, "shut/x", AT_FDCWD, "shut/y",
			RENAME_EXCHANGE);
	return NULL;
}

static void
a_link_exchanged_in_a_closed_directory(void)
{
	struct stat st;

	MUST(mkdir("shut", 0755));
	MUST(mkdir("shut/x", 0755));
	put_file("shut/x/secret", "own");
	MUST(symlink(bait(""), "shut/y"));
	MUST(chmod("shut", 0));
	race_against(exchange_closed, NULL);
	while (race_goes_on()) {
		if (gives_secret(open("shut/x/secret", O_RDONLY)) ||
		    gives_secret(open("shut/y/secret", O_RDWR | O_CREAT, 0600)))
			escaped("the link was followed");
		if (stat("shut/x/victim", &st) == 0 ||
		    mkdir("shut/x/victim/x", 0700) == 0)
			escaped("the link was followed");
	}
	held();
}

static void *
move_closed(void *arg)
{
	(void)arg;
	for (;;) {
		rename("shut/b/c", "c");
		rename("c", "shut/b/c");
	}
	return NULL;
}

static void
dotdots_of_a_closed_moving_directory(void)
{
	char path[PATH_MAX];

	MUST(mkdir("shut", 0755));
	MUST(mkdir("shut/b", 0755));
	MUST(mkdir("shut/b/c", 0755));
	MUST(mkdir("shut/b/c/d", 0));
	MUST(chmod("shut", 0));
	snprintf(path, sizeof(path), "shut/b/c/d/../%s",
		 from_below(bait("secret")));
	race_against(move_closed, NULL);
	while (race_goes_on())
		if (gives_secret(open(path, O_RDONLY)))
			escaped("walked above the root");
	held();
}

static void
a_closed_link_to_what_is_outside(void)
{
	MUST(mkdir("shut", 0755));
	MUST(symlink(bait("secret"), "shut/l"));
	MUST(symlink(bait(""), "shut/d"));
	MUST(chmod("shut", 0));
	if (gives_secret(open("shut/d/secret", O_RDONLY)))
		escaped("the link was followed");
	verdict_of_fd(open("shut/l", O_RDONLY));
}

static void
writing_a_closed_file_of_the_readonly_export(void)
{
	verdict(open(readonly("shut"), O_WRONLY));
}

static void
a_name_in_a_closed_directory_of_the_readonly_export(void)
{
	verdict(mkdir(readonly("shutdir/new"), 0755));
}

GUEST_MAIN(
	CASE(a_link_exchanged_in_a_closed_directory),
	CASE(dotdots_of_a_closed_moving_directory),
	CASE(a_closed_link_to_what_is_outside),
	CASE(writing_a_closed_file_of_the_readonly_export),
	CASE(a_name_in_a_closed_directory_of_the_readonly_export),
	CASE(chroot_with_a_held_directory),
	CASE(chroot_with_cwd_outside),
	CASE(chroot_twice),
	CASE(chroot_while_the_directory_moves),
	CASE(bind_a_directory_outside),
	CASE(bind_the_root_recursively),
	CASE(remount_the_readonly_export),
	CASE(bind_the_readonly_export),
	CASE(clear_the_flag_of_the_readonly_export),
	CASE(clone_the_readonly_export),
	CASE(reconfigure_the_readonly_export),
	CASE(a_fresh_proc),
	CASE(a_new_user_namespace),
	CASE(a_detached_tree),
	CASE(pivot_root_to_the_cwd),
	CASE(umount_what_covers_the_host),
)
