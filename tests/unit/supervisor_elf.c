/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/elf.h"
#include "supervisor/planbuild.h"

#define MACHINE EM_X86_64
#define NR_PHDRS 6

/* A file to be made wrong in one place each time. */
struct file {
	Elf64_Ehdr eh;
	Elf64_Phdr ph[NR_PHDRS];
	char interp[32];
	uint8_t note[64];
};

static struct file good;

static void
set_up(void)
{
	memset(&good, 0, sizeof(good));
	memcpy(good.eh.e_ident, ELFMAG, SELFMAG);
	good.eh.e_type = ET_DYN;
	good.eh.e_machine = MACHINE;
	good.eh.e_entry = 0x1040;
	good.eh.e_phoff = offsetof(struct file, ph);
	good.eh.e_phentsize = sizeof(Elf64_Phdr);
	good.eh.e_phnum = NR_PHDRS;
	strcpy(good.interp, "/lib/ld.so");
	good.ph[0] = (Elf64_Phdr){ .p_type = PT_INTERP,
		.p_offset = offsetof(struct file, interp), .p_filesz = 11 };
	good.ph[1] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R,
		.p_filesz = 0x600, .p_memsz = 0x600, .p_align = 0x1000 };
	good.ph[2] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
		.p_offset = 0x1000, .p_vaddr = 0x1000, .p_filesz = 0x200,
		.p_memsz = 0x200, .p_align = 0x10000 };
	good.ph[3] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_W,
		.p_offset = 0x2e00, .p_vaddr = 0x3e00, .p_filesz = 0x300,
		.p_memsz = 0x900, .p_align = 0x3000 };
	good.ph[4] = (Elf64_Phdr){ .p_type = PT_GNU_STACK,
		.p_flags = PF_R | PF_W };
	good.ph[5] = (Elf64_Phdr){ .p_type = 0x6474e553,
		.p_offset = offsetof(struct file, note), .p_filesz = 32 };
}

static int
read_file(const void *bytes, size_t len, bool interp, uint16_t machine,
	  struct elf_image *img)
{
	AUTO_FD fd = memfd_create("elf", MFD_CLOEXEC);
	uint8_t head[EXEC_HEAD_SIZE] = { 0 };

	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	if (interp)
		return elf_read_interp(fd, machine, img);
	memcpy(head, bytes, len < sizeof(head) ? len : sizeof(head));
	return elf_read_program(fd, head, machine, img);
}

static int
read_good(struct elf_image *img)
{
	return read_file(&good, sizeof(good), false, MACHINE, img);
}

/* The error of reading `good` as it is now. */
static int
program_error(void)
{
	struct elf_image img;
	int ret = read_good(&img);

	elf_fini(&img);
	return ret;
}

static int
interp_error(void)
{
	struct elf_image img;
	int ret = read_file(&good, sizeof(good), true, MACHINE, &img);

	elf_fini(&img);
	return ret;
}

static bool
program_is_fatal(void)
{
	struct elf_image img;
	bool fatal;

	ck_assert_int_eq(read_good(&img), 0);
	fatal = img.fatal;
	elf_fini(&img);
	return fatal;
}

START_TEST(headers_are_understood)
{
	struct elf_image img;

	ck_assert_int_eq(read_good(&img), 0);
	ck_assert_int_eq(img.type, ET_DYN);
	ck_assert_uint_eq(img.entry, 0x1040);
	ck_assert_str_eq(img.interp, "/lib/ld.so");
	ck_assert_uint_eq(img.nr_segs, 3);
	ck_assert_uint_eq(img.segs[2].memsz, 0x900);
	ck_assert_uint_eq(img.segs[1].prot, PROT_READ | PROT_EXEC);
	/* 0x3000 is no power of two. */
	ck_assert_uint_eq(img.align, 0x10000);
	ck_assert_uint_eq(img.phdr_addr, sizeof(Elf64_Ehdr));
	ck_assert_uint_eq(img.start_code, 0x1000);
	ck_assert_uint_eq(img.end_code, 0x1200);
	ck_assert_uint_eq(img.start_data, 0x3e00);
	ck_assert_uint_eq(img.end_data, 0x4100);
	ck_assert_uint_eq(img.end_bss, 0x4700);
	ck_assert_int_eq(img.stack, ELF_STACK_NOEXEC);
	ck_assert(!img.fatal);
	elf_fini(&img);
}
END_TEST

