/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dispatch.h - a mediated system call, from arrival to answer.
 *
 * A handler is `int sys_xxx(struct call *c)`.  It does not know which route
 * brought the call.  It reads its arguments from c->rq (normalised: open is
 * openat), copies guest memory in once through guestmem.h, calls one vfs_
 * function and says what the answer is by its return value:
 *
 *   >= 0 or -errno                the value of the system call
 *   reply_fd(c, fd, fdflags)      install `fd` (consumed) in the guest; the
 *                                 call returns the new number.  fdflags:
 *                                 O_CLOEXEC or 0.  O_PATH descriptors only
 *                                 on calls that come by trace or trap.
 *   reply_native(c)               let the kernel execute the call as it
 *                                 stands.  Only for rows without any pointer
 *                                 argument (checked against the table;
 *                                 a violation kills the guest).
 *   reply_rewrite(c, regs)        (trace routes only) run the call with
 *                                 these registers; see trace.h
 *   reply_defer(c, fn)            fn(c) runs on a helper thread, which may
 *                                 block; its return value is the answer.
 *                                 Guest memory may be read again only
 *                                 through what the call has copied in.
 *   reply_kill(c, why)            an invariant is broken: the guest dies,
 *                                 the reason is logged.
 *
 * struct call lives in its thread's storage (a deferred call is copied to
 * the heap); the task in it and its fs-context are referenced for the whole
 * call, which goes on when the caller is killed.
 */
#ifndef SUPERVISOR_DISPATCH_H
#define SUPERVISOR_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/sysreq.h"
#include "supervisor/dirfds.h"
#include "supervisor/guestmem.h"
#include "vfs/vfs.h"

struct task;
struct sandbox;

enum via { VIA_NOTIFY, VIA_TRACE, VIA_TRAP };

/* What the handlers return for "the answer is in c->reply"; outside the
 * range of errno and of values. */
#define REPLY_SPECIAL	(-100000)

enum reply_kind {
	REPLY_VALUE, REPLY_FD, REPLY_NATIVE, REPLY_REWRITE, REPLY_DEFER,
	REPLY_NONE,			/* the guest is gone, or has it */
};

struct call {
	struct sandbox *sb;
	struct task *task;		/* the caller, referenced */
	struct fscontext *fs;		/* counted: where it looks from even
					 * if it ends meanwhile */
	struct sysreq rq;
	enum via via;
	uint64_t notif_id;		/* VIA_NOTIFY */
	struct {
		enum reply_kind kind;
		int fd;
		unsigned int fd_flags;
		bool fd_readonly;	/* FD: it is open for reading only */
		struct dirfd_note note;	/* FD: what it stands for, if known */
		int (*defer)(struct call *c);
	} reply;
	/* Two path buffers of PATH_MAX bytes, of this thread. */
	char *path[2];
	/* Per-family private data carried over a defer; free()d afterwards. */
	void *priv;
	/* Set on a helper thread: a signal waits for the guest.  A blocking
	 * call gets EINTR then, again and again; -EINTR as the answer becomes
	 * a restart or an EINTR as the signal's handler wants it. */
	volatile bool *interrupted;
	int deferred_ret;		/* what a helper thread found */
};

typedef int sys_handler(struct call *c);

int reply_fd(struct call *c, int fd, unsigned int fd_flags);
int reply_native(struct call *c);
int reply_defer(struct call *c, sys_handler *fn);
int reply_kill(struct call *c, const char *why);

/*
 * Finds the row's handler and runs it, with tracing (--trace).  Returns
 * what the handler returned.  `c->rq` is decoded already.
 */
int dispatch_call(struct call *c);

/* --- helpers that nearly every handler needs (supervisor/callpath.c) ----- */

/*
 * The caller's view for vfs_ calls, with root and cwd referenced until
 * call_ctx_put().  Cheap: no allocation.
 */
void call_ctx(struct call *c, struct vfs_ctx *ctx);
void call_ctx_put(struct vfs_ctx *ctx);

/*
 * Copies the path at argument `arg` into c->path[slot].  0, -EFAULT,
 * -ENAMETOOLONG (as getname(): PATH_MAX with the NUL); an empty path is
 * -ENOENT unless LOOK_EMPTY is in `look`.
 */
int call_path(struct call *c, int slot, uint64_t addr, unsigned int look);

/*
 * Completes `at` for (dirfd, path in slot): base is NULL for AT_FDCWD and
 * absolute names; otherwise the place of the guest's descriptor is looked
 * up (-EBADF, -ENOTDIR) and *held, to be dropped with path_put().  For
 * LOOK_EMPTY with an empty name see call_empty_fd().
 */
int call_at(struct call *c, struct vfs_ctx *ctx, int dirfd, int slot,
	    unsigned int look, struct vfs_at *at, struct path *held);

/*
 * AT_EMPTY_PATH on any kind of descriptor: a supervisor-side duplicate of
 * the guest's descriptor `fd` (or of the cwd for AT_FDCWD: O_PATH).
 * -EBADF.  The caller closes it.  See dirfds.h for the place it stands for.
 */
int call_dup_fd(struct call *c, int fd, int *out);
/*
 * A duplicate of the very open file, whatever it is, for calls that act on it.
 * Not in a deferred part.  Where pidfd_getfd() is refused such calls come by
 * trace (cfg->no_getfd in syscalls.def).  -EBADF.
 */
int call_take_fd(struct call *c, int fd, int *out);

#endif
