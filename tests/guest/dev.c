/* SPDX-License-Identifier: Apache-2.0 */
/* PLACES: host */
/* The device nodes of the world. */
#include "tests/lib/guest.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sysmacros.h>

static void
nodes_are_the_usual_ones(void)
{
	static const char *const nodes[] = { "null", "zero", "full", "random",
					     "urandom", "tty", "ptmx" };
	struct stat st;
	char path[64];

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		snprintf(path, sizeof(path), "/dev/%s", nodes[i]);
		if (stat(path, &st))
			say("%s: %s", path, errname(errno));
		else
			say("%s: %c %u:%u", path, mode_text(st.st_mode)[0],
			    major(st.st_rdev), minor(st.st_rdev));
	}
	R(access("/dev/shm", W_OK));
	R(access("/dev/pts", X_OK));
}

static void
null_swallows(void)
{
	char buf[8];
	int fd = R(open("/dev/null", O_RDWR));

	R(write(fd, "text", 4));
	R(read(fd, buf, 8));
	R(lseek(fd, 100, SEEK_SET));
	R(ftruncate(fd, 0));
	RFD(open("/dev/null", O_WRONLY | O_TRUNC | O_CREAT, 0644));
	RFD(open("/dev/null", O_WRONLY | O_CREAT | O_EXCL, 0644));
	RFD(open("/dev/null", O_RDONLY | O_DIRECTORY));
	RFD(open("/dev/null/x", O_RDONLY));
}

static void
zero_full_and_random(void)
{
	char buf[64];
	int fd, sum = 0;

	memset(buf, 1, sizeof(buf));
	fd = R(open("/dev/zero", O_RDWR));
	R(read(fd, buf, sizeof(buf)));
	for (int i = 0; i < 64; i++)
		sum += buf[i];
	say("sum %d", sum);
	char *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	say("mapped %d", m != MAP_FAILED && m[100] == 0);
	fd = R(open("/dev/full", O_RDWR));
	R(read(fd, buf, sizeof(buf)));
	R(write(fd, buf, 1));
	fd = R(open("/dev/urandom", O_RDONLY));
	R(read(fd, buf, sizeof(buf)));
	for (int i = 0; i < 64; i++)
		sum |= buf[i];
	say("random %d", sum != 0);
	fd = R(open("/dev/random", O_RDONLY));
	R(read(fd, buf, 16));
	R(getrandom(buf, 16, 0));
	R(getrandom(hole(), 16, 0));
}

static void
links_to_descriptors(void)
{
	char buf[8] = "";
	int p[2];

	MUST(pipe(p));
	MUST(write(p[1], "piped", 5));
	MUST(dup2(p[0], 0));
	int fd = R(open("/dev/stdin", O_RDONLY));

	R(read(fd, buf, 5));
	say("%s", buf);
	R(access("/dev/stdout", W_OK));
	R(access("/dev/stderr", W_OK));
	R(access("/dev/fd/0", R_OK));
}

static void
tty_without_a_terminal_is_enxio(void)
{
	setsid();
	if (fork() == 0) {
		setsid();
		RFD(open("/dev/tty", O_RDWR));
		_exit(0);
	}
	wait(NULL);
}

static void
new_files_in_shm(void)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "/belljar-guest-%d", getpid());
	fd = R(shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600));
	R(ftruncate(fd, 8192));
	char *m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	say("mapped %d", m != MAP_FAILED);
	strcpy(m, "shared");
	pid_t pid = fork();

	if (pid == 0)
		_exit(strcmp(m, "shared") != 0);
	say_status("child", pid);
	RFD(shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600));
	R(shm_unlink(name));
	RFD(shm_open(name, O_RDWR, 0600));
}

GUEST_MAIN(
	CASE(nodes_are_the_usual_ones),
	CASE(null_swallows),
	CASE(zero_full_and_random),
	CASE(links_to_descriptors),
	CASE(tty_without_a_terminal_is_enxio),
	CASE(new_files_in_shm),
)
