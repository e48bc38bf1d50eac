/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/idmap.h"

#include "supervisor/creds.h"
#include "supervisor/sandbox.h"
#include "supervisor/userns.h"

bool
idmap_active(const struct sandbox *sb)
{
	const struct config *cfg = sb->cfg;

	return cfg->uid0 || cfg->have_uid || cfg->have_gid;
}

uid_t
idmap_uid_out(struct task *t, uid_t uid)
{
	struct creds *cr;

	if (!t->sb->ids_mapped)
		return uid;
	cr = task_creds_get(t);
	uid = userns_uid_out(cr->user_ns, uid);
	creds_put(cr);
	return uid;
}

gid_t
idmap_gid_out(struct task *t, gid_t gid)
{
	struct creds *cr;

	if (!t->sb->ids_mapped)
		return gid;
	cr = task_creds_get(t);
	gid = userns_gid_out(cr->user_ns, gid);
	creds_put(cr);
	return gid;
}

bool
idmap_uid_in(struct task *t, uid_t *uid)
{
	struct creds *cr;
	bool mapped;

	if (!t->sb->ids_mapped)
		return true;
	cr = task_creds_get(t);
	mapped = userns_uid_in(cr->user_ns, uid);
	creds_put(cr);
	return mapped;
}

bool
idmap_gid_in(struct task *t, gid_t *gid)
{
	struct creds *cr;
	bool mapped;

	if (!t->sb->ids_mapped)
		return true;
	cr = task_creds_get(t);
	mapped = userns_gid_in(cr->user_ns, gid);
	creds_put(cr);
	return mapped;
}
