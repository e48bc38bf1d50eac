/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system call that the loader stub asks for its plan with, and that the
 * supervisor makes in a guest's name to give it a descriptor (the magic call).
 *
 * It has to be one that every outer filter lets pass: the allow-lists of
 * container engines answer numbers that they do not know with an error, which
 * outranks our notification.  io_cancel() is on those lists, cancels next to
 * nothing on any kernel, and is made by next to no program.
 */
#ifndef BELLJAR_INCLUDE_MAGIC_H
#define BELLJAR_INCLUDE_MAGIC_H

#include <asm/unistd.h>

#define BELLJAR_MAGIC_NR	__NR_io_cancel

#endif
