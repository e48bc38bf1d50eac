/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/config.h"
#include "supervisor/log.h"

/* Words that one --args descriptor may hold, all together. */
#define ARGS_BYTES_MAX (16u << 20)

/* The words still to be read. */
struct words {
	char **v;
	int nr;
};

int
options_complain(const struct parse *p, const char *fmt, ...)
{
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	log_error("option '%s': %s", p->spelled, why);
	return -EINVAL;
}

/* --- values --------------------------------------------------------------- */

static int
value_number(const char *text, int base, uint64_t max, uint64_t *out)
{
	unsigned long long n;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	n = strtoull(text, &end, base);
	if (errno || *end || n > max)
		return -EINVAL;
	*out = n;
	return 0;
}

static int
value_size(const char *text, uint64_t *out)
{
	static const char suffixes[] = "kmgt";
	unsigned long long n;
	const char *suffix;
	unsigned int shift = 0;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || n == 0)
		return -EINVAL;
	if (*end) {
		suffix = strchr(suffixes, *end | 0x20);
		if (!suffix || end[1])
			return -EINVAL;
		shift = 10 * (suffix - suffixes + 1);
	}
	if (n > (uint64_t)INT64_MAX >> shift)
		return -EINVAL;
	*out = n << shift;
	return 0;
}

static int
value_check(struct parse *p, enum option_arg kind, struct option_value *v)
{
	switch (kind) {
	case ARG_NONE:
	case ARG_TEXT:
		return 0;
	case ARG_SRC:
	case ARG_DST:
		if (!*v->text)
			return options_complain(p, "the path is empty");
		return 0;
	case ARG_FD:
		if (value_number(v->text, 10, INT32_MAX, &v->number))
			return options_complain(p,
				"'%s' is not the number of a descriptor",
				v->text);
		if (fcntl(v->number, F_GETFD) < 0)
			return options_complain(p,
				"descriptor %s is not open. Pass it to belljar "
				"without close-on-exec", v->text);
		/* It is for belljar: the program has no part in it. */
		if (v->number > STDERR_FILENO)
			fcntl(v->number, F_SETFD, FD_CLOEXEC);
		return 0;
	case ARG_NUMBER:
		if (value_number(v->text, 10, UINT32_MAX - 1, &v->number))
			return options_complain(p,
				"'%s' is not a number from 0 to 4294967294",
				v->text);
		return 0;
	case ARG_OCTAL:
		if (value_number(v->text, 8, 07777, &v->number))
			return options_complain(p,
				"'%s' is not an octal mode (0 to 7777)",
				v->text);
		return 0;
	case ARG_SIZE:
		if (value_size(v->text, &v->number))
			return options_complain(p,
				"'%s' is not a size: a number of bytes above "
				"0, with k, m, g or t for the binary multiples",
				v->text);
		return 0;
	}
	return -EINVAL;
}

static int
option_arity(const struct option *o)
{
	return (o->arg[0] != ARG_NONE) + (o->arg[1] != ARG_NONE);
}

/* Collects the option's values, the first being `attached` if not NULL, and
 * runs its setter. */
static int
option_apply(struct parse *p, const struct option *o, char *attached,
	struct words *w)
{
	struct option_value v[2] = {{0}, {0}};
	int arity = option_arity(o);
	int i, err;

	if (attached && !arity)
		return options_complain(p, "it takes no value, but got '%s'",
			attached);
	for (i = 0; i < arity; i++) {
		if (i == 0 && (attached || o->optional)) {
			v[i].text = attached;
		} else if (w->nr > 0) {
			v[i].text = *w->v++;
			w->nr--;
		} else {
			return options_complain(p, "it needs %s", o->metavar);
		}
		if (!v[i].text)
			continue;
		err = value_check(p, o->arg[i], &v[i]);
		if (err)
			return err;
	}
	return o->set(p, o, v);
}

/* --- words ---------------------------------------------------------------- */

static const struct option *
option_find(const char *name, size_t len)
{
	const struct option *o;

	for (o = option_table; o->name; o++)
		if (o->set && !strncmp(o->name, name, len) && !o->name[len])
			return o;
	return NULL;
}

