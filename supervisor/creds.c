/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/creds.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/config.h"
#include "supervisor/sandbox.h"

#define ISSECURE(c, bit) ((c)->securebits & issecure_mask(bit))

/* The capabilities that go with the fsuid: CAP_FS_SET in the kernel. */
#define CAP_FS_MASK							\
	((1ULL << CAP_CHOWN) | (1ULL << CAP_MKNOD) |			\
	 (1ULL << CAP_DAC_OVERRIDE) | (1ULL << CAP_DAC_READ_SEARCH) |	\
	 (1ULL << CAP_FOWNER) | (1ULL << CAP_FSETID) |			\
	 (1ULL << CAP_LINUX_IMMUTABLE) | (1ULL << CAP_MAC_OVERRIDE))

int
creds_first(const struct sandbox *sb, struct creds **out)
{
	const struct config *cfg = sb->cfg;
	struct creds *c = calloc(1, sizeof(*c));
	uint64_t caps = 0;

	if (!c)
		return -ENOMEM;
	ref_init(&c->ref);
	c->uid = c->euid = c->suid = c->fsuid = getuid();
	c->gid = c->egid = c->sgid = c->fsgid = getgid();
	if (cfg->uid0) {
		c->uid = c->euid = c->suid = c->fsuid = 0;
		c->gid = c->egid = c->sgid = c->fsgid = 0;
		c->user_ns = true;
		caps = CREDS_CAP_ALL;
	}
	if (cfg->have_uid)
		c->uid = c->euid = c->suid = c->fsuid = cfg->uid;
	if (cfg->have_gid)
		c->gid = c->egid = c->sgid = c->fsgid = cfg->gid;
	c->emulated = cfg->uid0 || cfg->have_uid || cfg->have_gid;
	caps |= cfg->cap_add & CREDS_CAP_ALL;
	caps &= ~cfg->cap_drop;
	c->cap_effective = c->cap_permitted = caps;
	c->cap_bounding = c->user_ns ? CREDS_CAP_ALL & ~cfg->cap_drop : caps;
	*out = c;
	return 0;
}

int
creds_copy(const struct creds *from, struct creds **out)
{
	struct creds *c = malloc(sizeof(*c));

	if (!c)
		return -ENOMEM;
	*c = *from;
	ref_init(&c->ref);
	c->groups = NULL;
	if (from->nr_groups > 0) {
		size_t size = (size_t)from->nr_groups * sizeof(gid_t);

		c->groups = malloc(size);
		if (!c->groups) {
			free(c);
			return -ENOMEM;
		}
		memcpy(c->groups, from->groups, size);
	}
	*out = c;
	return 0;
}

struct creds *
creds_get(struct creds *c)
{
	ref_get(&c->ref);
	return c;
}

void
creds_put(struct creds *c)
{
	if (!ref_put(&c->ref))
		return;
	free(c->groups);
	free(c);
}

bool
creds_has_cap(const struct creds *c, int cap)
{
	return c->cap_effective & (1ULL << cap);
}

bool
creds_in_group(const struct creds *c, gid_t gid)
{
	if (gid == c->egid)
		return true;
	for (int i = 0; i < c->nr_groups; i++)
		if (c->groups[i] == gid)
			return true;
	return false;
}

int
creds_exec(const struct creds *from, struct creds **out)
{
	struct creds *c;
	int err = creds_copy(from, &c);

	if (err < 0)
		return err;
	if (!ISSECURE(c, SECURE_NOROOT) && (c->euid == 0 || c->uid == 0)) {
		/* handle_privileged_root() */
		c->cap_permitted = c->cap_bounding | c->cap_inheritable;
		c->cap_effective = c->euid == 0 ? c->cap_permitted :
						  c->cap_ambient;
	} else {
		c->cap_permitted = c->cap_ambient;
		c->cap_effective = c->cap_ambient;
	}
	c->suid = c->fsuid = c->euid;
	c->sgid = c->fsgid = c->egid;
	c->securebits &= ~issecure_mask(SECURE_KEEP_CAPS);
	*out = c;
	return 0;
}

void
creds_fix_setuid(struct creds *c, const struct creds *old)
{
	bool was_root = old->uid == 0 || old->euid == 0 || old->suid == 0;
	bool is_root = c->uid == 0 || c->euid == 0 || c->suid == 0;

	if (ISSECURE(c, SECURE_NO_SETUID_FIXUP))
		return;
	if (was_root && !is_root) {
		if (!ISSECURE(c, SECURE_KEEP_CAPS)) {
			c->cap_permitted = 0;
			c->cap_effective = 0;
		}
		c->cap_ambient = 0;
	}
	if (old->euid == 0 && c->euid != 0)
		c->cap_effective = 0;
	if (old->euid != 0 && c->euid == 0)
		c->cap_effective = c->cap_permitted;
	if (old->fsuid == 0 && c->fsuid != 0)
		c->cap_effective &= ~CAP_FS_MASK;
	if (old->fsuid != 0 && c->fsuid == 0)
		c->cap_effective |= c->cap_permitted & CAP_FS_MASK;
}
