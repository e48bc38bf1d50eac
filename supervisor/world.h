/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - the guest's mount tree, made from the configuration.
 *
 * Runs once, before the first guest exists, on the main thread, with the
 * rights of the user who started belljar.  Mounts are made through vfs.h
 * alone; the guest's own mounts come later and go through the same core.
 */
#ifndef SUPERVISOR_WORLD_H
#define SUPERVISOR_WORLD_H

#include "vfs/vfs.h"

struct config;
struct mounthelper;
struct stage;

struct world {
	struct mntns *ns;	/* counted */
	struct path root;	/* counted: the root of the first process */
	struct path cwd;	/* counted: where it starts */
	char *cwd_name;		/* that place as the guest calls it, for PWD */
	/* No directory of the host is shown but through a detached mount:
	 * none of their descriptors leads out of what is shown. */
	bool detached;
};

/*
 * Builds the tree that `cfg` asks for and finds the starting directory:
 * --chdir, else the directory belljar was started in, else $HOME, else "/".
 * The types tmpfs, proc, sysfs and devpts are registered with `v` already,
 * mqueue if there is one.  Returns 0, or -errno after saying on stderr which
 * operation failed and why; *out is then empty.  `helper`: one that works, or
 * NULL.
 */
int world_build(struct vfs *v, const struct config *cfg,
	struct mounthelper *helper, struct world *out);

/*
 * The same by system calls, in a belljar that is inside another one; `cwd_name`
 * is malloc'ed.  Returns 0, or -errno after saying why.
 */
int world_build_staged(struct stage *s, const struct config *cfg,
	char **cwd_name);

/* Drops what *w holds. */
void world_fini(struct world *w);

#endif
