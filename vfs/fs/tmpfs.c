/* SPDX-License-Identifier: Apache-2.0 */
/* tmpfs and ramfs as filesystem instances, backed when first used. */
#include "vfs/fs/tmpfs.h"

#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>

#include "include/auto.h"
#include "vfs/fs/hostdir.h"
#include "vfs/fs/hostdir_link.h"

struct tmpfs {
	struct hostdir hd;	/* first */
	const struct tmpfs_backing *backing;	/* [I] */
	bool ramfs;		/* [I] */
	pthread_mutex_t lock;
	struct tmpfs_opts opts;	/* [lock] */
	bool backed;		/* [lock] */
	uint64_t cookie;	/* [lock] of the backing */
	dev_t anon;		/* [lock] until backed; 0: none */
};

#define RAMFS_MODE 0755

static struct tmpfs *
tmpfs_of(const struct fs *fs)
{
	return fs->priv;
}

static int
make_root_locked(struct fs *fs, struct tmpfs *t)
{
	int fd, err;

	if (t->hd.root >= 0)
		return 0;
	if (!t->backed) {
		err = t->backing->make(t->backing->arg, &t->opts, &fd,
				       &t->cookie);
		if (err)
			return err;
		t->backed = true;
		err = hostdir_set_root(&t->hd, fd);
		if (err) {
			t->backing->drop(t->backing->arg, t->cookie);
			t->backed = false;
			return err;
		}
	}
	__atomic_store_n(&fs->dev, (dev_t)t->hd.dev, __ATOMIC_RELAXED);
	fs->inner = !t->hd.whole_mount;
	fs->unsettled = false;
	if (t->anon)
		vfs_anon_dev_free(fs->vfs, t->anon);
	t->anon = 0;
	return 0;
}

static int
tmpfs_make_root(struct fs *fs)
{
	struct tmpfs *t = tmpfs_of(fs);
	int err;

	pthread_mutex_lock(&t->lock);
	err = make_root_locked(fs, t);
	pthread_mutex_unlock(&t->lock);
	if (!err)
		hostdir_exec_changed(fs);
	return err;
}

static void
statfs_limits(const struct tmpfs_opts *o, struct statfs *sf)
{
	uint64_t host_free = (uint64_t)sf->f_bavail * (uint64_t)sf->f_bsize;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	sf->f_bsize = sf->f_frsize = (long)page;
	sf->f_blocks = o->blocks;
	sf->f_bfree = sf->f_bavail = host_free / page < o->blocks ?
	    host_free / page : o->blocks;
	sf->f_files = o->inodes;
	sf->f_ffree = sf->f_ffree < o->inodes ? sf->f_ffree : o->inodes;
}

static int
tmpfs_statfs(struct fs_obj *o, const struct vfs_ctx *c, struct statfs *sf)
{
	struct tmpfs *t = tmpfs_of(o->fs);
	int err = hostdir_statfs(o, c, sf);

	if (err)
		return err;
	sf->f_type = t->ramfs ? RAMFS_MAGIC : TMPFS_MAGIC;
	if (t->ramfs) {
		sf->f_blocks = sf->f_bfree = sf->f_bavail = 0;
		sf->f_files = sf->f_ffree = 0;
	} else if (!t->hd.whole_mount) {
		pthread_mutex_lock(&t->lock);
		statfs_limits(&t->opts, sf);
		pthread_mutex_unlock(&t->lock);
	}
	return 0;
}

static int
tmpfs_show_options(struct fs *fs, char *buf, size_t size)
{
	struct tmpfs *t = tmpfs_of(fs);
	int n = 0, err = 0;

	pthread_mutex_lock(&t->lock);
	if (!t->ramfs)
		err = tmpfs_opts_show(&t->opts, buf, size);
	else if (t->opts.mode != RAMFS_MODE)
		n = snprintf(buf, size, ",mode=%o", t->opts.mode);
	else
		n = snprintf(buf, size, "%s", "");
	pthread_mutex_unlock(&t->lock);
	return (size_t)n >= size ? -ERANGE : err;
}

