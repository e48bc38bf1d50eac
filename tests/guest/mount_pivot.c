/* SPDX-License-Identifier: Apache-2.0 */
/* pivot_root(2): what it changes, for whom, and what it refuses, in order. */
#include "tests/lib/guest.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>

static int
pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

/* A namespace of the case's own, for pivot_root() moves every process of one;
 * the case's directory as a mount, and a tmpfs in it that may become the root. */
static void
setup(void)
{
	MUST(unshare(CLONE_NEWNS));
	MUST(mount(here(), here(), NULL, MS_BIND, NULL));
	MUST(chdir(here()));
	MUST(mkdir("new", 0755));
	MUST(mount("new", "new", "tmpfs", 0, NULL));
	MUST(mkdir("new/old", 0755));
	MUST(mkdir("new/dir", 0755));
	put_file("new/is_new", "");
	put_file("is_old", "");
}

/* Where the case's directory is, seen through the old root at /old. */
static const char *
here_in(const char *old, const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s%s/%s", old, here(), name);
	return path;
}

/* Without the name of the case's own directory. */
static void
say_cwd(void)
{
	char text[4096], *at;

	if (syscall(SYS_getcwd, text, sizeof(text)) < 0) {
		say("cwd: %s", errname(errno));
		return;
	}
	at = strstr(text, here());
	if (at)
		say("cwd: %.*s ... %s", (int)(at - text), text,
		    at + strlen(here()));
	else
		say("cwd: %s", text);
}

/* What a process sees at its root and its working directory. */
static void
say_place(void)
{
	R(access("/is_new", F_OK));
	R(access("is_new", F_OK));
	R(access("is_old", F_OK));
	say_cwd();
}

/* A child that looks around when it is told to, and ends. */
struct observer {
	pid_t pid;
	int tell;
};

static struct observer
observer_start(const char *root, const char *cwd)
{
	struct observer o;
	int p[2];
	char c;

	MUST(pipe(p));
	o.pid = (pid_t)MUST(fork());
	if (o.pid == 0) {
		close(p[1]);
		if (root)
			MUST(chroot(root));
		MUST(chdir(cwd));
		MUST(read(p[0], &c, 1));
		say_place();
		_exit(0);
	}
	close(p[0]);
	o.tell = p[1];
	return o;
}

static void
observer_ask(const char *name, struct observer *o)
{
	MUST(write(o->tell, "x", 1));
	close(o->tell);
	say_status(name, o->pid);
}

static void
the_new_root_becomes_the_root(void)
{
	setup();
	R(pivot_root("new", "new/old"));
	say_place();
	R(chdir("/"));
	say_place();
	R(access(here_in("/old", "is_old"), F_OK));
	R(access("/old/old", F_OK));
	R(access("/..", F_OK));
	R(access("/../is_new", F_OK));
	R(umount2("/old", 0));
	R(umount2("/old", MNT_DETACH));
	R(access(here_in("/old", "is_old"), F_OK));
	R(umount2("/old", 0));
}

static void
the_old_root_may_lie_on_the_new_one(void)
{
	setup();
	R(chdir("new"));
	R(pivot_root(".", "."));
	say_place();
	R(access("/old", F_OK));
	/* "." is below what is mounted on it, "/.." climbs to the top */
	R(umount2(".", MNT_DETACH));
	say_place();
	R(chdir("/"));
	say_place();
}

static void
names_are_followed_and_relative(void)
{
	setup();
	MUST(symlink("new", "link"));
	MUST(symlink("dir", "new/link"));
	R(chdir("new/dir"));
	R(pivot_root("../../link", "../link"));
	say_cwd();
	R(access("/is_new", F_OK));
	R(access(here_in("/dir", "is_old"), F_OK));
	R(access(here_in("", "is_old"), F_OK));
	R(umount2("/dir", MNT_DETACH));
}

