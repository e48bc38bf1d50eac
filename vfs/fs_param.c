/* SPDX-License-Identifier: Apache-2.0 */
/* fs_param.c - options of filesystems, and the numbers in them. */
#include "vfs/fs_param.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

/* ---------------------------------------------------------------- numbers */

static unsigned int
digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a' + 10) : 16;
}

/* As _parse_integer(): *overflow when it does not fit; the value wraps. */
static uint64_t
parse_digits(const char *s, unsigned int base, const char **end,
	     bool *overflow)
{
	uint64_t v = 0;

	*overflow = false;
	if (base == 0)
		base = s[0] != '0' ? 10 :
		    (s[1] | 0x20) == 'x' && digit_of(s[2]) < 16 ? 16 : 8;
	if (base == 16 && s[0] == '0' && (s[1] | 0x20) == 'x')
		s += 2;
	for (; digit_of(*s) < base; s++) {
		uint64_t next;

		if (__builtin_mul_overflow(v, base, &next) ||
		    __builtin_add_overflow(next, digit_of(*s), &next))
			*overflow = true;
		v = v * base + digit_of(*s);
	}
	*end = s;
	return v;
}

int
fs_parse_uint(const char *s, unsigned int base, unsigned int *out)
{
	const char *end, *start;
	bool overflow;
	uint64_t v;

	if (*s == '+')
		s++;
	start = s;
	v = parse_digits(s, base, &end, &overflow);
	if (end == start || overflow || v > UINT_MAX)
		return -EINVAL;
	if (*end == '\n')
		end++;
	if (*end)
		return -EINVAL;
	*out = (unsigned int)v;
	return 0;
}

uint64_t
fs_parse_size(const char *s, const char **end)
{
	static const char suffixes[] = "kmgtpe";
	bool overflow;
	uint64_t v = parse_digits(s, 0, end, &overflow);
	const char *suffix = **end ? strchr(suffixes, **end | 0x20) : NULL;

	if (suffix && isalpha((unsigned char)**end)) {
		v <<= 10 * (suffix - suffixes + 1);
		++*end;
	}
	return v;
}

int
fs_parse_id(const char *s, unsigned int *out)
{
	unsigned int id;
	int err = fs_parse_uint(s, 0, &id);

	if (err < 0 || id == UINT_MAX)
		return -EINVAL;
	*out = id;
	return 0;
}

/* ---------------------------------------------------------------- options */

int
fs_param_bad_value(const struct fs_param *p, struct fs_log *log)
{
	fs_log_error(log, "Bad value for '%s'", p->key);
	return -EINVAL;
}

/* As fs_lookup_key(): the one that takes what is given, else any. */
static const struct fs_spec *
find_spec(const struct fs_spec *specs, const struct fs_param *p)
{
	const struct fs_spec *other = NULL;

	for (; specs->name; specs++) {
		if (strcmp(specs->name, p->key) != 0)
			continue;
		if ((specs->takes == FS_TAKES_NOTHING) ==
		    (p->type == FS_PARAM_FLAG))
			return specs;
		other = specs;
	}
	return other;
}

static int
check_id(const struct fs_spec *spec, const struct fs_param *p,
	 unsigned int id, int err, struct fs_log *log)
{
	const char *what = spec->takes == FS_TAKES_UID ? "uid" : "gid";

	if (err < 0) {
		/* fs_param_is_uid() says again what fs_param_is_u32() said */
		fs_param_bad_value(p, log);
		return fs_param_bad_value(p, log);
	}
	if (id != UINT_MAX)
		return 0;
	fs_log_error(log, "Invalid %s '%s'", what, p->string);
	return -EINVAL;
}

static int
check_value(const struct fs_spec *spec, const struct fs_param *p,
	    struct fs_log *log)
{
	unsigned int n = 0;
	int err = 0;

	if (p->type != FS_PARAM_STRING || !*p->string)
		err = -EINVAL;
	else if (spec->takes != FS_TAKES_STRING)
		err = fs_parse_uint(p->string,
				    spec->takes == FS_TAKES_OCTAL ? 8 : 0, &n);
	if (spec->takes == FS_TAKES_UID || spec->takes == FS_TAKES_GID)
		return check_id(spec, p, n, err, log);
	return err < 0 ? fs_param_bad_value(p, log) : 0;
}

int
fs_param_check(const struct fs_spec *specs, const struct fs_param *p,
	       struct fs_log *log)
{
	const struct fs_spec *spec = find_spec(specs, p);

	if (!spec)
		return FS_PARAM_UNKNOWN;
	if (spec->takes != FS_TAKES_NOTHING)
		return check_value(spec, p, log);
	if (p->type == FS_PARAM_FLAG)
		return 0;
	fs_log_error(log, "Unexpected value for '%s'", p->key);
	return -EINVAL;
}
