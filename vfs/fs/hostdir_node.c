/* SPDX-License-Identifier: Apache-2.0 */
/* hostdir: the instance's root, identities, nodes and where they are. */
#include "vfs/fs/hostdir.h"

#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

#include "include/auto.h"
#include "include/uapi.h"
#include "vfs/fs/hostdir_deny.h"
#include "vfs/fs/hostdir_hint.h"
#include "vfs/fs/hostdir_link.h"

static const uint64_t root_key[3] = { 0, 0, HOSTDIR_ROOT };

#define DELETED " (deleted)"

/* In f_flags; include/linux/statfs.h. */
#define ST_NOSYMFOLLOW 0x2000

static bool
key_is_root(const uint64_t key[3])
{
	return memcmp(key, root_key, sizeof(root_key)) == 0;
}

void
hostdir_init(struct hostdir *hd)
{
	hd->root = -1;
	hd->hints = hostdir_hints_new();
	hd->noexec_root = -1;
	pthread_mutex_init(&hd->exec_lock, NULL);
	pthread_rwlock_init(&hd->special_lock, NULL);
}

/* The id of the host's mount that a descriptor was opened through. */
static int
mount_id_of(int fd, uint64_t *id, bool *is_root)
{
	struct statx stx;
	int err = host_statx(fd, 0, STATX_MNT_ID_UNIQUE, &stx);

	if (!err && !(stx.stx_mask & STATX_MNT_ID_UNIQUE))
		err = host_statx(fd, 0, STATX_MNT_ID, &stx);
	if (err)
		return err;
	*id = stx.stx_mnt_id;
	*is_root = stx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	return 0;
}

/* A mount without a place: the kernel's text for its root is "/". */
static bool
is_at_top(int fd)
{
	char text[3];

	return host_fd_path(fd, text, sizeof(text)) == 1 && text[0] == '/';
}

int
hostdir_set_root(struct hostdir *hd, int fd)
{
	AUTO_FD own = fd;
	struct statfs sf;
	struct stat st;
	int err = host_fstat(fd, &st);

	if (!err)
		err = mount_id_of(fd, &hd->mnt_id, &hd->whole_mount);
	if (err)
		return err;
	hd->detached = hd->whole_mount && is_at_top(fd);
	hd->bare = hd->may_be_bare && hd->whole_mount &&
		   host_fstatfs(fd, &sf) == 0 &&
		   (sf.f_flags & ST_NOSYMFOLLOW);
	hd->type = st.st_mode & S_IFMT;
	hd->dev = st.st_dev;
	hd->ino = st.st_ino;
	atomic_store(&hd->root, steal_fd(&own));
	return 0;
}

void
hostdir_fini(struct hostdir *hd)
{
	if (hd->root >= 0)
		close(hd->root);
	if (hd->noexec_root >= 0)
		close(hd->noexec_root);
	pthread_mutex_destroy(&hd->exec_lock);
	hostdir_hints_free(hd->hints);
	hostdir_links_free(hd->links);
	hostdir_deny_free(hd->deny);
	hostdir_standins_free(hd);
	pthread_rwlock_destroy(&hd->special_lock);
}

bool
hostdir_is_ro(const struct fs *fs)
{
	return hostdir_of(fs)->ro || (fs->sb_flags & MS_RDONLY);
}

int
hostdir_made(struct fs *fs, struct fs **out, struct node **root)
{
	struct fs_obj o = {
		.fs = fs, .fd = -1, .mode = hostdir_of(fs)->type,
	};
	int err;

	memcpy(o.key, root_key, sizeof(root_key));
	err = node_for_obj(&o, &fs->root);
	if (err < 0) {
		fs_put(fs);
		return err;
	}
	*root = node_get(fs->root);
	*out = fs;
	return 0;
}

int
hostdir_identify(struct fs_obj *o)
{
	const struct hostdir *hd = hostdir_of(o->fs);
	struct stat st;
	int fd = hostdir_fd(o);
	int err = fd < 0 ? fd : host_fstat(fd, &st);

	if (err)
		return err;
	o->mode = st.st_mode & S_IFMT;
	if (st.st_ino == hd->ino && st.st_dev == hd->dev) {
		memcpy(o->key, root_key, sizeof(root_key));
	} else {
		o->key[0] = st.st_dev;
		o->key[1] = st.st_ino;
		o->key[2] = 0;
	}
	return 0;
}

int
hostdir_node_init(struct node *n, struct fs_obj *o)
{
	n->fd = -1;
	if (key_is_root(n->key))
		return 0;
	if (o->fd_owned) {
		n->fd = o->fd;
		o->fd_owned = false;
		return 0;
	}
	n->fd = host_dup(o->fd);
	return n->fd < 0 ? n->fd : 0;
}

