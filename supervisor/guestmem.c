/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guestmem.c - process_vm_readv and _writev where the host has them: they
 * honour the page protections as the kernel's own copies do.  Where they are
 * refused (an outer filter, a process that is not dumpable) the memory file
 * of the address space does.  That one goes past the protection of a page; so
 * the kernel is asked for it first (PROCMAP_QUERY, 6.11).  An older kernel
 * lets such an access pass where it should be EFAULT, which tells nobody
 * anything new: only private pages of the guest's own can be meant.
 */
#include "supervisor/guestmem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "arch/arch.h"
#include "include/uapi.h"
#include "supervisor/sandbox.h"

#define PAGE		4096UL
/* Most paths fit: one read, without copying a whole page. */
#define STR_CHUNK	256UL

static struct iovec
remote(uint64_t addr, size_t len)
{
	struct iovec iov = {
		.iov_base = (void *)(uintptr_t)arch_untag_addr(addr),
		.iov_len = len,
	};

	return iov;
}

/* A file of the address space, opened when it is first needed; or -1. */
static int
mm_file(struct task *t, _Atomic int *slot, const char *name, int flags)
{
	int fd = *slot, none = -1;
	char path[32];

	if (fd >= 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/%d/%s", t->tid, name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (!atomic_compare_exchange_strong(slot, &none, fd)) {
		close(fd);
		return none;
	}
	return fd;
}

/* How much of `len` bytes from `addr` on the guest itself may read (write). */
static size_t
mem_allowed(struct task *t, struct mm *mm, uint64_t addr, size_t len,
	    unsigned int access)
{
	static atomic_bool unknown;
	int fd = unknown ? -1 : mm_file(t, &mm->maps_fd, "maps", O_RDONLY);
	uint64_t at = addr, end = addr + len;

	if (fd < 0)
		return len;
	while (at < end) {
		struct procmap_query q = {
			.size = sizeof(q),
			.query_flags = access,
			.query_addr = at,
		};

		if (ioctl(fd, PROCMAP_QUERY, &q) < 0) {
			if (errno != ENOTTY && errno != EINVAL &&
			    errno != EPERM)
				return at - addr;
			unknown = true;
			return len;
		}
		at = q.vma_end;
	}
	return len;
}

static ssize_t
mem_read(struct task *t, void *dst, uint64_t src, size_t len)
{
	struct mm *mm = task_mm_get(t);
	int fd = mm_file(t, &mm->mem_fd, "mem", O_RDWR);
	ssize_t n = -1;

	src = arch_untag_addr(src);
	len = mem_allowed(t, mm, src, len, PROCMAP_QUERY_VMA_READABLE);
	if (fd >= 0 && len > 0)
		n = pread(fd, dst, len, (off_t)src);
	mm_put(mm);
	return n;
}

static ssize_t
mem_write(struct task *t, uint64_t dst, const void *src, size_t len)
{
	struct mm *mm = task_mm_get(t);
	int fd = mm_file(t, &mm->mem_fd, "mem", O_RDWR);
	ssize_t n = -1;

	dst = arch_untag_addr(dst);
	len = mem_allowed(t, mm, dst, len, PROCMAP_QUERY_VMA_WRITABLE);
	if (fd >= 0 && len > 0)
		n = pwrite(fd, src, len, (off_t)dst);
	mm_put(mm);
	return n;
}

ssize_t
guest_read_some(struct task *t, void *dst, uint64_t src, size_t len)
{
	struct iovec local = { .iov_base = dst, .iov_len = len };
	struct iovec far = remote(src, len);
	ssize_t n = -1;

	errno = EPERM;
	if (t->sb->host.process_vm)
		n = process_vm_readv(t->tid, &local, 1, &far, 1, 0);
	if (n < 0 && errno != EFAULT)
		n = mem_read(t, dst, src, len);
	return n <= 0 && len > 0 ? -EFAULT : n;
}

int
guest_read(struct task *t, void *dst, uint64_t src, size_t len)
{
	ssize_t n;

	if (len == 0)
		return 0;
	n = guest_read_some(t, dst, src, len);
	return n == (ssize_t)len ? 0 : -EFAULT;
}

int
guest_write(struct task *t, uint64_t dst, const void *src, size_t len)
{
	struct iovec local = { .iov_base = (void *)(uintptr_t)src,
			       .iov_len = len };
	struct iovec far = remote(dst, len);
	ssize_t n = -1;

	if (len == 0)
		return 0;
	errno = EPERM;
	if (t->sb->host.process_vm)
		n = process_vm_writev(t->tid, &local, 1, &far, 1, 0);
	if (n < 0 && errno != EFAULT)
		n = mem_write(t, dst, src, len);
	return n == (ssize_t)len ? 0 : -EFAULT;
}

ssize_t
guest_read_str(struct task *t, char *buf, size_t size, uint64_t src)
{
	size_t have = 0, chunk = STR_CHUNK;

	while (have < size) {
		uint64_t addr = src + have;
		size_t want = PAGE - (addr & (PAGE - 1));
		char *nul;
		ssize_t n;

		if (want > chunk)
			want = chunk;
		if (want > size - have)
			want = size - have;
		n = guest_read_some(t, buf + have, addr, want);
		if (n < 0)
			return n;
		nul = memchr(buf + have, '\0', (size_t)n);
		if (nul)
			return nul - buf;
		have += (size_t)n;
		chunk = PAGE;
	}
	return -ENAMETOOLONG;
}
