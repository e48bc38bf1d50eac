/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synth_empty.h - filesystems that a guest may mount and finds empty.
 */
#ifndef VFS_FS_SYNTH_EMPTY_H
#define VFS_FS_SYNTH_EMPTY_H

#include "vfs/fs/synth.h"

struct synth_empty {
	struct fs_type type;
	struct synth_scratch *scratch;	/* [I] */
	const struct synth_ops *ops;	/* [I] */
	mode_t mode;			/* [I] of the root directory */
	_Atomic unsigned int options;	/* of cgroup2, one bit each */
};

/* Each registers one type.  `e` is the caller's and outlives `v`. */
int mqueue_register(struct synth_empty *e, struct vfs *v,
		    struct synth_scratch *s);
int cgroup2_register(struct synth_empty *e, struct vfs *v,
		     struct synth_scratch *s);

#endif
