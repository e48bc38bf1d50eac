/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount_api_fs.c - contexts that make or change a filesystem: fsopen, fspick,
 * fsconfig, fsmount.  As fs/fsopen.c and fs/fs_context.c, Linux 6.18.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "include/auto.h"
#include "vfs/attach.h"
#include "vfs/mntns.h"
#include "vfs/mount_api_priv.h"
#include "vfs/mount_op.h"
#include "vfs/text.h"
#include "vfs/walk.h"

#define VALUE_MAX	256		/* of keys and strings, with the NUL */
#define BLOB_MAX	(1 << 20)

/* enum fs_context_phase; the phases in between are not seen by anybody. */
enum phase {
	CREATE_PARAMS, AWAITING_MOUNT, AWAITING_RECONF, RECONF_PARAMS, FAILED,
};

struct fs_context {
	struct ref ref;
	struct vfs *vfs;		/* [I] */
	const struct fs_type *type;	/* [I] */
	uint64_t user_ns;		/* [I] whose filesystem it will be */
	uid_t uid;			/* [I] of who called fsopen */
	gid_t gid;			/* [I] */
	pthread_mutex_t lock;		/* outermost: uapi_mutex */
	enum phase phase;		/* [lock] and all below */
	unsigned long sb_flags, sb_mask;
	char *source;
	struct text data;		/* the options so far */
	struct fs *fs;			/* counted; once made or picked */
	struct node *root;		/* counted */
	struct fs_log log;
};

/* ------------------------------------------------------------- life time */

static int
context_new(const struct vfs_ctx *c, const struct fs_type *t,
	    struct fs_context **out)
{
	struct fs_context *fc = calloc(1, sizeof(*fc));

	if (!fc)
		return -ENOMEM;
	ref_init(&fc->ref);
	fc->vfs = c->vfs;
	fc->type = t;
	fc->user_ns = c->user_ns;
	fc->uid = c->uid;
	fc->gid = c->gid;
	pthread_mutex_init(&fc->lock, NULL);
	fs_log_init(&fc->log, t->name);
	*out = fc;
	return 0;
}

struct fs_context *
fs_context_get(struct fs_context *fc)
{
	ref_get(&fc->ref);
	return fc;
}

void
fs_context_put(struct fs_context *fc)
{
	if (!ref_put(&fc->ref))
		return;
	if (fc->root)
		node_put(fc->root);
	if (fc->fs)
		fs_put(fc->fs);
	text_clear(&fc->data);
	free(fc->source);
	fs_log_fini(&fc->log);
	pthread_mutex_destroy(&fc->lock);
	free(fc);
}

const char *
fs_context_type(const struct fs_context *fc)
{
	return fc->type->name;
}

ssize_t
fs_context_log(struct fs_context *fc, char *buf, size_t size)
{
	ssize_t n;

	pthread_mutex_lock(&fc->lock);
	n = fs_log_take(&fc->log, buf, size);
	pthread_mutex_unlock(&fc->lock);
	return n;
}

int
vfs_fsopen(const struct vfs_ctx *c, const char *type, unsigned int flags,
	   struct fs_context **out)
{
	const struct fs_type *t;

	if (!c->may_mount)
		return -EPERM;
	if (flags & ~(unsigned int)FSOPEN_CLOEXEC)
		return -EINVAL;
	t = vfs_find_type(c->vfs, type);
	if (!t || !t->get_tree)
		return -ENODEV;
	return context_new(c, t, out);
}

int
vfs_fspick(const struct vfs_ctx *c, const struct vfs_at *at,
	   unsigned int flags, struct fs_context **out)
{
	AUTO_WALK w = WALK_INIT;
	struct vfs_at from = *at;
	struct path where;
	int err;

	if (!c->may_mount)
		return -EPERM;
	if (flags & ~(unsigned int)(FSPICK_CLOEXEC | FSPICK_SYMLINK_NOFOLLOW |
				    FSPICK_NO_AUTOMOUNT | FSPICK_EMPTY_PATH))
		return -EINVAL;
	from.flags = ((flags & FSPICK_SYMLINK_NOFOLLOW) ? 0 : LOOK_FOLLOW) |
		     ((flags & FSPICK_EMPTY_PATH) ? LOOK_EMPTY : 0);
	err = walk_obj(&w, c, &from);
	if (err == 0)
		err = walk_borrow(&w, &where);
	if (err == 0 && !path_is_mount_root(&where))
		err = -EINVAL;
	if (err == 0)
		err = context_new(c, where.mnt->fs->type, out);
	if (err < 0)
		return err;
	(*out)->phase = RECONF_PARAMS;
	(*out)->fs = fs_get(where.mnt->fs);
	(*out)->root = node_get(where.node);
	return 0;
}

