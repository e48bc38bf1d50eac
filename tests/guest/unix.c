/* SPDX-License-Identifier: Apache-2.0 */
/* AF_UNIX sockets named by paths, abstract names, and descriptor passing. */
#include "tests/lib/guest.h"

#include <sys/socket.h>
#include <sys/un.h>

static socklen_t
name_of(struct sockaddr_un *a, const char *path)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	strncpy(a->sun_path, path, sizeof(a->sun_path));
	return offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1;
}

static long
bind_to(int s, const char *path)
{
	struct sockaddr_un a;
	socklen_t n = name_of(&a, path);

	return bind(s, (struct sockaddr *)&a, n);
}

static long
connect_to(int s, const char *path)
{
	struct sockaddr_un a;
	socklen_t n = name_of(&a, path);

	return connect(s, (struct sockaddr *)&a, n);
}

static int
sock(int type)
{
	return MUST(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
}

static void
say_addr(const char *what, const struct sockaddr_un *a, socklen_t n)
{
	size_t base = strlen(here());
	const char *p = a->sun_path;

	if (n <= offsetof(struct sockaddr_un, sun_path))
		say("%s: unnamed, length %u", what, n);
	else if (!p[0])
		say("%s: abstract %s length %u", what, p + 1, n);
	else if (!strncmp(p, here(), base))
		say("%s: HERE%s length %d", what, p + base, (int)(n - base));
	else
		say("%s: %s length %u", what, p, n);
}

static void
say_names_of(int s)
{
	struct sockaddr_un a;
	socklen_t n = sizeof(a);

	memset(&a, 0, sizeof(a));
	if (getsockname(s, (struct sockaddr *)&a, &n) == 0)
		say_addr("own", &a, n);
	n = sizeof(a);
	memset(&a, 0, sizeof(a));
	if (getpeername(s, (struct sockaddr *)&a, &n) == 0)
		say_addr("peer", &a, n);
	else
		say("peer: %s", errname(errno));
}

static void
streams_connect_by_path(void)
{
	int l = sock(SOCK_STREAM), c = sock(SOCK_STREAM), a;
	char buf[8] = "", path[200];
	struct stat st;

	R(bind_to(l, "s"));
	MUST(lstat("s", &st));
	say("%s", mode_text(st.st_mode));
	R(connect_to(c, "s"));
	R(listen(l, 5));
	R(connect_to(c, "s"));
	a = R(accept(l, NULL, NULL));
	R(write(c, "hello", 5));
	R(read(a, buf, sizeof(buf)));
	say("%s", buf);
	say_names_of(l);
	say_names_of(c);
	say_names_of(a);
	R(connect_to(c, "s"));
	close(c);
	c = sock(SOCK_STREAM);
	snprintf(path, sizeof(path), "%s/s", here());
	if (strlen(path) >= 108)
		cannot("the directory's name is too long for a socket");
	R(connect_to(c, path));
	say_names_of(c);
	close(l);
	close(c);
	c = sock(SOCK_STREAM);
	R(connect_to(c, "s"));
	R(unlink("s"));
	R(connect_to(c, "s"));
}

static void
bind_errors(void)
{
	int s = sock(SOCK_STREAM);
	struct sockaddr_un a;
	socklen_t n;
	char *p108 = repeat('p', 108), *p107 = repeat('p', 107);

	put_file("f", "x");
	MUST(mkdir("d", 0755));
	MUST(mkdir("ro", 0555));
	MUST(symlink("nowhere", "dangling"));
	R(bind_to(s, "f"));
	R(bind_to(s, "d"));
	R(bind_to(s, "dangling"));
	R(bind_to(s, "none/s"));
	R(bind_to(s, "f/s"));
	R(bind_to(s, "ro/s"));
	R(bind_to(s, "s/"));
	n = name_of(&a, "s");
	R(bind(s, (struct sockaddr *)&a, sizeof(a) + 1));
	R(bind(s, (struct sockaddr *)&a, 1));
	R(bind(s, (struct sockaddr *)&a, -1));
	R(bind(s, hole(), n));
	R(bind(999, (struct sockaddr *)&a, n));
	R(bind(0, (struct sockaddr *)&a, n));
	a.sun_family = AF_INET;
	R(bind(s, (struct sockaddr *)&a, n));
	name_of(&a, p107);
	R(bind(s, (struct sockaddr *)&a, sizeof(a)));
	R(bind_to(s, "again"));
	s = sock(SOCK_STREAM);
	name_of(&a, p108);
	R(bind(s, (struct sockaddr *)&a, sizeof(a)));
	s = sock(SOCK_STREAM);
	name_of(&a, "unterminated-XXX");
	R(bind(s, (struct sockaddr *)&a,
	       offsetof(struct sockaddr_un, sun_path) + 12));
	say_names(".");
	MUST(chmod("ro", 0755));
}

static void
connect_errors(void)
{
	int s = sock(SOCK_STREAM), d = sock(SOCK_DGRAM);
	struct sockaddr_un a;
	socklen_t n;

	put_file("f", "x");
	MUST(mkdir("dir", 0755));
	MUST(symlink("loop", "loop"));
	R(bind_to(d, "dgram"));
	R(connect_to(s, "none"));
	R(connect_to(s, "f"));
	R(connect_to(s, "dir"));
	R(connect_to(s, "loop"));
	R(connect_to(s, "f/x"));
	R(connect_to(s, "dgram"));
	R(connect_to(s, "dgram/"));
	n = name_of(&a, "dgram");
	R(connect(s, hole(), n));
	R(connect(999, (struct sockaddr *)&a, n));
	R(connect(0, (struct sockaddr *)&a, n));
	R(connect(s, (struct sockaddr *)&a, 2));
	R(connect(s, (struct sockaddr *)&a, 200));
	a.sun_family = AF_UNSPEC;
	R(connect(s, (struct sockaddr *)&a, n));
	MUST(chmod("dgram", 0));
	R(connect_to(sock(SOCK_DGRAM), "dgram"));
	MUST(chmod("dgram", 0444));
	R(connect_to(sock(SOCK_DGRAM), "dgram"));
}

static void
datagrams_are_sent_by_path(void)
{
	int r = sock(SOCK_DGRAM), s = sock(SOCK_DGRAM);
	struct sockaddr_un a, from;
	struct iovec iov = { (void *)"second", 6 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct mmsghdr mm = { .msg_hdr = m };
	socklen_t n, fn = sizeof(from);
	char buf[32];

	R(bind_to(r, "r"));
	R(bind_to(s, "s"));
	n = name_of(&a, "r");
	R(sendto(s, "first", 5, 0, (struct sockaddr *)&a, n));
	m.msg_name = &a;
	m.msg_namelen = n;
	R(sendmsg(s, &m, 0));
	mm.msg_hdr = m;
	R(sendmmsg(s, &mm, 1, 0));
	say("msg_len %u", mm.msg_len);
	for (int i = 0; i < 3; i++) {
		memset(buf, 0, sizeof(buf));
		memset(&from, 0, sizeof(from));
		fn = sizeof(from);
		R(recvfrom(r, buf, sizeof(buf), MSG_DONTWAIT,
			   (struct sockaddr *)&from, &fn));
		say("%s", buf);
		say_addr("from", &from, fn);
	}
	R(recv(r, buf, sizeof(buf), MSG_DONTWAIT));
	n = name_of(&a, "none");
	R(sendto(s, "x", 1, 0, (struct sockaddr *)&a, n));
	m.msg_namelen = n;
	R(sendmsg(s, &m, 0));
	R(sendto(s, "x", 1, 0, hole(), n));
	n = name_of(&a, "r");
	R(sendto(s, hole(), 10, 0, (struct sockaddr *)&a, n));
	R(sendto(999, "x", 1, 0, (struct sockaddr *)&a, n));
	R(sendmsg(s, hole(), 0));
	R(sendto(s, "x", 1, 0, NULL, 0));
	R(connect_to(s, "r"));
	R(send(s, "x", 1, 0));
}

static void
send_fd(int s, int fd)
{
	char space[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { (void *)"F", 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = space,
			    .msg_controllen = sizeof(space) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	memset(space, 0, sizeof(space));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	R(sendmsg(s, &m, 0));
}

static int
receive_fd(int s)
{
	char space[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = space,
			    .msg_controllen = sizeof(space) };
	struct cmsghdr *c;
	int fd = -1;

	R(recvmsg(s, &m, 0));
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static void
descriptors_pass_between_processes(void)
{
	int p[2], fd;
	char buf[8] = "";
	pid_t pid;

	put_file("f", "passed");
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, p));
	pid = fork();
	if (pid == 0) {
		send_fd(p[1], open("f", O_RDONLY));
		_exit(0);
	}
	say_status("child", pid);
	fd = receive_fd(p[0]);
	say("fd %d", fd);
	R(read(fd, buf, 6));
	say("%s", buf);
}

static void
a_passed_directory_is_usable(void)
{
	int p[2], fd;
	pid_t pid;

	MUST(mkdir("d", 0755));
	put_file("d/f", "in d");
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, p));
	pid = fork();
	if (pid == 0) {
		send_fd(p[1], open("d", O_RDONLY | O_DIRECTORY));
		_exit(0);
	}
	say_status("child", pid);
	fd = receive_fd(p[0]);
	RFD(openat(fd, "f", O_RDONLY));
	RFD(openat(fd, "../d/f", O_RDONLY));
	R(fchdir(fd));
	say_names(".");
	RFD(open("../../../../../../../../etc/passwd", O_RDONLY));
}

static void
abstract_names_work(void)
{
	int l = sock(SOCK_STREAM), c = sock(SOCK_STREAM);
	struct sockaddr_un a;
	socklen_t n;
	char name[64];

	snprintf(name, sizeof(name), "Xbelljar-guest-test-%d", getpid());
	n = name_of(&a, name) - 1;
	a.sun_path[0] = '\0';
	R(bind(l, (struct sockaddr *)&a, n));
	R(listen(l, 1));
	R(connect(c, (struct sockaddr *)&a, n));
	a.sun_path[5]++;
	R(connect(sock(SOCK_STREAM), (struct sockaddr *)&a, n));
	l = sock(SOCK_STREAM);
	memset(&a, 0, sizeof(a));
	a.sun_family = AF_UNIX;
	R(bind(l, (struct sockaddr *)&a, sizeof(sa_family_t)));
	n = sizeof(a);
	R(getsockname(l, (struct sockaddr *)&a, &n));
	say("autobound length %u", n);
}

static void
credentials_are_the_peers(void)
{
	struct ucred u;
	socklen_t n = sizeof(u);
	int p[2];

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, p));
	R(getsockopt(p[0], SOL_SOCKET, SO_PEERCRED, &u, &n));
	say("pid %d uid %d gid %d", u.pid == getpid(), u.uid == getuid(),
	    u.gid == getgid());
}

