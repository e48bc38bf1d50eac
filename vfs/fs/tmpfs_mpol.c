/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tmpfs: mpol=MODE[=FLAG][:NODES], as mpol_parse_str() and mpol_to_str() in
 * mm/mempolicy.c, Linux 6.18.
 */
#include "vfs/fs/tmpfs_opts.h"

#include <ctype.h>
#include <string.h>

#include "include/auto.h"
#include "vfs/hostcall.h"

#define MAX_NODES 1024

struct nodes {
	bool has[MAX_NODES];
};

static bool
nodes_empty(const struct nodes *n)
{
	for (unsigned int i = 0; i < MAX_NODES; i++)
		if (n->has[i])
			return false;
	return true;
}

static bool
parse_number(const char **s, unsigned int *out)
{
	unsigned int v = 0;

	if (!isdigit((unsigned char)**s))
		return false;
	for (; isdigit((unsigned char)**s); ++*s) {
		v = v * 10 + (unsigned int)(**s - '0');
		if (v >= MAX_NODES)
			return false;
	}
	*out = v;
	return true;
}

/* As bitmap_parselist(): "0-3,7", "0-15:2/4", "all", and "" is no node. */
static int
parse_list(const char *s, struct nodes *n)
{
	unsigned int from, to, used, group;

	memset(n, 0, sizeof(*n));
	while (*s && *s != '\n') {
		if (strncmp(s, "all", 3) == 0) {
			from = 0;
			to = MAX_NODES - 1;
			s += 3;
		} else if (!parse_number(&s, &from)) {
			return -EINVAL;
		} else {
			to = from;
			if (*s == '-') {
				s++;
				if (!parse_number(&s, &to))
					return -EINVAL;
			}
		}
		used = group = to - from + 1;
		if (*s == ':') {
			s++;
			if (!parse_number(&s, &used) || *s++ != '/' ||
			    !parse_number(&s, &group))
				return -EINVAL;
		}
		if (to < from || group == 0 || used > group)
			return -EINVAL;
		for (unsigned int i = from; i <= to; i++)
			if ((i - from) % group < used)
				n->has[i] = true;
		if (*s && *s != ',' && *s != '\n')
			return -EINVAL;
		s += *s == ',';
	}
	return 0;
}

/* The nodes that have memory; -EINVAL on a kernel without NUMA. */
static int
nodes_of_host(struct nodes *n)
{
	AUTO_FILE FILE *f = fopen("/sys/devices/system/node/has_memory", "re");
	char line[512];

	if (!f || !fgets(line, sizeof(line), f))
		return -EINVAL;
	return parse_list(line, n);
}

/* "0-2,5", as bitmaps print. */
static void
show_nodes(const struct nodes *n, char *out, size_t size)
{
	size_t at = 0;

	for (unsigned int i = 0; i < MAX_NODES && at < size; i++) {
		unsigned int from = i;

		if (!n->has[i])
			continue;
		while (i + 1 < MAX_NODES && n->has[i + 1])
			i++;
		at += (size_t)snprintf(out + at, size - at, "%s%u",
				       at ? "," : "", from);
		if (i > from && at < size)
			at += (size_t)snprintf(out + at, size - at, "-%u", i);
	}
}

enum mode { M_DEFAULT, M_PREFER, M_BIND, M_INTERLEAVE, M_LOCAL, M_MANY,
	    M_WEIGHTED, M_NR };

static const char *const mode_names[M_NR] = {
	"default", "prefer", "bind", "interleave", "local", "prefer (many)",
	"weighted interleave",
};

/* The rules of each mode for its node list; completes *n. */
static int
judge_nodes(enum mode mode, const char *list, const struct nodes *host,
	    struct nodes *n)
{
	switch (mode) {
	case M_DEFAULT:
	case M_LOCAL:
		return list ? -EINVAL : 0;
	case M_PREFER:
		if (list && (list[strspn(list, "0123456789")] ||
			     nodes_empty(n)))
			return -EINVAL;
		return 0;
	case M_INTERLEAVE:
	case M_WEIGHTED:
		if (!list)
			*n = *host;
		return nodes_empty(n) ? -EINVAL : 0;
	case M_BIND:
	case M_MANY:
		return list && !nodes_empty(n) ? 0 : -EINVAL;
	case M_NR:
		break;
	}
	return -EINVAL;
}

static int
find_mode(const char *name)
{
	for (int i = 0; i < M_NR; i++)
		if (strcmp(mode_names[i], name) == 0)
			return i;
	return -EINVAL;
}

static int
parse_nodes(const char *list, struct nodes *host, struct nodes *n)
{
	int err = nodes_of_host(host);

	memset(n, 0, sizeof(*n));
	if (!err && list)
		err = parse_list(list, n);
	for (unsigned int i = 0; !err && i < MAX_NODES; i++)
		if (n->has[i] && !host->has[i])
			err = -EINVAL;
	return err;
}

int
tmpfs_mpol_parse(const char *text, char out[TMPFS_MPOL])
{
	AUTO_FREE char *mode_name = strdup(text);
	struct nodes host, n;
	char shown[TMPFS_MPOL] = "";
	char *list, *flag;
	int mode, err;

	if (!mode_name)
		return -ENOMEM;
	list = strchr(mode_name, ':');
	flag = strchr(mode_name, '=');
	if (flag)
		*flag++ = '\0';
	if (list)
		*list++ = '\0';
	err = parse_nodes(list, &host, &n);
	if (err)
		return err;
	mode = find_mode(mode_name);
	if (mode < 0)
		return mode;
	err = judge_nodes((enum mode)mode, list, &host, &n);
	if (err)
		return err;
	if (mode == M_DEFAULT) {
		out[0] = '\0';
		return 0;
	}
	if (flag && strcmp(flag, "static") != 0 &&
	    strcmp(flag, "relative") != 0)
		return -EINVAL;
	if (nodes_empty(&n)) {		/* prefer without nodes is local */
		if (flag)
			return -EINVAL;
		mode = M_LOCAL;
	}
	show_nodes(&n, shown, sizeof(shown));
	snprintf(out, TMPFS_MPOL, "%.20s%s%.8s%s%.30s", mode_names[mode],
		 flag ? "=" : "", flag ? flag : "", shown[0] ? ":" : "", shown);
	return 0;
}