/* --------------------------------------------------------------- options */

int
vfs_fsconfig_check(unsigned int cmd, bool key, bool value, int aux)
{
	bool ok;

	switch (cmd) {
	case FSCONFIG_SET_FLAG:
		ok = key && !value && !aux;
		break;
	case FSCONFIG_SET_STRING:
		ok = key && value && !aux;
		break;
	case FSCONFIG_SET_BINARY:
		ok = key && value && aux > 0 && aux <= BLOB_MAX;
		break;
	case FSCONFIG_SET_PATH:
	case FSCONFIG_SET_PATH_EMPTY:
		ok = key && value && (aux == AT_FDCWD || aux >= 0);
		break;
	case FSCONFIG_SET_FD:
		ok = key && !value && aux >= 0;
		break;
	case FSCONFIG_CMD_CREATE:
	case FSCONFIG_CMD_RECONFIGURE:
	case UAPI_FSCONFIG_CMD_CREATE_EXCL:
		ok = !key && !value && !aux;
		break;
	default:
		return -EOPNOTSUPP;
	}
	return ok ? 0 : -EINVAL;
}

static enum fs_param_type
param_type(unsigned int cmd)
{
	switch (cmd) {
	case FSCONFIG_SET_FLAG:
		return FS_PARAM_FLAG;
	case FSCONFIG_SET_STRING:
		return FS_PARAM_STRING;
	case FSCONFIG_SET_BINARY:
		return FS_PARAM_BLOB;
	default:
		return FS_PARAM_FILE;
	}
}

/* As vfs_parse_fs_param_source(). */
static int
take_source(struct fs_context *fc, const struct fs_param *p)
{
	if (p->type != FS_PARAM_STRING) {
		fs_log_plain(&fc->log, "Non-string source");
		return -EINVAL;
	}
	if (fc->source) {
		fs_log_plain(&fc->log, "Multiple sources");
		return -EINVAL;
	}
	fc->source = strdup(p->string);
	return fc->source ? 0 : -ENOMEM;
}

/* One more for the string that the type will get. */
static int
keep_param(struct fs_context *fc, const struct fs_param *p)
{
	if (fc->data.len)
		text_put(&fc->data, ",");
	text_put(&fc->data, p->key);
	if (p->type == FS_PARAM_STRING) {
		text_put(&fc->data, "=");
		text_put(&fc->data, p->string);
	}
	return fc->data.failed ? -ENOMEM : 0;
}

/* As vfs_parse_fs_param(). */
static int
set_param(const struct vfs_ctx *c, struct fs_context *fc,
	  const struct fs_param *p)
{
	int err = FS_PARAM_UNKNOWN;

	if (fc->phase != CREATE_PARAMS && fc->phase != RECONF_PARAMS)
		return -EBUSY;
	if (sb_flag_word(p->key, &fc->sb_flags, &fc->sb_mask))
		return 0;
	if (fc->type->check_param)
		err = fc->type->check_param(fc->type, c, p, &fc->log);
	if (err == 0)
		return keep_param(fc, p);
	if (err != FS_PARAM_UNKNOWN)
		return err;
	if (strcmp(p->key, "source") == 0)
		return take_source(fc, p);
	fs_log_error(&fc->log, "Unknown parameter '%s'", p->key);
	return -EINVAL;
}

/* -------------------------------------------------------------- commands */

/* What is next concerns the filesystem as it is: vfs_clean_context(), which
 * leaves the mask as it was. */
static void
clean(struct fs_context *fc)
{
	text_clear(&fc->data);
	free(fc->source);
	fc->source = NULL;
	fc->sb_flags = 0;
	fc->phase = AWAITING_RECONF;
}

/* As vfs_cmd_create(). */
static int
create(const struct vfs_ctx *c, struct fs_context *fc, bool exclusive)
{
	struct vfs_ctx maker = *c;
	int err;

	if (fc->phase != CREATE_PARAMS)
		return -EBUSY;
	if (!vfs_capable(c, (fc->type->flags & FST_USERNS) ? fc->user_ns : 0,
			 CAP_SYS_ADMIN))
		return -EPERM;
	maker.uid = fc->uid;
	maker.gid = fc->gid;
	maker.user_ns = fc->user_ns;
	err = fs_make(fc->type, fc->vfs, &maker, fc->source, fc->sb_flags,
		      fc->data.s, NULL, &fc->fs, &fc->root);
	if (err < 0) {
		fc->phase = FAILED;
		return err;
	}
	if (exclusive && atomic_load(&fc->fs->nr_mounts) > 0) {
		fs_log_warn(&fc->log,
			    "reusing existing filesystem not allowed");
		node_put(fc->root);
		fs_put(fc->fs);
		fc->root = NULL;
		fc->fs = NULL;
		fc->phase = FAILED;
		return -EBUSY;
	}
	fc->phase = AWAITING_MOUNT;
	return 0;
}

