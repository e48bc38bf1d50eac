/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a file as the host names it to its path in the guest's tree.
 *
 * /proc/PID/maps names files by their paths on the host, or, where a mount of
 * ours is a detached one, by their paths inside it; nothing holds them open
 * for us.  So the path is guessed and checked: the tail of the host's path,
 * below each of the reader's mounts of the same device, must lead to a file of
 * the same inode number.  All looking is done in the reader's own tree.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "include/auto.h"
#include "vfs/fs/procfs_priv.h"

#define DELETED		" (deleted)"
#define MOUNTS_MAX	256		/* that are looked at for one file */

void
proc_where_init(struct proc_where *w, const struct vfs_ctx *c)
{
	memset(w, 0, sizeof(*w));
	w->c = c;
}

void
proc_where_fini(struct proc_where *w)
{
	free(w->table);
	free(w->host);
	free(w->found);
}

bool
proc_where_is_path(const char *host)
{
	static const char *const others[] = {
		"/memfd:", "/SYSV", "/dev/zero (deleted)", "/[aio]",
		"/anon_hugepage", "/drm mm object", "/i915",
	};

	if (host[0] != '/')
		return false;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strncmp(host, others[i], strlen(others[i])) == 0)
			return false;
	return true;
}

static bool
is_deleted(const char *path)
{
	size_t len = strlen(path), tail = strlen(DELETED);

	return len > tail && strcmp(path + len - tail, DELETED) == 0;
}

/*
 * Does `path` lead to the file?  A deleted one is no more at its name: then
 * its directory must be there.  Device numbers of files differ from those in
 * maps on some filesystems (btrfs, overlayfs), and are not compared.
 */
static bool
leads_there(struct proc_where *w, char *path, ino_t ino, bool deleted)
{
	/* The kernel tells no path through a link: that is another mount's. */
	struct vfs_at at = { .name = path, .resolve = RESOLVE_NO_SYMLINKS };
	char *slash = strrchr(path, '/');
	struct stat st;
	int err;

	if (!deleted)
		return vfs_stat(w->c, &at, &st) == 0 && st.st_ino == ino &&
		       !S_ISDIR(st.st_mode);
	if (slash == path)
		return true;
	*slash = '\0';
	err = vfs_stat(w->c, &at, &st);
	*slash = '/';
	return err == 0 && S_ISDIR(st.st_mode);
}

/* Takes a field off a line of mountinfo. */
static char *
next_field(char **line)
{
	char *s = *line, *end = s + strcspn(s, " \n");

	*line = *end ? end + 1 : end;
	*end = '\0';
	return s;
}

/* "\040" and the like, in place. */
static void
unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] &&
		    s[3]) {
			*to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 +
				       (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* The longest tail of `host` that leads to the file below `mnt`. */
static bool
search_mount(struct proc_where *w, const char *mnt, const char *host,
	     ino_t ino, bool deleted, char *buf, size_t size)
{
	const char *tail;

	if (strcmp(mnt, "/") == 0)
		mnt = "";
	for (tail = host; tail; tail = strchr(tail + 1, '/')) {
		int n = snprintf(buf, size, "%s%s", mnt, tail);

		if (n > 0 && (size_t)n < size &&
		    leads_there(w, buf, ino, deleted))
			return true;
	}
	return false;
}

/* Goes through the reader's mounts of the device, the latest first. */
static bool
search_mounts(struct proc_where *w, const char *host, dev_t dev, ino_t ino,
	      bool deleted, char *buf, size_t size)
{
	char *found[MOUNTS_MAX];
	AUTO_FREE char *copy = NULL;
	char *line, *next, want[32];
	size_t len, nr = 0;

	if (!w->table &&
	    vfs_mount_table(w->c, TABLE_MOUNTINFO, &w->table, &len) < 0)
		return false;
	copy = strdup(w->table);
	if (!copy)
		return false;
	snprintf(want, sizeof(want), "%u:%u", major(dev), minor(dev));
	for (line = copy; *line && nr < MOUNTS_MAX; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		next_field(&line);		/* id */
		next_field(&line);		/* parent */
		if (strcmp(next_field(&line), want) != 0)
			continue;
		next_field(&line);		/* root */
		found[nr] = next_field(&line);
		unescape(found[nr++]);
	}
	while (nr-- > 0)
		if (search_mount(w, found[nr], host, ino, deleted, buf, size))
			return true;
	return false;
}

static void
find_path(struct proc_where *w, const char *host, dev_t dev, ino_t ino,
	  char *buf, size_t size)
{
	bool deleted = is_deleted(host);
	const char *name = strrchr(host, '/');

	snprintf(buf, size, "%s", host);
	if (!deleted && leads_there(w, buf, ino, false))
		return;
	if (search_mounts(w, host, dev, ino, deleted, buf, size))
		return;
	/* A name that the reader can see anyway says nothing of the host. */
	snprintf(buf, size, "%s", host);
	if (leads_there(w, buf, ino, true))
		return;
	snprintf(buf, size, "(unreachable)%s", name ? name : "/");
}

void
proc_where_show(struct proc_where *w, const char *host, dev_t dev, ino_t ino,
		char *buf, size_t size)
{
	if (w->host && w->ino == ino && strcmp(w->host, host) == 0) {
		snprintf(buf, size, "%s", w->found);
		return;
	}
	find_path(w, host, dev, ino, buf, size);
	free(w->host);
	free(w->found);
	w->ino = ino;
	w->host = strdup(host);
	w->found = strdup(buf);
	if (!w->host || !w->found) {
		free(w->host);
		w->host = NULL;
	}
}
