/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounthelper.h - the process that makes real, detached mounts for us.
 *
 * It has what that takes and the supervisor gives up: CAP_SYS_ADMIN where we
 * were started with it, else a user and mount namespace of its own.  What it
 * makes comes back as a descriptor and outlives it.  It idles on a socket
 * and ends with the supervisor.
 *
 * Start it before there are threads; the calls: any thread.
 */
#ifndef SUPERVISOR_MOUNTHELPER_H
#define SUPERVISOR_MOUNTHELPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct mounthelper;
struct tmpfs_opts;

/* Forks it.  0 or -errno; whether it works is for mounthelper_ready(). */
int mounthelper_start(struct mounthelper **out);

/* Waits until it is set up.  0, or the -errno of what it may not do here.
 * NULL: -EOPNOTSUPP. */
int mounthelper_ready(struct mounthelper *h);

/* Ends it, waits, frees (NULL: nothing). */
void mounthelper_stop(struct mounthelper *h);

/*
 * A new tmpfs that is mounted nowhere, in which the kernel follows no links
 * (Linux 5.14); *fd is its root.  A uid= or gid= that
 * the helper's namespace cannot express is left out.  -EIO: the helper is
 * gone; else what fsconfig(2) or fsmount(2) said.
 */
int mounthelper_tmpfs(struct mounthelper *h, const struct tmpfs_opts *o,
		      int *fd);
/* Its limits anew.  -EINVAL: more is in use. */
int mounthelper_resize(struct mounthelper *h, int fd,
		       const struct tmpfs_opts *o);

/* What fsopen(2) gives for a type: nothing is ever made of it. */
int mounthelper_fsopen(struct mounthelper *h, const char *type, int *fd);

/*
 * A detached clone of the directory `fd`, with MOUNT_ATTR_* `attrs`, without
 * propagation: nobody gets out of it by "..", nor, from Linux 5.14 on, by a
 * link, since the kernel follows none in it.  Each of the places `cover`
 * (relative, ended by NULL; NULL: none) that exists, and everything below it,
 * is hidden beneath something empty without permission bits; links are left
 * as they are.  Mounts below are to be covered: one that is not may be seen.
 * -E2BIG: too many places.
 */
int mounthelper_clone(struct mounthelper *h, int fd, uint64_t attrs,
		      const char *const *cover, int *out);

/* Sets and clears MOUNT_ATTR_* of the detached mount whose root `fd` is. */
int mounthelper_setattr(struct mounthelper *h, int fd, uint64_t set,
			uint64_t clear);
/* A clone of it with more of them.  -EINVAL before Linux 6.15. */
int mounthelper_clone_again(struct mounthelper *h, int fd, uint64_t attrs,
			    int *out);

/* Starts the process of override.h; *sock is our end of its socket,
 * *pid a child of this process. */
int mounthelper_override(struct mounthelper *h, int *sock, pid_t *pid);

#endif
