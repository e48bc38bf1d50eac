/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets and IPC objects of the host. */
#include "tests/escape/attack.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

static int
sock(int type)
{
	return MUST(socket(AF_UNIX, type, 0));
}

static void
connect_by_name(void)
{
	struct sockaddr_un a;
	socklen_t n = unix_name(&a, bait("sock"));
	int s = sock(SOCK_STREAM);

	if (connect(s, (struct sockaddr *)&a, n))
		held();
	verdict_of_fd(s);
}

static void
connect_by_name_from_below(void)
{
	struct sockaddr_un a;
	socklen_t n;
	int s = sock(SOCK_STREAM);
	char path[PATH_MAX];

	if (chdir("/tmp"))
		held();
	snprintf(path, sizeof(path), "../../../..%s", bait("sock"));
	n = unix_name(&a, path);
	if (connect(s, (struct sockaddr *)&a, n))
		held();
	verdict_of_fd(s);
}

static void
connect_through_a_link(void)
{
	struct sockaddr_un a;
	socklen_t n = unix_name(&a, "l");
	int s = sock(SOCK_STREAM);

	MUST(symlink(bait("sock"), "l"));
	if (connect(s, (struct sockaddr *)&a, n))
		held();
	verdict_of_fd(s);
}

static void
connect_through_proc(void)
{
	struct sockaddr_un a;
	socklen_t n;
	int s = sock(SOCK_STREAM);
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/proc/%ld/cwd/sock",
		 bait_number("BAIT_PID"));
	n = unix_name(&a, path);
	if (connect(s, (struct sockaddr *)&a, n))
		held();
	verdict_of_fd(s);
}

static void
send_a_datagram_by_name(void)
{
	struct sockaddr_un a;
	socklen_t n = unix_name(&a, bait("dgram"));

	verdict(sendto(sock(SOCK_DGRAM), "x", 1, 0, (struct sockaddr *)&a, n));
}

static void
sendmsg_by_name(void)
{
	struct sockaddr_un a;
	struct iovec v = { (void *)"x", 1 };
	struct msghdr m = { .msg_name = &a, .msg_iov = &v, .msg_iovlen = 1 };

	m.msg_namelen = unix_name(&a, bait("dgram"));
	verdict(sendmsg(sock(SOCK_DGRAM), &m, 0));
}

static void
sendmmsg_by_name(void)
{
	struct sockaddr_un a;
	struct iovec v = { (void *)"x", 1 };
	struct mmsghdr m = { .msg_hdr = { .msg_name = &a, .msg_iov = &v,
					  .msg_iovlen = 1 } };

	m.msg_hdr.msg_namelen = unix_name(&a, bait("dgram"));
	verdict(sendmmsg(sock(SOCK_DGRAM), &m, 1, 0));
}

static void
connect_a_datagram_socket(void)
{
	struct sockaddr_un a;
	socklen_t n = unix_name(&a, bait("dgram"));
	int s = sock(SOCK_DGRAM);

	if (connect(s, (struct sockaddr *)&a, n))
		held();
	verdict(send(s, "x", 1, 0));
}

static void
connect_to_an_abstract_name(void)
{
	struct sockaddr_un a;
	char name[64];
	socklen_t n;
	int s = sock(SOCK_STREAM);

	snprintf(name, sizeof(name), "Xbelljar-bait-%ld",
		 bait_number("BAIT_PID"));
	n = unix_name(&a, name) - 1;
	a.sun_path[0] = '\0';
	if (connect(s, (struct sockaddr *)&a, n))
		held();
	verdict_of_fd(s);
}

static struct sockaddr_un shared_name;

static void *
change_name_forever(void *arg)
{
	struct sockaddr_un *pair = arg;

	for (;;) {
		memcpy(&shared_name, &pair[0], sizeof(shared_name));
		memcpy(&shared_name, &pair[1], sizeof(shared_name));
	}
	return NULL;
}

static void
name_changed_during_connect(void)
{
	static struct sockaddr_un pair[2];
	struct sockaddr_un a;
	int l = sock(SOCK_STREAM | SOCK_NONBLOCK);

	MUST(bind(l, (struct sockaddr *)&a, unix_name(&a, "own")));
	MUST(listen(l, 1000));
	unix_name(&pair[0], "own");
	unix_name(&pair[1], bait("sock"));
	race_against(change_name_forever, pair);
	while (race_goes_on()) {
		int s = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		char buf[8] = "";

		if (connect(s, (struct sockaddr *)&shared_name,
			    sizeof(shared_name)) == 0) {
			struct sockaddr_un peer;
			socklen_t n = sizeof(peer);

			/* The process outside bound its own as "sock". */
			if (getpeername(s, (struct sockaddr *)&peer, &n) == 0 &&
			    !strcmp(peer.sun_path, "sock"))
				escaped("connected to the second name");
			if (read(s, buf, 5) == 5 && !strcmp(buf, "BAIT-"))
				escaped("connected to the second name");
		}
		close(s);
		s = accept4(l, NULL, NULL, SOCK_NONBLOCK);
		close(s);
	}
	held();
}

