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
#include "supervisor/userns.h"

#define ISSECURE(c, bit) ((c)->securebits & issecure_mask(bit))

/* The capabilities that go with the fsuid: CAP_FS_SET in the kernel. */
#define CAP_FS_MASK							\
	((1ULL << CAP_CHOWN) | (1ULL << CAP_MKNOD) |			\
	 (1ULL << CAP_DAC_OVERRIDE) | (1ULL << CAP_DAC_READ_SEARCH) |	\
	 (1ULL << CAP_FOWNER) | (1ULL << CAP_FSETID) |			\
	 (1ULL << CAP_LINUX_IMMUTABLE) | (1ULL << CAP_MAC_OVERRIDE))

/* The groups that the guests really have: those belljar was started with. */
static int
first_groups(struct creds *c)
{
	int n = getgroups(0, NULL);

	if (n <= 0)
		return n < 0 ? -errno : 0;
	c->groups = calloc((size_t)n, sizeof(gid_t));
	if (!c->groups)
		return -ENOMEM;
	n = getgroups(n, c->groups);
	if (n < 0)
		return -errno;
	c->nr_groups = n;
	return 0;
}

int
creds_first(const struct sandbox *sb, struct creds **out)
{
	const struct config *cfg = sb->cfg;
	struct creds *c = calloc(1, sizeof(*c));
	uint64_t caps = cfg->uid0 ? CREDS_CAP_ALL : 0;
	int err;

	if (!c)
		return -ENOMEM;
	ref_init(&c->ref);
	c->uid = c->euid = c->suid = c->fsuid = sb->uid;
	c->gid = c->egid = c->sgid = c->fsgid = sb->gid;
	caps |= cfg->cap_add & CREDS_CAP_ALL;
	caps &= ~cfg->cap_drop;
	c->cap_effective = c->cap_permitted = caps;
	/* What is added must outlive the exec of a program that is not root. */
	if (!cfg->uid0)
		c->cap_inheritable = c->cap_ambient = caps;
	c->cap_bounding = cfg->uid0 ? CREDS_CAP_ALL & ~cfg->cap_drop : caps;
	c->user_ns = userns_get(sb->first_userns);
	/* Root of the sandbox has none but its own. */
	err = creds_is_mapped(c) ? 0 : first_groups(c);
	if (err < 0) {
		creds_put(c);
		return err;
	}
	*out = c;
	return 0;
}

bool
creds_is_mapped(const struct creds *c)
{
	return !userns_is_identity(c->user_ns);
}

void
creds_enter_userns(struct creds *c, struct user_ns *ns)
{
	struct user_ns *old = c->user_ns;

	c->user_ns = userns_get(ns);
	userns_put(old);
	c->securebits = SECUREBITS_DEFAULT;
	c->cap_inheritable = c->cap_ambient = 0;
	c->cap_permitted = c->cap_effective = c->cap_bounding = CREDS_CAP_ALL;
}

int
creds_copy(const struct creds *from, struct creds **out)
{
	struct creds *c = malloc(sizeof(*c));

	if (!c)
		return -ENOMEM;
	*c = *from;
	ref_init(&c->ref);
	userns_get(c->user_ns);
	c->groups = NULL;
	if (from->nr_groups > 0) {
		size_t size = (size_t)from->nr_groups * sizeof(gid_t);

		c->groups = malloc(size);
		if (!c->groups) {
			userns_put(c->user_ns);
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
	userns_put(c->user_ns);
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

bool
creds_may_ptrace(const struct creds *by, const struct creds *target, bool fs)
{
	uint64_t caps = fs ? by->cap_effective : by->cap_permitted;

	if (by->user_ns == target->user_ns && !(target->cap_permitted & ~caps))
		return true;
	return userns_capable(by, target->user_ns, CAP_SYS_PTRACE);
}

/* Which host id is root inside; -1: none. */
static uid_t
root_of(const struct creds *c)
{
	return id_map_down_range(&c->user_ns->uid_map, 0, 1);
}

static bool
is_id(uid_t id, uid_t wanted)
{
	return wanted != (uid_t)-1 && id == wanted;
}

int
creds_exec(const struct creds *from, struct creds **out)
{
	struct creds *c;
	uid_t root;
	int err = creds_copy(from, &c);

	if (err < 0)
		return err;
	root = root_of(c);
	if (!ISSECURE(c, SECURE_NOROOT) &&
	    (is_id(c->euid, root) || is_id(c->uid, root))) {
		/* handle_privileged_root() */
		c->cap_permitted = c->cap_bounding | c->cap_inheritable;
		c->cap_effective = is_id(c->euid, root) ? c->cap_permitted :
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
	uid_t root = root_of(old);
	bool was_root = is_id(old->uid, root) || is_id(old->euid, root) ||
			is_id(old->suid, root);
	bool is_root = is_id(c->uid, root) || is_id(c->euid, root) ||
		       is_id(c->suid, root);

	if (ISSECURE(c, SECURE_NO_SETUID_FIXUP))
		return;
	if (was_root && !is_root) {
		if (!ISSECURE(c, SECURE_KEEP_CAPS)) {
			c->cap_permitted = 0;
			c->cap_effective = 0;
		}
		c->cap_ambient = 0;
	}
	if (is_id(old->euid, root) && !is_id(c->euid, root))
		c->cap_effective = 0;
	if (!is_id(old->euid, root) && is_id(c->euid, root))
		c->cap_effective = c->cap_permitted;
	if (is_id(old->fsuid, root) && !is_id(c->fsuid, root))
		c->cap_effective &= ~CAP_FS_MASK;
	if (!is_id(old->fsuid, root) && is_id(c->fsuid, root))
		c->cap_effective |= c->cap_permitted & CAP_FS_MASK;
}
