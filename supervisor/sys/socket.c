/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket.c - bind, connect, and who is at either end: getsockname,
 * getpeername, accept with an address, SO_PEERCRED.
 *
 * The supervisor acts on its duplicate of the guest's socket, with an address
 * that it has resolved in the guest's world.  The guest accepts for
 * itself; the address that it gets is put right when the call returns.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "include/uapi.h"
#include "supervisor/creds.h"
#include "supervisor/handlers.h"
#include "supervisor/nest.h"
#include "supervisor/idmap.h"
#include "supervisor/peercred.h"
#include "supervisor/sandbox.h"
#include "supervisor/sys/pathref.h"
#include "supervisor/sys/sockaddr.h"
#include "supervisor/trace.h"

#define UNIX_BASE	offsetof(struct sockaddr_un, sun_path)

/*
 * bind() has no form with a directory descriptor: the supervisor's working
 * directory, of no other use, is moved there and back.
 */
static pthread_mutex_t cwd_lock = PTHREAD_MUTEX_INITIALIZER;

static int
bind_in_directory(int sock, int dirfd, const struct unix_addr *a)
{
	int err = 0;

	pthread_mutex_lock(&cwd_lock);
	if (fchdir(dirfd) < 0)
		err = -errno;
	else if (bind(sock, (const struct sockaddr *)&a->un, a->len) < 0)
		err = -errno;
	if (chdir("/") < 0 && !err)
		err = -errno;
	pthread_mutex_unlock(&cwd_lock);
	return err;
}

static int
bind_path(struct call *c, int sock, struct sockref *r)
{
	AUTO_CTX ctx;
	AUTO_FD dirfd = -1;
	struct vfs_at at = { .name = c->path[0] };
	struct unix_addr guest = r->u.unx, host;
	const char *last;
	size_t n = r->len - UNIX_BASE;
	int err;

	memcpy(c->path[0], guest.un.sun_path, n);
	c->path[0][n] = '\0';
	/* As the kernel does, the address is kept with its NUL. */
	guest.len = (socklen_t)(UNIX_BASE + strlen(c->path[0]) + 1);
	call_ctx(c, &ctx);
	err = vfs_lookup_parent_fd(&ctx, &at, true, &dirfd, &last);
	if (err < 0)
		return err == -EEXIST ? -EADDRINUSE : err;
	err = unixaddr_bind_name(last, &guest, &host);
	if (err < 0)
		return err;
	/* unix_bind_bsd() takes the mode from the socket's own inode. */
	if (fchmod(sock, 0777 & ~ctx.umask) < 0)
		return -errno;
	return bind_in_directory(sock, dirfd, &host);
}

static int
bind_unix(struct call *c, int sock, struct sockref *r)
{
	struct unix_addr host;
	int err;

	if (r->len > sizeof(struct sockaddr_un))
		return -EINVAL;
	r->u.unx.len = r->len;
	if (r->len > UNIX_BASE && r->u.unx.un.sun_path[0])
		return bind_path(c, sock, r);
	err = unixaddr_abstract_in(&r->u.unx, nest_id(c->task), &host);
	if (err < 0)
		return err;
	return bind(sock, (struct sockaddr *)&host.un, host.len) < 0 ?
		-errno : 0;
}

static int
dup_socket(struct call *c, int fd, int *out)
{
	AUTO_FD dup = -1;
	struct stat st;
	int err = call_take_fd(c, fd, &dup);

	if (err < 0)
		return err;
	if (fstat(dup, &st) < 0)
		return -errno;
	if (!S_ISSOCK(st.st_mode))
		return -ENOTSOCK;
	*out = steal_fd(&dup);
	return 0;
}

