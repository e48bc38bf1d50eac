/* SPDX-License-Identifier: Apache-2.0 */
/* fsopen, fsconfig, fsmount, fspick: filesystems made by descriptor. */
#include "tests/lib/guest.h"

#include "include/uapi.h"

/* One message of a context's log, as it is.  Where the sandbox has no user
 * namespace it says in another way that there is none. */
static void
say_log(int fd)
{
	char text[300];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n < 0) {
		say("log: %s", errno == ENODATA || errno == EAGAIN ?
		    "nothing" : errname(errno));
		return;
	}
	text[n] = '\0';
	say("log: %s", text);
}

#define SET(fd, key, value)						\
	R(fsconfig(fd, FSCONFIG_SET_STRING, key, value, 0))
#define FLAG(fd, key)	R(fsconfig(fd, FSCONFIG_SET_FLAG, key, NULL, 0))
#define CREATE(fd)	R(fsconfig(fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
#define RECONFIGURE(fd)							\
	R(fsconfig(fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0))

/* The line of mountinfo about `path`, from the sixth field on. */
static void
say_mount(const char *path)
{
	char line[1024], point[512];
	FILE *f = fopen("/proc/self/mountinfo", "r");
	const char *name = strrchr(path, '/') ? strrchr(path, '/') : path;
	int at;

	while (f && fgets(line, sizeof(line), f)) {
		at = 0;
		if (sscanf(line, "%*d %*d %*s %*s %511s %n", point, &at) < 1 ||
		    !at || strlen(point) < strlen(path) ||
		    strcmp(point + strlen(point) - strlen(name), name) != 0 ||
		    strncmp(point, here(), strlen(here())) != 0)
			continue;
		say("%s: %.*s", path, (int)strcspn(line + at, "\n"), line + at);
	}
	if (f)
		fclose(f);
}

