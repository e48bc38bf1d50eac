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
	struct elf_image prog, interp;
	uint8_t head[EXEC_HEAD_SIZE];
};

static void
chain_fini(struct chain *ch)
{
	exec_file_fini(&ch->file);
	plan_args_fini(&ch->args);
	elf_fini(&ch->prog);
	elf_fini(&ch->interp);
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

/* As prepare_binprm(): what is not there is zero. */
static int
read_head(struct chain *ch)
{
	size_t done = 0;
	ssize_t n;

	memset(ch->head, 0, sizeof(ch->head));
	while (done < sizeof(ch->head)) {
		n = pread(ch->file.fd, ch->head + done,
			  sizeof(ch->head) - done, (off_t)done);
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return 0;
}

/* One script: moves on to its interpreter. */
static int
load_script(struct chain *ch, unsigned int depth)
{
	struct exec_file next = EXEC_FILE_INIT;
	struct script_line line;
	int err;

	err = script_parse(ch->head, &line);
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

	err = open_exec(ch, ch->prog.interp, out);
	if (err < 0)
		return err;
	err = elf_read_interp(out->fd, ARCH_ELF_MACHINE, &ch->interp);
	if (err < 0)
		return err;
	return elf_read_properties(out->fd, &ch->interp);
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

static int
make_plan(struct chain *ch, struct exec_plan **out)
{
	struct plan_input in = {
		.program = &ch->prog,
		.interp = ch->prog.interp ? &ch->interp : NULL,
		.args = &ch->args, .execfn = ch->rq->filename,
		.flags = layout.flags,
	};
	uint64_t random[2] = { 0, 0 };
	char comm[16];

	if (getrandom(random, sizeof(random), GRND_NONBLOCK) < 0)
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

	err = elf_read_program(ch->file.fd, ch->head, ARCH_ELF_MACHINE,
			       &ch->prog);
	if (err < 0)
		return err;
	if (ch->prog.interp)
		err = load_interp(ch, &interp);
	else
		err = elf_read_properties(ch->file.fd, &ch->prog);
	if (err == 0)
		err = make_plan(ch, &x->plan);
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
		err = read_head(ch);
		if (err < 0)
			return err;
		if (!script_is_magic(ch->head))
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
