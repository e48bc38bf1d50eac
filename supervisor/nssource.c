/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/nssource.h"

#include <errno.h>
#include <stdio.h>

#include "supervisor/creds.h"
#include "supervisor/mapfile.h"
#include "supervisor/nsfile.h"
#include "supervisor/nsproxy.h"
#include "supervisor/sandbox.h"
#include "supervisor/userns.h"

static struct user_ns *
userns_of(struct task *t)
{
	struct creds *cr = task_creds_get(t);
	struct user_ns *ns = userns_get(cr->user_ns);

	creds_put(cr);
	return ns;
}

/* --- maps ----------------------------------------------------------------- */

/* As uid_m_show(): outside is the reader's namespace, or the parent of the
 * one that reads about itself. */
static void
show_map(const struct user_ns *ns, const struct user_ns *reader, bool group,
	 struct synth_text *t)
{
	const struct id_map *m = group ? &ns->gid_map : &ns->uid_map;
	const struct user_ns *outer = reader == ns ? ns->parent : reader;
	unsigned int nr;
	const struct id_extent *e = id_map_extents(m, &nr);
	uint32_t lower;

	for (; nr; nr--, e++) {
		lower = e->lower;
		if (outer)
			lower = id_map_up(group ? &outer->gid_map :
						  &outer->uid_map, lower);
		text_fmt(t, "%10u %10u %10u\n", e->first, lower, e->count);
	}
}

int
nssource_map_text(void *arg, uint64_t caller, pid_t tid,
		  enum procfs_map which, struct synth_text *t)
{
	struct task *of = task_find_get(arg, tid);
	struct task *reader = (struct task *)(uintptr_t)caller;
	struct user_ns *ns, *reads;

	if (!of)
		return -ESRCH;
	ns = userns_of(of);
	reads = userns_of(reader ? reader : of);
	switch (which) {
	case PROCFS_UID_MAP:
	case PROCFS_GID_MAP:
		show_map(ns, reads, which == PROCFS_GID_MAP, t);
		break;
	case PROCFS_PROJID_MAP:
		if (!ns->parent && userns_is_identity(ns))
			show_map(ns, reads, false, t);
		break;
	case PROCFS_SETGROUPS:
		text_fmt(t, "%s\n", userns_setgroups_denied(ns) ? "deny" :
								  "allow");
		break;
	}
	userns_put(reads);
	userns_put(ns);
	task_put(of);
	return 0;
}

int
nssource_map_open(void *arg, uint64_t caller, pid_t tid,
		  enum procfs_map which, uint64_t flags, int *fd)
{
	struct task *of = task_find_get(arg, tid);
	struct task *by = (struct task *)(uintptr_t)caller;
	struct user_ns *ns;
	int err;

	if (!of)
		return -ESRCH;
	ns = userns_of(of);
	err = by ? mapfile_open(by, ns, (enum userns_file)which, flags, fd) :
		   -EACCES;
	userns_put(ns);
	task_put(of);
	return err;
}

/* --- links ---------------------------------------------------------------- */

/* Counted.  As proc_ns_get_link(): -EACCES for who may not look into it. */
static int
find(struct sandbox *sb, uint64_t caller, pid_t tid, const char *name,
     struct nsref *out)
{
	struct task *by = (struct task *)(uintptr_t)caller;
	enum ns_kind kind = ns_kind_find(name);
	struct creds *theirs, *ours;
	struct task *t;
	bool may;

	if (kind == NS_KINDS)
		return -EOPNOTSUPP;
	t = task_find_get(sb, tid);
	if (!t)
		return -ESRCH;
	ours = task_creds_get(by ? by : t);
	theirs = task_creds_get(t);
	may = !by || by->tgid == t->tgid ||
	      creds_may_ptrace(ours, theirs, true);
	creds_put(ours);
	creds_put(theirs);
	if (may)
		nsref_of_task(t, kind, out);
	task_put(t);
	return may ? 0 : -EACCES;
}

static int
link_text(struct sandbox *sb, const struct nsref *ns, char *buf)
{
	ino_t ino;
	int err = nsfile_number(sb, ns, &ino);

	if (err == 0)
		snprintf(buf, 64, "%s:[%lu]", ns_kind_name(ns->kind),
			 (unsigned long)ino);
	return err;
}

int
nssource_link(void *arg, uint64_t caller, pid_t tid, const char *name,
	      char *buf)
{
	struct nsref ns;
	int err = find(arg, caller, tid, name, &ns);

	if (err < 0)
		return err;
	err = link_text(arg, &ns, buf);
	nsref_put(&ns);
	return err;
}

int
nssource_open(void *arg, uint64_t caller, pid_t tid, const char *name, int *fd)
{
	const struct task *by = (const struct task *)(uintptr_t)caller;
	struct nsref ns;
	int err = find(arg, caller, tid, name, &ns);

	if (err < 0)
		return err;
	err = nsfile_open(arg, &ns, by ? by->tid : 0, fd);
	nsref_put(&ns);
	return err;
}

void
nssource_hold(void *arg, dev_t dev, ino_t ino, int by)
{
	nsfile_hold(arg, dev, ino, by);
}

uint64_t
nssource_mounts(void *arg, dev_t dev, ino_t ino)
{
	const struct stat st = { .st_dev = dev, .st_ino = ino };
	uint64_t id = 0;
	struct nsref ns;

	if (!nsfile_find(arg, &st, &ns))
		return 0;
	if (ns.kind == NS_MNT)
		id = mntns_id(ns.mnt);
	nsref_put(&ns);
	return id;
}

bool
nssource_name(void *arg, const struct stat *st, char *buf)
{
	struct nsref ns;
	int err;

	if (!nsfile_find(arg, st, &ns))
		return false;
	err = link_text(arg, &ns, buf);
	nsref_put(&ns);
	return err == 0;
}
