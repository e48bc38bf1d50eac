/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/peercred.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "include/auto.h"

/* Sockets remembered; the oldest give way. */
#define NOTES 4096

static struct {
	pthread_mutex_t lock;
	unsigned int next;
	struct note {
		ino_t ino;		/* 0: free */
		struct ucred who;
	} note[NOTES];
} notes = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct note *
find_locked(ino_t ino)
{
	for (unsigned int i = 0; i < NOTES; i++)
		if (notes.note[i].ino == ino)
			return &notes.note[i];
	return NULL;
}

void
peercred_note(int sock, const struct ucred *who)
{
	struct stat st;
	struct note *n;

	if (fstat(sock, &st) < 0)
		return;
	pthread_mutex_lock(&notes.lock);
	n = find_locked(st.st_ino);
	if (!n)
		n = &notes.note[notes.next++ % NOTES];
	*n = (struct note){ .ino = st.st_ino, .who = *who };
	pthread_mutex_unlock(&notes.lock);
}

struct diag_answer {
	struct nlmsghdr head;
	struct unix_diag_msg msg;
	char attrs[256];
};

static int
ask_kernel(ino_t ino, struct diag_answer *a, ssize_t *size)
{
	AUTO_FD nl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			    NETLINK_SOCK_DIAG);
	struct {
		struct nlmsghdr head;
		struct unix_diag_req req;
	} q = {
		.head = { .nlmsg_len = sizeof(q), .nlmsg_flags = NLM_F_REQUEST,
			  .nlmsg_type = SOCK_DIAG_BY_FAMILY },
		.req = { .sdiag_family = AF_UNIX,
			 .udiag_states = UINT32_MAX,
			 .udiag_ino = (uint32_t)ino,
			 .udiag_show = UDIAG_SHOW_PEER,
			 .udiag_cookie = { UINT32_MAX, UINT32_MAX } },
	};

	if (nl < 0 || send(nl, &q, sizeof(q), 0) != sizeof(q))
		return -1;
	*size = recv(nl, a, sizeof(*a), MSG_DONTWAIT);
	return *size >= (ssize_t)offsetof(struct diag_answer, attrs) &&
	       a->head.nlmsg_type == SOCK_DIAG_BY_FAMILY ? 0 : -1;
}

/* The inode of the socket at the other end, or 0. */
static ino_t
peer_of(int sock)
{
	struct diag_answer a = { 0 };
	struct rtattr *r = (void *)a.attrs;
	struct stat st;
	ssize_t size;
	uint32_t ino;
	int left;

	if (fstat(sock, &st) < 0 || ask_kernel(st.st_ino, &a, &size) < 0)
		return 0;
	left = (int)(size - (ssize_t)offsetof(struct diag_answer, attrs));
	for (; RTA_OK(r, left); r = RTA_NEXT(r, left)) {
		if (r->rta_type != UNIX_DIAG_PEER ||
		    RTA_PAYLOAD(r) < sizeof(ino))
			continue;
		memcpy(&ino, RTA_DATA(r), sizeof(ino));
		return ino;
	}
	return 0;
}

bool
peercred_find(int sock, struct ucred *who)
{
	ino_t ino = peer_of(sock);
	struct note *n;

	if (!ino)
		return false;
	pthread_mutex_lock(&notes.lock);
	n = find_locked(ino);
	if (n)
		*who = n->who;
	pthread_mutex_unlock(&notes.lock);
	return n;
}
