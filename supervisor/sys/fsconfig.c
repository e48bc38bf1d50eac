/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fsconfig.c - the mount interface on descriptors: contexts that make or
 * change a filesystem.  fsopen, fspick, fsconfig, fsmount.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "include/uapi.h"
#include "supervisor/dirfds.h"
#include "supervisor/handlers.h"
#include "supervisor/mountfds.h"
#include "supervisor/sys/pathref.h"
#include "vfs/mount_api.h"

#define STRING_MAX	256		/* of keys and values, with the NUL */
#define NAME_PAGE	4096		/* of a type's name */

/* The guest gets a descriptor for `fc`, which is consumed. */
static int
reply_context(struct call *c, struct fs_context *fc, bool cloexec)
{
	int fd, err = mountfds_add_context(c->task, fc, &fd);

	return err < 0 ? err : reply_fd(c, fd, cloexec ? O_CLOEXEC : 0);
}

/* As strndup_user(). */
static int
read_string(struct call *c, uint64_t addr, char *buf, size_t size)
{
	ssize_t n = guest_read_str(c->task, buf, size, addr);

	if (n == -ENAMETOOLONG)
		return -EINVAL;
	return n < 0 ? (int)n : 0;
}

int
sys_fsopen(struct call *c)
{
	AUTO_CTX ctx = { 0 };
	AUTO_FREE char *type = malloc(NAME_PAGE);
	unsigned int flags = (unsigned int)c->rq.arg[1];
	struct fs_context *fc;
	int err;

	if (!type)
		return -ENOMEM;
	call_ctx(c, &ctx);
	if (!ctx.may_mount)
		return -EPERM;
	if (flags & ~(unsigned int)FSOPEN_CLOEXEC)
		return -EINVAL;
	err = read_string(c, c->rq.arg[0], type, NAME_PAGE);
	if (err == 0)
		err = vfs_fsopen(&ctx, type, flags, &fc);
	if (err < 0)
		return err;
	mountfds_sweep_for(c->task);
	return reply_context(c, fc, flags & FSOPEN_CLOEXEC);
}

int
sys_fspick(struct call *c)
{
	AUTO_PATHREF ref = PATHREF_INIT;
	AUTO_CTX ctx = { 0 };
	unsigned int flags = (unsigned int)c->rq.arg[2];
	struct fs_context *fc;
	int err;

	call_ctx(c, &ctx);
	if (!ctx.may_mount)
		return -EPERM;
	if (flags & ~(unsigned int)(FSPICK_CLOEXEC | FSPICK_SYMLINK_NOFOLLOW |
				    FSPICK_NO_AUTOMOUNT | FSPICK_EMPTY_PATH))
		return -EINVAL;
	if (!c->rq.arg[1])
		return -EFAULT;
	mountfds_sweep_for(c->task);
	err = pathref_init(&ref, c, &ctx, (int)c->rq.arg[0], c->rq.arg[1],
			   (flags & FSPICK_EMPTY_PATH) ? LOOK_EMPTY : 0);
	if (err == 0)
		err = vfs_fspick(&ctx, &ref.at, flags, &fc);
	return err < 0 ? err : reply_context(c, fc, flags & FSPICK_CLOEXEC);
}

/* The context of a descriptor, counted; *dup is ours.  -EBADF, -EINVAL. */
static int
get_context(struct call *c, int fd, int *dup, struct fs_context **out)
{
	AUTO_FD own = -1;
	int flags, err = dirfd_dup(c->task, fd, &own);

	if (err < 0)
		return err;
	*out = mountfds_context(own);
	if (*out) {
		*dup = steal_fd(&own);
		return 0;
	}
	flags = fcntl(own, F_GETFL);
	return flags >= 0 && (flags & O_PATH) ? -EBADF : -EINVAL;
}

