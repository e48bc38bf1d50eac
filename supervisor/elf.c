/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "include/auto.h"
#include "supervisor/elf.h"

/* Above every address that a 64-bit user program may have; leaves room for
 * sums of an address, a size and a page without wrapping. */
#define ELF_TASK_SIZE	(UINT64_C(1) << 56)

#define PHDRS_MAX	65536		/* bytes; load_elf_phdrs() */
#define NOTE_MAX	1024		/* NOTE_DATA_SZ in fs/binfmt_elf.c */

#ifndef PT_GNU_PROPERTY
#define PT_GNU_PROPERTY	0x6474e553
#endif
#define NOTE_PROPERTY	5		/* NT_GNU_PROPERTY_TYPE_0 */
#define FEATURE_1_AND	0xc0000000	/* GNU_PROPERTY_AARCH64_FEATURE_1_AND */
#define FEATURE_1_BTI	0x1

void
elf_init(struct elf_image *img)
{
	memset(img, 0, sizeof(*img));
}

void
elf_fini(struct elf_image *img)
{
	free(img->segs);
	free(img->interp);
	elf_init(img);
}

bool
elf_is_magic(const uint8_t *head)
{
	return memcmp(head, ELFMAG, SELFMAG) == 0;
}

/*
 * As kernel_read() of exactly `len` bytes: 0; -EIO when the file ends
 * before; -EINVAL for an offset that is negative as a loff_t.
 */
static int
read_exactly(int fd, void *buf, size_t len, uint64_t offset)
{
	size_t done = 0;
	ssize_t n;

	if (offset > INT64_MAX || len > INT64_MAX - offset)
		return -EINVAL;
	while (done < len) {
		n = pread(fd, (char *)buf + done, len - done,
			  (off_t)(offset + done));
		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (n == 0)
			return -EIO;
		done += (size_t)n;
	}
	return 0;
}

int
elf_check_header(const Elf64_Ehdr *eh, uint16_t machine)
{
	if (memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0)
		return -ENOEXEC;
	if (eh->e_type != ET_EXEC && eh->e_type != ET_DYN)
		return -ENOEXEC;
	if (eh->e_machine != machine)
		return -ENOEXEC;
	return 0;
}

int
elf_phdrs_size(const Elf64_Ehdr *eh)
{
	size_t size = (size_t)eh->e_phnum * sizeof(Elf64_Phdr);

	if (eh->e_phentsize != sizeof(Elf64_Phdr))
		return -ENOEXEC;
	if (size == 0 || size > PHDRS_MAX)
		return -ENOEXEC;
	return (int)size;
}

static uint32_t
prot_of(uint32_t p_flags)
{
	return ((p_flags & PF_R) ? PROT_READ : 0) |
	       ((p_flags & PF_W) ? PROT_WRITE : 0) |
	       ((p_flags & PF_X) ? PROT_EXEC : 0);
}

/* The bookkeeping of load_elf_binary() for one PT_LOAD.  False: set_brk()
 * can never work with it. */
static bool
note_extent(struct elf_image *img, const Elf64_Phdr *ph)
{
	uint64_t k = ph->p_vaddr;

	if ((ph->p_flags & PF_X) && k < img->start_code)
		img->start_code = k;
	if (img->start_data < k)
		img->start_data = k;
	if (k >= ELF_TASK_SIZE || ph->p_filesz > ph->p_memsz ||
	    ph->p_memsz > ELF_TASK_SIZE || ELF_TASK_SIZE - ph->p_memsz < k)
		return false;
	k = ph->p_vaddr + ph->p_filesz;
	if ((ph->p_flags & PF_X) && img->end_code < k)
		img->end_code = k;
	if (img->end_data < k)
		img->end_data = k;
	k = ph->p_vaddr + ph->p_memsz;
	if (k > img->end_bss)
		img->end_bss = k;
	return true;
}

