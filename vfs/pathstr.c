/* SPDX-License-Identifier: Apache-2.0 */
#include "vfs/pathstr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

size_t
pathstr_first(const char *s)
{
	return strchrnul(s, '/') - s;
}

const char *
pathstr_skip(const char *s, size_t len)
{
	s += len;
	return *s == '/' ? s + 1 : s;
}

/* Does `s`, which begins with no slash, have the form of a pathstr? */
static bool
is_clean(const char *s)
{
	const char *p = s;

	for (;;) {
		size_t len = pathstr_first(p);

		if (!p[len])
			return len > 0 || p == s;
		if (!len || (len == 1 && *p == '.'))
			return false;
		p += len + 1;
	}
}

/* Writes the clean form of `s` to `out` (at least as long).  Returns whether
 * it ended in a slash. */
static bool
clean(const char *s, char *out)
{
	char *begin = out;
	bool slash = false, dot = false;

	while (*s) {
		size_t len = pathstr_first(s);

		dot = len == 1 && *s == '.';
		if (!dot) {
			if (out > begin)
				*out++ = '/';
			memmove(out, s, len);
			out += len;
		}
		s += len;
		slash = *s == '/';
		while (*s == '/')
			s++;
	}
	if (dot) {
		if (out > begin)
			*out++ = '/';
		*out++ = '.';
	}
	*out = '\0';
	return slash;
}

int
pathstr_init(struct pathstr *p, const char *name)
{
	p->absolute = *name == '/';
	p->slash = false;
	p->buf = NULL;
	while (*name == '/')
		name++;
	p->text = name;
	if (is_clean(name))
		return 0;
	p->buf = malloc(strlen(name) + 2);
	if (!p->buf)
		return -ENOMEM;
	p->slash = clean(name, p->buf);
	p->text = p->buf;
	return 0;
}

void
pathstr_fini(struct pathstr *p)
{
	free(p->buf);
	p->buf = NULL;
	p->text = "";
}

int
pathstr_splice(struct pathstr *p, const char *dir, size_t dir_len,
	       const char *target, const char *rest, bool slash)
{
	size_t tlen = strlen(target), rlen = strlen(rest);
	char *buf = malloc(dir_len + tlen + rlen + 4), *s = buf;
	struct pathstr next;
	int err;

	if (!buf)
		return -ENOMEM;
	s = mempcpy(s, dir, dir_len);
	if (dir_len)
		*s++ = '/';
	s = mempcpy(s, target, tlen);
	if (rlen || slash)
		*s++ = '/';
	s = mempcpy(s, rest, rlen);
	if (rlen && slash)
		*s++ = '/';
	*s = '\0';
	err = pathstr_init(&next, buf);
	if (err < 0 || next.buf)
		free(buf);
	else
		next.buf = buf;
	if (err < 0)
		return err;
	pathstr_fini(p);
	*p = next;
	return 0;
}

int
pathstr_cut_last(struct pathstr *p, const char **last)
{
	const char *slash = strrchr(p->text, '/');
	const char *name = slash ? slash + 1 : p->text;
	size_t dir_len = (size_t)(name - p->text), len = strlen(name);
	char *buf = malloc(dir_len + len + 3), *s = buf;

	if (!buf)
		return -ENOMEM;
	s = mempcpy(s, p->text, dir_len);
	*s++ = '.';
	*s++ = '\0';
	memcpy(s, name, len + 1);
	*last = s;
	free(p->buf);
	p->buf = buf;
	p->text = buf;
	return 0;
}
