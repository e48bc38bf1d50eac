/* SPDX-License-Identifier: Apache-2.0 */
/* NEEDS: root */
/* Options of proc: what is taken, what is shown, who sees whom. */
#include "tests/lib/guest.h"

#include <dirent.h>
#include <linux/capability.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* "rw,hidepid=..." of the mount on p. */
static void
say_options(void)
{
	char line[1024], want[PATH_MAX + 8], *last;
	FILE *f = fopen("/proc/self/mountinfo", "r");

	snprintf(want, sizeof(want), " %s/p ", here());
	while (f && fgets(line, sizeof(line), f)) {
		last = strrchr(line, ' ');
		if (strstr(line, want) && last)
			say("shown as%.*s", (int)strcspn(last, "\n"), last);
	}
	fclose(f);
}

static void
options_are_checked_and_shown(void)
{
	static const char *const options[] = {
		"hidepid=0", "hidepid=1", "hidepid=2", "hidepid=3",
		"hidepid=4", "hidepid=0x2", "hidepid=noaccess",
		"hidepid=invisible", "hidepid=ptraceable", "hidepid=off",
		"hidepid=on", "hidepid=", "hidepid", "hidepid=-1",
		"gid=7", "gid=x", "gid=", "gid", "subset=pid", "subset=all",
		"subset=", "subset", "hidepid=2,subset=pid,gid=7", "x=y",
		"hidepid=2,hidepid=1", ",,hidepid=1,",
	};

	MUST(mkdir("p", 0755));
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		say("%s", options[i]);
		if (R(mount("proc", "p", "proc", 0, options[i])) < 0)
			continue;
		say_options();
		R(umount("p"));
	}
}

static void
a_remount_changes_what_it_names(void)
{
	MUST(mkdir("p", 0755));
	R(mount("proc", "p", "proc", 0, "hidepid=2,gid=7"));
	say_options();
	R(mount(NULL, "p", NULL, MS_REMOUNT, "hidepid=off"));
	say_options();
	R(mount(NULL, "p", NULL, MS_REMOUNT, "hidepid=x"));
	say_options();
	AS_IN_6_18(mount(NULL, "p", NULL, MS_REMOUNT, "subset=pid"));
	if (kernel_since(6, 19))
		return;
	say_options();
	R(access("p/version", F_OK));
}

static void
say_listed(const char *name)
{
	DIR *d = opendir("p");
	struct dirent *e;
	bool seen = false;

	while (d && (e = readdir(d)))
		seen = seen || strcmp(e->d_name, name) == 0;
	say("%s: %s", name[0] >= '1' && name[0] <= '9' ? "the other" : name,
	    seen ? "listed" : "not listed");
	closedir(d);
}

static void
subset_leaves_processes_only(void)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	MUST(mkdir("p", 0755));
	R(mount("proc", "p", "proc", 0, "subset=pid"));
	say_listed(pid);
	say_listed("self");
	say_listed("thread-self");
	say_listed("sys");
	say_listed("meminfo");
	R(access("p/self/status", F_OK));
	R(access("p/thread-self/status", F_OK));
	R(access("p/sys/kernel/ostype", F_OK));
	R(access("p/mounts", F_OK));
	R(mkdir("p/x", 0755));
}

static void
drop_capabilities(void)
{
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2] = { { 0 } };

	MUST(syscall(SYS_capset, &h, none));
}

/* What a child without capabilities sees of us, who have some. */
static void
say_seen_by_child(void)
{
	char name[32], pid[16];
	struct stat st;
	pid_t child;

	snprintf(pid, sizeof(pid), "%d", getpid());
	fflush(NULL);
	child = (pid_t)MUST(fork());
	if (child == 0) {
		drop_capabilities();
		say_listed(pid);
		snprintf(name, sizeof(name), "p/%s", pid);
		say_result("stat", stat(name, &st));
		say_result("search", access(name, X_OK));
		say_result("chdir", chdir(name));
		say_result("list", opendir(name) ? 0 : -1);
		snprintf(name, sizeof(name), "p/%s/stat", pid);
		say_result("stat of a file", stat(name, &st));
		say_result("open of a file", open(name, O_RDONLY) < 0 ? -1 : 0);
		say_result("self", access("p/self/stat", R_OK));
		fflush(NULL);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	snprintf(name, sizeof(name), "p/%s/stat", pid);
	say_result("with capabilities", access(name, R_OK));
}

static void
who_may_not_trace_does_not_look(void)
{
	static const char *const values[] = {
		"off", "noaccess", "invisible", "ptraceable",
	};
	char options[64];

	MUST(mkdir("p", 0755));
	for (int i = 0; i < 4; i++) {
		say("%s, of another group", values[i]);
		snprintf(options, sizeof(options), "hidepid=%s,gid=77",
			 values[i]);
		MUST(mount("proc", "p", "proc", 0, options));
		say_seen_by_child();
		MUST(umount("p"));
		say("%s, of the group", values[i]);
		snprintf(options, sizeof(options), "hidepid=%s,gid=%u",
			 values[i], getegid());
		MUST(mount("proc", "p", "proc", 0, options));
		say_seen_by_child();
		MUST(umount("p"));
	}
}

GUEST_MAIN(
	CASE(options_are_checked_and_shown),
	CASE(a_remount_changes_what_it_names),
	CASE(subset_leaves_processes_only),
	CASE(who_may_not_trace_does_not_look),
)
