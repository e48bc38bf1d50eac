/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_gen.c - sequences made of a seed.  What exists is only guessed: an
 * operation that fails is as good as one that works, if most of them work.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conform/executor.h"
#include "tests/conform/fuzz_gen.h"

unsigned int
gen_rnd(struct gen *g, unsigned int n)
{
	g->state = g->state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)(g->state >> 33) % n;
}

void
gen_say(struct gen *g, const char *format, ...)
{
	struct vcase *c = g->c;
	char words[1024], line[1100];
	va_list ap;

	va_start(ap, format);
	vsnprintf(words, sizeof(words), format, ap);
	va_end(ap);
	if (g->who == 1)
		snprintf(line, sizeof(line), "%s", words);
	else
		snprintf(line, sizeof(line), "@%d %s", g->who, words);
	c->lines = realloc(c->lines, sizeof(char *) *
			   (size_t)(c->nr_lines + 1));
	if (!c->lines)
		die("out of memory");
	c->lines[c->nr_lines++] = string_copy(line);
}

/* ---------------------------------------------------------------- places */

static void
remember(char **list, int *nr, const char *a, const char *b)
{
	char path[512];

	if (*nr == MAX_PLACES)
		return;
	snprintf(path, sizeof(path), "%s%s", strcmp(a, "/") || !*b ? a : "",
		 b);
	if (strlen(path) > 60)
		return;
	list[(*nr)++] = string_copy(path);
}

void
gen_know_dirs(struct gen *g, const char *p)
{
	static const char *const below[] = { "/x", "/y", "/x/x" };

	for (int i = 0; i < 3; i++)
		remember(g->dir, &g->nr_dirs, p, below[i]);
}

void
gen_know_point(struct gen *g, const char *p)
{
	remember(g->point, &g->nr_points, p, "");
}

const char *
gen_point(struct gen *g)
{
	return g->point[gen_rnd(g, (unsigned int)g->nr_points)];
}

const char *
gen_place(struct gen *g)
{
	static const char *const odd[] = {
		"/", ".", "..", "/..", "x", "/f", "/l", "/l/x", "/a/../b",
		"/l/", "../..", "x/..",
	};

	if (gen_rnd(g, 14) == 0)
		return GEN_PICK(g, odd);
	if (gen_rnd(g, 2))
		return gen_point(g);
	return g->dir[gen_rnd(g, (unsigned int)g->nr_dirs)];
}

unsigned int
gen_fd(struct gen *g, enum gen_fd kind)
{
	unsigned int n = gen_rnd(g, 3);

	if (gen_rnd(g, 8) == 0)
		return n;
	for (int i = 0; i < 3 && !g->open[kind][n]; i++)
		n = (n + 1) % 3;
	return n;
}

bool
gen_has_fd(const struct gen *g, enum gen_fd kind)
{
	return g->open[kind][0] || g->open[kind][1] || g->open[kind][2];
}

unsigned int
gen_new_fd(struct gen *g, enum gen_fd kind)
{
	unsigned int n = gen_rnd(g, 3);

	g->open[kind][n] = true;
	return n;
}

/* ------------------------------------------------------- plain operations */

/* What a new mount or a remount may say in its data. */
static const char *
options(struct gen *g)
{
	static const char *const data[] = {
		"mode=700", "size=64k", "nr_inodes=50", "size=1m,mode=755",
		"ro", "rw", "nosuid", "mode=9", "size=", "source=x",
	};

	return GEN_PICK(g, data);
}

static void
new_mount(struct gen *g)
{
	static const char *const flags[] = {
		"-", "-", "-", "-", "ro", "nosuid", "noexec,nodev",
		"noatime", "ro,nosuid", "nosymfollow",
	};
	const char *p = gen_place(g);
	const char *f = g->flags ? GEN_PICK(g, flags) : "-";
	const char *type = gen_rnd(g, 12) ? "tmpfs" : "ramfs";

	if (g->flags && gen_rnd(g, 6) == 0)
		gen_say(g, "mount %s t%d %s %s %s", type, ++g->nr_mounts, p,
			f, options(g));
	else if (strcmp(f, "-"))
		gen_say(g, "mount %s t%d %s %s", type, ++g->nr_mounts, p, f);
	else
		gen_say(g, "mount %s t%d %s", type, ++g->nr_mounts, p);
	if (!strstr(f, "ro"))
		gen_say(g, "mkdir %s/x %s/y %s/x/x", p, p, p);
	if (g->files && gen_rnd(g, 2))
		gen_say(g, "touch %s/f", p);
	gen_know_point(g, p);
	gen_know_dirs(g, p);
}

