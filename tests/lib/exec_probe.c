/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints what a program finds when it starts, in a form that is the same for
 * each run of the same file.  With EXEC_PROBE_EXACT in the environment also
 * addresses, for runs without randomisation.
 */
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>

extern char **environ;
extern char end;
extern char __executable_start;
void _start(void);

static int data = 42;
static char zero[3 * 65536];

static const char *
region(uintptr_t addr)
{
	uintptr_t top = (uintptr_t)1 <<
			(64 - __builtin_clzl((uintptr_t)&top));
	uintptr_t dyn = top / 3 * 2;

	if (addr < ((uintptr_t)1 << 32))
		return "low";
	if (addr >= dyn - 65536 && addr < dyn + top / 8)
		return "two thirds";
	if (addr > top / 8 * 7)
		return "top";
	return "elsewhere";
}

static void
print_file(const char *name)
{
	static char buf[65536];
	ssize_t n, i;
	int fd = open(name, O_RDONLY);

	n = read(fd, buf, sizeof(buf));
	close(fd);
	printf("%s:", name);
	for (i = 0; i < n; i++)
		if (buf[i])
			putchar(buf[i]);
		else
			fputs("\\0", stdout);
	putchar('\n');
}

static void
print_auxv(uintptr_t *sp)
{
	uintptr_t *env = sp + 1 + sp[0] + 1, saved[128];
	const Elf64_auxv_t *aux;
	size_t n = 0, len;
	int fd = open("/proc/self/auxv", O_RDONLY);
	ssize_t got = read(fd, saved, sizeof(saved));

	close(fd);
	while (*env)
		env++;
	aux = (const Elf64_auxv_t *)(env + 1);
	for (n = 0; aux[n].a_type; n++)
		printf("auxv type %lu\n", (unsigned long)aux[n].a_type);
	len = (n + 1) * sizeof(*aux);
	printf("saved auxv the same: %d\n", got >= (ssize_t)len &&
	       memcmp(saved, aux, len) == 0);
}

static void
print_aux_values(void)
{
	const unsigned char *random =
		(const unsigned char *)getauxval(AT_RANDOM);
	const char *platform = (const char *)getauxval(AT_PLATFORM);
	uintptr_t base = (uintptr_t)&__executable_start;
	int i, sum = 0;

	printf("phdr offset %#lx\n", getauxval(AT_PHDR) - base);
	printf("phnum %lu phent %lu\n", getauxval(AT_PHNUM),
	       getauxval(AT_PHENT));
	printf("entry is _start: %d\n",
	       getauxval(AT_ENTRY) == (uintptr_t)_start);
	printf("base in %s\n", getauxval(AT_BASE) ?
	       region(getauxval(AT_BASE)) : "none");
	printf("execfn %s\n", (const char *)getauxval(AT_EXECFN));
	printf("secure %lu uid %lu euid %lu gid %lu egid %lu flags %lu\n",
	       getauxval(AT_SECURE), getauxval(AT_UID), getauxval(AT_EUID),
	       getauxval(AT_GID), getauxval(AT_EGID), getauxval(AT_FLAGS));
	printf("hwcap %#lx %#lx pagesz %lu clktck %lu vdso in %s\n",
	       getauxval(AT_HWCAP), getauxval(AT_HWCAP2),
	       getauxval(AT_PAGESZ), getauxval(AT_CLKTCK),
	       region(getauxval(AT_SYSINFO_EHDR)));
	for (i = 0; i < 16; i++)
		sum |= random[i];
	printf("random %d platform %s\n", sum != 0,
	       platform ? platform : "none");
}

static void
print_memory(const char *exact)
{
	char line[512], perms[8], name[256], *base;
	uintptr_t low, high, brk0 = (uintptr_t)sbrk(0);
	FILE *maps;

	printf("data %d bss %d\n", data, zero[0] | zero[sizeof(zero) - 1]);
	printf("program in %s\n", region((uintptr_t)&data));
	printf("brk in %s, %s\n", region(brk0),
	       brk0 - (uintptr_t)&end <= (1u << 30) + 2 * 65536 ?
	       "after bss" : "not after bss");
	printf("brk grows: %d\n", sbrk(1 << 20) != (void *)-1);
	maps = fopen("/proc/self/maps", "r");
	while (maps && fgets(line, sizeof(line), maps)) {
		name[0] = '\0';
		if (sscanf(line, "%lx-%lx %7s %*x %*s %*u %255s", &low, &high,
			   perms, name) < 3)
			continue;
		base = strrchr(name, '/');
		if (base && !strcmp(base, "/belljar-stub"))
			continue;
		if (exact)
			printf("map %#lx-%#lx %s %s\n", low, high, perms, name);
		else if (!strncmp(name, "[stack", 6) ||
			 !strncmp(name, "[heap", 5))
			printf("map %s %s\n", perms, name);
		else if (!strncmp(name, "/", 1))
			printf("map %#lx %s %s\n", high - low, perms, name);
	}
	if (maps)
		fclose(maps);
}

static void
print_stack(uintptr_t *sp)
{
	char buf[4096], *p;
	uintptr_t startstack = 0;
	FILE *f = fopen("/proc/self/stat", "r");
	int i;

	if (f && fgets(buf, sizeof(buf), f)) {
		p = strrchr(buf, ')');
		for (i = 0; p && i < 26; i++)
			p = strchr(p + 1, ' ');
		if (p)
			startstack = strtoul(p + 1, NULL, 10);
	}
	if (f)
		fclose(f);
	printf("sp aligned: %d, is startstack: %d\n",
	       ((uintptr_t)sp & 15) == 0, startstack == (uintptr_t)sp);
}

int
main(int argc, char **argv)
{
	const char *exact = getenv("EXEC_PROBE_EXACT");
	char comm[17] = "";
	int i, fds = 0;

	for (i = 0; i < argc; i++)
		printf("argv %s\n", argv[i]);
	printf("argv ends: %d\n", argv[argc] == NULL);
	for (i = 0; environ[i]; i++)
		printf("env %s\n", environ[i]);
	print_auxv((uintptr_t *)(argv - 1));
	print_aux_values();
	prctl(PR_GET_NAME, comm);
	printf("comm %s\n", comm);
	for (i = 0; i < 100; i++)
		fds += fcntl(i, F_GETFD) >= 0;
	printf("descriptors %d\n", fds);
	print_file("/proc/self/cmdline");
	print_file("/proc/self/environ");
	print_stack((uintptr_t *)(argv - 1));
	print_memory(exact);
	return 7;
}
