/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/sigsender.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/idmap.h"
#include "supervisor/task.h"

/* Notes of signals that were never delivered (ignored ones) are overwritten
 * in the end; there need only be room for those under way. */
#define NOTES 256

struct note {
	pid_t to, from;
	int sig;			/* 0: free */
};

static struct {
	pthread_mutex_t lock;
	struct note note[NOTES];
	unsigned int next;
} notes = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* The oldest note for this signal, or NULL. */
static struct note *
find_locked(pid_t to, int sig)
{
	for (unsigned int i = 0; i < NOTES; i++) {
		struct note *n = &notes.note[(notes.next + i) % NOTES];

		if (n->sig == sig && n->to == to)
			return n;
	}
	return NULL;
}

void
sigsender_note(pid_t to, int sig, pid_t from)
{
	struct note *n = NULL;

	if (sig <= 0)
		return;
	pthread_mutex_lock(&notes.lock);
	/* Real-time signals queue; of the others one is pending at a time. */
	if (sig < SIGRTMIN)
		n = find_locked(to, sig);
	if (!n) {
		n = &notes.note[notes.next];
		notes.next = (notes.next + 1) % NOTES;
	}
	*n = (struct note){ .to = to, .from = from, .sig = sig };
	pthread_mutex_unlock(&notes.lock);
}

static bool
fix_sender(pid_t to, siginfo_t *info)
{
	struct note *n;

	if (info->si_pid != getpid())
		return false;
	pthread_mutex_lock(&notes.lock);
	n = find_locked(to, info->si_signo);
	info->si_pid = n ? n->from : 0;
	if (n)
		memset(n, 0, sizeof(*n));
	pthread_mutex_unlock(&notes.lock);
	return true;
}

bool
sigsender_fix(struct task *t, siginfo_t *info)
{
	uid_t uid = info->si_uid;
	bool child = info->si_signo == SIGCHLD && info->si_code > 0;
	bool changed = false;

	if (!child && info->si_code != SI_USER && info->si_code != SI_TKILL)
		return false;
	if (!child)
		changed = fix_sender(t->tgid, info);
	info->si_uid = idmap_uid_out(t, uid);
	return changed || info->si_uid != uid;
}
