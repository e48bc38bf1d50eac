/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send.c - sendto with an address, sendmsg, sendmmsg.
 *
 * A message header in guest memory may name a path and descriptors, so the
 * kernel must never read it there: header, address, control data and payload
 * are copied in and sent from the supervisor's duplicate of the socket.  What
 * would block is finished on a helper thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "supervisor/handlers.h"
#include "supervisor/idmap.h"
#include "supervisor/sandbox.h"
#include "supervisor/sigsender.h"
#include "supervisor/sys/pathref.h"
#include "supervisor/sys/sockaddr.h"

#define MAX_IOV		1024		/* UIO_MAXIOV */
#define MAX_CONTROL	(64 * 1024)
#define MAX_RIGHTS	253		/* SCM_MAX_FD */
#define STREAM_CHUNK	(256 * 1024)
#define MAX_MESSAGE	(16 * 1024 * 1024)

/* One message on its way. */
struct sending {
	int sock;
	int flags;
	bool stream, blocking;
	struct iovec iov[MAX_IOV];	/* guest addresses */
	size_t nr_iov;
	size_t total, done;		/* bytes */
	struct sockref dest;
	bool has_dest;
	char *control;
	size_t control_len;
	int rights[MAX_RIGHTS];		/* our duplicates, to be closed */
	int nr_rights;
	char *data;
	size_t data_size;
};

static void
sending_free(struct sending *s)
{
	if (!s)
		return;
	if (s->sock >= 0)
		close(s->sock);
	for (int i = 0; i < s->nr_rights; i++)
		close(s->rights[i]);
	sockref_fini(&s->dest);
	free(s->control);
	free(s->data);
	free(s);
}

