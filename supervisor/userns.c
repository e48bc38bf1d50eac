/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/userns.h"

#include <errno.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdlib.h>

#include "supervisor/config.h"
#include "supervisor/creds.h"
#include "supervisor/log.h"
#include "supervisor/sandbox.h"
#include "supervisor/userns_priv.h"

/* --- maps ---------------------------------------------------------------- */

const struct id_extent *
id_map_extents(const struct id_map *m, unsigned int *nr)
{
	*nr = atomic_load_explicit(&m->nr, memory_order_acquire);
	return *nr > USERNS_BASE_EXTENTS ? m->more : m->base;
}

uint32_t
id_map_up(const struct id_map *m, uint32_t host)
{
	unsigned int nr;
	const struct id_extent *e = id_map_extents(m, &nr);

	for (; nr; nr--, e++)
		if (host >= e->lower && host - e->lower < e->count)
			return e->first + (host - e->lower);
	return (uint32_t)-1;
}

uint32_t
id_map_down_range(const struct id_map *m, uint32_t first, uint32_t count)
{
	unsigned int nr;
	const struct id_extent *e = id_map_extents(m, &nr);

	for (; nr; nr--, e++)
		if (first >= e->first && first - e->first < e->count &&
		    count <= e->count - (first - e->first))
			return e->lower + (first - e->first);
	return (uint32_t)-1;
}

static void
map_one(struct id_map *m, uint32_t first, uint32_t lower, uint32_t count)
{
	m->base[0] = (struct id_extent){ first, lower, count };
	m->nr = 1;
}

uid_t
userns_uid_out(const struct user_ns *ns, uid_t uid)
{
	uid_t in = id_map_up(&ns->uid_map, uid);

	return in == (uid_t)-1 ? OVERFLOW_ID : in;
}

gid_t
userns_gid_out(const struct user_ns *ns, gid_t gid)
{
	gid_t in = id_map_up(&ns->gid_map, gid);

	return in == (gid_t)-1 ? OVERFLOW_ID : in;
}

static bool
id_in(const struct id_map *m, uint32_t *id)
{
	uint32_t host;

	if (*id == (uint32_t)-1)
		return true;
	host = id_map_down_range(m, *id, 1);
	if (host == (uint32_t)-1)
		return false;
	*id = host;
	return true;
}

bool
userns_uid_in(const struct user_ns *ns, uid_t *uid)
{
	return id_in(&ns->uid_map, uid);
}

bool
userns_gid_in(const struct user_ns *ns, gid_t *gid)
{
	return id_in(&ns->gid_map, gid);
}

bool
userns_has_uid(const struct user_ns *ns, uid_t host)
{
	return id_map_up(&ns->uid_map, host) != (uint32_t)-1;
}

bool
userns_has_gid(const struct user_ns *ns, gid_t host)
{
	return id_map_up(&ns->gid_map, host) != (uint32_t)-1;
}

bool
userns_may_setgroups(const struct user_ns *ns)
{
	bool denied;

	pthread_mutex_lock(&ns->table->lock);
	denied = ns->setgroups_denied;
	pthread_mutex_unlock(&ns->table->lock);
	return ns->gid_map.nr > 0 && !denied;
}

static bool
map_is_identity(const struct id_map *m)
{
	return m->nr == 1 && m->base[0].first == 0 && m->base[0].lower == 0 &&
	       m->base[0].count == UINT32_MAX;
}

bool
userns_is_identity(const struct user_ns *ns)
{
	return map_is_identity(&ns->uid_map) && map_is_identity(&ns->gid_map);
}

/* --- life ---------------------------------------------------------------- */

static void
maps_free(struct user_ns *ns)
{
	free(ns->uid_map.more);
	free(ns->gid_map.more);
	ns->uid_map.more = ns->gid_map.more = NULL;
	ns->uid_map.nr = ns->gid_map.nr = 0;
}

/* Puts a namespace in the table, which gives it its number. */
static int
table_add(struct userns_table *t, struct user_ns *ns)
{
	int err = 0;

	pthread_mutex_lock(&t->lock);
	if (t->nr == t->room) {
		size_t room = t->room ? 2 * t->room : 16;
		struct user_ns **v = reallocarray(t->v, room, sizeof(*v));

		if (v) {
			t->v = v;
			t->room = room;
		} else {
			err = -ENOMEM;
		}
	}
	if (err == 0 && t->live >= USERNS_MAX) {
		log_info("more than %d user namespaces", USERNS_MAX);
		err = -ENOSPC;
	}
	if (err == 0) {
		ns->id = t->nr;
		t->v[t->nr++] = ns;
		t->live++;
	}
	pthread_mutex_unlock(&t->lock);
	return err;
}

