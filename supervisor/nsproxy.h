/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nsproxy.h - a task's namespaces besides those of users.
 *
 * Mount namespaces are the core's.  Of the others only the host and domain
 * name of a UTS namespace hold anything: System V IPC and networks do not
 * exist inside (unless the host's network is shared), and of cgroups nothing
 * shows, so a new namespace of those is another identity over the same
 * emptiness.  There is one pid and one time namespace.
 */
#ifndef SUPERVISOR_NSPROXY_H
#define SUPERVISOR_NSPROXY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "include/ref.h"

struct creds;
struct mntns;
struct sandbox;
struct task;
struct user_ns;

enum ns_kind {
	NS_MNT, NS_USER,
	/* those in struct nsproxy */
	NS_UTS, NS_IPC, NS_NET, NS_CGROUP, NS_PID, NS_TIME,
	NS_KINDS,
};
#define NS_FIRST_PLAIN	NS_UTS

#define UTS_LEN		64

/* A namespace that is an identity, and for NS_UTS two names. */
struct plain_ns {
	struct ref ref;
	enum ns_kind kind;		/* [I] */
	uint64_t id;			/* [I] */
	struct user_ns *owner;		/* [I] counted */
	pthread_mutex_t lock;
	char nodename[UTS_LEN + 1];	/* under lock */
	char domainname[UTS_LEN + 1];
};

/* Immutable once it is some task's. */
struct nsproxy {
	struct ref ref;
	struct plain_ns *of[NS_KINDS];	/* counted; from NS_FIRST_PLAIN on */
};

/* The first one of the sandbox, with the names that the guests see.  -ENOMEM. */
int nsproxy_first(struct sandbox *sb, struct nsproxy **out);
/*
 * A copy of `from`, with new namespaces of the CLONE_NEW* kinds in `flags`,
 * owned by `owner`.  -ENOMEM, -ENOSPC for kinds that cannot be had.
 */
int nsproxy_copy(struct sandbox *sb, const struct nsproxy *from,
		 uint64_t flags, struct user_ns *owner, struct nsproxy **out);
/* A copy with another namespace in the place of its kind. */
int nsproxy_replace(const struct nsproxy *from, struct plain_ns *ns,
		    struct nsproxy **out);
struct nsproxy *nsproxy_get(struct nsproxy *p);
void nsproxy_put(struct nsproxy *p);

struct plain_ns *plain_ns_get(struct plain_ns *ns);
void plain_ns_put(struct plain_ns *ns);

/* The task's UTS names, into a buffer of UTS_LEN + 1 bytes; and setting one:
 * `len` <= UTS_LEN. */
void uts_name_get(struct task *t, bool domain, char buf[UTS_LEN + 1]);
void uts_name_set(struct task *t, bool domain, const char *name, size_t len);

/* --- any kind of namespace ------------------------------------------------ */

struct nsref {
	enum ns_kind kind;
	union {				/* counted */
		struct mntns *mnt;
		struct user_ns *user;
		struct plain_ns *plain;
	};
};

/* The task's. */
void nsref_of_task(struct task *t, enum ns_kind kind, struct nsref *out);
void nsref_put(struct nsref *r);
uint64_t nsref_id(const struct nsref *r);
/* The number of the user namespace that owns it; of a user namespace: its
 * parent.  False: it has none. */
bool nsref_owner(const struct nsref *r, uint64_t *id);

/* "mnt", CLONE_NEWNS. */
const char *ns_kind_name(enum ns_kind kind);
int ns_kind_flag(enum ns_kind kind);
/* By the name of a link in /proc/PID/ns; NS_KINDS: none. */
enum ns_kind ns_kind_find(const char *name);
/* Can the guests have others than the first of this kind? */
bool ns_kind_is_emulated(const struct sandbox *sb, enum ns_kind kind);

#endif
