/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/idfilter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "arch/arch.h"
#include "supervisor/filter.h"
#include "supervisor/guestmem.h"
#include "supervisor/guestroom.h"
#include "supervisor/log.h"
#include "supervisor/sandbox.h"
#include "supervisor/trace_priv.h"

/* As it will lie in guest memory: the header, then the program. */
struct idfilter {
	size_t size;
	struct sock_fprog head;
	struct sock_filter insn[];
};

/* What `cfg` decides otherwise than the filter that is on already. */
static struct idfilter *
make(const struct sandbox *sb, struct filter_config cfg)
{
	struct sock_fprog prog = { .len = 0 };
	struct idfilter *f;

	cfg.ptrace_backend = true;
	cfg.over = sb->filter;
	if (filter_build(&cfg, &prog) < 0)
		return NULL;
	f = calloc(1, sizeof(*f) + prog.len * sizeof(f->insn[0]));
	if (f) {
		f->size = sizeof(f->head) + prog.len * sizeof(f->insn[0]);
		f->head.len = prog.len;
		memcpy(f->insn, prog.filter, prog.len * sizeof(f->insn[0]));
	}
	filter_free(&prog);
	return f;
}

static int
install(struct task *t, struct idfilter *f, unsigned int flags)
{
	struct guestroom room = GUESTROOM_INIT;
	int64_t ret;
	int err;

	err = guestroom_take(t, &room, f->size);
	if (err < 0)
		return err;
	f->head.filter = (struct sock_filter *)(uintptr_t)
			 (room.at + sizeof(f->head));
	ret = guest_write(t, room.at, &f->head, f->size);
	if (ret == 0)
		ret = trace_inject(t, SYS_seccomp, (uint64_t[6]){
			SECCOMP_SET_MODE_FILTER,
			SECCOMP_FILTER_FLAG_SPEC_ALLOW | flags, room.at });
	guestroom_return(t, &room);
	return (int)ret;
}

/*
 * Of a user namespace's ids nothing depends.  In a nest the filter also keeps
 * stat of descriptors from what only the sandbox outside shows.
 */
static void
refuse(struct task *t, int err)
{
	log_info("thread %d is shown its real ids: %s", t->tid,
		 log_errno(err));
	if (t->nest)
		kill(t->tgid, SIGKILL);
}

void
idfilter_install(struct task *t)
{
	struct sandbox *sb = t->sb;
	int err;

	if (t->id_filtered ||
	    (sb->filter->emulate_ids && sb->filter->emulate_uname))
		return;
	if (!sb->idfilter) {
		struct filter_config cfg = *sb->filter;

		cfg.emulate_ids = cfg.emulate_uname = true;
		sb->idfilter = make(sb, cfg);
	}
	err = sb->idfilter ? install(t, sb->idfilter, 0) : -ENOMEM;
	if (err < 0)
		refuse(t, err);
	else
		t->id_filtered = true;
}

static bool
mark_one(struct task *t, void *arg)
{
	if (t->tgid == *(pid_t *)arg)
		t->table_filtered = true;
	return false;
}

void
idfilter_install_tables(struct task *t)
{
	struct sandbox *sb = t->sb;
	pid_t tgid = t->tgid;
	int err;

	if (t->table_filtered || sb->filter->mount_tables)
		return;
	if (!sb->tablefilter) {
		struct filter_config cfg = *sb->filter;

		cfg.mount_tables = true;
		sb->tablefilter = make(sb, cfg);
	}
	if (!sb->tablefilter)
		return;
	/* A number is the thread that has filters which we have not. */
	err = install(t, sb->tablefilter, SECCOMP_FILTER_FLAG_TSYNC);
	if (err == 0)
		task_for_each(sb, mark_one, &tgid);
	else if (err > 0)
		err = install(t, sb->tablefilter, 0);
	if (err < 0)
		log_info("thread %d cannot wait for mounts: %s", t->tid,
			 log_errno(err));
	else
		t->table_filtered = true;
}

void
idfilter_free(struct sandbox *sb)
{
	free(sb->idfilter);
	sb->idfilter = NULL;
	free(sb->tablefilter);
	sb->tablefilter = NULL;
}
