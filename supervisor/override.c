/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor's side of passing over permissions. */
#include "supervisor/override.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "include/auto.h"
#include "supervisor/creds.h"
#include "supervisor/log.h"
#include "supervisor/mounthelper.h"
#include "supervisor/override_wire.h"
#include "supervisor/sandbox.h"
#include "supervisor/userns.h"

static struct {
	pthread_mutex_t lock;		/* one call at a time */
	struct mounthelper *helper;	/* [lock] NULL: no more tries */
	int sock;			/* [lock] -1: not started */
	pid_t pid;			/* [lock] 0: never started */
} server = { .lock = PTHREAD_MUTEX_INITIALIZER, .sock = -1 };

union fds_control {
	char buf[CMSG_SPACE(2 * sizeof(int))];
	struct cmsghdr align;
};

int
override_send(int sock, struct iovec *iov, size_t nr_iov, const int *fds,
	      size_t nr)
{
	union fds_control control = { 0 };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = nr_iov };
	struct cmsghdr *c;
	ssize_t n;

	if (nr) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(nr * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nr * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nr * sizeof(int));
	}
	do {
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

ssize_t
override_recv(int sock, struct iovec *iov, size_t nr_iov, int fds[2])
{
	union fds_control control = { 0 };
	struct msghdr msg = {
		.msg_iov = iov, .msg_iovlen = nr_iov,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *c;
	ssize_t n;

	do {
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	fds[0] = fds[1] = -1;
	if (n < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len <= CMSG_LEN(2 * sizeof(int)))
		memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	if (!(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return n;
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	fds[0] = fds[1] = -1;
	return -EPROTO;
}

/* The process is asked for once. */
static int
start_locked(void)
{
	int err;

	if (server.sock >= 0)
		return 0;
	if (!server.helper)
		return -EACCES;
	err = mounthelper_override(server.helper, &server.sock,
				   &server.pid);
	if (err) {
		log_info("root inside has no right to pass over permission "
			 "bits: %s", log_errno(err));
		server.helper = NULL;
	}
	return err;
}

static int
ask_locked(const struct host_again *a, struct override_reply *reply, int *fd)
{
	struct override_request q = {
		.call = a->call, .passes = host_passes,
		.name_size = a->name ? (uint32_t)strlen(a->name) + 1 : 0,
		.data_size = (uint32_t)a->data_size,
		.out_size = (uint32_t)a->out_size,
		.flags = a->flags, .mode = a->mode, .extra = a->extra,
	};
	struct iovec out[] = {
		{ &q, sizeof(q) },
		{ (void *)(uintptr_t)a->name, q.name_size },
		{ (void *)(uintptr_t)a->data, q.data_size },
	};
	struct iovec in[] = {
		{ reply, sizeof(*reply) }, { a->out, a->out_size },
	};
	const int fds[] = { a->fd, a->fd2 };
	bool two = a->call == HOST_RENAME || a->call == HOST_LINK;
	int got[2];
	ssize_t n;
	int err;

	err = override_send(server.sock, out, 3, fds, two ? 2 : 1);
	if (err)
		return err;
	n = override_recv(server.sock, in, 2, got);
	if (got[1] >= 0)
		close(got[1]);
	if (n != (ssize_t)sizeof(*reply) + (ssize_t)reply->out_size) {
		if (got[0] >= 0)
			close(got[0]);
		return -EPIPE;
	}
	*fd = got[0];
	return 0;
}

/* The hook of hostcall.h.  Any thread. */
static int
call_again(const struct host_again *a)
{
	bool opens = a->call == HOST_OPENAT2 || a->call == HOST_REOPEN;
	struct override_reply reply;
	int fd = -1;
	int err;

	if (a->data_size > OVERRIDE_DATA_MAX || a->fd < 0)
		return -EACCES;
	pthread_mutex_lock(&server.lock);
	err = start_locked();
	if (!err) {
		err = ask_locked(a, &reply, &fd);
		if (err == -EPIPE) {
			close(server.sock);
			server.sock = -1;
			server.helper = NULL;
		}
	}
	pthread_mutex_unlock(&server.lock);
	if (err)
		return -EACCES;
	if (reply.ret >= 0 && opens && fd >= 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return reply.ret >= 0 && opens ? -EACCES : reply.ret;
}

void
override_install(struct mounthelper *h)
{
	server.helper = h;
	host_again = h ? call_again : NULL;
}

void
override_stop(void)
{
	if (server.sock >= 0)
		close(server.sock);
	server.sock = -1;
	server.helper = NULL;
	/* Another thread may have reaped it already. */
	while (server.pid && waitpid(server.pid, NULL, 0) < 0 &&
	       errno == EINTR)
		;
	server.pid = 0;
}

static bool
has(uint64_t caps, int cap)
{
	return caps & (1ULL << cap);
}

/* As capable_wrt_inode_uidgid() for inodes that are ours. */
static unsigned int
passes_of(const struct sandbox *sb, const struct creds *cr, uint64_t caps)
{
	if (!has(caps, CAP_DAC_OVERRIDE) && !has(caps, CAP_DAC_READ_SEARCH))
		return 0;
	if (!userns_has_uid(cr->user_ns, sb->uid) ||
	    !userns_has_gid(cr->user_ns, sb->gid))
		return 0;
	return has(caps, CAP_DAC_OVERRIDE) ? HOST_PASS_ALL : HOST_PASS_READ;
}

/* By the capabilities that access(2) has: those of the real user id. */
static _Thread_local unsigned int access_passes;

void
override_for(const struct sandbox *sb, const struct creds *cr)
{
	host_passes = access_passes = 0;
	if (!cr || !cr->cap_permitted)
		return;
	host_passes = passes_of(sb, cr, cr->cap_effective);
	if (cr->securebits & SECBIT_NO_SETUID_FIXUP)
		access_passes = host_passes;
	else if (userns_uid_out(cr->user_ns, cr->uid) == 0)
		access_passes = passes_of(sb, cr, cr->cap_permitted);
}

void
override_for_access(void)
{
	host_passes = access_passes;
}
