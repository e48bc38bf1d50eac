/* SPDX-License-Identifier: Apache-2.0 */
/* PLACES: host */
/* /proc as a process sees itself. */
#include "tests/lib/guest.h"

#include <dirent.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>

static void
say_link(const char *path)
{
	char buf[PATH_MAX] = "";

	if (readlink(path, buf, sizeof(buf) - 1) < 0)
		say("%s: %s", path, errname(errno));
	else if (!strncmp(buf, here(), strlen(here())))
		say("%s -> HERE%s", path, buf + strlen(here()));
	else
		say("%s -> %s", path, buf);
}

static const char *
field(const char *file, const char *name)
{
	static char line[256];
	char *text = get_file(file), *at = strstr(text, name);

	if (!at)
		return "(no such field)";
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
	return line;
}

static void
self_is_the_caller(void)
{
	char buf[32] = "", path[64], *text;

	MUST(readlink("/proc/self", buf, sizeof(buf) - 1));
	say("self %d", atoi(buf) == getpid());
	memset(buf, 0, sizeof(buf));
	MUST(readlink("/proc/thread-self", buf, sizeof(buf) - 1));
	snprintf(path, sizeof(path), "%d/task/%d", getpid(), getpid());
	say("thread-self %d", !strcmp(buf, path));
	text = get_file("/proc/self/stat");
	say("stat pid %d", atoi(text) == getpid());
	snprintf(path, sizeof(path), "/proc/%d/stat", getpid());
	say("by pid %d", atoi(get_file(path)) == getpid());
	pid_t pid = fork();

	if (pid == 0) {
		MUST(readlink("/proc/self", buf, sizeof(buf) - 1));
		say("self in child %d", atoi(buf) == getpid());
		_exit(0);
	}
	say_status("child", pid);
}

static void
descriptors_are_listed(void)
{
	int fd, d, p[2];
	char path[64], buf[64] = "";

	put_file("f", "x");
	MUST(mkdir("d", 0755));
	fd = MUST(open("f", O_RDONLY));
	d = MUST(open("d", O_RDONLY));
	MUST(pipe(p));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	say_link(path);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", d);
	say_link(path);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", p[0]);
	MUST(readlink(path, buf, sizeof(buf) - 1));
	say("%.6s", buf);
	MUST(unlink("f"));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	say_link(path);
	MUST(rename("d", "e"));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", d);
	say_link(path);
	say_link("/proc/self/fd/999");
	say_names("/proc/self/fd");
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", d);
	say("%s", field(path, "pos:"));
	say("%s", field(path, "flags:"));
	close(fd);
	close(d);
}

static void
links_tell_places(void)
{
	say_link("/proc/self/cwd");
	say_link("/proc/self/root");
	MUST(mkdir("d", 0755));
	MUST(chdir("d"));
	say_link("/proc/self/cwd");
	say_link("/proc/self/root");
	MUST(rmdir("../d"));
	say_link("/proc/self/cwd");
	char buf[PATH_MAX] = "";

	MUST(readlink("/proc/self/exe", buf, sizeof(buf) - 1));
	say("exe %d", !strcmp(buf, self()));
}

static void
magic_links_are_followed(void)
{
	struct stat a, b;

	put_file("f", "through cwd");
	say("%s", get_file("/proc/self/cwd/f"));
	MUST(stat("/proc/self/exe", &a));
	MUST(stat(self(), &b));
	say("exe is the program %d", a.st_ino == b.st_ino);
	MUST(stat("/proc/self/root", &a));
	MUST(stat("/", &b));
	say("root is / %d", a.st_ino == b.st_ino && a.st_dev == b.st_dev);
	say("%.4s", get_file("/proc/self/root/etc/passwd"));
	say("%.4s", get_file("/proc/self/root/proc/self/root/etc/passwd"));
	say("same in task %d", !stat("/proc/self/task", &a));
	R(lstat("/proc/self/exe", &a));
	say("%c", mode_text(a.st_mode)[0]);
}

static void
status_tells_the_process(void)
{
	char *text = get_file("/proc/self/status");
	char want[64];

	say("%s", field("/proc/self/status", "Name:"));
	snprintf(want, sizeof(want), "\nPid:\t%d\n", getpid());
	say("pid %d", strstr(text, want) != NULL);
	snprintf(want, sizeof(want), "\nTgid:\t%d\n", getpid());
	say("tgid %d", strstr(text, want) != NULL);
	snprintf(want, sizeof(want), "\nPPid:\t%d\n", getppid());
	say("ppid %d", strstr(text, want) != NULL);
	snprintf(want, sizeof(want), "\nUid:\t%d\t%d\t%d\t%d\n", getuid(),
		 getuid(), getuid(), getuid());
	say("uid %d", strstr(text, want) != NULL);
	say("tracer %s", field("/proc/self/status", "TracerPid:"));
	say("%s", field("/proc/self/status", "Threads:"));
	say("%s", field("/proc/self/status", "CapEff:"));
	say("%s", field("/proc/self/status", "State:"));
}

static void *
waits(void *arg)
{
	char c;

	read((int)(intptr_t)arg, &c, 1);
	return NULL;
}

static void
threads_are_tasks(void)
{
	struct dirent *d;
	pthread_t t[3];
	int p[2], n = 0;
	DIR *dir;

	MUST(pipe(p));
	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, waits, (void *)(intptr_t)p[0]);
	say("%s", field("/proc/self/status", "Threads:"));
	dir = opendir("/proc/self/task");
	while (dir && (d = readdir(dir)))
		n += d->d_name[0] != '.';
	say("tasks %d", n);
	close(p[1]);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
}

