/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generated files: what the host would say of its own mounts, ids and
 * supervision.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/auto.h"
#include "vfs/fs/procfs_priv.h"
#include "vfs/hostcall.h"

static int
read_creds(struct fs *fs, const struct vfs_ctx *c, const struct proc_key *k,
	   struct procfs_creds *out)
{
	struct procfs *p = procfs_of(fs);

	return p->source.creds(p->source.arg, c->caller, proc_key_tid(k), out);
}

/* ----------------------------------------------------------------- status */

static void
status_ids(struct synth_text *t, const char *label, const uint32_t id[4])
{
	text_fmt(t, "%s\t%u\t%u\t%u\t%u\n", label, id[0], id[1], id[2],
		 id[3]);
}

/* "Groups:\t4 24 100 " */
static void
status_groups(struct procfs *p, const struct vfs_ctx *c,
	      const struct proc_key *k, struct synth_text *t)
{
	AUTO_FREE gid_t *v = NULL;
	size_t nr = 0;

	text_fmt(t, "Groups:\t");
	if (p->source.groups(p->source.arg, c->caller, proc_key_tid(k), &v,
			     &nr) == 0)
		for (size_t i = 0; i < nr; i++)
			text_fmt(t, "%u ", v[i]);
	/* as proc_pid_status() pads it */
	text_fmt(t, nr ? "\n" : " \n");
}

static bool
starts(const char *line, const char *label)
{
	return strncmp(line, label, strlen(label)) == 0;
}

/* The line as the guest sees it; false: as it stands. */
static bool
status_line(struct procfs *p, const struct vfs_ctx *c,
	    const struct proc_key *k, const char *line,
	    const struct procfs_creds *cr, struct synth_text *t)
{
	const struct {
		const char *label;
		uint64_t value;
	} sets[] = {
		{ "CapInh:", cr->cap_inheritable },
		{ "CapPrm:", cr->cap_permitted },
		{ "CapEff:", cr->cap_effective },
		{ "CapBnd:", cr->cap_bounding },
		{ "CapAmb:", cr->cap_ambient },
	};

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		if (starts(line, sets[i].label)) {
			text_fmt(t, "%s\t%016lx\n", sets[i].label,
				 (unsigned long)sets[i].value);
			return true;
		}
	}
	if (starts(line, "TracerPid:"))
		text_fmt(t, "TracerPid:\t0\n");
	else if (starts(line, "Umask:"))
		text_fmt(t, "Umask:\t%#04o\n", cr->umask);
	else if (starts(line, "NoNewPrivs:"))
		text_fmt(t, "NoNewPrivs:\t%d\n", cr->no_new_privs);
	else if (starts(line, "Seccomp:"))
		text_fmt(t, "Seccomp:\t%d\n", cr->seccomp);
	else if (starts(line, "Seccomp_filters:"))
		text_fmt(t, "Seccomp_filters:\t%u\n", cr->seccomp_filters);
	else if (starts(line, "State:\tt"))
		text_fmt(t, "State:\t%s\n",
			 p->source.stopped(p->source.arg, proc_key_tid(k)) ?
			 "T (stopped)" : "R (running)");
	else if (cr->emulated && starts(line, "Uid:"))
		status_ids(t, "Uid:", cr->uid);
	else if (cr->emulated && starts(line, "Gid:"))
		status_ids(t, "Gid:", cr->gid);
	else if (cr->emulated && starts(line, "Groups:"))
		status_groups(p, c, k, t);
	else
		return false;
	return true;
}

/* Who reads about himself runs, although he waits for the answer. */
static bool
asks_of_himself(struct procfs *p, const struct vfs_ctx *c,
		const struct proc_key *k)
{
	pid_t pid, tid;

	return p->source.caller(p->source.arg, c->caller, &pid, &tid) == 0 &&
	       tid == proc_key_tid(k);
}

int
proc_text_status(struct fs *fs, const struct vfs_ctx *c,
		 const struct proc_key *k, struct synth_text *t)
{
	struct procfs *p = procfs_of(fs);
	struct synth_text host = { 0 };
	struct procfs_creds cr;
	bool runs = asks_of_himself(p, c, k);
	char *line, *next;
	int err;

	err = read_creds(fs, c, k, &cr);
	if (err == 0)
		err = proc_host_read(p, proc_host_path(k, "status").s, &host);
	for (line = host.s; err == 0 && line && *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (runs && starts(line, "State:"))
			text_fmt(t, "State:\tR (running)\n");
		else if (!status_line(p, c, k, line, &cr, t))
			text_fmt(t, "%s\n", line);
	}
	text_fini(&host);
	return err;
}

