/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/idmap.h"

#include "supervisor/sandbox.h"

bool
idmap_active(const struct sandbox *sb)
{
	const struct config *cfg = sb->cfg;

	return cfg->uid0 || cfg->have_uid || cfg->have_gid;
}

/* The one id on the inside of each map. */
static uid_t
inner_uid(const struct sandbox *sb)
{
	const struct config *cfg = sb->cfg;

	return cfg->have_uid ? cfg->uid : cfg->uid0 ? 0 : sb->uid;
}

static gid_t
inner_gid(const struct sandbox *sb)
{
	const struct config *cfg = sb->cfg;

	return cfg->have_gid ? cfg->gid : cfg->uid0 ? 0 : sb->gid;
}

uid_t
idmap_uid_out(const struct sandbox *sb, uid_t uid)
{
	if (!idmap_active(sb))
		return uid;
	return uid == sb->uid ? inner_uid(sb) : OVERFLOW_ID;
}

gid_t
idmap_gid_out(const struct sandbox *sb, gid_t gid)
{
	if (!idmap_active(sb))
		return gid;
	return gid == sb->gid ? inner_gid(sb) : OVERFLOW_ID;
}

bool
idmap_uid_in(const struct sandbox *sb, uid_t *uid)
{
	if (*uid == (uid_t)-1 || !idmap_active(sb))
		return true;
	if (*uid != inner_uid(sb))
		return false;
	*uid = sb->uid;
	return true;
}

bool
idmap_gid_in(const struct sandbox *sb, gid_t *gid)
{
	if (*gid == (gid_t)-1 || !idmap_active(sb))
		return true;
	if (*gid != inner_gid(sb))
		return false;
	*gid = sb->gid;
	return true;
}
