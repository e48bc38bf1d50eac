/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer: any bytes as a program, as an interpreter and as a property
 * note; what is accepted must make a plan that fits its buffer.
 *
 *	clang -I. -D_GNU_SOURCE -g -fsanitize=fuzzer,address,undefined \
 *		tests/fuzz/elf.c supervisor/elf.c supervisor/planbuild.c
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "supervisor/elf.h"
#include "supervisor/planbuild.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_plan(const struct elf_image *prog, const struct elf_image *interp)
{
	struct exec_plan *plan;
	struct plan_input in = { .program = prog, .interp = interp,
				 .execfn = "x", .comm = "x" };

	if (plan_build(&in, &plan) < 0)
		return;
	assert(plan->size <= PLAN_BYTES);
	assert(plan->program.nr_segs + plan->interp.nr_segs <= PLAN_SEGS_MAX);
	free(plan);
}

static void
try_machine(int fd, const uint8_t *head, uint16_t machine)
{
	struct elf_image prog, interp;
	int is_interp = elf_read_interp(fd, machine, &interp) == 0;

	if (is_interp)
		elf_read_properties(fd, &interp);
	if (elf_read_program(fd, head, machine, &prog) == 0) {
		elf_read_properties(fd, &prog);
		try_plan(&prog, NULL);
		if (is_interp)
			try_plan(&prog, &interp);
		elf_fini(&prog);
	}
	elf_fini(&interp);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	uint8_t head[EXEC_HEAD_SIZE] = { 0 };

	if (fd < 0)
		fd = memfd_create("fuzz", MFD_CLOEXEC);
	assert(fd >= 0);
	if (ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) < 0)
		abort();
	memcpy(head, data, size < sizeof(head) ? size : sizeof(head));
	try_machine(fd, head, EM_X86_64);
	try_machine(fd, head, EM_AARCH64);
	elf_scan_property(data, size);
	return 0;
}
