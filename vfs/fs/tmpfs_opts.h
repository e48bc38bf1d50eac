/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tmpfs_opts.h - the option string of tmpfs and ramfs.
 *
 * As shmem_parse_one(), shmem_reconfigure() and shmem_show_options() in
 * mm/shmem.c, ramfs_parse_param() in fs/ramfs/inode.c, Linux 6.18.  Pure
 * functions but for the size of memory and the NUMA nodes, asked of the host.
 */
#ifndef VFS_FS_TMPFS_OPTS_H
#define VFS_FS_TMPFS_OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vfs/fs_param.h"

enum tmpfs_huge { HUGE_NEVER, HUGE_ALWAYS, HUGE_WITHIN_SIZE, HUGE_ADVISE };

/* Longest mpol= as shown; longer node lists are cut like the kernel's. */
#define TMPFS_MPOL 64

struct tmpfs_opts {
	unsigned int seen;	/* TMPFS_SEEN_*: was given */
	uint64_t blocks;	/* pages; 0: no limit */
	uint64_t inodes;	/* 0: no limit */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	enum tmpfs_huge huge;
	bool full_inums;	/* inode64 */
	bool noswap;
	char mpol[TMPFS_MPOL];	/* canonical; "" is the default policy */
};

#define TMPFS_SEEN_BLOCKS	0x01
#define TMPFS_SEEN_INODES	0x02
#define TMPFS_SEEN_HUGE		0x04
#define TMPFS_SEEN_INUMS	0x08
#define TMPFS_SEEN_MPOL		0x10
#define TMPFS_SEEN_UID		0x20
#define TMPFS_SEEN_GID		0x40
#define TMPFS_SEEN_MODE		0x80

/* What a mount without options has. */
void tmpfs_opts_init(struct tmpfs_opts *o, uid_t uid, gid_t gid);

/*
 * Parses `data` (NULL: nothing) over *o.  `privileged`: CAP_SYS_ADMIN in the
 * initial user namespace, which noswap needs.  0 or -EINVAL, with *o then
 * half changed, and in `key` (may be NULL) the word that is to blame.
 */
int tmpfs_opts_parse(struct tmpfs_opts *o, const char *data, bool privileged,
		     char *key, size_t key_size);

/* One option by itself, for fsconfig(2): 0, FS_PARAM_UNKNOWN, or -EINVAL with
 * the reason in `log`. */
int tmpfs_opts_check(const struct fs_param *p, bool privileged,
		     struct fs_log *log);
int ramfs_opts_check(const struct fs_param *p, struct fs_log *log);

/*
 * Remount: applies what `new` has seen to *o.  `used_blocks` pages and
 * `used_inodes` are in use.  0 or -EINVAL with *o unchanged.
 */
int tmpfs_opts_reconfigure(struct tmpfs_opts *o, const struct tmpfs_opts *new,
			   uint64_t used_blocks, uint64_t used_inodes);

/* As mountinfo has it: ",size=4k,mode=700", or "".  0 or -ERANGE. */
int tmpfs_opts_show(const struct tmpfs_opts *o, char *buf, size_t size);

/* The defaults: half of memory, and one inode per page of that. */
uint64_t tmpfs_default_blocks(void);
uint64_t tmpfs_default_inodes(void);

const char *tmpfs_huge_name(enum tmpfs_huge h);

/* ramfs: mode= counts, everything else is ignored. */
int ramfs_opts_parse(mode_t *mode, const char *data);

/* tmpfs_mpol.c: checks the policy and writes it the way it is shown. */
int tmpfs_mpol_parse(const char *text, char out[TMPFS_MPOL]);

#endif
