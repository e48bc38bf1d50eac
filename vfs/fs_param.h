/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fs_param.h - the options of filesystems, as fs/fs_parser.c: what an option
 * takes, and numbers as the kernel reads them.  For filesystems and the core.
 */
#ifndef VFS_FS_PARAM_H
#define VFS_FS_PARAM_H

#include <stdbool.h>
#include <stdint.h>

#include "vfs/fs_log.h"

/* How an option came; by mount(2) it is a flag or a string. */
enum fs_param_type { FS_PARAM_FLAG, FS_PARAM_STRING, FS_PARAM_BLOB,
		     FS_PARAM_FILE };

struct fs_param {
	const char *key;
	enum fs_param_type type;
	const char *string;		/* FS_PARAM_STRING */
};

/* What it takes. */
enum fs_takes { FS_TAKES_NOTHING, FS_TAKES_STRING, FS_TAKES_U32,
		FS_TAKES_OCTAL, FS_TAKES_UID, FS_TAKES_GID };

struct fs_spec {
	const char *name;		/* NULL ends a table */
	enum fs_takes takes;
};

#define FS_PARAM_UNKNOWN	1

/* As fs_parse(): 0, FS_PARAM_UNKNOWN, -EINVAL with a message. */
int fs_param_check(const struct fs_spec *specs, const struct fs_param *p,
		   struct fs_log *log);
/* Says so, and returns -EINVAL. */
int fs_param_bad_value(const struct fs_param *p, struct fs_log *log);

/* As kstrtouint() (0 or -EINVAL; base 0: by prefix) and memparse() (*end is
 * after the number and its suffix). */
int fs_parse_uint(const char *s, unsigned int base, unsigned int *out);
uint64_t fs_parse_size(const char *s, const char **end);
/* A user or group id: -EINVAL for (uid_t)-1. */
int fs_parse_id(const char *s, unsigned int *out);

#endif
