/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statmount.c - statmount and listmount.  As do_statmount() and
 * do_listmount() in fs/namespace.c, Linux 6.18.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "include/auto.h"
#include "vfs/attach.h"
#include "vfs/dpath.h"
#include "vfs/mntns.h"
#include "vfs/mount_api_priv.h"
#include "vfs/node_tree.h"
#include "vfs/propagate.h"
#include "vfs/text.h"

#define MIN_ID		(UINT64_C(1) << 31)	/* no small id looks like one */
#define SUPPORTED	UINT64_C(0x7fff)
#define SB_FLAGS	(MS_RDONLY | MS_SYNCHRONOUS | MS_DIRSYNC | MS_LAZYTIME)
#define STRINGS								\
	(STATMOUNT_FS_TYPE | STATMOUNT_MNT_ROOT | STATMOUNT_MNT_POINT |	\
	 STATMOUNT_MNT_OPTS | STATMOUNT_OPT_ARRAY |			\
	 STATMOUNT_OPT_SEC_ARRAY | STATMOUNT_FS_SUBTYPE |		\
	 STATMOUNT_SB_SOURCE | STATMOUNT_MNT_UIDMAP |			\
	 STATMOUNT_MNT_GIDMAP)

int
vfs_mnt_id_req_check(const struct uapi_mnt_id_req *req)
{
	if (req->mnt_ns_fd && req->mnt_ns_id)
		return -EINVAL;
	return req->mnt_id > MIN_ID ? 0 : -EINVAL;
}

static struct mount *
find_locked(struct mntns *ns, uint64_t id)
{
	struct mount *m;

	TAILQ_FOREACH(m, &ns->mounts, ns_link)
		if (m->id_unique >= id)
			break;
	return m && m->id_unique == id ? m : NULL;
}

/* As is_path_reachable(). */
static bool
is_reachable_locked(struct mount *m, struct node *n, const struct path *root)
{
	while (m != root->mnt && mount_parent_locked(m)) {
		n = mount_point_locked(m);
		m = mount_parent_locked(m);
	}
	return m == root->mnt && node_is_below(n, root->node);
}

/* What the question is seen from: as grab_requested_root().  Borrowed. */
static int
requested_root_locked(const struct vfs_ctx *c, struct mntns *ns,
		      struct path *root)
{
	struct mount *m;

	if (ns == c->ns) {
		*root = c->root;
		return 0;
	}
	m = ns->root ? TAILQ_FIRST(&ns->root->children) : NULL;
	if (!m)
		return -ENOENT;
	*root = (struct path){ m, m->root };
	return 0;
}

static bool
may_see_locked(const struct vfs_ctx *c, const struct mntns *ns,
	       struct mount *m, struct node *n, const struct path *root)
{
	return is_reachable_locked(m, n, root) ||
	       vfs_capable(c, ns->owner, CAP_SYS_ADMIN);
}

/* ------------------------------------------------------------- statmount */

struct answer {
	struct text str;		/* begins with an empty string */
	uint64_t asked;
	struct mount *m;
	struct path root;		/* where it is seen from */
	struct uapi_statmount sm;	/* (ends with what stands in str) */
};

/* Has the string `*at` begins at been put?  Then ends it. */
static void
end_string(struct answer *a, uint64_t bit, size_t start, __u32 *at)
{
	if (a->str.len == start)
		return;
	text_put_bytes(&a->str, "", 1);
	a->sm.mask |= bit;
	*at = (__u32)start;
}

static void
put_string(struct answer *a, uint64_t bit, const char *s, __u32 *at)
{
	size_t start = a->str.len;

	if (!(a->asked & bit))
		return;
	text_put(&a->str, s);
	end_string(a, bit, start, at);
}

static void
put_root(struct answer *a)
{
	AUTO_FREE char *path = NULL;
	size_t start = a->str.len;
	bool gone = false;

	if (!(a->asked & STATMOUNT_MNT_ROOT))
		return;
	if (node_fs_path(a->m->root, &path, &gone) < 0)
		gone = true;
	else
		text_put(&a->str, path);
	if (gone)
		text_put(&a->str, "//deleted");
	end_string(a, STATMOUNT_MNT_ROOT, start, &a->sm.mnt_root);
}

static void
put_point_locked(struct answer *a)
{
	struct dpath d = { .buf = NULL };
	bool gone;

	if (!(a->asked & STATMOUNT_MNT_POINT))
		return;
	if (dpath_build_locked(&d, &a->root, a->m, a->m->root, &gone) ==
	    DPATH_AT_ROOT)
		put_string(a, STATMOUNT_MNT_POINT, dpath_text(&d),
			   &a->sm.mnt_point);
	dpath_fini(&d);
}

