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
 * child with a table of its own loses its copy before it runs, and an exec
 * closes it: nobody receives what was meant for another table.
 */
#include "supervisor/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "include/auto.h"
#include "include/magic.h"
#include "supervisor/dirfds.h"
#include "supervisor/log.h"
#include "supervisor/sandbox.h"
#include "supervisor/trace_priv.h"

/* Its number, unless the guest's limit is there or below. */
#define HIGH_NUMBER	4096
#define SCRATCH_PAGE	4096

struct channel {
	unsigned int users;		/* tasks */
	int sock;			/* our end */
	int number;			/* of the guests' end */
	dev_t dev;			/* what stands there */
	ino_t ino;
};

/* As SCM_RIGHTS: what the guest gives to recvmsg(), and where. */
struct scm {
	struct msghdr msg;
	struct iovec iov;
	uint64_t tag;
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
};

static void
scm_init(struct scm *m, uint64_t at)
{
	memset(m, 0, sizeof(*m));
	m->msg.msg_iov = (void *)(uintptr_t)(at + offsetof(struct scm, iov));
	m->msg.msg_iovlen = 1;
	m->msg.msg_control =
		(void *)(uintptr_t)(at + offsetof(struct scm, control));
	m->msg.msg_controllen = sizeof(m->control);
	m->iov.iov_base = (void *)(uintptr_t)(at + offsetof(struct scm, tag));
	m->iov.iov_len = sizeof(m->tag);
}

static int
send_fd(int sock, int fd, uint64_t tag)
{
	struct scm m;
	struct cmsghdr *cm;

	scm_init(&m, (uint64_t)(uintptr_t)&m);
	m.tag = tag;
	cm = CMSG_FIRSTHDR(&m.msg);
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cm), &fd, sizeof(fd));
	return sendmsg(sock, &m.msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ?
	       -errno : 0;
}

/*
 * Memory of the guest for the arguments of calls that it makes for us: below
 * its stack, where nothing should live and what does is put back; where there
 * is none, a page that is mapped for the moment.
 */
struct scratch {
	uint64_t at;
	size_t size;
	bool mapped;
	char before[sizeof(struct scm)];
};

static int
scratch_get(struct task *t, size_t size, struct scratch *s)
{
	uint64_t at = arch_regs_sp(&t->trace->saved) - ARCH_RED_ZONE - size;
	int64_t page;

	s->at = at & ~(uint64_t)(ARCH_STACK_ALIGN - 1);
	s->size = size;
	s->mapped = false;
	if (guest_read(t, s->before, s->at, size) == 0 &&
	    guest_write(t, s->at, s->before, size) == 0)
		return 0;
	page = trace_inject(t, SYS_mmap, (uint64_t[6]){
		0, SCRATCH_PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, (uint64_t)-1, 0 });
	if (page < 0)
		return (int)page;
	s->at = (uint64_t)page;
	s->mapped = true;
	return 0;
}

static void
scratch_put(struct task *t, const struct scratch *s)
{
	if (s->mapped)
		trace_inject(t, SYS_munmap,
			     (uint64_t[6]){ s->at, SCRATCH_PAGE });
	else
		guest_write(t, s->at, s->before, s->size);
}

/* What the guest has received; -ESTALE: this was not what we have sent. */
static int64_t
take_number(const struct scm *m, int64_t ret, uint64_t tag)
{
	int fd;

	if (ret < 0)
		return ret == -ESRCH ? ret : -ESTALE;
	if (ret != sizeof(m->tag) || m->tag != tag)
		return -ESTALE;
	if (m->msg.msg_controllen < CMSG_LEN(sizeof(fd)) ||
	    m->control.align.cmsg_type != SCM_RIGHTS)
		return -EMFILE;
	memcpy(&fd, m->control.buf + CMSG_LEN(0), sizeof(fd));
	return fd;
}

/* The guest receives the descriptor from its socket `sock`.  Its number, or
 * -errno as above. */
