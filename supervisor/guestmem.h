/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guestmem.h - the only code that turns guest addresses into bytes.
 *
 * Addresses are struct-free uint64_t in struct sysreq; nothing else in the
 * supervisor dereferences or stores them.  Reads go through
 * process_vm_readv or the mem descriptor of the task's address space
 * (/proc/PID/mem, opened at exec), whichever the self-probe found.
 *
 * All functions: 0 (or a length) or -EFAULT; partial copies are -EFAULT,
 * except guest_read_some().
 */
#ifndef SUPERVISOR_GUESTMEM_H
#define SUPERVISOR_GUESTMEM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct task;

int guest_read(struct task *t, void *dst, uint64_t src, size_t len);
/* As much as is readable, at least one byte; returns the count. */
ssize_t guest_read_some(struct task *t, void *dst, uint64_t src, size_t len);
int guest_write(struct task *t, uint64_t dst, const void *src, size_t len);
/*
 * A NUL-terminated string into buf.  Length without the NUL; -EFAULT;
 * -ENAMETOOLONG when no NUL is within `size` bytes.  Never reads past the
 * page that holds the NUL.
 */
ssize_t guest_read_str(struct task *t, char *buf, size_t size, uint64_t src);

#endif
