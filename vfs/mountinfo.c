/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mountinfo.c - the text of /proc/PID/{mountinfo,mounts,mountstats}.  As
 * fs/proc_namespace.c, Linux 6.18.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "include/auto.h"
#include "vfs/attach.h"
#include "vfs/dpath.h"
#include "vfs/mntns.h"
#include "vfs/node_tree.h"
#include "vfs/propagate.h"

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
put_words(FILE *f, const struct words *w, unsigned long flags)
{
	for (; w->text; w++)
		if (flags & w->flag)
			fputs(w->text, f);
}

static void
put_escaped(FILE *f, const char *s, const char *special)
{
	for (; *s; s++) {
		if (strchr(special, *s))
			fprintf(f, "\\%03o", (unsigned int)(unsigned char)*s);
		else
			putc_unlocked(*s, f);
	}
}

#define PATH_SPECIAL	" \t\n\\"
#define NAME_SPECIAL	" \t\n\\#"

static void
put_source(FILE *f, const struct mount *m)
{
	put_escaped(f, m->source ? m->source : "none", NAME_SPECIAL);
}

/* Of the mount's root in its filesystem. */
static void
put_root(FILE *f, struct mount *m)
{
	AUTO_FREE char *path = NULL;
	bool gone = false;

	if (m->root == m->fs->root) {
		putc_unlocked('/', f);
	} else if (node_fs_path(m->root, &path, &gone) < 0) {
		fputs("//deleted", f);
	} else {
		put_escaped(f, path, PATH_SPECIAL);
		if (gone)
			fputs("//deleted", f);
	}
}

static void
put_sb_options(FILE *f, struct mount *m)
{
	char buf[1024];

	if (!m->fs->ops->show_options)
		return;
	buf[0] = '\0';
	if (m->fs->ops->show_options(m->fs, buf, sizeof(buf)) >= 0)
		fputs(buf, f);
}

/* ------------------------------------------------------- who is visible */

static bool
is_visible(const struct mount *m, void *arg)
{
	const struct path *root = arg;
	struct dpath d = { NULL };
	bool gone;
	int end;

	end = dpath_build_locked(&d, root, (struct mount *)(uintptr_t)m,
				 m->root, &gone);
	dpath_fini(&d);
	return end == DPATH_AT_ROOT;
}

static void
put_tags(FILE *f, struct mount *m, const struct path *root)
{
	if (m->group)
		fprintf(f, " shared:%d", m->group);
	if (m->master) {
		struct path r = *root;
		int from = propagate_from_locked(m, is_visible, &r);

		fprintf(f, " master:%d", m->master->group);
		if (from && from != m->master->group)
			fprintf(f, " propagate_from:%d", from);
	}
	if (m->unbindable)
		fputs(" unbindable", f);
}

/* ----------------------------------------------------------------- lines */

static void
line_mountinfo(FILE *f, struct mount *m, const char *point,
	       const struct path *root)
{
	struct mount *parent = mount_parent_locked(m);
	unsigned long flags = atomic_load(&m->flags);
	unsigned long sb = atomic_load(&m->fs->sb_flags);

	fprintf(f, "%d %d %u:%u ", m->id, parent ? parent->id : m->id,
		major(m->fs->dev), minor(m->fs->dev));
	put_root(f, m);
	putc_unlocked(' ', f);
	put_escaped(f, point, PATH_SPECIAL);
	fputs((flags & MS_RDONLY) ? " ro" : " rw", f);
	put_words(f, mount_words, flags);
	put_tags(f, m, root);
	fputs(" - ", f);
	put_escaped(f, m->fs->type->name, NAME_SPECIAL);
	putc_unlocked(' ', f);
	put_source(f, m);
	fputs((sb & MS_RDONLY) ? " ro" : " rw", f);
	put_words(f, sb_words, sb);
	put_sb_options(f, m);
	putc_unlocked('\n', f);
}

static void
line_mounts(FILE *f, struct mount *m, const char *point)
{
	put_source(f, m);
	putc_unlocked(' ', f);
	put_escaped(f, point, PATH_SPECIAL);
	putc_unlocked(' ', f);
	put_escaped(f, m->fs->type->name, NAME_SPECIAL);
	fputs(mount_is_readonly(m) ? " ro" : " rw", f);
	put_words(f, sb_words, atomic_load(&m->fs->sb_flags));
	put_words(f, mount_words, atomic_load(&m->flags));
	put_sb_options(f, m);
	fputs(" 0 0\n", f);
}

static void
line_mountstats(FILE *f, struct mount *m, const char *point)
{
	if (m->source) {
		fputs("device ", f);
		put_source(f, m);
	} else {
		fputs("no device", f);
	}
	fputs(" mounted on ", f);
	put_escaped(f, point, PATH_SPECIAL);
	fputs(" with fstype ", f);
	put_escaped(f, m->fs->type->name, NAME_SPECIAL);
	putc_unlocked('\n', f);
}

static void
put_line(FILE *f, enum mount_table which, struct mount *m,
	 const char *point, const struct path *root)
{
	switch (which) {
	case TABLE_MOUNTINFO:
		line_mountinfo(f, m, point, root);
		break;
	case TABLE_MOUNTS:
		line_mounts(f, m, point);
		break;
	case TABLE_MOUNTSTATS:
		line_mountstats(f, m, point);
		break;
	}
}

int
vfs_mount_table(const struct vfs_ctx *c, enum mount_table which, char **text,
		size_t *len)
{
	struct dpath d = { NULL };
	char *buf = NULL;
	struct mount *m;
	size_t size = 0;
	FILE *f = open_memstream(&buf, &size);
	int end = 0;
	bool gone, bad;

	if (!f)
		return -errno;
	vfs_lock(c->vfs);
	TAILQ_FOREACH(m, &c->ns->mounts, ns_link) {
		dpath_reset(&d);
		end = dpath_build_locked(&d, &c->root, m, m->root, &gone);
		if (end == -ENOMEM)
			break;
		if (end == DPATH_AT_ROOT)
			put_line(f, which, m, dpath_text(&d), &c->root);
	}
	vfs_unlock(c->vfs);
	dpath_fini(&d);
	bad = ferror(f);
	if (fclose(f) != 0 || bad || end == -ENOMEM) {
		free(buf);
		return -ENOMEM;
	}
	*text = buf;
	*len = size;
	return 0;
}
