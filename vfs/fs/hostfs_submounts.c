/* SPDX-License-Identifier: Apache-2.0 */
/* hostfs: the host's own mounts below an export, from mountinfo. */
#include "vfs/fs/hostfs.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>

#include "include/auto.h"
#include "include/uapi.h"
#include "vfs/hostcall.h"

/* A line of mountinfo, its fields pointing into the text. */
struct line {
	long id, parent;
	char *point, *options, *fstype, *source;
};

struct submounts {
	struct hostfs_submount *list;
	size_t nr;
	long *ids;		/* of the mounts that are below, and the top */
	size_t nr_ids;
};

/* Undoes the \ooo of mountinfo, in place. */
static void
unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 +
				       (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* "ID PARENT DEV ROOT POINT OPTIONS [TAG...] - TYPE SOURCE SUPER" */
static bool
line_parse(char *text, struct line *l)
{
	char *save = NULL;
	char *field[6];
	char *f;

	for (int i = 0; i < 6; i++) {
		field[i] = strtok_r(i ? NULL : text, " \n", &save);
		if (!field[i])
			return false;
	}
	do {
		f = strtok_r(NULL, " \n", &save);
	} while (f && strcmp(f, "-") != 0);
	l->fstype = f ? strtok_r(NULL, " \n", &save) : NULL;
	if (!l->fstype)
		return false;
	l->source = strtok_r(NULL, " \n", &save);
	l->id = strtol(field[0], NULL, 10);
	l->parent = strtol(field[1], NULL, 10);
	l->point = field[4];
	l->options = field[5];
	unescape(l->point);
	unescape(l->fstype);
	if (l->source)
		unescape(l->source);
	return true;
}

static unsigned long
parse_flags(const char *options)
{
	static const struct {
		const char *word;
		unsigned long flag;
	} words[] = {
		{ "ro", MS_RDONLY }, { "nosuid", MS_NOSUID },
		{ "nodev", MS_NODEV }, { "noexec", MS_NOEXEC },
	};
	unsigned long flags = 0;

	while (*options) {
		size_t len = strcspn(options, ",");

		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (strlen(words[i].word) == len &&
			    strncmp(words[i].word, options, len) == 0)
				flags |= words[i].flag;
		options += len + (options[len] == ',');
	}
	return flags;
}

static bool
has_id(const struct submounts *s, long id)
{
	for (size_t i = 0; i < s->nr_ids; i++)
		if (s->ids[i] == id)
			return true;
	return false;
}

static int
add_id(struct submounts *s, long id)
{
	long *ids = reallocarray(s->ids, s->nr_ids + 1, sizeof(*ids));

	if (!ids)
		return -ENOMEM;
	ids[s->nr_ids++] = id;
	s->ids = ids;
	return 0;
}

static void
submount_fini(struct hostfs_submount *m)
{
	free(m->path);
	free(m->fstype);
	free(m->source);
}

/* What is mounted at or below `path` is covered now: forget it. */
static void
drop_covered(struct submounts *s, const char *path)
{
	size_t kept = 0, len = strlen(path);

	for (size_t i = 0; i < s->nr; i++) {
		struct hostfs_submount *m = &s->list[i];

		if (strncmp(m->path, path, len) == 0 &&
		    (m->path[len] == '\0' || m->path[len] == '/'))
			submount_fini(m);
		else
			s->list[kept++] = *m;
	}
	s->nr = kept;
}

static int
add_submount(struct submounts *s, const struct line *l, const char *rel)
{
	struct hostfs_submount *m, *list;

	drop_covered(s, rel);
	list = reallocarray(s->list, s->nr + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	s->list = list;
	m = &list[s->nr++];
	m->path = strdup(rel);
	m->fstype = strdup(l->fstype);
	m->source = strdup(l->source ? l->source : "none");
	m->flags = parse_flags(l->options);
	return m->path && m->fstype && m->source ? 0 : -ENOMEM;
}

/*
 * Takes the line if its parent is the export's mount or below it and its
 * mount point is below the export.  Returns 1 when it was taken.
 */
static int
take_line(struct submounts *s, const struct line *l, const char *top)
{
	size_t len = strcmp(top, "/") == 0 ? 0 : strlen(top);
	int err;

	if (has_id(s, l->id) || !has_id(s, l->parent))
		return 0;
	if (strncmp(l->point, top, len) != 0 || l->point[len] != '/' ||
	    !l->point[len + 1])
		return 0;
	err = add_id(s, l->id);
	if (!err)
		err = add_submount(s, l, l->point + len + 1);
	return err ? err : 1;
}

/* One pass over the table; 1 when it added something. */
static int
scan(struct submounts *s, const char *table, const char *top)
{
	AUTO_FREE char *copy = strdup(table);
	char *next = copy, *text;
	struct line l;
	int added = 0;

	if (!copy)
		return -ENOMEM;
	while ((text = strsep(&next, "\n"))) {
		int r = line_parse(text, &l) ? take_line(s, &l, top) : 0;

		if (r < 0)
			return r;
		added |= r;
	}
	return added;
}

int
hostfs_mount_table(char **table)
{
	AUTO_FD fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	AUTO_FREE char *text = NULL;
	size_t len = 0, size = 8192;
	ssize_t n;

	if (fd < 0)
		return -errno;
	do {
		char *more = realloc(text, size *= 2);

		if (!more)
			return -ENOMEM;
		text = more;
		do {
			n = read(fd, text + len, size - 1 - len);
			if (n < 0)
				return -errno;
			len += (size_t)n;
		} while (n > 0 && len < size - 1);
	} while (n > 0);
	text[len] = '\0';
	*table = steal_ptr(&text);
	return 0;
}

static int
by_depth(const void *a, const void *b)
{
	const struct hostfs_submount *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* The export's path and the id of the mount that it is on. */
static int
where_is(int fd, char *path, size_t size, long *id)
{
	struct statx stx;
	ssize_t n;
	int err = host_statx(fd, 0, STATX_MNT_ID, &stx);

	if (err)
		return err;
	n = host_fd_path(fd, path, size - 1);
	if (n < 0)
		return (int)n;
	path[n] = '\0';
	*id = (long)stx.stx_mnt_id;
	return 0;
}

int
hostfs_submounts(int fd, const char *table, struct hostfs_submount **list,
		 size_t *nr)
{
	AUTO_FREE char *top = malloc(PATH_MAX);
	struct submounts s = { 0 };
	long id = 0;
	int r = top ? where_is(fd, top, PATH_MAX, &id) : -ENOMEM;

	if (!r)
		r = add_id(&s, id);
	/* A parent may be listed after its child: until nothing is new. */
	if (!r)
		do {
			r = scan(&s, table, top);
		} while (r > 0);
	free(s.ids);
	if (r < 0) {
		hostfs_submounts_free(s.list, s.nr);
		return r;
	}
	if (s.nr)
		qsort(s.list, s.nr, sizeof(*s.list), by_depth);
	*list = s.list;
	*nr = s.nr;
	return 0;
}

void
hostfs_submounts_free(struct hostfs_submount *list, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		submount_fini(&list[i]);
	free(list);
}