static void
other_processes_are_moved_too(void)
{
	struct observer at_root, elsewhere, jailed, apart;

	setup();
	MUST(mkdir("jail", 0755));
	at_root = observer_start(NULL, "/");
	elsewhere = observer_start(NULL, here());
	jailed = observer_start("jail", "/");
	apart = observer_start(NULL, "new");
	/* that they are where they should be cannot be seen from here */
	MUST(usleep(100000));
	R(pivot_root("new", "new/old"));
	observer_ask("at_root", &at_root);
	observer_ask("elsewhere", &elsewhere);
	observer_ask("jailed", &jailed);
	observer_ask("apart", &apart);
	R(umount2("/old", MNT_DETACH));
}

static void
other_namespaces_stay(void)
{
	pid_t child;

	setup();
	child = (pid_t)MUST(fork());
	if (child == 0) {
		MUST(unshare(CLONE_NEWNS));
		R(pivot_root("new", "new/old"));
		R(access("/is_new", F_OK));
		_exit(0);
	}
	say_status("child", child);
	say_place();
	R(access("new/old/tmp", F_OK));
	R(umount2("new", 0));
}

static void
capability_comes_first(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { { 0 }, { 0 } };

	setup();
	MUST(syscall(SYS_capset, &head, none));
	R(pivot_root("new", "new/old"));
	AS_IN_6_18(pivot_root(hole(), hole()));
	AS_IN_6_18(pivot_root("none", "none"));
}

static void
names_are_judged_in_order(void)
{
	setup();
	put_file("file", "");
	MUST(symlink("loop", "loop"));
	R(pivot_root(hole(), hole()));
	R(pivot_root("none", hole()));
	R(pivot_root("new", hole()));
	R(pivot_root(NULL, "new/old"));
	R(pivot_root("", "none"));
	R(pivot_root("new", ""));
	R(pivot_root("none", "file"));
	R(pivot_root("file", "none"));
	R(pivot_root("new", "file"));
	R(pivot_root("new", "new/none"));
	R(pivot_root("new", "new/is_new"));
	R(pivot_root("loop", "none"));
	R(pivot_root("new", "loop"));
	R(pivot_root(repeat('/', 4096), "none"));
	R(pivot_root("new", repeat('n', 300)));
	R(pivot_root(tail("none"), tail("none")));
	R(access("is_old", F_OK));
}

static void
places_are_judged_in_order(void)
{
	setup();
	/* not a mount, not below it */
	R(pivot_root("new/dir", "new/dir"));
	R(pivot_root("new/dir", "new/old"));
	R(pivot_root("new", "."));
	MUST(mkdir("other", 0755));
	R(mount("other", "other", "tmpfs", 0, NULL));
	R(pivot_root("new", "other"));
	R(pivot_root("other", "new/old"));
	/* two levels up is as good as one */
	R(mount("on_old", "new/old", "tmpfs", 0, NULL));
	MUST(mkdir("new/old/deep", 0755));
	R(pivot_root("new", "new/old/deep"));
	R(access("/is_new", F_OK));
	R(access(here_in("/old/deep", "is_old"), F_OK));
	R(umount2("/old/deep", MNT_DETACH));
}

static void
the_root_itself_is_busy(void)
{
	setup();
	MUST(chroot("new"));
	MUST(chdir("/"));
	R(pivot_root("/", "/"));
	R(pivot_root("/", "old"));
	R(pivot_root("dir", "/"));
	R(mount("sub", "dir", "tmpfs", 0, NULL));
	MUST(mkdir("dir/old", 0755));
	R(pivot_root("/", "dir/old"));
	R(pivot_root("dir", "/"));
	R(pivot_root("dir", "old"));
	R(mount(NULL, "/", NULL, MS_SHARED, NULL));
	R(pivot_root("dir", "/"));
	R(umount2("dir", 0));
}