static void
add_segment(struct elf_image *img, const Elf64_Ehdr *eh, const Elf64_Phdr *ph)
{
	struct elf_seg *s = &img->segs[img->nr_segs++];

	*s = (struct elf_seg){
		.vaddr = ph->p_vaddr, .offset = ph->p_offset,
		.filesz = ph->p_filesz, .memsz = ph->p_memsz,
		.prot = prot_of(ph->p_flags),
	};
	if (!note_extent(img, ph))
		img->fatal = true;
	if (ph->p_offset <= eh->e_phoff &&
	    eh->e_phoff - ph->p_offset < ph->p_filesz)
		img->phdr_addr = eh->e_phoff - ph->p_offset + ph->p_vaddr;
	if ((ph->p_align & (ph->p_align - 1)) == 0 &&
	    ph->p_align > img->align)
		img->align = ph->p_align;
}

/*
 * Fills in what the program headers say.  `ph` has eh->e_phnum entries, at
 * least one.  0 or -ENOMEM; img is empty before.
 */
int
elf_scan_phdrs(const Elf64_Ehdr *eh, const Elf64_Phdr *ph,
	       struct elf_image *img)
{
	size_t i;

	img->type = eh->e_type;
	img->machine = eh->e_machine;
	img->phnum = eh->e_phnum;
	img->entry = eh->e_entry;
	img->start_code = UINT64_MAX;
	img->segs = calloc(eh->e_phnum, sizeof(*img->segs));
	if (!img->segs)
		return -ENOMEM;
	for (i = 0; i < eh->e_phnum; i++) {
		if (ph[i].p_type == PT_LOAD)
			add_segment(img, eh, &ph[i]);
		else if (ph[i].p_type == PT_GNU_STACK)
			img->stack = (ph[i].p_flags & PF_X) ?
				ELF_STACK_EXEC : ELF_STACK_NOEXEC;
	}
	/* total_mapping_size() of an ET_DYN must not be 0. */
	if (img->type == ET_DYN && img->end_bss == 0)
		img->fatal = true;
	if (img->start_code >= img->end_code) {
		img->start_code = img->start_data;
		img->end_code = img->start_data + 1;
	}
	return 0;
}

static int
read_phdrs(int fd, const Elf64_Ehdr *eh, Elf64_Phdr **out)
{
	AUTO_FREE Elf64_Phdr *ph = NULL;
	int size = elf_phdrs_size(eh);

	if (size < 0)
		return size;
	ph = malloc((size_t)size);
	if (!ph)
		return -ENOMEM;
	if (read_exactly(fd, ph, (size_t)size, eh->e_phoff) < 0)
		return -ENOEXEC;
	*out = steal_ptr(&ph);
	return 0;
}

static int
read_interp_name(int fd, const Elf64_Ehdr *eh, const Elf64_Phdr *ph,
		 char **out)
{
	AUTO_FREE char *name = NULL;
	size_t i;
	int err;

	for (i = 0; i < eh->e_phnum && ph[i].p_type != PT_INTERP; i++)
		;
	if (i == eh->e_phnum)
		return 0;
	if (ph[i].p_filesz > PATH_MAX || ph[i].p_filesz < 2)
		return -ENOEXEC;
	name = malloc(ph[i].p_filesz);
	if (!name)
		return -ENOMEM;
	err = read_exactly(fd, name, ph[i].p_filesz, ph[i].p_offset);
	if (err < 0)
		return err;
	if (name[ph[i].p_filesz - 1] != '\0')
		return -ENOEXEC;
	*out = steal_ptr(&name);
	return 0;
}

static int
read_image(int fd, const Elf64_Ehdr *eh, bool with_interp,
	   struct elf_image *img)
{
	AUTO_FREE Elf64_Phdr *ph = NULL;
	int err;

	err = read_phdrs(fd, eh, &ph);
	if (err < 0)
		return err;
	if (with_interp) {
		err = read_interp_name(fd, eh, ph, &img->interp);
		if (err < 0)
			return err;
	}
	return elf_scan_phdrs(eh, ph, img);
}

int
elf_read_program(int fd, const uint8_t *head, uint16_t machine,
		 struct elf_image *img)
{
	Elf64_Ehdr eh;
	int err;

