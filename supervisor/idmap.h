/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idmap.h - file owners, as the host has them and as a guest sees them: by
 * the maps of the guest's user namespace.
 *
 * Where no guest's ids differ from the host's all of this costs nothing.
 */
#ifndef SUPERVISOR_IDMAP_H
#define SUPERVISOR_IDMAP_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

struct sandbox;
struct task;

/* Do the first guest's ids differ from the host's? */
bool idmap_active(const struct sandbox *sb);
/* Host id -> what the guest sees. */
uid_t idmap_uid_out(struct task *t, uid_t uid);
gid_t idmap_gid_out(struct task *t, gid_t gid);
/* What the guest says -> host id; -1 (keep) stays.  False: not mapped, the
 * kernel's answer is EINVAL. */
bool idmap_uid_in(struct task *t, uid_t *uid);
bool idmap_gid_in(struct task *t, gid_t *gid);

#endif