/* ",a=b,c" as "a=b", "c": each is unescaped, and ended by a NUL. */
static void
put_option_array(struct answer *a, const char *options)
{
	size_t start = a->str.len;

	if (!(a->asked & STATMOUNT_OPT_ARRAY) || !*options)
		return;
	for (;;) {
		size_t len = strcspn(options, ",");

		text_put_bytes(&a->str, options, len);
		a->sm.opt_num++;
		options += len;
		if (!*options)
			break;
		options++;
		text_put_bytes(&a->str, "", 1);
	}
	end_string(a, STATMOUNT_OPT_ARRAY, start, &a->sm.opt_array);
}

static void
put_options(struct answer *a)
{
	struct fs *fs = a->m->fs;
	char buf[1024] = "";
	const char *options = buf;

	if (!(a->asked & (STATMOUNT_MNT_OPTS | STATMOUNT_OPT_ARRAY)))
		return;
	if (!fs->ops->show_options ||
	    fs->ops->show_options(fs, buf, sizeof(buf)) < 0)
		return;
	if (*options == ',')
		options++;
	put_string(a, STATMOUNT_MNT_OPTS, options, &a->sm.mnt_opts);
	put_option_array(a, options);
}

static void
put_strings_locked(struct answer *a)
{
	if (!(a->asked & STRINGS))
		return;
	text_put_bytes(&a->str, "", 1);
	put_string(a, STATMOUNT_FS_TYPE, a->m->fs->type->name,
		   &a->sm.fs_type);
	put_root(a);
	put_point_locked(a);
	put_options(a);
	put_string(a, STATMOUNT_SB_SOURCE,
		   a->m->source ? a->m->source : "none", &a->sm.sb_source);
}

static void
fill_sb(struct answer *a)
{
	struct fs *fs = a->m->fs;

	a->sm.mask |= STATMOUNT_SB_BASIC;
	a->sm.sb_flags = (__u32)(atomic_load(&fs->sb_flags) & SB_FLAGS);
}

static uint64_t
propagation_of(const struct mount *m)
{
	uint64_t type = 0;

	if (mount_is_shared(m))
		type |= MS_SHARED;
	if (m->master)
		type |= MS_SLAVE;
	if (m->unbindable)
		type |= MS_UNBINDABLE;
	return type ? type : MS_PRIVATE;
}

static void
fill_mount_locked(struct answer *a)
{
	const struct mount *m = a->m, *parent = mount_parent_locked(m);

	if (!parent)
		parent = m;
	a->sm.mask |= STATMOUNT_MNT_BASIC;
	a->sm.mnt_id = m->id_unique;
	a->sm.mnt_parent_id = parent->id_unique;
	a->sm.mnt_id_old = (__u32)m->id;
	a->sm.mnt_parent_id_old = (__u32)parent->id;
	a->sm.mnt_attr = mount_attr_from_flags(atomic_load(&m->flags));
	a->sm.mnt_propagation = propagation_of(m);
	a->sm.mnt_peer_group = (__u64)m->group;
	a->sm.mnt_master = m->master ? (__u64)m->master->group : 0;
}

static bool
is_visible(const struct mount *m, void *arg)
{
	struct mount *seen = (struct mount *)(uintptr_t)m;

	return is_reachable_locked(seen, seen->root, arg);
}

static void
fill_locked(struct answer *a, const struct mntns *ns)
{
	if (a->asked & STATMOUNT_SB_BASIC)
		fill_sb(a);
	if (a->asked & STATMOUNT_MNT_BASIC)
		fill_mount_locked(a);
	if (a->asked & STATMOUNT_PROPAGATE_FROM) {
		a->sm.mask |= STATMOUNT_PROPAGATE_FROM;
		if (a->m->master)
			a->sm.propagate_from = (__u64)propagate_from_locked(
				a->m, is_visible, &a->root);
	}
	put_strings_locked(a);
	if (a->asked & STATMOUNT_MNT_NS_ID) {
		a->sm.mask |= STATMOUNT_MNT_NS_ID;
		a->sm.mnt_ns_id = ns->id;
	}
	if (a->asked & STATMOUNT_SUPPORTED_MASK) {
		a->sm.mask |= STATMOUNT_SUPPORTED_MASK;
		a->sm.supported_mask = SUPPORTED;
	}
}