/* The maps of the first one, by the command line. */
static void
map_first(const struct sandbox *sb, struct user_ns *ns)
{
	const struct config *cfg = sb->cfg;
	uid_t uid = sb->uid;
	gid_t gid = sb->gid;

	if (!cfg->uid0 && !cfg->have_uid && !cfg->have_gid) {
		map_one(&ns->uid_map, 0, 0, UINT32_MAX);
		map_one(&ns->gid_map, 0, 0, UINT32_MAX);
		return;
	}
	if (cfg->uid0)
		uid = gid = 0;
	if (cfg->have_uid)
		uid = cfg->uid;
	if (cfg->have_gid)
		gid = cfg->gid;
	map_one(&ns->uid_map, uid, sb->uid, 1);
	map_one(&ns->gid_map, gid, sb->gid, 1);
}

int
userns_start(struct sandbox *sb)
{
	struct userns_table *t = calloc(1, sizeof(*t));
	struct user_ns *ns = calloc(1, sizeof(*ns));
	int err = t && ns ? 0 : -ENOMEM;

	if (err == 0) {
		pthread_mutex_init(&t->lock, NULL);
		ref_init(&ns->ref);
		ns->table = t;
		ns->owner = sb->uid;
		ns->group = sb->gid;
		ns->owns = true;
		map_first(sb, ns);
		err = table_add(t, ns);
	}
	if (err < 0) {
		free(ns);
		free(t);
		return err;
	}
	sb->userns = t;
	sb->first_userns = ns;
	return 0;
}

void
userns_stop(struct sandbox *sb)
{
	struct userns_table *t = sb->userns;

	if (!t)
		return;
	for (size_t i = 0; i < t->nr; i++) {
		if (!t->v[i])
			continue;
		maps_free(t->v[i]);
		free(t->v[i]);
	}
	pthread_mutex_destroy(&t->lock);
	free(t->v);
	free(t);
	sb->userns = NULL;
	sb->first_userns = NULL;
}

int
userns_new(const struct creds *by, struct user_ns **out)
{
	struct user_ns *parent = by->user_ns, *ns;
	int err;

	if (parent->level > USERNS_MAX_LEVEL)
		return -ENOSPC;
	if (!userns_has_uid(parent, by->euid) ||
	    !userns_has_gid(parent, by->egid))
		return -EPERM;
	ns = calloc(1, sizeof(*ns));
	if (!ns)
		return -ENOMEM;
	ref_init(&ns->ref);
	ns->table = parent->table;
	ns->level = parent->level + 1;
	ns->owner = by->euid;
	ns->group = by->egid;
	ns->setgroups_denied = parent->setgroups_denied;
	ns->parent_could_setfcap = creds_has_cap(by, CAP_SETFCAP);
	err = table_add(parent->table, ns);
	if (err < 0) {
		free(ns);
		return err;
	}
	ns->parent = userns_get(parent);
	*out = ns;
	return 0;
}

struct user_ns *
userns_get(struct user_ns *ns)
{
	ref_get(&ns->ref);
	return ns;
}

/* What has owned mounts stays in the table, for they may outlive it. */
void
userns_put(struct user_ns *ns)
{
	struct userns_table *t;
	struct user_ns *parent;

	while (ns && ref_put(&ns->ref)) {
		t = ns->table;
		parent = ns->parent;
		maps_free(ns);
		pthread_mutex_lock(&t->lock);
		if (ns->owns) {
			/* The parent is kept: who owns it may use the rest. */
			pthread_mutex_unlock(&t->lock);
			return;
		}
		t->v[ns->id] = NULL;
		t->live--;
		pthread_mutex_unlock(&t->lock);
		free(ns);
		ns = parent;
	}
}

/* Locks: table->lock. */
static struct user_ns *
find_locked(struct userns_table *t, uint64_t id)
{
	return id < t->nr ? t->v[id] : NULL;
}

struct user_ns *
userns_find_get(struct sandbox *sb, uint64_t id)
{
	struct userns_table *t = sb->userns;
	struct user_ns *ns;

	pthread_mutex_lock(&t->lock);
	ns = find_locked(t, id);
	if (ns && !ref_try_get(&ns->ref))
		ns = NULL;
	pthread_mutex_unlock(&t->lock);
	return ns;
}

bool
userns_is_below(const struct user_ns *ns, const struct user_ns *above)
{
	for (; ns; ns = ns->parent)
		if (ns == above)
			return true;
	return false;
}

/* --- capabilities -------------------------------------------------------- */

bool
userns_capable(const struct creds *cr, const struct user_ns *ns, int cap)
{
	for (; ns; ns = ns->parent) {
		if (ns == cr->user_ns)
			return creds_has_cap(cr, cap);
		if (ns->level <= cr->user_ns->level)
			return false;
		if (ns->parent == cr->user_ns && ns->owner == cr->euid)
			return true;
	}
	return false;
}

bool
userns_id_capable(struct sandbox *sb, const struct creds *cr, uint64_t id,
		  int cap)
{
	const struct user_ns *ns;
	bool may = false;

	if (id == cr->user_ns->id)
		return creds_has_cap(cr, cap);
	pthread_mutex_lock(&sb->userns->lock);
	ns = find_locked(sb->userns, id);
	if (ns)
		may = userns_capable(cr, ns, cap);
	pthread_mutex_unlock(&sb->userns->lock);
	return may;
}
