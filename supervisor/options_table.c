/* SPDX-License-Identifier: Apache-2.0 */
/* The option table of `belljar run` and what each option does. */
#include "supervisor/options.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>

#include "supervisor/config.h"
#include "supervisor/log.h"
#include "supervisor/probe.h"

#define SETTER(name)                                                   \
	static int name(struct parse *p, const struct option *o,       \
		const struct option_value *v)
#define UNUSED(x) ((void)(x))

/* Flags that a world operation's row carries beside its kind. */
#define OP_TRY		0x100
#define OP_KIND(data)	((enum world_kind)((data) & 0xff))

/* --- fields of the config ------------------------------------------------- */

/* The field of the config that the row's `data`, an offset, stands for. */
#define FIELD(p, o, type) ((type *)((char *)(p)->cfg + (o)->data))

SETTER(set_true)
{
	UNUSED(v);
	*FIELD(p, o, bool) = true;
	return 0;
}

SETTER(set_string)
{
	char *copy = config_string(v[0].text);

	if (!copy)
		return -ENOMEM;
	free(*FIELD(p, o, char *));
	*FIELD(p, o, char *) = copy;
	return 0;
}

SETTER(set_fd)
{
	*FIELD(p, o, int) = v[0].number;
	return 0;
}

SETTER(set_uid)
{
	UNUSED(o);
	p->cfg->uid = v[0].number;
	p->cfg->have_uid = true;
	return 0;
}

SETTER(set_gid)
{
	UNUSED(o);
	p->cfg->gid = v[0].number;
	p->cfg->have_gid = true;
	return 0;
}

SETTER(set_hostname)
{
	if (strlen(v[0].text) > 64)
		return options_complain(p, "'%s' is longer than the 64 bytes "
			"that the kernel allows", v[0].text);
	return set_string(p, o, v);
}

SETTER(set_root)
{
	if (!*v[0].text)
		return options_complain(p, "the path is empty");
	if (p->cfg->base == BASE_HOST)
		p->cfg->base = BASE_ROOT;
	return set_string(p, o, v);
}

SETTER(set_empty)
{
	UNUSED(o);
	UNUSED(v);
	p->cfg->base = BASE_EMPTY;
	return 0;
}

SETTER(set_backend)
{
	static const char *const names[] = {"auto", "notify", "ptrace"};
	size_t i;

	UNUSED(o);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(v[0].text, names[i])) {
			p->cfg->backend = (enum backend)i;
			return 0;
		}
	}
	return options_complain(p, "'%s' is none of auto, notify, ptrace",
		v[0].text);
}

SETTER(set_require)
{
	char *copy = strdup(v[0].text);
	char *rest = copy;
	char *name;
	int err = 0;

	UNUSED(o);
	if (!copy)
		return -ENOMEM;
	while (!err && (name = strsep(&rest, ","))) {
		unsigned int bit = probe_feature_bit(name);

		p->cfg->require |= bit;
		if (!bit)
			err = options_complain(p, "there is no feature '%s'. "
				"'belljar check' lists their names", name);
	}
	free(copy);
	return err;
}

SETTER(set_verbose)
{
	UNUSED(o);
	UNUSED(v);
	p->cfg->verbosity++;
	return 0;
}

SETTER(set_trace)
{
	p->cfg->trace = true;
	return v[0].text ? set_string(p, o, v) : 0;
}

/* --- namespaces and capabilities ------------------------------------------ */

SETTER(set_unshare)
{
	UNUSED(v);
	p->cfg->unshare |= o->data;
	if (o->data & UNSHARE_NET)
		p->cfg->share_net = false;
	return 0;
}

SETTER(set_cap)
{
	uint64_t *set = FIELD(p, o, uint64_t);
	cap_value_t cap;

	if (!strcasecmp(v[0].text, "all")) {
		*set = UINT64_MAX;
		return 0;
	}
	if (cap_from_name(v[0].text, &cap) < 0)
		return options_complain(p, "'%s' is no capability. Write "
			"CAP_... as in capabilities(7), or ALL", v[0].text);
	*set |= UINT64_C(1) << cap;
	return 0;
}

/* --- the environment ------------------------------------------------------ */

