/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conform/cases.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conform/buf.h"

char *
cases_trim(char *s)
{
	char *end;

	s += strspn(s, " \t");
	end = s + strlen(s);
	while (end > s && strchr(" \t\r\n", end[-1]))
		*--end = '\0';
	return s;
}

static void
append(char ***list, int *nr, const char *line)
{
	*list = realloc(*list, sizeof(char *) * (size_t)(*nr + 1));
	if (!*list)
		die("out of memory");
	(*list)[(*nr)++] = string_copy(line);
}

static struct vcase *
case_new(struct cases *cs, char *name)
{
	struct vcase *c;

	cs->v = realloc(cs->v, sizeof(*cs->v) * (size_t)(cs->nr + 1));
	if (!cs->v)
		die("out of memory");
	c = &cs->v[cs->nr++];
	memset(c, 0, sizeof(*c));
	c->name = string_copy(cases_trim(name));
	c->needs = string_copy("");
	c->title = string_copy("");
	return c;
}

static void
replace(char **field, char *value)
{
	free(*field);
	*field = string_copy(cases_trim(value));
}

/* title, needs and setup, before the first operation. */
static bool
case_heading(struct vcase *c, char *line)
{
	if (c->nr_lines)
		return false;
	if (!strncmp(line, "title ", 6))
		replace(&c->title, line + 6);
	else if (!strncmp(line, "needs ", 6))
		replace(&c->needs, line + 6);
	else if (!strcmp(line, "setup pivot"))
		c->pivot = true;
	else
		return false;
	return true;
}

void
cases_read(struct cases *cs, FILE *f)
{
	struct vcase *c = NULL;
	char *line = NULL;
	size_t size = 0;
	int number = 0;

	while (getline(&line, &size, f) > 0) {
		number++;
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "case ", 5)) {
			c = case_new(cs, line + 5);
		} else if (!c) {
			append(&cs->head, &cs->nr_head, line);
		} else if (!case_heading(c, line)) {
			if (!c->nr_lines)
				c->first = number;
			append(&c->lines, &c->nr_lines, line);
		}
	}
	free(line);
}

void
cases_load(struct cases *cs, const char *file)
{
	FILE *f = fopen(file, "re");

	if (!f)
		die("%s: %s", file, strerror(errno));
	cases_read(cs, f);
	fclose(f);
}

static void
free_list(char **list, int nr)
{
	for (int i = 0; i < nr; i++)
		free(list[i]);
	free(list);
}

void
cases_free(struct cases *cs)
{
	for (int i = 0; i < cs->nr; i++) {
		free(cs->v[i].name);
		free(cs->v[i].needs);
		free(cs->v[i].title);
		free_list(cs->v[i].lines, cs->v[i].nr_lines);
	}
	free(cs->v);
	free_list(cs->head, cs->nr_head);
	memset(cs, 0, sizeof(*cs));
}

void
case_write(const struct vcase *c, FILE *f)
{
	fprintf(f, "case %s\n", c->name);
	if (*c->title)
		fprintf(f, "title %s\n", c->title);
	if (*c->needs)
		fprintf(f, "needs %s\n", c->needs);
	if (c->pivot)
		fputs("setup pivot\n", f);
	for (int i = 0; i < c->nr_lines; i++)
		fprintf(f, "%s\n", c->lines[i]);
}

bool
case_needs(const struct vcase *c, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = c->needs; (p = strstr(p, word)); p++)
		if ((p == c->needs || p[-1] == ' ') &&
		    (!p[len] || p[len] == ' '))
			return true;
	return false;
}