/* The host's line, but for a state that only tells of the tracer. */
int
proc_text_stat(struct fs *fs, const struct vfs_ctx *c,
	       const struct proc_key *k, struct synth_text *t)
{
	struct procfs *p = procfs_of(fs);
	struct synth_text host = { 0 };
	char *state;
	int err;

	err = proc_host_read(p, proc_host_path(k, "stat").s, &host);
	if (err == 0 && host.s) {
		/* The name may hold anything, also ") t". */
		state = strrchr(host.s, ')');
		if (state && state[1] == ' ' && asks_of_himself(p, c, k))
			state[2] = 'R';
		else if (state && state[1] == ' ' && state[2] == 't')
			state[2] = p->source.stopped(p->source.arg,
						     proc_key_tid(k)) ?
				   'T' : 'R';
		text_add(t, host.s, host.len);
	}
	text_fini(&host);
	return err;
}

/* -------------------------------------------------------------------- ids */

static int
map_text(struct fs *fs, const struct vfs_ctx *c, const struct proc_key *k,
	 enum procfs_map which, struct synth_text *t)
{
	struct procfs *p = procfs_of(fs);

	return p->source.map_text(p->source.arg, c->caller, proc_key_tid(k),
				  which, t);
}

int
proc_text_uid_map(struct fs *fs, const struct vfs_ctx *c,
		  const struct proc_key *k, struct synth_text *t)
{
	return map_text(fs, c, k, PROCFS_UID_MAP, t);
}

int
proc_text_gid_map(struct fs *fs, const struct vfs_ctx *c,
		  const struct proc_key *k, struct synth_text *t)
{
	return map_text(fs, c, k, PROCFS_GID_MAP, t);
}

int
proc_text_projid_map(struct fs *fs, const struct vfs_ctx *c,
		     const struct proc_key *k, struct synth_text *t)
{
	return map_text(fs, c, k, PROCFS_PROJID_MAP, t);
}

int
proc_text_setgroups(struct fs *fs, const struct vfs_ctx *c,
		    const struct proc_key *k, struct synth_text *t)
{
	return map_text(fs, c, k, PROCFS_SETGROUPS, t);
}

int
proc_text_cgroup(struct fs *fs, const struct vfs_ctx *c,
		 const struct proc_key *k, struct synth_text *t)
{
	(void)fs;
	(void)c;
	(void)k;
	text_fmt(t, "0::/\n");
	return 0;
}

int
proc_text_cpuset(struct fs *fs, const struct vfs_ctx *c,
		 const struct proc_key *k, struct synth_text *t)
{
	(void)fs;
	(void)c;
	(void)k;
	text_fmt(t, "/\n");
	return 0;
}

/* ----------------------------------------------------------------- mounts */

static int
mount_table(struct fs *fs, const struct vfs_ctx *c, const struct proc_key *k,
	    enum mount_table which, struct synth_text *t)
{
	const struct procfs_source *src = &procfs_of(fs)->source;
	AUTO_FREE char *text = NULL;
	struct vfs_ctx view;
	size_t len;
	int err;

	err = src->view(src->arg, proc_key_tid(k), &view);
	if (err < 0)
		return err;
	/* before: what changes meanwhile is told */
	if (src->table_opened)
		src->table_opened(src->arg, c->caller, &view, which);
	err = vfs_mount_table(&view, which, &text, &len);
	src->view_put(src->arg, &view);
	if (err == 0)
		text_add(t, text, len);
	return err;
}

int
proc_text_mountinfo(struct fs *fs, const struct vfs_ctx *c,
		    const struct proc_key *k, struct synth_text *t)
{
	return mount_table(fs, c, k, TABLE_MOUNTINFO, t);
}

int
proc_text_mounts(struct fs *fs, const struct vfs_ctx *c,
		 const struct proc_key *k, struct synth_text *t)
{
	return mount_table(fs, c, k, TABLE_MOUNTS, t);
}

int
proc_text_mountstats(struct fs *fs, const struct vfs_ctx *c,
		     const struct proc_key *k, struct synth_text *t)
{
	return mount_table(fs, c, k, TABLE_MOUNTSTATS, t);
}

/* The mount that shows what the descriptor stands for; 0: none of ours. */
static uint64_t
mount_of_fd(struct procfs *p, const struct vfs_ctx *c,
	    const struct proc_key *k)
{
	const struct mount *mnt;
	struct path where;
	struct stat st;
	uint64_t id;
	int fd;

	if (p->source.dup_fd(p->source.arg, proc_key_tid(k), (int)k->nr,
			     &fd) < 0)
		return 0;
	if (host_fstat(fd, &st) < 0) {
		close(fd);
		return 0;
	}
	mnt = p->source.fd_mount(p->source.arg, proc_key_tid(k), (int)k->nr,
				 &st);
	if (vfs_path_from_fd(c, fd, mnt, &where) < 0)
		return 0;
	id = mount_id(where.mnt);
	path_put(&where);
	return id;
}

