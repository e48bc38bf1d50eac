/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xattr.c - extended attributes.  Reading through a descriptor is native;
 * everything that names a path, or changes anything, comes here.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "supervisor/handlers.h"
#include "supervisor/sandbox.h"
#include "supervisor/sys/pathref.h"

/* As setxattr_copy(): an empty or over-long name is ERANGE. */
static int
read_name(struct call *c, uint64_t addr, char name[XATTR_NAME_MAX + 1])
{
	ssize_t n = guest_read_str(c->task, name, XATTR_NAME_MAX + 1, addr);

	if (n == -ENAMETOOLONG || n == 0)
		return -ERANGE;
	return n < 0 ? (int)n : 0;
}

/* The kernel never returns more than XATTR_SIZE_MAX. */
static size_t
clamp(uint64_t size, size_t max)
{
	return size > max ? max : (size_t)size;
}

static int
answer_bytes(struct call *c, uint64_t addr, const char *buf, ssize_t n,
	     size_t size)
{
	if (n > 0 && size > 0 &&
	    guest_write(c->task, addr, buf, (size_t)n) < 0)
		return -EFAULT;
	return (int)n;
}

static int
getxattr_path(struct call *c, unsigned int look)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx;
	AUTO_FREE char *buf = NULL;
	char name[XATTR_NAME_MAX + 1];
	size_t size = clamp(c->rq.arg[3], XATTR_SIZE_MAX);
	int err;

	call_ctx(c, &ctx);
	err = pathref_read(&ref, c, 0, c->rq.arg[0], look);
	if (err == 0)
		err = read_name(c, c->rq.arg[1], name);
	if (err == 0)
		err = pathref_base(&ref, c, &ctx, AT_FDCWD);
	if (err < 0)
		return err;
	if (size && !(buf = malloc(size)))
		return -ENOMEM;
	return answer_bytes(c, c->rq.arg[2], buf,
			    vfs_getxattr(&ctx, &ref.at, name, buf, size),
			    size);
}

int
sys_getxattr(struct call *c)
{
	return getxattr_path(c, LOOK_FOLLOW);
}

int
sys_lgetxattr(struct call *c)
{
	return getxattr_path(c, 0);
}

static int
listxattr_path(struct call *c, unsigned int look)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx;
	AUTO_FREE char *buf = NULL;
	size_t size = clamp(c->rq.arg[2], XATTR_LIST_MAX);
	int err;

	call_ctx(c, &ctx);
	err = pathref_init(&ref, c, &ctx, AT_FDCWD, c->rq.arg[0], look);
	if (err < 0)
		return err;
	if (size && !(buf = malloc(size)))
		return -ENOMEM;
	return answer_bytes(c, c->rq.arg[1], buf,
			    vfs_listxattr(&ctx, &ref.at, buf, size), size);
}

int
sys_listxattr(struct call *c)
{
	return listxattr_path(c, LOOK_FOLLOW);
}

int
sys_llistxattr(struct call *c)
{
	return listxattr_path(c, 0);
}

/* Name, value and flags of a set call: (which, name, value, size, flags). */
struct setargs {
	char name[XATTR_NAME_MAX + 1];
	char *value;
	size_t size;
	int flags;
};

static int
read_setargs(struct call *c, struct setargs *a)
{
	int err;

	a->value = NULL;
	a->flags = (int)c->rq.arg[4];
	if (a->flags & ~(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	err = read_name(c, c->rq.arg[1], a->name);
	if (err < 0)
		return err;
	if (c->rq.arg[3] > XATTR_SIZE_MAX)
		return -E2BIG;
	a->size = c->rq.arg[3];
	if (!a->size)
		return 0;
	a->value = malloc(a->size);
	if (!a->value)
		return -ENOMEM;
	if (guest_read(c->task, a->value, c->rq.arg[2], a->size) < 0) {
		free(a->value);
		a->value = NULL;
		return -EFAULT;
	}
	return 0;
}

static int
setxattr_path(struct call *c, unsigned int look)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx;
	struct setargs a = { .value = NULL };
	int err;

	call_ctx(c, &ctx);
	err = pathref_read(&ref, c, 0, c->rq.arg[0], look);
	if (err == 0)
		err = read_setargs(c, &a);
	if (err == 0)
		err = pathref_base(&ref, c, &ctx, AT_FDCWD);
	if (err == 0)
		err = vfs_setxattr(&ctx, &ref.at, a.name, a.value, a.size,
				   a.flags);
	free(a.value);
	return err;
}

int
sys_setxattr(struct call *c)
{
	return setxattr_path(c, LOOK_FOLLOW);
}

int
sys_lsetxattr(struct call *c)
{
	return setxattr_path(c, 0);
}

int
sys_fsetxattr(struct call *c)
{
	AUTO_CTX ctx;
	AUTO_FD dup = -1;
	struct setargs a = { .value = NULL };
	int err;

	call_ctx(c, &ctx);
	err = read_setargs(c, &a);
	if (err == 0)
		err = writable_dup(c, &ctx, (int)c->rq.arg[0], false, &dup);
	if (err == 0 && fsetxattr(dup, a.name, a.value, a.size, a.flags) < 0)
		err = -errno;
	vfs_access_changed(c->sb->vfs);
	free(a.value);
	return err;
}

static int
removexattr_path(struct call *c, unsigned int look)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx;
	char name[XATTR_NAME_MAX + 1];
	int err;

	call_ctx(c, &ctx);
	err = pathref_read(&ref, c, 0, c->rq.arg[0], look);
	if (err == 0)
		err = read_name(c, c->rq.arg[1], name);
	if (err == 0)
		err = pathref_base(&ref, c, &ctx, AT_FDCWD);
	if (err < 0)
		return err;
	return vfs_removexattr(&ctx, &ref.at, name);
}

int
sys_removexattr(struct call *c)
{
	return removexattr_path(c, LOOK_FOLLOW);
}

int
sys_lremovexattr(struct call *c)
{
	return removexattr_path(c, 0);
}

int
sys_fremovexattr(struct call *c)
{
	AUTO_CTX ctx;
	AUTO_FD dup = -1;
	char name[XATTR_NAME_MAX + 1];
	int err;

	call_ctx(c, &ctx);
	err = read_name(c, c->rq.arg[1], name);
	if (err == 0)
		err = writable_dup(c, &ctx, (int)c->rq.arg[0], false, &dup);
	if (err < 0)
		return err;
	err = fremovexattr(dup, name) < 0 ? -errno : 0;
	vfs_access_changed(c->sb->vfs);
	return err;
}
