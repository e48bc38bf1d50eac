/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that would pass by the sandbox: other ABIs, rings, filters, clones. */
#include "tests/escape/attack.h"

#include <elf.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <termios.h>

#if defined(__x86_64__)
static long
int80(long nr, long a, long b, long c)
{
	long rc;

	__asm__ volatile("int $0x80" : "=a"(rc) : "a"(nr), "b"(a), "c"(b),
			 "d"(c) : "memory", "r8", "r9", "r10", "r11");
	return rc;
}

static char *
low_copy(const char *text)
{
	char *m = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (m == MAP_FAILED)
		cannot("no memory below 4 GiB");
	return strcpy(m, text);
}
#endif

static void
i386_open(void)
{
#if defined(__x86_64__)
	long fd = int80(5, (long)low_copy(bait("secret")), O_RDONLY, 0);

	if (fd == -ENOSYS && getenv("CONTROL"))
		cannot("this kernel has no i386 calls");
	errno = fd < 0 ? -fd : 0;
	verdict_of_fd(fd);
#else
	cannot("not x86");
#endif
}

static void
i386_openat(void)
{
#if defined(__x86_64__)
	long fd = int80(295, AT_FDCWD, (long)low_copy(bait("secret")),
			O_RDONLY);

	if (fd == -ENOSYS && getenv("CONTROL"))
		cannot("this kernel has no i386 calls");
	errno = fd < 0 ? -fd : 0;
	verdict_of_fd(fd);
#else
	cannot("not x86");
#endif
}

static void
i386_execve(void)
{
#if defined(__x86_64__)
	unsigned *argv = (unsigned *)(low_copy(bait("prog")) + 4096);
	char *path = (char *)argv - 4096;
	long rc;

	argv[0] = (unsigned)(uintptr_t)path;
	argv[1] = 0;
	rc = int80(11, (long)path, (long)argv, 0);
	if (rc == -ENOSYS && getenv("CONTROL"))
		cannot("this kernel has no i386 calls");
	errno = -rc;
	held();
#else
	cannot("not x86");
#endif
}

/* A program of the other word size: exit(42), and nothing else. */
static void
a_32_bit_program(void)
{
	static const struct {
		Elf32_Ehdr eh;
		Elf32_Phdr ph;
		unsigned int code[4];
	} image = {
		.eh = {
			.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32,
				     ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC, .e_version = EV_CURRENT,
			.e_entry = 0x10000 + sizeof(Elf32_Ehdr) +
				   sizeof(Elf32_Phdr),
			.e_phoff = sizeof(Elf32_Ehdr),
			.e_ehsize = sizeof(Elf32_Ehdr),
			.e_phentsize = sizeof(Elf32_Phdr), .e_phnum = 1,
#if defined(__x86_64__)
			.e_machine = EM_386,
#else
			.e_machine = EM_ARM, .e_flags = EF_ARM_EABI_VER5,
#endif
		},
		.ph = {
			.p_type = PT_LOAD, .p_vaddr = 0x10000,
			.p_filesz = sizeof(image), .p_memsz = sizeof(image),
			.p_flags = PF_R | PF_X, .p_align = 0x10000,
		},
#if defined(__x86_64__)		/* mov $1,%eax; mov $42,%ebx; int $0x80 */
		.code = { 0x000001b8, 0x002abb00, 0x80cd0000 },
#else				/* mov r0,#42; mov r7,#1; svc 0 */
		.code = { 0xe3a0002a, 0xe3a07001, 0xef000000 },
#endif
	};
	char *argv[] = { (char *)"small", NULL };
	int fd = MUST(open("small", O_CREAT | O_WRONLY | O_CLOEXEC, 0755));
	int status;
	pid_t pid;

	MUST(write(fd, &image, sizeof(image)));
	close(fd);
	pid = MUST(fork());
	if (pid == 0) {
		execv("small", argv);
		_exit(errno == ENOEXEC ? 1 : 2);
	}
	MUST(waitpid(pid, &status, 0));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 42)
		escaped("it ran");
	if (getenv("CONTROL"))
		cannot("this kernel runs no 32-bit programs");
	errno = WIFEXITED(status) && WEXITSTATUS(status) == 1 ? ENOEXEC : 0;
	held();
}

