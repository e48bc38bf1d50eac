/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfs.c - life of a struct vfs, and the registry of filesystem types.
 */
#include "vfs/vfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vfs/anon.h"
#include "vfs/mount.h"
#include "vfs/mount_op.h"
#include "vfs/node_tree.h"

/* The first unique mount id, as in the kernel: no small id looks like one. */
#define FIRST_UNIQUE	((UINT64_C(1) << 31) + 1)
/* The first identity of a mount namespace; shown as mnt:[N]. */
#define FIRST_NS	UINT64_C(0xf0000001)

int
vfs_new(struct vfs **out)
{
	struct vfs *v = calloc(1, sizeof(*v));
	int err;

	if (!v)
		return -ENOMEM;
	v->hash = calloc(MOUNT_HASH, sizeof(*v->hash));
	if (!v->hash) {
		free(v);
		return -ENOMEM;
	}
	pthread_mutex_init(&v->mount_lock, NULL);
	pthread_mutex_init(&v->fs_lock, NULL);
	pool_init(&v->mounts, sizeof(struct mount),
		  offsetof(struct mount, pool_link));
	pool_init(&v->nodes, sizeof(struct node),
		  offsetof(struct node, pool_link));
	idset_init(&v->mount_ids);
	idset_init(&v->group_ids);
	idset_init(&v->anon_devs);
	atomic_init(&v->access_gen, 1);
	atomic_init(&v->next_unique, FIRST_UNIQUE);
	atomic_init(&v->next_ns, FIRST_NS);
	LIST_INIT(&v->all_fs);
	TAILQ_INIT(&v->lingering);
	v->mount_max = MOUNT_MAX;
	err = anon_init(v);
	if (err < 0) {
		vfs_free(v);
		return err;
	}
	*out = v;
	return 0;
}

void
vfs_set_mount_max(struct vfs *v, unsigned int max)
{
	v->mount_max = max;
}

unsigned long
vfs_free(struct vfs *v)
{
	unsigned long held;

	if (!v)
		return 0;
	linger_sweep(v, true);
	mount_reap(v);
	anon_fini(v);
	held = pool_fini(&v->mounts);
	held += pool_fini(&v->nodes);
	idset_fini(&v->mount_ids);
	idset_fini(&v->group_ids);
	idset_fini(&v->anon_devs);
	pthread_mutex_destroy(&v->mount_lock);
	pthread_mutex_destroy(&v->fs_lock);
	free(v->types);
	free(v->hash);
	free(v);
	return held;
}

static const struct fs_type *
find_type_locked(struct vfs *v, const char *name)
{
	for (unsigned int i = 0; i < v->nr_types; i++)
		if (strcmp(v->types[i]->name, name) == 0)
			return v->types[i];
	return NULL;
}

int
vfs_register_type(struct vfs *v, const struct fs_type *t)
{
	const struct fs_type **types;
	int err = 0;

	pthread_mutex_lock(&v->fs_lock);
	if (find_type_locked(v, t->name)) {
		err = -EEXIST;
	} else {
		types = realloc(v->types, (v->nr_types + 1) * sizeof(*types));
		if (types) {
			types[v->nr_types++] = t;
			v->types = types;
		} else {
			err = -ENOMEM;
		}
	}
	pthread_mutex_unlock(&v->fs_lock);
	return err;
}

const struct fs_type *
vfs_find_type(struct vfs *v, const char *name)
{
	const struct fs_type *t;

	pthread_mutex_lock(&v->fs_lock);
	t = find_type_locked(v, name);
	pthread_mutex_unlock(&v->fs_lock);
	return t;
}

void
vfs_set_hooks(struct vfs *v, const struct vfs_hooks *hooks)
{
	v->hooks = *hooks;
}

bool
vfs_capable(const struct vfs_ctx *c, uint64_t user_ns, int cap)
{
	const struct vfs_hooks *h = &c->vfs->hooks;

	return h->ns_capable ? h->ns_capable(h->arg, c, user_ns, cap) :
			       c->may_mount;
}

bool
mount_in_use(struct mount *m, enum vfs_use use)
{
	const struct vfs_hooks *h = &m->vfs->hooks;

	return atomic_load(&m->touched) && h->in_use && h->in_use(h->arg, use, m->fs, m);
}

bool
fs_in_use(struct fs *fs, enum vfs_use use)
{
	const struct vfs_hooks *h = &fs->vfs->hooks;

	/* As sb_prepare_remount_readonly(): what was removed, but is held. */
	if (use == USE_WRITERS && fs_holds_removed(fs))
		return true;
	return h->in_use && h->in_use(h->arg, use, fs, NULL);
}
