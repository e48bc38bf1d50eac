/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer: any bytes as the first line of a script; the strings that come
 * out must lie in the buffer and end there.
 *
 *	clang -I. -D_GNU_SOURCE -g -fsanitize=fuzzer,address,undefined \
 *		tests/fuzz/script.c supervisor/script.c
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* On the heap, for the sanitizer to see its ends. */
	uint8_t *head = calloc(1, EXEC_HEAD_SIZE);
	const char *end = (const char *)head + EXEC_HEAD_SIZE;
	struct script_line line;

	memcpy(head, data, size < EXEC_HEAD_SIZE ? size : EXEC_HEAD_SIZE);
	if (script_parse(head, &line) == 0) {
		assert(line.interp >= (char *)head + 2);
		assert(line.interp + strlen(line.interp) < end);
		assert(!strpbrk(line.interp, " \t\n"));
		if (line.arg)
			assert(line.arg > line.interp &&
			       line.arg + strlen(line.arg) < end);
	}
	free(head);
	return 0;
}
