/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handlers.h - prototypes of all handlers, made from the table: a handler
 * that no row names does not compile, one that a row names must exist.
 */
#ifndef SUPERVISOR_HANDLERS_H
#define SUPERVISOR_HANDLERS_H

#include "supervisor/dispatch.h"

#define SYSCALL(name, nr_x86_64, nr_arm64, route, handler, ...)	\
	int sys_##handler(struct call *c);
#include "include/syscalls.def"
#undef SYSCALL

#endif