static bool
is_unix_socket(int sock)
{
	int domain = AF_UNSPEC;
	socklen_t len = sizeof(domain);

	return getsockopt(sock, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
	       domain == AF_UNIX;
}

int
sys_bind(struct call *c)
{
	AUTO_FD sock = -1;
	AUTO_SOCKREF ref = SOCKREF_INIT;
	int err;

	err = dup_socket(c, (int)c->rq.arg[0], &sock);
	if (err == 0)
		err = sockref_read(&ref, c, c->rq.arg[1], (int)c->rq.arg[2]);
	if (err < 0)
		return err;
	if (ref.len >= sizeof(sa_family_t) && ref.u.sa.sa_family == AF_UNIX)
		return bind_unix(c, sock, &ref);
	if (is_unix_socket(sock))
		return -EINVAL;
	if (!c->sb->cfg->share_net)
		return -EACCES;
	return bind(sock, &ref.u.sa, ref.len) < 0 ? -errno : 0;
}

static void
note_connector(struct call *c, int sock)
{
	struct creds *cr = task_creds_get(c->task);
	const struct ucred who = { .pid = c->task->tgid, .uid = cr->euid,
				   .gid = cr->egid };

	creds_put(cr);
	peercred_note(sock, &who);
}

static int
connect_now(struct call *c, int sock)
{
	AUTO_SOCKREF ref = SOCKREF_INIT;
	int err;

	err = sockref_read(&ref, c, c->rq.arg[1], (int)c->rq.arg[2]);
	if (err == 0)
		err = sockref_destination(&ref, c);
	if (err < 0)
		return err;
	/* Before, for who accepts it may ask at once. */
	if (ref.u.sa.sa_family == AF_UNIX)
		note_connector(c, sock);
	return connect(sock, &ref.u.sa, ref.len) < 0 ? -errno : 0;
}

/* A full backlog or a distant peer makes connect() wait. */
static int
connect_may_wait(struct call *c)
{
	AUTO_FD sock = *(int *)c->priv;

	return connect_now(c, sock);
}

int
sys_connect(struct call *c)
{
	AUTO_FD sock = -1;
	int flags, err;

	err = dup_socket(c, (int)c->rq.arg[0], &sock);
	if (err < 0)
		return err;
	flags = fcntl(sock, F_GETFL);
	if (flags >= 0 && (flags & O_NONBLOCK))
		return connect_now(c, sock);
	c->priv = malloc(sizeof(sock));
	if (!c->priv)
		return -ENOMEM;
	*(int *)c->priv = steal_fd(&sock);
	return reply_defer(c, connect_may_wait);
}

/* As move_addr_to_user(): as much as fits, and the real length. */
static int
answer_addr(struct call *c, struct unix_addr *a)
{
	int room, n = (int)a->len;

	if (guest_read(c->task, &room, c->rq.arg[2], sizeof(room)) < 0)
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	if (room > n)
		room = n;
	if (room &&
	    guest_write(c->task, c->rq.arg[1], &a->un, (size_t)room) < 0)
		return -EFAULT;
	return guest_write(c->task, c->rq.arg[2], &n, sizeof(n));
}

static int
socket_name(struct call *c, long nr)
{
	AUTO_FD sock = -1;
	union {
		struct sockaddr_storage any;
		struct unix_addr unx;
	} u = { 0 };
	struct unix_addr *a = &u.unx;
	socklen_t len = sizeof(u.any);
	int err;

	err = dup_socket(c, (int)c->rq.arg[0], &sock);
	if (err < 0)
		return err;
	if (syscall(nr, sock, &u.any, &len) < 0)
		return -errno;
	if (len > sizeof(a->un))
		len = sizeof(a->un);
	a->len = len;
	if (a->un.sun_family == AF_UNIX)
		unixaddr_out(a);
	return answer_addr(c, a);
}

int
sys_getsockname(struct call *c)
{
	return socket_name(c, SYS_getsockname);
}

int
sys_getpeername(struct call *c)
{
	return socket_name(c, SYS_getpeername);
}

/* --- accept ----------------------------------------------------------------- */

/*
 * The kernel has stored the peer's address in the guest's memory, where there
 * was room for this much.  The call has left its arguments in their registers.
 */
static void
correct_address(struct task *t, struct arch_regs *regs, void *arg)
{
	int room = (int)(intptr_t)arg, len;
	uint64_t addr = arch_regs_arg(regs, 1), addrlen = arch_regs_arg(regs, 2);
	struct unix_addr a = { 0 };

	if (arch_regs_ret(regs) < 0 ||
	    guest_read(t, &len, addrlen, sizeof(len)) < 0 ||
	    len <= (int)UNIX_BASE || len > (int)sizeof(a.un))
		return;
	a.len = (socklen_t)len;
	if (guest_read(t, &a.un, addr, (size_t)(len < room ? len : room)) < 0)
		return;
	unixaddr_out(&a);
	if ((int)a.len == len)
		return;
	len = (int)a.len;
	guest_write(t, addr, &a.un, (size_t)(len < room ? len : room));
	guest_write(t, addrlen, &len, sizeof(len));
}

/* accept() and accept4() with an address, as they stand. */
int
sys_accept(struct call *c)
{
	int room;

	if (guest_read(c->task, &room, c->rq.arg[2], sizeof(room)) < 0 ||
	    room <= (int)sizeof(sa_family_t))
		return reply_rewrite(c, NULL, NULL);
	return reply_rewrite(c, correct_address, (void *)(intptr_t)room);
}

/* --- SO_PEERCRED ------------------------------------------------------------ */

int
sys_getsockopt(struct call *c)
{
	AUTO_FD sock = -1;
	struct ucred u;
	socklen_t len = sizeof(u);
	int room, err;

	/* A process descriptor of the peer: it would be the supervisor's. */
	if ((int)c->rq.arg[2] == UAPI_SO_PEERPIDFD)
		return -ENOPROTOOPT;
	err = dup_socket(c, (int)c->rq.arg[0], &sock);
	if (err < 0)
		return err;
	if (guest_read(c->task, &room, c->rq.arg[4], sizeof(room)) < 0)
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &u, &len) < 0)
		return -errno;
	if (u.pid == c->sb->supervisor && !peercred_find(sock, &u))
		u.pid = 0;
	/* Who is not connected has nobody's ids. */
	if (u.uid != (uid_t)-1)
		u.uid = idmap_uid_out(c->task, u.uid);
	if (u.gid != (gid_t)-1)
		u.gid = idmap_gid_out(c->task, u.gid);
	if (room > (int)sizeof(u))
		room = (int)sizeof(u);
	if (room && guest_write(c->task, c->rq.arg[3], &u, (size_t)room) < 0)
		return -EFAULT;
	return guest_write(c->task, c->rq.arg[4], &room, sizeof(room));
}
