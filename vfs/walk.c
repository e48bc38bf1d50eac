/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk.c - the walk: step through the sparse tree, hand the rest over.
 *
 * The string is cut lexically, never by looking: "a/../b" goes to the
 * filesystem as it stands, since "a" must exist.  Two things must not be
 * handed over: a ".." that climbs above the position (there may be another
 * mount above), and a way back to the position while mount points lie below
 * it (the next component may be one).
 */
#include "vfs/walk.h"

#include <errno.h>
#include <string.h>

#include "vfs/node_tree.h"

/* A string longer than this is handed over in pieces. */
#define CHUNK_MAX	4000

/* How a piece of the string, handed over alone, ends. */
enum chunk { CHUNK_ALL, CHUNK_BACK, CHUNK_PART };

/* ----------------------------------------------------------- beginning */

/* The bytes of a path that starts here: sets the position and what is
 * left.  -ENOENT for "" without LOOK_EMPTY. */
static int
walk_begin(struct walk *w, const struct vfs_ctx *c, const struct vfs_at *at)
{
	const struct path *base = at->base ? at->base : &c->cwd;
	int err;

	w->c = c;
	w->resolve = at->resolve;
	w->flags = at->flags;
	if (!at->name[0] && !(at->flags & LOOK_EMPTY))
		return -ENOENT;
	if (w->resolve & RESOLVE_CACHED)
		return -EAGAIN;
	err = pathstr_init(&w->str, at->name);
	if (err < 0)
		return err;
	w->root = c->root;
	w->root_met = w->str.absolute;
	if (w->resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) {
		w->root = *base;
		w->root_met = true;
	}
	if (w->str.absolute) {
		if (w->resolve & RESOLVE_BENEATH)
			return -EXDEV;
		base = &w->root;
	}
	walk_move(w, mount_get(base->mnt), node_get(base->node));
	return 0;
}

void
walk_fini(struct walk *w)
{
	fs_obj_fini(&w->obj);
	if (w->node)
		node_put(w->node);
	if (w->mnt) {
		/* as mntput(): who looks at a mount unmarks it */
		if (!w->keep_mark)
			atomic_store_explicit(&w->mnt->expire, false,
					      memory_order_relaxed);
		mount_put(w->mnt);
	}
	if (w->fd >= 0)
		close(w->fd);
	pathstr_fini(&w->str);
	pathstr_fini(&w->whole);
}

/* --------------------------------------------------------- sparse tree */

/* Something is mounted on `child`, the next component, which is taken over.
 * 1, or 2: its root is a link, whose text has replaced the component. */
static int
step_onto_mount(struct walk *w, struct node *child, size_t len)
{
	struct mount *mnt = mount_get(w->mnt);
	struct node *dir = node_get(w->node);
	bool last = !w->str.text[len];
	int err;

	walk_move(w, mount_get(w->mnt), child);
	err = walk_cross(w);
	if (err == 0 && S_ISLNK(w->node->type) &&
	    (!last || w->str.slash || (w->flags & LOOK_FOLLOW))) {
		err = walk_root_link(w, mnt, dir, len);
		return err < 0 ? err : 2;
	}
	node_put(dir);
	mount_put(mnt);
	return err < 0 ? err : 1;
}

/* One component that the core can take by itself.  1: taken, 2: replaced by
 * others, 0: not. */
static int
step(struct walk *w, size_t len)
{
	const char *rest = w->str.text;
	struct node *child;
	int err;

	if (!S_ISDIR(w->node->type))
		return -ENOTDIR;
	if (len == 1 && *rest == '.') {
		err = node_may_search(w->node, w->c);
		return err < 0 ? err : 1;
	}
	if (pathstr_is_dotdot(rest, len)) {
		err = walk_dotdot(w);
		return err < 0 ? err : 1;
	}
	if (!atomic_load_explicit(&w->node->below, memory_order_acquire))
		return 0;
	err = node_step(w->node, w->c, rest, len, &child);
	if (err <= 0)
		return err;
	if ((rest[len] || !(w->flags & LOOK_NO_XMOUNT)) &&
	    atomic_load(&child->mounts))
		return step_onto_mount(w, child, len);
	walk_move(w, mount_get(w->mnt), child);
	return 1;
}

/* As far as the sparse tree goes. */
static int
descend(struct walk *w)
{
	while (w->str.text[0]) {
		size_t len = pathstr_first(w->str.text);
		int taken = step(w, len);

		if (taken <= 0)
			return taken;
		if (taken == 1)
			w->str.text = pathstr_skip(w->str.text, len);
	}
	return 0;
}

/* ----------------------------------------------------- handing over */

/* Might a path from here come by the root, where ".." ends?  For a caller
 * who is outside of its root. */