static void
shared_mounts_refuse(void)
{
	setup();
	R(mount(NULL, "new", NULL, MS_SHARED, NULL));
	R(pivot_root("new", "new/old"));
	R(pivot_root("new", "new"));
	/* shared itself, but neither what it is on nor what takes the old one */
	R(mount("in", "new/old", "tmpfs", 0, NULL));
	R(mount(NULL, "new/old", NULL, MS_PRIVATE, NULL));
	R(pivot_root("new", "new/old"));
	R(access("/is_new", F_OK));
	R(umount2("/old", MNT_DETACH));
}

static void
what_the_new_root_is_on_is_not_shared(void)
{
	setup();
	MUST(mkdir("new/top", 0755));
	R(mount("top", "new/top", "tmpfs", 0, NULL));
	MUST(mkdir("new/top/old", 0755));
	R(mount(NULL, "new", NULL, MS_SHARED, NULL));
	R(pivot_root("new/top", "new/top/old"));
	R(mount(NULL, "new", NULL, MS_SLAVE, NULL));
	R(pivot_root("new/top", "new/top/old"));
	R(access("/old", F_OK));
	R(access("/is_new", F_OK));
	R(umount2("/old", MNT_DETACH));
}

static void
a_root_that_is_no_mount_refuses(void)
{
	setup();
	MUST(mkdir("new/dir/in", 0755));
	MUST(chroot("new/dir"));
	MUST(chdir("/"));
	R(mount("in", "/in", "tmpfs", 0, NULL));
	MUST(mkdir("/in/old", 0755));
	R(pivot_root("/in", "/in/old"));
	R(pivot_root("/in", "/"));
	R(pivot_root("/", "/in/old"));
	/* on itself it is one */
	R(mount("/", "/", NULL, MS_BIND, NULL));
	R(chroot("."));
	R(pivot_root("/in", "/in/old"));
}

static void
a_chrooted_process_has_a_root_of_its_own(void)
{
	setup();
	MUST(mkdir("new/dir/old", 0755));
	R(mount("sub", "new/dir", "tmpfs", 0, NULL));
	MUST(mkdir("new/dir/old", 0755));
	put_file("new/dir/is_sub", "");
	MUST(chroot("new"));
	MUST(chdir("/"));
	R(pivot_root("dir", "dir/old"));
	R(access("/is_sub", F_OK));
	R(access("/old/is_new", F_OK));
	R(access("/old/dir/is_sub", F_OK));
	R(access("is_sub", F_OK));
	R(umount2("/old", 0));
	R(umount2("/old", MNT_DETACH));
	R(access("/old/is_new", F_OK));
}

static void
a_removed_directory_is_not_there(void)
{
	int gone;

	setup();
	MUST(mkdir("new/gone", 0755));
	gone = MUST(open("new/gone", O_PATH));
	MUST(rmdir("new/gone"));
	MUST(fchdir(gone));
	R(pivot_root(here_in("", "new"), "."));
	R(pivot_root(".", here_in("", "new/old")));
	R(pivot_root(".", "."));
	R(chdir(here()));
	close(gone);
	R(umount2("new", 0));
}

static void
a_detached_mount_is_no_root(void)
{
	setup();
	MUST(chdir("new"));
	R(umount2(".", MNT_DETACH));
	SINCE(6, 15, pivot_root(".", "old"));
	R(pivot_root(".", here()));
	SINCE(6, 15, pivot_root(here(), "old"));
	R(access("is_new", F_OK));
}

GUEST_MAIN(
	CASE(the_new_root_becomes_the_root),
	CASE(the_old_root_may_lie_on_the_new_one),
	CASE(names_are_followed_and_relative),
	CASE(other_processes_are_moved_too),
	CASE(other_namespaces_stay),
	CASE(capability_comes_first),
	CASE(names_are_judged_in_order),
	CASE(places_are_judged_in_order),
	CASE(the_root_itself_is_busy),
	CASE(shared_mounts_refuse),
	CASE(what_the_new_root_is_on_is_not_shared),
	CASE(a_root_that_is_no_mount_refuses),
	CASE(a_chrooted_process_has_a_root_of_its_own),
	CASE(a_removed_directory_is_not_there),
	CASE(a_detached_mount_is_no_root),
)
