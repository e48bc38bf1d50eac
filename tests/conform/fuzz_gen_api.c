/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_gen_api.c - random steps: mounts by descriptor. */
#include <stdio.h>
#include <string.h>

#include "tests/conform/fuzz_gen.h"

/* A descriptor of a place, and a path from there. */
static const char *
base(struct gen *g, char *buf, size_t size)
{
	static const char *const below[] = {
		"x", "y", "x/x", ".", "..", "x/..", "''",
	};

	if (gen_rnd(g, 3))
		snprintf(buf, size, "m%u %s", gen_fd(g, GEN_TREE),
			 GEN_PICK(g, below));
	else
		snprintf(buf, size, "d%u %s", gen_fd(g, GEN_FILE),
			 GEN_PICK(g, below));
	return buf;
}

static void
make_detached(struct gen *g)
{
	static const char *const clone[] = {
		"clone", "clone,recursive", "clone,recursive", "0",
		"clone,empty,recursive", "empty",
	};
	static const char *const attr[] = {
		"0", "ro", "nosuid,noexec", "noatime", "nosymfollow",
	};
	char from[32];
	unsigned int m;

	base(g, from, sizeof(from));
	m = gen_new_fd(g, GEN_TREE);
	switch (gen_rnd(g, 6)) {
	case 0:
		gen_say(g, "open_tree m%u %s %s", m, from,
			GEN_PICK(g, clone));
		break;
	case 1: case 2:
		gen_say(g, "fsopen c tmpfs");
		gen_say(g, "fsconfig c string source t%d", ++g->nr_mounts);
		gen_say(g, "fsconfig c create");
		gen_say(g, "fsmount m%u c 0 %s", m, GEN_PICK(g, attr));
		if (gen_rnd(g, 3))
			gen_say(g, "close c");
		break;
	case 3:
		gen_say(g, "open_tree_attr m%u - %s clone%s %s=%s", m,
			gen_place(g), gen_rnd(g, 2) ? ",recursive" : "",
			gen_rnd(g, 3) ? "set" : "clr", GEN_PICK(g, attr));
		break;
	default:
		gen_say(g, "open_tree m%u - %s %s", m, gen_place(g),
			GEN_PICK(g, clone));
		break;
	}
}

static void
place_detached(struct gen *g)
{
	static const char *const flags[] = {
		"f_empty", "f_empty", "f_empty", "f_empty,beneath",
		"f_empty,t_symlinks", "f_empty,t_empty",
	};
	const char *to = gen_place(g);
	char from[32], where[32];

	if (!gen_has_fd(g, GEN_TREE))
		make_detached(g);
	base(g, from, sizeof(from));
	base(g, where, sizeof(where));
	switch (gen_rnd(g, 8)) {
	case 0: case 1:
		gen_say(g, "move_mount m%u '' %s %s", gen_fd(g, GEN_TREE),
			where, GEN_PICK(g, flags));
		return;
	case 2:
		gen_say(g, "move_mount %s - %s %s", from, to,
			GEN_PICK(g, flags));
		break;
	case 3:
		gen_say(g, "move_mount - %s %s 0", gen_point(g), where);
		return;
	case 4:
		gen_say(g, "move_mount - %s - %s 0", gen_point(g), to);
		break;
	default:
		gen_say(g, "move_mount m%u '' - %s %s", gen_fd(g, GEN_TREE),
			to, GEN_PICK(g, flags));
		break;
	}
	gen_know_point(g, to);
	gen_know_dirs(g, to);
}

/* Looks into a detached tree, or works in it. */
static void
visit_detached(struct gen *g)
{
	unsigned int m = gen_fd(g, GEN_TREE), d = gen_new_fd(g, GEN_FILE);

	switch (gen_rnd(g, 5)) {
	case 0: gen_say(g, "fchdir m%u", m); break;
	case 1: gen_say(g, "openat d%u m%u x path", d, m); break;
	case 2: gen_say(g, "fdpath m%u", m); break;
	case 3:
		gen_say(g, "openat2 d%u m%u x/x path no_xdev", d, m);
		break;
	default:
		gen_say(g, "fspick p m%u '' empty", m);
		break;
	}
}

static void
move_beneath(struct gen *g)
{
	const char *top = gen_point(g), *p = gen_place(g);

	if (gen_rnd(g, 2))
		gen_say(g, "mount tmpfs t%d %s", ++g->nr_mounts, p);
	if (gen_rnd(g, 3) == 0)
		gen_say(g, "make private %s/..", p);
	gen_say(g, "move_mount - %s - %s beneath", p, top);
	gen_know_point(g, p);
}

static void
join_group(struct gen *g)
{
	const char *from = gen_point(g), *to = gen_point(g);

	if (gen_rnd(g, 4)) {
		to = gen_place(g);
		gen_say(g, "bind %s %s", from, to);
		gen_say(g, "make private %s", to);
		gen_know_point(g, to);
	}
	gen_say(g, "move_mount - %s - %s set_group", from, to);
}

static void
set_attributes(struct gen *g)
{
	static const char *const attr[] = {
		"set=ro", "clr=ro", "set=nosuid", "set=noexec clr=nosuid",
		"prop=shared", "prop=private", "prop=slave",
		"prop=unbindable", "set=noatime clr=atime",
		"set=ro prop=shared", "clr=ro,nosuid,noexec",
		"set=nosymfollow", "set=nodiratime clr=atime", "set=strictatime",
	};
	bool detached = gen_rnd(g, 4) == 0;
	const char *deep = gen_rnd(g, 3) ? "0" : "recursive";

	if (detached)
		gen_say(g, "mount_setattr m%u '' empty%s %s",
			gen_fd(g, GEN_TREE),
			strcmp(deep, "0") ? ",recursive" : "",
			GEN_PICK(g, attr));
	else
		gen_say(g, "mount_setattr - %s %s %s", gen_place(g), deep,
			GEN_PICK(g, attr));
}

void
gen_by_descriptor(struct gen *g)
{
	unsigned int m;

	switch (gen_rnd(g, 16)) {
	case 0: case 1: case 2:
		make_detached(g);
		if (gen_rnd(g, 3) == 0)
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
		if (gen_rnd(g, 3))
			break;
		m = gen_fd(g, GEN_TREE);
		g->open[GEN_TREE][m] = false;
		gen_say(g, "close m%u", m);
		break;
	case 11:
		gen_say(g, "fspick p - %s 0", gen_point(g));
		gen_say(g, "fsconfig p flag %s", gen_rnd(g, 2) ? "ro" : "rw");
		gen_say(g, "fsconfig p reconfigure");
		break;
	case 12:
		visit_detached(g);
		break;
	default:
		if (gen_rnd(g, 2))
			gen_say(g, "statmount %s", gen_place(g));
		else
			gen_say(g, "listmount %s 40%s", gen_rnd(g, 3) ?
				"-" : gen_place(g),
				gen_rnd(g, 2) ? " reverse" : "");
		break;
	}
}
