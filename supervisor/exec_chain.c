/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the file that a guest names to a plan: exec_binprm(), load_script()
 * and the first half of load_elf_binary(), Linux 6.18.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/creds.h"
#include "supervisor/exec_state.h"
#include "supervisor/script.h"
#include "supervisor/task.h"
#include "supervisor/userns.h"

#define SCRIPTS_MAX	5		/* exec_binprm() */
#define BRK_RANDOM	((UINT64_C(1) << 30) - 1)  /* arch_randomize_brk() */

/* What the host's kernel randomises; asked once. */
static struct {
	uint32_t flags;			/* PLAN_RANDOM_* */
	uint64_t mmap_mask;
} layout;
static pthread_once_t layout_once = PTHREAD_ONCE_INIT;

static void
find_layout(void)
{
	AUTO_FILE FILE *f = fopen("/proc/sys/kernel/randomize_va_space", "re");
	struct arch_layout l;
	int level = 2;

	if (f && fscanf(f, "%d", &level) != 1)
		level = 2;
	if (level >= 1)
		layout.flags |= PLAN_RANDOM_MMAP;
	if (level >= 2)
		layout.flags |= PLAN_RANDOM_BRK;
	arch_layout_find(&l);
	layout.mmap_mask = (UINT64_C(1) << l.rnd_bits) - 1;
}

/* What is collected on the way. */
struct chain {
	struct call *c;
	const struct vfs_ctx *ctx;
	struct exec_request *rq;
	struct exec_file file;		/* where we are */
	struct plan_args args;
};

static void
chain_fini(struct chain *ch)
{
	exec_file_fini(&ch->file);
	plan_args_fini(&ch->args);
}

/* open_exec(): relative to the cwd; an empty name is the cwd itself, which
 * is a directory. */
static int
open_exec(struct chain *ch, const char *name, struct exec_file *out)
{
	struct vfs_at at = { .name = name, .flags = LOOK_FOLLOW };

	if (!*name)
		return -EACCES;
	return exec_file_open(ch->ctx, &at, out);
}

/* One script: moves on to its interpreter. */
static int
load_script(struct chain *ch, unsigned int depth)
{
	struct exec_file next = EXEC_FILE_INIT;
	uint8_t head[EXEC_HEAD_SIZE];
	struct script_line line;
	int err;

	memcpy(head, ch->file.image->head, sizeof(head));
	err = script_parse(head, &line);
	if (err < 0)
		return err;
	if (ch->rq->inaccessible)
		return -ENOENT;
	/* The one too many is opened, but never run. */
	if (depth < SCRIPTS_MAX) {
		if (depth == 0)
			err = plan_args_push(&ch->args, ch->rq->filename);
		if (err == 0 && line.arg)
			err = plan_args_push(&ch->args, line.arg);
		if (err == 0)
			err = plan_args_push(&ch->args, line.interp);
		if (err < 0)
			return err;
	}
	err = open_exec(ch, line.interp, &next);
	if (err < 0)
		return err;
	exec_file_move(&ch->file, &next);
	return 0;
}

static int
load_interp(struct chain *ch, struct exec_file *out)
{
	int err;

	err = open_exec(ch, ch->file.image->program.interp, out);
	if (err < 0)
		return err;
	return exec_image_read_interp(out->image);
}

static void
fill_ids(struct chain *ch, struct plan_input *in)
{
	struct creds *cr = task_creds_get(ch->c->task);

	if (creds_is_mapped(cr)) {
		in->flags |= PLAN_IDS;
		in->ids[0] = userns_uid_out(cr->user_ns, cr->uid);
		in->ids[1] = userns_uid_out(cr->user_ns, cr->euid);
		in->ids[2] = userns_gid_out(cr->user_ns, cr->gid);
		in->ids[3] = userns_gid_out(cr->user_ns, cr->egid);
	}
	creds_put(cr);
}

/* The name that the thread gets, as begin_new_exec(). */
static void
find_comm(const struct chain *ch, char *comm, size_t size)
{
	const char *base = strrchr(ch->rq->filename, '/');

	if (ch->rq->name_from_fd)
		exec_file_name(&ch->file, comm, size);
	else
		snprintf(comm, size, "%s", base ? base + 1 : ch->rq->filename);
}

/* Fetched for many programs at once; used bits are wiped. */
static bool
take_random(uint64_t out[2])
{
	static uint64_t pool[32];
	static size_t left;

	if (left == 0) {
		if (getrandom(pool, sizeof(pool), GRND_NONBLOCK) !=
		    (ssize_t)sizeof(pool))
			return false;
		left = sizeof(pool) / sizeof(pool[0]);
	}
	for (int i = 0; i < 2; i++) {
		out[i] = pool[--left];
		pool[left] = 0;
	}
	return true;
}

static int
make_plan(struct chain *ch, const struct exec_file *interp,
	  struct exec_plan **out)
{
	struct plan_input in = {
		.program = &ch->file.image->program,
		.interp = interp->image ? &interp->image->interp : NULL,
		.args = &ch->args, .execfn = ch->rq->filename,
		.flags = layout.flags,
	};
	uint64_t random[2] = { 0, 0 };
	char comm[16];

	if (!take_random(random))
		in.flags &= ~(uint32_t)(PLAN_RANDOM_MMAP | PLAN_RANDOM_BRK);
	in.random_mmap = random[0] & layout.mmap_mask;
	in.random_brk = random[1] & BRK_RANDOM;
	find_comm(ch, comm, sizeof(comm));
	in.comm = comm;
	fill_ids(ch, &in);
	return plan_build(&in, out);
}

static int
load_elf(struct chain *ch, struct exec_state *x)
{
	struct exec_file interp = EXEC_FILE_INIT;
	int err;

	err = exec_image_read_program(ch->file.image);
	if (err < 0)
		return err;
	if (ch->file.image->program.interp)
		err = load_interp(ch, &interp);
	if (err == 0)
		err = make_plan(ch, &interp, &x->plan);
	if (err < 0) {
		exec_file_fini(&interp);
		return err;
	}
	exec_file_move(&x->program, &ch->file);
	exec_file_move(&x->interp, &interp);
	return 0;
}

static int
follow(struct chain *ch, struct exec_state *x)
{
	unsigned int depth;
	int err;

	for (depth = 0; depth <= SCRIPTS_MAX; depth++) {
		err = exec_image_read_head(ch->file.image);
		if (err < 0)
			return err;
		if (!script_is_magic(ch->file.image->head))
			return load_elf(ch, x);
		err = load_script(ch, depth);
		if (err < 0)
			return err;
	}
	return -ELOOP;
}

int
exec_chain(struct call *c, const struct vfs_ctx *ctx,
	   struct exec_request *rq, struct exec_state *x)
{
	struct chain ch = { .c = c, .ctx = ctx, .rq = rq,
			    .file = EXEC_FILE_INIT };
	int err;

	pthread_once(&layout_once, find_layout);
	exec_file_move(&ch.file, rq->file);
	err = follow(&ch, x);
	chain_fini(&ch);
	return err;
}
