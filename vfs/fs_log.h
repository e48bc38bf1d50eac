/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fs_log.h - what a filesystem has to say to who configures it by fsopen(2):
 * struct fc_log in fs/fs_context.c.  The oldest message goes when there are
 * too many.
 *
 * Not locked: the context that owns it is.  Every function takes NULL for
 * "nobody listens".
 */
#ifndef VFS_FS_LOG_H
#define VFS_FS_LOG_H

#include <stddef.h>
#include <sys/types.h>

#define FS_LOG_MAX	8

struct fs_log {
	const char *prefix;	/* the type's name; borrowed */
	char *msg[FS_LOG_MAX];	/* owned, a ring */
	unsigned int first, nr;
};

void fs_log_init(struct fs_log *log, const char *prefix);
void fs_log_fini(struct fs_log *log);

/* "e PREFIX: ...", "w PREFIX: ..." and "e ...", with a newline. */
void fs_log_error(struct fs_log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void fs_log_warn(struct fs_log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void fs_log_plain(struct fs_log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* As read() of the descriptor: the oldest message.  Its length, -ENODATA,
 * -EMSGSIZE (it stays). */
ssize_t fs_log_take(struct fs_log *log, char *buf, size_t size);

#endif