static void
mountinfo_and_mounts_agree(void)
{
	char *info = get_file("/proc/self/mountinfo"), *line, *save;
	char *mounts = get_file("/proc/self/mounts");
	int lines = 0, bad = 0, other = 0, root = 0, proc = 0;

	for (line = strtok_r(info, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char point[512], rest[512], source[512], type[64];
		int id, parent, major, minor, end = 0;

		lines++;
		if (sscanf(line, "%d %d %d:%d %511s %511s %n", &id, &parent,
			   &major, &minor, rest, point, &end) != 6 ||
		    !strstr(line, " - ") ||
		    sscanf(strstr(line, " - "), " - %63s %511s", type,
			   source) != 2) {
			bad++;
			continue;
		}
		root += !strcmp(point, "/");
		proc += !strcmp(point, "/proc") && !strcmp(type, "proc");
		snprintf(rest, sizeof(rest), " %s %s ", point, type);
		other += strstr(mounts, rest) == NULL;
	}
	say("lines %d malformed %d, not in mounts %d, root %d, proc %d",
	    lines > 0, bad, other, root, proc);
	say("same as /proc/mounts %d", !strcmp(mounts,
					       get_file("/proc/mounts")));
}

static void
maps_name_the_program(void)
{
	char *maps = get_file("/proc/self/maps");

	say("program %d", strstr(maps, self()) != NULL);
	say("libc %d", strstr(maps, "libc") != NULL);
	say("stack %d vdso %d heap %d", strstr(maps, "[stack]") != NULL,
	    strstr(maps, "[vdso]") != NULL, (malloc(10) && strstr(
	    get_file("/proc/self/maps"), "[heap]") != NULL));
	say("no stub %d", strstr(maps, "belljar-stub") == NULL);
}

static void
global_files_can_be_read(void)
{
	static const char *const files[] = {
		"/proc/cpuinfo", "/proc/meminfo", "/proc/stat",
		"/proc/version", "/proc/uptime", "/proc/loadavg",
		"/proc/filesystems", "/proc/sys/kernel/ostype",
		"/proc/sys/kernel/pid_max", "/proc/sys/kernel/random/uuid",
		"/proc/self/limits", "/proc/self/statm", "/proc/self/maps",
		"/proc/self/comm", "/proc/self/oom_score_adj",
		"/proc/self/cgroup", "/proc/self/uid_map", "/proc/self/wchan",
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *text = get_file(files[i]);

		say("%s %s", files[i], text[0] == '(' ? text : "read");
	}
}

static void
proc_is_not_writable(void)
{
	RFD(open("/proc/new", O_RDWR | O_CREAT, 0644));
	R(mkdir("/proc/new", 0755));
	R(unlink("/proc/self/status"));
	R(rmdir("/proc/self/fd"));
	R(symlink("x", "/proc/self/x"));
	R(rename("/proc/self/stat", "/proc/self/x"));
	RFD(open("/proc/self/status", O_RDWR));
	RFD(open("/proc/none", O_RDONLY));
	RFD(open("/proc/self/none", O_RDONLY));
	RFD(open("/proc/self/", O_RDONLY));
	RFD(open("/proc/self/status/", O_RDONLY));
	RFD(open("/proc/0", O_RDONLY));
	RFD(open("/proc/01", O_RDONLY));
}

static void
comm_can_be_set(void)
{
	int fd = R(open("/proc/self/comm", O_WRONLY));

	R(write(fd, "renamed", 7));
	say("%s", get_file("/proc/self/comm"));
	say("%s", field("/proc/self/status", "Name:"));
}

static void
children_can_be_looked_at(void)
{
	char path[64], buf[PATH_MAX] = "";
	int p[2], status;
	pid_t pid;

	MUST(mkdir("d", 0755));
	MUST(pipe(p));
	pid = fork();
	if (pid == 0) {
		MUST(chdir("d"));
		raise(SIGSTOP);
		_exit(0);
	}
	MUST(waitpid(pid, &status, WUNTRACED));
	snprintf(path, sizeof(path), "/proc/%d/cwd", pid);
	MUST(readlink(path, buf, sizeof(buf) - 1));
	say("%s", buf + strlen(here()));
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	say("%s", field(path, "State:"));
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	memset(buf, 0, sizeof(buf));
	MUST(readlink(path, buf, sizeof(buf) - 1));
	say("exe %d", !strcmp(buf, self()));
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	R(access(path, X_OK));
	kill(pid, SIGKILL);
	say_status("child", pid);
	RFD(open(path, O_RDONLY));
}

static void
zombies_are_listed(void)
{
	siginfo_t si;
	char path[64];
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	MUST(waitid(P_PID, pid, &si, WEXITED | WNOWAIT));
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	say("%s", field(path, "State:"));
	say_status("child", pid);
	say("%s", get_file(path));
}

GUEST_MAIN(
	CASE(self_is_the_caller),
	CASE(descriptors_are_listed),
	CASE(links_tell_places),
	CASE(magic_links_are_followed),
	CASE(status_tells_the_process),
	CASE(threads_are_tasks),
	CASE(mountinfo_and_mounts_agree),
	CASE(maps_name_the_program),
	CASE(global_files_can_be_read),
	CASE(proc_is_not_writable),
	CASE(comm_can_be_set),
	CASE(children_can_be_looked_at),
	CASE(zombies_are_listed),
)