SETTER(set_env)
{
	enum env_kind kind = (enum env_kind)o->data;

	if (kind != ENV_CLEAR && (!*v[0].text || strchr(v[0].text, '=')))
		return options_complain(p, "'%s' is no name of a variable",
			v[0].text);
	return config_add_env(p->cfg, kind, v[0].text, v[1].text);
}

/* --- the world ------------------------------------------------------------ */

SETTER(set_perms)
{
	UNUSED(o);
	if (p->perms >= 0)
		return options_complain(p, "it is given twice for one option");
	p->perms = v[0].number;
	return 0;
}

SETTER(set_size)
{
	UNUSED(o);
	if (p->size)
		return options_complain(p, "it is given twice for one option");
	p->size = v[0].number;
	return 0;
}

static bool
takes_perms(enum world_kind kind)
{
	return kind == WORLD_TMPFS || kind == WORLD_DIR || kind == WORLD_FILE ||
		kind == WORLD_BIND_DATA || kind == WORLD_RO_BIND_DATA;
}

/* A new operation with the pending --perms and --size, or NULL after saying
 * why not; *err is then set. */
static struct world_op *
new_op(struct parse *p, intptr_t data, int *err)
{
	enum world_kind kind = OP_KIND(data);
	struct world_op *op;

	*err = -EINVAL;
	if (p->perms >= 0 && !takes_perms(kind)) {
		options_complain(p, "'--perms' goes before --dir, --tmpfs, "
			"--file, --bind-data or --ro-bind-data, not before this");
		return NULL;
	}
	if (p->size && kind != WORLD_TMPFS) {
		options_complain(p, "'--size' goes before --tmpfs, not before "
			"this");
		return NULL;
	}
	op = config_add_op(p->cfg, kind);
	if (!op) {
		*err = -ENOMEM;
		return NULL;
	}
	op->try = data & OP_TRY;
	op->perms = p->perms;
	op->size = p->size;
	p->perms = -1;
	p->size = 0;
	*err = 0;
	return op;
}

/* Destinations are absolute; a relative one counts from the root. */
static char *
guest_path(const char *text)
{
	char *path;

	if (text[0] == '/')
		return config_string(text);
	return asprintf(&path, "/%s", text) < 0 ? NULL : path;
}

static int
fill_op(struct world_op *op, const char *src, const char *dst)
{
	if (src && !(op->src = config_string(src)))
		return -ENOMEM;
	op->dst = guest_path(dst);
	return op->dst ? 0 : -ENOMEM;
}

SETTER(add_src_dst)
{
	int err;
	struct world_op *op = new_op(p, o->data, &err);

	return op ? fill_op(op, v[0].text, v[1].text) : err;
}

SETTER(add_dst)
{
	int err;
	struct world_op *op = new_op(p, o->data, &err);

	return op ? fill_op(op, NULL, v[0].text) : err;
}

SETTER(add_fd_dst)
{
	int err;
	struct world_op *op = new_op(p, o->data, &err);

	if (!op)
		return err;
	op->fd = v[0].number;
	return fill_op(op, NULL, v[1].text);
}

/* --bind-fd and --ro-bind-fd: the very directory or file that is open. */
SETTER(add_fd_bind)
{
	int err;
	struct world_op *op = new_op(p, o->data, &err);
	char src[32];

	if (!op)
		return err;
	snprintf(src, sizeof(src), "/proc/self/fd/%d", (int)v[0].number);
	return fill_op(op, src, v[1].text);
}

SETTER(add_chmod)
{
	int err;
	struct world_op *op = new_op(p, o->data, &err);

	if (!op)
		return err;
	op->perms = v[0].number;
	return fill_op(op, NULL, v[1].text);
}

/* -b SRC[:DST[:ro|rw]] */
SETTER(add_proot_bind)
{
	char *copy = strdup(v[0].text);
	char *rest = copy;
	char *src = strsep(&rest, ":");
	char *dst = rest ? strsep(&rest, ":") : NULL;
	struct world_op *op;
	int err;

	UNUSED(o);
	if (!copy)
		return -ENOMEM;
	if (!*src || (dst && !*dst) ||
		(rest && strcmp(rest, "ro") && strcmp(rest, "rw"))) {
		err = options_complain(p, "'%s' is not SRC[:DST[:ro|rw]]",
			v[0].text);
		free(copy);
		return err;
	}
	op = new_op(p, rest && !strcmp(rest, "ro") ? WORLD_RO_BIND :
		WORLD_BIND, &err);
	if (op)
		err = fill_op(op, src, dst ? dst : src);
	free(copy);
	return err;
}

