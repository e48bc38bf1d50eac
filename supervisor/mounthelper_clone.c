/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mount helper: clones of directories.
 *
 * A clone is built in three steps: cloned, made private with its attributes,
 * and covered.  Since Linux 6.15 a detached tree can be mounted upon; before,
 * the clone is attached for a moment, in a mount namespace that is the
 * helper's alone, and what comes out is a clone of that.
 */
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

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
	return move_mount(cover, "", at, "", MOVE_MOUNT_F_EMPTY_PATH |
			  MOVE_MOUNT_T_EMPTY_PATH) < 0 ? -errno : 0;
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

/*
 * The same of a clone that was attached: in the helper's own namespace, upon
 * the directory `at`.  *tree is replaced by a detached clone of the whole.
 */
static int
cover_attached(const struct helper *h, int at, int *tree, const char *places,
	       size_t size)
{
	AUTO_FD whole = -1;
	int err;

	if (move_mount(*tree, "", at, "", MOVE_MOUNT_F_EMPTY_PATH |
		       MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return -errno;
	err = cover_all(h->covers, *tree, places, size);
	if (!err) {
		whole = open_tree(*tree, "", OPEN_TREE_CLONE |
				  OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
				  AT_RECURSIVE);
		err = whole < 0 ? -errno : 0;
	}
	if (fchdir(*tree) < 0 || umount2(".", MNT_DETACH) < 0)
		err = err ? err : -errno;
	if (chdir("/") < 0 && !err)
		err = -errno;
	if (!err) {
		close(*tree);
		*tree = steal_fd(&whole);
	}
	return err;
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
clone_private(int fd, uint64_t attrs, int *out)
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
	size_t size = req->cover_size;
	AUTO_FD mine = -1;
	AUTO_FD tree = -1;
	int err;

	if (size && h->covers < 0) {
		h->covers = make_covers();
		if (h->covers < 0)
			return h->covers;
	}
	if (size && h->cover_attached && !h->own_ns) {
		err = leave_namespace(h);
		if (err)
			return err;
	}
	if (h->own_ns) {
		mine = own_view(fd, req->path);
		if (mine < 0)
			return mine;
		fd = mine;
	}
	err = clone_private(fd, req->attrs, &tree);
	if (!err && size)
		err = h->cover_attached ?
		    cover_attached(h, mine, &tree, places, size) :
		    cover_all(h->covers, tree, places, size);
	if (err == -EINVAL && size && !h->cover_attached) {
		h->cover_attached = true;
		return helper_clone(h, req, fd, places, out);
	}
	if (err)
		return err;
	*out = steal_fd(&tree);
	return 0;
}
