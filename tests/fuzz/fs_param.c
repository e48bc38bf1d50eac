/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer: any bytes as an option of tmpfs, KEY NUL VALUE.  What fsconfig(2)
 * is told to be in order must be taken by the parser of mount(2) as well, and
 * every message must fit its reader.
 *
 *	clang -I. -D_GNU_SOURCE -g -fsanitize=fuzzer,address,undefined \
 *		tests/fuzz/fs_param.c vfs/fs_param.c vfs/fs_log.c \
 *		vfs/fs/tmpfs_opts.c vfs/fs/tmpfs_mpol.c vfs/hostcall.c
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vfs/fs/tmpfs_opts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_option(const char *key, const char *value)
{
	struct fs_param p = {
		.key = key, .string = value,
		.type = value ? FS_PARAM_STRING : FS_PARAM_FLAG,
	};
	char text[600], option[600];
	struct tmpfs_opts o;
	struct fs_log log;
	int err;

	fs_log_init(&log, "tmpfs");
	err = tmpfs_opts_check(&p, false, &log);
	assert(err == 0 || err == -EINVAL || err == FS_PARAM_UNKNOWN);
	assert((err == -EINVAL) == (log.nr > 0));
	while (log.nr)
		assert(fs_log_take(&log, text, sizeof(text)) > 0);
	fs_log_fini(&log);
	if (strchr(key, ',') || (value && strchr(value, ',')))
		return;
	snprintf(option, sizeof(option), "%s%s%s", key, value ? "=" : "",
		 value ? value : "");
	tmpfs_opts_init(&o, 0, 0);
	if (err == 0)
		assert(tmpfs_opts_parse(&o, option, false, NULL, 0) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char buf[512] = "";
	size_t n = size < 255 ? size : 255;
	char *value;

	memcpy(buf, data, n);
	value = memchr(buf, '\0', n) ? buf + strlen(buf) + 1 : NULL;
	try_option(buf, value);
	return 0;
}
