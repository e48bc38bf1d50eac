/* SPDX-License-Identifier: Apache-2.0 */
/*
 * execve and execveat.
 *
 *	guest		execve("prog")		tracer stop
 *	tracer		exec_file, exec_chain	errors are answered at once
 *			the call becomes execve(stub), with the guest's own
 *			argv and envp
 *	kernel		failure (E2BIG, EFAULT...): exit stop, all registers
 *			are put back
 *			success: PTRACE_EVENT_EXEC; the executable is verified
 *	stub		magic call		notification
 *	notify		program and interpreter are installed, the plan written
 *	stub		maps them and jumps
 *
 * The stub's path stands in the guest's memory: see place_name().  Another
 * thread can overwrite it: then the kernel execs something else, and
 * EVENT_EXEC finds out before the first instruction of it has run.
 *
 * Where the path cannot be used (no such file in the guest's real root, no
 * memory below the stack pointer) the guest is given a descriptor of a copy
 * of the stub and the call becomes execveat(fd, "", AT_EMPTY_PATH).
 *
 * The state belongs to the tracer until EVENT_EXEC; then it hangs in
 * task->stub_waits, and belongs to who takes it out.
 */
#include "supervisor/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/channel.h"
#include "supervisor/creds.h"
#include "supervisor/exec_state.h"
#include "supervisor/filesystems.h"
#include "supervisor/handlers.h"
#include "supervisor/log.h"
#include "supervisor/sandbox.h"
#include "supervisor/stubfile.h"
#include "supervisor/sys/pathref.h"
#include "supervisor/trace.h"

#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK	0x10000		/* Linux 6.14 */
#endif

/* Set for good when the kernel did not find the stub by its path. */
static _Atomic bool path_unreachable;

struct exec_state *
exec_state_new(void)
{
	struct exec_state *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->stub_fd = -1;
	return x;
}

void
exec_state_free(struct exec_state *x)
{
	if (!x)
		return;
	exec_file_fini(&x->program);
	exec_file_fini(&x->interp);
	free(x->plan);
	free(x);
}

void
exec_drop(struct task *t)
{
	exec_state_free(t->exec);
	t->exec = NULL;
	exec_state_free(atomic_exchange(&t->stub_waits, NULL));
}

/* ---------------------------------------------------- the call's rewriting */

/* Errors that cannot come from the guest's argv and envp. */
static bool
stub_was_not_found(int64_t ret)
{
	return ret == -ENOENT || ret == -EACCES || ret == -ENOTDIR ||
	       ret == -ELOOP || ret == -EPERM || ret == -ENOEXEC;
}

/* The rewritten call has failed: nothing has happened. */
static void
exec_failed(struct task *t, struct arch_regs *regs, void *arg)
{
	struct exec_state *x = arg;
	int64_t ret = arch_regs_ret(regs);
	int nr = arch_regs_nr(&x->saved);

	if (x->stub_fd >= 0)
		trace_inject(t, __NR_close,
			     (uint64_t[6]){ (uint64_t)x->stub_fd });
	*regs = x->saved;
	if (x->by_path && stub_was_not_found(ret)) {
		/* Once more from the start, by descriptor. */
		log_info("the loader stub is not to be had by its path in the"
			 " guest: %s", log_errno((int)ret));
		path_unreachable = true;
		arch_regs_rewind(regs, nr);
	} else if (arch_is_restart(ret)) {
		arch_regs_rewind(regs, nr);
	} else {
		arch_regs_set_ret(regs, ret);
	}
	exec_state_free(x);
	t->exec = NULL;
}

/* What one of the two calls asks for. */
struct exec_args {
	int dirfd;
	uint64_t path, argv, envp;
	unsigned int flags;
	size_t path_len;
};

/*
 * The address of a name of the stub in the guest, or 0.  In an empty real
 * root the last byte of the guest's own path is one (filesystems.h).  Else
 * the name is written below the stack, where a signal frame might stand.
 */
