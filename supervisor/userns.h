/* SPDX-License-Identifier: Apache-2.0 */
/*
 * userns.h - emulated user namespaces.
 *
 * Ids in here, and in struct creds, are the host's.  A namespace's maps say
 * what they are called inside; what has no name there shows as the overflow
 * id.  The first namespace, number 0, is the guests': with -0, --uid or --gid
 * its map has one entry, else it is the identity.
 *
 * The core and the filesystems name a namespace by its number, for as long as
 * a mount lives: one that has owned mounts is remembered to the end.
 *
 * Letters: [I] immutable, [u] userns_table->lock, a leaf; a map is written
 * once, and read without a lock.  Any thread.
 */
#ifndef SUPERVISOR_USERNS_H
#define SUPERVISOR_USERNS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "include/ref.h"

struct creds;
struct sandbox;
struct userns_table;

#define OVERFLOW_ID		65534
#define USERNS_MAX_LEVEL	32	/* of a namespace that gets children */
#define USERNS_MAX_EXTENTS	340	/* UID_GID_MAP_MAX_EXTENTS */
#define USERNS_BASE_EXTENTS	5

struct id_extent {
	uint32_t first;			/* inside */
	uint32_t lower;			/* on the host */
	uint32_t count;
};

struct id_map {
	_Atomic unsigned int nr;	/* extents; 0: not written yet */
	struct id_extent base[USERNS_BASE_EXTENTS];
	struct id_extent *more;		/* all of them, if too many for base */
};

struct user_ns {
	struct ref ref;
	struct userns_table *table;	/* [I] */
	uint64_t id;			/* [I] */
	struct user_ns *parent;		/* [I] counted; NULL: the first */
	unsigned int level;		/* [I] */
	uid_t owner;			/* [I] who made it */
	gid_t group;			/* [I] */
	struct id_map uid_map, gid_map;	/* [u] see above */
	bool setgroups_denied;		/* [u] */
	bool parent_could_setfcap;	/* [I] who made it had CAP_SETFCAP */
	bool of_nest;			/* [I] a nested sandbox's: nest.h */
	_Atomic bool owns;		/* a mount or filesystem may be its */
};

/* Makes the table and the first namespace.  -ENOMEM. */
int userns_start(struct sandbox *sb);
void userns_stop(struct sandbox *sb);

/* A child of the caller's namespace, as create_user_ns(): -ENOSPC, -EPERM
 * (the caller's own ids are not mapped), -ENOMEM. */
int userns_new(const struct creds *by, struct user_ns **out);
struct user_ns *userns_get(struct user_ns *ns);
void userns_put(struct user_ns *ns);
/* Counted, or NULL. */
struct user_ns *userns_find_get(struct sandbox *sb, uint64_t id);
/* It is, or lies below, `above`. */
bool userns_is_below(const struct user_ns *ns, const struct user_ns *above);

/* As cap_capable(): has who holds `cr` the capability over `ns`? */
bool userns_capable(const struct creds *cr, const struct user_ns *ns,
		    int cap);
/* The same for a number; a namespace that is gone has its owner still. */
bool userns_id_capable(struct sandbox *sb, const struct creds *cr,
		       uint64_t id, int cap);

/* Host id -> what it is called inside, OVERFLOW_ID without a name. */
uid_t userns_uid_out(const struct user_ns *ns, uid_t uid);
gid_t userns_gid_out(const struct user_ns *ns, gid_t gid);
/* The reverse; -1 (keep) stays.  False: not mapped. */
bool userns_uid_in(const struct user_ns *ns, uid_t *uid);
bool userns_gid_in(const struct user_ns *ns, gid_t *gid);
bool userns_has_uid(const struct user_ns *ns, uid_t host);
bool userns_has_gid(const struct user_ns *ns, gid_t host);
/* As userns_may_setgroups() of the kernel: a group map has been written, and
 * setgroups was not denied. */
bool userns_may_setgroups(const struct user_ns *ns);
bool userns_setgroups_denied(const struct user_ns *ns);
/* Are ids called as on the host? */
bool userns_is_identity(const struct user_ns *ns);

/* The extents of a map, and how many. */
const struct id_extent *id_map_extents(const struct id_map *m,
				       unsigned int *nr);
/* What a host id is called, -1 without a name. */
uint32_t id_map_up(const struct id_map *m, uint32_t host);
/* The lowest host id of `count` that are called first...; -1: not all are. */
uint32_t id_map_down_range(const struct id_map *m, uint32_t first,
			   uint32_t count);

/* userns_map.c: writing to /proc/PID/uid_map, gid_map and setgroups. */
enum userns_file { USERNS_UID_MAP, USERNS_GID_MAP, USERNS_PROJID_MAP,
		   USERNS_SETGROUPS };
/*
 * As map_write() and proc_setgroups_write(): `text` has come in one write(2)
 * at `offset` by `writer`, on a file that `opener` has opened.  The number of
 * bytes, -EINVAL, -EPERM, -ENOMEM.
 */
ssize_t userns_write(struct user_ns *ns, enum userns_file which,
		     const struct creds *opener, const struct creds *writer,
		     const char *text, size_t len, off_t offset);

#endif
