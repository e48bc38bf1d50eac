/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conform/script.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conform/table.h"
#include "tests/conform/words.h"

/* What a line of a case says. */
struct step {
	int who;
	char *op;		/* without process and expectation */
	char *errno_want;	/* "= ENOENT|EINVAL"; NULL */
	char *value_want;	/* "== VALUE", without quotes; NULL */
	bool quoted;
};

static char *
unquote(char *s, bool *quoted)
{
	size_t len = strlen(s);

	*quoted = len >= 2 && (*s == '\'' || *s == '"') && s[len - 1] == *s;
	if (!*quoted)
		return s;
	s[len - 1] = '\0';
	return s + 1;
}

static void
parse_step(char *s, struct step *st)
{
	char *mark;

	memset(st, 0, sizeof(*st));
	st->who = 1;
	if (*s == '@') {
		st->who = atoi(s + 1);
		s += strcspn(s, " ");
		s = cases_trim(s);
	}
	if ((mark = strstr(s, " == "))) {
		*mark = '\0';
		st->value_want = unquote(cases_trim(mark + 4), &st->quoted);
	} else if ((mark = strstr(s, " = "))) {
		*mark = '\0';
		st->errno_want = cases_trim(mark + 3);
	}
	st->op = cases_trim(s);
	if (st->who < 1 || st->who >= EXECUTOR_PROCS)
		die("there is no process %d", st->who);
}

/* Replaces %N by the pid of process N. */
static void
put_pids(struct script *s, const char *in, struct buf *out)
{
	for (; *in; in++) {
		if (*in == '%' && isdigit((unsigned char)in[1]))
			buf_printf(out, "%d",
				    s->x->ops->pid(s->x, *++in - '0'));
		else
			buf_add(out, in, 1);
	}
}

/* ---------------------------------------------------------------- tables */

/* The expected table: the lines up to "end". */
static void
expected_table(struct script *s, struct buf *want)
{
	for (s->line++; s->line < s->c->nr_lines; s->line++) {
		char *copy = string_copy(s->c->lines[s->line]);
		char *line = cases_trim(copy);
		bool end = !strcmp(line, "end");

		if (!end && *line && *line != '#')
			buf_printf(want, "%s\n", line);
		free(copy);
		if (end)
			return;
	}
}

static void
print_indented(const char *table)
{
	while (*table) {
		size_t len = strcspn(table, "\n");

		printf("    %.*s\n", (int)len, table);
		table += len + (table[len] == '\n');
	}
}

/* expect [@N] [of M] */
static void
run_expect(struct script *s, const char *head, char *words)
{
	struct buf want = { 0 }, raw = { 0 }, got = { 0 }, cmd = { 0 };
	const char *at = strchr(words, '@'), *of = strstr(words, " of ");
	int who = at ? atoi(at + 1) : 1, first = s->line, err;

	buf_puts(&cmd, "_mountinfo");
	if (of)
		buf_printf(&cmd, " %d", s->x->ops->pid(s->x, atoi(of + 4)));
	expected_table(s, &want);
	err = s->x->ops->run(s->x, who, cmd.s, &raw);
	if (!err && raw.s)
		table_normalise(raw.s, &got);
	if (s->record) {
		printf("%s\n", head);
		print_indented(buf_str(&got));
		printf("  end\n");
	} else if (err || !table_equal(buf_str(&got), buf_str(&want),
				       !s->any_device)) {
		s->failures++;
		printf("    line %d: %s: the mount table differs\n"
		       "    --- expected\n", s->c->first + first,
		       cases_trim(words));
		print_indented(buf_str(&want));
		printf("    --- got (%s)\n",
		       err < 0 ? "gone" : words_errno(err));
		print_indented(buf_str(&got));
	}
	buf_free(&want);
	buf_free(&raw);
	buf_free(&got);
	buf_free(&cmd);
}

/* ------------------------------------------------------------ operations */

static int
run_count(struct script *s, int who, struct buf *value)
{
	struct buf raw = { 0 };
	int err = s->x->ops->run(s->x, who, "_mountinfo", &raw);

	if (!err)
		buf_printf(value, "%d", table_count(buf_str(&raw)));
	buf_free(&raw);
	return err;
}

/* The last line of /proc/self/mounts for this mount point. */
static int
run_mounts_line(struct script *s, int who, const char *point,
		struct buf *value)
{
	struct buf raw = { 0 };
	size_t len = strlen(point);
	int err = s->x->ops->run(s->x, who, "_mounts", &raw);
	char *next = raw.s, *line, *second;