static uint64_t
place_name(struct call *c, const struct arch_regs *regs,
	   const struct exec_args *a)
{
	const char *path = c->sb->stub_path, *given = c->path[0];
	size_t len = strlen(path) + 1;
	uint64_t at;

	if (c->sb->empty_root && a->path_len &&
	    strchr(STUB_NAMES, given[a->path_len - 1]))
		return a->path + a->path_len - 1;
	at = arch_regs_sp(regs) - ARCH_RED_ZONE - 64 - len;
	at &= ~(uint64_t)(ARCH_STACK_ALIGN - 1);
	return guest_write(c->task, at, path, len) < 0 ? 0 : at;
}

/* Names the stub: 0, or -EFAULT when there is no memory for the name. */
static int
name_stub(struct call *c, struct arch_regs *regs, const struct exec_args *a)
{
	uint64_t at = place_name(c, regs, a);

	if (!at)
		return -EFAULT;
	arch_regs_set_nr(regs, __NR_execve);
	arch_regs_set_arg(regs, 0, at);
	arch_regs_set_arg(regs, 1, a->argv);
	arch_regs_set_arg(regs, 2, a->envp);
	return 0;
}

/* Passes the stub; `empty`: the address of a NUL in the guest. */
static int
pass_stub(struct call *c, struct arch_regs *regs, uint64_t empty,
	  uint64_t argv, uint64_t envp)
{
	struct task *t = c->task;
	int copy = stub_copy(c->sb->stub_fd);
	int64_t fd;

	if (copy < 0)
		return copy;
	fd = trace_give_fd(t, copy, O_CLOEXEC);
	if (fd < 0)
		return (int)fd;
	t->exec->stub_fd = (int)fd;
	arch_regs_set_nr(regs, __NR_execveat);
	arch_regs_set_arg(regs, 0, (uint64_t)fd);
	arch_regs_set_arg(regs, 1, empty);
	arch_regs_set_arg(regs, 2, argv);
	arch_regs_set_arg(regs, 3, envp);
	arch_regs_set_arg(regs, 4, AT_EMPTY_PATH);
	return 0;
}

/* Takes over x. */
static int
start_stub(struct call *c, const struct exec_args *a, struct exec_state *x)
{
	struct arch_regs *regs = trace_regs(c);
	int err;

	exec_drop(c->task);
	c->task->exec = x;
	x->phase = EXEC_REWRITTEN;
	x->saved = *regs;
	x->by_path = c->sb->stub_path && !path_unreachable &&
		     name_stub(c, regs, a) == 0;
	if (!x->by_path) {
		err = pass_stub(c, regs, a->path + a->path_len, a->argv,
				a->envp);
		if (err < 0) {
			*regs = x->saved;
			exec_drop(c->task);
			return err;
		}
	}
	return reply_rewrite(c, exec_failed, x);
}

/* ------------------------------------------------------- finding the file */

/* bprm->filename, malloc'ed. */
static char *
name_of_program(const struct exec_args *a, const char *path)
{
	char *name = NULL;
	int n;

	if (a->dirfd == AT_FDCWD || path[0] == '/')
		return strdup(path);
	if (path[0] == '\0')
		n = asprintf(&name, "/dev/fd/%d", a->dirfd);
	else
		n = asprintf(&name, "/dev/fd/%d/%s", a->dirfd, path);
	return n < 0 ? NULL : name;
}

static int
open_named(struct call *c, const struct vfs_ctx *ctx, const struct exec_args *a,
	   struct exec_file *out)
{
	struct path held = { NULL, NULL };
	struct vfs_ctx borrowed = *ctx;
	struct vfs_at at;
	int err;

	if (c->path[0][0] == '\0')
		return exec_file_open_fd(c, ctx, a->dirfd, out);
	memset(&at, 0, sizeof(at));
	err = call_at(c, &borrowed, a->dirfd, 0,
		      (a->flags & AT_SYMLINK_NOFOLLOW) ? 0 : LOOK_FOLLOW, &at,
		      &held);
	if (err < 0)
		return err;
	err = exec_file_open(ctx, &at, out);
	path_put(&held);
	return err;
}

/* The whole of it, up to the plan; what the format is to blame for comes
 * after what argv and envp are. */