/* What the filesystem is asked, with no lock held. */
static void
fill_asked(struct answer *a, const struct vfs_ctx *c)
{
	struct fs_obj o = { .fd = -1 };
	struct fs *fs = a->m->fs;
	struct statfs sf;

	if (!(a->asked & STATMOUNT_SB_BASIC))
		return;
	fs_settle(fs, c);
	a->sm.sb_dev_major = major(fs->dev);
	a->sm.sb_dev_minor = minor(fs->dev);
	if (!fs->ops->statfs || fs->ops->node_obj(a->m->root, &o) < 0)
		return;
	if (fs->ops->statfs(&o, c, &sf) == 0)
		a->sm.sb_magic = (__u64)sf.f_type;
	fs_obj_fini(&o);
}

/* As copy_statmount_to_user(). */
static ssize_t
encode(struct answer *a, char *buf, size_t size)
{
	size_t fixed = size < sizeof(a->sm) ? size : sizeof(a->sm);

	if (a->str.failed)
		return -ENOMEM;
	if ((a->asked & STRINGS) && size < sizeof(a->sm) + a->str.len)
		return -EOVERFLOW;
	a->sm.size = (__u32)(fixed + a->str.len);
	memcpy(buf, &a->sm, fixed);
	if (a->str.len)
		memcpy(buf + fixed, a->str.s, a->str.len);
	return (ssize_t)(fixed + a->str.len);
}

static int
look_locked(const struct vfs_ctx *c, struct mntns *ns, uint64_t id,
	    struct answer *a)
{
	int err;

	a->m = find_locked(ns, id);
	if (!a->m)
		return -ENOENT;
	err = requested_root_locked(c, ns, &a->root);
	if (err < 0)
		return err;
	if (!may_see_locked(c, ns, a->m, a->m->root, &a->root))
		return -EPERM;
	fill_locked(a, ns);
	mount_get(a->m);
	return 0;
}

ssize_t
vfs_statmount(const struct vfs_ctx *c, struct mntns *ns, uint64_t id,
	      uint64_t mask, void *buf, size_t size)
{
	struct answer a = { .asked = mask };
	ssize_t ret;

	if ((mask & STRINGS) && size == sizeof(a.sm))
		return -EOVERFLOW;
	vfs_lock(c->vfs);
	ret = look_locked(c, ns ? ns : c->ns, id, &a);
	vfs_unlock(c->vfs);
	if (ret == 0) {
		fill_asked(&a, c);
		mount_put(a.m);
		ret = encode(&a, buf, size);
	}
	text_clear(&a.str);
	return ret;
}

/* ------------------------------------------------------------- listmount */

static struct mount *
first_locked(struct mntns *ns, uint64_t last, bool reverse)
{
	struct mount *m;

	if (reverse) {
		TAILQ_FOREACH_REVERSE(m, &ns->mounts, mount_list, ns_link)
			if (!last || m->id_unique < last)
				return m;
	} else {
		TAILQ_FOREACH(m, &ns->mounts, ns_link)
			if (m->id_unique > last)
				return m;
	}
	return NULL;
}

static ssize_t
list_locked(const struct vfs_ctx *c, struct mntns *ns, uint64_t id,
	    uint64_t last, uint64_t *ids, size_t n, bool reverse)
{
	struct path root, from;
	struct mount *m;
	ssize_t nr = 0;
	int err = requested_root_locked(c, ns, &root);

	if (err < 0)
		return err;
	from = root;
	if (id != LSMT_ROOT) {
		m = find_locked(ns, id);
		if (!m)
			return -ENOENT;
		from = (struct path){ m, m->root };
	}
	if (!may_see_locked(c, ns, from.mnt, from.node, &root))
		return -EPERM;
	m = first_locked(ns, last, reverse);
	while (m && (size_t)nr < n) {
		if (m->id_unique != id && is_reachable_locked(m, m->root,
							      &from))
			ids[nr++] = m->id_unique;
		m = reverse ? TAILQ_PREV(m, mount_list, ns_link) :
			      TAILQ_NEXT(m, ns_link);
	}
	return nr;
}

ssize_t
vfs_listmount(const struct vfs_ctx *c, struct mntns *ns, uint64_t id,
	      uint64_t last, uint64_t *ids, size_t n, unsigned int flags)
{
	ssize_t ret;

	if (flags & ~(unsigned int)LISTMOUNT_REVERSE)
		return -EINVAL;
	if (last && last <= MIN_ID)
		return -EINVAL;
	vfs_lock(c->vfs);
	ret = list_locked(c, ns ? ns : c->ns, id, last, ids, n,
			  flags & LISTMOUNT_REVERSE);
	vfs_unlock(c->vfs);
	return ret;
}