static void
x32_open(void)
{
#if defined(__x86_64__)
	long fd = syscall(0x40000000 | SYS_open, bait("secret"), O_RDONLY);

	if (fd < 0 && errno == ENOSYS && getenv("CONTROL"))
		cannot("this kernel has no x32 calls");
	verdict_of_fd(fd);
#else
	cannot("not x86");
#endif
}

static void
io_uring_opens(void)
{
	struct io_uring_params p = { 0 };
	int ring = syscall(SYS_io_uring_setup, 4, &p);
	unsigned char *sq, *cq;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	unsigned *tail, *array;

	if (ring < 0) {
		if (getenv("CONTROL"))
			cannot("this kernel allows no io_uring");
		held();
	}
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4,
		  PROT_READ | PROT_WRITE, MAP_SHARED, ring, 0);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(*cqe),
		  PROT_READ | PROT_WRITE, MAP_SHARED, ring, 0x8000000);
	sqe = mmap(NULL, p.sq_entries * sizeof(*sqe), PROT_READ | PROT_WRITE,
		   MAP_SHARED, ring, 0x10000000);
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_OPENAT;
	sqe->fd = AT_FDCWD;
	sqe->addr = (uintptr_t)bait("secret");
	sqe->open_flags = O_RDONLY;
	tail = (unsigned *)(sq + p.sq_off.tail);
	array = (unsigned *)(sq + p.sq_off.array);
	array[0] = 0;
	__atomic_store_n(tail, 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, 1, NULL, 0) < 0)
		held();
	cqe = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
	errno = cqe->res < 0 ? -cqe->res : 0;
	verdict_of_fd(cqe->res);
}

static void
filter_with(unsigned action)
{
	struct sock_filter prog[] = { BPF_STMT(BPF_RET | BPF_K, action) };
	struct sock_fprog f = { 1, prog };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* Refused or not: what counts is what open then gives. */
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &f);
	verdict_of_fd(open(bait("secret"), O_RDONLY));
}

static void
a_filter_that_allows(void)
{
	filter_with(SECCOMP_RET_ALLOW);
}

static void
a_filter_that_logs(void)
{
	filter_with(SECCOMP_RET_LOG);
}

/* A listener of the guest's own says "continue" to every call. */
static void
a_listener_that_continues(void)
{
	struct sock_filter prog[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog f = { 4, prog };
	struct seccomp_notif n;
	struct seccomp_notif_resp r;
	int fd, p[2];
	pid_t pid;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, p));
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		     SECCOMP_FILTER_FLAG_NEW_LISTENER, &f);
	if (fd < 0)
		verdict_of_fd(open(bait("secret"), O_RDONLY));
	pid = fork();
	if (pid == 0) {
		int s = syscall(SYS_openat, AT_FDCWD, bait("secret"),
				O_RDONLY);

		_exit(gives_secret(s) ? 1 : 0);
	}
	memset(&n, 0, sizeof(n));
	if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &n) == 0) {
		memset(&r, 0, sizeof(r));
		r.id = n.id;
		r.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &r);
	}
	int status;

	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 1)
		escaped("the call was continued");
	held();
}

static int
child_opens(void *arg)
{
	(void)arg;
	return gives_secret(open(bait("secret"), O_RDONLY));
}

static void
clone_with(unsigned long flags)
{
	char *stack = mmap(NULL, 1 << 17, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status = 0;
	pid_t pid = clone(child_opens, stack + (1 << 17), flags | SIGCHLD,
			  NULL);

	if (pid < 0)
		held();
	if (waitpid(pid, &status, __WALL) == pid && WIFEXITED(status) &&
	    WEXITSTATUS(status))
		escaped("the child read the secret");
	held();
}

static void
a_child_that_is_not_traced(void)
{
	clone_with(CLONE_UNTRACED);
}

static void
a_child_with_shared_memory(void)
{
	clone_with(CLONE_VM | CLONE_UNTRACED);
}

static void
a_child_of_my_parent(void)
{
	clone_with(CLONE_FILES | CLONE_FS | CLONE_UNTRACED);
}

static void
a_child_of_clone3(void)
{
	struct clone_args a = { .flags = CLONE_UNTRACED,
				.exit_signal = SIGCHLD };
	int status = 0;
	pid_t pid = syscall(SYS_clone3, &a, sizeof(a));

	if (pid < 0) {
		if (errno == ENOSYS && getenv("CONTROL"))
			cannot("an outer filter allows no clone3");
		held();
	}
	if (pid == 0)
		_exit(child_opens(NULL));
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status))
		escaped("the child read the secret");
	held();
}

