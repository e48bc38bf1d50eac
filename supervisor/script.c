/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "supervisor/script.h"

static bool
is_spacetab(char c)
{
	return c == ' ' || c == '\t';
}

/* The first byte of [first, last] that is no space or tab, or NULL. */
static char *
next_non_spacetab(char *first, char *last)
{
	for (; first <= last; first++)
		if (!is_spacetab(*first))
			return first;
	return NULL;
}

/* The first space, tab or NUL of [first, last], or NULL. */
static char *
next_terminator(char *first, char *last)
{
	for (; first <= last; first++)
		if (is_spacetab(*first) || *first == '\0')
			return first;
	return NULL;
}

/* The newline that ends the line, as strnchr(): a NUL hides what follows. */
static char *
find_newline(char *buf)
{
	size_t i;

	for (i = 0; i < EXEC_HEAD_SIZE && buf[i] != '\0'; i++)
		if (buf[i] == '\n')
			return buf + i;
	return NULL;
}

bool
script_is_magic(const uint8_t *head)
{
	return head[0] == '#' && head[1] == '!';
}

int
script_parse(uint8_t *head, struct script_line *out)
{
	char *buf = (char *)head, *last = buf + EXEC_HEAD_SIZE - 1;
	char *name, *sep, *arg = NULL, *end;

	if (!script_is_magic(head))
		return -ENOEXEC;
	end = find_newline(buf);
	if (!end) {
		/* Without a newline the name counts as whole only when
		 * something visibly ends it. */
		name = next_non_spacetab(buf + 2, last);
		if (!name || !next_terminator(name, last))
			return -ENOEXEC;
		end = last;
	}
	/* Stops at the '!' at the latest. */
	while (is_spacetab(end[-1]))
		end--;
	name = next_non_spacetab(buf + 2, end);
	if (!name || name == end)
		return -ENOEXEC;
	sep = next_terminator(name, end);
	if (sep && *sep != '\0')
		arg = next_non_spacetab(sep, end);
	*end = '\0';
	if (arg)
		*sep = '\0';
	out->interp = name;
	out->arg = arg;
	return 0;
}
