/* SPDX-License-Identifier: Apache-2.0 */
#include "vfs/pool.h"

#include <stdlib.h>

#define SLAB_OBJECTS 64

struct pool_slab {
	struct pool_slab *next;
	_Alignas(16) unsigned char mem[];
};

void
pool_init(struct pool *p, size_t size, size_t link)
{
	pthread_mutex_init(&p->lock, NULL);
	p->size = (size + 15) & ~(size_t)15;
	p->link = link;
	p->free = NULL;
	p->slabs = NULL;
	p->live = 0;
}

unsigned long
pool_fini(struct pool *p)
{
	while (p->slabs) {
		struct pool_slab *s = p->slabs;

		p->slabs = s->next;
		free(s);
	}
	pthread_mutex_destroy(&p->lock);
	return p->live;
}

static void **
obj_link(const struct pool *p, void *obj)
{
	return (void **)((unsigned char *)obj + p->link);
}

static int
pool_grow_locked(struct pool *p)
{
	struct pool_slab *s = calloc(1, sizeof(*s) + SLAB_OBJECTS * p->size);

	if (!s)
		return -1;
	s->next = p->slabs;
	p->slabs = s;
	for (int i = SLAB_OBJECTS - 1; i >= 0; i--) {
		void *obj = s->mem + (size_t)i * p->size;

		*obj_link(p, obj) = p->free;
		p->free = obj;
	}
	return 0;
}

void *
pool_alloc(struct pool *p)
{
	void *obj = NULL;

	pthread_mutex_lock(&p->lock);
	if (p->free || pool_grow_locked(p) == 0) {
		obj = p->free;
		p->free = *obj_link(p, obj);
		p->live++;
	}
	pthread_mutex_unlock(&p->lock);
	return obj;
}

void
pool_free(struct pool *p, void *obj)
{
	pthread_mutex_lock(&p->lock);
	*obj_link(p, obj) = p->free;
	p->free = obj;
	p->live--;
	pthread_mutex_unlock(&p->lock);
}
