/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/self/mountinfo and mounts after mounting. */
#include "tests/lib/guest.h"

#include <linux/stat.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

/* Print the lines whose mount point is below the case's directory. */
static void
say_mounts(void)
{
	char *text = get_file("/proc/self/mountinfo"), *line, *save;

	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		int id, parent, ma, mi, at = 0;
		char root[512], point[512], *r = root;
		size_t base = strlen(here());

		if (sscanf(line, "%d %d %d:%d %511s %511s%n", &id, &parent,
			   &ma, &mi, root, point, &at) != 6 ||
		    strncmp(point, here(), base))
			continue;
		if (strstr(root, here() + 4))
			r = strstr(root, here() + 4) + base - 4;
		char *dash = strstr(line, " - ");
		/* In a user namespace the owner of the tmpfs is shown. */
		char *uid = dash ? strstr(dash, ",uid=") : NULL;

		if (uid)
			*uid = '\0';
		/* The device behind the case's own directory is the host's. */
		int tmpfs = dash && !strncmp(dash, " - tmpfs ", 9);

		say("%s on %s%.*s%s", r, point + base,
		    (int)(dash ? dash - line - at : 0), line + at,
		    tmpfs ? dash : " - ?");
	}
}

static void
lines_appear_and_vanish(void)
{
	MUST(mkdir("m", 0755));
	MUST(mkdir("b", 0755));
	say_mounts();
	R(mount("source", "m", "tmpfs", MS_NOSUID, "size=1m,mode=700"));
	say_mounts();
	MUST(mkdir("m/sub", 0755));
	R(mount("m/sub", "b", NULL, MS_BIND, NULL));
	say_mounts();
	R(mount(NULL, "b", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOEXEC,
		NULL));
	say_mounts();
	R(umount2("b", 0));
	R(umount2("m", 0));
	say_mounts();
}

static void
odd_names_are_escaped(void)
{
	char *text, *at;

	MUST(mkdir("a b\tc\nd\\e", 0755));
	R(mount("so urce", "a b\tc\nd\\e", "tmpfs", 0, "size=64k"));
	text = get_file("/proc/self/mountinfo");
	at = strstr(text, "/a\\040b");
	say("%.*s", at ? (int)strcspn(at, " ") : 4, at ? at : "none");
	say("source %d", strstr(text, " so\\040urce ") != NULL);
	R(umount2("a b\tc\nd\\e", 0));
}

static void
access_time_flags_are_shown(void)
{
	static const unsigned long flags[] = { 0, MS_NOATIME, MS_NODIRATIME,
		MS_STRICTATIME, MS_RELATIME, MS_RDONLY, MS_NODEV | MS_NOSUID,
		MS_NOATIME | MS_STRICTATIME, MS_SYNCHRONOUS, MS_LAZYTIME };

	MUST(mkdir("m", 0755));
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		MUST(mount("none", "m", "tmpfs", flags[i], "size=64k"));
		say_mounts();
		MUST(umount2("m", 0));
	}
}

static void
parents_are_linked(void)
{
	char *text, *line, *save;
	int outer = -1, inner_parent = -2;

	MUST(mkdir("m", 0755));
	R(mount("outer", "m", "tmpfs", 0, NULL));
	MUST(mkdir("m/n", 0755));
	R(mount("inner", "m/n", "tmpfs", 0, NULL));
	text = get_file("/proc/self/mountinfo");
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strstr(line, " outer "))
			sscanf(line, "%d", &outer);
		if (strstr(line, " inner "))
			sscanf(line, "%*d %d", &inner_parent);
	}
	say("inner's parent is outer %d", outer == inner_parent);
	R(umount2("m/n", 0));
	R(umount2("m", 0));
}

static void
statx_gives_the_listed_id(void)
{
	char *text, *at;
	struct statx sx;
	struct stat st;
	char want[64];
	int id = -1;

	MUST(mkdir("m", 0755));
	R(mount("findme", "m", "tmpfs", 0, NULL));
	MUST(syscall(SYS_statx, AT_FDCWD, "m", 0, STATX_MNT_ID, &sx));
	MUST(stat("m", &st));
	text = get_file("/proc/self/mountinfo");
	at = strstr(text, " findme ");
	while (at && at > text && at[-1] != '\n')
		at--;
	if (at)
		sscanf(at, "%d", &id);
	say("id %d", (int)sx.stx_mnt_id == id);
	snprintf(want, sizeof(want), " %u:%u ", major(st.st_dev),
		 minor(st.st_dev));
	say("device %d", at && strstr(at, want) != NULL);
	say("root %d", !!(sx.stx_attributes & STATX_ATTR_MOUNT_ROOT));
	R(umount2("m", 0));
}

static void
a_chroot_sees_its_own_part(void)
{
	pid_t pid;

	MUST(mkdir("m", 0755));
	R(mount("below", "m", "tmpfs", 0, "size=64k"));
	MUST(mkdir("m/proc", 0755));
	R(mount("/proc", "m/proc", NULL, MS_BIND | MS_REC, NULL));
	pid = fork();
	if (pid == 0) {
		char type[32] = "", source[32] = "", *m;

		R(chroot("m"));
		R(chdir("/"));
		say("%s", strstr(get_file("/proc/self/mountinfo"),
				 " / / rw,relatime") ? "root line" : "none");
		m = get_file("/proc/self/mounts");
		sscanf(m, "%31s / %31s", source, type);
		say("%s %s", source, type);
		say("others %d", strstr(m, here()) != NULL);
		_exit(0);
	}
	say_status("child", pid);
	R(umount2("m", MNT_DETACH));
}

static void
many_mounts_can_be_made(void)
{
	char name[32], *text, *at;
	int n = 0, bad = 0;

	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		bad += mkdir(name, 0755) ||
		       mount("many", name, "tmpfs", 0, "size=64k");
	}
	text = get_file("/proc/self/mounts");
	for (at = text; (at = strstr(at, "many ")); at++)
		n++;
	say("bad %d listed %d", bad, n);
	for (int i = 299; i >= 0; i--) {
		snprintf(name, sizeof(name), "m%d", i);
		bad += umount2(name, 0) || rmdir(name);
	}
	say("bad %d", bad);
	say_names(".");
}

/* The table is read before anybody has looked at the files. */
static void
numbers_are_those_of_the_files(void)
{
	char *text, *at, want[512], name[8], dev[32];
	struct stat st;

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		MUST(mkdir(name, 0755));
		R(mount("t", name, "tmpfs", 0, "size=64k"));
	}
	text = get_file("/proc/self/mountinfo");
	for (int i = 0; i < 3; i++) {
		snprintf(want, sizeof(want), " / %s/m%d ", here(), i);
		at = strstr(text, want);
		snprintf(name, sizeof(name), "m%d", i);
		MUST(stat(name, &st));
		snprintf(dev, sizeof(dev), " %u:%u", major(st.st_dev),
			 minor(st.st_dev));
		say("listed %d, as stat says %d", at != NULL,
		    at && !strncmp(at - strlen(dev), dev, strlen(dev)));
		R(umount2(name, 0));
	}
}

GUEST_MAIN(
	CASE(lines_appear_and_vanish),
	CASE(odd_names_are_escaped),
	CASE(access_time_flags_are_shown),
	CASE(parents_are_linked),
	CASE(statx_gives_the_listed_id),
	CASE(a_chroot_sees_its_own_part),
	CASE(many_mounts_can_be_made),
	CASE(numbers_are_those_of_the_files),
)
