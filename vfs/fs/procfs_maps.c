/* SPDX-License-Identifier: Apache-2.0 */
/*
 * maps and smaps: the host's text with the paths of the guest, and without
 * the loader that the guest must not see.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "include/auto.h"
#include "vfs/fs/procfs_priv.h"

/* Where maps puts the name (a line may be longer): show_vma_header_prefix()
 * in fs/proc/task_mmu.c pads to 25 + 6 pointers less 1. */
#define NAME_COLUMN	(25 + sizeof(void *) * 6 - 1)

struct map_line {
	unsigned int major, minor;
	unsigned long ino;
	size_t head;			/* bytes up to and with the inode */
	const char *name;		/* or NULL */
};

/* "start-end perm offset maj:min ino  name": false if it is no such line. */
static bool
parse_line(const char *line, struct map_line *m)
{
	unsigned long start, end, offset;
	char perm[5];
	int n = 0;

	if (sscanf(line, "%lx-%lx %4s %lx %x:%x %lu%n", &start, &end, perm,
		   &offset, &m->major, &m->minor, &m->ino, &n) != 7 || n == 0)
		return false;
	m->head = (size_t)n;
	m->name = line + n;
	while (*m->name == ' ')
		m->name++;
	if (!*m->name)
		m->name = NULL;
	return true;
}

/* "\012": the only escape in maps. */
static void
unescape_newlines(char *s)
{
	char *to = s;

	while (*s) {
		if (strncmp(s, "\\012", 4) == 0) {
			*to++ = '\n';
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

static void
add_name(struct synth_text *t, const char *name)
{
	for (; *name; name++) {
		if (*name == '\n')
			text_add(t, "\\012", 4);
		else
			text_add(t, name, 1);
	}
}

/* A mapping's own line. */
static void
add_line(struct proc_where *w, const char *line, const struct map_line *m,
	 struct synth_text *t)
{
	char host[PATH_MAX], path[PATH_MAX];
	size_t pad;

	if (!m->name || !proc_where_is_path(m->name)) {
		text_fmt(t, "%s\n", line);
		return;
	}
	snprintf(host, sizeof(host), "%s", m->name);
	unescape_newlines(host);
	proc_where_show(w, host, makedev(m->major, m->minor), m->ino, path,
			sizeof(path));
	pad = m->head < NAME_COLUMN ? NAME_COLUMN - m->head : 1;
	text_fmt(t, "%.*s%*s", (int)m->head, line, (int)pad, "");
	add_name(t, path);
	text_add(t, "\n", 1);
}

static int
filter(struct fs *fs, const struct vfs_ctx *c, const struct proc_key *k,
       const char *name, struct synth_text *t)
{
	struct procfs *p = procfs_of(fs);
	const struct procfs_source *src = &p->source;
	struct synth_text host = { 0 };
	struct proc_where w;
	struct map_line m;
	bool hidden = false;
	char *line, *next;
	int err;

	err = proc_host_read(p, proc_host_path(k, name).s, &host);
	proc_where_init(&w, c);
	for (line = host.s; err == 0 && line && *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (parse_line(line, &m)) {
			hidden = m.ino && m.name &&
				 src->hidden(src->arg,
					     makedev(m.major, m.minor),
					     m.ino, m.name);
			if (!hidden)
				add_line(&w, line, &m, t);
		} else if (!hidden) {
			/* smaps: the figures of the mapping above */
			text_fmt(t, "%s\n", line);
		}
	}
	proc_where_fini(&w);
	text_fini(&host);
	return err;
}

int
proc_text_maps(struct fs *fs, const struct vfs_ctx *c,
	       const struct proc_key *k, struct synth_text *t)
{
	return filter(fs, c, k, "maps", t);
}

int
proc_text_smaps(struct fs *fs, const struct vfs_ctx *c,
		const struct proc_key *k, struct synth_text *t)
{
	return filter(fs, c, k, "smaps", t);
}
