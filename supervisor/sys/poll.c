/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for tables of mounts (tablefile.h): poll and select, epoll_ctl, and
 * what goes back to the start of one.
 *
 * These calls come here only from processes that have opened a table, by
 * trace.  One that names none is made as it stands: it can reach nothing but
 * the caller's own descriptors.  Where it names tables, the kernel waits for the
 * rest, on a copy in which they are left out; what they have to say is put in
 * at the end, and a change ends the wait (PTRACE_INTERRUPT).
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>

#include "include/auto.h"
#include "supervisor/guestmem.h"
#include "supervisor/guestroom.h"
#include "supervisor/handlers.h"
#include "supervisor/sandbox.h"
#include "supervisor/tablefile.h"
#include "supervisor/trace.h"

#define NAMES_MAX	1024		/* more descriptors: not looked at */
#define TABLES_MAX	16

/* What the kernel returns to itself for "make it again". */
#define ERESTARTNOHAND		514
#define RESTARTS_FROM		(-516)	/* ERESTART_RESTARTBLOCK */
#define RESTARTS_TO		(-512)	/* ERESTARTSYS */

#define SET_WORDS	(NAMES_MAX / 64)
enum { SET_IN, SET_OUT, SET_EX, SETS };

struct table_wait {
	bool is_select;
	struct arch_regs regs;		/* as the program made the call */
	struct guestroom room;		/* the copy lies there */
	uint64_t addr[SETS];		/* where the answer goes; [0]: poll's */
	unsigned int nr;		/* descriptors */
	struct {
		struct tablefile *f;	/* counted */
		unsigned int at;	/* index, or descriptor */
		short events;		/* what has been found */
	} table[TABLES_MAX];
	unsigned int nr_tables;
	union {
		struct pollfd fds[NAMES_MAX];
		uint64_t set[SETS][SET_WORDS];
	};
};

static struct table_wait *
wait_new(void)
{
	struct table_wait *w = calloc(1, sizeof(*w));

	if (w)
		tablefile_wait_begin();
	return w;
}

void
table_wait_free(struct table_wait *w)
{
	if (!w)
		return;
	for (unsigned int i = 0; i < w->nr_tables; i++)
		tablefile_put(w->table[i].f);
	guestroom_drop(&w->room);
	tablefile_wait_end();
	free(w);
}

bool
table_wait_is_over(const struct table_wait *w)
{
	for (unsigned int i = 0; i < w->nr_tables; i++)
		if (tablefile_is_changed(w->table[i].f))
			return true;
	return false;
}

/* Takes the reference. */
static bool
add_table(struct table_wait *w, struct tablefile *f, unsigned int at)
{
	if (w->nr_tables == TABLES_MAX) {
		tablefile_put(f);
		return false;
	}
	w->table[w->nr_tables].f = f;
	w->table[w->nr_tables++].at = at;
	return true;
}

/* What mounts_poll() says, added to what was found before. */
static void
ask_tables(struct table_wait *w)
{
	for (unsigned int i = 0; i < w->nr_tables; i++) {
		w->table[i].events |= POLLIN | POLLRDNORM;
		if (tablefile_has_changed(w->table[i].f))
			w->table[i].events |= POLLERR | POLLPRI;
	}
}

/* --- poll ------------------------------------------------------------------ */

static short
poll_revents(const struct table_wait *w, unsigned int i)
{
	short wanted = w->fds[w->table[i].at].events | POLLERR | POLLHUP;

	return (short)(w->table[i].events & wanted);
}

static bool
poll_is_ready(const struct table_wait *w)
{
	for (unsigned int i = 0; i < w->nr_tables; i++)
		if (poll_revents(w, i))
			return true;
	return false;
}

/* The kernel's answer and ours, into the program's array. */
static int64_t
poll_collect(struct task *t, struct table_wait *w, bool made)
{
	size_t size = w->nr * sizeof(struct pollfd);
	AUTO_FREE struct pollfd *got = calloc(w->nr, sizeof(*got));
	int64_t n = 0;

	if (!got || (made && guest_read(t, got, w->room.at, size) < 0))
		return -EFAULT;
	for (unsigned int i = 0; i < w->nr_tables; i++)
		got[w->table[i].at].revents = poll_revents(w, i);
	for (unsigned int i = 0; i < w->nr; i++) {
		uint64_t at = w->addr[0] + i * sizeof(struct pollfd) +
			      offsetof(struct pollfd, revents);

		n += got[i].revents != 0;
		if (guest_write(t, at, &got[i].revents,
				sizeof(got[i].revents)) < 0)
			return -EFAULT;
	}
	return n;
}

