/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - what the user asked for: the command line, parsed and checked.
 *
 * options.c fills a struct config; world.c turns its operations into mounts;
 * the supervisor reads the rest.  Nothing here has touched the host yet: a
 * source path that does not exist is an error of the moment it is used.
 *
 * Every string and array belongs to the config and lives until config_fini().
 * After options_parse() it is immutable, and any thread may read it.
 */
#ifndef SUPERVISOR_CONFIG_H
#define SUPERVISOR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Which tree the operations start from. */
enum world_base {
	BASE_HOST,		/* the host's system directories, read-only */
	BASE_EMPTY,		/* nothing: an empty tmpfs (--empty, bwrap) */
	BASE_ROOT,		/* -r DIR */
};

/* One step in building the guest's tree, in the order given. */
enum world_kind {
	WORLD_BIND,		/* src -> dst, recursive, writable, no devices */
	WORLD_RO_BIND,		/* the same, read-only */
	WORLD_DEV_BIND,		/* the same, writable, device nodes usable */
	WORLD_TMPFS,		/* dst; perms, size */
	WORLD_PROC,		/* dst */
	WORLD_DEV,		/* dst: a new devtmpfs, devpts, shm */
	WORLD_MQUEUE,		/* dst */
	WORLD_DIR,		/* dst; perms */
	WORLD_FILE,		/* contents of fd -> dst; perms */
	WORLD_BIND_DATA,	/* contents of fd -> a file bound on dst; perms */
	WORLD_RO_BIND_DATA,	/* the same, read-only */
	WORLD_SYMLINK,		/* src is the target, dst the link */
	WORLD_CHMOD,		/* dst; perms */
	WORLD_REMOUNT_RO,	/* dst: that mount alone, not those below it */
	WORLD_LOCK_FILE,	/* dst: locked once all is there */
};

struct world_op {
	enum world_kind kind;
	bool try;		/* a missing source is no error */
	char *src;		/* host path or link target, or NULL */
	char *dst;		/* absolute path in the guest */
	int perms;		/* mode bits, or -1 for the kind's default */
	uint64_t size;		/* bytes; 0: no limit given */
	int fd;			/* for the kinds that read one, else -1 */
};

enum env_kind { ENV_SET, ENV_UNSET, ENV_CLEAR };

struct env_op {
	enum env_kind kind;
	char *name;
	char *value;
};

/* What --unshare-* asked for. */
enum unshare_bit {
	UNSHARE_USER = 1 << 0,
	UNSHARE_IPC = 1 << 1,
	UNSHARE_PID = 1 << 2,
	UNSHARE_NET = 1 << 3,
	UNSHARE_UTS = 1 << 4,
	UNSHARE_CGROUP = 1 << 5,
	UNSHARE_ALL = (1 << 6) - 1,
};

enum backend { BACKEND_AUTO, BACKEND_NOTIFY, BACKEND_PTRACE };

struct config {
	enum world_base base;
	char *root;			/* -r DIR, for BASE_ROOT */
	bool rw;			/* cwd (or -r DIR) writable */
	struct world_op *ops;
	size_t nr_ops;

	char *chdir;			/* in the guest; NULL: see world.h */
	struct env_op *env;
	size_t nr_env;
	char *hostname;			/* NULL: the host's */

	bool uid0;			/* -0: root of its own user namespace */
	bool have_uid, have_gid;
	uid_t uid;			/* shown to the guest, if have_uid */
	gid_t gid;
	uint64_t cap_add;		/* capability bit sets */
	uint64_t cap_drop;
	unsigned int unshare;		/* enum unshare_bit */
	bool share_net;			/* the host's network */
	bool no_userns;			/* --disable-userns */

	enum backend backend;
	unsigned int require;		/* enum feature bits, probe.h */
	bool die_with_parent;
	bool new_session;
	int json_status_fd;		/* -1: none; as the next three */
	int info_fd;
	int block_fd;
	int sync_fd;

	int verbosity;
	bool trace;			/* --trace */
	char *trace_file;		/* NULL: stderr */

	char *argv0;			/* --argv0, or NULL for argv[0] */
	char **argv;			/* the program; NULL-terminated */
	int argc;
};

/* An empty config: BASE_HOST, every fd -1, nothing asked for. */
void config_init(struct config *cfg);

/* Frees what the config owns; its fds are left to the caller. */
void config_fini(struct config *cfg);

/*
 * Appends an operation and returns it, zeroed but for kind, perms = -1 and
 * fd = -1, or NULL when memory is short.  Valid until the next addition.
 * The strings put into it must be the config's: use config_string().
 */
struct world_op *config_add_op(struct config *cfg, enum world_kind kind);

/* Appends an environment operation; copies both strings.  0 or -ENOMEM. */
int config_add_env(struct config *cfg, enum env_kind kind, const char *name,
	const char *value);

/* A copy of `s` for one of the config's fields, or NULL. */
char *config_string(const char *s);

/*
 * The guest's environment: `base` (usually environ) with the operations
 * applied in order.  A NULL-terminated vector in *out for config_free_env().
 * 0 or -ENOMEM.
 */
int config_build_env(const struct config *cfg, char *const *base,
	char ***out);
void config_free_env(char **env);

#endif
