/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reference count to embed in an object.
 *
 * The holder of a reference may take more (ref_get).  Who only found the object
 * in a table that does not count must use ref_try_get: it fails once the count
 * has reached 0, when the object is on its way out.  Whoever drops the last
 * reference (ref_put returns true) frees the object; its writes and those of
 * all former holders are visible to him.  Any thread.
 */
#ifndef BELLJAR_INCLUDE_REF_H
#define BELLJAR_INCLUDE_REF_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>

struct ref {
	atomic_uint n;		/* [a] holders */
};

/* The creator holds the first reference. */
static inline void
ref_init(struct ref *r)
{
	atomic_init(&r->n, 1);
}

/* Preconditions: the caller holds a reference. */
static inline void
ref_get(struct ref *r)
{
	unsigned int old = atomic_fetch_add_explicit(&r->n, 1,
						     memory_order_relaxed);

	assert(old > 0 && old < 0x7fffffffu);
	(void)old;
}

/* Returns true with a new reference, false when the object is dying. */
static inline bool
ref_try_get(struct ref *r)
{
	unsigned int old = atomic_load_explicit(&r->n, memory_order_relaxed);

	while (old > 0) {
		if (atomic_compare_exchange_weak_explicit(&r->n, &old, old + 1,
							  memory_order_acquire,
							  memory_order_relaxed))
			return true;
	}
	return false;
}

/* Drops the caller's reference.  Returns true when it was the last one. */
static inline bool
ref_put(struct ref *r)
{
	/* acquire for the last holder; the thread sanitizer knows no fences */
	unsigned int old = atomic_fetch_sub_explicit(&r->n, 1,
						     memory_order_acq_rel);

	assert(old > 0);
	return old == 1;
}

/* Returns the number of holders, for assertions and diagnostics only. */
static inline unsigned int
ref_count(const struct ref *r)
{
	return atomic_load_explicit(&r->n, memory_order_relaxed);
}

#endif
