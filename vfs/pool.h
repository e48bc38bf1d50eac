/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool.h - type-stable memory: an object's memory is only ever used again
 * for an object of the same type, until the whole pool goes.
 *
 * A reader that holds a stale pointer may therefore look at the object's
 * atomic fields; whether it found the object that it meant is for a sequence
 * count or a reference count to tell.  Memory is handed out zeroed the first
 * time and as it was left after that.  Any thread.
 */
#ifndef VFS_POOL_H
#define VFS_POOL_H

#include <pthread.h>
#include <stddef.h>

struct pool_slab;

struct pool {
	pthread_mutex_t lock;
	size_t size;			/* [I] of an object */
	size_t link;			/* [I] offset of its `void *` link,
					 * which no reader looks at */
	void *free;			/* chained by that link */
	struct pool_slab *slabs;
	unsigned long live;		/* objects handed out */
};

void pool_init(struct pool *p, size_t size, size_t link);
/* Requires: no reader left.  Returns the number of live objects. */
unsigned long pool_fini(struct pool *p);
void *pool_alloc(struct pool *p);	/* NULL: no memory */
void pool_free(struct pool *p, void *obj);

#endif
