/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conform/words.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

const struct word words_mount[] = {
	{"ro", 1}, {"nosuid", 2}, {"nodev", 4}, {"noexec", 8}, {"sync", 16},
	{"remount", 32}, {"mand", 64}, {"dirsync", 128}, {"nosymfollow", 256},
	{"noatime", 1024}, {"nodiratime", 2048}, {"bind", 4096},
	{"move", 8192}, {"rec", 16384}, {"silent", 32768},
	{"posixacl", 1 << 16}, {"unbindable", 1 << 17}, {"private", 1 << 18},
	{"slave", 1 << 19}, {"shared", 1 << 20}, {"relatime", 1 << 21},
	{"kernmount", 1 << 22}, {"iversion", 1 << 23},
	{"strictatime", 1 << 24}, {"lazytime", 1 << 25},
	{"submount", 1 << 26}, {"nouser", 1ULL << 31},
	{"mgc", 0xC0ED0000ULL}, {"rw", 0}, {NULL, 0}
};
const struct word words_umount[] = {
	{"force", 1}, {"detach", 2}, {"expire", 4}, {"nofollow", 8}, {NULL, 0}
};
const struct word words_attr[] = {
	{"ro", 1}, {"nosuid", 2}, {"nodev", 4}, {"noexec", 8},
	{"relatime", 0}, {"noatime", 0x10}, {"strictatime", 0x20},
	{"atime", 0x70}, {"nodiratime", 0x80}, {"idmap", 0x100000},
	{"nosymfollow", 0x200000}, {NULL, 0}
};
const struct word words_at[] = {
	{"clone", 1}, {"nofollow", 0x100}, {"follow", 0x400},
	{"noautomount", 0x800}, {"empty", 0x1000}, {"recursive", 0x8000},
	{"cloexec", 02000000}, {NULL, 0}
};
const struct word words_move[] = {
	{"f_symlinks", 1}, {"f_automounts", 2}, {"f_empty", 4},
	{"t_symlinks", 0x10}, {"t_automounts", 0x20}, {"t_empty", 0x40},
	{"set_group", 0x100}, {"beneath", 0x200}, {NULL, 0}
};
const struct word words_fspick[] = {
	{"cloexec", 1}, {"nofollow", 2}, {"noautomount", 4}, {"empty", 8},
	{NULL, 0}
};
const struct word words_open[] = {
	{"r", O_RDONLY}, {"w", O_WRONLY}, {"rw", O_RDWR}, {"creat", O_CREAT},
	{"excl", O_EXCL}, {"trunc", O_TRUNC}, {"append", O_APPEND},
	{"directory", O_DIRECTORY}, {"nofollow", O_NOFOLLOW},
	{"path", O_PATH}, {"tmpfile", O_TMPFILE}, {"cloexec", O_CLOEXEC},
	{"nonblock", O_NONBLOCK}, {NULL, 0}
};
const struct word words_resolve[] = {
	{"no_xdev", 1}, {"no_magiclinks", 2}, {"no_symlinks", 4},
	{"beneath", 8}, {"in_root", 16}, {"cached", 32}, {NULL, 0}
};
const struct word words_clone[] = {
	{"newns", 0x20000}, {"newuser", 0x10000000}, {"fs", 0x200}, {NULL, 0}
};
const struct word words_statfs[] = {
	{"ro", 1}, {"nosuid", 2}, {"nodev", 4}, {"noexec", 8}, {"sync", 16},
	{"mand", 64}, {"noatime", 1024}, {"nodiratime", 2048},
	{"relatime", 4096}, {"nosymfollow", 8192}, {NULL, 0}
};

