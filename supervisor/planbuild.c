/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "supervisor/planbuild.h"

_Static_assert(PLAN_SEGS_MAX >= 1024, "the buffer holds any sane program");

void
plan_args_fini(struct plan_args *args)
{
	size_t i;

	for (i = 0; i < args->count; i++)
		free(args->str[i]);
	args->count = 0;
}

int
plan_args_push(struct plan_args *args, const char *s)
{
	char *copy;

	if (args->count == PLAN_PREFIX_MAX)
		return -E2BIG;
	copy = strdup(s);
	if (!copy)
		return -ENOMEM;
	args->str[args->count++] = copy;
	return 0;
}

static size_t
prefix_length(const struct plan_args *args)
{
	size_t i, len = 0;

	for (i = 0; args && i < args->count; i++)
		len += strlen(args->str[i]) + 1;
	return len;
}

/* An interpreter maps its own code with BTI; so does a program without. */
static void
fill_segs(struct plan_seg *dst, const struct elf_image *img)
{
	size_t i;

	for (i = 0; i < img->nr_segs; i++) {
		dst[i] = (struct plan_seg){
			.vaddr = img->segs[i].vaddr,
			.offset = img->segs[i].offset,
			.filesz = img->segs[i].filesz,
			.memsz = img->segs[i].memsz,
			.prot = img->segs[i].prot,
		};
		if (img->bti && (dst[i].prot & PROT_EXEC))
			dst[i].prot |= ELF_PROT_BTI;
	}
}

static void
fill_image(struct plan_image *dst, const struct elf_image *img,
	   enum plan_where dyn)
{
	dst->fd = -1;
	if (!img)
		return;
	dst->where = img->type == ET_EXEC ? PLAN_FIXED : dyn;
	dst->nr_segs = (uint32_t)img->nr_segs;
	dst->align = img->align;
	dst->entry = img->entry;
}

static void
fill_header(struct exec_plan *p, const struct plan_input *in)
{
	const struct elf_image *prog = in->program;

	p->version = PLAN_VERSION;
	p->flags = in->flags;
	p->phnum = prog->phnum;
	p->phdr = prog->phdr_addr;
	fill_image(&p->program, prog,
		   in->interp ? PLAN_HIGH : PLAN_ANYWHERE);
	fill_image(&p->interp, in->interp, PLAN_ANYWHERE);
	p->start_code = prog->start_code;
	p->end_code = prog->end_code;
	p->start_data = prog->start_data;
	p->end_data = prog->end_data;
	p->end_bss = prog->end_bss;
	p->random_mmap = in->random_mmap;
	p->random_brk = in->random_brk;
	memcpy(p->ids, in->ids, sizeof(p->ids));
	p->secure = in->secure;
	strncpy(p->comm, in->comm, sizeof(p->comm) - 1);
	if (prog->stack == ELF_STACK_EXEC)
		p->flags |= PLAN_EXEC_STACK;
	if (prog->fatal || (in->interp && in->interp->fatal))
		p->flags |= PLAN_DIE;
}

static void
fill_strings(char *dst, const struct plan_input *in)
{
	size_t i, len;

	for (i = in->args ? in->args->count : 0; i > 0; i--) {
		len = strlen(in->args->str[i - 1]) + 1;
		memcpy(dst, in->args->str[i - 1], len);
		dst += len;
	}
	memcpy(dst, in->execfn, strlen(in->execfn) + 1);
}

int
plan_build(const struct plan_input *in, struct exec_plan **out)
{
	size_t prefix = prefix_length(in->args);
	size_t execfn = strlen(in->execfn) + 1;
	size_t segs = in->program->nr_segs;
	struct exec_plan *p;
	struct plan_seg *seg;
	size_t size;

	if (in->interp)
		segs += in->interp->nr_segs;
	if (segs > PLAN_SEGS_MAX)
		return -ENOEXEC;
	if (prefix + execfn > PLAN_STRINGS_MAX)
		return -E2BIG;
	size = sizeof(*p) + segs * sizeof(*seg) + prefix + execfn;
	p = calloc(1, size);
	if (!p)
		return -ENOMEM;
	fill_header(p, in);
	p->size = (uint32_t)size;
	p->prefix_count = in->args ? (uint32_t)in->args->count : 0;
	p->prefix_len = (uint32_t)prefix;
	p->execfn_len = (uint32_t)execfn;
	seg = (struct plan_seg *)(p + 1);
	fill_segs(seg, in->program);
	if (in->interp)
		fill_segs(seg + in->program->nr_segs, in->interp);
	fill_strings((char *)(seg + segs), in);
	*out = p;
	return 0;
}