/* As vfs_cmd_reconfigure(). */
static int
reconfigure(const struct vfs_ctx *c, struct fs_context *fc)
{
	bool writers = false;
	int err;

	if (fc->phase != RECONF_PARAMS)
		return -EBUSY;
	fc->phase = FAILED;
	if (!vfs_capable(c, fc->fs->owner, CAP_SYS_ADMIN))
		return -EPERM;
	if (fc->sb_flags & MS_RDONLY)
		writers = fs_in_use(fc->fs, USE_WRITERS);
	vfs_lock(fc->vfs);
	err = fs_reconfigure_locked(c, fc->fs, fc->sb_flags, fc->sb_mask,
				    fc->data.s, writers);
	vfs_unlock(fc->vfs);
	if (err == 0)
		clean(fc);
	return err;
}

/* As vfs_fsconfig_locked(). */
static int
config_locked(const struct vfs_ctx *c, struct fs_context *fc,
	      unsigned int cmd, const char *key, const void *value)
{
	struct fs_param p = { .key = key };

	if (fc->phase == AWAITING_RECONF)
		fc->phase = RECONF_PARAMS;
	switch (cmd) {
	case FSCONFIG_CMD_CREATE:
		return create(c, fc, false);
	case UAPI_FSCONFIG_CMD_CREATE_EXCL:
		return create(c, fc, true);
	case FSCONFIG_CMD_RECONFIGURE:
		return reconfigure(c, fc);
	default:
		p.type = param_type(cmd);
		if (p.type == FS_PARAM_STRING)
			p.string = value;
		return set_param(c, fc, &p);
	}
}

int
vfs_fsconfig(const struct vfs_ctx *c, struct fs_context *fc, unsigned int cmd,
	     const char *key, const void *value, int aux)
{
	int err = vfs_fsconfig_check(cmd, key, value, aux);

	if (err < 0)
		return err;
	if (key && strlen(key) >= VALUE_MAX)
		return -EINVAL;
	if (cmd == FSCONFIG_SET_STRING && strlen(value) >= VALUE_MAX)
		return -EINVAL;
	pthread_mutex_lock(&fc->lock);
	err = config_locked(c, fc, cmd, key, value);
	pthread_mutex_unlock(&fc->lock);
	return err;
}

/* --------------------------------------------------------------- fsmount */

int
vfs_fsmount_check(const struct vfs_ctx *c, unsigned int flags,
		  unsigned int attr)
{
	unsigned int atime = attr & MOUNT_ATTR__ATIME;

	if (!c->may_mount)
		return -EPERM;
	if (flags & ~(unsigned int)FSMOUNT_CLOEXEC)
		return -EINVAL;
	if (attr & ~(unsigned int)(MOUNT_ATTRS & ~MOUNT_ATTR_IDMAP))
		return -EINVAL;
	if (atime != MOUNT_ATTR_RELATIME && atime != MOUNT_ATTR_NOATIME &&
	    atime != MOUNT_ATTR_STRICTATIME)
		return -EINVAL;
	return 0;
}

static int
mount_locked(const struct vfs_ctx *c, struct fs_context *fc,
	     unsigned long flags, struct path *out)
{
	unsigned long locks;
	struct mount *m;
	int err;

	if (!fc->root)
		return -EINVAL;
	vfs_lock(fc->vfs);
	err = mount_check_reveal_locked(c, fc->fs, flags, &locks);
	vfs_unlock(fc->vfs);
	if (err == -EPERM)
		fs_log_plain(&fc->log, "VFS: Mount too revealing");
	if (err < 0)
		return err;
	if (fc->phase != AWAITING_MOUNT)
		return -EBUSY;
	err = mount_new(fc->vfs, fc->fs, fc->root, fc->source, flags, &m);
	if (err < 0)
		return err;
	m->lock_flags = locks;
	vfs_lock(fc->vfs);
	err = tree_detached_locked(c, m, NULL, out);
	vfs_unlock(fc->vfs);
	if (err < 0) {
		mount_put(m);
		return err;
	}
	clean(fc);
	return 0;
}

int
vfs_fsmount(const struct vfs_ctx *c, struct fs_context *fc,
	    unsigned int flags, unsigned int attr, struct path *out)
{
	int err = vfs_fsmount_check(c, flags, attr);

	if (err < 0)
		return err;
	pthread_mutex_lock(&fc->lock);
	err = mount_locked(c, fc, mount_flags_from_attr(attr), out);
	pthread_mutex_unlock(&fc->lock);
	return err;
}
