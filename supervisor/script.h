/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script.h - the "#!" line, as load_script() in fs/binfmt_script.c of Linux
 * 6.18 takes it apart.
 */
#ifndef SUPERVISOR_SCRIPT_H
#define SUPERVISOR_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "supervisor/elf.h"

struct script_line {
	/* Both point into the head, which has been cut up with NULs. */
	const char *interp;
	const char *arg;		/* NULL: none; may be "" */
};

bool script_is_magic(const uint8_t *head);

/*
 * Takes apart `head`: the file's first EXEC_HEAD_SIZE bytes, padded with
 * zeroes; it is modified.  0, or -ENOEXEC: not "#!", no interpreter named,
 * or the interpreter's name may have been cut off.
 */
int script_parse(uint8_t *head, struct script_line *out);

#endif
