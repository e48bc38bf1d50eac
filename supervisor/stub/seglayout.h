/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seglayout.h - where the parts of a segment go, for any size of page.
 *
 * Arithmetic alone, as elf_load() and total_mapping_size() of
 * fs/binfmt_elf.c, Linux 6.18: map.c does the mapping, and a unit test asks
 * for pages of 4, 16 and 64 kB.  Addresses are those of the file, or biased
 * by whole pages.
 */
#ifndef SUPERVISOR_STUB_SEGLAYOUT_H
#define SUPERVISOR_STUB_SEGLAYOUT_H

#include <stdint.h>

#include "supervisor/execplan.h"

/* Of one PT_LOAD whose first page is at `start`. */
struct seg_layout {
	uint64_t file_size;	/* whole pages of the file from there; or 0 */
	uint64_t file_offset;	/* its place in the file */
	uint64_t zero, zero_end;	/* the end of its last page, to clear
					 * where that can be written */
	uint64_t bss, bss_end;	/* whole pages without a file */
};

static inline uint64_t
page_down(uint64_t addr, uint64_t page)
{
	return addr & ~(page - 1);
}

static inline uint64_t
page_up(uint64_t addr, uint64_t page)
{
	return (addr + page - 1) & ~(page - 1);
}

static inline struct seg_layout
seg_layout(const struct plan_seg *s, uint64_t start, uint64_t page)
{
	uint64_t skew = s->vaddr & (page - 1);
	uint64_t end = start + skew + s->filesz;
	struct seg_layout l = { 0 };

	if (s->filesz) {
		l.file_size = page_up(s->filesz + skew, page);
		l.file_offset = s->offset - skew;
	}
	l.zero = l.zero_end = end;
	l.bss = l.bss_end = s->filesz ? page_up(end, page) :
					page_down(end, page);
	if (s->memsz <= s->filesz)
		return l;
	if (s->filesz)
		l.zero_end = page_up(end, page);
	if (page_up(start + skew + s->memsz, page) > l.bss)
		l.bss_end = page_up(start + skew + s->memsz, page);
	return l;
}

/* From the first page of the lowest segment to the last byte of the highest. */
static inline uint64_t
seg_span(const struct plan_seg *segs, uint32_t nr, uint64_t page)
{
	uint64_t low = UINT64_MAX, high = 0;
	uint32_t i;

	for (i = 0; i < nr; i++) {
		if (page_down(segs[i].vaddr, page) < low)
			low = page_down(segs[i].vaddr, page);
		if (segs[i].vaddr + segs[i].memsz > high)
			high = segs[i].vaddr + segs[i].memsz;
	}
	return high > low ? high - low : 0;
}

#endif
