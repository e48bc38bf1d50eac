/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system call that only the loader stub makes (and the supervisor, in a
 * guest's name): it asks for what no other call can give.  Elsewhere it is
 * ENOSYS.  No architecture has, or will soon have, a call of this number; it
 * is no x32 number either.
 */
#ifndef BELLJAR_INCLUDE_MAGIC_H
#define BELLJAR_INCLUDE_MAGIC_H

#define BELLJAR_MAGIC_NR	0x22656c6c

#endif
