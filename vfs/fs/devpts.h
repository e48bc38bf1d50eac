/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devpts.h - pseudo terminals, on the host's.
 *
 * Opening ptmx opens the host's; the slave that the kernel made for it is
 * pinned at once by an O_PATH descriptor.  Only pinned slaves are listed and
 * can be opened, through the pin: that is the inode of this pty and of no
 * later one that gets its number.  The slave that a session of the embedder
 * runs on already (its standard input, say) is pinned by devpts_add().
 *
 * An open never makes the terminal a controlling one: the embedder would get
 * it.  A guest uses TIOCSCTTY.
 */
#ifndef VFS_FS_DEVPTS_H
#define VFS_FS_DEVPTS_H

#include "vfs/fs/synth.h"

struct devpts_pin;
LIST_HEAD(devpts_pins, devpts_pin);

struct devpts {
	struct fs_type type;		/* "devpts" */
	struct synth_scratch *scratch;	/* [I] */
	int ptmx;			/* [I] the host's, O_PATH, or -1 */
	int slaves;			/* [I] the host's /dev/pts, or -1 */
	pthread_mutex_t lock;
	struct devpts_pins inherited;	/* [l] shown by every instance */
};

/*
 * Registers "devpts".  `ptmx` and `slaves` are taken over; -1: the host has
 * none, and none can be opened.  `d` outlives `v`.
 */
int devpts_register(struct devpts *d, struct vfs *v, struct synth_scratch *s,
		    int ptmx, int slaves);
/* After the vfs is gone. */
void devpts_fini(struct devpts *d);

/* Shows the terminal behind `fd` (borrowed).  0, -ENOTTY: it is no slave. */
int devpts_add(struct devpts *d, int fd);

#endif
