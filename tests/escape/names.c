/* SPDX-License-Identifier: Apache-2.0 */
/* Learning of, changing or removing what lies outside, without opening it. */
#include "tests/escape/attack.h"

#include <sched.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/xattr.h>

static void
stat_tells(void)
{
	struct stat st;

	verdict(stat(bait("secret"), &st));
}

static void
fstatat_with_an_empty_path_flag_tells(void)
{
	struct stat st;

	verdict(fstatat(AT_FDCWD, bait("secret"), &st, AT_EMPTY_PATH));
}

static void
statx_with_an_empty_path_flag_tells(void)
{
	char buf[256];

	verdict(syscall(SYS_statx, AT_FDCWD, bait("secret"), AT_EMPTY_PATH,
			0xfff, buf));
}

static void
access_tells(void)
{
	verdict(access(bait("secret"), F_OK));
}

static void
readlink_tells(void)
{
	char buf[64];

	verdict(readlink(bait("link"), buf, sizeof(buf)));
}

static void
statfs_tells(void)
{
	struct statfs s;

	verdict(statfs(bait("secret"), &s));
}

static void
xattrs_tell(void)
{
	char buf[64];

	verdict(listxattr(bait("secret"), buf, sizeof(buf)));
}

static void
inotify_watches(void)
{
	verdict(inotify_add_watch(inotify_init(), bait(""), IN_OPEN));
}

static void
a_path_descriptor_names(void)
{
	verdict(open(bait("secret"), O_PATH));
}

static void
truncate_empties(void)
{
	verdict(truncate(bait("secret"), 0));
}

static void
chmod_changes(void)
{
	verdict(chmod(bait("secret"), 0600));
}

static void
utimes_change(void)
{
	verdict(utimensat(AT_FDCWD, bait("secret"), NULL, 0));
}

static void
chown_touches(void)
{
	verdict(chown(bait("secret"), getuid(), -1));
}

static void
unlink_removes(void)
{
	verdict(unlink(bait("victim")));
}

static void
rename_takes_away(void)
{
	verdict(rename(bait("victim2"), "stolen"));
}

static void
rename_puts_there(void)
{
	put_file("own", "own");
	verdict(rename("own", bait("planted")));
}

static void
link_takes_away(void)
{
	if (link(bait("secret"), "stolen"))
		held();
	verdict_of_fd(open("stolen", O_RDONLY));
}

static void
mkdir_makes_there(void)
{
	verdict(mkdir(bait("made"), 0755));
}

static void
mkfifo_makes_there(void)
{
	verdict(mkfifo(bait("fifo"), 0644));
}

static void
symlink_makes_there(void)
{
	verdict(symlink("x", bait("symlink")));
}

static void
socket_binds_there(void)
{
	struct sockaddr_un a;
	socklen_t n = unix_name(&a, bait("bound"));
	int s = MUST(socket(AF_UNIX, SOCK_STREAM, 0));

	verdict(bind(s, (struct sockaddr *)&a, n));
}

static void
handles_name_it(void)
{
	struct { struct file_handle h; char space[128]; } f = {
		.h.handle_bytes = 128 };
	int id;

	verdict(name_to_handle_at(AT_FDCWD, bait("secret"), &f.h, &id, 0));
}

static void
open_tree_names_it(void)
{
	long fd = syscall(428, AT_FDCWD, bait("secret"), 0);

	if (fd < 0 && errno == EPERM && getenv("CONTROL"))
		cannot("an outer filter allows no open_tree");
	verdict(fd);
}

/* The kernel opens what the option names, and its log says how that went. */
static void
an_option_of_a_filesystem_names_it(void)
{
	char text[256] = "";
	int fs = fsopen("proc", 0);

	if (fs < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0)
		fs = fsopen("proc", 0);
	if (fs < 0 && getenv("CONTROL"))
		cannot("no fsopen without privilege here");
	if (fs < 0)
		held();
	if (fsconfig(fs, FSCONFIG_SET_STRING, "pidns", bait("secret"), 0) == 0)
		escaped("it was opened");
	if (read(fs, text, sizeof(text) - 1) > 0 && strstr(text, "not an nsfs"))
		escaped("it was opened, and is no namespace");
	if (getenv("CONTROL"))
		cannot("this kernel's proc has no such option");
	held();
}

GUEST_MAIN(
	CASE(stat_tells),
	CASE(fstatat_with_an_empty_path_flag_tells),
	CASE(statx_with_an_empty_path_flag_tells),
	CASE(access_tells),
	CASE(readlink_tells),
	CASE(statfs_tells),
	CASE(xattrs_tell),
	CASE(inotify_watches),
	CASE(a_path_descriptor_names),
	CASE(chmod_changes),
	CASE(utimes_change),
	CASE(chown_touches),
	CASE(unlink_removes),
	CASE(rename_takes_away),
	CASE(rename_puts_there),
	CASE(link_takes_away),
	CASE(mkdir_makes_there),
	CASE(mkfifo_makes_there),
	CASE(symlink_makes_there),
	CASE(socket_binds_there),
	CASE(handles_name_it),
	CASE(open_tree_names_it),
	CASE(an_option_of_a_filesystem_names_it),
	CASE(truncate_empties),
)
