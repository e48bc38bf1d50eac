/* SPDX-License-Identifier: Apache-2.0 */
/*
 * userns_map.c - who may write a map, and what into it.  As map_write() and
 * proc_setgroups_write() in kernel/user_namespace.c, Linux 6.18.
 */
#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "include/auto.h"
#include "supervisor/creds.h"
#include "supervisor/userns_priv.h"

#define MAP_PAGE	4096		/* a write must be shorter */

/* A map that is being read: as the guest wrote it. */
struct draft {
	struct id_extent e[USERNS_MAX_EXTENTS];
	unsigned int nr;
};

bool
userns_setgroups_denied(const struct user_ns *ns)
{
	bool denied;

	pthread_mutex_lock(&ns->table->lock);
	denied = ns->setgroups_denied;
	pthread_mutex_unlock(&ns->table->lock);
	return denied;
}

/* As simple_strtoul(): digits as far as they go, cut off at 32 bits. */
static uint32_t
number(const char **at)
{
	unsigned long v = 0;
	const char *s = *at;

	while (isdigit((unsigned char)*s))
		v = v * 10 + (unsigned long)(*s++ - '0');
	*at = s;
	return (uint32_t)v;
}

static const char *
skip_spaces(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

static bool
overlaps(const struct draft *d, const struct id_extent *x)
{
	for (unsigned int i = 0; i < d->nr; i++) {
		const struct id_extent *e = &d->e[i];

		if ((x->first <= e->first + (e->count - 1) &&
		     e->first <= x->first + (x->count - 1)) ||
		    (x->lower <= e->lower + (e->count - 1) &&
		     e->lower <= x->lower + (x->count - 1)))
			return true;
	}
	return false;
}

/* One line, without its end. */
static int
read_line(const char *s, struct id_extent *x)
{
	s = skip_spaces(s);
	x->first = number(&s);
	if (!isspace((unsigned char)*s))
		return -EINVAL;
	s = skip_spaces(s);
	x->lower = number(&s);
	if (!isspace((unsigned char)*s))
		return -EINVAL;
	s = skip_spaces(s);
	x->count = number(&s);
	if (*skip_spaces(s))
		return -EINVAL;
	if (x->first == UINT32_MAX || x->lower == UINT32_MAX ||
	    x->first + x->count <= x->first ||
	    x->lower + x->count <= x->lower)
		return -EINVAL;
	return 0;
}

/* Cuts `text` up. */
static int
read_map(char *text, struct draft *d)
{
	struct id_extent x;
	char *line, *next;

	for (line = text; line; line = next) {
		next = strchr(line, '\n');
		if (next) {
			*next++ = '\0';
			if (!*next)
				next = NULL;
		}
		if (read_line(line, &x) < 0 || overlaps(d, &x))
			return -EINVAL;
		if (d->nr + 1 == USERNS_MAX_EXTENTS && next)
			return -EINVAL;
		d->e[d->nr++] = x;
	}
	return d->nr ? 0 : -EINVAL;
}

/*
 * As verify_root_map(): a name for the parent's root takes CAP_SETFCAP, which
 * guards the host's set-user-id capabilities of files.  The first namespace's
 * root may be named by anybody, and so may that of a nested sandbox's: no file
 * gives capabilities inside.
 */
static bool
may_map_root(const struct user_ns *ns, const struct creds *opener,
	     const struct draft *d)
{
	bool named = false;

	for (unsigned int i = 0; i < d->nr; i++)
		named |= d->e[i].lower == 0;
	if (!named || !ns->parent->parent || ns->parent->of_nest)
		return true;
	if (opener->user_ns == ns)
		return ns->parent_could_setfcap;
	return userns_capable(opener, ns->parent, CAP_SETFCAP);
}

/* As new_idmap_permitted(). */
static bool
is_permitted(const struct user_ns *ns, bool group, const struct creds *opener,
	     const struct creds *writer, const struct draft *d)
{
	const struct id_map *up = group ? &ns->parent->gid_map :
					  &ns->parent->uid_map;
	int cap = group ? CAP_SETGID : CAP_SETUID;
	uint32_t host;

	if (!group && !may_map_root(ns, opener, d))
		return false;
	if (d->nr == 1 && d->e[0].count == 1 && ns->owner == opener->euid) {
		host = id_map_down_range(up, d->e[0].lower, 1);
		if (host != (uint32_t)-1 &&
		    (group ? ns->setgroups_denied && host == opener->egid :
			     host == opener->euid))
			return true;
	}
	return userns_capable(writer, ns->parent, cap) &&
	       userns_capable(opener, ns->parent, cap);
}

/* Puts the draft in terms of the host's ids in place. */
static int
publish(const struct user_ns *ns, struct id_map *m, bool group,
	struct draft *d)
{
	const struct id_map *up = group ? &ns->parent->gid_map :
					  &ns->parent->uid_map;
	struct id_extent *to = m->base;

	for (unsigned int i = 0; i < d->nr; i++) {
		d->e[i].lower = id_map_down_range(up, d->e[i].lower,
						  d->e[i].count);
		if (d->e[i].lower == (uint32_t)-1)
			return -EPERM;
	}
	if (d->nr > USERNS_BASE_EXTENTS) {
		to = m->more = calloc(d->nr, sizeof(*to));
		if (!to)
			return -ENOMEM;
	}
	memcpy(to, d->e, d->nr * sizeof(*to));
	atomic_store_explicit(&m->nr, d->nr, memory_order_release);
	return 0;
}

/* Locks: table->lock. */
static int
write_map_locked(struct user_ns *ns, bool group, const struct creds *opener,
		 const struct creds *writer, char *text)
{
	struct id_map *m = group ? &ns->gid_map : &ns->uid_map;
	AUTO_FREE struct draft *d = NULL;
	int err;

	if (m->nr || !userns_capable(opener, ns, CAP_SYS_ADMIN))
		return -EPERM;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	err = read_map(text, d);
	if (err < 0)
		return err;
	if (!is_permitted(ns, group, opener, writer, d))
		return -EPERM;
	return publish(ns, m, group, d);
}

/* Locks: table->lock. */
static int
write_setgroups_locked(struct user_ns *ns, const char *s)
{
	bool allow = strncmp(s, "allow", 5) == 0;

	if (!allow && strncmp(s, "deny", 4) != 0)
		return -EINVAL;
	if (*skip_spaces(s + (allow ? 5 : 4)))
		return -EINVAL;
	if (allow)
		return ns->setgroups_denied ? -EPERM : 0;
	if (ns->gid_map.nr)
		return -EPERM;
	ns->setgroups_denied = true;
	return 0;
}

ssize_t
userns_write(struct user_ns *ns, enum userns_file which,
	     const struct creds *opener, const struct creds *writer,
	     const char *text, size_t len, off_t offset)
{
	AUTO_FREE char *copy = NULL;
	int err;

	if (which == USERNS_SETGROUPS) {
		if (offset || len >= sizeof("allow\n") + 1)
			return -EINVAL;
	} else {
		if (!ns->parent || (opener->user_ns != ns &&
				    opener->user_ns != ns->parent))
			return -EPERM;
		if (offset || len >= MAP_PAGE)
			return -EINVAL;
	}
	/* Project ids: quotas are the host's. */
	if (which == USERNS_PROJID_MAP)
		return -EPERM;
	copy = strndup(text, len);
	if (!copy)
		return -ENOMEM;
	pthread_mutex_lock(&ns->table->lock);
	if (which == USERNS_SETGROUPS)
		err = write_setgroups_locked(ns, copy);
	else
		err = write_map_locked(ns, which == USERNS_GID_MAP, opener,
				       writer, copy);
	pthread_mutex_unlock(&ns->table->lock);
	return err < 0 ? err : (ssize_t)len;
}