int
hostdir_node_obj(struct node *n, struct fs_obj *out)
{
	int fd = n->fd;

	if (key_is_root(n->key))
		fd = hostdir_of(n->fs)->root;
	*out = (struct fs_obj){ .fs = n->fs, .fd = fd, .mode = n->type };
	memcpy(out->key, n->key, sizeof(out->key));
	out->node = node_get(n);
	return 0;
}

int
hostdir_may_search(struct node *n, const struct vfs_ctx *c)
{
	bool private = hostdir_of(n->fs)->private;
	unsigned int gen = private ? vfs_access_gen(n->fs->vfs) : 0;
	int fd, err;

	(void)c;
	if (private && atomic_load(&n->searchable) == gen)
		return 0;
	fd = hostdir_base(n);
	err = fd < 0 ? fd : host_access_own(fd, X_OK, AT_EACCESS);
	if (err == 0)
		atomic_store(&n->searchable, gen);
	/* what this caller alone may do is not for all */
	return err == -EACCES ? host_access(fd, X_OK, AT_EACCESS) : err;
}

/* The kernel's text for a descriptor, malloc'ed. */
static int
fd_text(int fd, char **text)
{
	AUTO_FREE char *buf = malloc(PATH_MAX + sizeof(DELETED));
	ssize_t n;

	if (!buf)
		return -ENOMEM;
	n = host_fd_path(fd, buf, PATH_MAX + sizeof(DELETED) - 1);
	if (n < 0)
		return (int)n;
	buf[n] = '\0';
	*text = steal_ptr(&buf);
	return 0;
}

/* The host may move the root itself, so its own path is asked for each time. */
int
hostdir_below_root(struct fs *fs, int fd, char **rel)
{
	const struct hostdir *hd = hostdir_of(fs);
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *top = NULL;
	size_t len = 0;
	int err;

	for (int i = 0; i < 3; i++) {
		auto_free_ptr(&text);
		auto_free_ptr(&top);
		text = top = NULL;
		err = fd_text(fd, &text);
		if (!err && !hd->detached)
			err = fd_text(hd->root, &top);
		if (err)
			return err;
		len = top && strcmp(top, "/") != 0 ? strlen(top) : 0;
		if ((!len || strncmp(text, top, len) == 0) &&
		    text[len] == '/') {
			*rel = strdup(text + len + 1);
			return *rel ? 0 : -ENOMEM;
		}
	}
	return -ENOENT;
}

/* Is `n` what stands at `rel`? */
static bool
node_is_at(struct node *n, const char *rel)
{
	AUTO_FD fd = hostdir_openat(hostdir_root(n->fs), rel,
				    O_PATH | O_NOFOLLOW, 0);
	struct stat st;

	return fd >= 0 && host_fstat(fd, &st) == 0 &&
	    st.st_dev == n->key[0] && st.st_ino == n->key[1];
}

/* Takes " (deleted)" off, unless the name really ends like that. */
static bool
strip_deleted(struct node *n, char *rel)
{
	size_t len = strlen(rel);
	char *tail = rel + len - (sizeof(DELETED) - 1);

	if (len < sizeof(DELETED) || strcmp(tail, DELETED) != 0 ||
	    node_is_at(n, rel))
		return false;
	*tail = '\0';
	return true;
}

ssize_t
hostdir_node_path(struct node *n, char *buf, size_t size, bool *deleted)
{
	AUTO_FREE char *rel = NULL;
	const char *place;
	bool gone;
	size_t len;
	int err;

	if (key_is_root(n->key)) {
		if (size < 2)
			return -ERANGE;
		memcpy(buf, "/", 2);
		*deleted = false;
		return 1;
	}
	place = hostdir_standin_path(n);
	if (place) {
		rel = strdup(place);
		err = rel ? 0 : -ENOMEM;
	} else {
		err = hostdir_below_root(n->fs, n->fd, &rel);
	}
	if (err)
		return err;
	gone = !place && strip_deleted(n, rel);
	len = strlen(rel);
	if (size < len + 2)
		return -ERANGE;
	buf[0] = '/';
	memcpy(buf + 1, rel, len + 1);
	*deleted = gone;
	return (ssize_t)len + 1;
}

/* The same for a stand-in, which no name of the host leads to. */
static int
parent_of_standin(struct node *n, const char *place, struct fs_obj *out)
{
	AUTO_FREE char *dir = NULL;
	const char *name;
	int fd;
	int err = hostdir_split(place, &dir, &name);

	if (!err && !*dir)
		return hostdir_node_obj(n->fs->root, out);
	if (!err)
		err = hostdir_find_dir(n->fs, hostdir_root(n->fs), dir, &fd);
	if (err)
		return err;
	*out = (struct fs_obj){ .fs = n->fs, .fd = fd, .fd_owned = true };
	return 0;
}

/*
 * The directory that holds `n`: found by name from the root, which keeps it
 * beneath, and it must still hold `n` under that name.
 */