static int
prepare(struct call *c, const struct exec_args *a, struct exec_state *x)
{
	const char *path = c->path[0];
	bool relative = a->dirfd != AT_FDCWD && path[0] != '/';
	AUTO_FREE char *name = name_of_program(a, path);
	struct exec_file file = EXEC_FILE_INIT;
	struct exec_request rq = { .file = &file, .filename = name,
		.name_from_fd = path[0] == '\0' };
	AUTO_CTX ctx;
	int err, args;

	call_ctx(c, &ctx);
	if (!name)
		return -ENOMEM;
	err = open_named(c, &ctx, a, &file);
	if (err < 0)
		return err;
	rq.inaccessible = relative && exec_fd_is_cloexec(c->task, a->dirfd);
	if (a->flags & AT_EXECVE_CHECK) {
		exec_file_fini(&file);
		return exec_args_check(c->task, a->argv, a->envp);
	}
	err = exec_chain(c, &ctx, &rq, x);
	if (err == 0)
		return 0;
	args = exec_args_check(c->task, a->argv, a->envp);
	return args < 0 ? args : err;
}

static int
do_exec(struct call *c, struct exec_args *a)
{
	struct exec_state *x;
	int err;

	err = call_path(c, 0, a->path,
			(a->flags & AT_EMPTY_PATH) ? LOOK_EMPTY : 0);
	if (err < 0)
		return err;
	if (a->flags & ~(unsigned int)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH |
				       AT_EXECVE_CHECK))
		return -EINVAL;
	a->path_len = strlen(c->path[0]);
	x = exec_state_new();
	if (!x)
		return -ENOMEM;
	err = prepare(c, a, x);
	if (err < 0 || (a->flags & AT_EXECVE_CHECK)) {
		exec_state_free(x);
		return err;
	}
	return start_stub(c, a, x);
}

int
sys_execve(struct call *c)
{
	struct exec_args a = {
		.dirfd = AT_FDCWD, .path = c->rq.arg[0], .argv = c->rq.arg[1],
		.envp = c->rq.arg[2],
	};

	return do_exec(c, &a);
}

int
sys_execveat(struct call *c)
{
	struct exec_args a = {
		.dirfd = (int)c->rq.arg[0], .path = c->rq.arg[1],
		.argv = c->rq.arg[2], .envp = c->rq.arg[3],
		.flags = (unsigned int)c->rq.arg[4],
	};

	return do_exec(c, &a);
}

/* --------------------------------------------------------------- the event */

/* The name of the stub was in memory that others may have written. */
static int
verify_stub(const struct task *t)
{
	const struct sandbox *sb = t->sb;
	char name[32];
	struct stat st;
	bool ours;

	/* Whatever they wrote, the kernel finds nothing else there. */
	if (t->exec->by_path && sb->empty_root)
		return 0;
	snprintf(name, sizeof(name), "/proc/%d/exe", t->tid);
	if (stat(name, &st) < 0)
		return -errno;
	ours = t->exec->by_path ?
	       st.st_dev == sb->stub_dev && st.st_ino == sb->stub_ino :
	       stub_copy_is(st.st_dev, st.st_ino);
	if (!ours) {
		log_error("a guest made the kernel execute something else than"
			  " the loader stub: killing it");
		return -EPERM;
	}
	return 0;
}

int
exec_event(struct task *t)
{
	struct exec_state *x = t->exec;
	struct creds *old, *creds;
	struct mm *mm;
	int err;

	if (!x || x->phase != EXEC_REWRITTEN)
		return -EPERM;
	err = verify_stub(t);
	if (err < 0)
		return err;
	mm = mm_new();
	if (!mm)
		return -ENOMEM;
	old = task_creds_get(t);
	err = creds_exec(old, &creds);
	creds_put(old);
	if (err < 0) {
		mm_put(mm);
		return err;
	}
	mm->exe = x->program.where;
	x->program.where = (struct path){ NULL, NULL };
	task_set_mm(t, mm);
	task_set_creds(t, creds);
	t->exec = NULL;
	x->phase = EXEC_PLANNED;
	exec_state_free(atomic_exchange(&t->stub_waits, x));
	return 0;
}