static void
bind_or_move(struct gen *g, const char *how)
{
	const char *from = strcmp(how, "move") || gen_rnd(g, 5) == 0 ?
		gen_place(g) : gen_point(g);
	const char *to = gen_place(g);

	/* What moves needs a parent that is not shared. */
	if (!strcmp(how, "move") && gen_rnd(g, 2))
		gen_say(g, "make %s %s/..", gen_rnd(g, 2) ? "private" : "slave",
		    from);
	gen_say(g, "%s %s %s", how, from, to);
	gen_know_point(g, to);
	gen_know_dirs(g, to);
}

static void
change_type(struct gen *g)
{
	static const char *const types[] = {
		"shared", "shared", "shared", "shared", "slave", "slave",
		"slave", "private", "unbindable", "rshared", "rslave",
		"rprivate", "runbindable",
	};

	gen_say(g, "make %s %s", GEN_PICK(g, types), gen_point(g));
}

static void
unmount(struct gen *g)
{
	static const char *const how[] = {
		"", "", "", "", " detach", " detach", " detach", " expire",
		" nofollow", " force", " detach,nofollow", " expire,detach",
	};

	if (gen_rnd(g, 12) == 0) {
		const char *p = gen_point(g);

		gen_say(g, "umount %s expire", p);
		gen_say(g, "umount %s expire", p);
		return;
	}

	gen_say(g, "umount %s%s", gen_rnd(g, 8) ? gen_point(g) : gen_place(g),
	    GEN_PICK(g, how));
}

static void
remount(struct gen *g)
{
	static const char *const flags[] = {
		"bind,ro", "bind,rw", "bind,nosuid", "bind,noexec,ro", "ro",
		"rw", "bind,noatime", "bind,strictatime", "nosuid",
		"bind,nodiratime,relatime",
	};

	if (gen_rnd(g, 6) == 0)
		gen_say(g, "remount %s %s %s", gen_point(g),
			GEN_PICK(g, flags), options(g));
	else
		gen_say(g, "remount %s %s", gen_point(g),
			GEN_PICK(g, flags));
}

/* What mount(2) makes of flags that do not go together. */
static void
raw_mount(struct gen *g)
{
	static const char *const flags[] = {
		"bind", "bind,rec", "remount", "remount,bind", "move",
		"shared", "slave", "private", "unbindable", "rec", "ro",
		"nosuid", "noatime", "strictatime", "silent", "nouser",
		"dirsync", "lazytime", "noexec", "nodev", "nosymfollow",
	};
	const char *from = gen_place(g), *to = gen_place(g);

	gen_say(g, "rawmount %s %s tmpfs %s,%s", from, to, GEN_PICK(g, flags),
	    GEN_PICK(g, flags));
	gen_know_point(g, to);
}

static void
move_root(struct gen *g)
{
	const char *p = gen_point(g);

	switch (gen_rnd(g, 6)) {
	case 0:
		gen_say(g, "pivot %s %s/x", p, p);
		break;
	case 1:
		gen_say(g, "chdir %s", p);
		gen_say(g, "pivot . .");
		if (gen_rnd(g, 2))
			gen_say(g, "umount . detach");
		break;
	case 2:
		gen_say(g, "chroot %s", gen_place(g));
		break;
	case 3:
		gen_say(g, "pivot %s %s", p, gen_place(g));
		break;
	default:
		gen_say(g, "chdir %s", gen_place(g));
		break;
	}
}

static void
touch_names(struct gen *g)
{
	const char *p = gen_place(g);

	switch (gen_rnd(g, 12)) {
	case 0: gen_say(g, "rmdir %s", p); break;
	case 8: case 9:
		gen_say(g, "rmdir %s/%s", p, gen_rnd(g, 2) ? "y" : "x/x");
		break;
	case 10:
		if (gen_rnd(g, 2))
			gen_say(g, "symlink %s %s/l", gen_place(g), p);
		else
			gen_say(g, "unlink %s/l", p);
		break;
	case 11: gen_say(g, "write %s/f text", p); break;
	case 1:
		if (gen_rnd(g, 2))
			gen_say(g, "rename %s %s", p, gen_place(g));
		else
			gen_say(g, "rename %s/%s %s/%s", p, gen_rnd(g, 2) ? "x" : "f",
			    p, gen_rnd(g, 2) ? "y" : "x/z");
		break;
	case 2: gen_say(g, "mkdir %s/z", gen_place(g)); break;
	case 3: gen_say(g, "touch %s/f", gen_place(g)); break;
	case 4: gen_say(g, "unlink %s/f", gen_place(g)); break;
	case 5: gen_say(g, "bind %s/f %s/f", gen_place(g), gen_place(g)); break;
	case 6: gen_say(g, "umount %s/f", gen_place(g)); break;
	default: gen_say(g, "link %s/f %s/l", p, gen_rnd(g, 3) ? p : gen_place(g)); break;
	}
}

