/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channel_open.c - makes a channel: a connected pair of sockets, one end in
 * the hands of the supervisor, the other at a high number in the guest's table.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/channel_priv.h"
#include "supervisor/dirfds.h"
#include "supervisor/sandbox.h"
#include "supervisor/trace_priv.h"

/* The socket's number, unless the guest's limit is there or below. */
#define HIGH_NUMBER	1023

/*
 * A harmless call first: after a rewritten argument 0 some filters see the one
 * that it had before (arch.h).
 */
static void
settle(struct task *t)
{
	if (trace_is_before(t->trace))
		trace_inject(t, SYS_getpid, (uint64_t[6]){ 0 });
}

static int64_t
inject3(struct task *t, long nr, int64_t a, uint64_t b, uint64_t c)
{
	return trace_inject(t, nr, (uint64_t[6]){ (uint64_t)a, b, c });
}

/* The guest makes a socket pair, and the supervisor takes one end. */
static int64_t
connect_by_pair(struct task *t, int *ours)
{
	struct scratch s;
	int64_t ret = scratch_get(t, sizeof(int[2]), &s);
	int sv[2], err;

	if (ret < 0)
		return ret;
	settle(t);
	ret = trace_inject(t, SYS_socketpair, (uint64_t[6]){
		AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s.at });
	if (ret == 0 && guest_read(t, sv, s.at, sizeof(sv)) < 0)
		ret = -EFAULT;
	scratch_put(t, &s);
	if (ret < 0)
		return ret;
	err = dirfd_dup(t, sv[1], ours);
	inject3(t, SYS_close, sv[1], 0, 0);
	if (err < 0)
		inject3(t, SYS_close, sv[0], 0, 0);
	return err < 0 ? err : sv[0];
}

/* Connects to the name that the kernel has given to the guest's socket. */
static int
connect_to_guest(struct task *t, const struct sockaddr_un *name, socklen_t len,
		 int *ours)
{
	AUTO_FD sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
			      SOCK_NONBLOCK, 0);
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (sock < 0 || connect(sock, (const void *)name, len) < 0 ||
	    getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -errno;
	if (peer.pid != t->tgid)
		return -EPERM;
	*ours = steal_fd(&sock);
	return 0;
}

/* The guest's listening socket gets a name of the kernel's making. */
static int64_t
name_in_guest(struct task *t, int64_t sock, struct sockaddr_un *name,
	      socklen_t *len)
{
	struct { struct sockaddr_un un; socklen_t len; } buf = {
		.un.sun_family = AF_UNIX, .len = sizeof(buf.un),
	};
	struct scratch s;
	int64_t ret = scratch_get(t, sizeof(buf), &s);

	if (ret < 0)
		return ret;
	ret = guest_write(t, s.at, &buf, sizeof(buf));
	if (ret == 0)
		ret = inject3(t, SYS_bind, sock, s.at, sizeof(sa_family_t));
	if (ret == 0)
		ret = inject3(t, SYS_getsockname, sock, s.at,
			      s.at + offsetof(typeof(buf), len));
	if (ret == 0)
		ret = inject3(t, SYS_listen, sock, 0, 0);
	if (ret == 0)
		ret = guest_read(t, &buf, s.at, sizeof(buf));
	scratch_put(t, &s);
	*name = buf.un;
	*len = buf.len < sizeof(buf.un) ? buf.len : sizeof(buf.un);
	return ret;
}

/*
 * Without pidfd_getfd() the supervisor connects to the guest: the other way
 * round Landlock's scope would forbid it.  The guest's queue has one place, so
 * if we were let in, nobody else was.
 */
static int64_t
connect_by_name(struct task *t, int *ours)
{
	struct sockaddr_un name;
	int64_t sock, ret;
	socklen_t len;

	settle(t);
	sock = inject3(t, SYS_socket, AF_UNIX,
		       SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		return sock;
	ret = name_in_guest(t, sock, &name, &len);
	if (ret == 0)
		ret = connect_to_guest(t, &name, len, ours);
	if (ret == 0)
		ret = trace_inject(t, SYS_accept4, (uint64_t[6]){
			(uint64_t)sock, 0, 0, SOCK_CLOEXEC });
	inject3(t, SYS_close, sock, 0, 0);
	return ret;
}

/*
 * Moves the guest's socket out of the way.  A number that the limit forbids
 * can be had for the moment in which it is raised, and kept.
 */
static int64_t
move_up(struct task *t, int fd)
{
	struct rlimit old, high;
	uint64_t least = HIGH_NUMBER;
	bool raised = false;
	int64_t ret;

	if (prlimit(t->tgid, RLIMIT_NOFILE, NULL, &old) < 0)
		return -errno;
	if (old.rlim_cur < old.rlim_max && old.rlim_cur <= HIGH_NUMBER + 1) {
		high.rlim_max = old.rlim_max;
		high.rlim_cur = old.rlim_max < 2 * HIGH_NUMBER ?
				old.rlim_max : 2 * HIGH_NUMBER;
		raised = prlimit(t->tgid, RLIMIT_NOFILE, &high, NULL) == 0;
		least = old.rlim_cur;
	}
	if (!raised && old.rlim_cur <= least)
		least = old.rlim_cur ? old.rlim_cur - 1 : 0;
	ret = trace_inject(t, SYS_fcntl, (uint64_t[6]){
		(uint64_t)fd, F_DUPFD_CLOEXEC, least });
	if (ret < 0 && !raised)
		ret = trace_inject(t, SYS_fcntl, (uint64_t[6]){
			(uint64_t)fd, F_DUPFD_CLOEXEC, 0 });
	if (raised)
		prlimit(t->tgid, RLIMIT_NOFILE, &old, NULL);
	return ret;
}

static int
identify(struct task *t, struct channel *ch)
{
	AUTO_FD theirs = -1;
	struct stat st;
	int err = dirfd_dup(t, ch->number, &theirs);

	if (err < 0)
		return err;
	if (fstat(theirs, &st) < 0)
		return -errno;
	ch->dev = st.st_dev;
	ch->ino = st.st_ino;
	return 0;
}

int
channel_open(struct task *t, struct channel *ch)
{
	int64_t fd, number;

	fd = t->sb->host.pidfd_getfd ? connect_by_pair(t, &ch->sock) :
				       connect_by_name(t, &ch->sock);
	if (fd < 0)
		return (int)fd;
	number = move_up(t, (int)fd);
	inject3(t, SYS_close, fd, 0, 0);
	if (number < 0)
		return (int)number;
	ch->number = (int)number;
	return identify(t, ch);
}
