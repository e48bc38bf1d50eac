/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pathstr.h - a path string on its way through a walk: cut into components
 * by slashes only, without looking at any file.  For vfs/ only.
 */
#ifndef VFS_PATHSTR_H
#define VFS_PATHSTR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What is left to walk: no slash at either end, single slashes between, no
 * "." but as the last component.  `text` is `buf` or lies in it, or in the
 * bytes given to pathstr_init(), which must outlive the struct.
 */
struct pathstr {
	const char *text;
	char *buf;		/* owned; NULL: the caller's bytes serve */
	bool absolute;		/* began with a slash */
	bool slash;		/* ended in one (after a component) */
};

/* 0, -ENOMEM. */
int pathstr_init(struct pathstr *p, const char *name);
/* The same from three pieces, joined by slashes; `dir` and `rest` may be
 * empty, and `slash` asks for a final one.  Takes over *p. */
int pathstr_splice(struct pathstr *p, const char *dir, size_t dir_len,
		   const char *target, const char *rest, bool slash);
void pathstr_fini(struct pathstr *p);

/* Length of the first component of `s`. */
size_t pathstr_first(const char *s);
/* What follows the first `len` bytes and the slash after them. */
const char *pathstr_skip(const char *s, size_t len);
static inline bool
pathstr_is_dotdot(const char *s, size_t len)
{
	return len == 2 && s[0] == '.' && s[1] == '.';
}

/*
 * Cuts the last component off: p->text becomes what stands before, with "."
 * as its last component (who looks a name up must be allowed to search the
 * directory), and *last, in p's memory, the component.  0, -ENOMEM.
 */
int pathstr_cut_last(struct pathstr *p, const char **last);

#endif