static void
ask(struct gen *g)
{
	switch (gen_rnd(g, 10)) {
	case 0: gen_say(g, "getcwd"); break;
	case 1: gen_say(g, "statroot %s", gen_place(g)); break;
	case 2:
		gen_say(g, "samemnt %s %s", gen_place(g), gen_place(g));
		break;
	case 3:
		gen_say(g, "samefile %s %s", gen_place(g), gen_place(g));
		break;
	case 4: gen_say(g, "statfs %s", gen_place(g)); break;
	case 5: gen_say(g, "access %s w", gen_place(g)); break;
	case 6: gen_say(g, "ls %s", gen_place(g)); break;
	case 7: gen_say(g, "watch w"); break;
	case 8: gen_say(g, "changed w"); break;
	default: gen_say(g, "exists %s", gen_place(g)); break;
	}
}

/* ------------------------------------------------- processes, descriptors */

static void
processes(struct gen *g)
{
	int n = 2 + (int)gen_rnd(g, FUZZ_PROCS - 2);

	if (!g->alive[n]) {
		g->who = 1;
		gen_say(g, "spawn %d", n);
		g->alive[n] = true;
		g->weak[n] = false;
		g->who = n;
		gen_say(g, "unshare newns%s", g->userns && gen_rnd(g, 2) ?
			",newuser" : "");
		return;
	}
	switch (gen_rnd(g, 8)) {
	case 0:
		gen_say(g, "unshare newns");
		break;
	case 1:
		/* Process 1 gives rights on to others. */
		if (g->who != 1 && gen_rnd(g, 2)) {
			gen_say(g, "dropcaps");
			g->weak[g->who] = true;
		}
		break;
	case 2:
		/* Who started it waits for it. */
		g->who = 1;
		gen_say(g, "quit %d", n);
		g->alive[n] = false;
		break;
	case 3: case 4:
		/* Without capabilities the ids of root cannot be mapped. */
		if (g->userns && !g->weak[g->who])
			gen_say(g, "unshare newns,newuser");
		break;
	default:
		gen_say(g, "nsopen n %%%d", gen_rnd(g, 3) ? n : 1);
		if (gen_rnd(g, 4))
			gen_say(g, "setns n newns");
		if (gen_rnd(g, 4))
			gen_say(g, "close n");
		break;
	}
}

/* Opened by a name: mostly with O_PATH, as what holds a mount. */
static void
open_descriptor(struct gen *g)
{
	static const char *const flags[] = {
		"path", "r", "path", "r,directory", "path,nofollow",
	};
	static const char *const resolve[] = {
		"no_xdev", "no_symlinks", "beneath", "in_root",
		"no_xdev,beneath", "in_root,no_xdev",
	};
	bool some = gen_has_fd(g, GEN_FILE);
	unsigned int from = gen_fd(g, GEN_FILE), d = gen_new_fd(g, GEN_FILE);

	switch (gen_rnd(g, some ? 7 : 4)) {
	case 0:
		gen_say(g, "open d%u %s/f w", d, gen_place(g));
		break;
	case 4:
		gen_say(g, "openat d%u d%u %s path", d, from,
			gen_rnd(g, 2) ? "x" : "..");
		break;
	case 5:
		gen_say(g, "openat2 d%u d%u %s path %s", d, from,
			gen_place(g), GEN_PICK(g, resolve));
		break;
	default:
		gen_say(g, "open d%u %s %s", d, gen_place(g),
			GEN_PICK(g, flags));
		break;
	}
}

static void
descriptors(struct gen *g)
{
	unsigned int d;

	switch (gen_has_fd(g, GEN_FILE) ? gen_rnd(g, 8) : 7) {
	case 0: case 1:
		d = gen_fd(g, GEN_FILE);
		g->open[GEN_FILE][d] = false;
		gen_say(g, "close d%u", d);
		break;
	case 2:
		gen_say(g, "fchdir d%u", gen_fd(g, GEN_FILE));
		break;
	case 3:
		gen_say(g, "fdpath d%u", gen_fd(g, GEN_FILE));
		break;
	default:
		open_descriptor(g);
		break;
	}
}

/* -------------------------------------------------------------- sequences */

static void
choose_process(struct gen *g)
{
	g->who = 1;
	for (int n = 2; n < FUZZ_PROCS; n++)
		if (g->alive[n] && gen_rnd(g, 3) == 0)
			g->who = n;
}

