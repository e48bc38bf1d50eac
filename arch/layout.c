/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the address space layout that is the same on every machine.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "arch/arch.h"
#include "include/auto.h"

/* Reads a decimal from a file of /proc/sys.  Returns fallback when it cannot. */
static uint64_t
sysctl_read(const char *name, uint64_t fallback)
{
	AUTO_FD fd = open(name, O_RDONLY | O_CLOEXEC);
	char text[32], *end;
	unsigned long v;
	ssize_t n;

	if (fd < 0)
		return fallback;
	n = read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return fallback;
	text[n] = '\0';
	v = strtoul(text, &end, 10);
	return end == text ? fallback : v;
}

void
arch_layout_find(struct arch_layout *l)
{
	unsigned int rnd_default;

	l->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	arch_layout_machine(l, &rnd_default);
	l->et_dyn_base &= ~(l->page_size - 1);
	l->mmap_min_addr = sysctl_read("/proc/sys/vm/mmap_min_addr", 65536);
	/* Readable by root only: else what the kernel starts with. */
	l->rnd_bits = (unsigned int)sysctl_read("/proc/sys/vm/mmap_rnd_bits",
						rnd_default);
}