static bool
poll_find_tables(struct task *t, struct table_wait *w)
{
	for (unsigned int i = 0; i < w->nr; i++) {
		struct tablefile *f = tablefile_find(t, w->fds[i].fd,
						    true);

		if (f && !add_table(w, f, i))
			return false;
	}
	return w->nr_tables > 0;
}

/* --- select ---------------------------------------------------------------- */

/* POLLIN_SET, POLLOUT_SET and POLLEX_SET in fs/select.c. */
static const short set_events[SETS] = {
	POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR,
	POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR,
	POLLPRI,
};

static bool
set_has(const uint64_t *set, unsigned int fd)
{
	return set[fd / 64] >> (fd % 64) & 1;
}

static size_t
set_size(const struct table_wait *w)
{
	return (w->nr + 63) / 64 * 8;
}

static bool
select_is_ready(const struct table_wait *w)
{
	for (unsigned int i = 0; i < w->nr_tables; i++)
		for (int s = 0; s < SETS; s++)
			if (set_has(w->set[s], w->table[i].at) &&
			    (w->table[i].events & set_events[s]))
				return true;
	return false;
}

static int64_t
select_collect(struct task *t, struct table_wait *w, bool made)
{
	size_t size = set_size(w);
	uint64_t got[SET_WORDS];
	int64_t n = 0;

	for (int s = 0; s < SETS; s++) {
		memset(got, 0, sizeof(got));
		if (!w->addr[s])
			continue;
		if (made && guest_read(t, got, w->room.at +
				       (size_t)s * size, size) < 0)
			return -EFAULT;
		for (unsigned int i = 0; i < w->nr_tables; i++) {
			unsigned int fd = w->table[i].at;

			if (set_has(w->set[s], fd) &&
			    (w->table[i].events & set_events[s]))
				got[fd / 64] |= 1ULL << (fd % 64);
		}
		for (size_t i = 0; i < size / 8; i++)
			n += __builtin_popcountll(got[i]);
		if (guest_write(t, w->addr[s], got, size) < 0)
			return -EFAULT;
	}
	return n;
}

static bool
select_find_tables(struct task *t, struct table_wait *w)
{
	for (unsigned int fd = 0; fd < w->nr; fd++) {
		struct tablefile *f;

		if (!set_has(w->set[SET_IN], fd) &&
		    !set_has(w->set[SET_OUT], fd) &&
		    !set_has(w->set[SET_EX], fd))
			continue;
		f = tablefile_find(t, (int)fd, true);
		if (f && !add_table(w, f, fd))
			return false;
	}
	return w->nr_tables > 0;
}

/* --- the call -------------------------------------------------------------- */

static bool
is_ready(const struct table_wait *w)
{
	return w->is_select ? select_is_ready(w) : poll_is_ready(w);
}

/* At the end of the call that was made on the copy. */
static void
wait_done(struct task *t, struct arch_regs *regs, void *arg)
{
	struct table_wait *w = arg;
	int64_t ret = arch_regs_ret(regs);
	bool again = ret >= RESTARTS_FROM && ret <= RESTARTS_TO;

	if (ret >= 0 || again) {
		ask_tables(w);
		if (is_ready(w) || ret >= 0)
			ret = (w->is_select ? select_collect : poll_collect)
				(t, w, ret >= 0);
		else
			ret = -ERESTARTNOHAND;	/* from its beginning */
	}
	guestroom_return(t, &w->room);
	*regs = w->regs;
	arch_regs_set_ret(regs, ret);
	t->table_wait = NULL;
	table_wait_free(w);
}

/* Puts the copy, without the tables, where the kernel is to find it. */
static int
lay_out(struct task *t, struct table_wait *w, const void *copy, size_t size,
	bool at_once)
{
	static const struct timespec zero;
	int err = guestroom_take(t, &w->room, size + sizeof(zero));

	if (err == 0)
		err = guest_write(t, w->room.at, copy, size);
	if (err == 0 && at_once)
		err = guest_write(t, w->room.at + size, &zero, sizeof(zero));
	return err;
}