static void
one_step(struct gen *g)
{
	unsigned int x = gen_rnd(g, 100);

	choose_process(g);
	if (g->api && gen_rnd(g, 100) < g->weight_api)
		gen_by_descriptor(g);
	else if (gen_rnd(g, 100) < g->weight_processes)
		processes(g);
	else if (g->roots && gen_rnd(g, 100) < g->weight_roots)
		move_root(g);
	else if (g->files && gen_rnd(g, 100) < g->weight_files)
		(gen_rnd(g, 2) ? touch_names : descriptors)(g);
	else if (x < 12)
		new_mount(g);
	else if (x < 24)
		bind_or_move(g, "bind");
	else if (x < 33)
		bind_or_move(g, "rbind");
	else if (x < 42)
		bind_or_move(g, "move");
	else if (x < 58)
		change_type(g);
	else if (x < 70)
		unmount(g);
	else if (x < 71)
		processes(g);
	else if (x < 77)
		ask(g);
	else if (x < 81 && g->flags)
		remount(g);
	else if (x < 84)
		raw_mount(g);
	else
		change_type(g);
}

/* Peers, slaves, and slaves of slaves, of what is at /a. */
static void
family(struct gen *g)
{
	static const char *const at[] = { "/c", "/d", "/b/x", "/b/y" };

	for (int i = 0; i < 4; i++) {
		const char *from = i ? at[gen_rnd(g, (unsigned int)i)] : "/a";

		gen_say(g, "bind %s %s", gen_rnd(g, 2) ? "/a" : from, at[i]);
		if (gen_rnd(g, 2)) {
			gen_say(g, "make slave %s", at[i]);
			if (gen_rnd(g, 2))
				gen_say(g, "make shared %s", at[i]);
		}
		gen_know_point(g, at[i]);
		gen_know_dirs(g, at[i]);
	}
}

static void
beginning(struct gen *g)
{
	static const char *const tops[] = { "/a", "/b", "/c", "/d" };

	g->who = 1;
	g->alive[1] = true;
	for (int i = 0; i < 4; i++) {
		remember(g->dir, &g->nr_dirs, tops[i], "");
		if (i < 2)
			remember(g->point, &g->nr_points, tops[i], "");
	}
	gen_say(g, "mkdir /a /b /c /d");
	if (g->files)
		gen_say(g, "touch /f");
	if (gen_rnd(g, 3) == 0)
		gen_say(g, "symlink /b /l");
	if (gen_rnd(g, 3) == 0)
		gen_say(g, "make shared /");
	for (int i = 0; i < 2; i++) {
		gen_say(g, "mount tmpfs t%d %s", ++g->nr_mounts, tops[i]);
		gen_say(g, "mkdir %s/x %s/y %s/x/x", tops[i], tops[i], tops[i]);
		gen_know_dirs(g, tops[i]);
	}
	gen_say(g, "make shared /a");
	if (gen_rnd(g, 4) == 0)
		family(g);
}

void
fuzz_generate(struct vcase *c, unsigned long seed, int steps,
	      const char *without)
{
	struct gen g = { .state = seed * 2654435761UL + 12345, .c = c };
	char text[64];

	memset(c, 0, sizeof(*c));
	snprintf(text, sizeof(text), "fuzz-%lu", seed);
	c->name = string_copy(text);
	c->needs = string_copy("chroot");
	c->title = string_copy("random operations");
	for (int i = 0; i < 8; i++)
		gen_rnd(&g, 2);
	g.api = gen_rnd(&g, 2);
	g.files = gen_rnd(&g, 3) == 0;
	g.userns = gen_rnd(&g, 3) == 0;
	g.roots = gen_rnd(&g, 3) == 0;
	g.flags = gen_rnd(&g, 2);
	g.weight_api = 8 + gen_rnd(&g, 50);
	g.weight_roots = 4 + gen_rnd(&g, 25);
	g.weight_files = 5 + gen_rnd(&g, 40);
	g.weight_processes = 1 + gen_rnd(&g, 3) * gen_rnd(&g, 8);
	g.api = g.api && !strstr(without, "api");
	g.files = g.files && !strstr(without, "files");
	g.userns = g.userns && !strstr(without, "userns");
	g.roots = g.roots && !strstr(without, "roots");
	g.flags = g.flags && !strstr(without, "flags");
	c->pivot = true;	/* nothing of the host can be reached */
	beginning(&g);
	while (c->nr_lines < steps)
		one_step(&g);
	for (int i = 0; i < g.nr_dirs; i++)
		free(g.dir[i]);
	for (int i = 0; i < g.nr_points; i++)
		free(g.point[i]);
}

void
fuzz_free(struct vcase *c)
{
	for (int i = 0; i < c->nr_lines; i++)
		free(c->lines[i]);
	free(c->lines);
	free(c->name);
	free(c->needs);
	free(c->title);
	memset(c, 0, sizeof(*c));
}