START_TEST(foreign_files_are_enoexec)
{
	good.eh.e_ident[1] = 'e';
	ck_assert_int_eq(program_error(), -ENOEXEC);
	set_up();
	good.eh.e_type = ET_REL;
	ck_assert_int_eq(program_error(), -ENOEXEC);
	set_up();
	good.eh.e_machine = EM_386;
	ck_assert_int_eq(program_error(), -ENOEXEC);
	set_up();
	good.eh.e_phentsize = 32;
	ck_assert_int_eq(program_error(), -ENOEXEC);
	set_up();
	good.eh.e_phnum = 0;
	ck_assert_int_eq(program_error(), -ENOEXEC);
	good.eh.e_phnum = 1171;
	ck_assert_int_eq(program_error(), -ENOEXEC);
}
END_TEST

START_TEST(header_table_outside_the_file_is_enoexec)
{
	static const uint64_t offsets[] = { sizeof(good), 1 << 20, INT64_MAX,
		UINT64_MAX, UINT64_MAX - 55, (uint64_t)INT64_MAX + 1 };
	size_t i;

	for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		good.eh.e_phoff = offsets[i];
		ck_assert_int_eq(program_error(), -ENOEXEC);
	}
}
END_TEST

START_TEST(interpreter_name_is_checked)
{
	good.ph[0].p_filesz = 10;	/* no NUL at the end */
	ck_assert_int_eq(program_error(), -ENOEXEC);
	good.ph[0].p_filesz = 1;
	ck_assert_int_eq(program_error(), -ENOEXEC);
	good.ph[0].p_filesz = 4097;
	ck_assert_int_eq(program_error(), -ENOEXEC);
	good.ph[0].p_filesz = 4096;
	ck_assert_int_eq(program_error(), -EIO);
	good.ph[0].p_filesz = 11;
	good.ph[0].p_offset = UINT64_MAX;
	ck_assert_int_eq(program_error(), -EINVAL);
	good.ph[0].p_type = PT_NULL;
	ck_assert_int_eq(program_error(), 0);
}
END_TEST

START_TEST(interpreter_errors_are_linuxs)
{
	struct elf_image img;

	ck_assert_int_eq(interp_error(), 0);
	ck_assert_int_eq(read_file(&good, 63, true, MACHINE, &img), -EIO);
	ck_assert_int_eq(read_file(&good, 0, true, MACHINE, &img), -EIO);
	good.eh.e_machine = EM_AARCH64;
	ck_assert_int_eq(interp_error(), -ELIBBAD);
	set_up();
	good.eh.e_ident[0] = 0;
	ck_assert_int_eq(interp_error(), -ELIBBAD);
	set_up();
	good.eh.e_phnum = 0;
	ck_assert_int_eq(interp_error(), -ELIBBAD);
}
END_TEST

START_TEST(impossible_segments_are_fatal)
{
	ck_assert(!program_is_fatal());
	good.ph[2].p_filesz = 0x201;
	ck_assert(program_is_fatal());
	set_up();
	good.ph[2].p_memsz = UINT64_MAX;
	ck_assert(program_is_fatal());
	set_up();
	good.ph[3].p_vaddr = UINT64_MAX - 0x100;
	ck_assert(program_is_fatal());
	set_up();
	good.ph[1].p_type = good.ph[2].p_type = good.ph[3].p_type = PT_NULL;
	ck_assert(program_is_fatal());
	good.eh.e_type = ET_EXEC;
	ck_assert(!program_is_fatal());
}
END_TEST

/* A property note: GNU, one AArch64 feature word. */
static size_t
fill_note(uint8_t *note, uint32_t features)
{
	const uint32_t words[] = { 4, 16, 5, 0x554e47, 0xc0000000, 4,
		features, 0 };

	memcpy(note, words, sizeof(words));
	return sizeof(words);
}

START_TEST(bti_is_read_from_the_property_note)
{
	struct elf_image img;
	AUTO_FD fd = memfd_create("elf", MFD_CLOEXEC);

	good.eh.e_machine = EM_AARCH64;
	fill_note(good.note, 3);
	ck_assert_int_eq(write(fd, &good, sizeof(good)), sizeof(good));
	ck_assert_int_eq(elf_read_interp(fd, EM_AARCH64, &img), 0);
	ck_assert(!img.bti);
	ck_assert_int_eq(elf_read_properties(fd, &img), 0);
	ck_assert(img.bti);
	elf_fini(&img);
}
END_TEST