static int
unknown_option(const struct parse *p, const char *name)
{
	const char *near = options_nearest(name);

	if (near)
		log_error("unknown option '%s'. Did you mean '--%s'?",
			p->spelled, near);
	else
		log_error("unknown option '%s'. 'belljar run --help' lists "
			"them all", p->spelled);
	return -EINVAL;
}

static int
parse_long(struct parse *p, char *word, struct words *w)
{
	char *name = word + 2;
	size_t len = strcspn(name, "=");
	AUTO_FREE char *bare = strndup(name, len);
	const struct option *o = option_find(name, len);

	if (!bare)
		return -ENOMEM;
	p->spelled = word;
	if (!o)
		return unknown_option(p, bare);
	return option_apply(p, o, name[len] ? name + len + 1 : NULL, w);
}

/* -v, -vv, -0v, -w DIR, -wDIR */
static int
parse_short(struct parse *p, char *word, struct words *w)
{
	const struct option *o;
	char *c;
	int err;

	p->spelled = word;
	for (c = word + 1; *c; c++) {
		for (o = option_table; o->name; o++)
			if (o->set && o->shortform == *c)
				break;
		if (!o->name)
			return unknown_option(p, "");
		if (option_arity(o) && !o->optional)
			return option_apply(p, o, c[1] ? c + 1 : NULL, w);
		err = option_apply(p, o, NULL, w);
		if (err || p->done)
			return err;
	}
	return 0;
}

/* Reads options until the first word that is none. */
static int
parse_words(struct parse *p, struct words *w)
{
	int err = 0;

	while (!err && !p->done && w->nr > 0 && w->v[0][0] == '-' &&
		w->v[0][1]) {
		char *word = *w->v++;

		w->nr--;
		if (!strcmp(word, "--"))
			break;
		err = word[1] == '-' ? parse_long(p, word, w) :
			parse_short(p, word, w);
	}
	return err;
}

static int
read_all(int fd, char **out, size_t *out_len)
{
	AUTO_FREE char *buf = NULL;
	size_t len = 0, size = 0;
	ssize_t n;

	do {
		if (len + 1 >= size) {
			char *bigger;

			size = size ? 2 * size : 4096;
			if (size > ARGS_BYTES_MAX)
				return -E2BIG;
			bigger = realloc(buf, size);
			if (!bigger)
				return -ENOMEM;
			buf = bigger;
		}
		n = read(fd, buf + len, size - len - 1);
		if (n < 0 && errno != EINTR)
			return -errno;
		len += n > 0 ? n : 0;
	} while (n != 0);
	buf[len] = '\0';
	*out = buf;
	*out_len = len;
	buf = NULL;
	return 0;
}