#define E(name) {#name, name}
static const struct word errnos[] = {
	E(EPERM), E(ENOENT), E(ESRCH), E(EINTR), E(EIO), E(ENXIO), E(E2BIG),
	E(ENOEXEC), E(EBADF), E(ECHILD), E(EAGAIN), E(ENOMEM), E(EACCES),
	E(EFAULT), E(ENOTBLK), E(EBUSY), E(EEXIST), E(EXDEV), E(ENODEV),
	E(ENOTDIR), E(EISDIR), E(EINVAL), E(ENFILE), E(EMFILE), E(ENOTTY),
	E(ETXTBSY), E(EFBIG), E(ENOSPC), E(ESPIPE), E(EROFS), E(EMLINK),
	E(EPIPE), E(ERANGE), E(EDEADLK), E(ENAMETOOLONG), E(ENOSYS),
	E(ENOTEMPTY), E(ELOOP), E(ENODATA), E(EOVERFLOW), E(EMSGSIZE),
	E(EOPNOTSUPP), E(ESTALE), E(EDQUOT), E(ENOLCK), E(ETIMEDOUT),
	E(EUSERS), {NULL, 0}
};
#undef E

static const struct word *
find(const struct word *table, const char *name, size_t len)
{
	for (; table->name; table++)
		if (strlen(table->name) == len &&
		    !memcmp(table->name, name, len))
			return table;
	return NULL;
}

uint64_t
words_parse(const struct word *table, const char *s)
{
	uint64_t bits = 0;

	if (!strcmp(s, "-"))
		return 0;
	while (*s) {
		size_t len = strcspn(s, ",");
		const struct word *w = find(table, s, len);

		if (w)
			bits |= w->value;
		else if (isdigit((unsigned char)*s))
			bits |= strtoull(s, NULL, 0);
		else
			die("unknown flag '%.*s'", (int)len, s);
		s += len;
		if (*s)
			s++;
	}
	return bits;
}

void
words_join(const struct word *table, uint64_t bits, struct buf *out)
{
	const char *comma = "";

	for (; table->name; table++) {
		if (!table->value || (bits & table->value) != table->value)
			continue;
		buf_printf(out, "%s%s", comma, table->name);
		comma = ",";
	}
	if (!*comma)
		buf_puts(out, "-");
}

const char *
words_errno(int err)
{
	static char number[24];

	if (!err)
		return "OK";
	for (const struct word *w = errnos; w->name; w++)
		if ((int)w->value == err)
			return w->name;
	snprintf(number, sizeof(number), "E%d", err);
	return number;
}

static bool
is_octal(const char *s)
{
	return s[0] == '\\' && isdigit((unsigned char)s[1]) && s[2] && s[3];
}

/* One word, in place; returns what comes after it. */
static char *
split_one(char *s)
{
	char *out = s, quote = 0;

	while (*s && (quote || (*s != ' ' && *s != '\t'))) {
		if (quote && *s == quote) {
			quote = 0;
			s++;
		} else if (!quote && (*s == '\'' || *s == '"')) {
			quote = *s++;
		} else if (is_octal(s)) {
			char digits[4] = { s[1], s[2], s[3], 0 };

			*out++ = (char)strtol(digits, NULL, 8);
			s += 4;
		} else {
			*out++ = *s++;
		}
	}
	if (*s)
		s++;
	*out = '\0';
	return s;
}

void
op_split(struct op *op, char *line)
{
	op->ac = 0;
	for (;;) {
		while (*line == ' ' || *line == '\t')
			line++;
		if (!*line || op->ac == WORDS_MAX)
			return;
		op->av[op->ac++] = line;
		line = split_one(line);
	}
}

const char *
op_word(const struct op *op, int i)
{
	return i < op->ac ? op->av[i] : "-";
}

const char *
op_string(const struct op *op, int i)
{
	const char *s = op_word(op, i);

	return strcmp(s, "-") ? s : NULL;
}

unsigned long
op_number(const struct op *op, int i)
{
	return strtoul(op_word(op, i), NULL, 0);
}

uint64_t
op_bits(const struct op *op, int i, const struct word *table)
{
	return words_parse(table, op_word(op, i));
}

unsigned long
op_make_flags(const char *type)
{
	unsigned long rec = *type == 'r' ? MS_REC : 0;

	return rec | words_parse(words_mount, rec ? type + 1 : type);
}

unsigned long
op_bind_flags(const char *name)
{
	if (!strcmp(name, "bind"))
		return MS_BIND;
	return !strcmp(name, "rbind") ? MS_BIND | MS_REC : MS_MOVE;
}