static void
a_filesystem_is_made_and_attached(void)
{
	struct stat st;
	int fs, mnt;

	MUST(mkdir("a", 0755));
	fs = MUST(fsopen("tmpfs", FSOPEN_CLOEXEC));
	SET(fs, "source", "some where");
	SET(fs, "size", "64k");
	SET(fs, "mode", "711");
	CREATE(fs);
	mnt = MUST(fsmount(fs, FSMOUNT_CLOEXEC,
			   MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
	say("cloexec %d %d", fcntl(fs, F_GETFD), fcntl(mnt, F_GETFD));
	say("O_PATH %d", (fcntl(mnt, F_GETFL) & O_PATH) != 0);
	R(fstat(mnt, &st));
	say("%s", mode_text(st.st_mode));
	R(mkdirat(mnt, "d", 0700));
	RFD(openat(mnt, "d/f", O_CREAT | O_WRONLY, 0644));
	R(faccessat(mnt, "d/f", F_OK, 0));
	R(move_mount(mnt, "", AT_FDCWD, "a", MOVE_MOUNT_F_EMPTY_PATH));
	R(access("a/d/f", F_OK));
	say_mount("/a");
	R(umount2("a", 0));
	close(mnt);
	R(umount2("a", 0));
	R(access("a/d/f", F_OK));
	close(fs);
}

static void
a_context_says_what_is_wrong(void)
{
	int fs = MUST(fsopen("tmpfs", 0));

	say_log(fs);
	FLAG(fs, "nosuchflag");
	say_log(fs);
	say_log(fs);
	SET(fs, "size", "bogus");
	FLAG(fs, "size");
	SET(fs, "inode64", "yes");
	SET(fs, "mode", "9");
	say_log(fs);
	say_log(fs);
	say_log(fs);
	say_log(fs);
	SET(fs, "source", "one");
	SET(fs, "source", "two");
	say_log(fs);
	FLAG(fs, "source");
	say_log(fs);
	R(fsconfig(fs, FSCONFIG_SET_BINARY, "size", "abc", 3));
	say_log(fs);
	R(fsconfig(fs, FSCONFIG_SET_PATH, "nothing", "/", AT_FDCWD));
	say_log(fs);
	R(fsconfig(fs, FSCONFIG_SET_FD, "nothing", NULL, fs));
	say_log(fs);
	say_log(fs);
}

static void
eight_messages_are_kept(void)
{
	int fs = MUST(fsopen("tmpfs", 0));
	char key[2] = "a";

	for (; *key < 'k'; ++*key)
		MUST(fsconfig(fs, FSCONFIG_SET_FLAG, key, NULL, 0) < 0 ?
		     0 : -1);
	for (int i = 0; i < 9; i++)
		say_log(fs);
}

static void
a_short_read_leaves_the_message(void)
{
	int fs = MUST(fsopen("tmpfs", 0));
	char small[4];

	R(read(fs, small, sizeof(small)));
	FLAG(fs, "x");
	R(read(fs, small, sizeof(small)));
	say_log(fs);
	R(write(fs, "x", 1));
	R(fcntl(fs, F_GETFL) & O_ACCMODE);
}

static void
phases_follow_each_other(void)
{
	int fs = MUST(fsopen("tmpfs", 0)), mnt;

	RECONFIGURE(fs);
	R(fsmount(fs, 0, 0));
	FLAG(fs, "ro");
	CREATE(fs);
	CREATE(fs);
	FLAG(fs, "ro");
	RECONFIGURE(fs);
	mnt = R(fsmount(fs, 0, 0));
	R(fsmount(fs, 0, 0));
	R(mkdirat(mnt, "d", 0755));
	CREATE(fs);
	FLAG(fs, "rw");
	RECONFIGURE(fs);
	R(mkdirat(mnt, "d", 0755));
	FLAG(fs, "dirsync");
	RECONFIGURE(fs);
	FLAG(fs, "rw");
	R(fsmount(fs, 0, 0));
}

static void
arguments_are_judged_in_order(void)
{
	char *key = repeat('k', 300);
	int fs, dir = MUST(open(".", O_RDONLY)), path;

	path = MUST(open(".", O_PATH));
	RFD(fsopen("nosuchfs", 0));
	RFD(fsopen("", 0));
	RFD(fsopen(hole(), 0));
	RFD(fsopen(hole(), 2));
	RFD(fsopen(repeat('x', 5000), 0));
	RFD(fsopen(tail("tmpfs"), 0));
	fs = MUST(fsopen("tmpfs", 0));
	R(fsmount(fs, 2, 0));
	R(fsmount(fs, 0, 0x30));
	R(fsmount(fs, 0, MOUNT_ATTR_IDMAP));
	R(fsmount(fs, 0, 0));
	R(fsmount(99, 0, 0));
	R(fsmount(-1, 0, 0));
	R(fsmount(dir, 0, 0));
	R(fsmount(path, 0, 0));
	R(fsconfig(fs, 99, NULL, NULL, 0));
	R(fsconfig(-1, 99, NULL, NULL, 0));
	R(fsconfig(77, 99, NULL, NULL, 0));
	R(fsconfig(fs, FSCONFIG_SET_FLAG, NULL, NULL, 0));
	R(fsconfig(fs, FSCONFIG_SET_FLAG, "ro", "x", 0));
	R(fsconfig(fs, FSCONFIG_SET_FLAG, "ro", NULL, 1));
	R(fsconfig(fs, FSCONFIG_SET_STRING, "size", NULL, 0));
	R(fsconfig(fs, FSCONFIG_CMD_CREATE, "x", NULL, 0));
	R(fsconfig(77, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	R(fsconfig(-1, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	R(fsconfig(path, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	R(fsconfig(dir, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	R(fsconfig(fs, FSCONFIG_SET_FLAG, key, NULL, 0));
	R(fsconfig(fs, FSCONFIG_SET_FLAG, hole(), NULL, 0));
	R(fsconfig(fs, FSCONFIG_SET_STRING, "a", key, 0));
	R(fsconfig(fs, FSCONFIG_SET_STRING, "a", hole(), 0));
	R(fsconfig(fs, FSCONFIG_SET_STRING, key, hole(), 0));
	R(fsconfig(fs, FSCONFIG_SET_FD, "a", NULL, 77));
	R(fsconfig(fs, FSCONFIG_SET_FD, "a", NULL, -1));
	R(fsconfig(fs, FSCONFIG_SET_PATH, "a", "", AT_FDCWD));
	R(fsconfig(fs, FSCONFIG_SET_PATH_EMPTY, "a", "", AT_FDCWD));
	R(fsconfig(fs, FSCONFIG_SET_PATH, "a", hole(), AT_FDCWD));
	R(fsconfig(fs, FSCONFIG_SET_PATH, "a", "x", -3));
	R(fsconfig(fs, FSCONFIG_SET_BINARY, "a", hole(), 4));
	R(fsconfig(fs, FSCONFIG_SET_BINARY, "a", "b", 0));
	R(fsconfig(fs, FSCONFIG_SET_BINARY, "a", "b", 1 << 21));
}

static void
a_mounted_filesystem_is_picked(void)
{
	int fs, dir;

	MUST(mkdir("a", 0755));
	MUST(mount("src", "a", "tmpfs", MS_NOSUID, NULL));
	MUST(mkdir("a/d", 0755));
	MUST(symlink("a", "link"));
	dir = MUST(open("a", O_PATH));
	RFD(fspick(AT_FDCWD, "a/d", 0));
	RFD(fspick(AT_FDCWD, "zz", 0));
	RFD(fspick(AT_FDCWD, "a", 0x10));
	RFD(fspick(AT_FDCWD, "link", FSPICK_SYMLINK_NOFOLLOW));
	RFD(fspick(AT_FDCWD, "link", 0));
	RFD(fspick(dir, "", 0));
	RFD(fspick(dir, "", FSPICK_EMPTY_PATH));
	RFD(fspick(dir, NULL, FSPICK_EMPTY_PATH));
	RFD(fspick(77, "x", 0));
	fs = MUST(fspick(AT_FDCWD, "a", FSPICK_CLOEXEC));
	say("cloexec %d", fcntl(fs, F_GETFD));
	SET(fs, "size", "8k");
	CREATE(fs);
	R(fsmount(fs, 0, 0));
	say_mount("/a");
	RECONFIGURE(fs);
	say_mount("/a");
	FLAG(fs, "ro");
	RECONFIGURE(fs);
	R(mkdir("a/x", 0755));
	say_mount("/a");
	SET(fs, "nr_inodes", "x");
	say_log(fs);
	close(fs);
	close(dir);
	R(umount2("a", 0));
}

static void
a_context_outlives_dup_and_fork(void)
{
	int fs = MUST(fsopen("tmpfs", 0)), copy, mnt, p[2];
	pid_t child;
	char c;

	copy = MUST(dup(fs));
	close(fs);
	MUST(pipe(p));
	child = MUST(fork());
	if (child == 0) {
		SET(copy, "size", "12k");
		CREATE(copy);
		_exit(write(p[1], "x", 1) == 1 ? 0 : 1);
	}
	MUST(read(p[0], &c, 1));
	say_status("child", child);
	mnt = R(fsmount(copy, 0, 0));
	close(copy);
	MUST(mkdir("a", 0755));
	R(move_mount(mnt, "", AT_FDCWD, "a", MOVE_MOUNT_F_EMPTY_PATH));
	close(mnt);
	say_mount("/a");
	R(umount2("a", 0));
}

static void
types_judge_their_options(void)
{
	int fs;

	needs_kernel(6, 15, "devpts that judges its options one by one");
	fs = MUST(fsopen("proc", 0));
	SET(fs, "hidepid", "9");
	say_log(fs);
	SET(fs, "nosuch", "9");
	say_log(fs);
	SET(fs, "gid", "x");
	say_log(fs);
	say_log(fs);
	say_log(fs);
	close(fs);
	fs = MUST(fsopen("devpts", 0));
	SET(fs, "mode", "8");
	say_log(fs);
	SET(fs, "ptmxmode", "666");
	FLAG(fs, "newinstance");
	SET(fs, "newinstance", "1");
	say_log(fs);
	SET(fs, "max", "9999999");
	say_log(fs);
	CREATE(fs);
	close(fs);
	fs = MUST(fsopen("ramfs", 0));
	SET(fs, "anything", "goes");
	SET(fs, "mode", "9");
	say_log(fs);
	CREATE(fs);
	close(fs);
}

GUEST_MAIN(
	CASE(a_filesystem_is_made_and_attached),
	CASE(a_context_says_what_is_wrong),
	CASE(eight_messages_are_kept),
	CASE(a_short_read_leaves_the_message),
	CASE(phases_follow_each_other),
	CASE(arguments_are_judged_in_order),
	CASE(a_mounted_filesystem_is_picked),
	CASE(a_context_outlives_dup_and_fork),
	CASE(types_judge_their_options),
)
