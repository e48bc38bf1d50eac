/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mount helper: clones of directories.
 *
 * A clone is built in three steps: cloned, made private with its attributes,
 * and covered.  Since Linux 6.15 a detached tree can be mounted upon; before,
 * the clone is attached for a moment, in a mount namespace that is the
 * helper's alone, and what comes out is a clone of that.  So it is before 5.12,
 * without mount_setattr(), where only an attached mount has attributes.
 */
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "include/auto.h"
#include "include/uapi.h"
#include "supervisor/mounthelper_priv.h"

/* A tmpfs with "d", an empty directory, and "f", an empty file. */
static int
make_covers(void)
{
	AUTO_FD fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	AUTO_FD fd = -1, file = -1;

	if (fs < 0)
		return -errno;
	if (fsconfig(fs, FSCONFIG_SET_STRING, "mode", "700", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID |
		     MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (fd < 0 || mkdirat(fd, "d", 0) < 0)
		return -errno;
	file = openat(fd, "f", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0);
	return file < 0 ? -errno : steal_fd(&fd);
}

static int
attach(int tree, int at)
{
	return move_mount(tree, "", at, "", MOVE_MOUNT_F_EMPTY_PATH |
			  MOVE_MOUNT_T_EMPTY_PATH) < 0 ? -errno : 0;
}

/* Hides one place.  What is not there, or cannot be reached, needs nothing. */
static int
cover_one(int covers, int tree, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS,
	};
	AUTO_FD at = (int)syscall(SYS_openat2, tree, path, &how, sizeof(how));
	AUTO_FD cover = -1;
	struct stat st;

	if (at < 0)
		return errno == ENOENT || errno == ENOTDIR ||
			       errno == EACCES || errno == ELOOP ? 0 : -errno;
	if (fstat(at, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return 0;
	cover = open_tree(covers, S_ISDIR(st.st_mode) ? "d" : "f",
			  OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (cover < 0)
		return -errno;
	return attach(cover, at);
}

static int
cover_all(int covers, int tree, const char *places, size_t size)
{
	const char *p;
	int err = 0;

	for (p = places; p < places + size && !err; p += strlen(p) + 1)
		err = cover_one(covers, tree, p);
	return err;
}

static int
detach(int tree)
{
	int err = 0;

	if (fchdir(tree) < 0 || umount2(".", MNT_DETACH) < 0)
		err = -errno;
	if (chdir("/") < 0 && !err)
		err = -errno;
	return err;
}

/* What mount_setattr() would do, to an attached mount.  What it has already
 * it keeps: in a user namespace that may be locked. */
static int
set_attached(int tree, uint64_t attrs)
{
	static const struct {
		uint64_t attr;
		unsigned long seen, flag;
	} flags[] = {
		{ MOUNT_ATTR_RDONLY, ST_RDONLY, MS_RDONLY },
		{ MOUNT_ATTR_NOSUID, ST_NOSUID, MS_NOSUID },
		{ MOUNT_ATTR_NODEV, ST_NODEV, MS_NODEV },
		{ MOUNT_ATTR_NOEXEC, ST_NOEXEC, MS_NOEXEC },
	};
	/* Before Linux 5.10 the last one is not known, and does nothing. */
	unsigned long want = MS_REMOUNT | MS_BIND | MS_NOSYMFOLLOW;
	struct statvfs now;
	int err = 0;

	if (fstatvfs(tree, &now) < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (attrs & flags[i].attr || now.f_flag & flags[i].seen)
			want |= flags[i].flag;
	if (fchdir(tree) < 0 || mount(NULL, ".", NULL, want, NULL) < 0)
		err = -errno;
	if (chdir("/") < 0 && !err)
		err = -errno;
	return err;
}

/*
 * The last two steps for a clone that is attached meanwhile: in the helper's
 * own namespace, upon the directory `at`, above the covers (which can be
 * cloned only while they are attached too).  *tree is replaced by a detached
 * clone of the whole.
 */
static int
finish_attached(const struct helper *h, int at, int *tree,
		const struct helper_request *req, const char *places)
{
	AUTO_FD covers = req->cover_size ? make_covers() : -1;
	AUTO_FD whole = -1;
	int err = 0, undone;

	if (req->cover_size)
		err = covers < 0 ? covers : attach(covers, at);
	if (err)
		return err;
	err = attach(*tree, at);
	if (!err) {
		if (h->no_setattr)
			err = set_attached(*tree, req->attrs);
		if (!err && req->cover_size)
			err = cover_all(covers, *tree, places, req->cover_size);
		if (!err) {
			whole = open_tree(*tree, "", OPEN_TREE_CLONE |
					  OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
					  AT_RECURSIVE);
			err = whole < 0 ? -errno : 0;
		}
		undone = detach(*tree);
		err = err ? err : undone;
	}
	undone = covers < 0 ? 0 : detach(covers);
	err = err ? err : undone;
	if (!err) {
		close(*tree);
		*tree = steal_fd(&whole);
	}
	return err;
}

static int
cover_detached(struct helper *h, int tree, const char *places, size_t size)
{
	if (h->covers < 0)
		h->covers = make_covers();
	if (h->covers < 0)
		return h->covers;
	return cover_all(h->covers, tree, places, size);
}

/*
 * The supervisor's descriptor is of a mount of its namespace, which cannot be
 * cloned from ours: the same file by our own mount of it.
 */
static int
own_view(int fd, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	AUTO_FD mine = (int)syscall(SYS_openat2, AT_FDCWD, path, &how,
				    sizeof(how));
	struct stat a, b;

	if (mine < 0 || fstat(fd, &a) < 0 || fstat(mine, &b) < 0)
		return -errno;
	if (a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return -ESTALE;
	return steal_fd(&mine);
}

/* A mount namespace of our own, from which nothing gets out. */
static int
leave_namespace(struct helper *h)
{
	if (h->own_ns)
		return 0;
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	h->own_ns = true;
	return 0;
}

/* Clones; in a user namespace what is mounted below must come along. */
static int
clone_private(struct helper *h, int fd, uint64_t attrs, int *out)
{
	const unsigned int clone = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
				   AT_EMPTY_PATH;
	struct mount_attr attr = {
		.attr_set = attrs | MOUNT_ATTR_NOSYMFOLLOW,
		.propagation = MS_PRIVATE,
	};
	unsigned int deep = 0;
	AUTO_FD tree = open_tree(fd, "", clone);
	int r;

	if (tree < 0 && errno == EINVAL) {
		deep = AT_RECURSIVE;
		tree = open_tree(fd, "", clone | deep);
	}
	if (tree < 0)
		return -errno;
	r = mount_setattr(tree, "", AT_EMPTY_PATH | deep, &attr, sizeof(attr));
	if (r < 0 && errno == ENOSYS && !deep) {
		h->no_setattr = true;		/* before Linux 5.12 */
		r = 0;
	}
	if (r < 0 && errno == EINVAL) {		/* before Linux 5.14 */
		attr.attr_set = attrs;
		r = mount_setattr(tree, "", AT_EMPTY_PATH | deep, &attr,
				  sizeof(attr));
	}
	if (r < 0)
		return -errno;
	*out = steal_fd(&tree);
	return 0;
}

int
helper_clone(struct helper *h, const struct helper_request *req, int fd,
	     const char *places, int *out)
{
	const bool attached = h->no_setattr ||
			      (req->cover_size && h->cover_attached);
	bool retry = false;
	AUTO_FD mine = -1;
	AUTO_FD tree = -1;
	int err;

	if (attached) {
		err = leave_namespace(h);
		if (err)
			return err;
	}
	if (h->own_ns) {
		mine = own_view(fd, req->path);
		if (mine < 0)
			return mine;
	}
	err = clone_private(h, mine >= 0 ? mine : fd, req->attrs, &tree);
	if (err)
		return err;
	if (attached) {
		err = finish_attached(h, mine, &tree, req, places);
	} else if (h->no_setattr) {
		retry = true;
	} else if (req->cover_size) {
		err = cover_detached(h, tree, places, req->cover_size);
		retry = err == -EINVAL;
		h->cover_attached = retry;
	}
	if (retry)
		return helper_clone(h, req, fd, places, out);
	if (err)
		return err;
	*out = steal_fd(&tree);
	return 0;
}

int
helper_setattr(int fd, uint64_t set, uint64_t clear, unsigned int deep)
{
	struct mount_attr attr = { .attr_set = set, .attr_clr = clear };

	return mount_setattr(fd, "", AT_EMPTY_PATH | deep, &attr,
			     sizeof(attr)) < 0 ? -errno : 0;
}

int
helper_clone_again(int fd, uint64_t attrs, int *out)
{
	AUTO_FD tree = open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
				 AT_EMPTY_PATH | AT_RECURSIVE);
	int err = tree < 0 ? -errno : helper_setattr(tree, attrs, 0,
						     AT_RECURSIVE);

	if (!err)
		*out = steal_fd(&tree);
	return err;
}
