/* SPDX-License-Identifier: Apache-2.0 */
#include "vfs/tree.h"

#include <assert.h>
#include <errno.h>

#include "vfs/attach.h"
#include "vfs/node_tree.h"
#include "vfs/peer.h"

/* Clones `m` onto the same mount point of `parent`, the copy of its parent. */
static int
copy_child_locked(struct mount *m, struct mount *parent, unsigned int how,
		  struct mount **out)
{
	struct node *point;
	int err = mount_clone_locked(m, m->root, how, out);

	if (err < 0)
		return err;
	err = point_pin_locked(NULL, parent, mount_point_locked(m), &point);
	if (err < 0) {
		peer_leave_locked(*out);
		mount_put(*out);
		return err;
	}
	(*out)->locked = m->locked;
	mount_link_locked(*out, mount_get(parent), point);
	return 0;
}

/* May this one be copied?  1, 0: it is left out, -EPERM. */
static int
is_copied_locked(const struct mount *m, unsigned int how)
{
	if (m->unbindable && !(how & COPY_UNBINDABLE))
		return m->locked ? -EPERM : 0;
	if ((m->fs->type->flags & FST_MNTNS_FILE) && !(how & COPY_NS_FILES))
		return 0;
	return 1;
}

/*
 * The mount after `m` in the walk of copy_below_locked(), and in *into the
 * copy of its parent.  `made`: the copy of `m`, NULL if it was left out.
 */
static struct mount *
next_to_copy_locked(struct mount *m, const struct mount *top,
		    struct mount *made, struct mount **into)
{
	struct mount *parent;

	if (made && !TAILQ_EMPTY(&m->children)) {
		*into = made;
		return TAILQ_FIRST(&m->children);
	}
	for (;;) {
		parent = mount_parent_locked(m);
		if (TAILQ_NEXT(m, child_link) || parent == top)
			return TAILQ_NEXT(m, child_link);
		m = parent;
		*into = mount_parent_locked(*into);
	}
}

static int
copy_below_locked(struct mount *top, struct node *root, struct mount *copy,
		  unsigned int how)
{
	struct mount *m = TAILQ_FIRST(&top->children), *into = copy;

	while (m) {
		struct mount *made = NULL;
		int ret = 0;

		if (into != copy ||
		    node_is_below(mount_point_locked(m), root))
			ret = is_copied_locked(m, how);
		if (ret > 0)
			ret = copy_child_locked(m, into, how, &made);
		if (ret < 0)
			return ret;
		m = next_to_copy_locked(m, top, made, &into);
	}
	return 0;
}

int
tree_copy_locked(struct mount *m, struct node *root, bool recursive,
		 unsigned int how, struct mount **out)
{
	struct mount_list gone = TAILQ_HEAD_INITIALIZER(gone);
	struct mount *copy;
	int err = mount_clone_locked(m, root, how, &copy);

	if (err < 0)
		return err;
	if (recursive)
		err = copy_below_locked(m, root, copy, how);
	if (err < 0) {
		tree_discard_locked(copy, &gone);
		/* the originals keep filesystem and nodes alive */
		detach_finish(&gone);
		return err;
	}
	*out = copy;
	return 0;
}

void
tree_discard_locked(struct mount *tree, struct mount_list *gone)
{
	struct mount_list here = TAILQ_HEAD_INITIALIZER(here);
	struct mount *m;

	for (m = tree; m; m = mount_next_locked(m, tree)) {
		assert(!m->ns);
		TAILQ_INSERT_TAIL(&here, m, work_link);
	}
	TAILQ_FOREACH(m, &here, work_link) {
		if (mount_parent_locked(m))
			mount_detach_locked(m);
		peer_leave_locked(m);
	}
	TAILQ_CONCAT(gone, &here, work_link);
}

void
tree_lock_locked(struct mount *tree)
{
	for (struct mount *m = tree; m; m = mount_next_locked(m, tree)) {
		m->lock_flags |= MS_RELATIME |
			(atomic_load(&m->flags) & (MS_RDONLY | MS_NODEV |
						   MS_NOSUID | MS_NOEXEC));
		if (m != tree)
			m->locked = true;
	}
}

unsigned int
tree_count_locked(struct mount *tree)
{
	unsigned int n = 0;

	for (struct mount *m = tree; m; m = mount_next_locked(m, tree))
		n++;
	return n;
}

bool
tree_has_unbindable_locked(struct mount *tree)
{
	for (struct mount *m = tree; m; m = mount_next_locked(m, tree))
		if (m->unbindable)
			return true;
	return false;
}

bool
tree_has_locked_child_locked(const struct mount *m, struct node *root)
{
	struct mount *child;

	TAILQ_FOREACH(child, &m->children, child_link)
		if (child->locked &&
		    node_is_below(mount_point_locked(child), root))
			return true;
	return false;
}