START_TEST(malformed_notes_are_refused)
{
	uint8_t note[64];
	size_t len = fill_note(note, 1), i;

	ck_assert_int_eq(elf_scan_property(note, len), 1);
	fill_note(note, 2);
	ck_assert_int_eq(elf_scan_property(note, len), 0);
	for (i = 0; i < 16; i++)
		ck_assert_int_eq(elf_scan_property(note, i), -EIO);
	for (; i < len; i++)
		ck_assert_int_eq(elf_scan_property(note, i), -ENOEXEC);
	note[0] = 5;
	ck_assert_int_eq(elf_scan_property(note, len), -ENOEXEC);
	fill_note(note, 1);
	note[4] = 0xff;
	ck_assert_int_eq(elf_scan_property(note, len), -ENOEXEC);
	fill_note(note, 1);
	note[20] = 8;		/* the property's size */
	ck_assert_int_eq(elf_scan_property(note, len), -ENOEXEC);
	fill_note(note, 1);
	memset(note + 20, 0xff, 4);
	ck_assert_int_eq(elf_scan_property(note, len), -ENOEXEC);
}
END_TEST

START_TEST(plan_holds_strings_in_the_kernels_order)
{
	struct plan_args args = { .count = 0 };
	struct elf_image img;
	AUTO_FREE struct exec_plan *plan = NULL;
	struct plan_input in = { .program = &img, .args = &args,
		.execfn = "./s", .comm = "a name of more than 15" };
	const char *strings;

	ck_assert_int_eq(read_good(&img), 0);
	plan_args_push(&args, "./s");
	plan_args_push(&args, "-x");
	plan_args_push(&args, "/bin/sh");
	ck_assert_int_eq(plan_build(&in, &plan), 0);
	strings = (char *)plan + sizeof(*plan) + 3 * sizeof(struct plan_seg);
	ck_assert_mem_eq(strings, "/bin/sh\0-x\0./s\0./s", 19);
	ck_assert_uint_eq(plan->size, sizeof(*plan) +
			  3 * sizeof(struct plan_seg) + 19);
	ck_assert_uint_eq(plan->prefix_count, 3);
	ck_assert_str_eq(plan->comm, "a name of more ");
	plan_args_fini(&args);
	elf_fini(&img);
}
END_TEST

START_TEST(plan_that_is_too_large_is_refused)
{
	AUTO_FREE char *longer = calloc(1, PLAN_STRINGS_MAX + 1);
	struct elf_image img;
	AUTO_FREE struct exec_plan *plan = NULL;
	struct plan_input in = { .program = &img, .execfn = longer,
		.comm = "c" };

	ck_assert_int_eq(read_good(&img), 0);
	memset(longer, 'x', PLAN_STRINGS_MAX);
	ck_assert_int_eq(plan_build(&in, &plan), -E2BIG);
	longer[PLAN_STRINGS_MAX - 1] = '\0';
	img.segs = realloc(img.segs, PLAN_SEGS_MAX * 2 * sizeof(*img.segs));
	memset(img.segs, 0, PLAN_SEGS_MAX * 2 * sizeof(*img.segs));
	img.nr_segs = PLAN_SEGS_MAX + 1;
	ck_assert_int_eq(plan_build(&in, &plan), -ENOEXEC);
	img.nr_segs = PLAN_SEGS_MAX;
	ck_assert_int_eq(plan_build(&in, &plan), 0);
	ck_assert_uint_le(plan->size, PLAN_BYTES);
	elf_fini(&img);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("supervisor/elf");
	TCase *t = tcase_create("elf");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, headers_are_understood);
	tcase_add_test(t, foreign_files_are_enoexec);
	tcase_add_test(t, header_table_outside_the_file_is_enoexec);
	tcase_add_test(t, interpreter_name_is_checked);
	tcase_add_test(t, interpreter_errors_are_linuxs);
	tcase_add_test(t, impossible_segments_are_fatal);
	tcase_add_test(t, bti_is_read_from_the_property_note);
	tcase_add_test(t, malformed_notes_are_refused);
	tcase_add_test(t, plan_holds_strings_in_the_kernels_order);
	tcase_add_test(t, plan_that_is_too_large_is_refused);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
