/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_gen.c - sequences made of a seed.  What exists is only guessed: an
 * operation that fails is as good as one that works, if most of them work.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conform/executor.h"
#include "tests/conform/fuzz.h"

#define MAX_PLACES 64
#define FUZZ_PROCS 4		/* processes 1 to 3 */

struct gen {
	uint64_t state;		/* of the random numbers */
	struct vcase *c;
	char *dir[MAX_PLACES];	/* directories that may exist */
	int nr_dirs;
	char *point[MAX_PLACES];	/* places that were mounted on */
	int nr_points;
	int nr_mounts;		/* for source names */
	int nr_files;		/* for descriptor names */
	bool alive[FUZZ_PROCS];
	int who;		/* process of the step */
	/* what this seed is about */
	bool api, files, userns, roots, flags;
	unsigned int weight_api, weight_roots, weight_files; /* in 100 */
};

static unsigned int
rnd(struct gen *g, unsigned int n)
{
	g->state = g->state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)(g->state >> 33) % n;
}

#define PICK(g, list) ((list)[rnd(g, sizeof(list) / sizeof(*(list)))])

static void say(struct gen *g, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void
say(struct gen *g, const char *format, ...)
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

static void
know_dirs(struct gen *g, const char *p)
{
	static const char *const below[] = { "/x", "/y", "/x/x" };

	for (int i = 0; i < 3; i++)
		remember(g->dir, &g->nr_dirs, p, below[i]);
}

static const char *
a_point(struct gen *g)
{
	return g->point[rnd(g, (unsigned int)g->nr_points)];
}

static const char *
a_place(struct gen *g)
{
	static const char *const odd[] = {
		"/", ".", "..", "/..", "x", "/f", "/l", "/l/x", "/a/../b",
		"/l/", "../..", "x/..",
	};

	if (rnd(g, 14) == 0)
		return PICK(g, odd);
	if (rnd(g, 2))
		return a_point(g);
	return g->dir[rnd(g, (unsigned int)g->nr_dirs)];
}

/* ------------------------------------------------------- plain operations */

static void
new_mount(struct gen *g)
{
	static const char *const flags[] = {
		"", "", "", "", " ro", " nosuid", " noexec,nodev",
		" noatime", " ro,nosuid",
	};
	const char *p = a_place(g);
	const char *f = g->flags ? PICK(g, flags) : "";

	say(g, "mount tmpfs t%d %s%s", ++g->nr_mounts, p, f);
	if (!strstr(f, "ro"))
		say(g, "mkdir %s/x %s/y %s/x/x", p, p, p);
	if (g->files && rnd(g, 2))
		say(g, "touch %s/f", p);
	remember(g->point, &g->nr_points, p, "");
	know_dirs(g, p);
}

static void
bind_or_move(struct gen *g, const char *how)
{
	const char *from = strcmp(how, "move") || rnd(g, 5) == 0 ?
		a_place(g) : a_point(g);
	const char *to = a_place(g);

	/* What moves needs a parent that is not shared. */
	if (!strcmp(how, "move") && rnd(g, 2))
		say(g, "make %s %s/..", rnd(g, 2) ? "private" : "slave",
		    from);
	say(g, "%s %s %s", how, from, to);
	remember(g->point, &g->nr_points, to, "");
	know_dirs(g, to);
}

static void
change_type(struct gen *g)
{
	static const char *const types[] = {
		"shared", "shared", "shared", "shared", "slave", "slave",
		"slave", "private", "unbindable", "rshared", "rslave",
		"rprivate", "runbindable",
	};

	say(g, "make %s %s", PICK(g, types), a_point(g));
}

static void
unmount(struct gen *g)
{
	static const char *const how[] = {
		"", "", "", "", " detach", " detach", " detach", " expire",
		" nofollow",
	};

	say(g, "umount %s%s", rnd(g, 8) ? a_point(g) : a_place(g),
	    PICK(g, how));
}

static void
remount(struct gen *g)
{
	static const char *const flags[] = {
		"bind,ro", "bind,rw", "bind,nosuid", "bind,noexec,ro", "ro",
		"rw", "bind,noatime", "bind,strictatime", "nosuid",
		"bind,nodiratime,relatime",
	};

	say(g, "remount %s %s", a_point(g), PICK(g, flags));
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
	const char *from = a_place(g), *to = a_place(g);

	say(g, "rawmount %s %s tmpfs %s,%s", from, to, PICK(g, flags),
	    PICK(g, flags));
	remember(g->point, &g->nr_points, to, "");
}

static void
move_root(struct gen *g)
{
	const char *p = a_point(g);

	switch (rnd(g, 6)) {
	case 0:
		say(g, "pivot %s %s/x", p, p);
		break;
	case 1:
		say(g, "chdir %s", p);
		say(g, "pivot . .");
		if (rnd(g, 2))
			say(g, "umount . detach");
		break;
	case 2:
		say(g, "chroot %s", a_place(g));
		break;
	case 3:
		say(g, "pivot %s %s", p, a_place(g));
		break;
	default:
		say(g, "chdir %s", a_place(g));
		break;
	}
}

static void
touch_names(struct gen *g)
{
	const char *p = a_place(g);

	switch (rnd(g, 12)) {
	case 0: say(g, "rmdir %s", p); break;
	case 8: case 9:
		say(g, "rmdir %s/%s", p, rnd(g, 2) ? "y" : "x/x");
		break;
	case 10:
		if (rnd(g, 2))
			say(g, "symlink %s %s/l", a_place(g), p);
		else
			say(g, "unlink %s/l", p);
		break;
	case 11: say(g, "write %s/f text", p); break;
	case 1:
		if (rnd(g, 2))
			say(g, "rename %s %s", p, a_place(g));
		else
			say(g, "rename %s/%s %s/%s", p, rnd(g, 2) ? "x" : "f",
			    p, rnd(g, 2) ? "y" : "x/z");
		break;
	case 2: say(g, "mkdir %s/z", a_place(g)); break;
	case 3: say(g, "touch %s/f", a_place(g)); break;
	case 4: say(g, "unlink %s/f", a_place(g)); break;
	case 5: say(g, "bind %s/f %s/f", a_place(g), a_place(g)); break;
	case 6: say(g, "umount %s/f", a_place(g)); break;
	default: say(g, "link %s/f %s/l", p, rnd(g, 3) ? p : a_place(g)); break;
	}
}

static void
ask(struct gen *g)
{
	switch (rnd(g, 8)) {
	case 0: say(g, "getcwd"); break;
	case 1: say(g, "statroot %s", a_place(g)); break;
	case 2: say(g, "samemnt %s %s", a_place(g), a_place(g)); break;
	case 3: say(g, "samefile %s %s", a_place(g), a_place(g)); break;
	case 4: say(g, "statfs %s", a_place(g)); break;
	case 5: say(g, "access %s w", a_place(g)); break;
	case 6: say(g, "ls %s", a_place(g)); break;
	default: say(g, "exists %s", a_place(g)); break;
	}
}

/* ------------------------------------------------- processes, descriptors */

static void
processes(struct gen *g)
{
	int n = 2 + (int)rnd(g, FUZZ_PROCS - 2);

	if (!g->alive[n]) {
		g->who = 1;
		say(g, "spawn %d", n);
		g->alive[n] = true;
		g->who = n;
		say(g, "unshare newns%s", g->userns && rnd(g, 2) ?
		    ",newuser" : "");
		return;
	}
	switch (rnd(g, 4)) {
	case 0:
		say(g, "unshare newns");
		break;
	case 1:
		say(g, "nsopen n %%%d", n);
		if (rnd(g, 2))
			say(g, "setns n newns");
		say(g, "close n");
		break;
	case 2:
		/* Only a child of process 1 can be waited for by it. */
		if (g->who == 1) {
			say(g, "quit %d", n);
			g->alive[n] = false;
		}
		break;
	default:
		if (g->userns)
			say(g, "unshare newns,newuser");
		break;
	}
}

static void
descriptors(struct gen *g)
{
	static const char *const flags[] = {
		"path", "r", "path", "r,directory", "path,nofollow",
	};

	switch (rnd(g, 8)) {
	case 0: case 5:
		say(g, "close d%u", rnd(g, 3));
		break;
	case 6:
		say(g, "open d%u %s/f w", rnd(g, 3), a_place(g));
		break;
	case 7:
		say(g, "openat d%u d%u %s path", rnd(g, 3), rnd(g, 3),
		    rnd(g, 2) ? "x" : "..");
		break;
	case 1:
		say(g, "fchdir d%u", rnd(g, 3));
		break;
	case 2:
		say(g, "fdpath d%u", rnd(g, 3));
		break;
	default:
		say(g, "open d%u %s %s", rnd(g, 3), a_place(g),
		    PICK(g, flags));
		break;
	}
}

/* --------------------------------------------------- mounts by descriptor */

static void
make_detached(struct gen *g)
{
	static const char *const clone[] = {
		"clone", "clone,recursive", "clone,recursive", "0",
	};
	static const char *const attr[] = { "0", "ro", "nosuid,noexec" };
	unsigned int m = rnd(g, 3);

	if (rnd(g, 3)) {
		say(g, "open_tree m%u - %s %s", m, a_place(g), PICK(g, clone));
		return;
	}
	say(g, "fsopen c tmpfs");
	say(g, "fsconfig c string source t%d", ++g->nr_mounts);
	say(g, "fsconfig c create");
	say(g, "fsmount m%u c 0 %s", m, PICK(g, attr));
	say(g, "close c");
}

static void
place_detached(struct gen *g)
{
	static const char *const flags[] = {
		"f_empty", "f_empty", "f_empty", "f_empty,beneath",
		"f_empty,t_symlinks",
	};
	const char *to = a_place(g);

	say(g, "move_mount m%u '' - %s %s", rnd(g, 3), to, PICK(g, flags));
	remember(g->point, &g->nr_points, to, "");
	know_dirs(g, to);
}

static void
move_beneath(struct gen *g)
{
	const char *top = a_point(g), *p = a_place(g);

	if (rnd(g, 2))
		say(g, "mount tmpfs t%d %s", ++g->nr_mounts, p);
	if (rnd(g, 3) == 0)
		say(g, "make private %s/..", p);
	say(g, "move_mount - %s - %s beneath", p, top);
	remember(g->point, &g->nr_points, p, "");
}

static void
join_group(struct gen *g)
{
	const char *from = a_point(g), *to = a_point(g);

	if (rnd(g, 4)) {
		to = a_place(g);
		say(g, "bind %s %s", from, to);
		say(g, "make private %s", to);
		remember(g->point, &g->nr_points, to, "");
	}
	say(g, "move_mount - %s - %s set_group", from, to);
}

static void
set_attributes(struct gen *g)
{
	static const char *const attr[] = {
		"set=ro", "clr=ro", "set=nosuid", "set=noexec clr=nosuid",
		"prop=shared", "prop=private", "prop=slave",
		"prop=unbindable", "set=noatime clr=atime",
		"set=ro prop=shared", "clr=ro,nosuid,noexec",
	};
	bool detached = rnd(g, 4) == 0;
	const char *deep = rnd(g, 3) ? "0" : "recursive";

	if (detached)
		say(g, "mount_setattr m%u '' empty%s %s", rnd(g, 3),
		    strcmp(deep, "0") ? ",recursive" : "", PICK(g, attr));
	else
		say(g, "mount_setattr - %s %s %s", a_place(g), deep,
		    PICK(g, attr));
}

static void
by_descriptor(struct gen *g)
{
	switch (rnd(g, 14)) {
	case 0: case 1: case 2:
		make_detached(g);
		if (rnd(g, 3) == 0)
			place_detached(g);
		break;
	case 3: case 4: case 5:
		place_detached(g);
		break;
	case 6:
		move_beneath(g);
		break;
	case 7:
		join_group(g);
		break;
	case 8: case 9:
		set_attributes(g);
		break;
	case 10:
		say(g, "close m%u", rnd(g, 3));
		break;
	case 11:
		say(g, "fspick p - %s 0", a_point(g));
		say(g, "fsconfig p flag %s", rnd(g, 2) ? "ro" : "rw");
		say(g, "fsconfig p reconfigure");
		break;
	default:
		if (rnd(g, 2))
			say(g, "statmount %s", a_place(g));
		else
			say(g, "listmount - 40%s", rnd(g, 2) ? " reverse" :
			    "");
		break;
	}
}

/* -------------------------------------------------------------- sequences */

static void
choose_process(struct gen *g)
{
	g->who = 1;
	for (int n = 2; n < FUZZ_PROCS; n++)
		if (g->alive[n] && rnd(g, 3) == 0)
			g->who = n;
}

static void
one_step(struct gen *g)
{
	unsigned int x = rnd(g, 100);

	choose_process(g);
	if (g->api && rnd(g, 100) < g->weight_api)
		by_descriptor(g);
	else if (g->roots && rnd(g, 100) < g->weight_roots)
		move_root(g);
	else if (g->files && rnd(g, 100) < g->weight_files)
		(rnd(g, 3) ? touch_names : descriptors)(g);
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
	else if (x < 74)
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
	say(g, "mkdir /a /b /c /d");
	if (g->files)
		say(g, "touch /f");
	if (rnd(g, 3) == 0)
		say(g, "symlink /b /l");
	if (rnd(g, 3) == 0)
		say(g, "make shared /");
	for (int i = 0; i < 2; i++) {
		say(g, "mount tmpfs t%d %s", ++g->nr_mounts, tops[i]);
		say(g, "mkdir %s/x %s/y %s/x/x", tops[i], tops[i], tops[i]);
		know_dirs(g, tops[i]);
	}
	say(g, "make shared /a");
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
		rnd(&g, 2);
	g.api = rnd(&g, 2);
	g.files = rnd(&g, 3) == 0;
	g.userns = rnd(&g, 3) == 0;
	g.roots = rnd(&g, 3) == 0;
	g.flags = rnd(&g, 2);
	g.weight_api = 8 + rnd(&g, 50);
	g.weight_roots = 4 + rnd(&g, 25);
	g.weight_files = 5 + rnd(&g, 40);
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