static int
parent_try(struct node *n, struct fs_obj *out)
{
	AUTO_FREE char *rel = NULL;
	AUTO_FREE char *dir = NULL;
	AUTO_FD fd = -1;
	const char *name;
	struct stat st;
	int err = hostdir_below_root(n->fs, n->fd, &rel);

	if (err)
		return err;
	if (strip_deleted(n, rel))
		return -ENOENT;
	err = hostdir_split(rel, &dir, &name);
	if (err)
		return err;
	err = hostdir_find_dir(n->fs, hostdir_root(n->fs), dir, &fd);
	if (err)
		return err;
	err = host_fstatat(fd, name, &st);
	if (err)
		return err == -ENOENT ? -EAGAIN : err;
	if (st.st_dev != n->key[0] || st.st_ino != n->key[1])
		return -EAGAIN;
	if (!*dir)
		return hostdir_node_obj(n->fs->root, out);
	*out = (struct fs_obj){
		.fs = n->fs, .fd = steal_fd(&fd), .fd_owned = true,
	};
	return 0;
}

static int
open_dotdot(int fd)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};

	return host_openat2(fd, "..", &how);
}

/* Is a directory whose path is too long to be told below the root? */
static bool
climbs_to_root(const struct hostdir *hd, int fd)
{
	AUTO_FD at = open_dotdot(fd);
	struct stat st = { 0 }, up;

	while (at >= 0 && host_fstat(at, &up) == 0) {
		int next;

		if (up.st_dev == hd->dev && up.st_ino == hd->ino)
			return true;
		if (up.st_dev == st.st_dev && up.st_ino == st.st_ino)
			return false;
		st = up;
		next = open_dotdot(at);
		close(at);
		at = next;
	}
	return false;
}

/*
 * The same where a directory on the way from the root may not be searched,
 * which ".." does not ask for, or `n` has no name any more or one that is too
 * long: by "..", if that led to a place below the root.
 */
static int
parent_by_dotdot(struct node *n, struct fs_obj *out)
{
	AUTO_FD fd = open_dotdot(n->fd);
	struct stat st;

	if (fd < 0)
		return fd;
	if (host_fstat(fd, &st) < 0)
		return -EACCES;
	if (st.st_dev == hostdir_of(n->fs)->dev &&
	    st.st_ino == hostdir_of(n->fs)->ino)
		return hostdir_node_obj(n->fs->root, out);
	if (!hostdir_owns_fd(n->fs, fd, &st))
		return -EACCES;
	*out = (struct fs_obj){
		.fs = n->fs, .fd = steal_fd(&fd), .fd_owned = true,
	};
	return 0;
}

int
hostdir_node_parent(struct node *n, const struct vfs_ctx *c,
		    struct fs_obj *out)
{
	int err = 0;

	(void)c;
	if (key_is_root(n->key))
		return -ENOENT;
	if (hostdir_standin_path(n))
		return parent_of_standin(n, hostdir_standin_path(n), out);
	if (S_ISDIR(n->type))
		err = host_access(n->fd, X_OK, AT_EACCESS);
	if (err)
		return err;
	err = -EAGAIN;
	for (int i = 0; i < 8 && err == -EAGAIN; i++)
		err = parent_try(n, out);
	if (err == -EACCES || err == -ENAMETOOLONG)
		return parent_by_dotdot(n, out);
	if (err == -ENOENT && S_ISDIR(n->type))
		err = parent_by_dotdot(n, out);
	return err == -EAGAIN || err == -EACCES ? -ENOENT : err;
}

/* By the host's mount and the inode.  A directory that the host has moved out
 * of the export since stays open to who has it open, as with the kernel's
 * mounts. */
bool
hostdir_recognise(struct fs *fs, const struct statx *stx, struct fs_obj *o)
{
	const struct hostdir *hd = hostdir_of(fs);

	if (!hostdir_is_mount(hd, stx->stx_mnt_id) ||
	    !(stx->stx_mask & (STATX_MNT_ID | STATX_MNT_ID_UNIQUE)))
		return false;
	o->mode = stx->stx_mode & S_IFMT;
	o->key[0] = makedev(stx->stx_dev_major, stx->stx_dev_minor);
	o->key[1] = stx->stx_ino;
	o->key[2] = 0;
	if (o->key[0] == hd->dev && o->key[1] == hd->ino)
		memcpy(o->key, root_key, sizeof(root_key));
	return true;
}

bool
hostdir_owns_fd(struct fs *fs, int fd, const struct stat *st)
{
	const struct hostdir *hd = hostdir_of(fs);
	AUTO_FREE char *rel = NULL;
	uint64_t id;
	bool is_root;
	int err;

	if (hd->root < 0)
		return false;
	if (mount_id_of(fd, &id, &is_root) || !hostdir_is_mount(hd, id))
		return false;
	if (hd->whole_mount ||
	    (st->st_dev == hd->dev && st->st_ino == hd->ino))
		return true;
	err = hostdir_below_root(fs, fd, &rel);
	if (err == -ENAMETOOLONG && S_ISDIR(st->st_mode))
		return climbs_to_root(hd, fd);
	return err == 0;
}
