/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What /proc holds besides processes: an allow-list.
 *
 * Rows are paths; a directory stands before what is in it.  The number of a
 * row is part of a key, so that the order may change only between runs.
 */
#include <errno.h>
#include <string.h>

#include "vfs/fs/procfs_priv.h"

struct proc_global {
	const char *path;
	enum synth_kind kind;
	mode_t mode;
	proc_text *text;		/* SYNTH_TEXT */
	const char *link;		/* SYNTH_LINK with a fixed text */
};

#define DIR_ROW(p)	{ p, SYNTH_DIR, S_IFDIR | 0555, NULL, NULL }
#define HOST(p)		{ p, SYNTH_REAL, S_IFREG | 0444, NULL, NULL }
#define TEXT(p, fn)	{ p, SYNTH_TEXT, S_IFREG | 0444, fn, NULL }
#define LINK(p, to)	{ p, SYNTH_LINK, S_IFLNK | 0777, NULL, to }

static const struct proc_global globals[] = {
	HOST("cgroups"),
	TEXT("cmdline", proc_text_cmdline),
	HOST("cpuinfo"),
	HOST("devices"),
	TEXT("filesystems", proc_text_filesystems),
	HOST("loadavg"),
	HOST("meminfo"),
	LINK("mounts", "self/mounts"),
	LINK("net", "self/net"),
	LINK("self", NULL),
	HOST("stat"),
	TEXT("swaps", proc_text_swaps),
	LINK("thread-self", NULL),
	HOST("uptime"),
	HOST("version"),
	HOST("vmstat"),
	DIR_ROW("tty"),
	HOST("tty/drivers"),
	DIR_ROW("sys"),
	DIR_ROW("sys/fs"),
	HOST("sys/fs/aio-max-nr"),
	HOST("sys/fs/file-max"),
	HOST("sys/fs/mount-max"),
	HOST("sys/fs/nr_open"),
	HOST("sys/fs/overflowgid"),
	HOST("sys/fs/overflowuid"),
	HOST("sys/fs/pipe-max-size"),
	HOST("sys/fs/pipe-user-pages-hard"),
	HOST("sys/fs/pipe-user-pages-soft"),
	HOST("sys/fs/protected_fifos"),
	HOST("sys/fs/protected_hardlinks"),
	HOST("sys/fs/protected_regular"),
	HOST("sys/fs/protected_symlinks"),
	DIR_ROW("sys/fs/inotify"),
	HOST("sys/fs/inotify/max_queued_events"),
	HOST("sys/fs/inotify/max_user_instances"),
	HOST("sys/fs/inotify/max_user_watches"),
	DIR_ROW("sys/kernel"),
	HOST("sys/kernel/arch"),
	HOST("sys/kernel/cap_last_cap"),
	TEXT("sys/kernel/domainname", proc_text_domainname),
	TEXT("sys/kernel/hostname", proc_text_hostname),
	HOST("sys/kernel/msgmax"),
	HOST("sys/kernel/msgmnb"),
	HOST("sys/kernel/msgmni"),
	HOST("sys/kernel/ngroups_max"),
	HOST("sys/kernel/osrelease"),
	HOST("sys/kernel/ostype"),
	HOST("sys/kernel/overflowgid"),
	HOST("sys/kernel/overflowuid"),
	HOST("sys/kernel/pid_max"),
	HOST("sys/kernel/randomize_va_space"),
	HOST("sys/kernel/sem"),
	HOST("sys/kernel/shmall"),
	HOST("sys/kernel/shmmax"),
	HOST("sys/kernel/shmmni"),
	HOST("sys/kernel/threads-max"),
	HOST("sys/kernel/version"),
	DIR_ROW("sys/kernel/random"),
	HOST("sys/kernel/random/boot_id"),
	HOST("sys/kernel/random/entropy_avail"),
	HOST("sys/kernel/random/poolsize"),
	HOST("sys/kernel/random/uuid"),
	DIR_ROW("sys/kernel/seccomp"),
	HOST("sys/kernel/seccomp/actions_avail"),
	DIR_ROW("sys/kernel/yama"),
	HOST("sys/kernel/yama/ptrace_scope"),
	DIR_ROW("sys/net"),
	DIR_ROW("sys/net/core"),
	HOST("sys/net/core/somaxconn"),
	DIR_ROW("sys/vm"),
	HOST("sys/vm/max_map_count"),
	HOST("sys/vm/mmap_min_addr"),
	HOST("sys/vm/nr_hugepages"),
	HOST("sys/vm/overcommit_kbytes"),
	HOST("sys/vm/overcommit_memory"),
	HOST("sys/vm/overcommit_ratio"),
	HOST("sys/vm/swappiness"),
};

#define NR_GLOBALS (sizeof(globals) / sizeof(globals[0]))

/* The part of a row's path below the directory, or NULL: it is elsewhere or
 * further down. */
static const char *
name_below(const struct proc_global *dir, const struct proc_global *row)
{
	size_t len = dir ? strlen(dir->path) : 0;
	const char *name = row->path;

	if (dir) {
		if (strncmp(row->path, dir->path, len) != 0 ||
		    row->path[len] != '/')
			return NULL;
		name += len + 1;
	}
	return strchr(name, '/') ? NULL : name;
}

/* Not every kernel has every file (or directory). */
static bool
is_there(struct fs *fs, const struct proc_global *row)
{
	if (row->kind != SYNTH_REAL && row->kind != SYNTH_DIR)
		return true;
	return proc_host_has(procfs_of(fs), row->path);
}

int
proc_global_child(struct fs *fs, unsigned int dir_row, bool top,
		  const char *name, unsigned int *row)
{
	const struct proc_global *dir = top ? NULL : &globals[dir_row];
	const char *below;

	for (unsigned int i = 0; i < NR_GLOBALS; i++) {
		below = name_below(dir, &globals[i]);
		if (below && strcmp(below, name) == 0 &&
		    is_there(fs, &globals[i])) {
			*row = i;
			return 0;
		}
	}
	return -ENOENT;
}

void
proc_global_list(struct fs *fs, unsigned int dir_row, bool top,
		 struct synth_names *out)
{
	const struct proc_global *dir = top ? NULL : &globals[dir_row];
	const char *below;

	for (unsigned int i = 0; i < NR_GLOBALS; i++) {
		below = name_below(dir, &globals[i]);
		if (below && is_there(fs, &globals[i]))
			names_add(out, below, globals[i].mode);
	}
}

int
proc_global_describe(unsigned int row, struct synth_ent *ent)
{
	if (row >= NR_GLOBALS)
		return -ENOENT;
	ent->kind = globals[row].kind;
	ent->mode = globals[row].mode;
	return 0;
}

bool
proc_global_parent(unsigned int row, unsigned int *up, const char **name)
{
	const char *path = globals[row].path;
	const char *slash = strrchr(path, '/');
	size_t len;

	*name = slash ? slash + 1 : path;
	if (!slash)
		return false;
	len = (size_t)(slash - path);
	for (*up = row; *up > 0; --*up)
		if (strncmp(globals[*up].path, path, len) == 0 &&
		    globals[*up].path[len] == '\0')
			break;
	return true;
}

const char *
proc_global_path(unsigned int row)
{
	return globals[row].path;
}

const char *
proc_global_link(unsigned int row)
{
	return globals[row].link;
}

int
proc_global_text(struct fs *fs, const struct vfs_ctx *c,
		 const struct proc_key *k, struct synth_text *t)
{
	return globals[k->row].text(fs, c, k, t);
}