	while (!err && (line = strsep(&next, "\n"))) {
		second = strchr(line, ' ');
		if (!second || strncmp(second + 1, point, len) ||
		    second[1 + len] != ' ')
			continue;
		buf_clear(value);
		table_drop_owner(line);
		buf_puts(value, line);
	}
	buf_free(&raw);
	return err;
}

static int
run_op(struct script *s, const struct step *st, struct buf *value)
{
	struct buf line = { 0 };
	int err;

	if (!strcmp(st->op, "count"))
		return run_count(s, st->who, value);
	if (!strncmp(st->op, "mounts-line ", 12))
		return run_mounts_line(s, st->who, st->op + 12, value);
	put_pids(s, st->op, &line);
	err = s->x->ops->run(s->x, st->who, buf_str(&line), value);
	buf_free(&line);
	return err;
}

static bool
is_expected(const struct step *st, int err, const char *value)
{
	const char *p = st->errno_want, *name = words_errno(err);
	size_t len = strlen(name);

	if (st->value_want)
		return !err && !strcmp(value, st->value_want);
	if (!p)
		return !err;
	for (;;) {
		p += strspn(p, " |");
		if (!*p)
			return false;
		if (!strncmp(p, name, len) && (!p[len] || strchr(" |", p[len])))
			return true;
		p += strcspn(p, "|");
	}
}

static void
record_step(const char *line, const struct step *st, int err,
	    const char *value, bool as_expected)
{
	const char *mark = strstr(line, " == ");
	size_t len;

	if (!mark)
		mark = strstr(line, " = ");
	len = mark ? (size_t)(mark - line) : strlen(line);
	while (len && line[len - 1] == ' ')
		len--;
	printf("%.*s", (int)len, line);
	if (st->value_want && !err) {
		const char *q = !*value || strchr(value, ' ') || st->quoted ?
			"\"" : "";

		printf(" == %s%s%s", q, value, q);
	} else if (st->errno_want && as_expected) {
		printf(" = %s", st->errno_want);
	} else if (err || st->errno_want) {
		printf(" = %s", words_errno(err));
	}
	putchar('\n');
}

static void
tell_failure(struct script *s, const struct step *st, int err,
	     const char *value)
{
	const char *want = st->value_want ? st->value_want :
		st->errno_want ? st->errno_want : "OK";

	s->failures++;
	printf("    line %d: @%d %s -> %s%s%s (expected %s%s)\n",
	       s->c->first + s->line, st->who, st->op, words_errno(err),
	       *value ? " " : "", value, st->value_want ? "== " : "", want);
}

/* false: the process is gone, and with it the case. */
static bool
run_step(struct script *s, char *text)
{
	struct buf value = { 0 };
	struct step st;
	bool ok;
	int err;

	parse_step(text, &st);
	err = run_op(s, &st, &value);
	if (err < 0) {
		s->failures++;
		printf("    line %d: process %d is gone: %s\n",
		       s->c->first + s->line, st.who, st.op);
		buf_free(&value);
		return false;
	}
	ok = is_expected(&st, err, buf_str(&value));
	if (s->verbose)
		printf("    @%d %s -> %s%s%s\n", st.who, st.op,
		       words_errno(err), value.len ? " " : "",
		       buf_str(&value));
	if (s->record)
		record_step(s->c->lines[s->line], &st, err, buf_str(&value),
			    ok);
	else if (!ok)
		tell_failure(s, &st, err, buf_str(&value));
	buf_free(&value);
	return true;
}

static void
learn_owner(struct script *s)
{
	struct buf raw = { 0 };

	if (!s->x->ops->run(s->x, 1, "_mountinfo", &raw))
		table_learn_owner(buf_str(&raw));
	buf_free(&raw);
}

int
script_run(struct script *s)
{
	bool alive = true;

	learn_owner(s);
	for (s->line = 0; s->line < s->c->nr_lines && alive; s->line++) {
		const char *line = s->c->lines[s->line];
		char *copy = string_copy(line), *text = cases_trim(copy);

		if (!*text || *text == '#') {
			if (s->record)
				printf("%s\n", line);
		} else if (!strncmp(text, "expect", 6) &&
			   (!text[6] || text[6] == ' ')) {
			run_expect(s, line, text);
		} else {
			alive = run_step(s, text);
		}
		free(copy);
	}
	return s->failures;
}