/* Both ids as the caller wrote them become the host's. */
static int
map_ids(const struct tmpfs_backing *b, const struct vfs_ctx *c,
	struct tmpfs_opts *o)
{
	int err = 0;

	if (!c || !b->host_id)
		return 0;
	if (o->seen & TMPFS_SEEN_UID)
		err = b->host_id(b->arg, c, false, o->uid, &o->uid);
	if (!err && (o->seen & TMPFS_SEEN_GID))
		err = b->host_id(b->arg, c, true, o->gid, &o->gid);
	return err;
}

static int
parse(struct tmpfs *t, const struct vfs_ctx *c, const char *data,
      struct tmpfs_opts *o)
{
	int err;

	tmpfs_opts_init(o, c ? c->uid : geteuid(), c ? c->gid : getegid());
	if (t->ramfs) {
		o->mode = RAMFS_MODE;
		o->blocks = o->inodes = 0;
		return ramfs_opts_parse(&o->mode, data);
	}
	/* noswap is for the initial user namespace; a guest is in none. */
	err = tmpfs_opts_parse(o, data, !c, NULL, 0);
	return err ? err : map_ids(t->backing, c, o);
}

/* How much is in use, as far as the limits of the real tmpfs tell. */
static void
usage_locked(struct tmpfs *t, uint64_t *blocks, uint64_t *inodes)
{
	struct statfs sf;

	*blocks = 0;
	*inodes = 1;
	if (t->hd.root < 0 || !t->hd.whole_mount ||
	    host_fstatfs(t->hd.root, &sf) < 0)
		return;
	if (sf.f_blocks)
		*blocks = sf.f_blocks - sf.f_bfree;
	if (sf.f_files)
		*inodes = sf.f_files - sf.f_ffree;
}

static int
reconfigure_locked(struct tmpfs *t, const struct tmpfs_opts *new)
{
	struct tmpfs_opts merged = t->opts;
	uint64_t blocks, inodes;
	int err;

	usage_locked(t, &blocks, &inodes);
	err = tmpfs_opts_reconfigure(&merged, new, blocks, inodes);
	if (!err && t->hd.root >= 0 && t->hd.whole_mount &&
	    (new->seen & (TMPFS_SEEN_BLOCKS | TMPFS_SEEN_INODES)))
		err = t->backing->resize(t->backing->arg, t->hd.root, &merged);
	if (!err)
		t->opts = merged;
	return err;
}

static int
tmpfs_reconfigure(struct fs *fs, const struct vfs_ctx *c, const char *data)
{
	struct tmpfs *t = tmpfs_of(fs);
	struct tmpfs_opts new;
	int err = parse(t, c, data, &new);

	if (err || t->ramfs)
		return err;
	pthread_mutex_lock(&t->lock);
	err = reconfigure_locked(t, &new);
	pthread_mutex_unlock(&t->lock);
	return err;
}

