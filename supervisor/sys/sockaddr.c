/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/sys/sockaddr.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "supervisor/nest.h"
#include "supervisor/sandbox.h"
#include "supervisor/sys/pathref.h"
#include "vfs/node.h"

#define UNIX_BASE	offsetof(struct sockaddr_un, sun_path)

void
sockref_fini(struct sockref *r)
{
	if (r->object >= 0)
		close(r->object);
	r->object = -1;
}

int
sockref_read(struct sockref *r, struct call *c, uint64_t addr, int len)
{
	memset(&r->u, 0, sizeof(r->u));
	if (len < 0 || len > (int)sizeof(struct sockaddr_storage))
		return -EINVAL;
	if (len && guest_read(c->task, &r->u, addr, (size_t)len) < 0)
		return -EFAULT;
	r->len = (socklen_t)len;
	return 0;
}

/*
 * A socket of the host that lies in a read-only export is a door to a
 * program outside: what may not be written may not be talked to either.
 */
static bool
is_outside_door(const struct path *p)
{
	return mount_fs(p->mnt)->sb_flags & MS_RDONLY;
}

static int
path_destination(struct sockref *r, struct call *c)
{
	AUTO_CTX ctx;
	struct vfs_at at = { .name = c->path[1], .flags = LOOK_FOLLOW };
	struct unix_addr *a = &r->u.unx;
	struct path place;
	size_t n = r->len - UNIX_BASE;
	int err;

	memcpy(c->path[1], a->un.sun_path, n);
	c->path[1][n] = '\0';
	call_ctx(c, &ctx);
	err = vfs_lookup_fd(&ctx, &at, &place, &r->object);
	if (err < 0)
		return err;
	err = is_outside_door(&place) ? -EACCES : 0;
	path_put(&place);
	if (err < 0)
		return err;
	snprintf(a->un.sun_path, sizeof(a->un.sun_path), "%s",
		 fdpath(r->object).s);
	r->len = (socklen_t)(UNIX_BASE + strlen(a->un.sun_path) + 1);
	return 0;
}

static int
unix_destination(struct sockref *r, struct call *c)
{
	struct unix_addr host;
	int err;

	if (r->len <= UNIX_BASE || r->len > sizeof(struct sockaddr_un))
		return -EINVAL;
	r->u.unx.len = r->len;
	if (r->u.unx.un.sun_path[0] == '\0') {
		err = unixaddr_abstract_in(&r->u.unx, nest_id(c->task),
					   &host);
		if (err < 0)
			return -ECONNREFUSED;
		r->u.unx = host;
		r->len = host.len;
		return 0;
	}
	if (unixaddr_from_host(&r->u.unx))
		r->len = r->u.unx.len;
	return path_destination(r, c);
}

int
sockref_destination(struct sockref *r, struct call *c)
{
	if (r->len < sizeof(sa_family_t))
		return -EINVAL;
	if (r->u.sa.sa_family == AF_UNIX)
		return unix_destination(r, c);
	if (r->u.sa.sa_family == AF_UNSPEC)
		return 0;
	return c->sb->cfg->share_net ? 0 : -EACCES;
}
