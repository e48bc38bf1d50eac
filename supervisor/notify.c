/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/notify.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "include/uapi.h"
#include "supervisor/cpupin.h"
#include "supervisor/dispatch.h"
#include "supervisor/helper.h"
#include "supervisor/log.h"
#include "supervisor/sandbox.h"
#include "supervisor/thread.h"
#include "supervisor/trace.h"

#define ERESTARTSYS 512

struct notify {
	struct sandbox *sb;		/* not to be followed once stopped */
	int listener;
	pthread_mutex_t serving;	/* held while a call is looked at */
	bool stopped;			/* under `serving` */
	size_t req_size;		/* the kernel may know a longer one */
	char path[2][PATH_MAX];
};

bool
notify_id_valid(struct sandbox *sb, uint64_t id)
{
	return ioctl(sb->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

/* --- answers --------------------------------------------------------------- */

/* ENOENT: the caller was killed meanwhile.  That is no error. */
static void
send_response(struct sandbox *sb, uint64_t id, int64_t val, int32_t error,
	      uint32_t flags)
{
	/* Room for the fields that a newer kernel may add. */
	union {
		struct seccomp_notif_resp r;
		char room[128];
	} u;

	memset(&u, 0, sizeof(u));
	u.r.id = id;
	u.r.val = val;
	u.r.error = error;
	u.r.flags = flags;
	if (ioctl(sb->listener, SECCOMP_IOCTL_NOTIF_SEND, &u) < 0 &&
	    errno != ENOENT)
		log_error("answering a guest: %s", log_errno(errno));
}

static void
send_value(struct sandbox *sb, uint64_t id, int64_t value)
{
	if (value < 0)
		send_response(sb, id, 0, (int32_t)value, 0);
	else
		send_response(sb, id, value, 0, 0);
}

/*
 * Installs the descriptor in the guest and answers with its number.
 *
 * One call does both, and our own copy is closed a moment later.  Of a file
 * open for writing there must be no copy left when the guest goes on: it
 * might be about to execute it (ETXTBSY), or wait for the news that it was
 * closed.  Nor of any file once somebody watches files being closed.
 */
static void
send_fd(struct call *c)
{
	struct sandbox *sb = c->sb;
	uint64_t id = c->notif_id;
	bool at_once = sb->host.addfd_send && !sb->watched &&
		       c->reply.fd_readonly;
	struct seccomp_notif_addfd add = {
		.id = id, .srcfd = (uint32_t)c->reply.fd,
		.newfd_flags = c->reply.fd_flags,
		.flags = at_once ? SECCOMP_ADDFD_FLAG_SEND : 0,
	};
	struct cpupin pin;
	int ret;

	cpupin_begin(&pin, c->task->tid);
	ret = ioctl(sb->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
	if (ret < 0)
		ret = -errno;
	cpupin_end(&pin);
	close(c->reply.fd);
	if (ret >= 0 && c->reply.note.mnt)
		dirfd_record_number(c->task, ret, &c->reply.note);
	if (ret < 0 ? ret != -ENOENT : !at_once)
		send_value(sb, id, ret);
}

static void
answer(struct call *c, int ret)
{
	if (ret != REPLY_SPECIAL) {
		send_value(c->sb, c->notif_id, ret);
		return;
	}
	switch (c->reply.kind) {
	case REPLY_FD:
		send_fd(c);
		break;
	case REPLY_NATIVE:
		send_response(c->sb, c->notif_id, 0, 0,
			      SECCOMP_USER_NOTIF_FLAG_CONTINUE);
		break;
	case REPLY_DEFER:
		ret = helper_defer(c);
		if (ret < 0)
			send_value(c->sb, c->notif_id, ret);
		break;
	case REPLY_NONE:
		break;
	case REPLY_VALUE:
	case REPLY_REWRITE:
		reply_kill(c, "an answer that no notification can carry");
		break;
	}
}

/* A guest that goes on may end, and another one expect that nothing uses its
 * root and working directory any more: before the answer, then. */
static void
let_go(struct call *c)
{
	if (c->fs)
		fscontext_put(c->fs);
	c->fs = NULL;
}

/* The tracer makes the guest look at its signals before it sees the answer,
 * so that the code for "restart" never reaches it. */
static void
send_restart(struct sandbox *sb, void *arg)
{
	struct call *c = arg;

	if (!c->task->dying) {
		c->task->restart_asked = true;
		trace_interrupt(c->task);
		send_response(sb, c->notif_id, 0, -ERESTARTSYS, 0);
	}
	helper_call_free(c);
}

void
notify_deferred(struct call *c, bool restart)
{
	if (restart && tracer_post(c->sb, send_restart, c) == 0)
		return;
	let_go(c);
	answer(c, c->deferred_ret);
	helper_call_free(c);
}

/* --- the thread ------------------------------------------------------------- */

static void
serve(struct notify *n, const struct seccomp_notif *req)
{
	struct call c;
	struct task *t;
	int err;

	t = task_find_caller(n->sb, (pid_t)req->pid, &c.fs);
	if (!t) {
		/* A thread that an exec or an end has taken off the list, or
		 * a process that is dead. */
		send_value(n->sb, req->id, -EPERM);
		return;
	}
	c.sb = n->sb;
	c.task = t;
	c.via = VIA_NOTIFY;
	c.notif_id = req->id;
	c.path[0] = n->path[0];
	c.path[1] = n->path[1];
	c.priv = NULL;
	c.interrupted = NULL;
	t->restart_asked = false;
	err = arch_decode(&c.rq, req->data.arch, req->data.nr,
			  (const uint64_t *)req->data.args,
			  req->data.instruction_pointer);
	if (!err)
		err = dispatch_call(&c);
	if (err != REPLY_SPECIAL || c.reply.kind != REPLY_DEFER)
		let_go(&c);
	answer(&c, err);
	if (c.priv)
		free(c.priv);
	let_go(&c);
	task_put(t);
}

/* ENOENT is a caller that died, or that nobody is left who could call. */
static bool
is_over(const struct notify *n)
{
	struct pollfd p = { .fd = n->listener };

	return poll(&p, 1, 0) > 0 && (p.revents & POLLHUP);
}

static void *
notify_thread(void *arg)
{
	struct notify *n = arg;
	struct seccomp_notif *req = malloc(n->req_size);

	if (!req)
		log_fatal("no memory for notifications");
	for (;;) {
		memset(req, 0, n->req_size);
		if (ioctl(n->listener, SECCOMP_IOCTL_NOTIF_RECV, req) == 0) {
			cpupin_met();
			pthread_mutex_lock(&n->serving);
			if (!n->stopped)
				serve(n, req);
			pthread_mutex_unlock(&n->serving);
		} else if (errno == ENOENT && is_over(n)) {
			break;
		} else if (errno != EINTR && errno != ENOENT) {
			log_fatal("receiving a guest's call: %s",
				  log_errno(errno));
		}
	}
	free(req);
	return NULL;
}

void
notify_stop(struct sandbox *sb)
{
	struct notify *n = sb->notify;

	pthread_mutex_lock(&n->serving);
	n->stopped = true;
	pthread_mutex_unlock(&n->serving);
}

int
notify_start(struct sandbox *sb)
{
	/* Never freed: the thread may be about to look at it at the end. */
	static struct notify the_one;
	struct seccomp_notif_sizes sizes;
	struct notify *n = &the_one;

	n->sb = sb;
	n->listener = sb->listener;
	pthread_mutex_init(&n->serving, NULL);
	n->req_size = sizeof(struct seccomp_notif);
	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) == 0 &&
	    sizes.seccomp_notif > n->req_size)
		n->req_size = sizes.seccomp_notif;
	if (sb->host.sync_wake_up)
		ioctl(sb->listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
		      SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
	sb->notify = n;
	return thread_start(notify_thread, n);
}
