/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bait DIR: the process outside that attacks aim at.  Listens on DIR/sock,
 * DIR/dgram, an abstract name and a TCP port, holds a secret in memory and in
 * System V objects, writes DIR/../bait.env for the driver, and notes in
 * DIR/../hits every signal, datagram and connection that reaches it.  Ends
 * when its standard input does.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int hits;
static char *secret;

static void
note(const char *what)
{
	if (write(hits, what, strlen(what)) < 0)
		_exit(1);
}

static void
on_signal(int sig)
{
	char text[32] = "signal xx\n";

	text[7] = '0' + sig / 10;
	text[8] = '0' + sig % 10;
	note(text);
}

static int
unix_listener(const char *path, int type, int abstract)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	socklen_t n = sizeof(sa_family_t) + strlen(path) + 1;
	int s = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (strlen(path) + 1 >= sizeof(a.sun_path))
		exit(2);
	strcpy(a.sun_path + abstract, path);
	if (bind(s, (struct sockaddr *)&a, n) ||
	    (type == SOCK_STREAM && listen(s, 10))) {
		perror("bait: bind");
		exit(2);
	}
	return s;
}

static int
tcp_listener(int *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t n = sizeof(a);
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(s, (struct sockaddr *)&a, n) || listen(s, 10) ||
	    getsockname(s, (struct sockaddr *)&a, &n))
		exit(2);
	*port = ntohs(a.sin_port);
	return s;
}

static void
sysv_objects(FILE *env)
{
	struct { long type; char text[16]; } m = { 1, "BAIT-msg" };
	int shm = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	int msg = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	int sem = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
	char *at = shm < 0 ? (char *)-1 : shmat(shm, NULL, 0);

	if (at != (char *)-1) {
		strcpy(at, "BAIT-shm");
		fprintf(env, "BAIT_SHM=%d\n", shm);
	}
	if (msg >= 0 && msgsnd(msg, &m, sizeof(m.text), 0) == 0)
		fprintf(env, "BAIT_MSG=%d\n", msg);
	if (sem >= 0)
		fprintf(env, "BAIT_SEM=%d\n", sem);
	fflush(env);
	/* The segment lives while it is attached; the others end with us. */
	if (shm >= 0)
		shmctl(shm, IPC_RMID, NULL);
}

static void
serve(int *fds, int n)
{
	struct pollfd p[8] = { { .fd = 0 } };
	char buf[256];

	for (int i = 0; i < n; i++)
		p[i + 1] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	for (;;) {
		p[0].events = POLLIN;
		if (poll(p, n + 1, -1) < 0)
			continue;
		if (p[0].revents)
			return;
		for (int i = 1; i <= n; i++) {
			int c;

			if (!p[i].revents)
				continue;
			c = accept(p[i].fd, NULL, NULL);
			if (c >= 0) {
				note("connection\n");
				if (write(c, "BAIT-socket", 11) < 0)
					note("connection lost\n");
				close(c);
			} else if (recv(p[i].fd, buf, sizeof(buf),
					MSG_DONTWAIT) >= 0) {
				note("datagram\n");
			}
		}
	}
}

static FILE *
make_env(const char *dir, int fd, int port)
{
	char path[4096];
	FILE *env;

	snprintf(path, sizeof(path), "%s/../bait.env.new", dir);
	env = fopen(path, "w");
	if (!env)
		exit(2);
	fprintf(env, "BAIT_PID=%d\nBAIT_ADDR=%p\nBAIT_FD=%d\nBAIT_PORT=%d\n",
		getpid(), (void *)secret, fd, port);
	sysv_objects(env);
	return env;
}

int
main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	char path[4096], name[4096], abstract[64];
	int fds[4], port, fd;
	FILE *env;

	if (argc != 2 || chdir(argv[1]))
		return 2;
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	setpgid(0, 0);
	snprintf(path, sizeof(path), "%s/../hits", argv[1]);
	hits = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	sigaction(SIGIO, &sa, NULL);
	sigaction(SIGCONT, &sa, NULL);
	secret = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	strcpy(secret, "BAIT-memory");
	snprintf(abstract, sizeof(abstract), "belljar-bait-%d", getpid());
	fds[0] = unix_listener("sock", SOCK_STREAM, 0);
	fds[1] = unix_listener("dgram", SOCK_DGRAM, 0);
	fds[2] = unix_listener(abstract, SOCK_STREAM, 1);
	fds[3] = tcp_listener(&port);
	fd = open("secret", O_RDWR | O_CLOEXEC);
	env = make_env(argv[1], fd, port);
	fclose(env);
	snprintf(path, sizeof(path), "%s/../bait.env.new", argv[1]);
	snprintf(name, sizeof(name), "%s/../bait.env", argv[1]);
	if (rename(path, name))
		return 2;
	serve(fds, 4);
	return 0;
}