/* --- the rest ------------------------------------------------------------- */

SETTER(set_args)
{
	UNUSED(o);
	return options_parse_fd(p, v[0].number);
}

SETTER(set_help)
{
	UNUSED(o);
	UNUSED(v);
	options_help(p->flavour);
	p->done = true;
	return 0;
}

SETTER(set_version)
{
	UNUSED(o);
	UNUSED(v);
	printf("belljar %s\n", BELLJAR_VERSION);
	p->done = true;
	return 0;
}

SETTER(set_userns_disabled)
{
	UNUSED(o);
	UNUSED(v);
	p->userns_disabled = true;
	return 0;
}

SETTER(set_as_pid_1)
{
	UNUSED(o);
	UNUSED(v);
	log_warn("option '%s': the program's number is not 1: belljar makes no "
		"pid namespace. It needs no reaper inside either", p->spelled);
	return 0;
}

SETTER(set_unsupported)
{
	UNUSED(o);
	UNUSED(v);
	return options_complain(p, "belljar does not have this option of "
		"bubblewrap's. Leave it out");
}

#define AT(field) offsetof(struct config, field)
#define SRC_DST {ARG_SRC, ARG_DST}
#define HEAD(text) {.name = text}

/* name, short, optional, {args}, set, data, metavar, help */
const struct option option_table[] = {
	HEAD("Base of the world (default: the host's system directories, "
		"read-only):"),
	{"root", 'r', false, {ARG_TEXT}, set_root, AT(root), "DIR",
		"DIR is the root, read-only unless --rw"},
	{"empty", 0, false, {ARG_NONE}, set_empty, 0, NULL,
		"start from an empty root"},
	{"rw", 0, false, {ARG_NONE}, set_true, AT(rw), NULL,
		"the current directory (or -r DIR) is writable"},

	HEAD("The world, built in the order given:"),
	{"bind", 0, false, SRC_DST, add_src_dst, WORLD_BIND, "SRC DST",
		"show the host's SRC at DST, writable"},
	{"bind-try", 0, false, SRC_DST, add_src_dst, WORLD_BIND | OP_TRY,
		"SRC DST", "the same, unless SRC is missing"},
	{"ro-bind", 0, false, SRC_DST, add_src_dst, WORLD_RO_BIND, "SRC DST",
		"show the host's SRC at DST, read-only"},
	{"ro-bind-try", 0, false, SRC_DST, add_src_dst, WORLD_RO_BIND | OP_TRY,
		"SRC DST", "the same, unless SRC is missing"},
	{"dev-bind", 0, false, SRC_DST, add_src_dst, WORLD_DEV_BIND, "SRC DST",
		"show SRC at DST, writable, device nodes usable"},
	{"dev-bind-try", 0, false, SRC_DST, add_src_dst,
		WORLD_DEV_BIND | OP_TRY, "SRC DST",
		"the same, unless SRC is missing"},
	{"bind-fd", 0, false, {ARG_FD, ARG_DST}, add_fd_bind, WORLD_BIND,
		"FD DST", "show the open directory or file FD at DST, writable"},
	{"ro-bind-fd", 0, false, {ARG_FD, ARG_DST}, add_fd_bind,
		WORLD_RO_BIND, "FD DST", "the same, read-only"},
	{"mount", 'b', false, {ARG_TEXT}, add_proot_bind, 0,
		"SRC[:DST[:ro]]", "--bind or --ro-bind in one word"},
	{"tmpfs", 0, false, {ARG_DST}, add_dst, WORLD_TMPFS, "DST",
		"a new tmpfs (takes --perms, --size)"},
	{"proc", 0, false, {ARG_DST}, add_dst, WORLD_PROC, "DST",
		"the sandbox's own /proc"},
	{"dev", 0, false, {ARG_DST}, add_dst, WORLD_DEV, "DST",
		"a new /dev: null, zero, full, random, tty, pts, shm"},
	{"mqueue", 0, false, {ARG_DST}, add_dst, WORLD_MQUEUE, "DST",
		"an empty file system of POSIX message queues"},
	{"dir", 0, false, {ARG_DST}, add_dst, WORLD_DIR, "DST",
		"a directory (takes --perms)"},
	{"file", 0, false, {ARG_FD, ARG_DST}, add_fd_dst, WORLD_FILE, "FD DST",
		"a file with what FD holds (takes --perms)"},
	{"bind-data", 0, false, {ARG_FD, ARG_DST}, add_fd_dst,
		WORLD_BIND_DATA, "FD DST",
		"such a file mounted on DST (takes --perms)"},
	{"ro-bind-data", 0, false, {ARG_FD, ARG_DST}, add_fd_dst,
		WORLD_RO_BIND_DATA, "FD DST", "the same, read-only"},
	{"symlink", 0, false, SRC_DST, add_src_dst, WORLD_SYMLINK,
		"TARGET DST", "a symbolic link at DST"},
	{"chmod", 0, false, {ARG_OCTAL, ARG_DST}, add_chmod, WORLD_CHMOD,
		"MODE DST", "change the mode of DST"},
	{"remount-ro", 0, false, {ARG_DST}, add_dst, WORLD_REMOUNT_RO, "DST",
		"make the mount at DST read-only, not those below"},
	{"lock-file", 0, false, {ARG_DST}, add_dst, WORLD_LOCK_FILE, "DST",
		"hold a shared lock on the file DST meanwhile"},
	{"perms", 0, false, {ARG_OCTAL}, set_perms, 0, "MODE",
		"the mode for the next option"},
	{"size", 0, false, {ARG_SIZE}, set_size, 0, "BYTES",
		"the size for the next --tmpfs"},

	HEAD("The program's surroundings:"),
	{"chdir", 'w', false, {ARG_DST}, set_string, AT(chdir), "DIR",
		"start in DIR"},
	{"setenv", 0, false, {ARG_TEXT, ARG_TEXT}, set_env, ENV_SET,
		"NAME VALUE", "set a variable"},
	{"unsetenv", 0, false, {ARG_TEXT}, set_env, ENV_UNSET, "NAME",
		"remove a variable"},
	{"clearenv", 0, false, {ARG_NONE}, set_env, ENV_CLEAR, NULL,
		"remove all variables"},
	{"argv0", 0, false, {ARG_TEXT}, set_string, AT(argv0), "NAME",
		"what the program sees as its own name"},
	{"hostname", 0, false, {ARG_TEXT}, set_hostname, AT(hostname), "NAME",
		"what uname(2) says"},

	HEAD("Ids and namespaces:"),
	{"fake-root", '0', false, {ARG_NONE}, set_true, AT(uid0), NULL,
		"root of the sandbox: may mount, chroot, unshare inside"},
	{"uid", 0, false, {ARG_NUMBER}, set_uid, 0, "UID",
		"the uid that the program sees"},
	{"gid", 0, false, {ARG_NUMBER}, set_gid, 0, "GID",
		"the gid that the program sees"},
	{"cap-add", 0, false, {ARG_TEXT}, set_cap, AT(cap_add), "CAP",
		"a capability inside the sandbox, or ALL"},
	{"cap-drop", 0, false, {ARG_TEXT}, set_cap, AT(cap_drop), "CAP",
		"take a capability away, or ALL"},
	{"share-net", 0, false, {ARG_NONE}, set_true, AT(share_net), NULL,
		"the host's network (default: only AF_UNIX, inside)"},
	{"unshare-all", 0, false, {ARG_NONE}, set_unshare, UNSHARE_ALL, NULL,
		"all of the next; of them only the network is ever shared"},
	{"unshare-user", 0, false, {ARG_NONE}, set_unshare, UNSHARE_USER, NULL,
		"always: a user namespace of the sandbox's own"},
	{"unshare-user-try", 0, false, {ARG_NONE}, set_unshare, UNSHARE_USER,
		NULL, "the same"},
	{"unshare-ipc", 0, false, {ARG_NONE}, set_unshare, UNSHARE_IPC, NULL,
		"always: no System V IPC, no message queues"},
	{"unshare-pid", 0, false, {ARG_NONE}, set_unshare, UNSHARE_PID, NULL,
		"always: no process outside exists; the numbers are the "
		"host's"},
	{"unshare-net", 0, false, {ARG_NONE}, set_unshare, UNSHARE_NET, NULL,
		"no network, the default of 'belljar run'"},
	{"unshare-uts", 0, false, {ARG_NONE}, set_unshare, UNSHARE_UTS, NULL,
		"always: a host name of the sandbox's own"},
	{"unshare-cgroup", 0, false, {ARG_NONE}, set_unshare, UNSHARE_CGROUP,
		NULL, "always: the cgroup is / and nothing is mounted"},
	{"unshare-cgroup-try", 0, false, {ARG_NONE}, set_unshare,
		UNSHARE_CGROUP, NULL, "the same"},
	{"disable-userns", 0, false, {ARG_NONE}, set_true, AT(no_userns), NULL,
		"no user namespaces inside"},
	{"assert-userns-disabled", 0, false, {ARG_NONE}, set_userns_disabled,
		0, NULL, "fail unless --disable-userns is given"},

	HEAD("Supervision:"),
	{"backend", 0, false, {ARG_TEXT}, set_backend, 0, "NAME",
		"auto, notify or ptrace"},
	{"require", 0, false, {ARG_TEXT}, set_require, 0, "FEATURE[,...]",
		"fail where a feature of 'belljar check' is missing"},
	{"die-with-parent", 0, false, {ARG_NONE}, set_true,
		AT(die_with_parent), NULL, "end when belljar's parent ends"},
	{"new-session", 0, false, {ARG_NONE}, set_true, AT(new_session), NULL,
		"a terminal session of its own"},
	{"as-pid-1", 0, false, {ARG_NONE}, set_as_pid_1, 0, NULL,
		"warns: the program is never process 1"},
	{"json-status-fd", 0, false, {ARG_FD}, set_fd, AT(json_status_fd),
		"FD", "write pid and exit code to FD as JSON lines"},
	{"info-fd", 0, false, {ARG_FD}, set_fd, AT(info_fd), "FD",
		"write the pid to FD as JSON"},
	{"block-fd", 0, false, {ARG_FD}, set_fd, AT(block_fd), "FD",
		"wait until FD can be read before starting"},
	{"sync-fd", 0, false, {ARG_FD}, set_fd, AT(sync_fd), "FD",
		"keep FD open while the sandbox runs"},
	{"args", 0, false, {ARG_FD}, set_args, 0, "FD",
		"read more options from FD, separated by NUL"},
	{"trace", 0, true, {ARG_TEXT}, set_trace, AT(trace_file), "FILE",
		"a line per mediated system call, to stderr or FILE"},
	{"verbose", 'v', false, {ARG_NONE}, set_verbose, 0, NULL,
		"say what is done; twice: in detail"},
	{"help", 'h', false, {ARG_NONE}, set_help, 0, NULL, "this text"},
	{"version", 0, false, {ARG_NONE}, set_version, 0, NULL,
		"belljar's version"},

	HEAD("Options of bubblewrap that are refused:"),
	{"userns", 0, false, {ARG_TEXT}, set_unsupported, 0, "FD",
		"join a user namespace"},
	{"userns2", 0, false, {ARG_TEXT}, set_unsupported, 0, "FD",
		"join a second one"},
	{"pidns", 0, false, {ARG_TEXT}, set_unsupported, 0, "FD",
		"join a pid namespace"},
	{"userns-block-fd", 0, false, {ARG_TEXT}, set_unsupported, 0, "FD",
		"wait for the id maps"},
	{"seccomp", 0, false, {ARG_TEXT}, set_unsupported, 0, "FD",
		"load a seccomp program"},
	{"add-seccomp-fd", 0, false, {ARG_TEXT}, set_unsupported, 0, "FD",
		"load one more"},
	{"exec-label", 0, false, {ARG_TEXT}, set_unsupported, 0, "LABEL",
		"SELinux label of the process"},
	{"file-label", 0, false, {ARG_TEXT}, set_unsupported, 0, "LABEL",
		"SELinux label of files"},
	{0},
};
