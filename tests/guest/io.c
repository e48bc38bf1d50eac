/* SPDX-License-Identifier: Apache-2.0 */
/* What open descriptors are good for: these calls run natively inside too. */
#include "tests/lib/guest.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

static void
positions_and_vectors(void)
{
	struct iovec v[2] = { { (void *)"ab", 2 }, { (void *)"cd", 2 } };
	char buf[16] = "";
	int fd = MUST(open("f", O_RDWR | O_CREAT, 0644));

	R(writev(fd, v, 2));
	R(pwrite(fd, "X", 1, 1));
	R(lseek(fd, 0, SEEK_CUR));
	R(pread(fd, buf, 16, 0));
	say("%s", buf);
	R(lseek(fd, -1, SEEK_SET));
	R(pwritev(fd, v, 2, 4));
	R(lseek(fd, 0, SEEK_END));
	R(read(fd, hole(), 4));
	R(lseek(fd, 0, SEEK_SET));
	R(read(fd, hole(), 4));
	R(write(fd, hole(), 4));
	R(read(999, buf, 1));
}

static void
shared_maps_write_through(void)
{
	int fd = MUST(open("f", O_RDWR | O_CREAT, 0644));

	MUST(ftruncate(fd, 8192));
	char *a = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *b = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);

	strcpy(a + 4096, "through");
	say("%s", b + 4096);
	R(msync(a, 8192, MS_SYNC));
	close(fd);
	fd = MUST(open("f", O_RDONLY));
	say("read only %s", mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0) ==
	    MAP_FAILED ? errname(errno) : "mapped");
	say("private %s", mmap(NULL, 4096, PROT_WRITE, MAP_PRIVATE, fd, 0) ==
	    MAP_FAILED ? errname(errno) : "mapped");
	say("exec %s", mmap(NULL, 4096, PROT_EXEC, MAP_PRIVATE, fd, 0) ==
	    MAP_FAILED ? errname(errno) : "mapped");
	fd = MUST(open("f", O_PATH));
	say("path %s", mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) ==
	    MAP_FAILED ? errname(errno) : "mapped");
}

static void
record_locks_exclude_others(void)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET,
			   .l_start = 0, .l_len = 10 };
	int fd = MUST(open("f", O_RDWR | O_CREAT, 0644));
	pid_t pid;

	R(fcntl(fd, F_SETLK, &l));
	pid = fork();
	if (pid == 0) {
		fd = open("f", O_RDWR);
		R(fcntl(fd, F_SETLK, &l));
		l.l_start = 10;
		R(fcntl(fd, F_SETLK, &l));
		l.l_start = 0;
		R(fcntl(fd, F_GETLK, &l));
		say("by the parent %d", l.l_pid == getppid());
		_exit(0);
	}
	say_status("child", pid);
	l.l_type = F_UNLCK;
	R(fcntl(fd, F_SETLK, &l));
	l.l_type = F_WRLCK;
	l.l_pid = 0;
	R(fcntl(fd, F_OFD_SETLK, &l));
	int other = MUST(open("f", O_RDWR));

	R(fcntl(other, F_OFD_SETLK, &l));
}

static void
flock_belongs_to_the_description(void)
{
	int a = MUST(open("f", O_RDWR | O_CREAT, 0644));
	int b = MUST(open("f", O_RDONLY)), c = MUST(dup(a));

	R(flock(a, LOCK_EX | LOCK_NB));
	R(flock(b, LOCK_SH | LOCK_NB));
	R(flock(c, LOCK_EX | LOCK_NB));
	close(a);
	R(flock(b, LOCK_SH | LOCK_NB));
	R(flock(c, LOCK_UN));
	R(flock(b, LOCK_SH | LOCK_NB));
}

static void
sendfile_splice_and_copy(void)
{
	char buf[32] = "";
	int in, out, p[2];
	loff_t off = 0;

	put_file("in", "0123456789");
	in = MUST(open("in", O_RDONLY));
	out = MUST(open("out", O_RDWR | O_CREAT, 0644));
	MUST(pipe(p));
	if (vmsplice(p[1], NULL, 0, 0) < 0 && errno == EPERM)
		cannot("a filter refuses vmsplice");
	R(sendfile(out, in, NULL, 5));
	R(splice(in, NULL, p[1], NULL, 3, 0));
	R(splice(p[0], NULL, out, NULL, 3, 0));
	R(tee(p[0], p[1], 1, SPLICE_F_NONBLOCK));
	say("%s", get_file("out"));
	R(copy_file_range(in, &off, out, NULL, 10, 0));
	say("%s", get_file("out"));
	R(vmsplice(p[1], &(struct iovec){ (void *)"vm", 2 }, 1, 0));
	R(read(p[0], buf, sizeof(buf)));
	R(readahead(in, 0, 4096));
}

