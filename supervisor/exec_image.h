/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_image.h - an executable file, opened, and what has been read of it.
 *
 * Some of those that were executed last are kept, for the next time.  One is
 * found again by what statx() says of the file that a name leads to now:
 * device, inode, kernel mount, size and times; a name is never trusted.  What
 * was changed a moment ago is not kept, for its next change might bear the
 * same time; nor is what lies in memory, where a change through a mapping
 * bears none; nor what has several names, as a mapping shows the one it was
 * opened by.  Of files that somebody could remove, nothing is kept past
 * exec_image_forget().
 *
 * Counted.  The contents are the tracer thread's; any thread may drop one.
 */
#ifndef SUPERVISOR_EXEC_IMAGE_H
#define SUPERVISOR_EXEC_IMAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "include/ref.h"
#include "supervisor/elf.h"

struct exec_image_key {
	uint64_t dev, ino, mnt, size;
	struct statx_timestamp ctime, mtime;
};

struct exec_image {
	struct ref ref;
	struct exec_image_key key;
	int fd;				/* [I] owned, open for reading */
	bool lasting;			/* [I] on a read-only kernel mount */
	bool traceless;			/* [I] changes may leave no time */
	bool leasable;			/* [I] ours: see exec_image_is_written() */
	bool has_head, has_program, has_interp;
	uint8_t head[EXEC_HEAD_SIZE];
	struct elf_image program;	/* read as the one or as the other */
	struct elf_image interp;
};

/*
 * Stands for the regular file that the O_PATH (or any) descriptor `fd` has
 * open, of which `st` is what statx() with EXEC_IMAGE_MASK says.  With `keep`
 * it may come from, and go to, those that are kept.  *out is counted.
 * -EACCES: not readable, or on a mount of the host's that is noexec.
 */
int exec_image_get(int fd, const struct statx *st, bool keep,
		   struct exec_image **out);
void exec_image_put(struct exec_image *img);

#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000U		/* Linux 5.8 */
#endif
#define EXEC_IMAGE_MASK (STATX_BASIC_STATS | STATX_MNT_ID)

/* Does somebody have it open for writing?  Waits a little for the end. */
bool exec_image_is_written(const struct exec_image *img);

/* Reads the first bytes into img->head; what is not there is zero. */
int exec_image_read_head(struct exec_image *img);
/* Reads it as a program (img->program), or as an ELF interpreter
 * (img->interp): the errors of elf.h.  The head has been read. */
int exec_image_read_program(struct exec_image *img);
int exec_image_read_interp(struct exec_image *img);

/* A file may have been removed, or its filesystem unmounted.  Any thread. */
void exec_image_forget(void);
/* Keeps nothing from now on: somebody watches files being opened. */
void exec_image_keep_none(void);

#endif