static void
tmpfs_destroy(struct tmpfs *t)
{
	hostdir_fini(&t->hd);
	if (t->backed)
		t->backing->drop(t->backing->arg, t->cookie);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static void
tmpfs_free(struct fs *fs)
{
	struct tmpfs *t = tmpfs_of(fs);

	if (t->anon)
		vfs_anon_dev_free(fs->vfs, t->anon);
	tmpfs_destroy(t);
}

static const struct fs_ops tmpfs_ops = {
	HOSTDIR_OPS,
	.statfs = tmpfs_statfs,
	.show_options = tmpfs_show_options,
	.reconfigure = tmpfs_reconfigure,
	.free = tmpfs_free,
};

static struct tmpfs *
tmpfs_new(const struct tmpfs_backing *b, bool ramfs)
{
	struct tmpfs *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	hostdir_init(&t->hd);
	t->hd.type = S_IFDIR;
	t->hd.private = true;
	t->hd.links = hostdir_links_new();
	t->hd.may_be_bare = true;	/* if it is a mount of its own */
	t->hd.make_root = tmpfs_make_root;
	t->hd.noexec_backing = b->noexec;
	t->backing = b;
	t->ramfs = ramfs;
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

static int
get_tree(const struct fs_type *type, struct vfs *v, const struct vfs_ctx *c,
	 unsigned long sb_flags, const char *data, bool ramfs,
	 struct fs **out, struct node **root)
{
	const struct tmpfs_type *tt = (const struct tmpfs_type *)type;
	struct tmpfs *t = tmpfs_new(tt->backing, ramfs);
	struct fs *fs;
	int err;

	if (!t)
		return -ENOMEM;
	err = parse(t, c, data, &t->opts);
	if (!err) {
		t->anon = vfs_anon_dev_alloc(v);
		err = t->anon ? fs_new(v, type, &tmpfs_ops, t->anon, sb_flags,
				       t, &fs) : -EMFILE;
	}
	if (err) {
		if (t->anon)
			vfs_anon_dev_free(v, t->anon);
		tmpfs_destroy(t);
		return err;
	}
	fs->unsettled = true;
	return hostdir_made(fs, out, root);
}

static int
tmpfs_get_tree(const struct fs_type *t, struct vfs *v,
	       const struct vfs_ctx *c, const char *source,
	       unsigned long sb_flags, const char *data, const void *fs_data,
	       struct fs **out, struct node **root)
{
	(void)source;
	return get_tree(t, v, c, sb_flags, fs_data ? fs_data : data, false,
			out, root);
}

static int
ramfs_get_tree(const struct fs_type *t, struct vfs *v,
	       const struct vfs_ctx *c, const char *source,
	       unsigned long sb_flags, const char *data, const void *fs_data,
	       struct fs **out, struct node **root)
{
	(void)source;
	return get_tree(t, v, c, sb_flags, fs_data ? fs_data : data, true,
			out, root);
}

/* noswap is for the initial user namespace; a guest is in none. */
static int
tmpfs_check_param(const struct fs_type *type, const struct vfs_ctx *c,
		  const struct fs_param *p, struct fs_log *log)
{
	const struct tmpfs_backing *b =
		((const struct tmpfs_type *)type)->backing;
	struct tmpfs_opts o;
	int err = tmpfs_opts_check(p, false, log);

	if (err || p->type != FS_PARAM_STRING)
		return err;
	tmpfs_opts_init(&o, 0, 0);
	if (strcmp(p->key, "uid") == 0)
		o.seen = fs_parse_id(p->string, &o.uid) ? 0 : TMPFS_SEEN_UID;
	else if (strcmp(p->key, "gid") == 0)
		o.seen = fs_parse_id(p->string, &o.gid) ? 0 : TMPFS_SEEN_GID;
	if (!map_ids(b, c, &o))
		return 0;
	fs_log_error(log, "Invalid %s '%s'", p->key, p->string);
	return -EINVAL;
}

static int
ramfs_check_param(const struct fs_type *type, const struct vfs_ctx *c,
		  const struct fs_param *p, struct fs_log *log)
{
	(void)type;
	(void)c;
	return ramfs_opts_check(p, log);
}

void
tmpfs_type_init(struct tmpfs_type *t, const struct tmpfs_backing *b)
{
	*t = (struct tmpfs_type){
		.type = {
			.name = "tmpfs",
			.flags = FST_NODEV | FST_USERNS,
			.get_tree = tmpfs_get_tree,
			.check_param = tmpfs_check_param,
		},
		.backing = b,
	};
}

void
ramfs_type_init(struct tmpfs_type *t, const struct tmpfs_backing *b)
{
	*t = (struct tmpfs_type){
		.type = {
			.name = "ramfs",
			.flags = FST_NODEV | FST_USERNS,
			.get_tree = ramfs_get_tree,
			.check_param = ramfs_check_param,
		},
		.backing = b,
	};
}
