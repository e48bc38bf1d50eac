/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mountinfo.c - the text of /proc/PID/{mountinfo,mounts,mountstats}.  As
 * fs/proc_namespace.c, Linux 6.18.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "include/auto.h"
#include "vfs/attach.h"
#include "vfs/dpath.h"
#include "vfs/mntns.h"
#include "vfs/node_tree.h"
#include "vfs/propagate.h"
#include "vfs/text.h"

#define SETTLE_MAX 16

struct words {
	unsigned long flag;
	const char *text;
};

static const struct words mount_words[] = {
	{ MS_NOSUID, ",nosuid" },
	{ MS_NODEV, ",nodev" },
	{ MS_NOEXEC, ",noexec" },
	{ MS_NOATIME, ",noatime" },
	{ MS_NODIRATIME, ",nodiratime" },
	{ MS_RELATIME, ",relatime" },
	{ MS_NOSYMFOLLOW, ",nosymfollow" },
	{ 0, NULL },
};

static const struct words sb_words[] = {
	{ MS_SYNCHRONOUS, ",sync" },
	{ MS_DIRSYNC, ",dirsync" },
	{ MS_MANDLOCK, ",mand" },
	{ MS_LAZYTIME, ",lazytime" },
	{ 0, NULL },
};

static void
put_words(struct text *t, const struct words *w, unsigned long flags)
{
	for (; w->text; w++)
		if (flags & w->flag)
			text_put(t, w->text);
}

static void
put_escaped(struct text *t, const char *s, const char *special)
{
	for (;;) {
		size_t plain = strcspn(s, special);

		text_put_bytes(t, s, plain);
		s += plain;
		if (!*s)
			break;
		text_printf(t, "\\%03o", (unsigned int)(unsigned char)*s);
		s++;
	}
}

#define PATH_SPECIAL	" \t\n\\"
#define NAME_SPECIAL	" \t\n\\#"

static void
put_source(struct text *t, const struct mount *m)
{
	put_escaped(t, m->source ? m->source : "none", NAME_SPECIAL);
}

/* Of the mount's root in its filesystem. */
static void
put_root(struct text *t, struct mount *m)
{
	AUTO_FREE char *path = NULL;
	bool gone = false;

	if (m->root == m->fs->root) {
		text_put(t, "/");
	} else if (node_fs_path(m->root, &path, &gone) < 0) {
		text_put(t, "//deleted");
	} else {
		put_escaped(t, path, PATH_SPECIAL);
		if (gone)
			text_put(t, "//deleted");
	}
}

static void
put_sb_options(struct text *t, struct mount *m)
{
	char buf[1024];

	if (!m->fs->ops->show_options)
		return;
	buf[0] = '\0';
	if (m->fs->ops->show_options(m->fs, buf, sizeof(buf)) >= 0)
		text_put(t, buf);
}

/* ------------------------------------------------------- who is visible */

static bool
is_visible(const struct mount *m, void *arg)
{
	return mount_is_reachable_locked(m, m->root, arg);
}

static void
put_tags(struct text *t, struct mount *m, const struct path *root)
{
	if (m->group)
		text_printf(t, " shared:%d", m->group);
	if (m->master) {
		struct path r = *root;
		int from = propagate_from_locked(m, is_visible, &r);

		text_printf(t, " master:%d", m->master->group);
		if (from && from != m->master->group)
			text_printf(t, " propagate_from:%d", from);
	}
	if (m->unbindable)
		text_put(t, " unbindable");
}

/* ----------------------------------------------------------------- lines */