static int
wait_begin(struct call *c, struct table_wait *w)
{
	c->task->table_wait = w;
	return reply_rewrite(c, wait_done, w);
}

static int
as_it_stands(struct call *c, struct table_wait *w)
{
	table_wait_free(w);
	return reply_rewrite(c, NULL, NULL);
}

int
sys_poll(struct call *c)
{
	bool is_ppoll = c->rq.sc == SC_ppoll;
	struct table_wait *w = wait_new();
	struct arch_regs *regs;
	size_t size;
	bool ready;

	if (!w)
		return -ENOMEM;
	w->nr = (uint32_t)c->rq.arg[1];
	w->addr[0] = c->rq.arg[0];
	size = w->nr * sizeof(struct pollfd);
	if (w->nr == 0 || w->nr > NAMES_MAX ||
	    guest_read(c->task, w->fds, w->addr[0], size) < 0 ||
	    !poll_find_tables(c->task, w))
		return as_it_stands(c, w);
	ask_tables(w);
	ready = poll_is_ready(w);
	for (unsigned int i = 0; i < w->nr_tables; i++)
		w->fds[w->table[i].at].fd = -1;
	if (lay_out(c->task, w, w->fds, size, ready) < 0)
		return as_it_stands(c, w);
	regs = trace_regs(c);
	w->regs = *regs;
	arch_regs_set_arg(regs, 0, w->room.at);
	if (ready)
		arch_regs_set_arg(regs, 2, is_ppoll ? w->room.at + size : 0);
	return wait_begin(c, w);
}

int
sys_select(struct call *c)
{
	struct table_wait *w = wait_new();
	uint64_t copy[SETS * SET_WORDS] = { 0 };
	struct arch_regs *regs;
	size_t size;
	bool ready;

	if (!w)
		return -ENOMEM;
	w->is_select = true;
	w->nr = (uint32_t)c->rq.arg[0];
	if (w->nr == 0 || w->nr > NAMES_MAX)
		return as_it_stands(c, w);
	size = set_size(w);
	for (int s = 0; s < SETS; s++) {
		w->addr[s] = c->rq.arg[1 + s];
		if (w->addr[s] &&
		    guest_read(c->task, w->set[s], w->addr[s], size) < 0)
			return as_it_stands(c, w);
	}
	if (!select_find_tables(c->task, w))
		return as_it_stands(c, w);
	ask_tables(w);
	ready = select_is_ready(w);
	for (int s = 0; s < SETS; s++) {
		uint64_t *to = copy + (size_t)s * size / 8;

		memcpy(to, w->set[s], size);
		for (unsigned int i = 0; i < w->nr_tables; i++)
			to[w->table[i].at / 64] &=
				~(1ULL << (w->table[i].at % 64));
	}
	if (lay_out(c->task, w, copy, SETS * size, ready) < 0)
		return as_it_stands(c, w);
	regs = trace_regs(c);
	w->regs = *regs;
	for (unsigned int s = 0; s < SETS; s++)
		if (w->addr[s])
			arch_regs_set_arg(regs, 1 + s, w->room.at + s * size);
	if (ready)
		arch_regs_set_arg(regs, 4, w->room.at + SETS * size);
	return wait_begin(c, w);
}

/* --- the rest -------------------------------------------------------------- */

int
sys_epoll_ctl(struct call *c)
{
	struct tablefile *f = tablefile_find(c->task, (int)c->rq.arg[2], true);
	int op = (int)c->rq.arg[1], err = 0;
	struct epoll_event ev = { 0 };
	AUTO_FD epoll = -1;

	if (!f)
		return reply_rewrite(c, NULL, NULL);
	if (op != EPOLL_CTL_DEL &&
	    guest_read(c->task, &ev, c->rq.arg[3], sizeof(ev)) < 0)
		err = -EFAULT;
	if (err == 0)
		err = call_take_fd(c, (int)c->rq.arg[0], &epoll);
	if (err == 0)
		err = tablefile_epoll(f, epoll, op, &ev);
	tablefile_put(f);
	return err;
}

/* lseek() and pread() to the start. */
int
sys_reread(struct call *c)
{
	int fd = (int)c->rq.arg[0];
	struct tablefile *f = tablefile_find(c->task, fd, false);

	if (f)
		tablefile_refresh(c, f, fd);
	tablefile_put(f);
	return reply_rewrite(c, NULL, NULL);
}