static void
tcp_on_the_loopback(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int s = socket(AF_INET, SOCK_STREAM, 0);

	if (s < 0)
		held();
	a.sin_port = htons(bait_number("BAIT_PORT"));
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(s, (struct sockaddr *)&a, sizeof(a)))
		held();
	verdict_of_fd(s);
}

static void
tcp_by_fast_open(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int s = socket(AF_INET, SOCK_STREAM, 0);

	if (s < 0)
		held();
	a.sin_port = htons(bait_number("BAIT_PORT"));
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (sendto(s, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&a,
		   sizeof(a)) < 0)
		held();
	verdict_of_fd(s);
}

static void
the_hosts_interfaces_by_netlink(void)
{
	struct { struct nlmsghdr h; char body[16]; } q = { 0 };
	char buf[4096];
	int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	long n;

	if (s < 0)
		held();
	q.h.nlmsg_len = sizeof(q);
	q.h.nlmsg_type = 18;
	q.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	if (send(s, &q, sizeof(q), 0) < 0)
		held();
	n = recv(s, buf, sizeof(buf), 0);
	/* The loopback alone is an empty network's. */
	if (n > 0 && (memmem(buf, n, "eth", 3) || memmem(buf, n, "ens", 3) ||
		      memmem(buf, n, "wl", 2)))
		escaped("an interface is listed");
	if (getenv("CONTROL"))
		cannot("this host has no interface but the loopback");
	held();
}

static void
shared_memory_of_the_host(void)
{
	char *at = shmat(bait_number("BAIT_SHM"), NULL, SHM_RDONLY);

	if (at == (char *)-1)
		held();
	if (!strncmp(at, "BAIT-", 5))
		escaped("read the segment");
	held();
}

static void
message_queue_of_the_host(void)
{
	struct msqid_ds ds;

	verdict(msgctl(bait_number("BAIT_MSG"), IPC_STAT, &ds));
}

static void
semaphore_of_the_host(void)
{
	verdict(semctl(bait_number("BAIT_SEM"), 0, GETVAL));
}

static void
shared_memory_of_the_host_is_listed(void)
{
	char *text = get_file("/proc/sysvipc/shm"), id[32];

	snprintf(id, sizeof(id), " %ld ", bait_number("BAIT_SHM"));
	if (strstr(text, id))
		escaped("listed");
	errno = ENOENT;
	held();
}

static int
send_directory(int s, int fd)
{
	char space[CMSG_SPACE(sizeof(int))] = "", byte = 'x';
	struct iovec v = { &byte, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
			    .msg_control = space,
			    .msg_controllen = sizeof(space) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(s, &m, 0);
}

static int
receive_descriptor(int s)
{
	char space[CMSG_SPACE(sizeof(int))] = "", byte;
	struct iovec v = { &byte, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
			    .msg_control = space,
			    .msg_controllen = sizeof(space) };
	struct cmsghdr *c;
	int fd = -1;

	if (recvmsg(s, &m, 0) < 0)
		return -1;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* A directory that travels and moves while it is used to walk up from. */
static void
a_passed_directory_walks_up(void)
{
	int p[2], d;
	pid_t pid;

	MUST(mkdir("a", 0755));
	MUST(mkdir("a/b", 0755));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, p));
	pid = fork();
	if (pid == 0) {
		send_directory(p[1], open("a/b", O_RDONLY | O_DIRECTORY));
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	d = receive_descriptor(p[0]);
	MUST(rename("a/b", "b"));
	if (gives_secret(openat(d, from_below(bait("secret")), O_RDONLY)))
		escaped("walked up from it");
	if (fchdir(d))
		held();
	verdict_of_fd(open(from_below(bait("secret")), O_RDONLY));
}

GUEST_MAIN(
	CASE(connect_by_name),
	CASE(connect_by_name_from_below),
	CASE(connect_through_a_link),
	CASE(connect_through_proc),
	CASE(send_a_datagram_by_name),
	CASE(sendmsg_by_name),
	CASE(sendmmsg_by_name),
	CASE(connect_a_datagram_socket),
	CASE(connect_to_an_abstract_name),
	CASE(name_changed_during_connect),
	CASE(tcp_on_the_loopback),
	CASE(tcp_by_fast_open),
	CASE(the_hosts_interfaces_by_netlink),
	CASE(shared_memory_of_the_host),
	CASE(message_queue_of_the_host),
	CASE(semaphore_of_the_host),
	CASE(shared_memory_of_the_host_is_listed),
	CASE(a_passed_directory_walks_up),
)