	elf_init(img);
	memcpy(&eh, head, sizeof(eh));
	err = elf_check_header(&eh, machine);
	if (err < 0)
		return err;
	err = read_image(fd, &eh, true, img);
	if (err < 0)
		elf_fini(img);
	return err;
}

int
elf_read_interp(int fd, uint16_t machine, struct elf_image *img)
{
	Elf64_Ehdr eh;
	int err;

	elf_init(img);
	err = read_exactly(fd, &eh, sizeof(eh), 0);
	if (err < 0)
		return err;
	if (memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0 ||
	    eh.e_machine != machine)
		return -ELIBBAD;
	err = read_image(fd, &eh, false, img);
	if (err == -ENOEXEC)
		err = -ELIBBAD;
	if (err < 0) {
		elf_fini(img);
		return err;
	}
	/* load_elf_interp() runs when there is no way back. */
	if (eh.e_type != ET_EXEC && eh.e_type != ET_DYN)
		img->fatal = true;
	if (img->end_bss == 0)
		img->fatal = true;
	return 0;
}

static uint32_t
get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* One property at note[*off]; as parse_elf_property().  1: goes on, 0: that
 * was the last one, -ENOEXEC. */
static int
scan_one_property(const uint8_t *note, size_t *off, size_t end, bool first,
		  uint32_t *prev_type, bool *bti)
{
	size_t left = end - *off, size, step;
	uint32_t type;

	if (left == 0)
		return 0;
	if (left < 8)
		return -ENOEXEC;
	type = get32(note + *off);
	size = get32(note + *off + 4);
	left -= 8;
	if (size > left)
		return -ENOEXEC;
	step = (size + 7) & ~(size_t)7;
	if (step > left)
		return -ENOEXEC;
	if (!first && type <= *prev_type)
		return -ENOEXEC;
	*prev_type = type;
	if (type == FEATURE_1_AND) {
		if (size != 4)
			return -ENOEXEC;
		if (get32(note + *off + 8) & FEATURE_1_BTI)
			*bti = true;
	}
	*off += 8 + step;
	return 1;
}

int
elf_scan_property(const uint8_t *note, size_t len)
{
	const size_t head = 12 + 4;	/* namesz, descsz, type; "GNU" */
	uint32_t prev_type = 0, descsz;
	bool first = true, bti = false;
	size_t off = head;
	int more;

	if (len < head)
		return -EIO;
	descsz = get32(note + 4);
	if (get32(note) != 4 || get32(note + 8) != NOTE_PROPERTY ||
	    memcmp(note + 12, "GNU", 4) != 0)
		return -ENOEXEC;
	if (descsz > len - off)
		return -ENOEXEC;
	do {
		more = scan_one_property(note, &off, head + descsz, first,
					 &prev_type, &bti);
		first = false;
	} while (more > 0);
	return more < 0 ? more : bti;
}

int
elf_read_properties(int fd, struct elf_image *img)
{
	AUTO_FREE Elf64_Phdr *ph = NULL;
	uint8_t note[NOTE_MAX];
	const Elf64_Phdr *found = NULL;
	Elf64_Ehdr eh;
	ssize_t n;
	size_t i;
	int ret;

	if (img->machine != EM_AARCH64)
		return 0;
	if (read_exactly(fd, &eh, sizeof(eh), 0) < 0)
		return -EIO;
	ret = read_phdrs(fd, &eh, &ph);
	if (ret < 0)
		return ret;
	for (i = 0; i < eh.e_phnum; i++)
		if (ph[i].p_type == PT_GNU_PROPERTY)
			found = &ph[i];
	if (!found)
		return 0;
	if (found->p_filesz > sizeof(note))
		return -ENOEXEC;
	if (found->p_offset > INT64_MAX)
		return -EINVAL;
	n = pread(fd, note, found->p_filesz, (off_t)found->p_offset);
	if (n < 0)
		return -EIO;
	ret = elf_scan_property(note, (size_t)n);
	if (ret < 0)
		return ret;
	img->bti = ret > 0;
	return 0;
}
