/* SPDX-License-Identifier: Apache-2.0 */
/*
 * procfs_opts.c - hidepid, gid and subset: whom an instance shows to whom.
 * As fs/proc/root.c and has_pid_permissions() in fs/proc/base.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/auto.h"
#include "vfs/fs/procfs_priv.h"

static const struct fs_spec specs[] = {
	{ "gid", FS_TAKES_U32 },
	{ "hidepid", FS_TAKES_STRING },
	{ "subset", FS_TAKES_STRING },
	{ NULL, FS_TAKES_NOTHING },
};

static const struct {
	const char *name;
	enum proc_hide hide;
} hide_names[] = {
	{ "off", PROC_HIDE_OFF },
	{ "noaccess", PROC_HIDE_NOACCESS },
	{ "invisible", PROC_HIDE_INVISIBLE },
	{ "ptraceable", PROC_HIDE_PTRACEABLE },
};

#define NR_HIDE (sizeof(hide_names) / sizeof(hide_names[0]))

static int
parse_hide(const char *value, uint8_t *out)
{
	unsigned int n;
	bool number = fs_parse_uint(value, 0, &n) == 0;

	for (size_t i = 0; i < NR_HIDE; i++) {
		if (number ? n != hide_names[i].hide :
			     strcmp(value, hide_names[i].name) != 0)
			continue;
		*out = (uint8_t)hide_names[i].hide;
		return 0;
	}
	return -EINVAL;
}

/* One option whose form has been checked. */
static int
apply(struct proc_opts *o, const struct fs_param *p, struct fs_log *log)
{
	unsigned int gid;

	if (strcmp(p->key, "hidepid") == 0) {
		if (parse_hide(p->string, &o->hide) == 0)
			return 0;
		fs_log_error(log, "unknown value of hidepid - %s\n",
			     p->string);
		return -EINVAL;
	}
	if (strcmp(p->key, "subset") == 0) {
		if (strcmp(p->string, "pid") == 0) {
			o->pid_only = true;
			return 0;
		}
		fs_log_error(log, "unsupported subset option - %s\n",
			     p->string);
		return -EINVAL;
	}
	if (fs_parse_uint(p->string, 0, &gid) < 0)
		return fs_param_bad_value(p, log);
	o->gid = gid;
	return 0;
}

int
proc_check_param(const struct fs_type *t, const struct vfs_ctx *c,
		 const struct fs_param *p, struct fs_log *log)
{
	struct proc_opts ignored;
	int err = fs_param_check(specs, p, log);

	(void)t;
	(void)c;
	return err ? err : apply(&ignored, p, log);
}

int
proc_opts_parse(struct proc_opts *o, const char *data)
{
	AUTO_FREE char *copy = strdup(data ? data : "");
	char *rest = copy, *word;
	int err = 0;

	if (!copy)
		return -ENOMEM;
	while (err == 0 && (word = strsep(&rest, ",")) != NULL) {
		struct fs_param p = { .key = word, .type = FS_PARAM_FLAG };
		char *value = strchr(word, '=');

		if (!*word)
			continue;
		if (value) {
			*value = '\0';
			p.string = value + 1;
			p.type = FS_PARAM_STRING;
		}
		err = fs_param_check(specs, &p, NULL);
		if (err == 0)
			err = apply(o, &p, NULL);
	}
	return err ? -EINVAL : 0;
}

int
proc_show_options(struct fs *fs, char *buf, size_t size)
{
	struct proc_opts o = proc_opts_of(fs);
	char gid[24] = "", hide[32] = "";
	int n;

	/* Without a mapping it is nobody's. */
	if (o.gid)
		snprintf(gid, sizeof(gid), ",gid=%u",
			 o.gid == (gid_t)-1 ? 65534 : o.gid);
	for (size_t i = 1; i < NR_HIDE; i++)
		if (o.hide == hide_names[i].hide)
			snprintf(hide, sizeof(hide), ",hidepid=%s",
				 hide_names[i].name);
	n = snprintf(buf, size, "%s%s%s", gid, hide,
		     o.pid_only ? ",subset=pid" : "");
	return n >= 0 && (size_t)n < size ? 0 : -ERANGE;
}

int
proc_reconfigure(struct fs *fs, const struct vfs_ctx *c, const char *data)
{
	struct proc_opts o = proc_opts_of(fs);
	int err = proc_opts_parse(&o, data);

	(void)c;
	if (err == 0)
		proc_instance_of(fs)->opts = o;
	return err;
}

bool
proc_may_look(struct fs *fs, const struct vfs_ctx *c, pid_t tid,
	      enum proc_hide min)
{
	const struct proc_opts o = proc_opts_of(fs);
	const struct procfs_source *src = &procfs_of(fs)->source;
	bool strict = o.hide == PROC_HIDE_PTRACEABLE;

	if ((!strict && o.hide < min) || !c || !src->may_look)
		return true;
	return src->may_look(src->arg, c->caller, tid,
			     strict ? (gid_t)-1 : o.gid);
}
