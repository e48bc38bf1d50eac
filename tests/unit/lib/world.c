/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/lib/testfs.h"

static void
refresh(struct world *w)
{
	w->ctx.vfs = w->vfs;
	w->ctx.ns = w->ns;
	w->ctx.root = w->root;
	w->ctx.cwd = w->cwd;
}

void
world_new(struct world *w, const char *contents)
{
	struct mount *root;

	memset(w, 0, sizeof(*w));
	assert(vfs_new(&w->vfs) == 0);
	assert(vfs_register_type(w->vfs, &testfs_type) == 0);
	assert(vfs_register_type(w->vfs, &testfs2_type) == 0);
	assert(vfs_kern_mount(w->vfs, &testfs_type, "root", 0, contents,
			      &root) == 0);
	assert(vfs_new_ns(w->vfs, root, &w->ns) == 0);
	mntns_root(w->ns, &w->root);
	w->cwd = w->root;
	path_get(&w->cwd);
	w->ctx.umask = 022;
	w->ctx.may_mount = true;
	w->ctx.cap_chroot = true;
	refresh(w);
}

void
world_free(struct world *w)
{
	path_put(&w->root);
	path_put(&w->cwd);
	mntns_put(w->ns);
	assert(vfs_free(w->vfs) == 0);
}

int
world_mount(struct world *w, const char *contents, const char *where)
{
	struct mount *m;
	struct path p;
	int err = w_lookup(w, where, &p);

	if (err < 0)
		return err;
	err = vfs_kern_mount(w->vfs, &testfs_type, "src", 0, contents, &m);
	if (err == 0)
		err = vfs_attach(&w->ctx, m, &p);
	path_put(&p);
	return err;
}

struct vfs_at
at_flags(const char *name, unsigned int flags)
{
	return (struct vfs_at){ .name = name, .flags = flags };
}

struct vfs_at
at(const char *name)
{
	return at_flags(name, LOOK_FOLLOW);
}

int
w_lookup(struct world *w, const char *name, struct path *out)
{
	struct vfs_at a = at(name);

	return vfs_lookup(&w->ctx, &a, out);
}

int
w_err(struct world *w, const char *name)
{
	struct vfs_at a = at(name);
	struct stat st;

	return vfs_stat(&w->ctx, &a, &st);
}

int
w_open(struct world *w, const char *name, uint64_t flags)
{
	struct vfs_at a = at(name);
	struct open_how how = { .flags = flags,
				.mode = (flags & O_CREAT) ? 0666 : 0 };
	int fd = -1, err = vfs_open(&w->ctx, &a, &how, true, &fd, NULL);

	return err < 0 ? err : fd;
}

int
w_mount(struct world *w, const char *src, const char *dst, const char *type,
	unsigned long flags, const char *data)
{
	struct vfs_at a = at(dst);

	return vfs_mount(&w->ctx, src, &a, type, flags, data);
}

int
w_umount(struct world *w, const char *name, int flags)
{
	struct vfs_at a = at(name);

	return vfs_umount(&w->ctx, &a, flags);
}

int
w_mkdir(struct world *w, const char *name)
{
	struct vfs_at a = at(name);

	return vfs_mkdir(&w->ctx, &a, 0777);
}

int
w_chdir(struct world *w, const char *name)
{
	struct path p;
	int err = w_lookup(w, name, &p);

	if (err < 0)
		return err;
	path_put(&w->cwd);
	w->cwd = p;
	refresh(w);
	return 0;
}

int
w_chroot(struct world *w, const char *name)
{
	struct path p;
	int err = w_lookup(w, name, &p);

	if (err < 0)
		return err;
	path_put(&w->root);
	w->root = p;
	refresh(w);
	return 0;
}

void
w_table(struct world *w, char *buf, size_t size)
{
	char *text, *line, *next, *tags, *end, *out = buf;
	char root[256], point[256], flags[256];
	size_t len;

	assert(vfs_mount_table(&w->ctx, TABLE_MOUNTINFO, &text, &len) == 0);
	*buf = '\0';
	for (next = text; (line = strsep(&next, "\n")) && *line; ) {
		int n = 0;

		assert(sscanf(line, "%*d %*d %*s %255s %255s %255s%n", root,
			      point, flags, &n) == 3);
		tags = line + n;
		end = strstr(tags, " - ");
		assert(end);
		*end = '\0';
		out += snprintf(out, size - (size_t)(out - buf),
				"%s %s %s%s;", root, point, flags, tags);
	}
	free(text);
}

const char *
w_path(struct world *w, const struct path *p)
{
	static char buf[4096];
	ssize_t len = vfs_dpath(&w->ctx, p, buf, sizeof(buf), 0);

	return len < 0 ? NULL : buf;
}
