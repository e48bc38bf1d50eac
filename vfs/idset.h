/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idset.h - small numbers: the smallest free one is given out next.
 *
 * For mount ids, peer group ids and anonymous device numbers.  Any thread.
 */
#ifndef VFS_IDSET_H
#define VFS_IDSET_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct idset {
	pthread_mutex_t lock;
	uint64_t *bits;			/* 1: taken; bit 0 stands for id 1 */
	size_t words;
	size_t first;			/* no free bit in words before this */
};

void idset_init(struct idset *s);
void idset_fini(struct idset *s);
/* Returns an id >= 1, or -ENOMEM. */
int idset_alloc(struct idset *s);
void idset_free(struct idset *s, int id);

#endif