int
options_parse_fd(struct parse *p, int fd)
{
	AUTO_FREE char *buf = NULL;
	AUTO_FREE char **v = NULL;
	struct words w = {0};
	size_t len = 0, i;
	int err;

	if (p->in_args)
		return options_complain(p, "it cannot stand inside --args");
	err = read_all(fd, &buf, &len);
	if (err)
		return options_complain(p, "reading descriptor %d: %s", fd,
			log_errno(err));
	for (i = 0; i < len; i += strlen(buf + i) + 1)
		w.nr++;
	v = calloc(w.nr + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	w.v = v;
	for (i = 0, w.nr = 0; i < len; i += strlen(buf + i) + 1)
		v[w.nr++] = buf + i;

	p->in_args = true;
	err = parse_words(p, &w);
	p->in_args = false;
	if (!err && !p->done && w.nr > 0) {
		p->spelled = "--args";
		return options_complain(p, "descriptor %d holds '%s', which "
			"is not an option", fd, w.v[0]);
	}
	return err;
}

static int
take_program(struct parse *p, const struct words *w)
{
	struct config *cfg = p->cfg;
	int i;

	if (w->nr == 0) {
		log_error("no program was given. Say what to run: "
			"belljar run [OPTIONS] -- PROGRAM [ARGS]");
		return -EINVAL;
	}
	cfg->argv = calloc(w->nr + 1, sizeof(*cfg->argv));
	if (!cfg->argv)
		return -ENOMEM;
	for (i = 0; i < w->nr; i++) {
		cfg->argv[i] = config_string(w->v[i]);
		if (!cfg->argv[i])
			return -ENOMEM;
		cfg->argc = i + 1;
	}
	return 0;
}

int
options_parse(struct config *cfg, enum flavour flavour, int argc, char **argv)
{
	struct parse p = {.cfg = cfg, .flavour = flavour, .perms = -1};
	struct words w = {.v = argv + 1, .nr = argc - 1};
	int err;

	if (flavour == FLAVOUR_BWRAP) {
		cfg->base = BASE_EMPTY;
		cfg->share_net = true;
	}
	err = parse_words(&p, &w);
	if (err == -ENOMEM)
		log_error("reading the command line: out of memory");
	if (err || p.done)
		return err ? err : 1;
	if (p.perms >= 0 || p.size) {
		p.spelled = p.perms >= 0 ? "--perms" : "--size";
		return options_complain(&p, "no option follows that it could "
			"apply to");
	}
	if (p.userns_disabled && !cfg->no_userns) {
		log_error("option '--assert-userns-disabled': user namespaces "
			"can be made inside. Add --disable-userns");
		return -EINVAL;
	}
	if (cfg->root && cfg->base == BASE_EMPTY) {
		log_error("options '-r' and '--empty' contradict each other. "
			"Leave one out");
		return -EINVAL;
	}
	return take_program(&p, &w);
}

/* --- help ----------------------------------------------------------------- */

#define HELP_COLUMN 30

static void
help_row(const struct option *o)
{
	int n;

	n = o->shortform ? printf("  -%c, ", o->shortform) : printf("      ");
	n += printf("--%s", o->name);
	if (o->metavar)
		n += printf("%s%s%s", o->optional ? "[=" : " ", o->metavar,
			o->optional ? "]" : "");
	if (n >= HELP_COLUMN - 1) {
		printf("\n");
		n = 0;
	}
	printf("%*s%s\n", HELP_COLUMN - n, "", o->help);
}

void
options_help(enum flavour flavour)
{
	const struct option *o;

	if (flavour == FLAVOUR_BWRAP)
		printf("usage: bwrap [OPTIONS] [--] PROGRAM [ARGS]\n"
			"belljar with bubblewrap's defaults: an empty root and "
			"the host's network.\n");
	else
		printf("usage: belljar run [OPTIONS] [--] PROGRAM [ARGS]\n"
			"Runs PROGRAM in a world of its own.\n");
	for (o = option_table; o->name; o++) {
		if (o->set)
			help_row(o);
		else
			printf("\n%s\n", o->name);
	}
}

/* --- the nearest name ----------------------------------------------------- */

#define NAME_MAX_LEN 48

/* Edits (insert, delete, replace) that turn `a` into `b`. */
static unsigned int
edit_distance(const char *a, const char *b)
{
	unsigned int row[NAME_MAX_LEN + 1];
	size_t la = strlen(a), lb = strlen(b);
	size_t i, j;

	if (la > NAME_MAX_LEN || lb > NAME_MAX_LEN)
		return NAME_MAX_LEN;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		unsigned int diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= lb; j++) {
			unsigned int cost = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < cost)
				cost = row[j] + 1;
			if (row[j - 1] + 1 < cost)
				cost = row[j - 1] + 1;
			row[j] = cost;
		}
	}
	return row[lb];
}

const char *
options_nearest(const char *word)
{
	const struct option *o;
	const char *best = NULL;
	unsigned int least = strlen(word) / 3 + 1;

	for (o = option_table; o->name; o++) {
		unsigned int d;

		if (!o->set)
			continue;
		d = edit_distance(word, o->name);
		if (d <= least && *word) {
			if (d < least || !best)
				best = o->name;
			least = d;
		}
	}
	return best;
}
