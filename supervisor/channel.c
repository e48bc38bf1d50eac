/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channel.c - descriptors for a guest at a system call stop.
 *
 * With a listener, the magic call brings them: it is notified, and answered
 * with the descriptor.  What no notification can pass (O_PATH) is received
 * from a socket that came so.
 *
 * Without one, every descriptor table of the guests' holds an end of a socket
 * pair whose other end is ours: its channel.  A descriptor is sent, and the
 * guest is made to receive it, which takes one more stop.  The socket stands
 * at a number above the guest's limit where that can be, so that it is in
 * nobody's way.  It is the guest's to close or to put something else there:
 * its identity is looked at before each use, and a lost one is replaced.  A
 * child with a table and memory of its own loses its copy before it runs, and an
 * exec closes it: nobody receives what was meant for another table.
 */
#include "supervisor/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "include/auto.h"
#include "include/magic.h"
#include "supervisor/channel_priv.h"
#include "supervisor/dirfds.h"
#include "supervisor/sandbox.h"
#include "supervisor/trace_priv.h"

/* --- with a listener --------------------------------------------------------- */

static int64_t
give_by_notification(struct task *t, int fd, unsigned int flags)
{
	int dup = fcntl(fd, F_DUPFD_CLOEXEC, 0), old;

	if (dup < 0)
		return -errno;
	t->give_flags = flags;
	old = atomic_exchange(&t->give_fd, dup);
	if (old >= 0)
		close(old);
	return trace_inject(t, BELLJAR_MAGIC_NR, (uint64_t[6]){ 0 });
}

/* A descriptor that a notification cannot install goes through a socket. */
static int64_t
give_by_socket(struct task *t, int fd, unsigned int flags)
{
	AUTO_FD ours = -1;
	AUTO_FD theirs = -1;
	int sv[2], err;
	int64_t sock, got, ret;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	ours = sv[0];
	theirs = sv[1];
	err = channel_send(ours, fd, 0);
	if (err < 0)
		return err;
	sock = give_by_notification(t, theirs, O_CLOEXEC);
	if (sock < 0)
		return sock;
	ret = channel_receive_in_guest(t, sock, 0, flags);
	/* The socket has taken the lowest number, which is the answer's. */
	if (ret >= 0) {
		got = ret;
		ret = trace_inject(t, SYS_dup3, (uint64_t[6]){
			(uint64_t)got, (uint64_t)sock, flags & O_CLOEXEC });
		sock = got;
	}
	trace_inject(t, SYS_close, (uint64_t[6]){ (uint64_t)sock });
	return ret;
}

/* --- without ------------------------------------------------------------------- */

void
channel_drop(struct task *t)
{
	struct channel *ch = t->chan;

	t->chan = NULL;
	t->chan_copied = false;
	t->chan_number = -1;
	if (!ch || --ch->users > 0)
		return;
	close(ch->sock);
	free(ch);
}

void
channel_inherit(struct task *parent, struct task *child)
{
	if (parent->chan) {
		child->chan = parent->chan;
		child->chan->users++;
		child->chan_number = child->chan->number;
	}
}

/* Does the guest still have the socket where we have put it? */
static bool
is_in_place(struct task *t)
{
	const struct channel *ch = t->chan;
	AUTO_FD dup = -1;
	struct stat st;

	return ch && dirfd_dup(t, ch->number, &dup) == 0 &&
	       fstat(dup, &st) == 0 && st.st_dev == ch->dev &&
	       st.st_ino == ch->ino;
}

void
channel_disown(struct task *t)
{
	int number = t->chan ? t->chan->number : -1;

	if (number >= 0 && is_in_place(t))
		trace_inject(t, SYS_close, (uint64_t[6]){ (uint64_t)number });
	channel_drop(t);
}

static int
channel_new(struct task *t)
{
	struct channel *ch = calloc(1, sizeof(*ch));
	int err;

	if (!ch)
		return -ENOMEM;
	*ch = (struct channel){ .users = 1, .sock = -1 };
	err = channel_open(t, ch);
	if (err < 0) {
		if (ch->sock >= 0)
			close(ch->sock);
		free(ch);
		return err;
	}
	t->chan = ch;
	t->chan_number = ch->number;
	return 0;
}

/* A number that nobody can guess who would like to be taken for us. */
static uint64_t
new_tag(void)
{
	static uint64_t base, count;

	if (!base && getrandom(&base, sizeof(base), GRND_NONBLOCK) < 0)
		base = (uint64_t)(uintptr_t)&base;
	return base + ++count;
}

/* Sees to it that the task has a channel; `anew`: another one. */
static int
channel_ready(struct task *t, bool anew)
{
	if (!anew && is_in_place(t))
		return 0;
	channel_drop(t);
	return channel_new(t);
}

static int64_t
give_by_channel(struct task *t, int fd, unsigned int flags)
{
	int64_t ret = -ESTALE;
	uint64_t tag;
	int err;

	for (int tries = 0; tries < 3 && ret == -ESTALE; tries++) {
		err = channel_ready(t, tries > 0);
		if (err < 0)
			return err;
		tag = new_tag();
		err = channel_send(t->chan->sock, fd, tag);
		ret = err < 0 ? -ESTALE :
		      channel_receive_in_guest(t, t->chan->number, tag, flags);
	}
	return ret == -ESTALE ? -EIO : ret;
}

/* --- the other way ----------------------------------------------------------- */

int
trace_take_fd(struct task *t, int fd, int *out)
{
	uint64_t tag = new_tag();
	int ret = -EBADF;

	if (fd < 0)
		return -EBADF;
	for (int tries = 0; tries < 2; tries++) {
		ret = channel_ready(t, tries > 0);
		if (ret == 0)
			ret = channel_send_in_guest(t, t->chan->number, fd,
						    tag);
		if (ret == -EBADF || ret == -ESRCH)
			return ret;
		if (ret == 0)
			ret = channel_receive(t->chan->sock, tag);
		if (ret >= 0) {
			*out = ret;
			return 0;
		}
	}
	return ret;
}

int64_t
trace_give_fd(struct task *t, int fd, unsigned int flags)
{
	int status;

	if (t->sb->listener < 0)
		return give_by_channel(t, fd, flags);
	status = fcntl(fd, F_GETFL);
	if (status >= 0 && (status & O_PATH))
		return give_by_socket(t, fd, flags);
	return give_by_notification(t, fd, flags);
}
