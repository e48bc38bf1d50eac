/* SPDX-License-Identifier: Apache-2.0 */
/* The mount helper's own side: a process that makes mounts on request. */
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>

#include "include/auto.h"
#include "include/uapi.h"
#include "supervisor/background.h"
#include "supervisor/log.h"
#include "supervisor/mounthelper_priv.h"
#include "supervisor/override_wire.h"

/* Detached mounts are ours to read and write; what they hold is a guest's. */
#define TMPFS_ATTRS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

static int
write_file(const char *path, const char *text)
{
	AUTO_FD fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

int
helper_enter_userns(int more)
{
	const uid_t uid = geteuid();
	const gid_t gid = getegid();
	char line[64];
	int err;

	if (unshare(CLONE_NEWUSER | more) < 0)
		return -errno;
	err = write_file("/proc/self/setgroups", "deny");
	if (err && err != -ENOENT)
		return err;
	snprintf(line, sizeof(line), "%u %u 1", uid, uid);
	err = write_file("/proc/self/uid_map", line);
	if (err)
		return err;
	snprintf(line, sizeof(line), "%u %u 1", gid, gid);
	return write_file("/proc/self/gid_map", line);
}

/* A user namespace in which we are who we are. */
static int
enter_namespace(struct helper *h)
{
	int err = helper_enter_userns(CLONE_NEWNS);

	h->own_user = h->own_ns = !err;
	return err;
}

/* May we make mounts at all? */
static int
try_mounting(void)
{
	AUTO_FD fd = fsopen("tmpfs", FSOPEN_CLOEXEC);

	return fd < 0 ? -errno : 0;
}

/* Mapping root takes CAP_SETFCAP. */
static int
set_up(struct helper *h)
{
	const uint64_t keep = UINT64_C(1) << CAP_SYS_ADMIN |
			      (geteuid() ? 0 : UINT64_C(1) << CAP_SETFCAP);
	int err;

	h->uid = geteuid();
	h->gid = getegid();
	err = try_mounting();
	if (err) {
		err = enter_namespace(h);
		if (!err)
			err = try_mounting();
	}
	if (!err)
		background_drop_caps(keep);
	/* After the last change of credentials: that clears it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return err;
}

static int
set_string(int fs, const char *key, const char *value)
{
	return fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0) < 0 ?
	    -errno : 0;
}

static int
set_number(int fs, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return set_string(fs, key, text);
}

static int
set_limits(int fs, const struct tmpfs_opts *o)
{
	int err = 0;

	if (o->blocks != tmpfs_default_blocks())
		err = set_number(fs, "nr_blocks", o->blocks);
	if (!err && o->inodes != tmpfs_default_inodes())
		err = set_number(fs, "nr_inodes", o->inodes);
	return err;
}

/* Those who made it own it, unless told otherwise and we may say so. */
static int
set_owner(const struct helper *h, int fs, const struct tmpfs_opts *o)
{
	int err = 0;

	if (o->uid != h->uid && !h->own_user)
		err = set_number(fs, "uid", o->uid);
	if (!err && o->gid != h->gid && !h->own_user)
		err = set_number(fs, "gid", o->gid);
	return err;
}

static int
set_options(const struct helper *h, int fs, const struct tmpfs_opts *o)
{
	char mode[8];
	int err = set_limits(fs, o);

	snprintf(mode, sizeof(mode), "%o", o->mode & 07777);
	if (!err)
		err = set_string(fs, "mode", mode);
	if (!err)
		err = set_owner(h, fs, o);
	if (!err && o->huge != HUGE_NEVER)
		err = set_string(fs, "huge", tmpfs_huge_name(o->huge));
	if (!err && o->mpol[0])
		err = set_string(fs, "mpol", o->mpol);
	if (!err && o->noswap && !h->own_user)
		err = fsconfig(fs, FSCONFIG_SET_FLAG, "noswap", NULL, 0) < 0 ?
		    -errno : 0;
	return err;
}

static int
make_tmpfs(const struct helper *h, const struct tmpfs_opts *o, int *out)
{
	AUTO_FD fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	int err, fd;

	if (fs < 0)
		return -errno;
	err = set_options(h, fs, o);
	if (err)
		return err;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(fs, FSMOUNT_CLOEXEC, TMPFS_ATTRS |
		     MOUNT_ATTR_NOSYMFOLLOW);
	if (fd < 0 && errno == EINVAL)
		fd = fsmount(fs, FSMOUNT_CLOEXEC, TMPFS_ATTRS);
	if (fd < 0)
		return -errno;
	*out = fd;
	return 0;
}

static int
resize_tmpfs(int fd, const struct tmpfs_opts *o)
{
	AUTO_FD fs = fspick(fd, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC);
	int err;

	if (fs < 0)
		return -errno;
	err = set_number(fs, "nr_blocks", o->blocks);
	if (!err)
		err = set_number(fs, "nr_inodes", o->inodes);
	if (err)
		return err;
	return fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0 ?
	    -errno : 0;
}

/* The process of override.h, a child of the supervisor's; `sock` is its
 * socket. */
static int
start_override(int sock)
{
	long pid = -1;

	if (sock >= 0)
		pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		override_serve(sock);
	return sock < 0 ? -EBADF : pid < 0 ? -errno : 0;
}

static int
serve_one(struct helper *h, const struct helper_request *req, int fd,
	  const char *places, int *out)
{
	switch (req->op) {
	case HELPER_TMPFS:
		return make_tmpfs(h, &req->opts, out);
	case HELPER_RESIZE:
		return resize_tmpfs(fd, &req->opts);
	case HELPER_CLONE:
		return helper_clone(h, req, fd, places, out);
	case HELPER_FSOPEN:
		*out = fsopen(req->path, FSOPEN_CLOEXEC);
		return *out < 0 ? -errno : 0;
	case HELPER_SETATTR:
		return helper_setattr(fd, req->attrs, req->clear, 0);
	case HELPER_CLONE_AGAIN:
		return helper_clone_again(fd, req->attrs, out);
	case HELPER_OVERRIDE:
		return start_override(fd);
	}
	return -EINVAL;
}

/* The packet after a request that has one. */
static void
recv_places(int sock, const struct helper_request *req, char *places)
{
	int none = -1;

	if (req->cover_size > HELPER_COVER_MAX ||
	    helper_recv(sock, places, req->cover_size, &none) ||
	    places[req->cover_size - 1])
		_exit(LOG_EXIT_FAILURE);
}

void
mounthelper_serve(int sock)
{
	static char places[HELPER_COVER_MAX];
	static struct helper_request req;
	struct helper_reply reply;
	struct helper h = { .covers = -1 };

	background_enter("belljar-mounts", &sock, 1);
	reply.err = set_up(&h);
	if (helper_send(sock, &reply, sizeof(reply), -1) || reply.err)
		_exit(0);
	for (;;) {
		AUTO_FD in = -1;
		AUTO_FD out = -1;

		if (helper_recv(sock, &req, sizeof(req), &in))
			_exit(0);
		req.path[sizeof(req.path) - 1] = '\0';
		if (req.cover_size)
			recv_places(sock, &req, places);
		reply.err = serve_one(&h, &req, in, places, &out);
		if (helper_send(sock, &reply, sizeof(reply),
				reply.err ? -1 : out))
			_exit(0);
	}
}