static void
events_wake_a_poller(void)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u32 = 7 }, got[4];
	struct itimerspec its = { .it_value.tv_nsec = 1000000 };
	sigset_t set;
	int ep = R(epoll_create1(EPOLL_CLOEXEC));
	int ev = R(eventfd(0, EFD_NONBLOCK));
	int t = R(timerfd_create(CLOCK_MONOTONIC, 0));
	uint64_t n;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int s = R(signalfd(-1, &set, SFD_NONBLOCK));

	R(epoll_ctl(ep, EPOLL_CTL_ADD, ev, &e));
	R(epoll_wait(ep, got, 4, 0));
	R(eventfd_write(ev, 3));
	R(epoll_wait(ep, got, 4, -1));
	R(read(ev, &n, 8));
	say("%d", (int)n);
	R(timerfd_settime(t, 0, &its, NULL));
	R(epoll_ctl(ep, EPOLL_CTL_ADD, t, &e));
	R(epoll_wait(ep, got, 4, -1));
	R(read(t, &n, 8));
	R(epoll_ctl(ep, EPOLL_CTL_ADD, s, &e));
	R(raise(SIGUSR2));
	R(epoll_wait(ep, got, 4, -1));
	struct signalfd_siginfo si;

	R(read(s, &si, sizeof(si)));
	say("%d from me %d", si.ssi_signo, (int)si.ssi_pid == getpid());
	int f = MUST(open("/etc/passwd", O_RDONLY));

	R(epoll_ctl(ep, EPOLL_CTL_ADD, f, &e));
}

static void
memory_files_and_seals(void)
{
	int fd = R(memfd_create("name", MFD_CLOEXEC | MFD_ALLOW_SEALING));
	char path[64], buf[64] = "";

	R(write(fd, "memory", 6));
	R(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK));
	R(write(fd, "x", 1));
	R(ftruncate(fd, 0));
	R(fcntl(fd, F_GET_SEALS));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	R(readlink(path, buf, sizeof(buf) - 1));
	say("%s", buf);
	RFD(open(path, O_RDONLY));
	say("%s", get_file(path));
}

static void
a_memory_file_can_be_executed(void)
{
	char *argv[] = { (char *)"true", NULL };
	int in = MUST(open("/bin/true", O_RDONLY));
	int fd = R(memfd_create("prog", 0));
	pid_t pid;

	while (sendfile(fd, in, NULL, 1 << 20) > 0)
		;
	pid = fork();
	if (pid == 0) {
		fexecve(fd, argv, argv + 1);
		say("%s", errname(errno));
		_exit(9);
	}
	say_status("memfd", pid);
}

static void
executable_memory(void)
{
	char *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

#if defined(__x86_64__)
	memcpy(m, "\xb8\x2a\x00\x00\x00\xc3", 6);
#elif defined(__aarch64__)
	memcpy(m, "\x40\x05\x80\x52\xc0\x03\x5f\xd6", 8);
#endif
	R(mprotect(m, 4096, PROT_READ | PROT_EXEC));
	__builtin___clear_cache(m, m + 4096);
	say("%d", ((int (*)(void))(uintptr_t)m)());
}

static void
pipes_have_ends(void)
{
	char buf[8];
	int p[2];

	R(pipe2(p, O_NONBLOCK | O_CLOEXEC));
	R(read(p[0], buf, 1));
	R(write(p[1], "abc", 3));
	R(read(p[0], buf, 8));
	close(p[1]);
	R(read(p[0], buf, 8));
	R(pipe2(p, 0x1));
	R(pipe2(hole(), 0));
	R(fcntl(p[0], F_SETPIPE_SZ, 65536));
}

static void
descriptor_flags_and_copies(void)
{
	int fd = MUST(open("f", O_RDWR | O_CREAT, 0644));

	R(fcntl(fd, F_DUPFD, 50));
	R(fcntl(fd, F_DUPFD_CLOEXEC, 50));
	R(fcntl(51, F_GETFD));
	R(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
	R(fcntl(fd, F_GETFL) & (O_APPEND | O_NONBLOCK));
	R(dup2(fd, fd));
	R(dup3(fd, fd, 0));
	R(dup2(999, 5));
	R(dup2(fd, -1));
	R(syscall(SYS_close_range, 50, 51, 0));
	R(fcntl(50, F_GETFD));
	R(close(999));
	R(fcntl(fd, 9999));
}

static void
nothing_to_cancel(void)
{
	char iocb[64] = "", result[32];

	R(syscall(SYS_io_cancel, 0L, iocb, result));
	R(syscall(SYS_io_cancel, 0L, hole(), result));
	R(syscall(SYS_io_cancel, 1L, NULL, NULL));
}

GUEST_MAIN(
	CASE(positions_and_vectors),
	CASE(shared_maps_write_through),
	CASE(record_locks_exclude_others),
	CASE(flock_belongs_to_the_description),
	CASE(sendfile_splice_and_copy),
	CASE(events_wake_a_poller),
	CASE(memory_files_and_seals),
	CASE(a_memory_file_can_be_executed),
	CASE(executable_memory),
	CASE(nothing_to_cancel),
	CASE(pipes_have_ends),
	CASE(descriptor_flags_and_copies),
)