static void
a_child_of_vfork(void)
{
	int status = 0;
	pid_t pid = vfork();

	if (pid == 0)
		_exit(child_opens(NULL));
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status))
		escaped("the child read the secret");
	held();
}

static volatile int forking;

static void *
fork_in_thread(void *arg)
{
	int *p = arg;
	char c = 'n';

	forking = 1;
	for (int i = 0; i < 100; i++) {
		if (fork() == 0) {
			if (child_opens(NULL))
				c = 'y';
			write(p[1], &c, 1);
			_exit(0);
		}
	}
	return NULL;
}

/* Children made while their process is exiting must be caught as well. */
static void
children_made_at_exit(void)
{
	int p[2], n = 0;
	char c;

	MUST(pipe(p));
	for (int i = 0; i < 10; i++) {
		if (fork() == 0) {
			race_against(fork_in_thread, p);
			while (!forking)
				;
			for (volatile int k = 0; k < 200000 * i; k++)
				;
			_exit(0);
		}
	}
	close(p[1]);
	while (read(p[0], &c, 1) == 1) {
		if (c == 'y')
			escaped("a child read the secret");
		n++;
	}
	say("held: %s", n ? "every child was refused" : "no child came");
}

static void
characters_put_into_a_terminal(void)
{
	int master = MUST(posix_openpt(O_RDWR | O_NOCTTY)), slave;
	char name[64], c = 'x';

	grantpt(master);
	unlockpt(master);
	ptsname_r(master, name, sizeof(name));
	if (fork() == 0) {
		setsid();
		slave = open(name, O_RDWR);
		ioctl(slave, TIOCSCTTY, 0);
		if (ioctl(slave, TIOCSTI, &c)) {
			if (getenv("CONTROL"))
				cannot("this kernel has TIOCSTI turned off");
			held();
		}
		escaped("a character was put in");
	}
	wait(NULL);
}

static void
keys_of_the_user(void)
{
	/* The user's keyring is shared by all processes of the uid. */
	long key = syscall(SYS_add_key, "user", "belljar-bait", "BAIT-", 5,
			   KEY_SPEC_USER_KEYRING);

	if (key < 0) {
		if (getenv("CONTROL"))
			cannot("this kernel has no keyrings");
		held();
	}
	syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_USER_KEYRING);
	escaped("the keyring was changed");
}

static void
bpf_and_perf(void)
{
	char attr[128] = { 0 };
	long a = syscall(SYS_perf_event_open, attr, 0, -1, -1, 0);
	long b = syscall(SYS_userfaultfd, 1);

	if (a >= 0 || b >= 0)
		escaped("a descriptor was given");
	if (getenv("CONTROL"))
		cannot("this kernel refuses these anyway");
	held();
}

GUEST_MAIN(
	CASE(i386_open),
	CASE(i386_openat),
	CASE(i386_execve),
	CASE(a_32_bit_program),
	CASE(x32_open),
	CASE(io_uring_opens),
	CASE(a_filter_that_allows),
	CASE(a_filter_that_logs),
	CASE(a_listener_that_continues),
	CASE(a_child_that_is_not_traced),
	CASE(a_child_with_shared_memory),
	CASE(a_child_of_my_parent),
	CASE(a_child_of_clone3),
	CASE(a_child_of_vfork),
	CASE(children_made_at_exit),
	CASE(characters_put_into_a_terminal),
	CASE(keys_of_the_user),
	CASE(bpf_and_perf),
)
