/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounthelper_priv.h - the mount helper's own state, within its process.
 * Between mounthelper_serve.c, mounthelper_clone.c and override_serve.c only.
 */
#ifndef SUPERVISOR_MOUNTHELPER_PRIV_H
#define SUPERVISOR_MOUNTHELPER_PRIV_H

#include <sys/types.h>

#include "supervisor/mounthelper_wire.h"

struct helper {
	bool own_user;		/* in a user namespace of its own */
	bool own_ns;		/* in a mount namespace of its own */
	uid_t uid;		/* the only ids that exist in the former */
	gid_t gid;
	int covers;		/* what places are covered with, or -1 */
	bool cover_attached;	/* detached trees cannot be mounted upon */
	bool no_setattr;	/* mount_setattr() is not there (5.12) */
};

/* mounthelper_clone(): `places` are req->cover_size bytes. */
int helper_clone(struct helper *h, const struct helper_request *req, int fd,
		 const char *places, int *out);

/* mount_setattr(2) of a mount whose root `fd` is; `deep`: 0 or AT_RECURSIVE. */
int helper_setattr(int fd, uint64_t set, uint64_t clear, unsigned int deep);
/* A clone of a detached mount, and of what covers it (Linux 6.15). */
int helper_clone_again(int fd, uint64_t attrs, int *out);
/* unshare(2) of a user namespace where our own ids alone are mapped, and are
 * called the same; `more`: other CLONE_NEW*.  0 or -errno. */
int helper_enter_userns(int more);

#endif
