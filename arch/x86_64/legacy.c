/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The path calls of x86-64 that newer machines no longer have, as the kernel
 * itself writes them: in terms of their ...at form.
 */
#include <fcntl.h>
#include <string.h>

#include "arch/arch.h"

#define CWD ((uint64_t)(int64_t)AT_FDCWD)

static void
set_args(struct sysreq *rq, enum sc sc, const uint64_t arg[SC_ARGS])
{
	rq->sc = sc;
	memcpy(rq->arg, arg, sizeof(rq->arg));
}

#define SET(sc_, ...) set_args(rq, sc_, (const uint64_t[SC_ARGS]){ __VA_ARGS__ })

void
arch_decode_legacy(struct sysreq *rq)
{
	const uint64_t a = rq->arg[0], b = rq->arg[1], c = rq->arg[2];

	if (rq->sc == SC_open)
		SET(SC_openat, CWD, a, b, c);
	else if (rq->sc == SC_creat)
		SET(SC_openat, CWD, a, O_CREAT | O_WRONLY | O_TRUNC, b);
	else if (rq->sc == SC_stat)
		SET(SC_newfstatat, CWD, a, b, 0);
	else if (rq->sc == SC_lstat)
		SET(SC_newfstatat, CWD, a, b, AT_SYMLINK_NOFOLLOW);
	else if (rq->sc == SC_access)
		SET(SC_faccessat, CWD, a, b, 0);
	else if (rq->sc == SC_readlink)
		SET(SC_readlinkat, CWD, a, b, c);
	else if (rq->sc == SC_chmod)
		SET(SC_fchmodat, CWD, a, b, 0);
	else if (rq->sc == SC_chown)
		SET(SC_fchownat, CWD, a, b, c, 0);
	else if (rq->sc == SC_lchown)
		SET(SC_fchownat, CWD, a, b, c, AT_SYMLINK_NOFOLLOW);
	else if (rq->sc == SC_mkdir)
		SET(SC_mkdirat, CWD, a, b);
	else if (rq->sc == SC_mknod)
		SET(SC_mknodat, CWD, a, b, c);
	else if (rq->sc == SC_rmdir)
		SET(SC_unlinkat, CWD, a, AT_REMOVEDIR);
	else if (rq->sc == SC_unlink)
		SET(SC_unlinkat, CWD, a, 0);
	else if (rq->sc == SC_rename)
		SET(SC_renameat2, CWD, a, CWD, b, 0);
	else if (rq->sc == SC_link)
		SET(SC_linkat, CWD, a, CWD, b, 0);
	else if (rq->sc == SC_symlink)
		SET(SC_symlinkat, a, CWD, b);
}
