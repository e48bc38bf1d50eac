/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The images into memory, as elf_load() and its callers in fs/binfmt_elf.c
 * of Linux 6.18 do it: what fails there fails here, with the same end.
 */
#include <linux/mman.h>

#include "arch.h"
#include "supervisor/stub/seglayout.h"
#include "supervisor/stub/stub.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

static uint64_t
do_mmap(uint64_t addr, uint64_t len, uint32_t prot, uint32_t flags, int fd,
	uint64_t offset)
{
	int64_t ret = stub_call(__NR_mmap, addr, len, prot, flags,
				(uint64_t)(int64_t)fd, offset);

	if (stub_is_error(ret))
		stub_die();
	return (uint64_t)ret;
}

/* Whole pages of the file; or of memory, with what the file has there. */
static uint64_t
map_file(uint64_t addr, uint64_t len, uint32_t prot, uint32_t flags, int fd,
	 const struct seg_layout *l, uint64_t page)
{
	uint64_t map;

	if (fd != PLAN_FD_COPY_PROGRAM && fd != PLAN_FD_COPY_INTERP)
		return do_mmap(addr, len, prot, flags, fd, l->file_offset);
	if (l->file_offset & (page - 1))
		stub_die();
	map = do_mmap(addr, len, PROT_READ | PROT_WRITE,
		      flags | MAP_ANONYMOUS, -1, 0);
	if (stub_call(BELLJAR_MAGIC_NR, PLAN_OP_COPY, map, l->file_size,
		      PLAN_VERSION, l->file_offset, (uint64_t)(int64_t)fd) ||
	    stub_call(__NR_mprotect, map, l->file_size, prot, 0, 0, 0))
		stub_die();
	return map;
}

uint64_t
map_high_base(const struct stub_stack *st)
{
	uint64_t top = UINT64_C(1) << (64 - __builtin_clzl((uint64_t)st->sp));

	/* ELF_ET_DYN_BASE: two thirds of the address space. */
	return page_down(STUB_TASK_SIZE(top) / 3 * 2, st->page);
}

/*
 * Finds a place of the right alignment for an ET_DYN, to be taken with
 * MAP_FIXED_NOREPLACE; nothing else runs in this address space.
 */
static uint64_t
aligned_place(uint64_t span, uint64_t align)
{
	uint64_t addr = do_mmap(0, span, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	stub_call(__NR_munmap, addr, span, 0, 0, 0, 0);
	return addr & ~(align - 1);
}

/* elf_load(): `addr` is page aligned or, for the kernel's choice, 0; `span`
 * is the size of the whole image for the first segment, else 0. */
static uint64_t
load_seg(int fd, const struct plan_seg *s, uint64_t addr, uint32_t flags,
	 uint64_t span, uint64_t page)
{
	struct seg_layout l = seg_layout(s, 0, page);
	uint64_t map = addr;

	span = page_up(span, page);
	if (s->filesz) {
		map = map_file(addr, span > l.file_size ? span : l.file_size,
			       s->prot, flags, fd, &l, page);
		if (span > l.file_size)
			stub_call(__NR_munmap, map + l.file_size,
				  span - l.file_size, 0, 0, 0, 0);
	} else if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))) {
		map = do_mmap(0, span, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			      -1, 0);
		stub_call(__NR_munmap, map, span, 0, 0, 0, 0);
	}
	l = seg_layout(s, map, page);
	/* padzero() ignores what is not writable; so do we. */
	if (l.zero_end > l.zero && (s->prot & PROT_WRITE))
		memset((void *)l.zero, 0, l.zero_end - l.zero);
	if (l.bss_end > l.bss)
		do_mmap(l.bss, l.bss_end - l.bss,
			PROT_READ | PROT_WRITE | (s->prot & PROT_EXEC),
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	return map;
}

/* Where the first segment goes; 0: wherever the kernel likes. */
static uint64_t
first_place(const struct plan_image *img, const struct plan_seg *segs,
	    uint64_t page, uint64_t high_base, uint32_t *flags)
{
	uint64_t align = img->align < page ? page : img->align;
	uint64_t place = 0;

	if (img->where == PLAN_FIXED) {
		*flags |= MAP_FIXED_NOREPLACE;
		return page_down(segs[0].vaddr, page);
	}
	if (img->where == PLAN_HIGH)
		place = high_base & ~(align - 1);
	else if (align > page)
		place = aligned_place(seg_span(segs, img->nr_segs, page), align);
	if (place)
		*flags |= MAP_FIXED_NOREPLACE;
	return place;
}

void
map_image(const struct plan_image *img, const struct plan_seg *segs,
	  uint64_t page, uint64_t high_base, struct stub_image *out)
{
	uint32_t flags = MAP_PRIVATE, i;
	uint64_t place, span, map;

	out->bias = 0;
	out->entry = img->entry;
	if (img->nr_segs == 0)
		return;
	place = first_place(img, segs, page, high_base, &flags);
	span = img->where == PLAN_FIXED ? 0 : seg_span(segs, img->nr_segs, page);
	map = load_seg(img->fd, &segs[0], place, flags, span, page);
	if (img->where != PLAN_FIXED)
		out->bias = map - page_down(segs[0].vaddr, page);
	for (i = 1; i < img->nr_segs; i++)
		load_seg(img->fd, &segs[i],
			 page_down(out->bias + segs[i].vaddr, page),
			 MAP_PRIVATE | MAP_FIXED, 0, page);
	out->entry += out->bias;
}
