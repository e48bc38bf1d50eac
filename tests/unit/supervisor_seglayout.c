/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor/stub/seglayout.h for pages of 4, 16 and 64 kB: every byte that a
 * segment promises is where it promised, whatever the size of a page.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/stub/seglayout.h"

#define K		UINT64_C(1024)
#define PLACE		(UINT64_C(1) << 32)	/* a multiple of every page */

static const uint64_t pages[] = { 4 * K, 16 * K, 64 * K };
#define NR_PAGES	(int)(sizeof(pages) / sizeof(pages[0]))

/* As gcc links for arm64 (64 kB between segments), and what is unusual. */
static const struct plan_seg segments[] = {
	{ .vaddr = 0, .offset = 0, .filesz = 0x1a4c, .memsz = 0x1a4c },
	{ .vaddr = 0x1fd90, .offset = 0xfd90, .filesz = 0x280, .memsz = 0x288 },
	{ .vaddr = 0x1fd90, .offset = 0xfd90, .filesz = 0x270, .memsz = 0x9000 },
	{ .vaddr = 0x20000, .offset = 0x10000, .filesz = 0x10000,
	  .memsz = 0x30000 },
	{ .vaddr = 0x20000, .offset = 0x10000, .filesz = 0x4000,
	  .memsz = 0x4001 },
	{ .vaddr = 0x21234, .offset = 0x11234, .filesz = 0, .memsz = 0x3000 },
	{ .vaddr = 0x20000, .offset = 0x10000, .filesz = 1, .memsz = 1 },
	{ .vaddr = 0x2ffff, .offset = 0x1ffff, .filesz = 1, .memsz = 2 },
};
#define NR_SEGMENTS	(int)(sizeof(segments) / sizeof(segments[0]))

/* What is found at `addr`: a place in the file, 0 for zeroes, -1 for nothing. */
static int64_t
found_at(const struct seg_layout *l, uint64_t start, uint64_t addr)
{
	if (addr >= l->bss && addr < l->bss_end)
		return 0;
	if (addr >= l->zero && addr < l->zero_end)
		return 0;
	if (addr >= start && addr < start + l->file_size)
		return (int64_t)(l->file_offset + addr - start);
	return -1;
}

START_TEST(every_byte_is_where_the_file_says)
{
	const struct plan_seg *s = &segments[_i % NR_SEGMENTS];
	uint64_t page = pages[_i / NR_SEGMENTS], i;
	uint64_t start = page_down(PLACE + s->vaddr, page);
	struct seg_layout l = seg_layout(s, start, page);

	for (i = 0; i < s->filesz && found_at(&l, start, PLACE + s->vaddr + i) ==
		    (int64_t)(s->offset + i); i++)
		;
	ck_assert_uint_eq(i, s->filesz);
	for (; i < s->memsz &&
	       found_at(&l, start, PLACE + s->vaddr + i) == 0; i++)
		;
	ck_assert_uint_eq(i, s->memsz);
}
END_TEST

START_TEST(only_whole_pages_are_mapped)
{
	const struct plan_seg *s = &segments[_i % NR_SEGMENTS];
	uint64_t page = pages[_i / NR_SEGMENTS];
	uint64_t start = page_down(PLACE + s->vaddr, page);
	struct seg_layout l = seg_layout(s, start, page);

	ck_assert_uint_eq(l.file_size % page, 0);
	ck_assert_uint_eq(l.file_offset % page, 0);
	ck_assert_uint_eq(l.bss % page, 0);
	ck_assert_uint_eq(l.bss_end % page, 0);
	ck_assert(l.zero_end == l.zero || l.zero_end % page == 0);
	/* What is cleared lies in the last page of the file, no further. */
	ck_assert_uint_le(l.zero_end, start + l.file_size + (s->filesz ? 0 :
							     page));
	ck_assert_uint_le(l.zero_end - l.zero, page);
	/* Nothing beyond the page of the last byte. */
	ck_assert_uint_le(l.bss_end, page_up(PLACE + s->vaddr + s->memsz,
					     page));
}
END_TEST

START_TEST(a_segment_without_more_memory_is_left_alone)
{
	const struct plan_seg s = { .vaddr = 0x1fd90, .offset = 0xfd90,
				    .filesz = 0x280, .memsz = 0x280 };
	struct seg_layout l = seg_layout(&s, 0, pages[_i]);

	ck_assert_uint_eq(l.zero, l.zero_end);
	ck_assert_uint_eq(l.bss, l.bss_end);
}
END_TEST

START_TEST(the_span_begins_at_a_page)
{
	static const struct plan_seg image[] = {
		{ .vaddr = 0x11000, .filesz = 0x10, .memsz = 0x10 },
		{ .vaddr = 0x2fd90, .filesz = 0x10, .memsz = 0x1000 },
	};
	const uint64_t low = page_down(0x11000, pages[_i]);

	ck_assert_uint_eq(seg_span(image, 2, pages[_i]), 0x30d90 - low);
	ck_assert_uint_eq(seg_span(image, 0, pages[_i]), 0);
}
END_TEST

/* A file linked for 4 kB pages: no page of 64 kB can begin in its middle. The
 * kernel refuses the offset, as it does for its own loader. */
START_TEST(a_file_for_smaller_pages_asks_for_an_impossible_offset)
{
	const struct plan_seg s = { .vaddr = 0x403000, .offset = 0x2000,
				    .filesz = 0x10, .memsz = 0x10 };
	struct seg_layout l = seg_layout(&s, 0x400000, 64 * K);

	ck_assert_uint_ne(l.file_offset % (64 * K), 0);
	l = seg_layout(&s, 0x403000, 4 * K);
	ck_assert_uint_eq(l.file_offset, 0x2000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("seglayout");
	TCase *t = tcase_create("pages");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, every_byte_is_where_the_file_says, 0,
			    NR_PAGES * NR_SEGMENTS);
	tcase_add_loop_test(t, only_whole_pages_are_mapped, 0,
			    NR_PAGES * NR_SEGMENTS);
	tcase_add_loop_test(t, a_segment_without_more_memory_is_left_alone, 0,
			    NR_PAGES);
	tcase_add_loop_test(t, the_span_begins_at_a_page, 0, NR_PAGES);
	tcase_add_test(t, a_file_for_smaller_pages_asks_for_an_impossible_offset);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
