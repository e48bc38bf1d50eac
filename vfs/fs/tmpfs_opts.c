/* SPDX-License-Identifier: Apache-2.0 */
/* tmpfs: the options, read and shown as Linux does. */
#include "vfs/fs/tmpfs_opts.h"

#include <ctype.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "include/auto.h"
#include "vfs/hostcall.h"

#define BOGO_INODE_SIZE	1024
#define DEFAULT_MODE	(0777 | S_ISVTX)

static uint64_t
page_size(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Of the machine, as it was when first asked. */
static uint64_t
total_pages(void)
{
	static _Atomic uint64_t total;
	struct sysinfo si;

	if (!total && sysinfo(&si) == 0)
		total = (uint64_t)si.totalram * si.mem_unit / page_size();
	return total;
}

uint64_t
tmpfs_default_blocks(void)
{
	return total_pages() / 2;
}

uint64_t
tmpfs_default_inodes(void)
{
	uint64_t n = total_pages() / 2;

	return n < ULONG_MAX / BOGO_INODE_SIZE ? n :
	    ULONG_MAX / BOGO_INODE_SIZE;
}

void
tmpfs_opts_init(struct tmpfs_opts *o, uid_t uid, gid_t gid)
{
	*o = (struct tmpfs_opts){
		.blocks = tmpfs_default_blocks(),
		.inodes = tmpfs_default_inodes(),
		.mode = DEFAULT_MODE,
		.uid = uid,
		.gid = gid,
	};
}

/* ------------------------------------------------------------ the options */

static int
set_size(struct tmpfs_opts *o, const char *value)
{
	uint64_t page = page_size();
	const char *rest;
	uint64_t size = fs_parse_size(value, &rest);

	if (*rest == '%') {
		size = size * page * total_pages() / 100;
		rest++;
	}
	if (*rest)
		return -EINVAL;
	o->blocks = size / page + (size % page != 0);
	o->seen |= TMPFS_SEEN_BLOCKS;
	return 0;
}

static int
set_nr_blocks(struct tmpfs_opts *o, const char *value)
{
	const char *rest;

	o->blocks = fs_parse_size(value, &rest);
	o->seen |= TMPFS_SEEN_BLOCKS;
	return *rest || o->blocks > LONG_MAX ? -EINVAL : 0;
}

static int
set_nr_inodes(struct tmpfs_opts *o, const char *value)
{
	const char *rest;

	o->inodes = fs_parse_size(value, &rest);
	o->seen |= TMPFS_SEEN_INODES;
	return *rest || o->inodes > ULONG_MAX / BOGO_INODE_SIZE ? -EINVAL : 0;
}

static int
set_mode(struct tmpfs_opts *o, const char *value)
{
	unsigned int mode;
	int err = fs_parse_uint(value, 8, &mode);

	if (err)
		return err;
	o->mode = mode & 07777;
	o->seen |= TMPFS_SEEN_MODE;
	return 0;
}

static int
set_uid(struct tmpfs_opts *o, const char *value)
{
	o->seen |= TMPFS_SEEN_UID;
	return fs_parse_id(value, &o->uid);
}

static int
set_gid(struct tmpfs_opts *o, const char *value)
{
	o->seen |= TMPFS_SEEN_GID;
	return fs_parse_id(value, &o->gid);
}

static const char *const huge_names[] = {
	[HUGE_NEVER] = "never", [HUGE_ALWAYS] = "always",
	[HUGE_WITHIN_SIZE] = "within_size", [HUGE_ADVISE] = "advise",
};

const char *
tmpfs_huge_name(enum tmpfs_huge h)
{
	return huge_names[h];
}

static int
set_huge(struct tmpfs_opts *o, const char *value)
{
	for (int i = 0; i <= HUGE_ADVISE; i++) {
		if (strcmp(huge_names[i], value) != 0)
			continue;
		/* Kernels without transparent huge pages know "never" only. */
		if (i != HUGE_NEVER &&
		    access("/sys/kernel/mm/transparent_hugepage", F_OK) < 0)
			return -EINVAL;
		o->huge = (enum tmpfs_huge)i;
		o->seen |= TMPFS_SEEN_HUGE;
		return 0;
	}
	return -EINVAL;
}

static int
set_mpol(struct tmpfs_opts *o, const char *value)
{
	o->seen |= TMPFS_SEEN_MPOL;
	return tmpfs_mpol_parse(value, o->mpol);
}

/* Options with a value (never empty), and flags without one. */
static const struct {
	const char *key;
	int (*set)(struct tmpfs_opts *o, const char *value);
} tmpfs_params[] = {
	{ "gid", set_gid },
	{ "huge", set_huge },
	{ "mode", set_mode },
	{ "mpol", set_mpol },
	{ "nr_blocks", set_nr_blocks },
	{ "nr_inodes", set_nr_inodes },
	{ "size", set_size },
	{ "uid", set_uid },
};

static int
parse_flag(struct tmpfs_opts *o, const char *key, bool privileged)
{
	if (strcmp(key, "inode32") == 0 || strcmp(key, "inode64") == 0) {
		o->full_inums = key[5] == '6';
		o->seen |= TMPFS_SEEN_INUMS;
		return 0;
	}
	if (strcmp(key, "noswap") == 0 && privileged) {
		o->noswap = true;
		return 0;
	}
	return -EINVAL;
}

static int
parse_word(struct tmpfs_opts *o, const char *key, const char *value,
	   bool privileged)
{
	if (!value)
		return parse_flag(o, key, privileged);
	for (size_t i = 0; i < sizeof(tmpfs_params) / sizeof(*tmpfs_params); i++)
		if (strcmp(tmpfs_params[i].key, key) == 0)
			return *value ? tmpfs_params[i].set(o, value) : -EINVAL;
	return -EINVAL;
}

static const struct fs_spec tmpfs_specs[] = {
	{ "gid", FS_TAKES_GID },
	{ "huge", FS_TAKES_STRING },
	{ "inode32", FS_TAKES_NOTHING },
	{ "inode64", FS_TAKES_NOTHING },
	{ "mode", FS_TAKES_OCTAL },
	{ "mpol", FS_TAKES_STRING },
	{ "noswap", FS_TAKES_NOTHING },
	{ "nr_blocks", FS_TAKES_STRING },
	{ "nr_inodes", FS_TAKES_STRING },
	{ "size", FS_TAKES_STRING },
	{ "uid", FS_TAKES_UID },
	{ NULL, FS_TAKES_NOTHING },
};

static bool
is_huge_name(const char *value)
{
	for (int i = 0; i <= HUGE_ADVISE; i++)
		if (strcmp(huge_names[i], value) == 0)
			return true;
	return false;
}

int
tmpfs_opts_check(const struct fs_param *p, bool privileged,
		 struct fs_log *log)
{
	const char *value = p->type == FS_PARAM_STRING ? p->string : NULL;
	struct tmpfs_opts scratch = { 0 };
	int err = fs_param_check(tmpfs_specs, p, log);

	if (err)
		return err;
	err = parse_word(&scratch, p->key, value, privileged);
	if (!err)
		return 0;
	if (!value)
		fs_log_error(log, "Turning off swap in unprivileged tmpfs mounts unsupported");
	else if (strcmp(p->key, "huge") == 0 && is_huge_name(value))
		fs_log_error(log, "Unsupported parameter '%s'", p->key);
	else
		fs_param_bad_value(p, log);
	return err;
}

/* As shmem_next_opt(): a comma before a digit belongs to mpol='s list. */
static char *
next_word(char **s)
{
	char *start = *s, *p = start;

	if (!start)
		return NULL;
	while ((p = strchr(p, ','))) {
		if (!isdigit((unsigned char)p[1])) {
			*p = '\0';
			*s = p + 1;
			return start;
		}
		p++;
	}
	*s = NULL;
	return start;
}

int
tmpfs_opts_parse(struct tmpfs_opts *o, const char *data, bool privileged,
		 char *key, size_t key_size)
{
	AUTO_FREE char *copy = strdup(data ? data : "");
	char *rest = copy, *word;

	if (!copy)
		return -ENOMEM;
	while ((word = next_word(&rest))) {
		char *value = strchr(word, '=');
		int err;

		if (!*word || value == word)
			continue;
		if (value)
			*value++ = '\0';
		err = parse_word(o, word, value, privileged);
		if (err) {
			if (key && key_size)
				snprintf(key, key_size, "%s", word);
			return err;
		}
	}
	return 0;
}

int
tmpfs_opts_reconfigure(struct tmpfs_opts *o, const struct tmpfs_opts *new,
		       uint64_t used_blocks, uint64_t used_inodes)
{
	if ((new->seen & TMPFS_SEEN_BLOCKS) && new->blocks &&
	    (!o->blocks || used_blocks > new->blocks))
		return -EINVAL;
	if ((new->seen & TMPFS_SEEN_INODES) && new->inodes &&
	    (!o->inodes || used_inodes > new->inodes))
		return -EINVAL;
	if (new->noswap && !o->noswap)
		return -EINVAL;

	if (new->seen & TMPFS_SEEN_HUGE)
		o->huge = new->huge;
	if (new->seen & TMPFS_SEEN_INUMS) {
		o->full_inums = new->full_inums;
		o->seen |= TMPFS_SEEN_INUMS;
	}
	if (new->seen & TMPFS_SEEN_BLOCKS)
		o->blocks = new->blocks;
	if (new->seen & TMPFS_SEEN_INODES)
		o->inodes = new->inodes;
	if (new->seen & TMPFS_SEEN_MPOL)
		memcpy(o->mpol, new->mpol, sizeof(o->mpol));
	return 0;
}

/* Appends; *at stays within `size`, or tells how much it would take. */
static void __attribute__((format(printf, 4, 5)))
add(char *buf, size_t size, size_t *at, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(*at < size ? buf + *at : NULL,
		      *at < size ? size - *at : 0, fmt, ap);
	va_end(ap);
	if (n > 0)
		*at += (size_t)n;
}

static bool inode64_usual;

static void
find_inode64(void)
{
	AUTO_FILE FILE *f = fopen("/proc/self/mountinfo", "re");
	AUTO_FREE char *line = NULL;
	size_t room = 0;

	while (f && !inode64_usual && getline(&line, &room, f) > 0) {
		const char *type = strstr(line, " - ");

		inode64_usual = type && strstr(type, "tmpfs ") &&
				strstr(type, ",inode64");
	}
}

/* Whether the host's kernel shows it unasked: CONFIG_TMPFS_INODE64. */
static bool
inode64_is_usual(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, find_inode64);
	return inode64_usual;
}