static void
line_mountinfo(struct text *t, struct mount *m, const char *point,
	       const struct path *root)
{
	struct mount *parent = mount_parent_locked(m);
	unsigned long flags = atomic_load(&m->flags);
	unsigned long sb = atomic_load(&m->fs->sb_flags);

	text_printf(t, "%d %d %u:%u ", m->id, parent ? parent->id : m->id,
		major(m->fs->dev), minor(m->fs->dev));
	put_root(t, m);
	text_put(t, " ");
	put_escaped(t, point, PATH_SPECIAL);
	text_put(t, (flags & MS_RDONLY) ? " ro" : " rw");
	put_words(t, mount_words, flags);
	put_tags(t, m, root);
	text_put(t, " - ");
	put_escaped(t, m->fs->type->name, NAME_SPECIAL);
	text_put(t, " ");
	put_source(t, m);
	text_put(t, (sb & MS_RDONLY) ? " ro" : " rw");
	put_words(t, sb_words, sb);
	put_sb_options(t, m);
	text_put(t, "\n");
}

static void
line_mounts(struct text *t, struct mount *m, const char *point)
{
	put_source(t, m);
	text_put(t, " ");
	put_escaped(t, point, PATH_SPECIAL);
	text_put(t, " ");
	put_escaped(t, m->fs->type->name, NAME_SPECIAL);
	text_put(t, mount_is_readonly(m) ? " ro" : " rw");
	put_words(t, sb_words, atomic_load(&m->fs->sb_flags));
	put_words(t, mount_words, atomic_load(&m->flags));
	put_sb_options(t, m);
	text_put(t, " 0 0\n");
}

static void
line_mountstats(struct text *t, struct mount *m, const char *point)
{
	if (m->source) {
		text_put(t, "device ");
		put_source(t, m);
	} else {
		text_put(t, "no device");
	}
	text_put(t, " mounted on ");
	put_escaped(t, point, PATH_SPECIAL);
	text_put(t, " with fstype ");
	put_escaped(t, m->fs->type->name, NAME_SPECIAL);
	text_put(t, "\n");
}

static void
put_line(struct text *t, enum mount_table which, struct mount *m,
	 const char *point, const struct path *root)
{
	switch (which) {
	case TABLE_MOUNTINFO:
		line_mountinfo(t, m, point, root);
		break;
	case TABLE_MOUNTS:
		line_mounts(t, m, point);
		break;
	case TABLE_MOUNTSTATS:
		line_mountstats(t, m, point);
		break;
	}
}

/*
 * Who compares the numbers of a table with what stat() says reads the table
 * first (find -fstype).  So filesystems that nobody has used yet get theirs,
 * some at a time: to make thousands would take long.
 */
static void
settle(const struct vfs_ctx *c)
{
	struct fs *fs[SETTLE_MAX];
	struct mount *m;
	size_t n = 0;

	vfs_lock(c->vfs);
	TAILQ_FOREACH(m, &c->ns->mounts, ns_link)
		if (m->fs->unsettled && n < SETTLE_MAX)
			fs[n++] = fs_get(m->fs);
	vfs_unlock(c->vfs);
	for (size_t i = 0; i < n; i++) {
		fs_settle(fs[i], c);
		fs_put(fs[i]);
	}
}

int
vfs_mount_table(const struct vfs_ctx *c, enum mount_table which, char **text,
		size_t *len)
{
	struct dpath d = { .buf = NULL };
	struct text t = { .s = NULL };
	struct mount *m;
	bool gone;
	int end = 0;

	text_put(&t, "");
	if (which == TABLE_MOUNTINFO)
		settle(c);
	vfs_lock(c->vfs);
	TAILQ_FOREACH(m, &c->ns->mounts, ns_link) {
		dpath_reset(&d);
		end = dpath_build_locked(&d, &c->root, m, m->root, &gone);
		if (end == -ENOMEM || t.failed)
			break;
		if (end == DPATH_AT_ROOT)
			put_line(&t, which, m, dpath_text(&d), &c->root);
	}
	vfs_unlock(c->vfs);
	dpath_fini(&d);
	if (t.failed || end == -ENOMEM) {
		text_clear(&t);
		return -ENOMEM;
	}
	*text = t.s;
	*len = t.len;
	return 0;
}