static bool
root_is_below(const struct walk *w)
{
	return w->root.mnt == w->mnt && w->root.node != w->mnt->root &&
	       w->root.node != w->node &&
	       node_is_below(w->root.node, w->node);
}

/* How much of `s` the filesystem can be given at once; see the top. */
static enum chunk
next_chunk(const struct walk *w, size_t *chunk_len)
{
	const char *s = w->str.text, *p = s;
	bool below = atomic_load(&w->node->below) != 0;
	size_t total = strlen(s);
	int depth = 0;

	*chunk_len = total;
	if (total <= CHUNK_MAX && !strstr(s, "/.."))
		return CHUNK_ALL;
	if (root_is_below(w)) {
		*chunk_len = pathstr_first(s);
		return CHUNK_PART;
	}
	while (*p) {
		size_t len = pathstr_first(p);
		size_t end = (size_t)(p - s) + len;
		const char *next = pathstr_skip(p, len);

		if (end > CHUNK_MAX && p > s) {
			*chunk_len = (size_t)(p - s) - 1;
			return CHUNK_PART;
		}
		depth += pathstr_is_dotdot(p, len) ? -1 : 1;
		if (depth == 0 &&
		    (below || pathstr_is_dotdot(next, pathstr_first(next)))) {
			*chunk_len = end;
			return CHUNK_BACK;
		}
		p = next;
	}
	return CHUNK_ALL;
}

static bool
wants_directory(const struct walk *w)
{
	return w->str.slash || (w->flags & LOOK_DIRECTORY);
}

/* FS_NOFOLLOW goes alone: what is found then is judged afterwards. */
static unsigned int
lookup_how(const struct walk *w)
{
	if (!(w->flags & LOOK_FOLLOW) && !w->str.slash)
		return FS_NOFOLLOW;
	return wants_directory(w) ? FS_DIRECTORY : 0;
}

/* Would access() say something that the filesystem does not know of? */
static bool
mount_forbids(const struct walk *w, int mode)
{
	unsigned long flags = atomic_load(&w->mnt->flags) |
			      atomic_load(&w->mnt->fs->sb_flags);

	return ((mode & W_OK) && (flags & MS_RDONLY)) ||
	       ((mode & X_OK) && (flags & MS_NOEXEC));
}

static int
link_at_once(struct walk *w)
{
	const struct fs_ops *ops = w->node->fs->ops;
	ssize_t n;

	if (wants_directory(w) || !ops->readlink_name)
		return -EAGAIN;
	n = ops->readlink_name(w->node, w->str.text, w->link, w->link_size);
	if (n < 0)
		return (int)n;
	w->link_len = n;
	return 0;
}

/* Only stat(), access() or readlink() of it is asked.  As ops->stat_name. */
static int
ask_at_once(struct walk *w)
{
	const struct fs_ops *ops = w->node->fs->ops;
	unsigned int how = lookup_how(w);
	const char *rest = w->str.text;
	int ret = -EAGAIN;

	if (wants_directory(w))
		how |= FS_DIRECTORY;
	if (w->stat && ops->stat_name)
		ret = ops->stat_name(w->node, rest, how, w->stat);
	else if (w->access && ops->access_name && !mount_forbids(w, *w->access))
		ret = ops->access_name(w->node, rest, how, w->c, *w->access);
	else if (w->link)
		ret = link_at_once(w);
	w->answered = ret == 0;
	return ret;
}

/* All that is left, in one call. */
static int
hand_over_all(struct walk *w, struct fs_stop *stop)
{
	const struct fs_ops *ops = w->node->fs->ops;
	unsigned int how;
	int ret;

	if (w->open)
		return walk_end_open(w, w->str.text, stop);
	ret = ask_at_once(w);
	if (ret != -EAGAIN)
		return ret;
	how = lookup_how(w);
	ret = ops->lookup(w->node->fs, w->c, w->node, w->str.text, how,
			  &w->obj, stop);
	if (ret == 0 && how == FS_NOFOLLOW && wants_directory(w)) {
		ret = walk_identify(w);
		if (ret == 0 && !S_ISDIR(w->obj.mode))
			ret = -ENOTDIR;
	}
	return ret;
}

/* A piece that ends in a directory: either the position again, or one to go
 * on from. */
static int
hand_over_piece(struct walk *w, enum chunk kind, size_t len,
		struct fs_stop *stop)
{
	struct fs *fs = w->node->fs;
	AUTO_FREE char *piece = strndup(w->str.text, len);
	struct fs_obj o = { .fs = fs, .fd = -1 };
	struct node *node;
	int ret;

	if (!piece)
		return -ENOMEM;
	ret = fs->ops->lookup(fs, w->c, w->node, piece, FS_DIRECTORY, &o,
			      stop);
	if (ret)
		return ret;
	if (kind == CHUNK_PART) {
		ret = node_for_obj(&o, &node);
		if (ret == 0)
			walk_move(w, mount_get(w->mnt), node);
	} else {
		ret = walk_cross(w);
	}
	fs_obj_fini(&o);
	if (ret == 0)
		w->str.text = pathstr_skip(w->str.text, len);
	return ret;
}