static void
say_peer(const char *what, int s, pid_t pid)
{
	struct ucred u;
	socklen_t n = sizeof(u);

	R(getsockopt(s, SOL_SOCKET, SO_PEERCRED, &u, &n));
	say("%s: the right process %d uid %d gid %d, length %u", what,
	    u.pid == pid, u.uid == getuid(), u.gid == getgid(), n);
}

static void
the_peer_is_who_connected(void)
{
	int l = sock(SOCK_STREAM), s, p[2], c = sock(SOCK_STREAM);
	struct ucred u = { 0 };
	socklen_t n = sizeof(u);
	char go;
	pid_t pid;

	R(getsockopt(l, SOL_SOCKET, SO_PEERCRED, &u, &n));
	say("pid %d uid %d gid %d", u.pid, (int)u.uid, (int)u.gid);
	R(bind_to(l, "s"));
	R(listen(l, 5));
	MUST(pipe(p));
	pid = fork();
	if (pid == 0) {
		if (connect_to(c, "s") < 0)
			_exit(1);
		read(p[0], &go, 1);
		say_peer("listener", c, getppid());
		_exit(0);
	}
	s = R(accept(l, NULL, NULL));
	say_peer("client", s, pid);
	n = 7;
	R(getsockopt(s, SOL_SOCKET, SO_PEERCRED, &u, &n));
	say("length %u", n);
	n = sizeof(u);
	R(getsockopt(s, SOL_SOCKET, SO_PEERCRED, hole(), &n));
	R(getsockopt(s, SOL_SOCKET, SO_PEERCRED, &u, hole()));
	R(getsockopt(999, SOL_SOCKET, SO_PEERCRED, &u, &n));
	R(getsockopt(0, SOL_SOCKET, SO_PEERCRED, &u, &n));
	write(p[1], "x", 1);
	say_status("client", pid);
}