int
tmpfs_opts_show(const struct tmpfs_opts *o, char *buf, size_t size)
{
	size_t at = 0;
	bool full;

	if (size)
		buf[0] = '\0';
	if (o->blocks != tmpfs_default_blocks())
		add(buf, size, &at, ",size=%luk",
		    (unsigned long)(o->blocks * (page_size() / 1024)));
	if (o->inodes != tmpfs_default_inodes())
		add(buf, size, &at, ",nr_inodes=%lu",
		    (unsigned long)o->inodes);
	if (o->mode != DEFAULT_MODE)
		add(buf, size, &at, ",mode=%03o", o->mode);
	if (o->uid != 0)
		add(buf, size, &at, ",uid=%u", o->uid);
	if (o->gid != 0)
		add(buf, size, &at, ",gid=%u", o->gid);
	full = o->seen & TMPFS_SEEN_INUMS ? o->full_inums : inode64_is_usual();
	if (full || inode64_is_usual())
		add(buf, size, &at, ",inode%d", full ? 64 : 32);
	if (o->huge != HUGE_NEVER)
		add(buf, size, &at, ",huge=%s", tmpfs_huge_name(o->huge));
	if (o->mpol[0])
		add(buf, size, &at, ",mpol=%s", o->mpol);
	if (o->noswap)
		add(buf, size, &at, ",noswap");
	return at < size ? 0 : -ERANGE;
}

int
ramfs_opts_check(const struct fs_param *p, struct fs_log *log)
{
	static const struct fs_spec specs[] = {
		{ "mode", FS_TAKES_OCTAL }, { NULL, FS_TAKES_NOTHING },
	};
	int err = fs_param_check(specs, p, log);

	/* "We might like to report bad mount options here" */
	return err == FS_PARAM_UNKNOWN && strcmp(p->key, "source") != 0 ?
	    0 : err;
}

int
ramfs_opts_parse(mode_t *mode, const char *data)
{
	AUTO_FREE char *copy = strdup(data ? data : "");
	char *rest = copy, *word;

	if (!copy)
		return -ENOMEM;
	while ((word = strsep(&rest, ","))) {
		unsigned int m;

		if (strcmp(word, "mode") == 0)
			return -EINVAL;
		if (strncmp(word, "mode=", 5) != 0)
			continue;
		if (fs_parse_uint(word + 5, 8, &m))
			return -EINVAL;
		*mode = m & 07777;
	}
	return 0;
}
