/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conform/report.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/auto.h"

static const char *const verdict_names[] = { "ok", "FAIL", "skip" };

/* A line "TARGET:PATTERN<tab>REASON" of the file of known gaps. */
static char *
known_gap(const struct report *r, const char *target, const char *name)
{
	AUTO_FILE FILE *f = r->gaps ? fopen(r->gaps, "re") : NULL;
	AUTO_FREE char *line = NULL;
	size_t size = 0;

	while (f && getline(&line, &size, f) > 0) {
		char *tab = strchr(line, '\t'), *colon = strchr(line, ':');

		if (*line == '#' || !tab || !colon || colon > tab)
			continue;
		*tab++ = *colon = '\0';
		if (!strcmp(line, target) && !fnmatch(colon + 1, name, 0))
			return string_copy(cases_trim(tab));
	}
	return NULL;
}

void
report_begin(struct report *r)
{
	r->per_target = calloc((size_t)r->nr_targets * 3, sizeof(int));
	if (!r->per_target)
		die("out of memory");
	r->first = true;
	if (r->form == REPORT_JSON)
		printf("{\"cases\": [");
	if (r->form != REPORT_MATRIX)
		return;
	printf("%-34s", "");
	for (int i = 0; i < r->nr_targets; i++)
		printf(" %-8s", r->targets[i].name);
	putchar('\n');
}

static void
report_line(struct report *r, const struct target *t, const char *name,
	    struct outcome *o)
{
	AUTO_FREE char *gap = known_gap(r, t->name, name);

	if (o->cannot) {
		printf("skip %s: %s\n", t->name, buf_str(&o->text));
		return;
	}
	if (gap && o->verdict == FAILED) {
		o->verdict = SKIPPED;
		buf_clear(&o->text);
		buf_printf(&o->text, "known gap: %s", gap);
	}
	if (o->verdict == SKIPPED)
		printf("skip %s/%s: %s\n", t->name, name, buf_str(&o->text));
	else if (o->verdict == FAILED)
		printf("FAIL %s/%s\n%s", t->name, name, buf_str(&o->text));
	else if (gap)
		printf("ok %s/%s, though listed in known-gaps\n", t->name,
		       name);
	else if (!r->quiet)
		printf("ok %s/%s\n%s", t->name, name, buf_str(&o->text));
}

static void
report_row(struct report *r, const struct vcase *c,
	   const struct outcome *outcomes)
{
	printf("%-34s", c->name);
	for (int i = 0; i < r->nr_targets; i++)
		printf(" %-8s", verdict_names[outcomes[i].verdict]);
	putchar('\n');
}

static void
put_json_string(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		unsigned char ch = (unsigned char)*s;

		if (ch == '"' || ch == '\\')
			printf("\\%c", ch);
		else if (ch < 0x20 || ch > 0x7e)
			printf("\\u%04x", ch);
		else
			putchar(ch);
	}
	putchar('"');
}

static void
report_object(struct report *r, const struct vcase *c,
	      const struct outcome *outcomes)
{
	printf("%s\n  {\"name\": ", r->first ? "" : ",");
	put_json_string(c->name);
	printf(", \"title\": ");
	put_json_string(c->title);
	printf(", \"results\": {");
	for (int i = 0; i < r->nr_targets; i++) {
		static const char *const words[] = { "pass", "fail", "skip" };

		printf("%s", i ? ", " : "");
		put_json_string(r->targets[i].name);
		printf(": {\"verdict\": \"%s\"", words[outcomes[i].verdict]);
		if (outcomes[i].verdict != PASSED) {
			printf(", \"text\": ");
			put_json_string(buf_str(&outcomes[i].text));
		}
		putchar('}');
	}
	printf("}}");
}

void
report_case(struct report *r, const struct vcase *c, struct outcome *outcomes)
{
	for (int i = 0; r->form == REPORT_LINES && i < r->nr_targets; i++)
		if (!r->targets[i].away)
			report_line(r, &r->targets[i], c->name, &outcomes[i]);
	if (r->form == REPORT_MATRIX)
		report_row(r, c, outcomes);
	else if (r->form == REPORT_JSON)
		report_object(r, c, outcomes);
	r->first = false;
	for (int i = 0; i < r->nr_targets; i++) {
		/* What cannot run anything is one thing left out. */
		r->nr[outcomes[i].verdict] += !r->targets[i].away;
		r->per_target[i * 3 + (int)outcomes[i].verdict]++;
		r->targets[i].away = outcomes[i].cannot;
		buf_free(&outcomes[i].text);
	}
	fflush(stdout);
}

int
report_end(struct report *r)
{
	for (int i = 0; i < r->nr_targets; i++) {
		const int *n = &r->per_target[i * 3];
		const char *name = r->targets[i].name;

		if (r->form == REPORT_JSON) {
			printf("%s", i ? ", " : "\n], \"totals\": {");
			put_json_string(name);
			printf(": {\"pass\": %d, \"fail\": %d, \"skip\": %d}",
			       n[PASSED], n[FAILED], n[SKIPPED]);
		} else if (r->form == REPORT_MATRIX) {
			printf("%s: %d passed, %d failed, %d skipped\n", name,
			       n[PASSED], n[FAILED], n[SKIPPED]);
		}
	}
	if (r->form == REPORT_JSON)
		printf("}}\n");
	else if (r->form == REPORT_LINES)
		printf("conform: %d passed, %d failed, %d skipped\n",
		       r->nr[PASSED], r->nr[FAILED], r->nr[SKIPPED]);
	free(r->per_target);
	return r->nr[FAILED] || r->nr[PASSED] + r->nr[SKIPPED] == 0;
}