static void
accepted_names_are_as_they_were_bound(void)
{
	int l = sock(SOCK_STREAM), c = sock(SOCK_STREAM), s;
	struct sockaddr_un a;
	socklen_t n = sizeof(a);
	char path[200];

	MUST(mkdir("d", 0755));
	snprintf(path, sizeof(path), "%s/d/client", here());
	if (strlen(path) >= 108)
		cannot("the directory's name is too long for a socket");
	R(bind_to(c, path));
	R(bind_to(l, "d/server"));
	R(listen(l, 5));
	R(connect_to(c, "./d/server"));
	s = R(accept(l, (struct sockaddr *)&a, &n));
	say_addr("accepted", &a, n);
	say_names_of(s);
	close(c);
	c = sock(SOCK_STREAM);
	R(bind_to(c, "d/../d/other"));
	R(connect_to(c, "d/server"));
	n = 50;
	memset(&a, 0, sizeof(a));
	R(accept4(l, (struct sockaddr *)&a, &n, SOCK_CLOEXEC));
	say_addr("with less room", &a, n);
	fcntl(l, F_SETFL, O_NONBLOCK);
	R(accept4(l, (struct sockaddr *)&a, hole(), SOCK_NONBLOCK));
	n = (socklen_t)-1;
	R(accept(l, (struct sockaddr *)&a, &n));
}

