/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channel_wire.c - descriptors in messages: sent and received here, and by a
 * guest that is made to.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisor/channel_priv.h"
#include "supervisor/sandbox.h"
#include "supervisor/trace_priv.h"

#define SCRATCH_PAGE	4096

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

static void
scm_put(struct scm *m, int fd, uint64_t tag)
{
	m->tag = tag;
	m->control.align.cmsg_level = SOL_SOCKET;
	m->control.align.cmsg_type = SCM_RIGHTS;
	m->control.align.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(m->control.buf + CMSG_LEN(0), &fd, sizeof(fd));
}

int
channel_send(int sock, int fd, uint64_t tag)
{
	struct scm m;

	scm_init(&m, (uint64_t)(uintptr_t)&m);
	scm_put(&m, fd, tag);
	return sendmsg(sock, &m.msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ?
	       -errno : 0;
}

int
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

void
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

int64_t
channel_receive_in_guest(struct task *t, int64_t sock, uint64_t tag,
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

int
channel_send_in_guest(struct task *t, int64_t sock, int fd, uint64_t tag)
{
	struct scratch s;
	struct scm m;
	int64_t ret = scratch_get(t, sizeof(m), &s);

	if (ret < 0)
		return (int)ret;
	scm_init(&m, s.at);
	scm_put(&m, fd, tag);
	ret = guest_write(t, s.at, &m, sizeof(m));
	if (ret == 0)
		ret = trace_inject(t, SYS_sendmsg, (uint64_t[6]){
			(uint64_t)sock, s.at, MSG_DONTWAIT | MSG_NOSIGNAL });
	scratch_put(t, &s);
	return ret < 0 ? (int)ret : 0;
}

int
channel_receive(int sock, uint64_t tag)
{
	struct scm m;
	ssize_t n;
	int fd;

	do {
		scm_init(&m, (uint64_t)(uintptr_t)&m);
		n = recvmsg(sock, &m.msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n <= 0)
			return n < 0 ? -errno : -EPIPE;
		fd = -1;
		if (m.msg.msg_controllen >= CMSG_LEN(sizeof(fd)) &&
		    m.control.align.cmsg_type == SCM_RIGHTS)
			memcpy(&fd, m.control.buf + CMSG_LEN(0), sizeof(fd));
		if (m.tag == tag && n == sizeof(m.tag))
			return fd < 0 ? -EMFILE : fd;
		if (fd >= 0)
			close(fd);
	} while (true);
}
