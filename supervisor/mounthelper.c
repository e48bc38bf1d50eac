/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor's side of the mount helper. */
#include "supervisor/mounthelper.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "include/auto.h"
#include "supervisor/mounthelper_wire.h"
#include "supervisor/override_wire.h"

struct mounthelper {
	pthread_mutex_t lock;	/* one call at a time */
	int sock;
	pid_t pid;
	bool greeted;		/* [lock] the first reply was read */
	int ready;		/* [lock] and said this */
};

union fd_control {
	char buf[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int
helper_send(int sock, const void *data, size_t size, int fd)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)data,
			     .iov_len = size };
	union fd_control control = { 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (fd >= 0) {
		struct cmsghdr *c;

		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	do {
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int
helper_recv(int sock, void *data, size_t size, int *fd)
{
	struct iovec iov = { .iov_base = data, .iov_len = size };
	union fd_control control = { 0 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *c;
	ssize_t n;

	do {
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*fd = -1;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(c), sizeof(int));
	if (n == (ssize_t)size)
		return 0;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return n == 0 ? -EPIPE : -EPROTO;
}

int
mounthelper_start(struct mounthelper **out)
{
	AUTO_FREE struct mounthelper *h = calloc(1, sizeof(*h));
	int sv[2];

	if (!h)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	h->sock = sv[0];
	h->pid = fork();
	if (h->pid < 0) {
		int err = -errno;

		close(sv[0]);
		close(sv[1]);
		return err;
	}
	if (h->pid == 0)
		mounthelper_serve(sv[1]);
	close(sv[1]);
	pthread_mutex_init(&h->lock, NULL);
	*out = steal_ptr(&h);
	return 0;
}

/* The helper's first packet says whether it can do its work. */
static int
greet_locked(struct mounthelper *h)
{
	struct helper_reply hello;
	int fd = -1;
	int err;

	if (h->greeted)
		return h->ready;
	err = helper_recv(h->sock, &hello, sizeof(hello), &fd);
	h->greeted = true;
	h->ready = err ? -EIO : hello.err;
	return h->ready;
}

int
mounthelper_ready(struct mounthelper *h)
{
	int err;

	if (!h)
		return -EOPNOTSUPP;
	pthread_mutex_lock(&h->lock);
	err = greet_locked(h);
	pthread_mutex_unlock(&h->lock);
	return err;
}

void
mounthelper_stop(struct mounthelper *h)
{
	if (!h)
		return;
	close(h->sock);
	/* Another thread may have reaped it already. */
	while (waitpid(h->pid, NULL, 0) < 0 && errno == EINTR)
		;
	pthread_mutex_destroy(&h->lock);
	free(h);
}

/* One call, with req->cover_size bytes of `cover`; *out (may be NULL) is the
 * descriptor that must come with it. */
static int
call_covering(struct mounthelper *h, const struct helper_request *req,
	      const char *cover, int fd, int *out)
{
	struct helper_reply reply;
	int got = -1;
	int err;

	if (!h)
		return -EOPNOTSUPP;
	pthread_mutex_lock(&h->lock);
	err = greet_locked(h);
	if (!err) {
		err = helper_send(h->sock, req, sizeof(*req), fd);
		if (!err && req->cover_size)
			err = helper_send(h->sock, cover, req->cover_size, -1);
		if (!err)
			err = helper_recv(h->sock, &reply, sizeof(reply),
					  &got);
		err = err ? -EIO : reply.err;
	}
	pthread_mutex_unlock(&h->lock);
	if (!err && out && got < 0)
		return -EIO;
	if (err || !out) {
		if (got >= 0)
			close(got);
		return err;
	}
	*out = got;
	return 0;
}

static int
call(struct mounthelper *h, const struct helper_request *req, int fd,
     int *out)
{
	return call_covering(h, req, NULL, fd, out);
}

int
mounthelper_tmpfs(struct mounthelper *h, const struct tmpfs_opts *o, int *fd)
{
	struct helper_request req = { .op = HELPER_TMPFS, .opts = *o };

	return call(h, &req, -1, fd);
}

int
mounthelper_resize(struct mounthelper *h, int fd, const struct tmpfs_opts *o)
{
	struct helper_request req = { .op = HELPER_RESIZE, .opts = *o };

	return call(h, &req, fd, NULL);
}

int
mounthelper_fsopen(struct mounthelper *h, const char *type, int *fd)
{
	struct helper_request req = { .op = HELPER_FSOPEN };

	if (strlen(type) >= sizeof(req.path))
		return -EINVAL;
	strcpy(req.path, type);
	return call(h, &req, -1, fd);
}

int
mounthelper_override(struct mounthelper *h, int *sock, pid_t *pid)
{
	struct helper_request req = { .op = HELPER_OVERRIDE };
	struct override_reply hello = { .ret = -EIO };
	struct iovec iov = { &hello, sizeof(hello) };
	int sv[2], got[2];
	int err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	err = call(h, &req, sv[1], NULL);
	close(sv[1]);
	if (!err) {
		if (override_recv(sv[0], &iov, 1, got) != sizeof(hello))
			hello.ret = -EIO;
		err = hello.ret < 0 ? hello.ret : 0;
	}
	if (err) {
		close(sv[0]);
		return err;
	}
	*sock = sv[0];
	*pid = hello.ret;
	return 0;
}

/* The strings one after the other, malloc'ed. */
static int
join_places(const char *const *cover, char **text, uint32_t *size)
{
	size_t len = 0;
	char *p;

	for (size_t i = 0; cover && cover[i]; i++)
		len += strlen(cover[i]) + 1;
	if (len > HELPER_COVER_MAX)
		return -E2BIG;
	*text = p = malloc(len + 1);
	if (!p)
		return -ENOMEM;
	for (size_t i = 0; cover && cover[i]; i++)
		p = stpcpy(p, cover[i]) + 1;
	*size = (uint32_t)len;
	return 0;
}

int
mounthelper_clone(struct mounthelper *h, int fd, uint64_t attrs,
		  const char *const *cover, int *out)
{
	struct helper_request req = { .op = HELPER_CLONE, .attrs = attrs };
	AUTO_FREE char *places = NULL;
	char link[32];
	ssize_t n;
	int err;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, req.path, sizeof(req.path) - 1);
	if (n < 0)
		return -errno;
	err = join_places(cover, &places, &req.cover_size);
	return err ? err : call_covering(h, &req, places, fd, out);
}

int
mounthelper_setattr(struct mounthelper *h, int fd, uint64_t set,
		    uint64_t clear)
{
	struct helper_request req = { .op = HELPER_SETATTR, .attrs = set,
				      .clear = clear };

	return call(h, &req, fd, NULL);
}

int
mounthelper_clone_again(struct mounthelper *h, int fd, uint64_t attrs,
			int *out)
{
	struct helper_request req = { .op = HELPER_CLONE_AGAIN,
				      .attrs = attrs };

	return call(h, &req, fd, out);
}
