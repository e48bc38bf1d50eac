/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conform/table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct line {
	int id, parent;
	char *dev, *root, *point, *opts, *tags, *type, *source, *sb;
};

/* Numbers in order of appearance. */
struct numbers {
	char **name;
	int nr;
};

static int
number_of(struct numbers *ns, char *name)
{
	for (int i = 0; i < ns->nr; i++)
		if (!strcmp(ns->name[i], name))
			return i + 1;
	ns->name = realloc(ns->name, sizeof(char *) * (size_t)(ns->nr + 1));
	if (!ns->name)
		die("out of memory");
	ns->name[ns->nr++] = name;
	return ns->nr;
}

static bool
parse_line(char *s, struct line *l)
{
	static char none[] = "";
	char *rest = strstr(s, " - ");

	if (!rest)
		return false;
	*rest = '\0';
	rest += 3;
	l->id = atoi(strsep(&s, " "));
	if (!s)
		return false;
	l->parent = atoi(strsep(&s, " "));
	l->dev = s ? strsep(&s, " ") : none;
	l->root = s ? strsep(&s, " ") : none;
	l->point = s ? strsep(&s, " ") : none;
	l->opts = s ? strsep(&s, " ") : none;
	l->tags = s ? s : none;
	l->type = strsep(&rest, " ");
	l->source = rest ? strsep(&rest, " ") : none;
	l->sb = rest ? rest : none;
	return true;
}

static char owner[64];		/* ",uid=N,gid=N", or "" */

void
table_learn_owner(const char *raw)
{
	const char *root = strstr(raw, " - tmpfs root "), *uid;
	size_t len;

	owner[0] = '\0';
	if (!root)
		return;
	len = strcspn(root, "\n");
	uid = strstr(root, ",uid=");
	if (!uid || uid > root + len)
		return;
	len -= (size_t)(uid - root);
	if (len < sizeof(owner)) {
		memcpy(owner, uid, len);
		owner[len] = '\0';
		owner[strcspn(owner, " ")] = '\0';
	}
}

void
table_drop_owner(char *line)
{
	char *at = *owner ? strstr(line, owner) : NULL;
	size_t len = strlen(owner);

	if (at && (!at[len] || strchr(", ", at[len])))
		memmove(at, at + len, strlen(at + len) + 1);
	at = strstr(line, ",inode64");
	if (at)
		memmove(at, at + 8, strlen(at + 8) + 1);
}

static int
count_lines(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += *s == '\n';
	return n;
}

/* Lines are in order of creation: a parent is mostly before its children,
 * but need not be. */
static int
index_of(const struct line *l, int n, int id, int self)
{
	for (int i = 0; i < n; i++)
		if (l[i].id == id && i != self)
			return i + 1;
	return 0;
}

static void
print_tags(struct numbers *groups, char *tags, struct buf *out)
{
	char *tag, *colon;

	while ((tag = strsep(&tags, " "))) {
		if (!*tag)
			continue;
		colon = strchr(tag, ':');
		if (colon)
			buf_printf(out, " %.*s:%d", (int)(colon - tag), tag,
				    number_of(groups, colon + 1));
		else
			buf_printf(out, " %s", tag);
	}
}

static void
print_sb(char *opts, struct buf *out)
{
	const char *comma = "";
	char *opt;

	table_drop_owner(opts);
	while ((opt = strsep(&opts, ","))) {
		if (!strcmp(opt, "seclabel"))
			continue;
		buf_printf(out, "%s%s", comma, opt);
		comma = ",";
	}
}

void
table_normalise(char *raw, struct buf *out)
{
	struct numbers devs = { NULL, 0 }, groups = { NULL, 0 };
	int max = count_lines(raw) + 1, n = 0;
	struct line *l = calloc((size_t)max, sizeof(*l));
	char *s;

	if (!l)
		die("out of memory");
	while ((s = strsep(&raw, "\n")) && n < max)
		n += parse_line(s, &l[n]);
	for (int i = 0; i < n; i++) {
		buf_printf(out, "%d %d s%d %s %s %s", i + 1,
			    index_of(l, n, l[i].parent, i),
			    number_of(&devs, l[i].dev), l[i].root, l[i].point,
			    l[i].opts);
		print_tags(&groups, l[i].tags, out);
		buf_printf(out, " - %s %s ", l[i].type, l[i].source);
		print_sb(l[i].sb, out);
		buf_puts(out, "\n");
	}
	free(devs.name);
	free(groups.name);
	free(l);
}

int
table_count(const char *raw)
{
	return count_lines(raw);
}

/* Past "N N sN": to where the rest of a line begins, when it is one. */
static const char *
past_device(const char *s)
{
	const char *p = s;

	for (int i = 0; i < 2; i++) {
		while (isdigit((unsigned char)*p))
			p++;
		if (*p != ' ')
			return s;
		p++;
	}
	if (*p != 's')
		return s;
	return p + strcspn(p, " \n");
}

bool
table_equal(const char *a, const char *b, bool devices)
{
	if (devices)
		return !strcmp(a, b);
	while (*a && *b) {
		const char *ra = past_device(a), *rb = past_device(b);
		size_t la = strcspn(ra, "\n"), lb = strcspn(rb, "\n");
		size_t ids = strcspn(a, "s");

		if (ids != strcspn(b, "s") || memcmp(a, b, ids) || la != lb ||
		    memcmp(ra, rb, la))
			return false;
		a = ra + la + (ra[la] == '\n');
		b = rb + lb + (rb[lb] == '\n');
	}
	return !*a && !*b;
}
