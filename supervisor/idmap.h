/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idmap.h - file owners, as the host has them and as the guest sees them.
 *
 * Without -0 the two are the same.  With it the guest lives in a user
 * namespace of the sandbox's own with a map of one entry: its uid 0 is the
 * uid that started belljar, everything else is the overflow id.
 */
#ifndef SUPERVISOR_IDMAP_H
#define SUPERVISOR_IDMAP_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

struct sandbox;

#define OVERFLOW_ID 65534

bool idmap_active(const struct sandbox *sb);
/* Host id -> what the guest sees. */
uid_t idmap_uid_out(const struct sandbox *sb, uid_t uid);
gid_t idmap_gid_out(const struct sandbox *sb, gid_t gid);
/* What the guest says -> host id; -1 (keep) stays.  False: not mapped, the
 * kernel's answer is EINVAL. */
bool idmap_uid_in(const struct sandbox *sb, uid_t *uid);
bool idmap_gid_in(const struct sandbox *sb, gid_t *gid);

#endif