int
proc_text_fdinfo(struct fs *fs, const struct vfs_ctx *c,
		 const struct proc_key *k, struct synth_text *t)
{
	struct procfs *p = procfs_of(fs);
	struct synth_text host = { 0 };
	char *line, *next, name[32];
	int err;

	snprintf(name, sizeof(name), "fdinfo/%u", k->nr);
	err = proc_host_read(p, proc_host_path(k, name).s, &host);
	for (line = host.s; err == 0 && line && *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (starts(line, "mnt_id:"))
			text_fmt(t, "mnt_id:\t%lu\n",
				 (unsigned long)mount_of_fd(p, c, k));
		else
			text_fmt(t, "%s\n", line);
	}
	text_fini(&host);
	return err;
}

/* ---------------------------------------------------------------- network */

/* Where there is no network to be seen: headings, and an idle loopback. */
int
proc_text_net(struct fs *fs, const struct vfs_ctx *c,
	      const struct proc_key *k, struct synth_text *t)
{
	static const char tcp[] = "  sl  local_address rem_address   st "
		"tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
	static const struct {
		const char *name, *text;
	} tables[] = {
		{ "dev", "Inter-|   Receive                                 "
			 "               |  Transmit\n"
			 " face |bytes    packets errs drop fifo frame "
			 "compressed multicast|bytes    packets errs drop "
			 "fifo colls carrier compressed\n"
			 "    lo:       0       0    0    0    0     0       "
			 "   0         0        0       0    0    0    0     "
			 "0       0          0" },
		{ "unix", "Num       RefCount Protocol Flags    Type St "
			  "Inode Path" },
		{ "route", "Iface\tDestination\tGateway \tFlags\tRefCnt\t"
			   "Use\tMetric\tMask\t\tMTU\tWindow\tIRTT" },
		{ "arp", "IP address       HW type     Flags       "
			 "HW address            Mask     Device" },
		{ "tcp", tcp },
		{ "tcp6", tcp },
		{ "udp", tcp },
		{ "udp6", tcp },
		{ "raw", tcp },
		{ "raw6", tcp },
	};
	const char *name = proc_row_name(k);

	(void)fs;
	(void)c;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (strcmp(tables[i].name, name) == 0)
			text_fmt(t, "%s\n", tables[i].text);
	return 0;
}

/* ----------------------------------------------------------------- global */

int
proc_text_cmdline(struct fs *fs, const struct vfs_ctx *c,
		  const struct proc_key *k, struct synth_text *t)
{
	(void)fs;
	(void)c;
	(void)k;
	text_fmt(t, "\n");
	return 0;
}

int
proc_text_swaps(struct fs *fs, const struct vfs_ctx *c,
		const struct proc_key *k, struct synth_text *t)
{
	(void)fs;
	(void)c;
	(void)k;
	text_fmt(t, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	return 0;
}

int
proc_text_filesystems(struct fs *fs, const struct vfs_ctx *c,
		      const struct proc_key *k, struct synth_text *t)
{
	static const char *const names[] = {
		"sysfs", "tmpfs", "ramfs", "proc", "cgroup2", "devtmpfs",
		"devpts", "mqueue", "overlay", "fuse",
	};
	const struct fs_type *type;

	(void)c;
	(void)k;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		type = vfs_find_type(fs->vfs, names[i]);
		if (type)
			text_fmt(t, "%s\t%s\n",
				 type->flags & FST_NODEV ? "nodev" : "",
				 names[i]);
	}
	return 0;
}

static int
uts_name(struct fs *fs, const struct vfs_ctx *c, bool domain,
	 struct synth_text *t)
{
	const struct procfs_source *src = &procfs_of(fs)->source;
	char name[256];

	src->uts(src->arg, c->caller, domain, name, sizeof(name));
	text_fmt(t, "%s\n", name);
	return 0;
}

int
proc_text_hostname(struct fs *fs, const struct vfs_ctx *c,
		   const struct proc_key *k, struct synth_text *t)
{
	(void)k;
	return uts_name(fs, c, false, t);
}

int
proc_text_domainname(struct fs *fs, const struct vfs_ctx *c,
		     const struct proc_key *k, struct synth_text *t)
{
	(void)k;
	return uts_name(fs, c, true, t);
}
