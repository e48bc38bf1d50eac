/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk_link.c - what happens at a symbolic link, or a magic one.
 *
 * A link's text is spliced into the string in place of its name: what stands
 * before it holds no link, so walking that again leads to the same directory
 * or to another one that a rename has put there meanwhile.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vfs/anon.h"
#include "vfs/walk.h"

void
walk_stop_fini(struct fs_stop *stop)
{
	free(stop->target);
	stop->target = NULL;
	if (stop->jump.node)
		node_put(stop->jump.node);
	if (stop->jump.mnt)
		mount_put(stop->jump.mnt);
	stop->jump.node = NULL;
	stop->jump.mnt = NULL;
	if (stop->jump_fd >= 0)
		close(stop->jump_fd);
	stop->jump_fd = -1;
}

static bool
has_dotdot(const char *s, size_t len)
{
	const char *end = s + len;

	while (s < end) {
		size_t l = pathstr_first(s);

		if (pathstr_is_dotdot(s, l))
			return true;
		s = pathstr_skip(s, l);
	}
	return false;
}

/*
 * Under RESOLVE_NO_XDEV an absolute link is refused unless the walk has met
 * the root before, and is on its mount; as nd_jump_root() does, which looks
 * at a root that it has not set yet.
 */
static bool
may_jump_to_root(const struct walk *w, const struct fs_stop *stop)
{
	if (!(w->resolve & RESOLVE_NO_XDEV))
		return true;
	return w->mnt == w->root.mnt &&
	       (w->root_met || has_dotdot(w->str.text, stop->consumed));
}

static int
follow_text(struct walk *w, struct fs_stop *stop)
{
	const char *rest = pathstr_skip(w->str.text, stop->consumed);
	size_t dir_len = stop->dir_len;

	if (!stop->target[0])
		return -ENOENT;
	if (stop->target[0] == '/') {
		if (w->resolve & RESOLVE_BENEATH)
			return -EXDEV;
		if (!may_jump_to_root(w, stop))
			return -EXDEV;
		w->root_met = true;
		walk_move(w, mount_get(w->root.mnt), node_get(w->root.node));
		dir_len = 0;
	}
	return pathstr_splice(&w->str, w->str.text, dir_len, stop->target,
			      rest, w->str.slash);
}

/* As nd_jump_link() in fs/namei.c. */
static int
follow_jump(struct walk *w, struct fs_stop *stop)
{
	if (w->resolve & RESOLVE_NO_MAGICLINKS)
		return -ELOOP;
	if ((w->resolve & RESOLVE_NO_XDEV) && stop->jump.mnt != w->mnt)
		return -EXDEV;
	if (w->resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT))
		return -EXDEV;
	w->str.text = pathstr_skip(w->str.text, stop->consumed);
	if (!stop->jump.node)
		return walk_jump_fd(w, stop);
	walk_move(w, stop->jump.mnt, stop->jump.node);
	stop->jump.mnt = NULL;
	stop->jump.node = NULL;
	return 0;
}

int
walk_stop(struct walk *w, int what, struct fs_stop *stop)
{
	if (w->links++ >= WALK_MAX_LINKS)
		return -ELOOP;
	if (w->resolve & RESOLVE_NO_SYMLINKS)
		return -ELOOP;
	if (atomic_load(&w->mnt->flags) & MS_NOSYMFOLLOW)
		return -ELOOP;
	if (what == FS_JUMP)
		return follow_jump(w, stop);
	return follow_text(w, stop);
}

int
walk_root_link(struct walk *w, struct mount *mnt, struct node *dir, size_t len)
{
	struct fs_stop stop = { .jump_fd = -1, .consumed = len };
	struct fs_obj o = { .fd = -1 };
	AUTO_FREE char *text = calloc(1, PATH_MAX);
	ssize_t n = -ENOMEM;
	bool refused = atomic_load(&w->mnt->flags) & MS_NOSYMFOLLOW;

	if (text)
		n = w->node->fs->ops->node_obj(w->node, &o);
	if (n == 0) {
		n = o.fs->ops->readlink(&o, w->c, text, PATH_MAX - 1);
		fs_obj_fini(&o);
	}
	/* its text is read from the directory that the mount lies in */
	walk_move(w, mnt, dir);
	if (n < 0)
		return (int)n;
	if (refused)
		return -ELOOP;
	stop.target = text;
	return walk_stop(w, FS_LINK, &stop);
}

/*
 * The object is known by a descriptor only.  If one of our filesystems made
 * it, that one's policy goes on applying.
 */
int
walk_jump_fd(struct walk *w, struct fs_stop *stop)
{
	struct vfs *v = w->c->vfs;
	struct mount *mnt = stop->jump.mnt;

	if (w->str.text[0] || w->str.slash)
		return -ENOTDIR;
	anon_obj(v, stop->jump_fd, &w->obj);
	stop->jump_fd = -1;
	if (mnt)
		mount_get(mnt);
	else
		mnt = place_mount_get(w->c, w->obj.fd);
	if (mnt)
		w->obj.fs = mnt->fs;
	walk_move(w, mnt ? mnt : mount_get(v->anon_mnt), NULL);
	return 0;
}
