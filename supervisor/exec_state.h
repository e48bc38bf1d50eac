/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_state.h - an exec in progress, private to the exec*.c files.
 *
 *	exec_file.c	finds and opens one file that is to be executed
 *	exec_image.c	such a file and what is known of it, kept for a while
 *	exec_chain.c	from the named file through scripts to ELF images: the
 *			whole of what can fail before the point of no return
 *	exec_args.c	what the kernel says of bad argv and envp
 *	exec.c		the calls and the event
 *	exec_stub.c	the answers to the stub
 */
#ifndef SUPERVISOR_EXEC_STATE_H
#define SUPERVISOR_EXEC_STATE_H

#include <stdbool.h>
#include <sys/resource.h>

#include "arch/arch.h"
#include "supervisor/dispatch.h"
#include "supervisor/exec_image.h"
#include "supervisor/planbuild.h"

/* An executable file and its place, which has no mount when the file has no
 * name in the sandbox (a memfd). */
struct exec_file {
	struct exec_image *image;	/* counted, or NULL */
	struct path where;		/* counted */
};

#define EXEC_FILE_INIT	{ .image = NULL }

void exec_file_fini(struct exec_file *f);
void exec_file_move(struct exec_file *to, struct exec_file *from);

/*
 * As do_open_execat() with a name: looks it up and opens it.  The errors of
 * the walk; -ELOOP for a symbolic link that is not to be followed; -EACCES:
 * no regular file, no x permission, a noexec mount, not readable;
 * -ETXTBSY: open for writing.
 */
int exec_file_open(const struct vfs_ctx *ctx, const struct vfs_at *at,
		   struct exec_file *out);
/* The same for a descriptor of the guest's (AT_EMPTY_PATH). */
int exec_file_open_fd(struct call *c, const struct vfs_ctx *ctx, int fd,
		      struct exec_file *out);
/* Is close-on-exec set on the guest's descriptor? */
bool exec_fd_is_cloexec(const struct task *t, int fd);
/* The last component of the name the host knows an open file by. */
void exec_file_name(const struct exec_file *f, char *buf, size_t size);

enum exec_phase {
	EXEC_REWRITTEN,		/* the kernel execs the stub */
	EXEC_PLANNED,		/* the stub runs, and may ask for the plan */
	EXEC_HANDED,		/* it has it, and will say when it is done */
};

struct exec_state {
	enum exec_phase phase;
	struct arch_regs saved;		/* at the guest's own call */
	bool by_path;			/* the stub is named, not passed */
	int stub_fd;			/* its number in the guest, or -1 */
	struct exec_file program;
	struct exec_file interp;
	struct exec_plan *plan;		/* owned */

	/* What is to be put back when the stub is done. */
	struct rlimit nofile;
	bool nofile_raised;
	bool copies;			/* an image is copied */
};

struct exec_state *exec_state_new(void);
void exec_state_free(struct exec_state *x);

/* What exec_chain() is given: the call's names. */
struct exec_request {
	struct exec_file *file;		/* the file named; taken over */
	const char *filename;		/* bprm->filename */
	bool name_from_fd;		/* comm is the file's own name */
	bool inaccessible;		/* filename is gone after exec */
};

/*
 * Follows scripts, reads the images and builds the plan into x.  -ENOEXEC,
 * -ELIBBAD, -EIO, -ELOOP, -ENOENT..., as Linux.
 */
int exec_chain(struct call *c, const struct vfs_ctx *ctx,
	       struct exec_request *rq, struct exec_state *x);

/*
 * What copying argv and envp fails with, which comes before any fault of the
 * file's format: 0, -EFAULT, -E2BIG.
 */
int exec_args_check(struct task *t, uint64_t argv, uint64_t envp);

#endif