/* Is all of it readable? */
static int
check_blob(struct call *c, uint64_t addr, size_t size)
{
	char bytes[4096];

	while (size) {
		size_t n = size < sizeof(bytes) ? size : sizeof(bytes);

		if (guest_read(c->task, bytes, addr, n) < 0)
			return -EFAULT;
		addr += n;
		size -= n;
	}
	return 0;
}

/*
 * Copies the value in, as the command has it; *value stays NULL where it does
 * not matter what it is: no type takes blobs, paths or descriptors.
 */
static int
read_value(struct call *c, unsigned int cmd, int aux, char *buf,
	   const char **value)
{
	uint64_t addr = c->rq.arg[3];
	AUTO_FD fd = -1;
	int err;

	switch (cmd) {
	case FSCONFIG_SET_STRING:
		*value = buf;
		return read_string(c, addr, buf, STRING_MAX);
	case FSCONFIG_SET_BINARY:
		*value = "";
		return check_blob(c, addr, (size_t)aux);
	case FSCONFIG_SET_PATH:
		*value = "";
		return call_path(c, 0, addr, 0);
	case FSCONFIG_SET_PATH_EMPTY:
		*value = "";
		return call_path(c, 0, addr, LOOK_EMPTY);
	case FSCONFIG_SET_FD:
		err = dirfd_dup(c->task, aux, &fd);
		return err < 0 ? err : 0;
	default:
		return 0;
	}
}

static int
configure(struct call *c, struct fs_context *fc, int fd)
{
	AUTO_CTX ctx = { 0 };
	unsigned int cmd = (unsigned int)c->rq.arg[1];
	int aux = (int)c->rq.arg[4], err = 0;
	char key[STRING_MAX], text[STRING_MAX];
	const char *value = NULL;

	if (c->rq.arg[2])
		err = read_string(c, c->rq.arg[2], key, sizeof(key));
	if (err == 0)
		err = read_value(c, cmd, aux, text, &value);
	if (err < 0)
		return err;
	call_ctx(c, &ctx);
	err = vfs_fsconfig(&ctx, fc, cmd, c->rq.arg[2] ? key : NULL, value,
			   aux);
	mountfds_log(fd, fc, cmd, c->rq.arg[2] ? key : NULL, value);
	return err;
}

int
sys_fsconfig(struct call *c)
{
	int fd = (int)c->rq.arg[0], err;
	struct fs_context *fc;
	AUTO_FD own = -1;

	if (fd < 0)
		return -EINVAL;
	err = vfs_fsconfig_check((unsigned int)c->rq.arg[1], c->rq.arg[2],
				 c->rq.arg[3], (int)c->rq.arg[4]);
	if (err == 0)
		err = get_context(c, fd, &own, &fc);
	if (err < 0)
		return err;
	err = configure(c, fc, own);
	fs_context_put(fc);
	return err;
}

int
sys_fsmount(struct call *c)
{
	AUTO_CTX ctx = { 0 };
	unsigned int flags = (unsigned int)c->rq.arg[1];
	unsigned int attr = (unsigned int)c->rq.arg[2];
	struct dirfd_note note = { .mnt = NULL };
	struct fs_context *fc;
	struct path place;
	AUTO_FD own = -1;
	int fd, err;

	call_ctx(c, &ctx);
	err = vfs_fsmount_check(&ctx, flags, attr);
	if (err == 0)
		err = get_context(c, (int)c->rq.arg[0], &own, &fc);
	if (err < 0)
		return err;
	err = vfs_fsmount(&ctx, fc, flags, attr, &place);
	mountfds_log(own, fc, FSCONFIG_CMD_CREATE, NULL, NULL);
	fs_context_put(fc);
	if (err < 0)
		return err;
	err = mountfds_add_place(c->sb, &ctx, &place, true, &fd);
	if (err == 0)
		dirfd_note(fd, &place, &note);
	path_put(&place);
	if (err < 0)
		return err;
	err = reply_fd(c, fd, (flags & FSMOUNT_CLOEXEC) ? O_CLOEXEC : 0);
	c->reply.note = note;
	return err;
}