static int64_t
receive_in_guest(struct task *t, int64_t sock, uint64_t tag,
		 unsigned int flags)
{
	struct scratch s;
	struct scm m;
	int64_t ret = scratch_get(t, sizeof(m), &s);

	if (ret < 0)
		return ret;
	scm_init(&m, s.at);
	if (guest_write(t, s.at, &m, sizeof(m)) < 0)
		ret = -EFAULT;
	else
		ret = trace_inject(t, SYS_recvmsg, (uint64_t[6]){
			(uint64_t)sock, s.at, MSG_DONTWAIT |
			((flags & O_CLOEXEC) ? MSG_CMSG_CLOEXEC : 0) });
	if (ret >= 0 && guest_read(t, &m, s.at, sizeof(m)) < 0)
		ret = -EFAULT;
	scratch_put(t, &s);
	return take_number(&m, ret, tag);
}

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
	err = send_fd(ours, fd, 0);
	if (err < 0)
		return err;
	sock = give_by_notification(t, theirs, O_CLOEXEC);
	if (sock < 0)
		return sock;
	ret = receive_in_guest(t, sock, 0, flags);
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

/* Two ends of a socket pair, made by the guest.  0 or -errno. */
static int
pair_in_guest(struct task *t, int sv[2])
{
	struct scratch s;
	int64_t ret = scratch_get(t, sizeof(int[2]), &s);

	if (ret < 0)
		return (int)ret;
	/* A harmless call first: after a rewritten argument 0 some filters
	 * see the one that it had before (arch.h). */
	if (t->trace->kind == STOP_SECCOMP)
		trace_inject(t, SYS_getpid, (uint64_t[6]){ 0 });
	ret = trace_inject(t, SYS_socketpair, (uint64_t[6]){
		AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s.at });
	if (ret == 0 && guest_read(t, sv, s.at, sizeof(*sv) * 2) < 0)
		ret = -EFAULT;
	scratch_put(t, &s);
	return (int)ret;
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
	if (old.rlim_cur < old.rlim_max && old.rlim_cur <= HIGH_NUMBER) {
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

/* Takes our end of the pair out of the guest's hands. */
static int
channel_open(struct task *t, struct channel *ch, const int sv[2])
{
	struct stat st;
	int64_t number;
	int err;

	err = dirfd_dup(t, sv[1], &ch->sock);
	if (err < 0)
		return err;
	if (fstat(ch->sock, &st) < 0 || !S_ISSOCK(st.st_mode))
		return -EIO;
	number = move_up(t, sv[0]);
	if (number < 0)
		return (int)number;
	ch->number = (int)number;
	return 0;
}

static int
channel_identify(struct task *t, struct channel *ch)
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

static int
channel_new(struct task *t)
{
	struct channel *ch = calloc(1, sizeof(*ch));
	int sv[2], err;

	if (!ch)
		return -ENOMEM;
	*ch = (struct channel){ .users = 1, .sock = -1 };
	err = pair_in_guest(t, sv);
	if (err == 0) {
		err = channel_open(t, ch, sv);
		for (int i = 0; i < 2; i++)
			trace_inject(t, SYS_close,
				     (uint64_t[6]){ (uint64_t)sv[i] });
	}
	if (err == 0)
		err = channel_identify(t, ch);
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

static int64_t
give_by_channel(struct task *t, int fd, unsigned int flags)
{
	static uint64_t tag;
	int64_t ret = -ESTALE;
	int err;

	for (int tries = 0; tries < 2 && ret == -ESTALE; tries++) {
		if (tries > 0 || !is_in_place(t)) {
			channel_drop(t);
			err = channel_new(t);
			if (err < 0)
				return err;
		}
		err = send_fd(t->chan->sock, fd, ++tag);
		ret = err < 0 ? -ESTALE :
		      receive_in_guest(t, t->chan->number, tag, flags);
	}
	return ret == -ESTALE ? -EIO : ret;
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
