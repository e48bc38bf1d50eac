/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel.c - the executor that asks the kernel: orders to worker processes,
 * answers from them.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conform/kernel.h"

#define PATIENCE 40		/* seconds for one operation */

struct kernel {
	struct executor x;
	int channel[EXECUTOR_PROCS];
	pid_t pid[EXECUTOR_PROCS];
	char *scratch;
};

struct worker worker;

/* --------------------------------------------------------------- channel */

static bool
read_all(int fd, void *buf, size_t size)
{
	for (size_t done = 0; done < size; ) {
		ssize_t n = read(fd, (char *)buf + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static bool
write_all(int fd, const void *buf, size_t size)
{
	for (size_t done = 0; done < size; ) {
		ssize_t n = send(fd, (const char *)buf + done, size - done,
				 MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static bool
send_message(int fd, int code, const char *s, size_t len)
{
	uint32_t head[2] = { (uint32_t)code, (uint32_t)len };

	return write_all(fd, head, sizeof(head)) && write_all(fd, s, len);
}

static bool
receive_message(int fd, int *code, struct buf *t)
{
	char chunk[16384];
	uint32_t head[2];

	buf_clear(t);
	if (!read_all(fd, head, sizeof(head)))
		return false;
	while (head[1]) {
		size_t n = head[1] < sizeof(chunk) ? head[1] : sizeof(chunk);

		if (!read_all(fd, chunk, n))
			return false;
		buf_add(t, chunk, n);
		head[1] -= (uint32_t)n;
	}
	*code = (int)head[0];
	return true;
}

/* ---------------------------------------------------------------- worker */

static const struct kernel_op *const tables[] = {
	kernel_files, kernel_names, kernel_mounts, kernel_processes,
	kernel_questions,
};

static int
run_line(char *line)
{
	struct op op;

	op_split(&op, line);
	if (!op.ac)
		return 0;
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (const struct kernel_op *o = tables[i]; o->name; o++)
			if (!strcmp(o->name, op.av[0]))
				return o->run(&op);
	die("unknown operation '%s'", op.av[0]);
}

void
worker_loop(int n)
{
	struct buf line = { 0 };
	int code;

	worker.n = n;
	while (receive_message(worker.channel[n], &code, &line)) {
		buf_clear(&worker.value);
		buf_add(&worker.value, "", 0);
		buf_add(&line, "", 0);
		code = run_line(line.s);
		if (!send_message(worker.channel[n], code, worker.value.s,
				  worker.value.len))
			break;
	}
	_exit(0);
}

static int
make_root(const struct executor_setup *s, const char *scratch)
{
	if (!s->no_unshare && unshare(CLONE_NEWNS) < 0)
		return errno;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("root", scratch, "tmpfs", 0, NULL) < 0 ||
	    chdir(scratch) < 0)
		return errno;
	if (!s->pivot)
		return chroot(".") < 0 ? errno : 0;
	if (syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return errno;
	return 0;
}

static void
first_worker(const struct executor_setup *s, const char *scratch)
{
	int err = make_root(s, scratch);

	worker.scratch = scratch;
	if (!send_message(worker.channel[1], err, "", 0) || err)
		_exit(1);
	worker_loop(1);
}

/* -------------------------------------------------------------- executor */

static int
ask(struct kernel *k, int who, const char *line, struct buf *value)
{
	int code;

	if (!send_message(k->channel[who], 0, line, strlen(line)) ||
	    !receive_message(k->channel[who], &code, value))
		return -1;
	return code;
}

/* Process `who` ends; it has to be a child of process 1. */
static int
quit(struct kernel *k, int who, struct buf *value)
{
	char wait[32];
	int err;

	if (!k->pid[who])
		return ECHILD;
	err = ask(k, who, "_quit", value);
	snprintf(wait, sizeof(wait), "_wait %d", k->pid[who]);
	if (!err)
		err = ask(k, 1, wait, value);
	k->pid[who] = 0;
	return err;
}

static int
kernel_run(struct executor *x, int who, const char *line, struct buf *value)
{
	struct kernel *k = (struct kernel *)x;
	int n, err;

	if (sscanf(line, "quit %d", &n) == 1 && n > 0 && n < EXECUTOR_PROCS)
		return quit(k, n, value);
	if (!k->pid[who])
		return -1;
	err = ask(k, who, line, value);
	if (!err && sscanf(line, "spawn %d", &n) == 1) {
		k->pid[n] = atoi(buf_str(value));
		buf_clear(value);
	}
	return err;
}

static int
kernel_pid(struct executor *x, int who)
{
	return who < EXECUTOR_PROCS ? ((struct kernel *)x)->pid[who] : 0;
}

static void
kernel_end(struct executor *x)
{
	struct kernel *k = (struct kernel *)x;

	for (int i = 1; i < EXECUTOR_PROCS; i++)
		if (k->channel[i] >= 0)
			close(k->channel[i]);
	if (k->pid[1] > 0)
		waitpid(k->pid[1], NULL, 0);
	if (k->scratch)
		rmdir(k->scratch);
	free(k->scratch);
	free(k);
}

static const struct executor_ops kernel_executor = {
	.run = kernel_run, .pid = kernel_pid, .end = kernel_end,
};

/*
 * Namespace identifiers are handed out in batches per processor: which of two
 * namespaces is the older one would depend on where each process runs.
 */
static void
stay_on_one_processor(void)
{
	cpu_set_t all, one;
	int i = 0;

	if (sched_getaffinity(0, sizeof(all), &all) < 0)
		return;
	while (i < CPU_SETSIZE - 1 && !CPU_ISSET(i, &all))
		i++;
	CPU_ZERO(&one);
	CPU_SET(i, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static void
open_channels(struct kernel *k)
{
	struct timeval limit = { PATIENCE, 0 };
	int pair[2];

	for (int i = 1; i < EXECUTOR_PROCS; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			       pair) < 0)
			die("socketpair: %s", strerror(errno));
		k->channel[i] = pair[0];
		worker.channel[i] = pair[1];
		setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit,
			   sizeof(limit));
	}
}

static void
start_first_worker(struct kernel *k, const struct executor_setup *s)
{
	fflush(stdout);
	k->pid[1] = fork();
	if (k->pid[1] < 0)
		die("fork: %s", strerror(errno));
	if (!k->pid[1]) {
		for (int i = 1; i < EXECUTOR_PROCS; i++)
			close(k->channel[i]);
		first_worker(s, k->scratch);
	}
	for (int i = 1; i < EXECUTOR_PROCS; i++)
		close(worker.channel[i]);
	close(worker.procfs);
}

struct executor *
executor_kernel(const struct executor_setup *s, struct buf *why)
{
	struct kernel *k = calloc(1, sizeof(*k));
	struct buf path = { 0 }, answer = { 0 };
	int err = 0;

	if (!k)
		die("out of memory");
	k->x.ops = &kernel_executor;
	memset(k->channel, -1, sizeof(k->channel));
	stay_on_one_processor();
	worker.procfs = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	buf_printf(&path, "%s/conform.XXXXXX", s->scratch);
	if (worker.procfs < 0 || !mkdtemp(path.s)) {
		buf_printf(why, "no scratch directory in %s: %s", s->scratch,
			    strerror(errno));
		buf_free(&path);
		kernel_end(&k->x);
		return NULL;
	}
	k->scratch = path.s;
	open_channels(k);
	start_first_worker(k, s);
	if (!receive_message(k->channel[1], &err, &answer))
		err = EPIPE;
	buf_free(&answer);
	if (err) {
		buf_printf(why, "no mount namespace with a tmpfs to be had: "
			    "%s", strerror(err));
		kernel_end(&k->x);
		return NULL;
	}
	return &k->x;
}