static void
nonblocking_connect_to_a_full_queue(void)
{
	int l = sock(SOCK_STREAM);

	R(bind_to(l, "s"));
	R(listen(l, 0));
	R(connect_to(sock(SOCK_STREAM | SOCK_NONBLOCK), "s"));
	R(connect_to(sock(SOCK_STREAM | SOCK_NONBLOCK), "s"));
	R(connect_to(sock(SOCK_STREAM | SOCK_NONBLOCK), "s"));
}

static int told = -1;

static void
on_alarm(int sig)
{
	(void)sig;
	if (told >= 0)
		write(told, "x", 1);
}

static void
handle_alarm(int flags)
{
	struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = flags };

	MUST(sigaction(SIGALRM, &sa, NULL));
}

/* A socket that listens at "s", with a full queue. */
static int
full_listener(void)
{
	int l = sock(SOCK_STREAM);

	MUST(bind_to(l, "s"));
	MUST(listen(l, 0));
	MUST(connect_to(sock(SOCK_STREAM), "s"));
	return l;
}

static void
a_waiting_connect_is_interrupted(void)
{
	full_listener();
	handle_alarm(0);
	alarm(1);
	R(connect_to(sock(SOCK_STREAM), "s"));
}

static void
a_waiting_accept_is_interrupted(void)
{
	int l = sock(SOCK_STREAM);
	struct sockaddr_un a;
	socklen_t n = sizeof(a);

	MUST(bind_to(l, "s"));
	MUST(listen(l, 1));
	handle_alarm(0);
	alarm(1);
	R(accept(l, (struct sockaddr *)&a, &n));
}

static void
a_waiting_accept_restarts(void)
{
	int l = sock(SOCK_STREAM), p[2];
	struct sockaddr_un a;
	socklen_t n = sizeof(a);
	pid_t pid;
	char c;

	MUST(bind_to(l, "s"));
	MUST(listen(l, 1));
	MUST(pipe(p));
	told = p[1];
	handle_alarm(SA_RESTART);
	pid = fork();
	if (pid == 0) {
		read(p[0], &c, 1);
		_exit(connect_to(sock(SOCK_STREAM), "s") < 0);
	}
	alarm(1);
	R(accept(l, (struct sockaddr *)&a, &n));
	say_addr("accepted", &a, n);
	say_status("client", pid);
}

static void
a_waiting_connect_restarts(void)
{
	int l = full_listener(), p[2];
	pid_t pid;
	char c;

	MUST(pipe(p));
	told = p[1];
	handle_alarm(SA_RESTART);
	pid = fork();
	if (pid == 0) {
		read(p[0], &c, 1);
		_exit(accept(l, NULL, NULL) < 0);
	}
	alarm(1);
	R(connect_to(sock(SOCK_STREAM), "s"));
	say_status("acceptor", pid);
}

static void
a_waiting_sendmsg_is_interrupted(void)
{
	struct iovec iov = { (char *)"x", 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	int sv[2];

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, sv));
	while (sendmsg(sv[0], &m, MSG_DONTWAIT) == 1)
		;
	handle_alarm(0);
	alarm(1);
	R(sendmsg(sv[0], &m, 0));
}

GUEST_MAIN(
	CASE(a_waiting_connect_is_interrupted),
	CASE(a_waiting_connect_restarts),
	CASE(a_waiting_sendmsg_is_interrupted),
	CASE(streams_connect_by_path),
	CASE(bind_errors),
	CASE(connect_errors),
	CASE(datagrams_are_sent_by_path),
	CASE(descriptors_pass_between_processes),
	CASE(a_passed_directory_is_usable),
	CASE(abstract_names_work),
	CASE(credentials_are_the_peers),
	CASE(the_peer_is_who_connected),
	CASE(accepted_names_are_as_they_were_bound),
	CASE(a_waiting_accept_is_interrupted),
	CASE(a_waiting_accept_restarts),
	CASE(nonblocking_connect_to_a_full_queue),
)
