/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The errors of copying argv and envp, for the case that the file is at fault
 * as well: the kernel copies before it looks at the format.  Otherwise the
 * kernel finds them itself when it execs the stub.
 */
#include <errno.h>
#include <string.h>

#include "supervisor/exec_state.h"

#define STRING_MAX	131072		/* MAX_ARG_STRLEN */
#define TOTAL_MAX	(6 << 20)	/* 3/4 of _STK_LIM */
#define POINTER_MAX	(TOTAL_MAX / 8)

/* The string at `addr`: its size with the NUL; -EFAULT, -E2BIG. */
static int64_t
string_size(struct task *t, uint64_t addr)
{
	char buf[4096];
	int64_t size = 0;
	ssize_t n, len;

	while (size < STRING_MAX) {
		n = guest_read_some(t, buf, addr + (uint64_t)size,
				    sizeof(buf) -
				    ((addr + (uint64_t)size) & 4095));
		if (n <= 0)
			return -EFAULT;
		len = (ssize_t)strnlen(buf, (size_t)n);
		size += len;
		if (len < n)
			return size + 1;
	}
	return -E2BIG;
}

/* Walks one vector.  Adds up in *total what the strings take. */
static int
check_vector(struct task *t, uint64_t vec, bool strings, int64_t *total)
{
	uint64_t i, ptr;
	int64_t size;

	if (!vec)
		return 0;
	for (i = 0; i < POINTER_MAX; i++) {
		if (guest_read(t, &ptr, vec + i * 8, sizeof(ptr)) < 0)
			return -EFAULT;
		if (!ptr)
			return 0;
		*total += 8;
		if (*total > TOTAL_MAX)
			return -E2BIG;
		if (!strings)
			continue;
		size = string_size(t, ptr);
		if (size < 0)
			return (int)size;
		*total += size - 8;
		if (*total > TOTAL_MAX)
			return -E2BIG;
	}
	return -E2BIG;
}

int
exec_args_check(struct task *t, uint64_t argv, uint64_t envp)
{
	int64_t pointers = 0, bytes = 0;
	int err;

	err = check_vector(t, argv, false, &pointers);
	if (err == 0)
		err = check_vector(t, envp, false, &pointers);
	bytes = pointers;
	if (err == 0)
		err = check_vector(t, envp, true, &bytes);
	if (err == 0)
		err = check_vector(t, argv, true, &bytes);
	return err;
}