/* ------------------------------------------------------------- the end */

/* The position itself is the object. */
static int
end_at_node(struct walk *w)
{
	struct fs_stop stop = { .jump_fd = -1 };
	struct fs *fs = w->node->fs;
	int err;

	if (wants_directory(w) && !S_ISDIR(w->node->type))
		return -ENOTDIR;
	if (w->open) {
		err = walk_end_open(w, "", &stop);
		walk_stop_fini(&stop);
		return err > 0 ? -ELOOP : err;
	}
	err = fs->ops->node_obj(w->node, &w->obj);
	if (err < 0)
		return err;
	if (!w->obj.node)
		w->obj.node = node_get(w->node);
	return 0;
}

static int
walk_run(struct walk *w)
{
	for (;;) {
		struct fs_stop stop = { .jump_fd = -1 };
		enum chunk kind;
		size_t len;
		int ret;

		ret = descend(w);
		if (ret < 0)
			return ret;
		if (!w->str.text[0])
			return end_at_node(w);
		kind = next_chunk(w, &len);
		if (kind == CHUNK_ALL)
			ret = hand_over_all(w, &stop);
		else
			ret = hand_over_piece(w, kind, len, &stop);
		if (ret < 0 || (ret == 0 && kind == CHUNK_ALL))
			return ret;
		if (ret == FS_LINK || ret == FS_JUMP) {
			ret = walk_stop(w, ret, &stop);
			walk_stop_fini(&stop);
			if (ret < 0)
				return ret;
			if (!w->node)
				return w->open ? walk_end_open_obj(w) : 0;
		}
	}
}

int
walk_obj(struct walk *w, const struct vfs_ctx *c, const struct vfs_at *at)
{
	int err = walk_begin(w, c, at);

	return err < 0 ? err : walk_run(w);
}

int
walk_open(struct walk *w, const struct vfs_ctx *c, const struct vfs_at *at,
	  struct fs_open *how)
{
	int err = walk_begin(w, c, at);

	w->open = how;
	return err < 0 ? err : walk_run(w);
}

int
walk_parent(struct walk *w, const struct vfs_ctx *c, const struct vfs_at *at)
{
	int err = walk_begin(w, c, at);

	if (err < 0)
		return err;
	err = pathstr_cut_last(&w->str, &w->last);
	if (err < 0)
		return err;
	w->last_slash = w->str.slash;
	if (!w->last[0]) {
		w->last_type = LAST_ROOT;
		w->str.text = "";
	} else if (strcmp(w->last, ".") == 0) {
		w->last_type = LAST_DOT;
	} else if (strcmp(w->last, "..") == 0) {
		w->last_type = LAST_DOTDOT;
	}
	/* a link among the directories replaces the string */
	w->whole = w->str;
	w->str = (struct pathstr){ .text = w->whole.text };
	w->flags = LOOK_FOLLOW | LOOK_DIRECTORY;
	return walk_run(w);
}

/* ----------------------------------------------------------- the result */

int
walk_identify(struct walk *w)
{
	return w->obj.mode ? 0 : w->obj.fs->ops->identify(&w->obj);
}

int
walk_borrow(struct walk *w, struct path *out)
{
	struct node *node;
	int err;

	if (!w->obj.node) {
		err = node_for_obj(&w->obj, &node);
		if (err < 0)
			return err;
		w->obj.node = node;
	}
	out->mnt = w->mnt;
	out->node = w->obj.node;
	return 0;
}

int
walk_place(struct walk *w, struct path *out)
{
	int err = walk_borrow(w, out);

	if (err == 0)
		path_get(out);
	return err;
}

int
walk_has_entry(struct walk *w, const char *name, mode_t *mode)
{
	struct fs_obj o = { .fs = w->obj.fs, .fd = -1 };
	struct fs_stop stop = { .jump_fd = -1 };
	struct path dir;
	int ret;

	/* the node stays with w->obj, whose descriptor it may have taken */
	ret = walk_borrow(w, &dir);
	if (ret < 0)
		return ret;
	if (!S_ISDIR(dir.node->type))
		return -ENOTDIR;
	ret = o.fs->ops->lookup(o.fs, w->c, dir.node, name, FS_NOFOLLOW, &o,
				&stop);
	walk_stop_fini(&stop);
	if (ret == -ENOENT)
		return 0;
	if (ret < 0)
		return ret;
	if (ret == 0 && mode && !o.mode)
		ret = o.fs->ops->identify(&o);
	if (mode)
		*mode = ret == 0 ? o.mode : S_IFLNK;
	fs_obj_fini(&o);
	return ret < 0 ? ret : 1;
}