static int
sending_new(struct call *c, int fd, int flags, struct sending **out)
{
	struct sending *s = calloc(1, sizeof(*s));
	socklen_t len = sizeof(int);
	int err, type;

	if (!s)
		return -ENOMEM;
	s->dest.object = -1;
	s->sock = -1;
	s->flags = flags;
	err = call_take_fd(c, fd, &s->sock);
	if (err == 0 &&
	    getsockopt(s->sock, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
		err = -errno;
	if (err < 0) {
		sending_free(s);
		return err;
	}
	s->stream = type == SOCK_STREAM;
	s->blocking = !(flags & MSG_DONTWAIT) &&
		      !(fcntl(s->sock, F_GETFL) & O_NONBLOCK);
	*out = s;
	return 0;
}

/* ---------------------------------------------------------- control data */

static int
take_rights(struct call *c, struct sending *s, struct cmsghdr *cm)
{
	size_t n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	int *fds = (int *)(void *)CMSG_DATA(cm);

	if (n > (size_t)(MAX_RIGHTS - s->nr_rights))
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		int dup, err = call_take_fd(c, fds[i], &dup);

		if (err < 0)
			return err;
		s->rights[s->nr_rights++] = dup;
		fds[i] = dup;
	}
	return 0;
}

/* The kernel compares with the sender, which is the supervisor now. */
static int
take_credentials(struct call *c, struct cmsghdr *cm)
{
	struct ucred *u = (struct ucred *)(void *)CMSG_DATA(cm);

	if (cm->cmsg_len != CMSG_LEN(sizeof(*u)))
		return -EINVAL;
	if (u->pid != c->task->tgid)
		return -EPERM;
	u->pid = getpid();
	if (!idmap_uid_in(c->task, &u->uid) ||
	    !idmap_gid_in(c->task, &u->gid))
		return -EINVAL;
	return 0;
}

static int
take_control(struct call *c, struct sending *s, uint64_t addr, size_t len)
{
	struct msghdr m = { 0 };
	struct cmsghdr *cm;
	int err;

	if (!len)
		return 0;
	if (len > MAX_CONTROL)
		return -ENOBUFS;
	s->control = malloc(len);
	if (!s->control)
		return -ENOMEM;
	s->control_len = len;
	if (guest_read(c->task, s->control, addr, len) < 0)
		return -EFAULT;
	m.msg_control = s->control;
	m.msg_controllen = len;
	for (cm = CMSG_FIRSTHDR(&m); cm; cm = CMSG_NXTHDR(&m, cm)) {
		size_t at = (size_t)((char *)cm - s->control);

		if (cm->cmsg_len < sizeof(*cm) || cm->cmsg_len > len - at)
			return -EINVAL;
		err = 0;
		if (cm->cmsg_level == SOL_SOCKET &&
		    cm->cmsg_type == SCM_RIGHTS)
			err = take_rights(c, s, cm);
		else if (cm->cmsg_level == SOL_SOCKET &&
			 cm->cmsg_type == SCM_CREDENTIALS)
			err = take_credentials(c, cm);
		if (err < 0)
			return err;
	}
	return 0;
}

/* --------------------------------------------------------------- payload */

static int
take_iov(struct call *c, struct sending *s, uint64_t addr, uint64_t n)
{
	if (n > MAX_IOV)
		return -EMSGSIZE;
	s->nr_iov = n;
	if (n && guest_read(c->task, s->iov, addr, n * sizeof(s->iov[0])) < 0)
		return -EFAULT;
	for (size_t i = 0; i < n; i++) {
		if ((ssize_t)s->iov[i].iov_len < 0)
			return -EINVAL;
		if (s->iov[i].iov_len > (size_t)INT_MAX - s->total)
			s->iov[i].iov_len = (size_t)INT_MAX - s->total;
		s->total += s->iov[i].iov_len;
	}
	if (!s->stream && s->total > MAX_MESSAGE)
		return -EMSGSIZE;
	return 0;
}

/* Copies `n` bytes of payload from offset s->done into s->data. */
static int
copy_payload(struct call *c, struct sending *s, size_t n)
{
	size_t skip = s->done, got = 0;

	if (n > s->data_size) {
		free(s->data);
		s->data = malloc(n);
		s->data_size = s->data ? n : 0;
		if (!s->data)
			return -ENOBUFS;
	}
	for (size_t i = 0; i < s->nr_iov && got < n; i++) {
		size_t len = s->iov[i].iov_len, part;

		if (skip >= len) {
			skip -= len;
			continue;
		}
		part = len - skip < n - got ? len - skip : n - got;
		if (guest_read(c->task, s->data + got,
			       (uint64_t)(uintptr_t)s->iov[i].iov_base + skip,
			       part) < 0)
			return -EFAULT;
		got += part;
		skip = 0;
	}
	return 0;
}

/* Sends what is left, up to one chunk.  Bytes sent or -errno. */
static ssize_t
send_once(struct call *c, struct sending *s, bool wait)
{
	struct msghdr m = { 0 };
	struct iovec iov;
	size_t n = s->total - s->done;
	int err, flags = s->flags | MSG_NOSIGNAL;
	ssize_t sent;

	if (s->stream && n > STREAM_CHUNK)
		n = STREAM_CHUNK;
	err = copy_payload(c, s, n);
	if (err < 0)
		return err;
	iov.iov_base = s->data;
	iov.iov_len = n;
	m.msg_iov = &iov;
	m.msg_iovlen = 1;
	if (s->has_dest) {
		m.msg_name = &s->dest.u;
		m.msg_namelen = s->dest.len;
	}
	if (s->done == 0) {
		m.msg_control = s->control;
		m.msg_controllen = s->control_len;
	}
	sent = sendmsg(s->sock, &m, wait ? flags : flags | MSG_DONTWAIT);
	return sent < 0 ? -errno : sent;
}

static int
raise_sigpipe(struct call *c, struct sending *s)
{
	if (s->stream && !(s->flags & MSG_NOSIGNAL)) {
		sigsender_note(c->task->tgid, SIGPIPE, c->task->tgid);
		syscall(SYS_tgkill, c->task->tgid, c->task->tid, SIGPIPE);
	}
	return -EPIPE;
}

/*
 * Sends until all is gone or it would block.  Bytes, -errno, or -EAGAIN with
 * a blocking socket: the caller defers.
 */
static int
send_all(struct call *c, struct sending *s, bool wait)
{
	do {
		ssize_t n = send_once(c, s, wait);

		if (n == -EAGAIN && s->blocking && !wait)
			return -EAGAIN;
		if (n < 0 && s->done)
			break;
		if (n == -EPIPE)
			return raise_sigpipe(c, s);
		if (n < 0)
			return (int)n;
		s->done += (size_t)n;
	} while (s->stream && s->done < s->total);
	return (int)s->done;
}

static int
send_may_wait(struct call *c)
{
	struct sending *s = *(struct sending **)c->priv;
	int n = send_all(c, s, true);

	sending_free(s);
	return n;
}

/* Sends and frees, or hands over to a helper thread. */
static int
send_or_defer(struct call *c, struct sending *s)
{
	int n = send_all(c, s, false);

	if (n != -EAGAIN || !s->blocking) {
		sending_free(s);
		return n;
	}
	c->priv = malloc(sizeof(s));
	if (!c->priv) {
		sending_free(s);
		return -ENOBUFS;
	}
	*(struct sending **)c->priv = s;
	return reply_defer(c, send_may_wait);
}

/* -------------------------------------------------------------- handlers */

int
sys_sendto(struct call *c)
{
	struct sending *s;
	int err;

	err = sending_new(c, (int)c->rq.arg[0], (int)c->rq.arg[3], &s);
	if (err < 0)
		return err;
	s->iov[0].iov_base = (void *)(uintptr_t)c->rq.arg[1];
	s->iov[0].iov_len = c->rq.arg[2];
	s->nr_iov = 1;
	s->total = s->iov[0].iov_len;
	if (s->total > INT_MAX)
		s->total = s->iov[0].iov_len = INT_MAX;
	if (!s->stream && s->total > MAX_MESSAGE)
		err = -EMSGSIZE;
	if (err == 0 && c->rq.arg[4]) {
		s->has_dest = true;
		err = sockref_read(&s->dest, c, c->rq.arg[4],
				   (int)c->rq.arg[5]);
		if (err == 0)
			err = sockref_destination(&s->dest, c);
	}
	if (err < 0) {
		sending_free(s);
		return err;
	}
	return send_or_defer(c, s);
}

/* Everything that a struct msghdr at `addr` names. */
static int
take_message(struct call *c, struct sending *s, uint64_t addr)
{
	struct msghdr m;
	int err;

	if (guest_read(c->task, &m, addr, sizeof(m)) < 0)
		return -EFAULT;
	if (m.msg_name && (int)m.msg_namelen != 0) {
		s->has_dest = true;
		err = sockref_read(&s->dest, c,
				   (uint64_t)(uintptr_t)m.msg_name,
				   (int)m.msg_namelen);
		if (err == 0)
			err = sockref_destination(&s->dest, c);
		if (err < 0)
			return err;
	}
	err = take_iov(c, s, (uint64_t)(uintptr_t)m.msg_iov, m.msg_iovlen);
	if (err < 0)
		return err;
	return take_control(c, s, (uint64_t)(uintptr_t)m.msg_control,
			    m.msg_control ? m.msg_controllen : 0);
}

static int
message_new(struct call *c, int fd, uint64_t addr, int flags,
	    struct sending **out)
{
	int err = sending_new(c, fd, flags, out);

	if (err < 0)
		return err;
	err = take_message(c, *out, addr);
	if (err < 0)
		sending_free(*out);
	return err;
}

int
sys_sendmsg(struct call *c)
{
	struct sending *s;
	int err;

	err = message_new(c, (int)c->rq.arg[0], c->rq.arg[1],
			  (int)c->rq.arg[2], &s);
	return err < 0 ? err : send_or_defer(c, s);
}

/*
 * Answers with the number of messages sent so far as soon as one would block
 * or fails, as the kernel does for errors; only a first one is waited for.
 */
int
sys_sendmmsg(struct call *c)
{
	uint64_t addr = c->rq.arg[1];
	unsigned int n = (unsigned int)c->rq.arg[2], i;
	int err = 0;

	if (n > MAX_IOV)
		n = MAX_IOV;
	for (i = 0; i < n; i++) {
		uint64_t at = addr + i * sizeof(struct mmsghdr);
		struct sending *s;
		unsigned int sent;

		err = message_new(c, (int)c->rq.arg[0], at,
				  (int)c->rq.arg[3], &s);
		if (err < 0)
			break;
		err = send_all(c, s, false);
		if (err == -EAGAIN && s->blocking && i == 0)
			err = send_all(c, s, true);
		sending_free(s);
		if (err < 0)
			break;
		sent = (unsigned int)err;
		err = guest_write(c->task,
				  at + offsetof(struct mmsghdr, msg_len),
				  &sent, sizeof(sent));
		if (err < 0)
			break;
	}
	return i ? (int)i : err;
}
